"""Rich ERE (Song et al., 2015): events in news and discussion forums, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.corpora.ace2005 import are_ace_types
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.sources.readers import omnievent
from adelie_hf.sources.readers.drop_reasons import EVENTS_BY_SENTENCE, UNKNOWN_ROLE
from adelie_hf.sources.readers.raw_values import StrictDict, parse_offset
from adelie_hf.sources.readers.sentences import RecordBuilder, SentenceSpan, split_marked_up_sentences
from adelie_hf.sources.readers.xml import read_elements
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_json_lines, read_lines

_ERE = ".rich_ere.xml"
_TEXT_ENDINGS = (".cmp.txt", ".mp.txt", ".txt", ".xml")
_BODY_TAGS = ("HEADLINE", "TEXT", "POST", "P")


class _AnnotatedDocument(NamedTuple):
    element: Element
    text: str


@cache
def _labels() -> omnievent.UnifiedLabels:
    return omnievent.unified_labels(load_schemas("richere"))


def _read_text(file: Path) -> str:
    """Return the text of an annotation file, in the same folder or in the folder `source` next to it."""
    name = file.name.removesuffix(_ERE)
    folders = (file.parent, file.parent.parent / "source")
    candidates = [folder / f"{name}{ending}" for folder in folders for ending in _TEXT_ENDINGS]
    text_file = next((path for path in candidates if path.is_file()), None)
    if text_file is None:
        raise InputError(
            f"{file}: no {name}{_TEXT_ENDINGS[-2]} or {_TEXT_ENDINGS[-1]} in the same folder or in ../source; "
            "put the text there"
        )
    return "\n".join(line for _, line in read_lines(text_file))


def _documents(file: Path) -> Iterator[tuple[int, _AnnotatedDocument]]:
    for line, element in read_elements(file, "deft_ere"):
        yield line, _AnnotatedDocument(element, _read_text(file))


def _records(document: _AnnotatedDocument, split: str, number: int) -> Iterator[Record | Dropped]:
    element, text = document
    builder = RecordBuilder(list(split_marked_up_sentences(text, _BODY_TAGS, offsets_count_tags=True)), escaped=True)
    labels = _labels()
    spans = _argument_spans(builder, element)
    for event in element.iter("event_mention"):
        event_type = labels.event_types[omnievent.label_letters(event.attrib["type"] + event.attrib["subtype"])]
        arguments = []
        for argument in event.iter("em_arg"):
            if role := labels.roles[event_type].get(omnievent.label_letters(argument.attrib["role"])):
                arguments.append((spans[_mention_id(argument)], role))
            else:
                builder.drop(UNKNOWN_ROLE)
        if (trigger := event.find("trigger")) is None:
            raise ValueError("an event mention has no trigger")
        builder.add_event(_span(builder, trigger, trigger.text), event_type, arguments)
    yield from builder.build(element.attrib["doc_id"], "richere", split, labels.schemas)


def _argument_spans(builder: RecordBuilder, document: Element) -> StrictDict[SentenceSpan | None]:
    """Return the spans of entity mentions and fillers by id, of those that are arguments."""
    spans: StrictDict[SentenceSpan | None] = StrictDict()
    argument_ids = {_mention_id(argument) for argument in document.iter("em_arg")}
    for mention in (*document.iter("entity_mention"), *document.iter("filler")):
        if mention.attrib["id"] in argument_ids:
            words = mention.findtext("mention_text") if mention.tag == "entity_mention" else mention.text
            spans[mention.attrib["id"]] = _span(builder, mention, words)
    return spans


def _mention_id(argument: Element) -> str:
    return argument.get("entity_mention_id") or argument.attrib["filler_id"]


def _span(builder: RecordBuilder, mention: Element, words: str | None) -> SentenceSpan | None:
    """Return the span of a mention, whose offsets count all characters of the file, including tags."""
    start, length = parse_offset(mention.attrib["offset"]), parse_offset(mention.attrib["length"])
    return builder.span(start, start + length, words or "")


def _are_ere_types(event_types: set[str]) -> bool:
    known = _labels().event_types
    return any(omnievent.label_letters(event_type) in known for event_type in event_types) and not are_ace_types(
        event_types
    )


SOURCE = Source(
    name="richere",
    title="Rich ERE",
    tasks=("ed", "eae"),
    role="held-out",
    domain="news and discussion forums",
    licence="LDC User Agreement",
    url="https://catalog.ldc.upenn.edu/LDC2023T04",
    licensed="Linguistic Data Consortium (Rich ERE, such as LDC2023T04)",
    layouts=(
        Layout(
            name="native",
            files={"test": (f"**/*{_ERE}",)},
            recognise=lambda head: "<deft_ere" in head.text,
            raw_examples=_documents,
            records=_records,
            companions=tuple(f"./{folder}*{ending}" for folder in ("", "../source/") for ending in _TEXT_ENDINGS),
        ),
        Layout(
            name="OmniEvent",
            files=omnievent.UNIFIED_FILES,
            recognise=lambda head: _are_ere_types(omnievent.event_types_in(head)),
            raw_examples=read_json_lines,
            records=lambda row, split, number: omnievent.unified_records(row, split, "richere", _labels()),
        ),
    ),
    notes=(
        "No splits are published: in the native layout all documents are test data, since the set is held out.",
        "Documents are read by sentence, and annotations that cross sentences are dropped.",
        "The text of a document is in the folder of its annotation or in a folder `source` next to that.",
    ),
    drops=(*EVENTS_BY_SENTENCE, UNKNOWN_ROLE),
)
