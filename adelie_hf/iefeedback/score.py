"""How good a sample is: the score of its task on one example."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from adelie_hf.answers import Answer, Extraction, item_counts
from adelie_hf.prompts import parse, write
from adelie_hf.scoring.answers import flatten
from adelie_hf.scoring.carb import carb_sentence
from adelie_hf.scoring.tables import odie_table


@dataclass(frozen=True, slots=True)
class Scored:
    """One sample: its text, its place among the samples, its score in [0, 1], and what it says.

    `clean` is false where the text is not written as the format asks. `meaning` is equal for two
    texts that hold the same items in any order; None for a text that holds nothing readable.
    """

    text: str
    number: int
    score: float
    clean: bool
    meaning: Counter[str] | None


def score_samples(line: dict[str, Any]) -> list[Scored]:
    """Scores the samples of one line of a samples file against its gold answer."""
    task, format = line["task"], line["format"]
    gold = parse(line["completion"][0]["content"], task, format).items
    scored = []
    for number, text in enumerate(line["samples"]):
        read = parse(text, task, format)
        score = 0.0 if read.status == "invalid" else _score(read.items, gold, task)
        said = None if read.status == "invalid" else item_counts(read.items, task)
        scored.append(Scored(text, number, score, read.status == "valid", said))
    return scored


def _score(answer: Answer, gold: Answer, task: str) -> float:
    if not answer or not gold:
        return float(answer == gold)
    if task == "openie":
        return carb_sentence(*([_extraction(item) for item in side] for side in (answer, gold)))[2]
    if task == "odie":
        return odie_table([write(answer, task)], [write(gold, task)])["content"]
    ours, theirs = (Counter(flatten(side, task)) for side in (answer, gold))
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def _extraction(item: Any) -> dict[str, Any]:
    assert isinstance(item, Extraction)
    return {"predicate": item.predicate, "arguments": list(item.arguments), "confidence": 1.0}
