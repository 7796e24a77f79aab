"""GENIA (Kim et al., 2003): nested biomedical terms in abstracts of PubMed, by sentence.

The many classes of its ontology are collapsed to five, as is usual: what is no protein, DNA, RNA, cell type or cell
line is no mention. The corpus itself (both kinds of XML) has no splits: it is all training; the two derived forms
have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from adelie_hf.records import Mention, Record
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.readers.tagging import Sentence, bio_spans, cut, look, prefixed, sentences, types
from adelie_hf.sources.readers.xml import elements, inline
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_json_array

_TYPES = {"protein", "DNA", "RNA", "cell_type", "cell_line"}
_CELLS = {
    "cell_type": "cell_type",
    "Cell_natural": "cell_type",
    "cell_line": "cell_line",
    "Cell_cultured": "cell_line",
}
_MOST_PIECES = 10  # of a coordination whose members are made out


def _type(sem: str) -> str:
    """The type of a class of the ontology, in the spelling of either XML: empty where it has none of the five."""
    sem = sem.removeprefix("G#")
    family = sem.partition("_")[0]
    return _CELLS.get(sem) or {"protein": "protein", "Protein": "protein", "DNA": "DNA", "RNA": "RNA"}.get(family, "")


# ---- XML: GPML (corpus 3.02) and the event corpus -------------------------------------------------


class _Marked(NamedTuple):
    """An element in a sentence, and where it stands."""

    element: Element
    start: int
    end: int


def _xml(tag: str, id: str) -> Callable[[Path], Iterator[tuple[int, tuple[str, Element]]]]:
    """What cuts a file into articles, given the elements of an article and of its number."""

    def units(file: Path) -> Iterator[tuple[int, tuple[str, Element]]]:
        for line, article in elements(file, tag):
            yield line, (id, article)

    return units


def _xml_records(unit: tuple[str, Element], split: str, where: int) -> Iterator[Record]:
    id, article = unit
    pmid = (article.findtext(id) or "").strip().removeprefix("MEDLINE:")
    if not pmid:
        raise ValueError(f"the article has no {id}")
    shown = names_of("genia", "ner")
    for number, sentence in enumerate(article.iter("sentence")):
        text, spans = inline(sentence)
        marked = [_Marked(*span) for span in spans if span[0].tag in ("cons", "term", "frag")]
        found = chain.from_iterable(_mentions(text, each, marked) for each in marked)
        yield Record(
            id=f"{pmid}-{number}",
            source="genia",
            split=split,
            group=pmid,
            text=text,
            schemas=schemas_of("genia"),
            mentions=tuple(_mention(text, spans, shown[type]) for spans, type in found),
        )


_Spans = tuple[tuple[int, int], ...]


def _mention(text: str, spans: _Spans, type: str) -> Mention:
    return Mention(" ".join(text[start:end] for start, end in spans), spans, type)


def _mentions(text: str, marked: _Marked, all: list[_Marked]) -> Iterator[tuple[_Spans, str]]:
    """The mentions that an element marks: one, none, or where it is a coordination one for each member."""
    element, start, end = marked
    sem, lex = element.get("sem", ""), element.get("lex", "")
    if not sem.startswith("("):
        if (type := _type(sem)) and "*" not in lex:  # `x*` is a piece of a coordination
            yield ((start, end),), type
        return
    members, classes = _members(lex), _members(sem)
    pieces = [each for each in all if each.element is not element and start <= each.start and each.end <= end]
    pieces = [each for each in pieces if each.element.tag == "frag" or "*" in each.element.get("lex", "")]
    found = [_pieced(text, member, pieces) for member in members]
    if len(members) == len(classes) and None not in found:
        yield from ((spans, type) for spans, sem in zip(found, classes, strict=True) if spans and (type := _type(sem)))
    elif len(common := {_type(sem) for sem in classes}) == 1 and "" not in common:
        yield ((start, end),), common.pop()  # its members cannot be made out: it is one mention


def _members(coordination: str) -> list[str]:
    """`(AND x (OR y z))`: x, y and z."""
    return re.findall(r"[^\s()]+", re.sub(r"\(\s*[^\s()]+", " ", coordination))


def _pieced(text: str, member: str, pieces: list[_Marked]) -> _Spans | None:
    """Where the member of a coordination stands: the pieces that spell it, a plural aside. None if none do."""
    wanted = _spelt(member)
    for count in range(1, len(pieces[:_MOST_PIECES]) + 1):
        for chosen in combinations(pieces[:_MOST_PIECES], count):
            if any(left.end > right.start for left, right in zip(chosen, chosen[1:], strict=False)):
                continue
            if re.fullmatch("".join(_singular(text[piece.start : piece.end]) for piece in chosen), wanted):
                return _merged(text, chosen)
    return None


def _spelt(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _singular(piece: str) -> str:
    """A pattern for a piece as it is spelt, and for what it may be the plural of."""
    spelt = _spelt(piece)
    forms = (spelt, spelt.removesuffix("s"), spelt.removesuffix("es"), re.sub("ies$", "y", spelt))
    return f"(?:{'|'.join(dict.fromkeys(forms))})"  # nothing but letters and digits


def _merged(text: str, pieces: tuple[_Marked, ...]) -> _Spans:
    """The places of pieces, as one where nothing but white space lies between them."""
    spans: list[tuple[int, int]] = []
    for piece in pieces:
        if spans and not text[spans[-1][1] : piece.start].strip():
            spans[-1] = (spans[-1][0], piece.end)
        else:
            spans.append((piece.start, piece.end))
    return tuple(spans)


# ---- derived forms: layers of IOB2, and JSON ------------------------------------------------------


def _layered_records(sentence: Sentence, split: str, where: int) -> Iterator[Record]:
    shown = names_of("genia", "ner")
    text = TokenText(sentence.tokens)
    layers = list(zip(*sentence.rows, strict=True))[1:]
    spans = sorted(chain.from_iterable(map(bio_spans, layers)), key=lambda span: (span[0], -span[1]))
    yield Record(
        id=f"{split}-{where}",
        source="genia",
        split=split,
        group=text.text,  # the files do not say where an abstract ends
        text=text.text,
        schemas=schemas_of("genia"),
        mentions=tuple(text.mention(start, end, shown[raw]) for start, end, raw in spans),
    )


def _json_records(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    shown = names_of("genia", "ner")
    text = TokenText(string_list(row["sentence"]))
    mentions = [text.scattered(mention["index"], shown[mention["type"]]) for mention in row["ner"]]
    yield Record(
        id=f"{split}-{where}",
        source="genia",
        split=split,
        group=text.text,
        text=text.text,
        schemas=schemas_of("genia"),
        mentions=tuple(sorted(mentions, key=lambda mention: (mention.fragments[0][0], -mention.fragments[-1][1]))),
    )


def _is_layered(head: str) -> bool:
    columns, _ = look(head)
    tags = {tag for line in head.split("\n")[:2_000] for tag in cut(line)[1:]}
    return len(columns) == 1 and min(columns) > 2 and prefixed(tags) and types(tags) <= _TYPES


def _is_json(head: str) -> bool:
    used = set(re.findall(r'"type"\s*:\s*"([^"]*)"', head))
    return head.lstrip().startswith("[") and '"index"' in head and '"sentence"' in head and used <= _TYPES


def _derived(ending: str) -> dict[str, tuple[str, ...]]:
    return {"train": (f"train{ending}",), "validation": (f"dev{ending}",), "test": (f"test{ending}",)}


SOURCE = Source(
    name="genia",
    title="GENIA",
    tasks=("ner",),
    role="training",
    domain="biomedical abstracts",
    licence="GENIA Project License for Annotated Corpora",
    url="http://www.geniaproject.org/genia-corpus/term-corpus",
    layouts=(
        Layout(
            name="gpml",
            files={"train": ("GENIAcorpus3.02.xml", "GENIAcorpus3.02*.xml")},
            recognise=lambda head: "<article" in head and "<cons" in head,
            raw_examples=_xml("article", "articleinfo/bibliomisc"),
            records=_xml_records,
        ),
        Layout(
            name="layered",
            files={
                "train": ("genia.train.iob2", "train.iob2"),
                "validation": ("genia.dev.iob2", "dev.iob2"),
                "test": ("genia.test.iob2", "test.iob2"),
            },
            recognise=_is_layered,
            raw_examples=sentences,
            records=_layered_records,
        ),
        Layout(
            name="json",
            files=_derived(".json"),
            recognise=_is_json,
            raw_examples=read_json_array,
            records=_json_records,
            numbered_by="record",
        ),
        Layout(
            name="event-xml",
            files={"train": ("*.xml",)},
            recognise=lambda head: "<Annotation" in head and "<PubmedArticleSet" in head and "<sentence" in head,
            raw_examples=_xml("PubmedArticle", "MedlineCitation/PMID"),
            records=_xml_records,
        ),
    ),
    # Of the two derived forms; what is training differs from one to the other.
    counts={"train": {}, "validation": {"records": 1_669}, "test": {"records": 1_854}},
)
