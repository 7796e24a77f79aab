"""Answers sampled from a model in this process or behind an endpoint.

A samples file has one JSON line per prompt: the row that was prompted, with the answers as `samples`. It appears when
it is complete. `shards` resumes an interrupted run of a local model batch by batch; `endpoint` resumes request by
request.
"""

from adelie_hf.sampling.checks import check_counts, check_temperature
from adelie_hf.sampling.continuous import continuous_sampler
from adelie_hf.sampling.local import transformers_sampler
from adelie_hf.sampling.prompts import choose_prompts
from adelie_hf.sampling.samples_file import (
    Sample,
    fingerprint,
    is_complete,
    read_placed_samples,
    read_samples,
    samples_at,
    text_samples,
)
from adelie_hf.sampling.shards import Shard, merge_shards, sample_shard
from adelie_hf.sampling.vllm_engine import vllm_sampler

__all__ = [
    "Sample",
    "Shard",
    "check_counts",
    "check_temperature",
    "choose_prompts",
    "continuous_sampler",
    "fingerprint",
    "is_complete",
    "merge_shards",
    "read_placed_samples",
    "read_samples",
    "sample_shard",
    "samples_at",
    "text_samples",
    "transformers_sampler",
    "vllm_sampler",
]
