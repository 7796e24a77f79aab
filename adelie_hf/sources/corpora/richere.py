"""Rich ERE (Song et al., 2015): events of news and discussion forums, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.corpora.ace2005 import is_ace
from adelie_hf.sources.label_sets import schemas_of
from adelie_hf.sources.readers import omnievent
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.readers.sentences import Document, Span, marked_up, whole
from adelie_hf.sources.readers.xml import elements
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_json_lines, read_lines

_ERE = ".rich_ere.xml"
_TEXTS = (".cmp.txt", ".mp.txt", ".txt", ".xml")
_BODY = ("HEADLINE", "TEXT", "POST", "P")


@cache
def _labels() -> omnievent.Labels:
    return omnievent.labels(schemas_of("richere"))


def _text(file: Path) -> str:
    """The document that an annotation belongs to, which may lie in a folder `source` beside that of annotations."""
    name = file.name.removesuffix(_ERE)
    places = [folder / f"{name}{end}" for folder in (file.parent, file.parent.parent / "source") for end in _TEXTS]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise InputError(
            f"{file}: no {name}{_TEXTS[-2]} or {_TEXTS[-1]} beside it or in ../source; put the text there"
        )
    return "\n".join(line for _, line in read_lines(found))


def _units(file: Path) -> Iterator[tuple[int, tuple[Element, str]]]:
    for line, element in elements(file, "deft_ere"):
        yield line, (element, _text(file))


def _records(unit: tuple[Element, str], split: str, where: int) -> Iterator[Record | Dropped]:
    element, text = unit
    document = Document(list(marked_up(text, _BODY, counted=True)), escaped=True)
    known = _labels()
    spans: StrictDict[Span | None] = StrictDict()
    used = {_mention_id(argument) for argument in element.iter("em_arg")}
    for mention in (*element.iter("entity_mention"), *element.iter("filler")):
        if mention.attrib["id"] in used:
            words = mention.findtext("mention_text") if mention.tag == "entity_mention" else mention.text
            spans[mention.attrib["id"]] = _span(document, mention, words)
    for event in element.iter("event_mention"):
        type = known.types[omnievent.letters(event.attrib["type"] + event.attrib["subtype"])]
        arguments = []
        for argument in event.iter("em_arg"):
            if role := known.roles[type].get(omnievent.letters(argument.attrib["role"])):
                arguments.append((spans[_mention_id(argument)], role))
            else:
                document.dropped.append(Dropped(omnievent.FOREIGN_ROLE))
        if (trigger := event.find("trigger")) is None:
            raise ValueError("an event mention has no trigger")
        document.event(_span(document, trigger, trigger.text), type, arguments)
    yield from document.records(element.attrib["doc_id"], source="richere", split=split, schemas=known.schemas)


def _mention_id(argument: Element) -> str:
    return argument.get("entity_mention_id") or argument.attrib["filler_id"]


def _span(document: Document, mention: Element, words: str | None) -> Span | None:
    """What a mention marks: characters are counted in the file as it is, tags included."""
    start, length = whole(mention.attrib["offset"]), whole(mention.attrib["length"])
    return document.span(start, start + length, words or "")


def _is_ere(types: set[str]) -> bool:
    return any(omnievent.letters(type) in _labels().types for type in types) and not is_ace(types)


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
            files={"test": (f"**/*{_ERE}",)},  # no split is published: the whole set is held out
            recognise=lambda head: "<deft_ere" in head,
            raw_examples=_units,
            records=_records,
            companions=tuple(f"./{folder}*{end}" for folder in ("", "../source/") for end in _TEXTS),
        ),
        Layout(
            name="OmniEvent",
            files=omnievent.FILES,
            recognise=lambda head: _is_ere(omnievent.event_types(head)),
            raw_examples=read_json_lines,
            records=lambda row, split, where: omnievent.records(row, split, "richere", _labels()),
        ),
    ),
)
