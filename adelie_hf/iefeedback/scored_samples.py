"""The samples of a prompt with their scores: the metric of the task on one example."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from adelie_hf.answers import item_counts
from adelie_hf.prompts import parse
from adelie_hf.rows import SampledRow, completion_text, gold
from adelie_hf.scoring.task_metric import score_example


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """One sample of a prompt, or its gold answer.

    Args:
        text: the answer as text.
        number: its position among the samples, from 0.
        score: from 0 to 1; 0 for a text that cannot be read.
        well_formed: whether the text follows its format throughout.
        items: equal for two texts with the same items in any order; None for a text that cannot be read.
    """

    text: str
    number: int
    score: float
    well_formed: bool
    items: Counter[str] | None


def score_samples(row: SampledRow) -> list[ScoredSample]:
    """Return the samples of a row, scored against its gold answer."""
    task, gold_answer = row["task"], gold(row)
    scored = []
    for number, text in enumerate(row["samples"]):
        parsed = parse(text, task, row["format"])
        if parsed.status == "invalid":
            scored.append(ScoredSample(text, number, 0.0, False, None))
        else:
            score = score_example(parsed.items, gold_answer, task)
            scored.append(ScoredSample(text, number, score, parsed.status == "valid", item_counts(parsed.items, task)))
    return scored


def score_gold(row: SampledRow) -> ScoredSample:
    """Return the gold answer of a row, scored against itself: CaRB does not give every answer a score of 1."""
    task, gold_answer = row["task"], gold(row)
    score = score_example(gold_answer, gold_answer, task)
    return ScoredSample(completion_text(row), 0, score, True, item_counts(gold_answer, task))
