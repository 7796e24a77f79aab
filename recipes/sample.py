# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Samples answers to IEInstruct rows from a model: five at temperature 1 for IEFeedback (paper, section 4),
one at temperature 0 for a score.

accelerate launch recipes/sample.py --config recipes/adelie/sample.yaml \
    --model_name_or_path runs/sft/model \
    --dataset_name runs/ieinstruct \
    --output_file runs/samples/samples.jsonl

With several processes each takes a share of the prompts. The file appears when it is whole; the same call
goes on where an interrupted one stopped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

# What the samples depend on besides the model and the rows: batches are drawn together.
SETTINGS = ("n", "temperature", "max_new_tokens", "batch_size", "seed", "dtype")


@dataclass
class SampleArguments:
    """What is sampled, and how."""

    model_name_or_path: str = field(metadata={"help": "A model folder or a model id."})
    dataset_name: str = field(metadata={"help": "A folder of Parquet files, or a name that load_dataset knows."})
    output_file: str = field(metadata={"help": "The samples file to write (JSON lines)."})
    dataset_config: str | None = None
    dataset_split: str = "train"
    prompts: int | None = field(default=None, metadata={"help": "At most this many prompts, drawn by their ids."})
    n: int = field(default=5, metadata={"help": "Samples for each prompt."})
    temperature: float = 1.0
    max_new_tokens: int = 512
    batch_size: int = 16
    seed: int = 42
    dtype: str = "auto"


def main(args: SampleArguments):
    import torch
    from accelerate import PartialState
    from accelerate.utils import parse_flag_from_env
    from datasets import load_dataset
    from transformers import AutoModelForCausalLM

    import adelie_hf  # noqa: F401  (makes the adelie_hf/... names resolve)
    from adelie_hf.chat import load_tokenizer
    from adelie_hf.errors import InputError
    from adelie_hf.sampling import (
        choose_prompts,
        fingerprint,
        is_complete,
        merge_shards,
        partial_file,
        sample_shard,
        transformers_sampler,
    )
    from adelie_hf.training import say

    file = Path(args.output_file)
    state = PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available())
    rows = load_dataset(args.dataset_name, name=args.dataset_config, split=args.dataset_split).to_list()
    rows = choose_prompts(rows, args.prompts, args.seed)
    settings = {name: getattr(args, name) for name in SETTINGS} | {"processes": state.num_processes}
    made_from = fingerprint(rows, args.model_name_or_path, settings)
    try:
        if is_complete(file, made_from):
            say(f"{file.name} is already there")
            return
    except InputError as error:
        raise SystemExit(str(error)) from None
    tokenizer = load_tokenizer(args.model_name_or_path)
    model = AutoModelForCausalLM.from_pretrained(args.model_name_or_path, dtype=args.dtype).to(state.device).eval()
    answer = transformers_sampler(model, tokenizer, args.n, args.temperature, args.max_new_tokens, args.seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    share = (state.process_index, state.num_processes)
    partial = partial_file(file, made_from, share)
    sample_shard(rows, answer, partial, args.batch_size, say if state.is_main_process else lambda _: None, share)
    state.wait_for_everyone()
    if state.is_main_process:
        merge_shards(rows, file, made_from, state.num_processes, settings)


if __name__ == "__main__":
    from trl import TrlParser

    main(*TrlParser((SampleArguments,)).parse_args_and_config())
