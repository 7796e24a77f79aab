"""The parts that the training scripts share: rows that fit, runs that resume, models that are complete or absent.

The scripts `recipes/sft.py` and `recipes/dpo.py` build a trainer of trl; `train` runs it.
"""

from adelie_hf.training.adapters import adapter_settings, prepare_model, trainer_model
from adelie_hf.training.arguments import parse_arguments
from adelie_hf.training.benchmarks import log_shared_texts, read_benchmarks
from adelie_hf.training.checks import check_reporters
from adelie_hf.training.device import check_processes, computes_bf16, log_settings
from adelie_hf.training.evaluation import (
    PAIR_COLUMNS,
    ROW_COLUMNS,
    EvaluationArguments,
    check_evaluation,
    hold_out,
    score_evaluations,
    stop_early,
)
from adelie_hf.training.grouping import group_by_length
from adelie_hf.training.head import labelled_positions_only
from adelie_hf.training.length import filter_by_length
from adelie_hf.training.loop import train
from adelie_hf.training.merging import merge_adapter
from adelie_hf.training.model_manifest import HYPERPARAMETERS, model_manifest, public_base
from adelie_hf.training.packing import check_packing
from adelie_hf.training.rows import load_rows
from adelie_hf.training.tiny_llama import build_tiny_llama, read_llama_config

__all__ = [
    "HYPERPARAMETERS",
    "PAIR_COLUMNS",
    "ROW_COLUMNS",
    "EvaluationArguments",
    "adapter_settings",
    "build_tiny_llama",
    "check_evaluation",
    "check_packing",
    "check_processes",
    "check_reporters",
    "computes_bf16",
    "filter_by_length",
    "group_by_length",
    "hold_out",
    "labelled_positions_only",
    "load_rows",
    "log_shared_texts",
    "log_settings",
    "merge_adapter",
    "model_manifest",
    "parse_arguments",
    "prepare_model",
    "public_base",
    "read_benchmarks",
    "read_llama_config",
    "score_evaluations",
    "stop_early",
    "train",
    "trainer_model",
]
