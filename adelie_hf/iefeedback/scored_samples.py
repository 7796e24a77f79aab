"""The samples of a prompt with their scores: the metric of the task on one example, and BLEU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from adelie_hf.answers import Answer, JsonItem, item_counts, to_json
from adelie_hf.iefeedback.recipe import Criterion, FeedbackRecipe
from adelie_hf.prompts import MARKER, ParseResult, parse
from adelie_hf.rows import SampledRow, completion_text, gold
from adelie_hf.scoring.bleu import bleu_scorer
from adelie_hf.scoring.task_metric import score_example

_UNREADABLE = -1.0  # the published script's score


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """One sample of a prompt, or its gold answer.

    Args:
        text: the answer as text.
        number: its position among the samples, from 0.
        score: what samples are compared by: one of the next two, from 0 to 1, or -1 for a text that the published
            script cannot read.
        f1: the metric of the task; 0 for a text that cannot be read.
        bleu: BLEU of words, or of characters if the recipe compares by that; 0 for a text that cannot be read.
        well_formed: whether the text follows its format throughout.
        meaning: equal for two texts with the same items in any order; a text that cannot be read has none.
    """

    text: str
    number: int
    score: float
    f1: float
    bleu: float
    well_formed: bool
    meaning: Counter[str]


def score_answers(row: SampledRow, recipe: FeedbackRecipe) -> tuple[list[ScoredSample], ScoredSample]:
    """Return the samples of a row and its gold answer, all scored against the gold answer.

    CaRB and BLEU do not give every gold answer a score of 1.
    """
    task, gold_answer = row["task"], gold(row)
    gold_units = _units(completion_text(row), recipe.score)
    bleu = bleu_scorer(gold_units)
    scored = []
    for number, text in enumerate(row["samples"]):
        parsed = parse(text, task, row["format"])
        readable = parsed.status != "invalid"
        f1 = score_example(parsed.items, gold_answer, task) if readable else 0.0
        similarity = bleu(_units(text, recipe.score)) if readable else 0.0
        score = f1 if recipe.score == "f1" else similarity
        if recipe.as_published and not _is_readable_there(text, parsed):
            score = _UNREADABLE
        meaning = _meaning(parsed.items, task)
        scored.append(ScoredSample(text, number, score, f1, similarity, parsed.status == "valid", meaning))
    f1, similarity = score_example(gold_answer, gold_answer, task), bleu(gold_units)
    score = f1 if recipe.score == "f1" else similarity
    meaning = _meaning(gold_answer, task)
    return scored, ScoredSample(completion_text(row), 0, score, f1, similarity, True, meaning)


def is_good(answer: ScoredSample, recipe: FeedbackRecipe) -> bool:
    """Return whether an answer may be preferred to others: it reaches the floor and follows its format."""
    return answer.score >= recipe.floor and answer.well_formed


def _units(text: str, criterion: Criterion) -> Sequence[str]:
    """Return what BLEU counts in an answer: its words, or the characters after the marker and its space."""
    if criterion != "character_bleu":
        return text.partition(MARKER)[2].split() if MARKER in text else text.split()
    return text.partition(f"{MARKER} ")[2] if f"{MARKER} " in text else text


def _is_readable_there(text: str, parsed: ParseResult) -> bool:
    """Return whether the published script gives an answer a score."""
    return f"{MARKER} " in text and parsed.status != "invalid"


def _meaning(answer: Answer, task: str) -> Counter[str]:
    """Count the items of an answer; canonically equivalent strings, and any white space, mean the same."""
    return item_counts([_plain(item) for item in to_json(answer)], task)


def _plain(item: JsonItem | str) -> JsonItem | str:
    if isinstance(item, str):
        return " ".join(normalize("NFC", item).split())
    return [_plain(field) for field in item]
