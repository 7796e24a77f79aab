"""CaRB (Bhardwaj et al., 2019): open relation tuples of Wikipedia and news sentences, crowdsourced."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from adelie_hf.records import Extraction, Record
from adelie_hf.sources.reading import lines
from adelie_hf.sources.source import Source


def _units(file: Path) -> Iterator[tuple[int, tuple[str, list[str]]]]:
    """A sentence with the lines of its tuples, which follow one another; numbered by the first."""
    filled = ((number, line) for number, line in lines(file) if line.strip())
    for sentence, block in groupby(filled, key=lambda numbered: numbered[1].split("\t")[0]):
        rows = list(block)
        yield rows[0][0], (sentence, [line for _, line in rows])


def _records(unit: tuple[str, list[str]], split: str, where: int) -> Iterator[Record]:
    sentence, rows = unit
    yield Record(
        id=f"{split}-{where}",
        source="carb",
        split=split,
        group=sentence,
        text=sentence.strip(),
        schemas={"openie": ()},
        extractions=tuple(_extraction(row) for row in rows),
    )


def _extraction(row: str) -> Extraction:
    """Columns: sentence, predicate, arguments. `C: ` marks the context of a tuple, which is not an argument."""
    _, predicate, *arguments = (field.strip() for field in row.strip().split("\t"))
    return Extraction(predicate, tuple(argument for argument in arguments if argument and "C: " not in argument))


SOURCE = Source(
    name="carb",
    title="CaRB",
    tasks=("openie",),
    role="held-out",
    domain="Wikipedia and news",
    licence="MIT",
    url="https://github.com/dair-iitd/CaRB",
    # The published set has no training split; a corpus of one's own in the same format may have one.
    files={"train": ("train.tsv",), "validation": ("dev.tsv",), "test": ("test.tsv",)},
    recognise=lambda head: head.partition("\n")[0].count("\t") >= 2 and " " in head.partition("\t")[0],
    units=_units,
    records=_records,
    counted="sentences",
    counts={"validation": 641, "test": 634},
)
