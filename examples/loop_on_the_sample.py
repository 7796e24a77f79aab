"""Run the complete loop on the embedded sample, with a model of a million parameters and few steps.

python examples/loop_on_the_sample.py

It takes about a minute on two CPU cores and shows how the loop is called; the scores mean nothing after so few steps.
Interrupt it, and the same command goes on from the last checkpoint. `make demo` trains long enough to learn something.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import tempfile
from pathlib import Path

import yaml

import adelie_hf
from adelie_hf.bundled import bundled

# Recipe file -> settings that differ from the recipe `tiny`.
FEW = {
    "align": {"accelerate": "cpu"},
    "ieinstruct": {"cap": 12, "held_out_cap": 3, "feedback_share": 0.2},
    "sft": {"max_steps": 20, "save_steps": 5, "logging_steps": 1},
    "sample": {"prompts": 12, "n": 2, "max_new_tokens": 8},
    "dpo": {"max_steps": 4, "save_steps": 2, "logging_steps": 1},
    "evaluate": {"max_new_tokens": 8},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/few-steps"), help="the run (default: runs/few-steps)")
    args = parser.parse_args()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("adelie_hf").setLevel(logging.INFO)  # progress, on standard error
    with tempfile.TemporaryDirectory() as folder:
        scores = adelie_hf.align(None, "scratch", args.out, few_steps(Path(folder) / "few"))
    for result in scores["results"]:
        values = ", ".join(f"{system} {score['value']:.3f}" for system, score in result["scores"].items())
        print(f"{result['source']}/{result['task']}: {values}")
    print(f"everything is in {args.out}; see {args.out / 'report.md'}")


def few_steps(folder: Path) -> Path:
    """Copy the recipe `tiny` into a folder and shrink it."""
    shutil.copytree(bundled("recipes", "tiny"), folder)
    for name, changes in FEW.items():
        file = folder / f"{name}.yaml"
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
        file.write_text(yaml.safe_dump(settings | changes), encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
