"""Scores of a model's answers on held-out rows, by source and task, beside two trivial baselines.

A benchmark is held-out rows, the systems' outputs for them, and the metric of each task: `score_systems` takes the
first two and returns typed scores. `score_run` does so for a run folder of `align`, `score_predictions` for files of
predictions, which `read_predictions` reads.
"""

from adelie_hf.evaluation.baselines import empty_answers, nearest_answers
from adelie_hf.evaluation.predictions import Predictions, read_predictions
from adelie_hf.evaluation.results import (
    PartScore,
    ResultWarning,
    RunScores,
    SystemScore,
    TaskResult,
    mean_closed,
)
from adelie_hf.evaluation.scores import score_predictions, score_run, score_systems
from adelie_hf.evaluation.warnings import find_warnings

__all__ = [
    "PartScore",
    "Predictions",
    "ResultWarning",
    "RunScores",
    "SystemScore",
    "TaskResult",
    "empty_answers",
    "find_warnings",
    "mean_closed",
    "nearest_answers",
    "read_predictions",
    "score_predictions",
    "score_run",
    "score_systems",
]
