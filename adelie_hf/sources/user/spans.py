"""Users' own texts with character spans, as doccano, Prodigy, spaCy, Label Studio, CLUENER and GLiNER write them.

A file has JSON lines or one JSON array, in any of the forms of `span_forms`, or is spaCy's `.spacy`. The categories
are those that the training files use.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from adelie_hf.records import Mention, Relation
from adelie_hf.sources.readers.drop_reasons import RELATION_LACKS_MENTION
from adelie_hf.sources.readers.json_rows import head_array, head_lines, read_array
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.sources.user import span_forms
from adelie_hf.sources.user.annotated import Annotated, AnnotatedRows
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from adelie_hf.sources.user.spacy_files import read_spacy
from adelie_hf.sources.user.span_forms import (
    ALTERNATIVE,
    CANCELLED,
    REJECTED,
    UNANNOTATED,
    UNLABELLED,
    Span,
    has_form,
)
from adelie_hf.text_files import try_json_lines


def _read_row(row: object) -> Iterator[Annotated | Dropped]:
    for result in span_forms.read_row(row):
        yield _annotated(result) if isinstance(result, span_forms.Annotated) else result


def _annotated(found: span_forms.Annotated) -> Annotated:
    text = found.text
    return Annotated(
        text,
        ("ner", "re"),
        tuple(mention for span in found.spans for mention in _mentions(text, span)),
        tuple(
            Relation(_mentions(text, head)[0], label, _mentions(text, tail)[0])
            for head, label, tail in found.relations
        ),
        remarks=found.remarks,
    )


def _mentions(text: str, span: Span) -> list[Mention]:
    """Return one mention per label of a span; one without a type for the end of a relation that has no label."""
    return [Mention.at(text, span.start, span.end, label) for label in span.labels or ("",)]


_LINES, _ARRAY, _SPACY = (AnnotatedRows("spans", read, _read_row) for read in (try_json_lines, read_array, read_spacy))


def _has_spans(rows: Iterator[object]) -> bool:
    """Return whether rows have one of the forms, and at least one of them has a span."""
    first = next(rows, None)
    return has_form(first) and _LINES.has_annotations(chain([first], rows))


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
            own_reader=_LINES.own_reader,
            records=_LINES.records,
        ),
        Layout(
            name="json",
            endings=("json",),
            expects="a JSON array of texts, and spans with start, end and label",
            recognise=lambda head: _has_spans(head_array(head.text)),
            own_reader=_ARRAY.own_reader,
            records=_ARRAY.records,
            numbered_by="record",
        ),
        Layout(
            name="spacy",
            endings=("spacy",),
            expects="a `DocBin` of spaCy",
            recognise=lambda head: head.file.suffix == ".spacy" and head.text.startswith("x"),  # compressed by zlib
            own_reader=_SPACY.own_reader,
            records=_SPACY.records,
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
