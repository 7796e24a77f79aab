"""The samples of a prompt with their scores: the metric of the task on one example, and BLEU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from unicodedata import normalize

from adelie_hf.answers import Answer, JsonItem, item_counts, to_json
from adelie_hf.iefeedback.recipe import Criterion, FeedbackRecipe
from adelie_hf.prompts import MARKER, parse
from adelie_hf.rows import SampledRow, completion_text, gold
from adelie_hf.sampling import text_samples
from adelie_hf.scoring.bleu import bleu_scorer
from adelie_hf.scoring.task_metric import score_example

_UNREADABLE = -1.0  # the published script's score


@dataclass(frozen=True, slots=True)
class ScoredSample:
    """One sample of a prompt, or its gold answer.

    Args:
        text: the answer as text.
        number: its place in the list of the samples file, from 0.
        score: what samples are compared by: one of the next two, from 0 to 1; 0 for a text that cannot be read, and
            -1 as published for one without the marker.
        f1: the metric of the task; 0 for a text that cannot be read.
        bleu: BLEU of words, or of characters if the recipe compares by that, whether the text can be read or not.
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
    marker = _marker_of(completion_text(row))
    units = partial(_units, criterion=recipe.score, marker=marker)
    gold_units = units(completion_text(row))
    bleu = bleu_scorer(gold_units)
    scored = []
    for number, text in text_samples(row):
        parsed = parse(text, task, row["format"])
        readable = parsed.status != "invalid"
        f1 = score_example(parsed.items, gold_answer, task) if readable else 0.0
        similarity = bleu(units(text))
        if recipe.as_published:
            score = similarity if marker in text else _UNREADABLE
        else:
            score = 0.0 if not readable else f1 if recipe.score == "f1" else similarity
        meaning = _meaning(parsed.items, task)
        scored.append(ScoredSample(text, number, score, f1, similarity, parsed.status == "valid", meaning))
    f1, similarity = score_example(gold_answer, gold_answer, task), bleu(gold_units)
    score = f1 if recipe.score == "f1" else similarity
    meaning = _meaning(gold_answer, task)
    return scored, ScoredSample(completion_text(row), 0, score, f1, similarity, True, meaning)


def in_place(scores: Mapping[int, float], row: SampledRow) -> list[float | None]:
    """Return scores by sample number as a list in the order of the file; None for a sample without a score."""
    return [scores.get(number) for number in range(len(row["samples"]))]


def is_good(answer: ScoredSample, gold: ScoredSample, recipe: FeedbackRecipe) -> bool:
    """Return whether an answer may be preferred to others: it follows its format, and reaches the floor or is right.

    BLEU gives a right answer of a word or two, such as `NA`, less than the floor.
    """
    return answer.well_formed and (answer.score >= recipe.floor or answer.meaning == gold.meaning)


def _marker_of(gold_text: str) -> str:
    """Return what stands before an answer: the marker and its space, of a table the marker and its line end."""
    return f"{MARKER}\n" if f"{MARKER}\n" in gold_text else f"{MARKER} "


def _units(text: str, criterion: Criterion, marker: str) -> Sequence[str]:
    """Return what BLEU counts in an answer: its words, or the characters after the marker, up to a second one."""
    if criterion == "character_bleu":
        return text.split(marker)[1] if marker in text else text
    return text.partition(MARKER)[2].split() if MARKER in text else text.split()


def _meaning(answer: Answer, task: str) -> Counter[str]:
    """Count the items of an answer; canonically equivalent strings, and any white space, mean the same."""
    return item_counts([_plain(item) for item in to_json(answer)], task)


def _plain(item: JsonItem | str) -> JsonItem | str:
    if isinstance(item, str):
        return " ".join(normalize("NFC", item).split())
    return [_plain(field) for field in item]
