"""The samples of a prompt with their scores: the metric of the task on one example."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from unicodedata import normalize

from adelie_hf.answers import Answer, JsonItem, item_counts, to_json
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
        meaning: equal for two texts with the same items in any order; a text that cannot be read has none.
    """

    text: str
    number: int
    score: float
    well_formed: bool
    meaning: Counter[str]


def score_samples(row: SampledRow) -> list[ScoredSample]:
    """Return the samples of a row, scored against its gold answer."""
    task, gold_answer = row["task"], gold(row)
    scored = []
    for number, text in enumerate(row["samples"]):
        parsed = parse(text, task, row["format"])
        score = 0.0 if parsed.status == "invalid" else score_example(parsed.items, gold_answer, task)
        scored.append(ScoredSample(text, number, score, parsed.status == "valid", _meaning(parsed.items, task)))
    return scored


def score_gold(row: SampledRow) -> ScoredSample:
    """Return the gold answer of a row, scored against itself: CaRB does not give every answer a score of 1."""
    task, gold_answer = row["task"], gold(row)
    score = score_example(gold_answer, gold_answer, task)
    return ScoredSample(completion_text(row), 0, score, True, _meaning(gold_answer, task))


def _meaning(answer: Answer, task: str) -> Counter[str]:
    """Count the items of an answer; canonically equivalent strings, and any white space, mean the same."""
    return item_counts([_plain(item) for item in to_json(answer)], task)


def _plain(item: JsonItem | str) -> JsonItem | str:
    if isinstance(item, str):
        return " ".join(normalize("NFC", item).split())
    return [_plain(field) for field in item]
