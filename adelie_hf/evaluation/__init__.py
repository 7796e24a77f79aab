"""Scores of a model's answers on held-out rows, by source and task, beside two trivial baselines.

`evaluate` does all of it: it makes the rows of a benchmark, gets the answers of models or reads given ones, and scores
them in both behaviours. Its parts: a `Benchmark` is a YAML file; `read_predictions` reads files of predictions;
`score_systems` takes held-out rows and outputs, `score_run` a run folder of `align`, `score_predictions` what
`read_predictions` gives; `measure` has the corrected and the published score of a system.
"""

from adelie_hf.evaluation.answering import Answering, endpoint_answers, local_answers
from adelie_hf.evaluation.baselines import constant_answers, empty_answers, nearest_answers
from adelie_hf.evaluation.benchmark import Benchmark, load_benchmark, plan_benchmark
from adelie_hf.evaluation.evaluating import Evaluation, evaluate
from adelie_hf.evaluation.measures import measure
from adelie_hf.evaluation.predictions import Predictions, read_predictions
from adelie_hf.evaluation.results import (
    BenchmarkScores,
    MeasureScore,
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
    "Answering",
    "Benchmark",
    "BenchmarkScores",
    "Evaluation",
    "MeasureScore",
    "PartScore",
    "Predictions",
    "ResultWarning",
    "RunScores",
    "SystemScore",
    "TaskResult",
    "plan_benchmark",
    "constant_answers",
    "empty_answers",
    "endpoint_answers",
    "evaluate",
    "find_warnings",
    "load_benchmark",
    "local_answers",
    "mean_closed",
    "measure",
    "nearest_answers",
    "read_predictions",
    "score_predictions",
    "score_run",
    "score_systems",
]
