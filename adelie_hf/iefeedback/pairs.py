"""Preference pairs from samples: which prompts give a pair, and of which kind.

Samples are read and scored once. What is remembered of a prompt are its place in the files, its scores, and the
numbers of the samples that could become a pair, and that only for as many prompts as the cap needs. The texts are read
again for the pairs that are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from adelie_hf.draws import SmallestK, draw
from adelie_hf.iefeedback.prompts import sampled_prompts
from adelie_hf.iefeedback.recipe import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import ScoredSample, score_answers
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import PreferenceRow, Provenance, SampledRow, completion_text, message
from adelie_hf.sampling import samples_at

PairKind = Literal["online", "offline"]

_AS_GOOD = "the samples are all as good as the gold answer"
_DISAGREEMENT = "pairs whose sides BLEU and the metric of the task do not rank alike"


class _Sides(NamedTuple):
    """The two sides of a pair: the numbers of their samples, and their scores."""

    chosen: int | Literal["gold"]
    score_chosen: float
    rejected: int
    score_rejected: float


@dataclass(frozen=True, slots=True)
class _Prompt:
    """What is remembered of a prompt.

    Args:
        file, offset: the number of its file, and its place there.
        f1, bleu: the scores of its samples.
        sides: the pair of each kind that it could give.
    """

    id: str
    file: int
    offset: int
    f1: tuple[float, ...]
    bleu: tuple[float, ...]
    sides: Mapping[PairKind, _Sides]


def pair_rows(unit: FeedbackUnit, counts: Counts) -> Iterator[PreferenceRow]:
    """Yield the preference pairs of samples files, in the order of their lines.

    A prompt gives at most one pair. Of the prompts that could give an online pair (best against worst sample), those
    with the smallest draws do, up to the recipe's share; the others that qualify give an offline pair (gold answer
    against worst sample). The two sides never have the same meaning, unless the recipe chooses as published.

    Args:
        counts: counts prompts as read, pairs as kept by kind, and dropped prompts by reason.

    Raises:
        InputError: for a file that is not a samples file, and for a prompt that occurs twice.
    """
    kinds = _choose(_prompts(unit, counts), unit.recipe, counts)
    by_place = sorted(kinds, key=lambda kept: (kept[1].file, kept[1].offset))
    for number, group in groupby(by_place, key=lambda kept: kept[1].file):
        kept = list(group)
        rows = samples_at(unit.files[number], [prompt.offset for _, prompt in kept])
        for (kind, prompt), row in zip(kept, rows, strict=True):
            counts.kept[kind] += 1
            if _criteria_disagree(prompt, prompt.sides[kind], unit.recipe):
                counts.noted[_DISAGREEMENT] += 1
            yield _pair(row, kind, prompt, unit.recipe)


def _prompts(unit: FeedbackUnit, counts: Counts) -> Iterator[_Prompt]:
    return (_scored(row, file, offset, unit.recipe) for file, offset, row in sampled_prompts(unit, counts))


def _scored(row: SampledRow, file: int, offset: int, recipe: FeedbackRecipe) -> _Prompt:
    samples, gold = score_answers(row, recipe)
    sides: dict[PairKind, _Sides] = {}
    best = max(samples, key=lambda sample: (sample.score, sample.well_formed and not recipe.as_published))
    worst = _worst(samples, best, recipe)
    good = best.score >= recipe.floor and (best.well_formed or recipe.as_published)
    if worst and best.score - worst.score > recipe.gap and good:
        sides["online"] = _Sides(best.number, best.score, worst.number, worst.score)
    worst = _worst(samples, gold, recipe)
    if worst and 1 - worst.score > recipe.gap:
        sides["offline"] = _Sides("gold", gold.score, worst.number, worst.score)
    f1, bleu = tuple([sample.f1 for sample in samples]), tuple([sample.bleu for sample in samples])
    return _Prompt(row["id"], file, offset, f1, bleu, sides)


def _worst(samples: list[ScoredSample], chosen: ScoredSample, recipe: FeedbackRecipe) -> ScoredSample | None:
    """Return the sample with the lowest score of those that mean something else than the chosen answer."""
    others = [sample for sample in samples if recipe.as_published or sample.meaning != chosen.meaning]
    return min(others, key=lambda sample: sample.score, default=None)


# ---- which prompts give a pair ---------------------------------------------------------------------


def _choose(prompts: Iterator[_Prompt], recipe: FeedbackRecipe, counts: Counts) -> list[tuple[PairKind, _Prompt]]:
    """Return the prompts that give a pair, each with its kind; count the others as dropped."""
    share = round(recipe.cap * (1 - recipe.offline))
    online: SmallestK[_Prompt] = SmallestK(share)
    offline: SmallestK[_Prompt] = SmallestK(recipe.cap + share)
    number = qualified = 0
    for number, prompt in enumerate(prompts, 1):
        key = draw(recipe.seed, prompt.id, "pair")
        if "online" in prompt.sides:
            online.add(number if recipe.as_published else key, prompt.id, prompt)
        if "offline" in prompt.sides or recipe.as_published:
            offline.add(key, prompt.id, prompt)
        qualified += bool(prompt.sides)
    if not recipe.as_published:
        share = round(min(recipe.cap, qualified) * (1 - recipe.offline))
    kept: list[tuple[PairKind, _Prompt]] = [("online", prompt) for *_, prompt in online.entries()[:share]]
    taken = {prompt.id for _, prompt in kept}
    rest = [prompt for *_, prompt in offline.entries() if prompt.id not in taken]
    quota = round(recipe.cap * recipe.offline) if recipe.as_published else min(recipe.cap, qualified) - len(kept)
    kept += [("offline", prompt) for prompt in rest[:quota] if "offline" in prompt.sides]
    counts.dropped += Counter({_AS_GOOD: number - qualified, "over the cap": qualified - len(kept)})
    return kept


# ---- pairs ------------------------------------------------------------------------------------------


def _criteria_disagree(prompt: _Prompt, sides: _Sides, recipe: FeedbackRecipe) -> bool:
    """Return whether the criterion that did not choose a pair does not prefer its chosen side."""
    other = prompt.bleu if recipe.score == "f1" else prompt.f1
    return other[sides.rejected] >= (1 if sides.chosen == "gold" else other[sides.chosen])


def _pair(row: SampledRow, kind: PairKind, prompt: _Prompt, recipe: FeedbackRecipe) -> PreferenceRow:
    sides = prompt.sides[kind]
    chosen = completion_text(row) if sides.chosen == "gold" else row["samples"][sides.chosen]
    provenance: Provenance = {
        "score": recipe.score,
        "f1": list(prompt.f1),
        "bleu": list(prompt.bleu),
        "chosen": sides.chosen,
        "rejected": sides.rejected,
        "seed": recipe.seed,
    }
    return {
        "id": row["id"],
        "source": row["source"],
        "task": row["task"],
        "prompt": row["prompt"],
        "chosen": [message("assistant", chosen)],
        "rejected": [message("assistant", row["samples"][sides.rejected])],
        "score_chosen": sides.score_chosen,
        "score_rejected": sides.score_rejected,
        "kind": kind,
        "provenance": provenance,
    }
