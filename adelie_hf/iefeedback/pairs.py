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
from adelie_hf.iefeedback.prompts import ScoredPrompt, over_the_cap, scored_prompts
from adelie_hf.iefeedback.recipe import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import ScoredSample, in_place, is_good
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import PreferenceRow, Provenance, SampledRow, completion_text, message
from adelie_hf.sampling import samples_at

PairKind = Literal["online", "offline"]

_AS_GOOD = "the samples are all as good as the gold answer"
DISAGREEMENT = "pairs whose sides BLEU and the metric of the task do not rank alike"


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
        group: the cap that it counts for (`FeedbackRecipe.group_of`).
        f1, bleu: the scores of its samples by their numbers.
        sides: the pair of each kind that it could give.
    """

    id: str
    file: int
    offset: int
    group: tuple[str, int]
    f1: Mapping[int, float]
    bleu: Mapping[int, float]
    sides: Mapping[PairKind, _Sides]


_Chosen = tuple[PairKind, _Prompt]


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
                counts.noted[DISAGREEMENT] += 1
            yield _pair(row, kind, prompt, unit.recipe)


def _prompts(unit: FeedbackUnit, counts: Counts) -> Iterator[_Prompt]:
    return (_with_sides(prompt, unit.recipe) for prompt in scored_prompts(unit, counts))


def _with_sides(prompt: ScoredPrompt, recipe: FeedbackRecipe) -> _Prompt:
    file, offset, row, samples, gold = prompt
    sides: dict[PairKind, _Sides] = {}
    best = max(samples, key=lambda sample: (sample.score, sample.well_formed and not recipe.as_published))
    worst = _worst(samples, best, recipe)
    good = is_good(best, gold, recipe) or (recipe.as_published and best.score >= recipe.floor)
    if worst and best.score - worst.score > recipe.gap and good:
        sides["online"] = _Sides(best.number, best.score, worst.number, worst.score)
    worst = _worst(samples, gold, recipe)
    if worst and 1 - worst.score > recipe.gap:
        sides["offline"] = _Sides("gold", gold.score, worst.number, worst.score)
    f1, bleu = {sample.number: sample.f1 for sample in samples}, {sample.number: sample.bleu for sample in samples}
    return _Prompt(row["id"], file, offset, recipe.group_of(row["source"], row["task"]), f1, bleu, sides)


def _worst(samples: list[ScoredSample], chosen: ScoredSample, recipe: FeedbackRecipe) -> ScoredSample | None:
    """Return the sample with the lowest score of those that mean something else than the chosen answer."""
    others = [sample for sample in samples if recipe.as_published or sample.meaning != chosen.meaning]
    return min(others, key=lambda sample: sample.score, default=None)


# ---- which prompts give a pair ---------------------------------------------------------------------


class _Group:
    """The prompts under one cap: of each kind those with the smallest draws, as many as the cap needs."""

    def __init__(self, cap: int, recipe: FeedbackRecipe) -> None:
        self.cap, self.recipe = cap, recipe
        self.share = round(cap * (1 - recipe.offline))
        self.online: SmallestK[_Prompt] = SmallestK(self.share)
        self.offline: SmallestK[_Prompt] = SmallestK(cap + self.share)
        self.qualified = 0

    def add(self, prompt: _Prompt, number: int) -> None:
        """Add a prompt; `number` is its place among all."""
        key = draw(self.recipe.seed, prompt.id, "pair")
        if "online" in prompt.sides:
            self.online.add(number if self.recipe.as_published else key, prompt.id, prompt)
        if "offline" in prompt.sides or self.recipe.as_published:
            self.offline.add(key, prompt.id, prompt)
        self.qualified += bool(prompt.sides)

    def chosen(self) -> list[_Chosen]:
        """Return the prompts that give a pair, each with its kind."""
        number, share, quota = min(self.cap, self.qualified), self.share, round(self.cap * self.recipe.offline)
        if not self.recipe.as_published:
            share = round(number * (1 - self.recipe.offline))
        kept: list[_Chosen] = [("online", prompt) for *_, prompt in self.online.entries()[:share]]
        if not self.recipe.as_published:
            quota = number - len(kept)
        taken = {prompt.id for _, prompt in kept}
        rest = [prompt for *_, prompt in self.offline.entries() if prompt.id not in taken]
        return kept + [("offline", prompt) for prompt in rest[:quota] if "offline" in prompt.sides]


def _choose(prompts: Iterator[_Prompt], recipe: FeedbackRecipe, counts: Counts) -> list[_Chosen]:
    """Return the prompts that give a pair, each with its kind; count the others as dropped."""
    groups: dict[str, _Group] = {}
    dropped: Counter[str] = Counter()
    for number, prompt in enumerate(prompts):
        name, cap = prompt.group
        if name not in groups:
            groups[name] = _Group(cap, recipe)
        groups[name].add(prompt, number)
        dropped[_AS_GOOD] += not prompt.sides
    kept: list[_Chosen] = []
    for name, group in groups.items():
        chosen = group.chosen()
        dropped[over_the_cap(name)] += group.qualified - len(chosen)
        kept += chosen
    within = _within_the_cap(kept, recipe) if len(groups) > 1 else kept
    dropped[over_the_cap("")] += len(kept) - len(within)
    counts.dropped += dropped
    return within


def _within_the_cap(chosen: list[_Chosen], recipe: FeedbackRecipe) -> list[_Chosen]:
    """Return as many prompts of all groups as the recipe's cap allows, with its share of each kind."""
    if len(chosen) <= recipe.cap:
        return chosen
    drawn = sorted(chosen, key=lambda entry: (draw(recipe.seed, entry[1].id, "pair"), entry[1].id))
    online, offline = ([entry for entry in drawn if entry[0] == kind] for kind in ("online", "offline"))
    kept = online[: max(round(recipe.cap * (1 - recipe.offline)), recipe.cap - len(offline))]
    return kept + offline[: recipe.cap - len(kept)]


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
        "f1": in_place(prompt.f1, row),
        "bleu": in_place(prompt.bleu, row),
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
