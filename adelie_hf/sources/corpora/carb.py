"""CaRB (Bhardwaj et al., 2019): open relation tuples of Wikipedia and news sentences, crowdsourced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adelie_hf.answers import Extraction
from adelie_hf.records import Record
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_lines


def _units(file: Path) -> Iterator[tuple[int, tuple[str, list[str]]]]:
    """A sentence with the lines of its tuples, numbered by the first of them.

    As in the published scorer, sentences that differ in the white space at their ends are one: so three
    of the 641 sentences of the development set are gathered from two places.
    """
    found: dict[str, tuple[int, list[str]]] = {}
    for number, line in read_lines(file):
        if line.strip():
            sentence, _, columns = line.partition("\t")
            found.setdefault(sentence.strip(), (number, []))[1].append(columns)
    for sentence, (number, rows) in found.items():
        yield number, (sentence, rows)


def _records(unit: tuple[str, list[str]], split: str, where: int) -> Iterator[Record]:
    sentence, rows = unit
    yield Record(
        id=f"{split}-{where}",
        source="carb",
        split=split,
        group=sentence,
        text=sentence,
        schemas={"openie": ()},
        extractions=tuple(_extraction(row) for row in rows),
    )


def _extraction(columns: str) -> Extraction:
    """Columns: predicate, arguments. `C: ` marks the context of a tuple, which is not an argument."""
    predicate, *arguments = (field.strip() for field in columns.split("\t"))
    if not predicate and not any(arguments):
        raise ValueError("a line does not hold a sentence, a tab and a predicate")
    return Extraction(predicate, tuple(argument for argument in arguments if argument and "C: " not in argument))


SOURCE = Source(
    name="carb",
    title="CaRB",
    tasks=("openie",),
    role="held-out",
    domain="Wikipedia and news",
    licence="MIT",
    url="https://github.com/dair-iitd/CaRB",
    layouts=(
        Layout(
            name="native",
            # The published set has no training split; a corpus of one's own in the same format may have one.
            files={"train": ("train.tsv",), "validation": ("dev.tsv",), "test": ("test.tsv",)},
            recognise=lambda head: head.partition("\n")[0].count("\t") >= 2 and " " in head.partition("\t")[0],
            raw_examples=_units,
            records=_records,
        ),
    ),
    counts={"validation": {"records": 638}, "test": {"records": 634}},
)
