"""GENIA (Kim et al., 2003): nested biomedical terms in PubMed abstracts, by sentence.

The classes of its ontology are reduced to five, as is usual: protein, DNA, RNA, cell type and cell line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple, TypedDict
from xml.etree.ElementTree import Element

from adelie_hf.records import Mention, Record
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.readers.tagging import (
    TaggedSentence,
    all_prefixed,
    column_counts_and_tags,
    entity_types,
    iob2_spans,
    read_tagged_sentences,
    split_columns,
)
from adelie_hf.sources.readers.xml import inline_text, read_elements
from adelie_hf.sources.source import Head, Layout, Source
from adelie_hf.text_files import read_json_array

_TYPES = {"protein", "DNA", "RNA", "cell_type", "cell_line"}
_FAMILIES = {"protein": "protein", "Protein": "protein", "DNA": "DNA", "RNA": "RNA"}
_CELLS = {
    "cell_type": "cell_type",
    "Cell_natural": "cell_type",
    "cell_line": "cell_line",
    "Cell_cultured": "cell_line",
}
_MAX_PIECES = 10  # of a coordination, to limit the number of combinations

_Fragments = tuple[tuple[int, int], ...]


def _term_type(ontology_class: str) -> str:
    """Return the type of a class in the spelling of either XML layout; empty if it has none of the five."""
    name = ontology_class.removeprefix("G#")
    return _CELLS.get(name) or _FAMILIES.get(name.partition("_")[0], "")


# ---- XML: GPML (corpus 3.02) and the event corpus -------------------------------------------------


class _Article(NamedTuple):
    element: Element
    id_path: str  # of the element with the PMID


class _MarkedSpan(NamedTuple):
    """An element of a sentence, and its offsets."""

    element: Element
    start: int
    end: int


def _articles(tag: str, id_path: str) -> Callable[[Path], Iterator[tuple[int, _Article]]]:
    """Return a function that yields the articles of a file, given their tag and the path to their PMID."""

    def read_articles(file: Path) -> Iterator[tuple[int, _Article]]:
        for line, element in read_elements(file, tag):
            yield line, _Article(element, id_path)

    return read_articles


def _xml_records(article: _Article, split: str, number: int) -> Iterator[Record]:
    pmid = (article.element.findtext(article.id_path) or "").strip().removeprefix("MEDLINE:")
    if not pmid:
        raise ValueError(f"the article has no {article.id_path}")
    type_names = label_names("genia", "ner")
    for index, sentence in enumerate(article.element.iter("sentence")):
        text, inner_elements = inline_text(sentence)
        spans = [_MarkedSpan(*span) for span in inner_elements if span[0].tag in ("cons", "term", "frag")]
        terms = chain.from_iterable(_terms(text, span, spans) for span in spans)
        yield Record(
            id=f"{pmid}-{index}",
            source="genia",
            split=split,
            group=pmid,
            text=text,
            schemas=load_schemas("genia"),
            mentions=tuple(_mention(text, fragments, type_names[term_type]) for fragments, term_type in terms),
        )


def _mention(text: str, fragments: _Fragments, type: str) -> Mention:
    return Mention(" ".join(text[start:end] for start, end in fragments), fragments, type)


def _terms(text: str, span: _MarkedSpan, sentence_spans: list[_MarkedSpan]) -> Iterator[tuple[_Fragments, str]]:
    """Yield the terms that an element marks: at most one, or for a coordination one for each member."""
    element, start, end = span
    sem, lex = element.get("sem", ""), element.get("lex", "")
    if not sem.startswith("("):
        if (term_type := _term_type(sem)) and "*" not in lex:  # `x*` is a piece of a coordination
            yield ((start, end),), term_type
        return
    members, classes = _coordinated(lex), _coordinated(sem)
    pieces = [
        piece
        for piece in sentence_spans
        if piece.element is not element
        and start <= piece.start
        and piece.end <= end
        and (piece.element.tag == "frag" or "*" in piece.element.get("lex", ""))
    ]
    member_fragments = [_member_fragments(text, member, pieces) for member in members]
    if len(members) == len(classes) and None not in member_fragments:
        for fragments, ontology_class in zip(member_fragments, classes, strict=True):
            if fragments and (term_type := _term_type(ontology_class)):
                yield fragments, term_type
    elif len(common := {_term_type(ontology_class) for ontology_class in classes}) == 1 and "" not in common:
        yield ((start, end),), common.pop()  # the members cannot be separated: the coordination is one mention


def _coordinated(coordination: str) -> list[str]:
    """Return the members of a coordination: x, y and z of `(AND x (OR y z))`."""
    return re.findall(r"[^\s()]+", re.sub(r"\(\s*[^\s()]+", " ", coordination))


def _member_fragments(text: str, member: str, pieces: list[_MarkedSpan]) -> _Fragments | None:
    """Return the fragments of a member: the pieces that spell it, or its plural. None if no pieces do."""
    spelling = _letters_and_digits(member)
    for count in range(1, len(pieces[:_MAX_PIECES]) + 1):
        for combination in combinations(pieces[:_MAX_PIECES], count):
            if any(left.end > right.start for left, right in zip(combination, combination[1:], strict=False)):
                continue
            pattern = "".join(_singular_pattern(text[piece.start : piece.end]) for piece in combination)
            if re.fullmatch(pattern, spelling):
                return _merge_adjacent(text, combination)
    return None


def _letters_and_digits(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _singular_pattern(piece: str) -> str:
    """Return a pattern that matches a piece as it is, and as the singular of a plural."""
    plain = _letters_and_digits(piece)
    forms = (plain, plain.removesuffix("s"), plain.removesuffix("es"), re.sub("ies$", "y", plain))
    return f"(?:{'|'.join(dict.fromkeys(forms))})"  # needs no escapes: letters and digits only


def _merge_adjacent(text: str, pieces: tuple[_MarkedSpan, ...]) -> _Fragments:
    """Return the offsets of pieces; pieces with only white space between them become one fragment."""
    fragments: list[tuple[int, int]] = []
    for piece in pieces:
        if fragments and not text[fragments[-1][1] : piece.start].strip():
            fragments[-1] = (fragments[-1][0], piece.end)
        else:
            fragments.append((piece.start, piece.end))
    return tuple(fragments)


# ---- derived layouts: columns of IOB2 tags, and JSON ----------------------------------------------


class _JsonTerm(TypedDict):
    index: list[int]  # positions of its tokens
    type: str


class GeniaSentence(TypedDict):
    """An element of a JSON file."""

    sentence: list[str]
    ner: list[_JsonTerm]


def _layered_records(sentence: TaggedSentence, split: str, number: int) -> Iterator[Record]:
    type_names = label_names("genia", "ner")
    text = TokenText(sentence.tokens)
    layers = list(zip(*sentence.rows, strict=True))[1:]
    spans = sorted(chain.from_iterable(map(iob2_spans, layers)), key=lambda span: (span[0], -span[1]))
    yield Record(
        id=f"{split}-{number}",
        source="genia",
        split=split,
        group=text.text,  # abstract boundaries are not marked
        text=text.text,
        schemas=load_schemas("genia"),
        mentions=tuple(text.mention(start, end, type_names[raw]) for start, end, raw in spans),
    )


def _json_records(row: GeniaSentence, split: str, number: int) -> Iterator[Record]:
    type_names = label_names("genia", "ner")
    text = TokenText(string_list(row["sentence"]))
    mentions = [text.discontinuous_mention(term["index"], type_names[term["type"]]) for term in row["ner"]]
    yield Record(
        id=f"{split}-{number}",
        source="genia",
        split=split,
        group=text.text,
        text=text.text,
        schemas=load_schemas("genia"),
        mentions=tuple(sorted(mentions, key=lambda mention: (mention.fragments[0][0], -mention.fragments[-1][1]))),
    )


def _is_layered(head: Head) -> bool:
    column_counts, _ = column_counts_and_tags(head.text)
    tags = {tag for line in head.text.split("\n")[:2_000] for tag in split_columns(line)[1:]}
    return len(column_counts) == 1 and min(column_counts) > 2 and all_prefixed(tags) and entity_types(tags) <= _TYPES


def _is_json(head: Head) -> bool:
    types = set(re.findall(r'"type"\s*:\s*"([^"]*)"', head.text))
    is_array_of_sentences = head.text.lstrip().startswith("[") and '"index"' in head.text and '"sentence"' in head.text
    return is_array_of_sentences and types <= _TYPES


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
            recognise=lambda head: "<article" in head.text and "<cons" in head.text,
            raw_examples=_articles("article", "articleinfo/bibliomisc"),
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
            raw_examples=read_tagged_sentences,
            records=_layered_records,
        ),
        Layout(
            name="json",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=_is_json,
            raw_examples=read_json_array,
            records=_json_records,
            numbered_by="record",
        ),
        Layout(
            name="event-xml",
            files={"train": ("*.xml",)},
            recognise=lambda head: all(tag in head.text for tag in ("<Annotation", "<PubmedArticleSet", "<sentence")),
            raw_examples=_articles("PubmedArticle", "MedlineCitation/PMID"),
            records=_xml_records,
        ),
    ),
    # Of the two derived layouts, which differ in their training split.
    counts={"train": {}, "validation": {"records": 1_669}, "test": {"records": 1_854}},
    notes=(
        "The classes of the ontology are reduced to protein, DNA, RNA, cell type and cell line; terms of other "
        "classes are not mentions.",
        "The corpus itself (both XML layouts) has no splits and is all training data; the derived layouts (tag "
        "columns and JSON) have the usual splits.",
        "In the XML layouts each member of a coordination is a mention, discontinuous if necessary; if the members "
        "cannot be separated and have the same type, the coordination is one mention, otherwise none.",
        "The derived layouts do not mark abstracts, so their records are grouped by sentence.",
    ),
)
