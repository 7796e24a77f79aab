"""Scores of a model's answers on held-out rows, by source and task, beside two trivial baselines.

A benchmark is held-out rows, the systems' outputs for them, and the metric of each task: `score_systems` takes the
first two and returns typed scores. `score_run` does so for a run folder of `align`.
"""

from adelie_hf.evaluation.baselines import empty_answers, nearest_answers
from adelie_hf.evaluation.results import (
    PartScore,
    ResultWarning,
    RunScores,
    SystemScore,
    TaskResult,
    mean_closed,
)
from adelie_hf.evaluation.scores import score_run, score_systems
from adelie_hf.evaluation.warnings import find_warnings

__all__ = [
    "PartScore",
    "ResultWarning",
    "RunScores",
    "SystemScore",
    "TaskResult",
    "empty_answers",
    "find_warnings",
    "mean_closed",
    "nearest_answers",
    "score_run",
    "score_systems",
]
