"""Scorers as plain functions: exact match, CaRB, ROBUST and on-demand tables, with bootstrap intervals.

    exact_f1([[("Acme", "organization")]], [[("Acme", "organization")]])["f1"]      # 1.0

`answer_f1` is `exact_f1` of raw answer texts; `reference_f1` gives the scores of the published scorers. `task_metric`
applies the metric of a task to parsed answers, `openie_outputs` reads the files of open IE systems. Importing this
package does not import numpy.
"""

from __future__ import annotations

from adelie_hf.scoring.answers import answer_f1, flatten, read_answers
from adelie_hf.scoring.carb import carb, carb_sentence, carb_sums
from adelie_hf.scoring.exact import exact_f1
from adelie_hf.scoring.intervals import (
    bootstrap,
    difference_interval,
    f1_of_counts,
    f1_of_sums,
    mean_of_sums,
    paired_test,
    paired_test_of_means,
)
from adelie_hf.scoring.reference import published_scorer, reference_f1, reference_f1_of_tuples
from adelie_hf.scoring.robust import robust, robust_sentences
from adelie_hf.scoring.tables import odie_table
from adelie_hf.scoring.task_metric import TaskScore, count_items, score_corpus, score_example

__all__ = [
    "TaskScore",
    "answer_f1",
    "bootstrap",
    "carb",
    "carb_sentence",
    "carb_sums",
    "count_items",
    "difference_interval",
    "exact_f1",
    "f1_of_counts",
    "f1_of_sums",
    "flatten",
    "mean_of_sums",
    "odie_table",
    "paired_test",
    "paired_test_of_means",
    "published_scorer",
    "read_answers",
    "reference_f1",
    "reference_f1_of_tuples",
    "robust",
    "robust_sentences",
    "score_corpus",
    "score_example",
]
