"""Evaluation during training: rows held out of the training rows and of benchmarks, the answers, and their scores.

transformers' own options say when (`eval_strategy`, `eval_steps`), what the best checkpoint is
(`metric_for_best_model`) and whether the model folder gets it (`load_best_model_at_end`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeVar

from adelie_hf.batched import batched
from adelie_hf.draws import draw
from adelie_hf.errors import InputError
from adelie_hf.evaluation import score_systems
from adelie_hf.rows import InstructRow, decode, gold
from adelie_hf.sampling import transformers_sampler
from adelie_hf.tasks import GENERAL
from adelie_hf.training.benchmarks import AskedBenchmark

if TYPE_CHECKING:
    import torch
    from datasets import Dataset
    from transformers import Trainer, TrainerControl, TrainerState, TrainingArguments

logger = logging.getLogger(__name__)

# What `hold_out` draws from, and what the score needs besides.
ROW_COLUMNS = ("id", "source", "task", "text", "format", "schema", "answer", "choices")
PAIR_COLUMNS = ("id", "task")

_T = TypeVar("_T")


@dataclass
class EvaluationArguments:
    """Evaluation during training, beside the options of transformers."""

    eval_rows: int = field(
        default=0, metadata={"help": "Rows held out of the training rows for evaluation; 0 holds out none."}
    )
    eval_max_new_tokens: int = field(
        default=256, metadata={"help": "The maximum length of an answer that SFT generates for a held-out row."}
    )
    eval_benchmarks: list[str] = field(
        default_factory=list,
        metadata={"help": "Benchmarks that SFT answers at each evaluation, at most eval_rows rows of each task."},
    )
    eval_benchmarks_dir: str | None = field(
        default=None, metadata={"help": "The folder with the raw files of the benchmarks."}
    )
    early_stopping_patience: int = field(
        default=0,
        metadata={"help": "End after this many evaluations in a row without a better one; 0 never ends early."},
    )
    early_stopping_threshold: float = field(
        default=0.0, metadata={"help": "A better evaluation is better by more than this."}
    )


def check_evaluation(arguments: EvaluationArguments, training_args: TrainingArguments, *, generates: bool) -> None:
    """Raise InputError for options of evaluation that do not fit each other.

    Args:
        arguments: the library's own options.
        training_args: transformers' options.
        generates: whether an evaluation gives the metric `score`.
    """
    evaluates = training_args.eval_strategy != "no"
    if arguments.eval_rows < 0:
        raise InputError(f"eval_rows is {arguments.eval_rows}; give a number of rows")
    if evaluates and not arguments.eval_rows:
        raise InputError("eval_strategy needs rows to evaluate on; set eval_rows")
    if arguments.eval_rows and not evaluates:
        raise InputError("eval_rows holds out rows that nothing evaluates; set eval_strategy, or eval_rows to 0")
    metric = (training_args.metric_for_best_model or "").removeprefix("eval_")
    if metric == "score" and not generates:
        raise InputError("metric_for_best_model: score is for SFT; DPO has loss and rewards/accuracies")
    if arguments.eval_benchmarks:
        _check_benchmarks(arguments, metric, generates)
    if arguments.early_stopping_patience and not (evaluates and training_args.load_best_model_at_end):
        raise InputError("early_stopping_patience needs eval_strategy, and load_best_model_at_end: true")


def _check_benchmarks(arguments: EvaluationArguments, metric: str, generates: bool) -> None:
    if not generates:
        raise InputError("eval_benchmarks is for SFT; DPO generates no answers")
    if not arguments.eval_rows:
        raise InputError("eval_benchmarks needs the number of rows to ask; set eval_rows")
    if not arguments.eval_benchmarks_dir:
        raise InputError("eval_benchmarks needs the folder of their raw files; set eval_benchmarks_dir")
    if any(metric.startswith(f"{Path(name).stem}_") for name in arguments.eval_benchmarks):
        raise InputError(
            f"metric_for_best_model: {metric} would choose the checkpoint on the test set of a benchmark, which is "
            "then no test any more; choose score or loss, of held-out training rows"
        )


def hold_out(rows: Dataset, number: int, seed: int) -> tuple[Dataset, Dataset | None]:
    """Return the rows to train on and the rows held out, or None for no held-out row.

    The held-out rows are those with the smallest draws of their ids. Other rows on a held-out text are left out of
    both. Rows of general data have no score and are never held out.

    Args:
        rows: rows with the columns `id` and `task`, and `text` where rows share texts.
        number: the number of held-out rows.
        seed: the seed of the draws.

    Raises:
        InputError: where too few rows remain.
    """
    if not number:
        return rows, None
    ids, tasks = rows["id"][:], rows["task"][:]
    texts = rows["text"][:] if "text" in rows.column_names else ids
    scored = [position for position, task in enumerate(tasks) if task != GENERAL]
    drawn = sorted(scored, key=lambda position: (draw(seed, ids[position], "evaluation"), ids[position]))[:number]
    held_texts = {texts[position] for position in drawn}
    kept = [position for position, text in enumerate(texts) if text not in held_texts]
    if len(drawn) < number or not kept:
        raise InputError(
            f"eval_rows is {number:,}, which leaves no row of {len(rows):,} to train on; hold out fewer rows"
        )
    logger.info(
        "evaluation: %d rows held out, %d more on the same texts left out", number, len(rows) - len(kept) - number
    )
    return rows.select(kept), rows.select(sorted(drawn))


def stop_early(trainer: Trainer, arguments: EvaluationArguments) -> None:
    """Make a trainer end early as the options say; a resumed training continues to count."""
    from transformers import EarlyStoppingCallback

    class StopEarly(EarlyStoppingCallback):  # type: ignore[misc]  # transformers is not type-checked here
        """Ends a training, too, that was interrupted after its last evaluation and before its model was saved."""

        def on_step_end(
            self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
        ) -> None:
            if self.early_stopping_patience_counter >= self.early_stopping_patience:
                control.should_training_stop = True

    if arguments.early_stopping_patience:
        trainer.args.restore_callback_states_from_checkpoint = True
        trainer.add_callback(StopEarly(arguments.early_stopping_patience, arguments.early_stopping_threshold))


def score_evaluations(
    trainer: Trainer, held_out: Dataset, max_new_tokens: int, benchmarks: Sequence[AskedBenchmark] = ()
) -> None:
    """Make each evaluation of a trainer generate answers to held-out rows and report their score as `eval_score`.

    The score is the mean over sources and tasks of the task's metric, each as in the report of a run; sources and
    tasks without an answer among the rows do not count. The measures of benchmarks are reported as
    `eval_NAME_MEASURE`. Answers are the most likely ones. Several processes share the rows; the first one computes the
    score, and all get it.

    Args:
        trainer: a trainer of trl, before it trains.
        held_out: rows of IEInstruct.
        max_new_tokens: the maximum length of an answer, in tokens.
        benchmarks: benchmarks that are answered, too.

    Raises:
        InputError: where no row has an answer, and under FSDP, where no process has all weights.
    """
    if trainer.is_fsdp_enabled:
        raise InputError("eval_rows: no answers are generated under FSDP; use DDP or DeepSpeed, or set eval_rows to 0")
    rows = [decode(row) for row in held_out.to_list()]
    if not any(map(gold, rows)):
        raise InputError("eval_rows: no held-out row has an answer; hold out more rows")
    evaluation_loop = trainer.evaluation_loop

    def evaluate_and_generate(*args: Any, metric_key_prefix: str = "eval", **kwargs: Any) -> Any:
        output = evaluation_loop(*args, metric_key_prefix=metric_key_prefix, **kwargs)
        output.metrics[f"{metric_key_prefix}_score"] = _score(trainer, rows, max_new_tokens)
        for benchmark in benchmarks:
            measures = _measures(trainer, benchmark, max_new_tokens)
            output.metrics.update({f"{metric_key_prefix}_{name}": value for name, value in measures.items()})
        return output

    trainer.evaluation_loop = evaluate_and_generate


def _score(trainer: Trainer, rows: Sequence[InstructRow], max_new_tokens: int) -> float:
    def mean(answers: dict[str, str]) -> float:
        results = score_systems(rows, {"model": answers})
        return fmean(result["scores"]["model"]["value"] for result in results if result["items"])

    return _answer(trainer, rows, max_new_tokens, mean)


def _measures(trainer: Trainer, benchmark: AskedBenchmark, max_new_tokens: int) -> dict[str, float]:
    return _answer(trainer, benchmark.rows, max_new_tokens, benchmark.measures)


def _answer(
    trainer: Trainer, rows: Sequence[InstructRow], max_new_tokens: int, result: Callable[[dict[str, str]], _T]
) -> _T:
    """Let all processes answer the rows, and return what the first one makes of the answers."""
    from accelerate.utils import broadcast_object_list, gather_object

    ordered = sorted(rows, key=lambda row: sum(len(turn["content"]) for turn in row["prompt"]))  # less padding
    answers = dict(gather_object(_answer_share(trainer, ordered, max_new_tokens)))
    shared = [result(answers)] if trainer.is_world_process_zero() else [None]
    broadcast_object_list(shared)
    return shared[0]  # type: ignore[return-value]  # all have the value of the first one


def _answer_share(trainer: Trainer, rows: Sequence[InstructRow], max_new_tokens: int) -> list[tuple[str, str]]:
    """Return (row id, answer) for this process's share of the rows."""
    args = trainer.args
    answers = []
    with _whole_model(trainer) as model, _same_random_numbers(model.device):
        sampler = transformers_sampler(
            model, trainer.processing_class, n=1, temperature=0, max_new_tokens=max_new_tokens, seed=args.seed
        )
        share = rows[args.process_index :: args.world_size]
        for number, batch in enumerate(batched(share, args.per_device_eval_batch_size)):
            samples = sampler(batch, number)
            answers += [(row["id"], sample.text) for row, (sample,) in zip(batch, samples, strict=True)]
    return answers


@contextmanager
def _whole_model(trainer: Trainer) -> Iterator[Any]:
    """Give the model that a process can generate with by itself: ZeRO-3 keeps a part of it on each."""
    from trl.models import unwrap_model_for_generation

    accelerator = trainer.accelerator
    plugin = accelerator.state.deepspeed_plugin
    sharded = plugin is not None and plugin.zero_stage == 3
    unwrapped = nullcontext(accelerator.unwrap_model(trainer.model_wrapped))
    with unwrap_model_for_generation(trainer.model_wrapped, accelerator) if sharded else unwrapped as model:
        model.eval()
        yield model


@contextmanager
def _same_random_numbers(device: torch.device) -> Iterator[None]:
    """Leave the random numbers of training as they are: the sampler seeds each batch."""
    import torch

    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        yield
