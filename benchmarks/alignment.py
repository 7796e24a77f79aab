"""DPO, KTO, best of n and GRPO from one SFT model: `python benchmarks/alignment.py RUN OUT`.

RUN is the folder of an `align` or `demo` run with the stages `ieinstruct`, `sft` and `samples`. Each method trains the
run's SFT model, for each seed: DPO, KTO and SFT on the best of n on what IEFeedback makes of the run's samples, by the
recipe's `dpo.yaml`; GRPO on the prompts that the samples are for, by its `grpo.yaml`. All answer the run's test rows,
which are scored beside the SFT model by the paired test. What is complete in OUT is not made again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping
from math import fsum
from pathlib import Path

import yaml

from adelie_hf import build_iefeedback
from adelie_hf.bundled import bundled
from adelie_hf.evaluation import mean_closed, read_predictions, score_predictions
from adelie_hf.iefeedback import load_recipe
from adelie_hf.rows import read_build
from adelie_hf.run_folder import RunFolder
from adelie_hf.settings import read_yaml

# Method -> the script that trains, and the shape of IEFeedback (None for the prompts of IEInstruct).
METHODS = {
    "dpo": ("dpo.py", "pairs"),
    "kto": ("", "unpaired"),
    "best": ("sft.py", "best_of_n"),
    "grpo": ("grpo.py", None),
}
# Method -> the settings of `dpo.yaml` that its trainer does not have; KTO pairs neighbours in the file.
LACKING = {"dpo": (), "kto": ("dtype", "attn_implementation", "train_sampling_strategy"), "best": ("beta",)}
KTO = """
import sys
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import KTOConfig, KTOTrainer
from adelie_hf.settings import read_yaml
from adelie_hf.training import labelled_positions_only, train

config, model, rows, out, seed = sys.argv[1:]
labelled_positions_only()
train(
    lambda: KTOTrainer(
        model=AutoModelForCausalLM.from_pretrained(model, dtype="float32"),
        args=KTOConfig(output_dir=out, seed=int(seed), **read_yaml(config)),
        train_dataset=Dataset.from_parquet(f"{rows}/train.parquet").select_columns(["prompt", "completion", "label"]),
        processing_class=AutoTokenizer.from_pretrained(model),
    ),
    out,
)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=lambda path: RunFolder(Path(path).resolve()))
    parser.add_argument("out", type=lambda path: Path(path).resolve())
    parser.add_argument("--recipe", default="tiny")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    args = parser.parse_args()
    recipe = bundled("recipes", args.recipe)
    for method in args.methods:
        if (shape := METHODS[method][1]) and not (args.out / shape).is_dir():
            settings = load_recipe(recipe / "iefeedback.yaml").model_copy(update={"shape": shape})
            build_iefeedback(args.run.samples, out=args.out / shape, recipe=settings)
    systems = {"sft": args.run.outputs("sft")}
    for method in args.methods:
        for seed in args.seeds:
            systems[f"{method}-{seed}"] = trained_and_answered(args.run, args.out, recipe, method, seed)
    print(*table(args.run, systems), sep="\n")


def trained_and_answered(run: RunFolder, out: Path, recipe: Path, method: str, seed: int) -> Path:
    """Train a method and answer the test rows, if that is not done yet; return the file of the answers."""
    folder = out / f"{method}-{seed}"
    answers = folder / "answers.jsonl"
    if answers.is_file():
        return answers
    folder.mkdir(parents=True, exist_ok=True)
    script, shape = METHODS[method]
    start = time.monotonic()
    if shape is None:
        extra = {"dataset_name": str(run.ieinstruct), "dataset_train_split": run.training_splits[-1]}
        config = recipe / "grpo.yaml"
    else:
        extra = {"dataset_name": str(out / shape)}
        config = folder / "settings.yaml"
        config.write_text(yaml.safe_dump(settings_of(recipe, method)), encoding="utf-8")
    if script:
        options = {"model_name_or_path": str(run.model("sft")), "output_dir": str(folder), "seed": str(seed), **extra}
        start_script(script, config, options)
    else:
        call = [config, run.model("sft"), out / "unpaired", folder, seed]
        run_quietly([sys.executable, "-c", KTO, *map(str, call)])
    print(f"{method}-{seed}: {time.monotonic() - start:.0f} s of training", file=sys.stderr)
    options = {"model_name_or_path": str(folder / "model"), "dataset_name": str(run.ieinstruct)}
    options |= {"dataset_split": "test", "output_file": str(answers)}
    start_script("sample.py", recipe / "evaluate.yaml", options)
    return answers


def settings_of(recipe: Path, method: str) -> Mapping[str, object]:
    """Return the settings of `dpo.yaml`, less those that the trainer of a method does not have."""
    settings = read_yaml(recipe / "dpo.yaml")
    return {name: value for name, value in settings.items() if name not in LACKING[method]}


def start_script(script: str, config: Path, options: Mapping[str, str]) -> None:
    """Run a script of the recipes in one process."""
    command = [sys.executable, str(bundled("recipes", script)), "--config", str(config)]
    command += [word for name, value in options.items() for word in (f"--{name}", value)]
    run_quietly(command)


def run_quietly(command: list[str]) -> None:
    """Run a command whose output nobody reads, unless it fails: the last of it is then shown."""
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if finished.returncode:
        sys.exit(f"{' '.join(command[:3])} failed:\n{finished.stdout[-2000:]}")


def table(run: RunFolder, systems: Mapping[str, Path]) -> list[str]:
    """Return the scores as a Markdown table: each system, and what it gains on SFT by the paired test."""
    _, held_out = read_build(run.ieinstruct, "test")
    scores = score_predictions(held_out, {name: read_predictions(file, held_out) for name, file in systems.items()})
    lines = [
        "| system | mean over sources and tasks | against SFT | p | closed tasks | answers that cannot be read |",
        "|---|---|---|---|---|---|",
    ]
    for name in systems:
        results = [result["scores"][name] for result in scores["results"]]
        mean = fsum(score["value"] for score in results) / len(results)
        invalid = sum(score["parse"]["invalid"] for score in results)
        gain = p = ""
        for compared in scores["comparisons"]:
            if (compared["first"], compared["second"]) == ("sft", name):
                total = compared["results"][-1]
                gain, p = f"{0.0 - total['difference']:+.3f}", f"{total['p_value']:.3f}"
        lines.append(
            f"| {name} | {mean:.3f} | {gain} | {p} | {mean_closed(scores['results'], name):.3f} | {invalid} |"
        )
    return lines


if __name__ == "__main__":
    main()
