"""The parts that the training scripts share: rows that fit, runs that resume, models that are complete or absent.

The scripts `recipes/sft.py` and `recipes/dpo.py` build a trainer of trl; `train` runs it.
"""

from adelie_hf.training.adapters import adapter_settings, trainer_model
from adelie_hf.training.arguments import parse_arguments
from adelie_hf.training.device import check_processes, computes_bf16, log_settings
from adelie_hf.training.grouping import group_pairs_by_length
from adelie_hf.training.head import labelled_positions_only
from adelie_hf.training.length import filter_by_length
from adelie_hf.training.loop import train
from adelie_hf.training.merging import merge_adapter
from adelie_hf.training.model_manifest import HYPERPARAMETERS, model_manifest, public_base
from adelie_hf.training.packing import check_packing
from adelie_hf.training.tiny_llama import build_tiny_llama

__all__ = [
    "HYPERPARAMETERS",
    "adapter_settings",
    "build_tiny_llama",
    "check_packing",
    "check_processes",
    "computes_bf16",
    "filter_by_length",
    "group_pairs_by_length",
    "labelled_positions_only",
    "log_settings",
    "merge_adapter",
    "model_manifest",
    "parse_arguments",
    "public_base",
    "train",
    "trainer_model",
]
