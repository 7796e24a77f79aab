"""BC5CDR (Li et al., 2016): chemicals and diseases in PubMed abstracts, by sentence.

The paper draws 1,666 or 1,667 training instances from it (Table 7), more than its 500 training abstracts, so a record
is a sentence, as in the IOB files. The abstracts of the other two layouts are split here, but never within a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from adelie_hf.records import Mention, Record
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.bioc import BiocPassage, child_text, document_of_element
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.pubtator import parse_article, read_articles
from adelie_hf.sources.readers.tagging import (
    TaggedSentence,
    all_prefixed,
    column_counts_and_tags,
    entity_types,
    iob2_spans,
    read_tagged_sentences,
)
from adelie_hf.sources.readers.xml import read_elements
from adelie_hf.sources.source import Head, Layout, Source
from adelie_hf.text_files import excerpt

# A sentence ends with one of these marks, before white space and a possible sentence start, unless the mark belongs to
# an abbreviation or an initial.
_SENTENCE_END = re.compile(r"[.?!][\")\]']*\s+(?=[\"(\['A-Z0-9])")
_ABBREVIATION = re.compile(r"(?:\b(?:al|approx|ca|cf|e\.g|Dr|etc|Fig|i\.[apv]|i\.e|No|no|s\.c|St|vs)|\b[A-Z])\.\Z")


class _RawMention(NamedTuple):
    """A mention at characters [start, end) of its article."""

    start: int
    end: int
    surface: str
    type: str


class _Passage(NamedTuple):
    """A title or abstract, and its offset in the article."""

    offset: int
    text: str


def _pubtator_records(lines: list[str], split: str, number: int) -> Iterator[Record]:
    article = parse_article(lines, number)
    for relation in article.relations:
        if relation.type != "CID":
            raise ValueError(f"{relation.type!r} is not CID, the relation of chemicals and diseases")
    passages = [_Passage(0, article.title), _Passage(len(article.title) + 1, article.abstract)]
    mentions = [_RawMention(start, end, surface, type) for start, end, surface, type, _ in article.mentions]
    yield from _sentence_records(article.id, passages, mentions, split)


def _bioc_documents(file: Path) -> Iterator[tuple[int, Element]]:
    return read_elements(file, "document")


def _bioc_records(element: Element, split: str, number: int) -> Iterator[Record]:
    passages: list[_Passage] = []
    mentions: list[_RawMention] = []
    expected_offset = 0  # one character after the previous passage
    document = document_of_element(element)
    for passage in document.passages:
        if (text := passage.text) is None:
            raise ValueError("<passage> has no <text>")
        in_passage = list(_mentions(passage))
        # The published files count `&apos;` in a title as six characters in the offset of the abstract.
        offsets = (passage.offset, expected_offset)
        matching = (
            offset
            for offset in offsets
            if all(text[start - offset : end - offset] == surface for start, end, surface, _ in in_passage)
        )
        offset = next(matching, offsets[0])
        passages.append(_Passage(offset, text))
        mentions += in_passage
        expected_offset = offset + len(text) + 1
    yield from _sentence_records(child_text(element, "id"), passages, mentions, split)


def _mentions(passage: BiocPassage) -> Iterator[_RawMention]:
    for annotation in passage.annotations:
        if annotation.infons.get("CompositeRole") != "IndividualMention":  # a part of a composite mention
            ((start, end),) = annotation.fragments
            if annotation.text is None:
                raise ValueError("<annotation> has no <text>")
            yield _RawMention(start, end, annotation.text, annotation.infons["type"])


def _sentence_records(
    pmid: str, passages: list[_Passage], mentions: list[_RawMention], split: str
) -> Iterator[Record]:
    """Yield a record for each sentence of an article."""
    type_names = label_names("bc5cdr", "ner")
    remaining = sorted(mentions, key=lambda mention: mention[:2])
    index = 0
    for offset, passage in passages:
        spans = [(start - offset, end - offset) for start, end, _, _ in remaining]
        for start, end in _split_passage(passage, spans):
            text = passage[start:end]
            first = offset + start
            last = first + len(text)
            in_sentence = [mention for mention in remaining if first <= mention[0] and mention[1] <= last]
            remaining = [mention for mention in remaining if mention not in in_sentence]
            yield Record(
                id=f"{pmid}-{index}",
                source="bc5cdr",
                split=split,
                group=pmid,
                text=text,
                schemas=load_schemas("bc5cdr"),
                mentions=tuple(
                    Mention(surface, ((start - first, end - first),), type_names[raw])
                    for start, end, surface, raw in in_sentence
                ),
            )
            index += 1
    if remaining:
        start, end, surface, _ = remaining[0]
        raise ValueError(
            f"the mention {excerpt(surface)!r} at [{start}, {end}) lies outside of the article's passages"
        )


def _split_passage(text: str, mentions: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield [start, end) of the sentences, without white space between them; no mention is split."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        mark_end = match.start() + 1
        if _ABBREVIATION.search(text, start, mark_end) or any(
            mention_start < match.end() and mark_end < mention_end for mention_start, mention_end in mentions
        ):
            continue
        yield start, len(text[: match.end()].rstrip())
        start = match.end()
    if start < len(text.rstrip()):
        yield start, len(text.rstrip())


def _iob_records(sentence: TaggedSentence, split: str, number: int) -> Iterator[Record]:
    type_names = label_names("bc5cdr", "ner")
    text = TokenText(sentence.tokens)
    yield Record(
        id=f"{split}-{number}",
        source="bc5cdr",
        split=split,
        group=text.text,  # article boundaries are not marked
        text=text.text,
        schemas=load_schemas("bc5cdr"),
        mentions=tuple(text.mention(start, end, type_names[raw]) for start, end, raw in iob2_spans(sentence.tags)),
    )


def _is_iob(head: Head) -> bool:
    column_counts, tags = column_counts_and_tags(head.text)
    return column_counts == {2} and all_prefixed(tags) and entity_types(tags) == {"Chemical", "Disease"}


SOURCE = Source(
    name="bc5cdr",
    title="BC5CDR",
    tasks=("ner",),
    role="training",
    domain="biomedical abstracts",
    licence="public domain (US government work)",
    url="https://github.com/openbiocorpora/biocreative-v-cdr",
    layouts=(
        Layout(
            name="pubtator",
            files={
                "train": ("CDR_TrainingSet.PubTator.txt", "CDR_TrainingSet.PubTator.PubTator.txt"),
                "validation": ("CDR_DevelopmentSet.PubTator.txt",),
                "test": ("CDR_TestSet.PubTator.txt",),
            },
            recognise=lambda head: re.match(r"\s*\d+\|t\|", head.text) is not None,
            raw_examples=read_articles,
            records=_pubtator_records,
        ),
        Layout(
            name="bioc",
            files={
                "train": ("CDR_TrainingSet.BioC.xml",),
                "validation": ("CDR_DevelopmentSet.BioC.xml",),
                "test": ("CDR_TestSet.BioC.xml",),
            },
            recognise=lambda head: "<collection>" in head.text and "<passage>" in head.text,
            raw_examples=_bioc_documents,
            records=_bioc_records,
        ),
        Layout(
            name="iob",
            files={
                "train": ("train.tsv",),
                "validation": ("devel.tsv", "dev.tsv"),
                "test": ("test.tsv",),
            },
            recognise=_is_iob,
            raw_examples=read_tagged_sentences,
            records=_iob_records,
        ),
    ),
    counts={
        "train": {"groups": 500, "mentions": 9_385},
        "validation": {"groups": 500, "mentions": 9_591},
        "test": {"groups": 500},
    },
    notes=(
        "A record is a sentence, since the paper draws more instances than there are abstracts; the PubTator and BioC "
        "layouts contain abstracts, which the reader splits, but never within a mention.",
        "A composite mention such as `breast and ovarian cancer` is one mention.",
        "Relations between chemicals and diseases hold for MeSH concepts of a document, not for mentions, and are not "
        "read.",
        "The IOB layout does not mark articles, so its records are grouped by sentence.",
    ),
)
