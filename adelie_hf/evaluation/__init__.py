"""Scores of a model's answers on held-out rows, by source and task, beside two trivial baselines.

A benchmark is held-out rows, the systems' outputs for them, and the metric of each task: `score_systems` takes the
first two and returns typed scores. `score_run` does so for a run folder of `align`.
"""

from adelie_hf.evaluation.baselines import empty_answers, nearest_answers
from adelie_hf.evaluation.scores import PartScore, RunScores, SystemScore, TaskResult, score_run, score_systems

__all__ = [
    "PartScore",
    "RunScores",
    "TaskResult",
    "SystemScore",
    "empty_answers",
    "nearest_answers",
    "score_run",
    "score_systems",
]
