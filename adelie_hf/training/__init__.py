"""What the training recipes share: rows that fit, runs that resume, models that are whole."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adelie_hf.chat import load_tokenizer
from adelie_hf.files import atomic_write, folder_lock, partial_path, read_json, write_json
from adelie_hf.manifest import environment

if TYPE_CHECKING:
    from datasets import Dataset
    from transformers import Trainer

PROGRESS = "[adelie]"

# What a model's manifest and card tell of its training. A list, since other settings hold paths and names of machines.
HYPERPARAMETERS = (
    "learning_rate",
    "lr_scheduler_type",
    "warmup_steps",
    "num_train_epochs",
    "max_steps",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "optim",
    "weight_decay",
    "adam_beta1",
    "adam_beta2",
    "max_grad_norm",
    "max_length",
    "packing",
    "beta",
    "loss_type",
    "bf16",
    "fp16",
    "seed",
)


def say(message: str) -> None:
    """One line of progress on standard output, which `adelie-hf align` picks out of a recipe's log."""
    print(PROGRESS, message, flush=True)  # noqa: T201


def within_length(
    dataset: Dataset, tokenizer: Any, max_length: int | None, columns: tuple[str, ...], report: Path
) -> Dataset:
    """Drops rows of more than `max_length` tokens instead of cutting them, and says how many (appendix B.1).

    Args:
        columns: message lists that follow the prompt, each measured with it: `completion`, or `chosen` and `rejected`.
        report: a JSON file that is given the counts.
    """

    def fits(batch: dict[str, list]) -> list[bool]:
        fit = [True] * len(batch["prompt"])
        for column in columns:
            texts = tokenizer.apply_chat_template(
                [prompt + answer for prompt, answer in zip(batch["prompt"], batch[column], strict=True)],
                tokenize=False,
            )
            lengths = (len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"])
            fit = [so_far and length <= (max_length or length) for so_far, length in zip(fit, lengths, strict=True)]
        return fit

    kept = dataset.filter(fits, batched=True, load_from_cache_file=False, keep_in_memory=True, desc="Measuring rows")
    dropped = len(dataset) - len(kept)
    if _is_main():
        write_json(report, {"rows": len(dataset), "kept": len(kept), "dropped: longer than max_length": dropped})
        say(f"{len(kept)} rows to train on, {dropped} dropped as longer than {max_length} tokens")
    if not len(kept):
        raise SystemExit(f"no row has {max_length} tokens or fewer; raise max_length")
    return kept


def fit(trainer: Any, columns: tuple[str, ...], script_args: Any, training_args: Any, model_args: Any) -> None:
    """What both training recipes do: rows and a model in, a trained model out.

    Args:
        trainer: SFTTrainer or DPOTrainer.
        columns: the message lists that follow a row's prompt.
        script_args, training_args, model_args: ScriptArguments, SFTConfig or DPOConfig, and ModelConfig of trl.
    """
    from datasets import load_dataset
    from trl import get_peft_config, get_quantization_config

    training_args.model_init_kwargs = (training_args.model_init_kwargs or {}) | {
        "revision": model_args.model_revision,
        "attn_implementation": model_args.attn_implementation,
        "dtype": model_args.dtype,
    }

    def make_trainer() -> Trainer:
        tokenizer = load_tokenizer(model_args.model_name_or_path, model_args.model_revision)
        rows = load_dataset(
            script_args.dataset_name, name=script_args.dataset_config, split=script_args.dataset_train_split
        ).select_columns(["prompt", *columns])
        report = Path(training_args.output_dir) / "rows.json"
        return trainer(
            model=model_args.model_name_or_path,
            args=training_args,
            train_dataset=within_length(rows, tokenizer, training_args.max_length, columns, report),
            processing_class=tokenizer,
            quantization_config=get_quantization_config(model_args),
            peft_config=get_peft_config(model_args),
        )

    train(make_trainer, training_args.output_dir)


def train(make_trainer: Callable[[], Trainer], output_dir: str | Path) -> None:
    """Trains and saves to `output_dir/model`, from the last whole checkpoint where there is one.

    A model that is already there is left alone: delete the folder to train again. Two processes cannot
    train into one folder; the second waits, and finds the first one's model.

    Args:
        make_trainer: makes the trainer, once it is known that there is something to train.
    """
    from accelerate import PartialState

    folder = Path(output_dir)
    model = folder / "model"
    with folder_lock(folder, wait=True) if _is_main() else nullcontext():
        PartialState().wait_for_everyone()  # the others work under the main process's lock
        if model.is_dir():
            if _is_main():
                say("the model is already there")
            return
        trainer = make_trainer()
        trainer.add_callback(_progress())
        checkpoint = _last_checkpoint(folder)
        if checkpoint and _is_main():
            say(f"going on from {checkpoint.name}")
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if trainer.is_fsdp_enabled:
            trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
        with atomic_write(model) if _is_main() else nullcontext(partial_path(model)) as partial:
            trainer.save_model(str(partial))
            PartialState().wait_for_everyone()  # a sharded model is whole when every process has saved
            if _is_main():
                write_json(partial / "manifest.json", described(trainer))
        if _is_main():
            write_json(folder / "log.json", trainer.state.log_history)


def described(trainer: Trainer) -> dict[str, Any]:
    """What a model's manifest says of its training. Nothing private: no path, no name of a machine or user."""
    args, state = trainer.args, trainer.state
    without_effect = "num_train_epochs" if args.max_steps > 0 else "max_steps"
    given = {name: getattr(args, name) for name in HYPERPARAMETERS if name != without_effect and hasattr(args, name)}
    runtimes = [entry["train_runtime"] for entry in state.log_history if "train_runtime" in entry]
    return {
        "kind": "model",
        "method": type(trainer).__name__.removesuffix("Trainer"),
        "base": public_base(trainer.model.config._name_or_path),
        "hyperparameters": {
            name: value if isinstance(value, bool | int | float | list | None) else str(getattr(value, "value", value))
            for name, value in given.items()
        },
        "training": {
            "steps": state.global_step,
            "epochs": state.epoch,
            "seconds_of_the_last_call": runtimes[-1] if runtimes else None,
            "processes": args.world_size,
            "device": _device(args.device),
        },
        "environment": environment(),
    }


def public_base(name: str) -> str | None:
    """The base model as others can name it: a Hub id, `scratch`, or None for a local folder that does not say."""
    folder = Path(name)
    if not name or not folder.is_dir():
        return name or None
    return read_json(folder / "manifest.json").get("base") if (folder / "manifest.json").is_file() else None


def _device(device: Any) -> str:
    import torch

    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"{device.type} ({platform.machine()})"


def _is_main() -> bool:
    return os.environ.get("RANK", "0") == "0"


def _last_checkpoint(folder: Path) -> Path | None:
    """The last checkpoint that was written to its end: its state file is written last."""
    checkpoints = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    while checkpoints and not (checkpoints[-1] / "trainer_state.json").is_file():
        shutil.rmtree(checkpoints.pop(), ignore_errors=True)
    return checkpoints[-1] if checkpoints else None


def _progress():
    from transformers import TrainerCallback

    class Progress(TrainerCallback):
        def on_log(self, args, state, control, logs=None, **kwargs):
            if state.is_world_process_zero and logs and "loss" in logs:
                say(f"step {state.global_step} of {state.max_steps}, loss {float(logs['loss']):.3f}")

    return Progress()
