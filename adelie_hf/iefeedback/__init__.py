"""IEFeedback: preference pairs from a model's own samples and the gold answers (paper, section 4).

A sample's score is its task's metric on that one example, between 0 and 1: exact-match F1 of the items
for closed IE, CaRB F1 for open IE, ROUGE-L of the table for on-demand IE. The paper scores by character
BLEU, which punishes another order of the same items and gives a right `NA` 0.59; two answers that mean
the same could so become a pair. Here the two sides of a pair never mean the same.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adelie_hf.draws import draw
from adelie_hf.errors import InputError
from adelie_hf.iefeedback.score import Scored, score_samples
from adelie_hf.sampling import read_samples
from adelie_hf.settings import read_settings
from adelie_hf.tasks import GENERAL

__all__ = ["FeedbackRecipe", "Part", "inputs", "load_recipe", "plan", "rows"]


@dataclass(frozen=True, slots=True)
class FeedbackRecipe:
    """How pairs are chosen.

    Args:
        seed: decides which prompts are kept when there are more than needed.
        cap: at most this many pairs.
        gap: the two sides' scores differ by more than this (section 4: 10 %).
        floor: an online chosen answer scores at least this, so that no bad answer is ever preferred.
        offline: the share of pairs whose chosen side is the gold answer (section 6.2: 70 %).
    """

    seed: int = 42
    cap: int = 10_000
    gap: float = 0.1
    floor: float = 0.5
    offline: float = 0.7


@dataclass(frozen=True, slots=True)
class Part:
    """Samples files and how pairs are made of them: together, since the cap is that of all."""

    files: tuple[Path, ...]
    recipe: FeedbackRecipe

    def described(self) -> dict[str, str]:
        """What a manifest says of it."""
        return {"file": ", ".join(file.name for file in self.files)}


def load_recipe(path: str | Path | None = None, seed: int | None = None) -> FeedbackRecipe:
    """Reads a recipe, or the default one without a path; `seed` overrides the recipe's.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value out of range.
    """
    return read_settings(FeedbackRecipe, path, seed=seed)


def plan(data_dir: str | Path | None, recipe: FeedbackRecipe | None = None) -> dict[str, list[Part]]:
    """One part, of all samples files (`*.jsonl`) in a folder. Raises InputError when there is none."""
    if data_dir is None:
        raise InputError("adelie_hf/iefeedback needs data_dir, a folder with samples files (recipes/sample.py)")
    files = sorted(Path(data_dir).glob("[!.]*.jsonl"))
    if not files:
        raise InputError(f"{data_dir}: no samples file (*.jsonl) in this folder; make one with recipes/sample.py")
    return {"train": [Part(tuple(files), recipe or FeedbackRecipe())]}


def inputs(data_dir: str | Path, recipe: str | Path | None = None) -> list[Path]:
    """Every file that the pairs of a folder depend on: the samples files and the recipe."""
    (part,) = plan(data_dir)["train"]
    return [*part.files, *([Path(recipe)] if recipe is not None else [])]


def rows(part: Part, counts: Counter[str] | None = None) -> Iterator[dict[str, Any]]:
    """The pairs of samples files, in the order of their lines.

    A prompt gives one pair at most. Of the prompts that could give an online pair (best against worst
    sample), those with the lowest lots do, up to the recipe's share; the others that qualify give an
    offline pair (gold against worst sample).

    Args:
        counts: counts prompts as `read`, `kept: online`, `kept: offline` and `dropped: <reason>`.
    """
    counts = Counter() if counts is None else counts
    recipe = part.recipe
    kinds: dict[str, set[str]] = {}
    for file, line in _lines(part):
        counts["read"] += 1
        if line["id"] in kinds:
            raise InputError(f"{file}: the prompt {line['id']!r} occurs twice; sample each prompt once")
        kinds[line["id"]] = _possible(line, recipe)
    chosen = _choose(kinds, recipe)
    for _, line in _lines(part):
        kind = chosen.get(line["id"])
        counts[f"kept: {kind}" if kind else f"dropped: {_why(line, kinds[line['id']])}"] += 1
        if kind:
            yield _pair(line, kind)


def _lines(part: Part) -> Iterator[tuple[Path, dict[str, Any]]]:
    return ((file, line) for file in part.files for line in read_samples(file))


def _possible(line: dict[str, Any], recipe: FeedbackRecipe) -> set[str]:
    """The kinds of pair that a prompt's samples could give."""
    if not line["samples"] or line["task"] == GENERAL:
        return set()
    best, worst = _best_and_worst(score_samples(line))
    kinds = set()
    if best.score - worst.score > recipe.gap and best.score >= recipe.floor and best.clean:
        kinds.add("online")
    if 1 - worst.score > recipe.gap and worst.meaning != _gold(line).meaning:
        kinds.add("offline")
    return kinds


def _choose(kinds: dict[str, set[str]], recipe: FeedbackRecipe) -> dict[str, str]:
    """Prompt -> kind of pair: the recipe's share online, the rest offline, each by the lowest lots."""
    total = min(recipe.cap, sum(bool(possible) for possible in kinds.values()))
    chosen: dict[str, str] = {}
    for kind, quota in (("online", round(total * (1 - recipe.offline))), ("offline", total)):
        free = [identity for identity, possible in kinds.items() if kind in possible and identity not in chosen]
        room = quota if kind == "online" else total - len(chosen)
        drawn = heapq.nsmallest(room, free, key=lambda identity: (draw(recipe.seed, identity, "pair"), identity))
        chosen |= dict.fromkeys(drawn, kind)
    return chosen


def _best_and_worst(scored: list[Scored]) -> tuple[Scored, Scored]:
    """Of equally good samples the best is one that is written as the format asks."""
    return max(scored, key=lambda each: (each.score, each.clean)), min(scored, key=lambda each: each.score)


def _why(line: dict[str, Any], possible: set[str]) -> str:
    if possible:
        return "over the cap"
    if line["task"] == GENERAL:
        return "general data has no gold answer to score by"
    return "the samples are all as good as the gold answer" if line["samples"] else "without a sample"


def _gold(line: dict[str, Any]) -> Scored:
    (gold,) = score_samples(line | {"samples": [line["completion"][0]["content"]]})
    return gold


def _pair(line: dict[str, Any], kind: str) -> dict[str, Any]:
    scored = score_samples(line)
    best, worst = _best_and_worst(scored)
    chosen = best if kind == "online" else _gold(line)
    return {
        "id": line["id"],
        "source": line["source"],
        "task": line["task"],
        "prompt": line["prompt"],
        "chosen": [{"role": "assistant", "content": chosen.text}],
        "rejected": [{"role": "assistant", "content": worst.text}],
        "score_chosen": chosen.score,
        "score_rejected": worst.score,
        "kind": kind,
        "provenance": {
            "scores": [each.score for each in scored],
            "chosen": chosen.number if kind == "online" else "gold",
            "rejected": worst.number,
        },
    }
