"""The figures of the pairs of IEFeedback by source and task, beside those of the paper."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from adelie_hf.iefeedback import DISAGREEMENT
from adelie_hf.manifest import BuildManifest

KINDS = ("online", "offline")

# Table 8 of the paper: (source, task) -> pairs, and the mean difference of the scores with 1 for the gold answer.
PUBLISHED = {
    ("conll2003", "ner"): (883, 0.74),
    ("ace2005", "ner"): (854, 0.79),
    ("ontonotes", "ner"): (855, 0.82),
    ("tacred", "rc"): (812, 0.83),
    ("fewrel", "rc"): (733, 0.84),
    ("ace2005", "ed"): (753, 0.83),
    ("maven", "ed"): (770, 0.78),
    ("ace2005", "eae"): (810, 0.79),
    ("rams", "eae"): (767, 0.78),
    ("maven-arg", "eae"): (851, 0.71),
    ("maven-ere", "ere"): (541, 0.92),
    ("odie", "odie"): (617, 0.87),
    ("openie4", "openie"): (739, 0.81),
}


def pair_gap(pair: Mapping[str, Any]) -> float:
    """Return the difference of the scores of a pair, with 1 for the gold answer."""
    return float((1.0 if pair["kind"] == "offline" else pair["score_chosen"]) - pair["score_rejected"])


def criteria_agreement(manifest: BuildManifest) -> float | None:
    """Return the share of pairs whose sides the two criteria rank alike, where that was counted."""
    pairs = sum(sum(unit.counts.kept.values()) for unit in manifest.units)
    if manifest.kind != "iefeedback" or manifest.settings.get("shape", "pairs") != "pairs" or not pairs:
        return None
    return 1 - sum(unit.counts.noted.get(DISAGREEMENT, 0) for unit in manifest.units) / pairs


class PairFigures:
    """The pairs of each source and task by kind, and the sums of their differences."""

    def __init__(self) -> None:
        self.pairs: Counter[tuple[str, str, str]] = Counter()
        self.differences: dict[tuple[str, str], float] = defaultdict(float)

    def add(self, pair: Mapping[str, Any]) -> None:
        """Add a pair, which needs the columns `source`, `task`, `kind`, `score_chosen` and `score_rejected`."""
        self.pairs[pair["source"], pair["task"], pair["kind"]] += 1
        self.differences[pair["source"], pair["task"]] += pair_gap(pair)

    def without(self, sources: Iterable[str]) -> PairFigures:
        """Return the figures of the other sources."""
        left, kept = set(sources), PairFigures()
        kept.pairs = Counter({key: number for key, number in self.pairs.items() if key[0] not in left})
        kept.differences = {key: value for key, value in self.differences.items() if key[0] not in left}
        return kept

    @property
    def kinds(self) -> dict[str, int]:
        """The pairs of each kind."""
        return {kind: sum(number for (*_, own), number in self.pairs.items() if own == kind) for kind in KINDS}

    @property
    def is_published(self) -> bool:
        """Whether the paper has figures of a source and task of these."""
        return not self.differences.keys().isdisjoint(PUBLISHED)

    @property
    def header(self) -> list[str]:
        """The names of the columns of `lines`."""
        theirs = ["pairs in the paper", "difference there"] if self.is_published else []
        return ["source", "task", *KINDS, "mean difference", *theirs]

    @property
    def lines(self) -> list[list[int | float | str]]:
        """The figures of each source and task; those of the paper are "" where it has none."""
        return [self._line(key) for key in sorted(self.differences)]

    def _line(self, key: tuple[str, str]) -> list[int | float | str]:
        online, offline = (self.pairs[(*key, kind)] for kind in KINDS)
        theirs = PUBLISHED.get(key, ("", "")) if self.is_published else ()
        return [*key, online, offline, self.differences[key] / (online + offline), *theirs]
