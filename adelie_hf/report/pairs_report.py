"""The report of a build of IEFeedback: its pairs beside the paper's, what was dropped, and ten pairs to read."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from adelie_hf.draws import SmallestK, draw
from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write
from adelie_hf.manifest import MANIFEST, BuildManifest
from adelie_hf.prompts import MARKER
from adelie_hf.report.build_report import Segment
from adelie_hf.report.pair_figures import PairFigures, criteria_agreement, pair_gap
from adelie_hf.report.rendering import render
from adelie_hf.rows import PreferenceRow

_EXAMPLES = 10
_ONLY_HERE = "only in this answer"
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_ITEM = re.compile(rf"{re.escape(MARKER)}\s*|.+?(?:[;,.\n]\s*|\Z)", re.DOTALL)
_MOST_COMPARED = 100_000  # each token of one answer with each of the other: the time of a diff grows even faster


class PairExample(NamedTuple):
    """A pair as the report shows it: what only one answer has is marked."""

    id: str
    kind: str
    request: str
    chosen: list[Segment]
    rejected: list[Segment]
    score_chosen: float
    score_rejected: float


def write_pairs_report(folder: Path) -> Path:
    """Write `report.html` into a build of IEFeedback: one page that needs no network. Return its path.

    Raises:
        InputError: for a folder without such a build, and for one whose rows are no pairs.
    """
    manifest = BuildManifest.load(folder / MANIFEST)
    file = folder / "train.parquet"
    if manifest.kind != "iefeedback" or not file.is_file():
        raise InputError(f"{folder}: not a build of IEFeedback with rows")
    require_pairs(str(manifest.settings.get("shape", "pairs")), folder)
    figures = PairFigures()
    gaps: Counter[int] = Counter()
    shown: SmallestK[PreferenceRow] = SmallestK(_EXAMPLES)
    for row in _rows(file):
        figures.add(row)
        gaps[_tenth(pair_gap(row))] += 1
        shown.add(draw(0, row["id"], "shown"), row["id"], row)
    (unit,) = manifest.units
    page = render(
        "pairs_report.html.j2",
        manifest=manifest,
        settings={name: json.dumps(value).strip('"') for name, value in manifest.settings.items()},
        figures=figures,
        agreement=criteria_agreement(manifest),
        gaps={_gap_name(tenth): gaps[tenth] for tenth in range(11) if gaps[tenth] or tenth < 10},
        dropped=unit.counts.dropped,
        noted=unit.counts.noted,
        examples=[_example(row) for *_, row in shown.entries()],
    )
    target = folder / "report.html"
    with atomic_write(target) as partial:
        partial.write_text(page, encoding="utf-8")
    return target


def require_pairs(shape: str, origin: str | Path) -> None:
    """Raise InputError, which names the origin of the shape, for rows that are no pairs: the report is about pairs."""
    if not shape.endswith("pairs"):
        problem = f"the shape is {shape!r}, and only pairs have a report; build it without one"
        raise InputError(f"{origin}: {problem}", parameter="report")


def _rows(file: Path) -> Iterator[PreferenceRow]:
    import pyarrow.parquet  # on first use: other reports do not need it

    with pyarrow.parquet.ParquetFile(file) as stream:
        for batch in stream.iter_batches():
            yield from batch.to_pylist()


def _tenth(gap: float) -> int:
    """Return the number of whole tenths in a gap, at most 10."""
    return min(int(round(gap * 10, 9)), 10)  # 1 - 0.8 has two, though its float is a little below 0.2


def _gap_name(tenth: int) -> str:
    return "1.0 and more" if tenth == 10 else f"{tenth / 10:.1f} to {(tenth + 1) / 10:.1f}"


def _example(row: PreferenceRow) -> PairExample:
    chosen, rejected = (row[side][-1]["content"] for side in ("chosen", "rejected"))
    return PairExample(
        row["id"],
        row["kind"],
        row["prompt"][-1]["content"],
        *mark_difference(chosen, rejected),
        row["score_chosen"],
        row["score_rejected"],
    )


def mark_difference(first: str, second: str) -> tuple[list[Segment], list[Segment]]:
    """Return two texts in segments; those that only one of them has are labelled.

    Long texts are compared item by item, in any order, so that the time grows with their length alone.

    >>> [segment.text for segment in mark_difference("Acme: company;", "Acme: place;")[0] if segment.label]
    ['company']
    """
    tokens = _TOKEN.findall(first), _TOKEN.findall(second)
    if len(tokens[0]) * len(tokens[1]) > _MOST_COMPARED:
        items = _ITEM.findall(first), _ITEM.findall(second)
        return _mark_items(*items), _mark_items(*reversed(items))
    marked: tuple[list[Segment], list[Segment]] = ([], [])
    blocks = SequenceMatcher(None, *tokens, autojunk=False).get_opcodes()
    for operation, start, end, other_start, other_end in blocks:
        label = None if operation == "equal" else _ONLY_HERE
        for side, part in zip(marked, (tokens[0][start:end], tokens[1][other_start:other_end]), strict=True):
            if part:
                side.append(Segment("".join(part), label))
    return marked


def _mark_items(items: list[str], others: list[str]) -> list[Segment]:
    """Return the items of an answer in segments; those that another answer has too are plain, as often as there."""
    left = Counter(item.strip() for item in others)
    labels: list[str | None] = []
    for item in map(str.strip, items):
        labels.append(None if left[item] > 0 else _ONLY_HERE)
        left[item] -= 1
    runs = groupby(zip(items, labels, strict=True), key=itemgetter(1))
    return [Segment("".join(item for item, _ in run), label) for label, run in runs]
