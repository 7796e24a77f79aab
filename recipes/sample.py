# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Samples answers to IEInstruct rows from a model: five at temperature 1 for IEFeedback (paper, section 4),
one at temperature 0 for a score.

accelerate launch recipes/sample.py --config recipes/llama-2-7b/sample.yaml \
    --model_name_or_path runs/sft/model \
    --dataset_name runs/ieinstruct \
    --output_file runs/samples/samples.jsonl

Several processes share the prompts. The file appears when it is complete; after an interruption the same call resumes.
`--backend vllm` generates with vLLM, `--backend continuous` with the continuous batching of transformers, both in one
process; give them a large batch_size, since they batch by themselves.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env

import adelie_hf  # noqa: F401  (registers the names adelie_hf/... with `datasets`)
from adelie_hf.errors import InputError
from adelie_hf.models import check_prompts, embedding_size, load_model, load_tokenizer
from adelie_hf.rows import decode
from adelie_hf.sampling import (
    Shard,
    check_counts,
    check_temperature,
    choose_prompts,
    continuous_sampler,
    fingerprint,
    is_complete,
    merge_shards,
    sample_shard,
    transformers_sampler,
    vllm_sampler,
)
from adelie_hf.script_log import script_output
from adelie_hf.training import load_rows, parse_arguments

logger = logging.getLogger("adelie_hf.recipes.sample")

# What the samples depend on besides the model and the rows: the samples of one batch are drawn together.
SETTINGS = ("n", "temperature", "max_new_tokens", "batch_size", "seed", "dtype", "backend")


@dataclass
class SampleArguments:
    """What is sampled, and how."""

    model_name_or_path: str = field(metadata={"help": "A model folder, a model id or a GGUF file."})
    dataset_name: str = field(metadata={"help": "A folder of Parquet files, or a name that load_dataset accepts."})
    output_file: str = field(metadata={"help": "The samples file to write (JSON lines)."})
    dataset_config: str | None = None
    dataset_split: str = "train"
    prompts: int | None = field(default=None, metadata={"help": "At most this many prompts, drawn by their ids."})
    n: int = field(default=5, metadata={"help": "Samples per prompt."})
    temperature: float = 1.0
    max_new_tokens: int = 512
    batch_size: int = 16
    seed: int = 42
    dtype: str = "auto"
    backend: Literal["transformers", "continuous", "vllm"] = field(
        default="transformers",
        metadata={"help": "What generates: transformers, its continuous batching, or vLLM where it is installed."},
    )
    trust_remote_code: bool = field(default=False, metadata={"help": "Let code from the model's repository run."})

    def __post_init__(self) -> None:
        check_counts(prompts=self.prompts, n=self.n, max_new_tokens=self.max_new_tokens, batch_size=self.batch_size)
        check_temperature(self.temperature)
        if self.temperature == 0 and self.n > 1:
            raise InputError(
                f"temperature is 0 and n is {self.n}, but there is one most likely answer; set n to 1, or another "
                "temperature",
                parameter="n",
            )


ARGUMENTS = (SampleArguments,)


def main(args: SampleArguments) -> None:
    state = PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available())
    dataset = load_rows(args.dataset_name, args.dataset_config, args.dataset_split, ["id", "task", "prompt"])
    rows = choose_prompts([decode(row) for row in dataset.to_list()], args.prompts, args.seed)
    if not rows:
        raise InputError(
            f"{args.dataset_name}: no row of the split {args.dataset_split!r} has a gold answer to score by"
        )
    settings = {name: getattr(args, name) for name in SETTINGS}
    file = Path(args.output_file)
    shard = Shard(file, fingerprint(rows, args.model_name_or_path, settings), state.process_index, state.num_processes)
    if is_complete(file, shard.fingerprint):
        logger.info("%s already exists", file.name)
        return
    if args.backend != "transformers" and state.num_processes > 1:
        raise InputError(f"{args.backend} samples in one process, not in {state.num_processes}", parameter="backend")
    name, trusted = args.model_name_or_path, args.trust_remote_code
    tokenizer = load_tokenizer(name, trust_remote_code=trusted)
    decoding = {name: getattr(args, name) for name in ("n", "temperature", "max_new_tokens", "seed")}
    if args.backend == "vllm":
        check_prompts((row["prompt"] for row in rows), tokenizer, embedding_size(name, trust_remote_code=trusted))
        sampler = vllm_sampler(name, tokenizer, **decoding, dtype=args.dtype, trust_remote_code=trusted)
    else:
        model = load_model(name, tokenizer, dtype=args.dtype, trust_remote_code=trusted).to(state.device)
        check_prompts((row["prompt"] for row in rows), tokenizer, model.get_input_embeddings().num_embeddings)
        make = continuous_sampler if args.backend == "continuous" else transformers_sampler
        sampler = make(model, tokenizer, **decoding)
    file.parent.mkdir(parents=True, exist_ok=True)
    sample_shard(rows, sampler, shard, args.batch_size)
    state.wait_for_everyone()
    if state.is_main_process:
        merge_shards(rows, shard, settings | {"processes": state.num_processes})


if __name__ == "__main__":
    with script_output():
        main(*parse_arguments(ARGUMENTS))
