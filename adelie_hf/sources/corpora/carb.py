"""CaRB (Bhardwaj et al., 2019): crowdsourced open relation tuples of Wikipedia and news sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from adelie_hf.answers import Extraction
from adelie_hf.records import Record
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_lines


class _SentenceTuples(NamedTuple):
    """A sentence, and the remaining columns of its lines."""

    sentence: str
    rows: list[str]


def _sentences_with_tuples(file: Path) -> Iterator[tuple[int, _SentenceTuples]]:
    """Yield each sentence with all of its tuples, and the number of its first line.

    Sentences that differ only in white space at their ends are the same, as in the published scorer. So the lines of
    three of the 641 sentences of the validation split are in two places.
    """
    first_lines: dict[str, int] = {}
    rows: dict[str, list[str]] = {}
    for number, line in read_lines(file):
        if line.strip():
            raw_sentence, _, columns = line.partition("\t")
            sentence = raw_sentence.strip()
            first_lines.setdefault(sentence, number)
            rows.setdefault(sentence, []).append(columns)
    for sentence, number in first_lines.items():
        yield number, _SentenceTuples(sentence, rows[sentence])


def _records(raw_example: _SentenceTuples, split: str, number: int) -> Iterator[Record]:
    sentence, rows = raw_example
    yield Record(
        id=f"{split}-{number}",
        source="carb",
        split=split,
        group=sentence,
        text=sentence,
        schemas={"openie": ()},
        extractions=tuple(_extraction(row) for row in rows),
    )


def _extraction(columns: str) -> Extraction:
    predicate, *arguments = (field.strip() for field in columns.split("\t"))
    if not predicate and not any(arguments):
        raise ValueError("a line does not contain a sentence, a tab and a predicate")
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
            files={"train": ("train.tsv",), "validation": ("dev.tsv",), "test": ("test.tsv",)},
            recognise=lambda head: (
                head.text.partition("\n")[0].count("\t") >= 2 and " " in head.text.partition("\t")[0]
            ),
            raw_examples=_sentences_with_tuples,
            records=_records,
        ),
    ),
    counts={"validation": {"records": 638}, "test": {"records": 634}},
    notes=(
        "Lines of the same sentence are one record, also if they are not consecutive; sentences that differ only in "
        "white space at their ends are the same, as in the published scorer.",
        "Columns with `C: ` contain the context of a tuple, which is not an argument; they and empty columns are "
        "omitted.",
        "The published data have no training split; `train.tsv` is read for corpora of your own in the same format.",
    ),
)
