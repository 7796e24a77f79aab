# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
A tokenizer and a randomly initialised Llama, small enough to train on a laptop.

python recipes/scratch.py --config recipes/tiny/model.yaml --dataset_name runs/ieinstruct --output_dir runs/base

The tokenizer is trained on the training rows. The keys of the configuration are those of `transformers.LlamaConfig`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import adelie_hf  # noqa: F401  (registers the names adelie_hf/... with `datasets`)
from adelie_hf.script_log import script_output
from adelie_hf.training import build_tiny_llama, load_rows, read_llama_config


def main(args: argparse.Namespace) -> None:
    config = read_llama_config(args.config)
    rows = load_rows(args.dataset_name, None, "train", ["prompt", "completion"])
    texts = (turn["content"] for row in rows for turn in row["prompt"] + row["completion"])
    build_tiny_llama(texts, Path(args.output_dir), config, args.seed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", required=True)
    parser.add_argument("--dataset_name", required=True)
    parser.add_argument("--output_dir", required=True)
    parser.add_argument("--seed", type=int, default=42)
    with script_output():
        main(parser.parse_args())
