"""BC5CDR (Li et al., 2016): chemicals and diseases in abstracts of PubMed, by sentence.

The paper draws 1,666 or 1,667 training instances from it (Table 7), more than its 500 training abstracts: its unit
is the sentence, as in the IOB files. The other two formats have whole abstracts, which are cut here, and never
inside a mention. A composite mention ("breast and ovarian cancer") is one mention, as all three formats mark it.
Relations are of the document and between MeSH concepts, not mentions: they are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from adelie_hf.records import Mention, Record
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import Sentence, bio_spans, look, prefixed, sentences, types
from adelie_hf.sources.readers.xml import elements
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import excerpt, read_lines

# A sentence ends where such a mark, perhaps closed, stands before white space and what may begin a sentence, unless
# the mark belongs to an abbreviation or an initial.
_END = re.compile(r"[.?!][\")\]']*\s+(?=[\"(\['A-Z0-9])")
_ABBREVIATED = re.compile(r"(?:\b(?:al|approx|ca|cf|e\.g|Dr|etc|Fig|i\.[apv]|i\.e|No|no|s\.c|St|vs)|\b[A-Z])\.\Z")

_PIECE = tuple[int, int, str, str]  # start, end, surface and type of a mention


def _pubtator(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of each article, with the number of its first line."""
    start = 0
    article: list[str] = []
    for number, line in read_lines(file):
        if "|t|" in line and re.match(r"\d+\|t\|", line) and article:
            yield start, article  # where the blank line between two articles is missing
            article = []
        if line.strip():
            start = start if article else number
            article.append(line)
    if article:
        yield start, article


def _pubtator_records(article: list[str], split: str, where: int) -> Iterator[Record]:
    pmid, title, abstract = "", "", ""
    mentions: list[_PIECE] = []
    for number, line in enumerate(article, where):
        head, *rest = line.split("|", 2)
        if len(rest) == 2 and rest[0] in ("t", "a") and "\t" not in head:
            pmid = head
            title, abstract = (rest[1], abstract) if rest[0] == "t" else (title, rest[1])
            continue
        columns = line.split("\t")
        if columns[0] != pmid or len(columns) < 4 or (len(columns) < 6 and columns[1] != "CID"):
            raise ValueError(
                f"line {number} is neither a mention nor a relation of article {pmid!r}: {excerpt(line)!r}"
            )
        if columns[1] != "CID":
            mentions.append((int(columns[1]), int(columns[2]), columns[3], columns[4]))
    yield from _article(pmid, [(0, title), (len(title) + 1, abstract)], mentions, split)


def _bioc(file: Path) -> Iterator[tuple[int, Element]]:
    return elements(file, "document")


def _bioc_records(document: Element, split: str, where: int) -> Iterator[Record]:
    passages: list[tuple[int, str]] = []
    mentions: list[_PIECE] = []
    after = 0  # the passages before, and one character after each
    for passage in document.iter("passage"):
        text = _text(passage, "text")
        inside = list(_annotations(passage))
        # The published files count `&apos;` in a title as six characters where they say that the abstract begins.
        offsets = (int(_text(passage, "offset")), after)
        fitting = (at for at in offsets if all(text[s - at : e - at] == surface for s, e, surface, _ in inside))
        offset = next(fitting, offsets[0])
        passages.append((offset, text))
        mentions += inside
        after = offset + len(text) + 1
    yield from _article(_text(document, "id"), passages, mentions, split)


def _annotations(passage: Element) -> Iterator[_PIECE]:
    for annotation in passage.iter("annotation"):
        facts = {infon.get("key", ""): infon.text or "" for infon in annotation.iter("infon")}
        if facts.get("CompositeRole") != "IndividualMention":  # a part of a composite mention
            (location,) = annotation.iter("location")
            start = int(location.attrib["offset"])
            yield start, start + int(location.attrib["length"]), _text(annotation, "text"), facts["type"]


def _text(element: Element, tag: str) -> str:
    text = element.findtext(tag)
    if text is None:
        raise ValueError(f"<{element.tag}> has no <{tag}>")
    return text


def _article(pmid: str, passages: list[tuple[int, str]], mentions: list[_PIECE], split: str) -> Iterator[Record]:
    """The sentences of an article, whose passages are given with their offsets."""
    shown = names_of("bc5cdr", "ner")
    rest = sorted(mentions, key=lambda mention: mention[:2])
    number = 0
    for offset, passage in passages:
        for start, end in _sentences(passage, [(at - offset, to - offset) for at, to, _, _ in rest]):
            text = passage[start:end]
            first = offset + start
            inside = [mention for mention in rest if first <= mention[0] and mention[1] <= first + len(text)]
            rest = [mention for mention in rest if mention not in inside]
            yield Record(
                id=f"{pmid}-{number}",
                source="bc5cdr",
                split=split,
                group=pmid,
                text=text,
                schemas=schemas_of("bc5cdr"),
                mentions=tuple(
                    Mention(surface, ((at - first, to - first),), shown[raw]) for at, to, surface, raw in inside
                ),
            )
            number += 1
    if rest:
        at, to, surface, _ = rest[0]
        raise ValueError(f"the mention {excerpt(surface)!r} at [{at}, {to}) lies outside of the article's passages")


def _sentences(text: str, mentions: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """[start, end) of the sentences of a text, without the white space between them; no mention is cut."""
    start = 0
    for end in _END.finditer(text):
        mark = end.start() + 1
        if _ABBREVIATED.search(text, start, mark) or any(at < end.end() and mark < to for at, to in mentions):
            continue
        yield start, len(text[: end.end()].rstrip())
        start = end.end()
    if start < len(text.rstrip()):
        yield start, len(text.rstrip())


def _iob_records(sentence: Sentence, split: str, where: int) -> Iterator[Record]:
    shown = names_of("bc5cdr", "ner")
    text = TokenText(sentence.tokens)
    yield Record(
        id=f"{split}-{where}",
        source="bc5cdr",
        split=split,
        group=text.text,  # the files do not say where an article ends
        text=text.text,
        schemas=schemas_of("bc5cdr"),
        mentions=tuple(text.mention(start, end, shown[raw]) for start, end, raw in bio_spans(sentence.tags)),
    )


def _is_iob(head: str) -> bool:
    columns, tags = look(head)
    return columns == {2} and prefixed(tags) and types(tags) == {"Chemical", "Disease"}


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
            recognise=lambda head: re.match(r"\s*\d+\|t\|", head) is not None,
            raw_examples=_pubtator,
            records=_pubtator_records,
        ),
        Layout(
            name="bioc",
            files={
                "train": ("CDR_TrainingSet.BioC.xml",),
                "validation": ("CDR_DevelopmentSet.BioC.xml",),
                "test": ("CDR_TestSet.BioC.xml",),
            },
            recognise=lambda head: "<collection>" in head and "<passage>" in head,
            raw_examples=_bioc,
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
            raw_examples=sentences,
            records=_iob_records,
        ),
    ),
    counts={
        "train": {"groups": 500, "mentions": 9_385},
        "validation": {"groups": 500, "mentions": 9_591},
        "test": {"groups": 500},
    },
)
