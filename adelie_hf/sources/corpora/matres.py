"""MATRES (Ning et al., 2018): the order in time of events that verbs name, in news articles annotated in TimeML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import names_of, readable_label, schemas_of
from adelie_hf.sources.readers.xml import elements, inline
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_lines

_NO_TEXT = "the document's TimeML (.tml) does not lie below the folder of the annotation"


class _Document(NamedTuple):
    """The rows of one document, as columns, and the file that has its text."""

    id: str
    rows: list[list[str]]
    timeml: Path | None


def _units(file: Path) -> Iterator[tuple[int, _Document]]:
    texts = {found.stem: found for found in sorted(file.parent.rglob("*.tml"), reverse=True)}
    rows = ((number, _columns(line, file, number)) for number, line in read_lines(file) if line.strip())
    for document, group in groupby(rows, key=lambda row: row[1][0]):
        numbers, of_document = zip(*group, strict=True)
        yield numbers[0], _Document(document, list(of_document), texts.get(document))


def _columns(line: str, file: Path, number: int) -> list[str]:
    columns = line.split("\t")
    if len(columns) != 6:
        raise InputError(
            f"{file}:{number}: not a document, two verbs, two event numbers and a relation, between tabs; "
            "mend it, or fetch the file again"
        )
    return columns


def _records(document: _Document, split: str, where: int) -> Iterator[Record | Dropped]:
    if document.timeml is None:
        yield Dropped(_NO_TEXT)
        return
    text, events = _read(document.timeml)
    types = names_of("matres", "ere")
    relations: list[Relation] = []
    for _, first_verb, second_verb, first, second, raw in document.rows:
        head, tail = events.get(f"ei{first}"), events.get(f"ei{second}")
        if head is None or tail is None or head == tail or first_verb not in head.text or second_verb not in tail.text:
            yield Dropped("a pair's verbs are not two events of the TimeML")
        else:
            relations.append(Relation(head, types[raw], tail))
    pairs = dict.fromkeys((relation.head, relation.tail) for relation in relations)
    yield Record(
        id=document.id,
        source="matres",
        split=split,
        group=document.id,
        text=text,
        schemas=schemas_of("matres"),
        mentions=tuple(dict.fromkeys(mention for pair in pairs for mention in pair)),
        relations=tuple(dict.fromkeys(relations)),
        pairs=tuple(pairs),
    )


def _read(timeml: Path) -> tuple[str, dict[str, Mention]]:
    """The text of a document, without the white space around it, and its event instances by their ids."""
    text, of_event, of_instance = "", {}, {}
    for _, element in elements(timeml, "TEXT", "MAKEINSTANCE"):
        if element.tag == "MAKEINSTANCE":
            of_instance[element.get("eiid", "")] = element.get("eventID", "")
        elif not text:
            whole, spans = inline(element)
            text = whole.strip()
            before = len(whole) - len(whole.lstrip())
            of_event = {
                inner.get("eid", ""): Mention.at(
                    text, start - before, end - before, readable_label(inner.get("class", ""))
                )
                for inner, start, end in spans
                if inner.tag == "EVENT" and start < end
            }
    return text, {instance: of_event[event] for instance, event in of_instance.items() if event in of_event}


SOURCE = Source(
    name="matres",
    title="MATRES",
    tasks=("ere",),
    role="held-out",
    domain="news",
    licence="not stated",
    url="https://github.com/qiangning/MATRES",
    layouts=(
        Layout(
            name="native",
            files={"train": ("timebank.txt", "aquaint.txt"), "test": ("platinum.txt",)},
            recognise=lambda head: re.match(r"\s*(?:[^\t\n]+\t){3}\d+\t\d+\t[A-Z]+(?:\s|\Z)", head) is not None,
            raw_examples=_units,
            records=_records,
            companions=("**/*.tml",),
        ),
    ),
    counts={"train": {"groups": 255, "pairs": 12_740}, "test": {"groups": 20, "pairs": 837}},
    licensed="Linguistic Data Consortium (the texts of TimeBank and AQUAINT; those of the test split are public)",
)
