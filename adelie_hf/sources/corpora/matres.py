"""MATRES (Ning et al., 2018): temporal relations of events, as verbs in news articles with TimeML annotation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas, readable_label
from adelie_hf.sources.readers.xml import inline_text, read_elements
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_lines

_NO_TEXT = "the TimeML file (.tml) of the document is missing below the folder of the annotation"
_UNKNOWN_VERB = "a verb of a pair is not an event of the TimeML file, or both are the same event"


class _Document(NamedTuple):
    """The rows of a document as columns, and the file with its text, if it exists."""

    id: str
    rows: list[list[str]]
    timeml: Path | None


def _documents(file: Path) -> Iterator[tuple[int, _Document]]:
    timeml_files = {path.stem: path for path in sorted(file.parent.rglob("*.tml"), reverse=True)}
    rows = ((number, _columns(line, file, number)) for number, line in read_lines(file) if line.strip())
    for document_id, group in groupby(rows, key=lambda row: row[1][0]):
        numbers, columns = zip(*group, strict=True)
        yield numbers[0], _Document(document_id, list(columns), timeml_files.get(document_id))


def _columns(line: str, file: Path, number: int) -> list[str]:
    columns = line.split("\t")
    if len(columns) != 6:
        raise InputError(
            f"{file}:{number}: not a document, two verbs, two event numbers and a relation, separated by tabs; "
            "fix it or download the file again"
        )
    return columns


def _records(document: _Document, split: str, number: int) -> Iterator[Record | Dropped]:
    if document.timeml is None:
        yield Dropped(_NO_TEXT)
        return
    text, events = _read_timeml(document.timeml)
    relation_names = label_names("matres", "ere")
    relations: list[Relation] = []
    for _, first_verb, second_verb, first, second, raw in document.rows:
        head, tail = events.get(f"ei{first}"), events.get(f"ei{second}")
        if head is None or tail is None or head == tail or first_verb not in head.text or second_verb not in tail.text:
            yield Dropped(_UNKNOWN_VERB)
        else:
            relations.append(Relation(head, relation_names[raw], tail))
    pairs = dict.fromkeys((relation.head, relation.tail) for relation in relations)
    yield Record(
        id=document.id,
        source="matres",
        split=split,
        group=document.id,
        text=text,
        schemas=load_schemas("matres"),
        mentions=tuple(dict.fromkeys(mention for pair in pairs for mention in pair)),
        relations=tuple(dict.fromkeys(relations)),
        pairs=tuple(pairs),
    )


def _read_timeml(file: Path) -> tuple[str, dict[str, Mention]]:
    """Return the text of a document, without surrounding white space, and its events by instance id."""
    text = ""
    mentions: dict[str, Mention] = {}  # by event id
    event_ids: dict[str, str] = {}  # by instance id
    for _, element in read_elements(file, "TEXT", "MAKEINSTANCE"):
        if element.tag == "MAKEINSTANCE":
            event_ids[element.get("eiid", "")] = element.get("eventID", "")
        elif not text:
            full_text, spans = inline_text(element)
            text = full_text.strip()
            offset = len(full_text) - len(full_text.lstrip())
            mentions = {
                inner.get("eid", ""): Mention.at(
                    text, start - offset, end - offset, readable_label(inner.get("class", ""))
                )
                for inner, start, end in spans
                if inner.tag == "EVENT" and start < end
            }
    return text, {
        instance_id: mentions[event_id] for instance_id, event_id in event_ids.items() if event_id in mentions
    }


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
            recognise=lambda head: re.match(r"\s*(?:[^\t\n]+\t){3}\d+\t\d+\t[A-Z]+(?:\s|\Z)", head.text) is not None,
            raw_examples=_documents,
            records=_records,
            companions=("**/*.tml",),
        ),
    ),
    counts={"train": {"groups": 255, "pairs": 12_740}, "test": {"groups": 20, "pairs": 837}},
    licensed="Linguistic Data Consortium (the texts of TimeBank and AQUAINT; those of the test split are public)",
    notes=(
        "The release contains annotations only; the texts are the TimeML files of TempEval-3 (`.tml`), anywhere below "
        "the folder of the annotation.",
        "A record is a document, and only the annotated pairs of events are asked about.",
    ),
    drops=(_NO_TEXT, _UNKNOWN_VERB),
)
