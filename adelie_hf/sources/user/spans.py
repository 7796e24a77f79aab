"""Users' own texts with character spans, as doccano, Prodigy, spaCy, Label Studio, CLUENER and GLiNER write them.

A file has JSON lines or one JSON array, in any of the forms of `span_forms`, or is spaCy's `.spacy`. The categories
are those that the training files use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, partial
from itertools import chain
from typing import NamedTuple

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Mention, Record, Relation, Schema
from adelie_hf.sources.readers.drop_reasons import RELATION_LACKS_MENTION
from adelie_hf.sources.readers.json_rows import head_array, head_lines, read_array
from adelie_hf.sources.source import Dropped, Layout, Noted, OwnFile, OwnReader, Source, Training
from adelie_hf.sources.unreadable import RAW_ERRORS
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, FileVersions, ReadRows, file_versions, user_labels
from adelie_hf.sources.user.spacy_files import read_spacy
from adelie_hf.sources.user.span_forms import (
    ALTERNATIVE,
    CANCELLED,
    REJECTED,
    UNANNOTATED,
    UNLABELLED,
    Annotated,
    Span,
    has_form,
    read_row,
)
from adelie_hf.text_files import try_json_lines


class _RawExample(NamedTuple):
    file: OwnFile
    row: object
    schemas: Mapping[str, Schema]


def _has_spans(rows: Iterator[object]) -> bool:
    """Return whether rows have one of the forms, and at least one of them has a span."""
    first = next(rows, None)
    return has_form(first) and any(annotated.spans for annotated in _readable(chain([first], rows)))


def _readable(rows: Iterable[object]) -> Iterator[Annotated]:
    """Yield the annotated texts of rows that can be read."""
    for row in rows:
        try:
            yield from (result for result in read_row(row) if isinstance(result, Annotated))
        except RAW_ERRORS:
            continue  # it is dropped, or an error, when it is read as a record


def _reader(training: Training, read_rows: ReadRows) -> OwnReader[_RawExample]:
    if not (schemas := _cached_schemas(read_rows, file_versions(training.files))):
        raise InputError(f"{training.files[0]}: no row has a span with a label; give a file with annotations")

    def raw_examples(file: OwnFile) -> Iterator[tuple[int, _RawExample | UnreadableRecord]]:
        for number, row in read_rows(file.path):
            yield number, row if isinstance(row, UnreadableRecord) else _RawExample(file, row, schemas)

    return raw_examples


@lru_cache(maxsize=4)
def _cached_schemas(read_rows: ReadRows, files: FileVersions) -> Mapping[str, Schema]:
    """Return the categories that training files use, by task."""
    types: set[str] = set()
    relation_types: set[str] = set()
    for file, *_ in files:
        for annotated in _readable(row for _, row in read_rows(file)):
            types.update(label for span in annotated.spans for label in span.labels)
            relation_types.update(label for _, label, _ in annotated.relations)
    schemas = {"ner": user_labels(sorted(types)), "re": user_labels(sorted(relation_types))}
    return {task: schema for task, schema in schemas.items() if schema}


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped | Noted]:
    file, row, schemas = raw_example
    for result in read_row(row):
        if isinstance(result, Annotated):
            yield from _annotated_record(result, schemas, split, file.key(number))
        else:
            yield result


def _annotated_record(
    annotated: Annotated, schemas: Mapping[str, Schema], split: str, key: str
) -> Iterator[Record | Dropped | Noted]:
    """Yield the record of a text, and what there is to say of its annotations: those left out, and their offsets."""
    types, relation_types = ({label.raw for label in schemas.get(task, ())} for task in ("ner", "re"))
    all_mentions = dict.fromkeys(mention for span in annotated.spans for mention in _mentions(annotated.text, span))
    mentions = [mention for mention in all_mentions if mention.type in types]
    dropped = [UNSEEN_CATEGORY] * (len(all_mentions) - len(mentions))
    relations = []
    for relation in dict.fromkeys(
        Relation(_mentions(annotated.text, head)[0], label, _mentions(annotated.text, tail)[0])
        for head, label, tail in annotated.relations
    ):
        if relation.type not in relation_types:
            dropped.append(UNSEEN_CATEGORY)
        elif not {relation.head.type, relation.tail.type} <= {*types, ""}:
            dropped.append(RELATION_LACKS_MENTION)
        else:
            relations.append(relation)
    yield Record(
        id=f"{split}-{key}",
        source="spans",
        split=split,
        group=annotated.text,
        text=annotated.text,
        schemas=schemas,
        mentions=tuple(sorted(mentions, key=lambda mention: (mention.fragments[0][0], -mention.fragments[0][1]))),
        relations=tuple(relations),
    )
    yield from map(Dropped, dropped)
    yield from annotated.remarks


def _mentions(text: str, span: Span) -> list[Mention]:
    """Return one mention per label of a span; one without a type for the end of a relation that has no label."""
    return [Mention.at(text, span.start, span.end, label) for label in span.labels or ("",)]


SOURCE = Source(
    name="spans",
    title="texts with character spans (doccano, Prodigy, spaCy, Label Studio, CLUENER, GLiNER)",
    tasks=("ner", "re"),
    role="own",
    domain="any",
    licence="the user's",
    url="https://prodi.gy/docs/api-interfaces",
    layouts=(
        Layout(
            name="json-lines",
            endings=("jsonl", "json"),
            expects="a JSON object per line with a text, and spans with start, end and label",
            recognise=lambda head: _has_spans(head_lines(head.text)),
            own_reader=partial(_reader, read_rows=try_json_lines),
            records=_records,
        ),
        Layout(
            name="json",
            endings=("json",),
            expects="a JSON array of texts, and spans with start, end and label",
            recognise=lambda head: _has_spans(head_array(head.text)),
            own_reader=partial(_reader, read_rows=read_array),
            records=_records,
            numbered_by="record",
        ),
        Layout(
            name="spacy",
            endings=("spacy",),
            expects="a `DocBin` of spaCy",
            recognise=lambda head: head.file.suffix == ".spacy" and head.text.startswith("x"),  # compressed by zlib
            own_reader=partial(_reader, read_rows=read_spacy),
            records=_records,
            numbered_by="record",
        ),
    ),
    notes=(
        "Where a file gives the surface of a span, it has to be the text at its offsets. Offsets that count UTF-16 "
        "units, bytes or the CR of line ends are found out by these surfaces, and documents with them are counted.",
        "White space at the ends of a span is not part of the mention, and a span that is annotated twice with one "
        "label is one mention.",
        "Of several annotations of a task of Label Studio, the one marked as ground truth is read, or else the first.",
        "Files of spaCy (`.spacy`) need the package spacy; their entities and the span group `sc` are read.",
    ),
    drops=(
        UNSEEN_CATEGORY,
        RELATION_LACKS_MENTION,
        REJECTED,
        CANCELLED,
        UNANNOTATED,
        ALTERNATIVE,
        UNLABELLED,
    ),
)
