"""ADE corpus (Gurulingappa et al., 2012): drugs and their adverse effects, in sentences of case reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.offsets import occurrences
from adelie_hf.sources.source import Dropped, Head, Layout, Source
from adelie_hf.text_files import read_lines

_AMBIGUOUS_OFFSETS = "the offsets match no position of the sentence, or several"

_SurfaceAt = tuple[str, int]  # a surface, and its start in the abstract
_NEGATIVE = re.compile(r"(\d+) NEG (.+)")


def _sentence_rows(file: Path) -> Iterator[tuple[int, list[list[str]]]]:
    """Yield the consecutive rows of one sentence; each row is a relation."""
    rows = ((number, _columns(line, file, number)) for number, line in read_lines(file) if line.strip())
    for _, group in groupby(rows, key=lambda row: row[1][:2]):
        numbers, sentence = zip(*group, strict=True)
        yield numbers[0], list(sentence)


def _columns(line: str, file: Path, number: int) -> list[str]:
    columns = line.split("|")
    if len(columns) != 8 or not all(columns[index].isdecimal() for index in (3, 4, 6, 7)):
        raise InputError(
            f"{file}:{number}: not a PMID, a sentence and two surfaces with start and end, separated by |; "
            "fix it or download the file again"
        )
    return columns


def _relation_records(
    rows: list[list[str]], split: str, number: int, head_type: str, schema: str
) -> Iterator[Record | Dropped]:
    """Yield the record of a sentence, in which each row relates a mention of `head_type` to a drug."""
    pmid, sentence = rows[0][:2]
    type_names, relation_type = label_names(schema, "ner"), label_names(schema, "re")[head_type]
    pairs = [(_surface_at(*row[2:5]), _surface_at(*row[5:8])) for row in rows]
    sentence_start = _sentence_start(sentence, [surface_at for pair in pairs for surface_at in pair])
    if sentence_start is None:
        yield Dropped(_AMBIGUOUS_OFFSETS)
        return

    def mention(surface_at: _SurfaceAt, type: str) -> Mention:
        surface, start = surface_at
        return Mention(surface, ((start - sentence_start, start - sentence_start + len(surface)),), type)

    relations = [
        Relation(mention(head, type_names[head_type]), relation_type, mention(drug, type_names["Drug"]))
        for head, drug in pairs
    ]
    mentions = dict.fromkeys(mention for relation in relations for mention in (relation.head, relation.tail))
    yield Record(
        id=f"{pmid}-{number}",
        source="ade",
        split=split,
        group=pmid,
        text=sentence,
        schemas=load_schemas(schema),
        mentions=tuple(sorted(mentions, key=lambda mention: mention.fragments)),
        relations=tuple(relations),
    )


def _surface_at(surface: str, start: str, end: str) -> _SurfaceAt:
    if not surface or int(end) - int(start) != len(surface):
        raise ValueError(f"{surface!r} does not have the length of [{start}, {end})")
    return surface, int(start)


def _sentence_start(sentence: str, surfaces: list[_SurfaceAt]) -> int | None:
    """Return the start of the sentence in its abstract, if exactly one start matches the offsets of all surfaces."""
    starts = set.intersection(
        *({start - index for index in occurrences(sentence, surface)} for surface, start in surfaces)
    )
    return starts.pop() if len(starts) == 1 else None


def _negative_records(line: str, split: str, number: int) -> Iterator[Record]:
    match = _NEGATIVE.fullmatch(line)
    if match is None:
        raise ValueError("not a PMID, NEG and a sentence")
    pmid, sentence = match.groups()
    yield Record(
        id=f"{pmid}-{number}",
        source="ade",
        split=split,
        group=pmid,
        text=sentence,
        schemas={"re": load_schemas("ade")["re"]},
    )


def _has_relations(head: Head) -> bool:
    return re.match(r"\s*\d+(?:\|[^|\n]*){7}(?:\n|\Z)", head.text) is not None


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
            recognise=_has_relations,
            raw_examples=_sentence_rows,
            records=partial(_relation_records, head_type="Adverse-Effect", schema="ade"),
        ),
        Layout(
            name="doses",
            files={"train": ("DRUG-DOSE.rel",)},
            recognise=_has_relations,
            raw_examples=_sentence_rows,
            records=partial(_relation_records, head_type="Dose", schema="ade-doses"),
        ),
        Layout(
            name="negatives",
            files={"train": ("ADE-NEG.txt",)},
            recognise=lambda head: re.match(r"\s*\d+ NEG ", head.text) is not None,
            raw_examples=lambda file: ((number, line) for number, line in read_lines(file) if line.strip()),
            records=_negative_records,
        ),
    ),
    counts={"train": {"records": 4_272, "relations": 6_821}},
    notes=(
        "No splits are published: all sentences are training data.",
        "The layouts are different sentences; only those of `DRUG-AE.rel` are what the paper's numbers are about, and "
        "the other two files are read only if that file is missing.",
        "The files give offsets of the abstract, from which the reader derives the offsets in the sentence.",
        "The sentences of `ADE-NEG.txt` serve relation extraction only, because their drugs are not annotated.",
    ),
    drops=(_AMBIGUOUS_OFFSETS,),
)
