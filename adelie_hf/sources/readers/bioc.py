"""Documents of BioC, in XML or JSON: passages with annotations by character, and relations between annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from adelie_hf.sources.readers.raw_values import parse_offset

Infons = Mapping[str, str]  # what is said of an element: key -> value


class BiocAnnotation(NamedTuple):
    """A mention at characters [start, end) of the document, with a pair for each fragment."""

    id: str
    infons: Infons
    fragments: tuple[tuple[int, int], ...]
    text: str | None


class BiocPassage(NamedTuple):
    """A piece of text, such as a title or a sentence, and its offset in the document."""

    offset: int
    text: str | None
    annotations: list[BiocAnnotation]


class BiocRelation(NamedTuple):
    """A relation: the ids of the annotations that take part, each with its role."""

    infons: Infons
    nodes: list[tuple[str, str]]


class BiocDocument(NamedTuple):
    """A document. `annotations` are those that the file has outside of the pieces of text that they are about."""

    id: str | None
    passages: list[BiocPassage]
    annotations: list[BiocAnnotation]
    relations: list[BiocRelation]


# ---- XML ------------------------------------------------------------------------------------------


def document_of_element(document: Element) -> BiocDocument:
    """Return the document of a `<document>`; a passage that consists of sentences is these."""
    parts: list[Element] = []
    outside = document.findall("annotation")
    for passage in document.iter("passage"):
        if sentences := passage.findall("sentence"):
            outside += passage.findall("annotation")
        parts += sentences or [passage]
    return BiocDocument(
        document.findtext("id"),
        [
            BiocPassage(
                int(child_text(part, "offset")), part.findtext("text"), list(map(_annotation, part.iter("annotation")))
            )
            for part in parts
        ],
        list(map(_annotation, outside)),
        [
            BiocRelation(
                _infons(relation),
                [(node.attrib["refid"], node.get("role", "")) for node in relation.iter("node")],
            )
            for relation in document.iter("relation")
        ],
    )


def _annotation(element: Element) -> BiocAnnotation:
    places = ((int(place.attrib["offset"]), int(place.attrib["length"])) for place in element.iter("location"))
    fragments = tuple((start, start + length) for start, length in places)
    return BiocAnnotation(element.get("id", ""), _infons(element), fragments, element.findtext("text"))


def _infons(element: Element) -> Infons:
    return {infon.get("key", ""): infon.text or "" for infon in element.findall("infon")}


def child_text(element: Element, tag: str) -> str:
    """Return the text of an inner element. Raises ValueError without one."""
    text = element.findtext(tag)
    if text is None:
        raise ValueError(f"<{element.tag}> has no <{tag}>")
    return text


# ---- JSON -----------------------------------------------------------------------------------------


def document_of_row(row: Mapping[str, Any]) -> BiocDocument:
    """Return the document of a JSON object; a passage that consists of sentences is these."""
    parts: list[Mapping[str, Any]] = []
    containers = [row]
    outside = list(_row_annotations(row))
    for passage in row["passages"]:
        containers.append(passage)
        if sentences := passage.get("sentences"):
            containers += sentences
            outside += _row_annotations(passage)
        parts += sentences or [passage]
    return BiocDocument(
        f"{row['id']}" if "id" in row else None,
        [BiocPassage(parse_offset(part["offset"]), part.get("text"), list(_row_annotations(part))) for part in parts],
        outside,
        [
            BiocRelation(
                _row_infons(relation),
                [(f"{node['refid']}", f"{node.get('role', '')}") for node in relation.get("nodes") or ()],
            )
            for container in containers
            for relation in container.get("relations") or ()
        ],
    )


def _row_annotations(part: Mapping[str, Any]) -> Iterator[BiocAnnotation]:
    for raw in part.get("annotations") or ():
        places = ((parse_offset(place["offset"]), parse_offset(place["length"])) for place in raw["locations"])
        fragments = tuple((start, start + length) for start, length in places)
        yield BiocAnnotation(f"{raw.get('id', '')}", _row_infons(raw), fragments, raw.get("text"))


def _row_infons(part: Mapping[str, Any]) -> Infons:
    """Return the infons that are text or numbers."""
    infons = part.get("infons") or {}
    return {key: f"{value}" for key, value in infons.items() if type(value) in (str, int)}
