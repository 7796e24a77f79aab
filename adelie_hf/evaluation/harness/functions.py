"""The functions that the YAML files name: rows in, counts and scores out. They need no lm-evaluation-harness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from adelie_hf.errors import InputError
from adelie_hf.rows import decode, gold, instruct_features, read_build, to_table
from adelie_hf.scoring.answers import read_answers
from adelie_hf.scoring.intervals import Statistic, f1_of_counts, f1_of_sums, mean_of_sums, standard_error
from adelie_hf.scoring.task_metric import score_corpus
from adelie_hf.tasks import TASKS

if TYPE_CHECKING:
    import datasets

Counts = Sequence[Sequence[float]]


def held_out_rows(task: str, build: str = "", **known: object) -> dict[str, datasets.Dataset]:
    """Return the held-out rows of a task, as the harness takes a data set.

    Args:
        task: the task, from the YAML file.
        build: the folder of a build of IEInstruct, from `--metadata build=FOLDER`.
        known: what else the harness knows of the model and the task.

    Raises:
        InputError: without a folder, for one that is no build, and for a build without rows of the task.
    """
    import datasets

    if not build:
        raise InputError("name the build whose held-out rows are asked: --metadata build=FOLDER")
    file, rows = read_build(build, "test")
    of_task = [row for row in rows if row["task"] == task]
    if not of_task:
        others = ",".join(sorted({f"adelie_{row['task']}" for row in rows}))
        raise InputError(f"{file}: has no rows of the task {task}; it has those of --tasks {others}")
    return {"test": datasets.Dataset(to_table(of_task, instruct_features()))}


def count(doc: Mapping[str, Any], outputs: Sequence[str]) -> dict[str, Sequence[float]]:
    """Return what an output adds to the sums of its task's metric, once for the score and once for its error.

    The harness bootstraps its own metrics only. A metric with the name of an error takes the place of the error.
    """
    row = decode(doc)
    answers, _ = read_answers(
        outputs[:1], row["task"], formats=[row["format"]], schemas=[row["schema"]], texts=[row["text"]]
    )
    (counts,) = score_corpus(answers, [gold(row)], row["task"]).per_example
    name = TASKS[row["task"]].metric.name
    return {name: counts, f"{name}_stderr": counts}


def _score(counts: Counts, statistic: Statistic) -> float:
    import numpy as np

    return float(statistic(np.asarray(counts, dtype=float).sum(axis=0)))


ie_f1 = partial(_score, statistic=f1_of_counts)
ie_f1_stderr = partial(standard_error, statistic=f1_of_counts)
carb = partial(_score, statistic=f1_of_sums)
carb_stderr = partial(standard_error, statistic=f1_of_sums)
odie_table = partial(_score, statistic=mean_of_sums)
odie_table_stderr = partial(standard_error, statistic=mean_of_sums)
