"""The losses of the first steps of the recipe `tiny`: a change of data, model or training that nobody meant shows.

OMP_NUM_THREADS=1 python -m tests.training.loss_curve    # write tiny_losses.json again, after a change that was meant

One process trains, where the recipe has two, on a tenth of the rows. The pairs of DPO are made up: gold answers
against those of other rows.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from importlib import import_module
from pathlib import Path

import adelie_hf  # noqa: F401  (makes `adelie_hf.recipes` importable)
from adelie_hf.build import build
from adelie_hf.bundled import bundled
from adelie_hf.files import read_json, write_json
from adelie_hf.ieinstruct import load_recipe, plan
from adelie_hf.training import parse_arguments

FILE = Path(__file__).parent / "tiny_losses.json"

# The learning rate of the first steps does not depend on the number of steps, since it still rises.
SFT_OPTIONS = {"max_steps": 40, "logging_steps": 5}
DPO_OPTIONS = {"max_steps": 6, "logging_steps": 1}
PAIRS = 64

Losses = dict[str, list[float]]


def first_losses(folder: Path) -> Losses:
    """Run the first steps of SFT and a few of DPO, and return their mean losses between two logs."""
    recipe = bundled("recipes", "tiny")
    rows, base = folder / "ieinstruct", folder / "base"
    settings = load_recipe(recipe / "ieinstruct.yaml")
    build(plan(recipe=settings.model_copy(update={"cap": settings.cap // 10, "held_out_cap": 1})), rows)
    import_module("adelie_hf.recipes.scratch").main(
        Namespace(config=recipe / "model.yaml", dataset_name=str(rows), output_dir=base, seed=42)
    )
    _write_pairs(rows / "train.parquet", folder / "pairs")
    return {
        "sft": _losses("sft", base, rows, folder / "sft", SFT_OPTIONS),
        "dpo": _losses("dpo", base, folder / "pairs", folder / "dpo", DPO_OPTIONS),
    }


def _write_pairs(file: Path, folder: Path) -> None:
    from datasets import Dataset

    rows = Dataset.from_parquet(str(file), keep_in_memory=True).select_columns(["prompt", "completion"])
    rows = rows.select(range(0, len(rows), len(rows) // PAIRS))
    answers = rows["completion"][:]
    folder.mkdir()
    pairs = rows.rename_column("completion", "chosen").add_column("rejected", [*answers[1:], answers[0]])
    pairs.to_parquet(str(folder / "train.parquet"))


def _losses(stage: str, model: Path, rows: Path, out: Path, options: dict[str, int]) -> list[float]:
    script = import_module(f"adelie_hf.recipes.{stage}")
    given: dict[str, object] = {
        "model_name_or_path": model,
        "dataset_name": rows,
        "output_dir": out,
        "save_strategy": "no",
        "seed": 42,
    }
    arguments = [f"--{name}={value}" for name, value in (given | options).items()]
    config = bundled("recipes", "tiny", f"{stage}.yaml")
    script.main(*parse_arguments(script.ARGUMENTS, ["--config", str(config), "--save_strategy=no", *arguments]))
    return [round(entry["loss"], 4) for entry in read_json(out / "log.json") if "loss" in entry]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        write_json(FILE, first_losses(Path(folder)))
