"""Speed and memory of training: `python benchmarks/training.py [--shape small|smollm2|qwen2.5-1.5b] [--steps N]`.

The settings of our recipe beside trl's defaults, and beside trl in bf16 without gradient checkpointing on rows grouped
by length: the same rows, model and device, each in a process of its own. Rows are those of the embedded sample, for
DPO against the answer to another row. Weights are random, except for `smollm2` (`make weights`).

Only tokens that are no padding count, and the first step does not. On a CPU a second is one of CPU time, so that other
work on the machine does not count. MFU (on a GPU) takes six operations a weight and token for training, and two for
the reference model of DPO; the head counts at positions with a label, whether or not the others pass through it. Peak
memory is that of the device on a GPU, else of the process, loading included.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from adelie_hf.bundled import bundled
from adelie_hf.ieinstruct import make_rows, plan
from adelie_hf.models.smollm2 import weights_folder
from adelie_hf.settings import read_yaml
from adelie_hf.training import build_tiny_llama, group_by_length, labelled_positions_only

ROWS = 600

# Shape -> (class of the configuration, its keys, the recipe). `small` is SmolLM2 with four of its thirty layers.
SHAPES: dict[str, tuple[str, dict[str, Any], str]] = {
    "small": (
        "LlamaConfig",
        {
            "vocab_size": 49_152,
            "hidden_size": 576,
            "intermediate_size": 1536,
            "num_hidden_layers": 4,
            "num_attention_heads": 9,
            "num_key_value_heads": 3,
            "tie_word_embeddings": True,
        },
        "smollm2-135m",
    ),
    "smollm2": ("", {}, "smollm2-135m"),
    "qwen2.5-1.5b": (
        "Qwen2Config",
        {
            "vocab_size": 151_936,
            "hidden_size": 1536,
            "intermediate_size": 8960,
            "num_hidden_layers": 28,
            "num_attention_heads": 12,
            "num_key_value_heads": 2,
            "tie_word_embeddings": True,
        },
        "qwen2.5-1.5b",
    ),
}

# Dense bf16 operations a second of a GPU, by a part of its name.
PEAKS = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L4": 121e12}

GROUPED = {"gradient_checkpointing": False, "train_sampling_strategy": "group_by_length"}
OURS = "our recipe"
PACKED = f"{OURS}, packed"

# What is compared: name -> settings on top of trl's defaults, or of the recipe.
BASELINES: dict[str, dict[str, Any]] = {"trl's defaults": {}, "trl, grouped, no checkpointing": GROUPED}
VARIANTS: dict[str, dict[str, Any]] = {
    OURS: {},
    PACKED: {"packing": True, "per_device_train_batch_size": 1, "train_sampling_strategy": "random"},
    f"{OURS}, float32": {"bf16": False},
    f"{OURS}, checkpointing": {"gradient_checkpointing": True},
}

# On a GPU a step of few rows waits for the launches of its kernels, so the rows at once decide the speed.
GPU_VARIANTS: dict[str, dict[str, Any]] = {
    OURS: {},
    **{
        f"{OURS}, {rows} rows at once, no checkpointing": {
            "per_device_train_batch_size": rows,
            "gradient_accumulation_steps": 128 // rows,
            "gradient_checkpointing": False,
        }
        for rows in (8, 16, 32, 64)
    },
    PACKED: {
        "packing": True,
        "per_device_train_batch_size": 4,
        "gradient_checkpointing": False,
        "train_sampling_strategy": "random",
    },
}


def main() -> None:
    import torch

    gpu = torch.cuda.is_available()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="qwen2.5-1.5b" if gpu else "small")
    parser.add_argument("--steps", type=int, default=10 if gpu else 3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(**json.loads(options.one))))
        return
    with tempfile.TemporaryDirectory() as folder:
        prepare(options.shape, Path(folder))
        for method in ("sft", "dpo"):
            print(f"\n{options.shape}, {method.upper()}, {torch.cuda.get_device_name() if gpu else 'CPU'}\n")
            table(options.shape, method, Path(folder), options.steps, GPU_VARIANTS if gpu else VARIANTS)


def prepare(shape: str, folder: Path) -> None:
    """Write the model and the rows that all configurations share."""
    import transformers
    from datasets import Dataset

    rows = [row for unit in plan().units["train"] for row in make_rows(unit)]
    random.Random(0).shuffle(rows)
    rows = rows[:ROWS]
    name, keys, _ = SHAPES[shape]
    if name:
        texts = [turn["content"] for row in rows for turn in row["prompt"] + row["completion"]]
        size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 16}
        build_tiny_llama(texts, folder / "model", {"vocab_size": 8000, **size}, seed=0)  # for its tokenizer
        config = getattr(transformers, name)(**keys)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "model")
        config.eos_token_id, config.pad_token_id = tokenizer.eos_token_id, tokenizer.pad_token_id
        config.bos_token_id = None
        transformers.set_seed(0)
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder / "model")
    else:
        (folder / "model").symlink_to(weights_folder())
    columns = {"prompt": [row["prompt"] for row in rows], "completion": [row["completion"] for row in rows]}
    Dataset.from_dict(columns).to_parquet(str(folder / "sft.parquet"))
    others = columns["completion"][1:] + columns["completion"][:1]
    pairs = {"prompt": columns["prompt"], "chosen": columns["completion"], "rejected": others}
    Dataset.from_dict(pairs).to_parquet(str(folder / "dpo.parquet"))


def table(shape: str, method: str, folder: Path, steps: int, variants: Mapping[str, dict[str, Any]]) -> None:
    """Measure each configuration in a process of its own, and print a table."""
    recipe = read_yaml(bundled("recipes", SHAPES[shape][2], f"{method}.yaml"))
    configurations = BASELINES | {name: recipe | changes for name, changes in variants.items()}
    if method == "dpo":
        del configurations[PACKED]  # trl has none for DPO
    print("| settings | tokens/s | of trl's defaults | real tokens | peak memory (GiB) | MFU |")
    print("|---|---|---|---|---|---|")
    first = 0.0
    for name, settings in configurations.items():
        task = {"folder": str(folder), "method": method, "settings": settings, "steps": steps, "ours": OURS in name}
        command = [sys.executable, __file__, "--one", json.dumps(task)]
        process = subprocess.run(command, capture_output=True, text=True, env=os.environ)
        if process.returncode:
            error = process.stderr.strip().splitlines()[-1:] or ["no output"]
            print(f"| {name} | {error[0][:80]} | | | | |", flush=True)
            continue
        result = json.loads(process.stdout.splitlines()[-1])
        first = first or result["speed"]
        mfu = f"{result['mfu']:.1%}" if result["mfu"] else "-"
        print(
            f"| {name} | {result['speed']:,.0f} | {result['speed'] / first:.2f} | {result['real']:.3f} "
            f"| {result['memory'] / 2**30:.1f} | {mfu} |",
            flush=True,
        )


def measure(folder: str, method: str, settings: dict[str, Any], steps: int, ours: bool) -> dict[str, float]:
    """Train a few steps, and return tokens a second, the share of real tokens, peak memory and MFU."""
    import torch
    import trl
    from datasets import Dataset
    from transformers import AutoTokenizer

    gpu = torch.cuda.is_available()
    if ours:
        labelled_positions_only()
    config = trl.SFTConfig if method == "sft" else trl.DPOConfig
    known = {field.name for field in fields(config)}
    model = {key: value for key, value in settings.items() if key not in known}  # `dtype`, as the scripts pass it on
    settings = {key: value for key, value in settings.items() if key in known} | {"model_init_kwargs": model}
    changes = {"num_train_epochs": 1, "max_steps": steps + 1, "warmup_steps": 0, "save_strategy": "no"}
    quiet = {"report_to": "none", "disable_tqdm": True, "logging_strategy": "no"}
    args: Any = config(**settings | changes | quiet | {"output_dir": f"{folder}/out", "use_cpu": not gpu})
    trainer_class, counts = counted(trl.SFTTrainer if method == "sft" else trl.DPOTrainer)
    trainer = trainer_class(
        f"{folder}/model",
        args=args,
        train_dataset=Dataset.from_parquet(f"{folder}/{method}.parquet"),
        processing_class=AutoTokenizer.from_pretrained(f"{folder}/model"),
    )
    if ours or method == "dpo":  # transformers' own grouping cannot measure a pair
        group_by_length(trainer)
    trainer.train()
    timed = {name: counts[-1][name] - counts[0][name] for name in counts[0]}
    head = trainer.model.get_output_embeddings().weight.numel()
    body = sum(weight.numel() for weight in trainer.model.parameters()) - head
    operations = (6 if method == "sft" else 8) * (body * timed["real"] + head * timed["labelled"])
    memory = torch.cuda.max_memory_allocated() if gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    peak = next((value for name, value in PEAKS.items() if gpu and name in torch.cuda.get_device_name()), 0.0)
    return {
        "speed": timed["real"] / timed["seconds"],
        "real": timed["real"] / timed["all"],
        "memory": memory,
        "mfu": operations / timed["seconds"] / peak if peak else 0.0,
    }


def counted(trainer_class: type) -> tuple[Callable[..., Any], list[Mapping[str, float]]]:
    """Return a trainer that counts its tokens, and the list of the counts so far at the end of each step."""
    import torch
    from transformers import TrainerCallback

    now = {"all": 0, "real": 0, "labelled": 0}
    counts: list[Mapping[str, float]] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *args: object, **kwargs: object) -> None:
            if torch.cuda.is_available():
                torch.cuda.synchronize()
                counts.append(now | {"seconds": time.perf_counter()})
            else:
                counts.append(now | {"seconds": time.process_time()})

    class Counted(trainer_class):  # type: ignore[misc]
        def training_step(self, model: Any, inputs: dict[str, Any], *args: object, **kwargs: object) -> Any:
            mask, ids = inputs.get("attention_mask"), inputs["input_ids"]  # packed rows have no mask
            labels = inputs["labels"] != -100 if "labels" in inputs else inputs["completion_mask"]
            now["all"] += ids.numel()
            now["real"] += ids.numel() if mask is None else int(mask.sum())
            now["labelled"] += int(labels.sum())
            return super().training_step(model, inputs, *args, **kwargs)

    return lambda *args, **kwargs: Counted(*args, callbacks=[Clock()], **kwargs), counts


if __name__ == "__main__":
    main()
