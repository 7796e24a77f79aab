"""Training that resumes: a model is complete or absent, and an interrupted run continues from its last checkpoint."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.files import atomic_write, folder_lock, partial_path, write_json
from adelie_hf.manifest import MANIFEST
from adelie_hf.models import remember_stop_tokens
from adelie_hf.script_log import is_rank_zero
from adelie_hf.training.adapters import REFERENCE_ADAPTER
from adelie_hf.training.checks import disk_space_callback
from adelie_hf.training.device import check_processes, log_settings
from adelie_hf.training.model_manifest import model_manifest

if TYPE_CHECKING:
    from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

logger = logging.getLogger(__name__)

# The numbers of a trainer's log that are progress -> their names.
_LOGGED = {"loss": "loss", "eval_loss": "loss on held-out rows", "eval_score": "score on held-out rows"}


def train(make_trainer: Callable[[], Trainer], output_dir: str | Path) -> None:
    """Train a model and save it to `output_dir/model`, from the last complete checkpoint where there is one.

    An existing model is not trained again; delete the folder to repeat the training. Two processes cannot train into
    one folder: the second one waits, and then finds the model of the first. The log history is `output_dir/log.json`.

    Args:
        make_trainer: makes the trainer; called only when there is no model yet.
        output_dir: the folder of the checkpoints, the log and the model; `output_dir` of the trainer.
    """
    from accelerate import PartialState

    folder = Path(output_dir)
    model = folder / "model"
    check_processes()
    with folder_lock(folder, wait=True) if is_rank_zero() else nullcontext():
        PartialState().wait_for_everyone()  # the lock of the main process covers the others
        if model.is_dir():
            logger.info("the model already exists")
            return
        trainer = make_trainer()
        trainer.add_callback(_progress_callback())
        trainer.add_callback(disk_space_callback(folder))
        log_settings(trainer)
        checkpoint = _last_checkpoint(folder)
        if checkpoint:
            logger.info("resuming from %s", checkpoint.name)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if trainer.args.load_best_model_at_end and trainer.state.best_global_step:
            logger.info("the model is the one of step %d", trainer.state.best_global_step)
        if trainer.is_fsdp_enabled:
            trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
        remember_stop_tokens(trainer.model, trainer.processing_class)
        with atomic_write(model) if is_rank_zero() else nullcontext(partial_path(model)) as partial:
            trainer.save_model(str(partial))
            PartialState().wait_for_everyone()  # a sharded model is complete when every process has saved its part
            if is_rank_zero():
                shutil.rmtree(partial / REFERENCE_ADAPTER, ignore_errors=True)
                model_manifest(trainer).save(partial / MANIFEST)
        if is_rank_zero():
            write_json(folder / "log.json", trainer.state.log_history)


def _last_checkpoint(folder: Path) -> Path | None:
    """Return the last complete checkpoint and delete later ones: the state file of a checkpoint is written last."""
    checkpoints = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    while checkpoints and not (checkpoints[-1] / "trainer_state.json").is_file():
        shutil.rmtree(checkpoints.pop(), ignore_errors=True)
    return checkpoints[-1] if checkpoints else None


def _progress_callback() -> TrainerCallback:
    from transformers import TrainerCallback

    class LogProgress(TrainerCallback):  # type: ignore[misc]  # transformers is not type-checked here
        def on_log(
            self,
            args: TrainingArguments,
            state: TrainerState,
            control: TrainerControl,
            logs: Mapping[str, float] | None = None,
            **kwargs: object,
        ) -> None:
            if not state.is_world_process_zero or not logs:
                return
            for name, title in _LOGGED.items():
                if name in logs:
                    value = float(logs[name])
                    logger.info("step %d of %d, %s %.3f", state.global_step, state.max_steps, title, value)

    return LogProgress()
