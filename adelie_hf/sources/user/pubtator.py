"""Users' own documents in the formats PubTator and BioC (XML or JSON), with entities and relations of their own types.

The categories are those that the training files use. A surface has to be the text at its offsets, which may count
UTF-16 units or bytes where all surfaces of a passage say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from adelie_hf.records import Mention, Relation
from adelie_hf.sources.readers.bioc import (
    BiocDocument,
    BiocPassage,
    BiocRelation,
    document_of_element,
    document_of_row,
)
from adelie_hf.sources.readers.drop_reasons import RELATION_LACKS_MENTION
from adelie_hf.sources.readers.json_rows import head_array, read_array
from adelie_hf.sources.readers.offset_units import Placed, Surface, SurfaceDiffers, place_surfaces
from adelie_hf.sources.readers.pubtator import is_pubtator, parse_article, read_articles
from adelie_hf.sources.readers.xml import read_elements
from adelie_hf.sources.source import Head, Layout, Noted, Source
from adelie_hf.sources.user.annotated import NO_TASK, Annotated, AnnotatedRows
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from adelie_hf.sources.user.row_forms import document_name

_OTHER_RELATION = "a relation does not have two ends and a type"
_TYPE_KEYS = ("type", "relation type", "relation")  # of the infons of a relation of BioC
_END_KEYS = ("entity1", "entity2")
_IDS = re.compile(r"[^\s|,;]+")  # concepts, of which a mention may have several
_NO_CONCEPT = "-1"


class _Concepts:
    """The mentions by the ids of their concepts; that of a concept is its first in the text."""

    def __init__(self) -> None:
        self._mentions: dict[str, Mention] = {}

    def add(self, ids: str, mention: Mention) -> None:
        for id in _IDS.findall(ids):
            first = self._mentions.setdefault(id, mention)
            self._mentions[id] = min(first, mention, key=lambda each: each.fragments)

    def get(self, id: str) -> Mention | None:
        return None if id == _NO_CONCEPT else self._mentions.get(id)


def _relations(triples: Iterable[tuple[Mention | None, str, Mention | None]]) -> tuple[list[Relation], list[str]]:
    """Return the relations, and a reason for each that has an end without a mention."""
    relations, dropped = [], []
    for head, type, tail in triples:
        if head and tail:
            relations.append(Relation(head, type, tail))
        else:
            dropped.append(RELATION_LACKS_MENTION)
    return relations, dropped


# ---- PubTator -------------------------------------------------------------------------------------


class _Article(NamedTuple):
    lines: list[str]
    number: int


def _articles(file: Path) -> Iterator[tuple[int, Any]]:
    for number, lines in read_articles(file):
        yield number, _Article(lines, number) if isinstance(lines, list) else lines


def _read_article(row: _Article) -> Iterator[Annotated]:
    article = parse_article(*row)
    text = f"{article.title}\n{article.abstract}".rstrip("\n")
    placed = place_surfaces(
        [Surface(((raw.start, raw.end),), raw.surface) for raw in article.mentions], text, lambda: text
    )
    concepts = _Concepts()
    mentions = []
    for raw, ((start, end),) in zip(article.mentions, placed.spans, strict=True):
        mention = Mention.at(text, start, end, raw.type)
        mentions.append(mention)
        concepts.add(raw.concepts, mention)
    relations, dropped = _relations(
        (concepts.get(raw.head), raw.type, concepts.get(raw.tail)) for raw in article.relations
    )
    yield Annotated(
        text,
        ("ner", "re"),
        tuple(mentions),
        tuple(relations),
        group=document_name(article.id),
        remarks=tuple(placed.remarks()),
        dropped=tuple(dropped),
    )


# ---- BioC -----------------------------------------------------------------------------------------


def _elements(file: Path) -> Iterator[tuple[int, Any]]:
    return read_elements(file, "document")


def _read_element(row: Any) -> Iterator[Annotated]:
    yield _document(document_of_element(row))


def _read_json(row: Any) -> Iterator[Annotated]:
    yield _document(document_of_row(row))


def _document(document: BiocDocument) -> Annotated:
    """Return the text of a document: its passages, each on a line of its own."""
    texts: list[str] = []
    by_id: dict[str, Mention | None] = {}
    concepts = _Concepts()
    mentions: list[Mention] = []
    remarks: dict[Noted, None] = {}
    start = expected = 0
    for passage in _with_outer_annotations(document):
        text = passage.text or ""
        offset, placed = _placed(passage, text, expected)
        for annotation, fragments in zip(passage.annotations, placed.spans, strict=True):
            mention = Mention(
                " ".join(text[first:last] for first, last in fragments),
                tuple((start + first, start + last) for first, last in fragments),
                annotation.infons["type"],
            )
            mentions.append(mention)
            # An id that two annotations have tells none of them.
            by_id[annotation.id] = None if annotation.id in by_id else mention
            for key, value in annotation.infons.items():
                if key != "type":
                    concepts.add(value, mention)
        remarks |= dict.fromkeys(placed.remarks())
        expected = offset + len(text) + 1
        if text:
            texts.append(text)
            start += len(text) + 1
    named = [relation for relation in document.relations if _type(relation) and len(_ends(relation)) == 2]
    ends = ([by_id.get(id) if relation.nodes else concepts.get(id) for id in _ends(relation)] for relation in named)
    relations, dropped = _relations((head, _type(each), tail) for each, (head, tail) in zip(named, ends, strict=True))
    dropped += [_OTHER_RELATION] * (len(document.relations) - len(named))
    return Annotated(
        "\n".join(texts),
        ("ner", "re"),
        tuple(mentions),
        tuple(relations),
        group=document_name(document.id),
        remarks=tuple(remarks),
        dropped=tuple(dropped),
    )


def _with_outer_annotations(document: BiocDocument) -> list[BiocPassage]:
    """Return the passages, with the annotations that the file has elsewhere in the passages where they begin."""
    for annotation in document.annotations:
        start = min(start for start, _ in annotation.fragments)
        before = [passage for passage in document.passages if passage.offset <= start]
        max(before, key=lambda passage: passage.offset).annotations.append(annotation)
    return document.passages


def _placed(passage: BiocPassage, text: str, expected: int) -> tuple[int, Placed]:
    """Return the offset of a passage, and where its annotations are in its text.

    Some files count `&apos;` and the like as several characters in the offsets of passages, so that the next passage
    begins one character after the one before it.
    """
    problem = None
    for offset in dict.fromkeys((passage.offset, expected)):
        surfaces = [
            Surface(tuple(sorted((start - offset, end - offset) for start, end in each.fragments)), each.text)
            for each in passage.annotations
        ]
        if not all(surface.fragments for surface in surfaces):
            raise ValueError("an annotation has no location")
        try:
            return offset, place_surfaces(surfaces, text, lambda: text)
        except SurfaceDiffers as error:
            problem = problem or error
    raise ValueError(f"in the passage at {passage.offset}, {problem}")


def _type(relation: BiocRelation) -> str:
    return next((relation.infons[key] for key in _TYPE_KEYS if key in relation.infons), "")


def _ends(relation: BiocRelation) -> list[str]:
    """Return the ids of the annotations or, without nodes, the concepts that a relation has."""
    if relation.nodes:
        nodes = sorted(relation.nodes, key=lambda node: node[1].lower() == "arg2")  # Arg1 is the head
        return [id for id, _ in nodes]
    concepts = [relation.infons[key] for key in _END_KEYS if key in relation.infons]
    # BC5CDR names the ends of a relation by their types instead, as in `Chemical` and `Disease`.
    return concepts or [value for key, value in relation.infons.items() if key not in _TYPE_KEYS]


# ---- the source -----------------------------------------------------------------------------------

_PUBTATOR, _XML, _JSON = (
    AnnotatedRows("pubtator", _articles, _read_article),
    AnnotatedRows("pubtator", _elements, _read_element),
    AnnotatedRows("pubtator", read_array, _read_json),
)


# The release of BC5CDR has some of its training articles a second time, in files of this name.
_SAMPLE_OF_BC5CDR = "CDR_sample."


def _recognise_articles(head: Head) -> bool:
    return is_pubtator(head) and not head.file.name.startswith(_SAMPLE_OF_BC5CDR)


def _recognise_xml(head: Head) -> bool:
    is_bioc = "<collection" in head.text and "<passage" in head.text
    return is_bioc and not head.file.name.startswith(_SAMPLE_OF_BC5CDR)


def _recognise_json(head: Head) -> bool:
    row = next(head_array(head.text), None)
    return isinstance(row, dict) and isinstance(row.get("passages"), list)


SOURCE = Source(
    name="pubtator",
    title="documents of PubTator and BioC",
    tasks=("ner", "re"),
    role="own",
    domain="any",
    licence="the user's",
    url="https://bioc.sourceforge.net/",
    layouts=(
        Layout(
            name="pubtator",
            endings=("pubtator", "txt"),
            expects="articles of PubTator, such as `1|t|Title` and `1|a|Abstract`",
            recognise=_recognise_articles,
            own_reader=_PUBTATOR.own_reader,
            records=_PUBTATOR.records,
        ),
        Layout(
            name="bioc",
            endings=("xml",),
            expects="documents of BioC, with passages",
            recognise=_recognise_xml,
            own_reader=_XML.own_reader,
            records=_XML.records,
        ),
        Layout(
            name="bioc-json",
            endings=("json",),
            expects="documents of BioC, with `passages`",
            recognise=_recognise_json,
            own_reader=_JSON.own_reader,
            records=_JSON.records,
            numbered_by="record",
        ),
    ),
    notes=(
        "A record is a document: of PubTator its title and its abstract, of BioC its passages or their sentences, "
        "each on a line of its own.",
        "A surface has to be the text at its offsets, white space apart; a document with another one is dropped and "
        "counted.",
        "Relations of PubTator, and those of BioC with `entity1` and `entity2` or two other infons besides the type, "
        "hold between concepts; head and tail are the first mentions of these. In BioC they may hold between "
        "annotations, too (`<node>`).",
        "A relation with more than two ends is dropped and counted.",
        "The files of BC5CDR, by their names, are read as that data set, unless the form is named.",
    ),
    drops=(UNSEEN_CATEGORY, RELATION_LACKS_MENTION, _OTHER_RELATION, NO_TASK),
)
