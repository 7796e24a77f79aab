"""Preference pairs from samples: which prompts give a pair, and of which kind."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from adelie_hf.draws import draw
from adelie_hf.errors import InputError
from adelie_hf.iefeedback.recipe import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import ScoredSample, score_gold, score_samples
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import PreferenceRow, SampledRow, message
from adelie_hf.sampling import read_samples
from adelie_hf.tasks import GENERAL

PairKind = Literal["online", "offline"]


def make_rows(unit: FeedbackUnit, counts: Counts | None = None) -> Iterator[PreferenceRow]:
    """Yield the preference pairs of samples files, in the order of their lines.

    A prompt gives at most one pair. Of the prompts that could give an online pair (best against worst sample), those
    with the smallest draws do, up to the recipe's share; the others that qualify give an offline pair (gold answer
    against worst sample). The two sides never have the same meaning.

    Args:
        counts: counts prompts as read, pairs as kept by kind, and dropped prompts by reason.

    Raises:
        InputError: for a file that is not a samples file, and for a prompt that occurs twice.
    """
    counts = Counts() if counts is None else counts
    possible_kinds: dict[str, set[PairKind]] = {}
    for file, row in _sampled_rows(unit):
        counts.read += 1
        if row["id"] in possible_kinds:
            raise InputError(f"{file}: the prompt {row['id']!r} occurs twice; sample each prompt once")
        possible_kinds[row["id"]] = _possible_kinds(row, unit.recipe)
    kinds = _choose_kinds(possible_kinds, unit.recipe)
    for _, row in _sampled_rows(unit):
        if row["id"] in kinds:
            counts.kept[kinds[row["id"]]] += 1
            yield _pair(row, kinds[row["id"]])
        else:
            counts.dropped[_drop_reason(row, possible_kinds[row["id"]])] += 1


def _sampled_rows(unit: FeedbackUnit) -> Iterator[tuple[Path, SampledRow]]:
    return ((file, row) for file in unit.files for row in read_samples(file))


def _possible_kinds(row: SampledRow, recipe: FeedbackRecipe) -> set[PairKind]:
    """Return the kinds of pair that a prompt's samples could give."""
    if not row["samples"] or row["task"] == GENERAL:
        return set()
    samples = score_samples(row)
    best = _best(samples)
    kinds: set[PairKind] = set()
    worst = _worst(samples, best)
    if worst and best.score - worst.score > recipe.gap and best.score >= recipe.floor and best.well_formed:
        kinds.add("online")
    worst = _worst(samples, score_gold(row))
    if worst and 1 - worst.score > recipe.gap:
        kinds.add("offline")
    return kinds


def _choose_kinds(possible_kinds: Mapping[str, set[PairKind]], recipe: FeedbackRecipe) -> dict[str, PairKind]:
    """Return prompt id -> kind of pair: the recipe's share online, the rest offline, each by the smallest draws."""
    total = min(recipe.cap, sum(bool(kinds) for kinds in possible_kinds.values()))
    chosen: dict[str, PairKind] = {}
    quotas: tuple[tuple[PairKind, int], ...] = (("online", round(total * (1 - recipe.offline))), ("offline", total))
    for kind, quota in quotas:
        candidates = [row_id for row_id, kinds in possible_kinds.items() if kind in kinds and row_id not in chosen]
        drawn = heapq.nsmallest(
            quota - len(chosen), candidates, key=lambda row_id: (draw(recipe.seed, row_id, "pair"), row_id)
        )
        chosen.update(dict.fromkeys(drawn, kind))
    return chosen


def _best(samples: list[ScoredSample]) -> ScoredSample:
    """Return the sample with the highest score; a well-formed one precedes others of its score."""
    return max(samples, key=lambda sample: (sample.score, sample.well_formed))


def _worst(samples: list[ScoredSample], chosen: ScoredSample) -> ScoredSample | None:
    """Return the sample with the lowest score of those that mean something else than the chosen answer."""
    return min(
        (sample for sample in samples if sample.meaning != chosen.meaning),
        key=lambda sample: sample.score,
        default=None,
    )


def _drop_reason(row: SampledRow, possible_kinds: set[PairKind]) -> str:
    if possible_kinds:
        return "over the cap"
    if row["task"] == GENERAL:
        return "general data has no gold answer to score by"
    return "the samples are all as good as the gold answer" if row["samples"] else "without a sample"


def _pair(row: SampledRow, kind: PairKind) -> PreferenceRow:
    samples = score_samples(row)
    chosen = _best(samples) if kind == "online" else score_gold(row)
    rejected = _worst(samples, chosen)
    assert rejected is not None  # the pair is of a possible kind
    return {
        "id": row["id"],
        "source": row["source"],
        "task": row["task"],
        "prompt": row["prompt"],
        "chosen": [message("assistant", chosen.text)],
        "rejected": [message("assistant", rejected.text)],
        "score_chosen": chosen.score,
        "score_rejected": rejected.score,
        "kind": kind,
        "provenance": {
            "scores": [sample.score for sample in samples],
            "chosen": chosen.number if kind == "online" else "gold",
            "rejected": rejected.number,
        },
    }
