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
    from adelie_hf.sampling import draw, gather, generate_with, sample
    from adelie_hf.training import say

    file = Path(args.output_file)
    if file.is_file():
        say(f"{file.name} is already there")
        return
    state = PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available())
    rows = load_dataset(args.dataset_name, name=args.dataset_config, split=args.dataset_split).to_list()
    rows = draw(rows, args.prompts, args.seed)
    tokenizer = load_tokenizer(args.model_name_or_path)
    model = AutoModelForCausalLM.from_pretrained(args.model_name_or_path, dtype=args.dtype).to(state.device).eval()
    answer = generate_with(model, tokenizer, args.n, args.temperature, args.max_new_tokens, args.seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    share = (state.process_index, state.num_processes)
    sample(rows, answer, file, args.batch_size, say if state.is_main_process else lambda _: None, share)
    state.wait_for_everyone()
    if state.is_main_process:
        partials = [file.with_name(f".{file.name}.{rank}-of-{share[1]}") for rank in range(share[1])]
        gather(partials, rows, file)


if __name__ == "__main__":
    from trl import TrlParser

    main(*TrlParser((SampleArguments,)).parse_args_and_config())
