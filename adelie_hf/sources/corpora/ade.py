"""ADE (Gurulingappa et al., 2012): drugs and the harm that they did, in sentences of case reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import occurrences
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_lines

_Place = tuple[str, int]  # a surface, and where it begins in the abstract
_NEGATIVE = re.compile(r"(\d+) NEG (.+)")


def _units(file: Path) -> Iterator[tuple[int, list[list[str]]]]:
    """The lines of one sentence, which stand together: each is one relation."""
    rows = ((number, _columns(line, file, number)) for number, line in read_lines(file) if line.strip())
    for _, group in groupby(rows, key=lambda row: row[1][:2]):
        numbers, sentence = zip(*group, strict=True)
        yield numbers[0], list(sentence)


def _columns(line: str, file: Path, number: int) -> list[str]:
    columns = line.split("|")
    if len(columns) != 8 or not all(columns[at].isdecimal() for at in (3, 4, 6, 7)):
        raise InputError(
            f"{file}:{number}: not a PMID, a sentence and two surfaces with start and end, between bars; "
            "mend it, or fetch the file again"
        )
    return columns


def _related(rows: list[list[str]], split: str, where: int, kind: str, schema: str) -> Iterator[Record | Dropped]:
    pmid, sentence = rows[0][:2]
    of, drug = names_of(schema, "ner")[kind], names_of(schema, "ner")["Drug"]
    pairs = [(_place(*row[2:5]), _place(*row[5:8])) for row in rows]
    shift = _shift(sentence, [place for pair in pairs for place in pair])
    if shift is None:
        yield Dropped("the offsets fit the sentence in no single way")
        return

    def mention(place: _Place, type: str) -> Mention:
        surface, start = place
        return Mention(surface, ((start - shift, start - shift + len(surface)),), type)

    relations = [
        Relation(mention(left, of), names_of(schema, "re")[kind], mention(right, drug)) for left, right in pairs
    ]
    mentions = dict.fromkeys(mention for relation in relations for mention in (relation.head, relation.tail))
    yield Record(
        id=f"{pmid}-{where}",
        source="ade",
        split=split,
        group=pmid,
        text=sentence,
        schemas=schemas_of(schema),
        mentions=tuple(sorted(mentions, key=lambda mention: mention.fragments)),
        relations=tuple(relations),
    )


def _place(surface: str, start: str, end: str) -> _Place:
    if not surface or int(end) - int(start) != len(surface):
        raise ValueError(f"{surface!r} is not as long as from {start} to {end}")
    return surface, int(start)


def _shift(sentence: str, places: list[_Place]) -> int | None:
    """Where the sentence begins in its abstract, if the offsets of all its surfaces agree on one position."""
    common = set.intersection(*({start - at for at in occurrences(sentence, surface)} for surface, start in places))
    return common.pop() if len(common) == 1 else None


def _negative(line: str, split: str, where: int) -> Iterator[Record]:
    """A sentence without an adverse effect. Its drugs are not marked, so that it serves no recognition of names."""
    found = _NEGATIVE.fullmatch(line)
    if found is None:
        raise ValueError("not a PMID, NEG and a sentence")
    yield Record(
        id=f"{found[1]}-{where}",
        source="ade",
        split=split,
        group=found[1],
        text=found[2],
        schemas={"re": schemas_of("ade")["re"]},
    )


def _is_relations(head: str) -> bool:
    return re.match(r"\s*\d+(?:\|[^|\n]*){7}(?:\n|\Z)", head) is not None


SOURCE = Source(
    name="ade",
    title="ADE corpus",
    tasks=("ner", "re"),
    role="training",
    domain="biomedical case reports",
    licence="not stated",
    url="https://sites.google.com/site/adecorpus/home",
    layouts=(
        Layout(
            name="effects",
            files={"train": ("DRUG-AE.rel",)},
            recognise=_is_relations,
            raw_examples=_units,
            records=partial(_related, kind="Adverse-Effect", schema="ade"),
        ),
        # Other sentences than those above, and not what the paper's numbers are about.
        Layout(
            name="doses",
            files={"train": ("DRUG-DOSE.rel",)},
            recognise=_is_relations,
            raw_examples=_units,
            records=partial(_related, kind="Dose", schema="ade-doses"),
        ),
        Layout(
            name="negatives",
            files={"train": ("ADE-NEG.txt",)},
            recognise=lambda head: re.match(r"\s*\d+ NEG ", head) is not None,
            raw_examples=lambda file: ((number, line) for number, line in read_lines(file) if line.strip()),
            records=_negative,
        ),
    ),
    counts={"train": {"records": 4_272, "relations": 6_821}},
)
