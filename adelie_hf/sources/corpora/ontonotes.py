"""OntoNotes 5 (Weischedel et al., 2013), split as in CoNLL-2012: names and numbers in English text, by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Mention, Record
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import item_at, string_list
from adelie_hf.sources.readers.tagging import bio_spans, cut
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import excerpt, json_keys, read_json_lines, read_lines

_BEGIN = re.compile(r"#begin document \((.+)\); part (\d+)\s*\Z")
_WORD, _NAME, _COLUMNS = 3, 10, 12
_BRACKETS = re.compile(r"(?:\([^()*\s]+)*(?:\*\)?|\))\)*\Z")
# The tags of the Hub's `conll2012_ontonotesv5`, by number: O, then B- and I- of each type.
_HUB_TYPES = (
    "PERSON NORP FAC ORG GPE LOC PRODUCT DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL EVENT WORK_OF_ART LAW "
    "LANGUAGE"
)
_HUB_TAGS = ("O", *(f"{prefix}-{type}" for type in _HUB_TYPES.split() for prefix in "BI"))


# A document's name, the part's number, and its sentences: each word with its bracket in the column of names.
_Part = tuple[str, str, list[list[tuple[str, str]]]]


def _english(head: str) -> bool:
    """Whether the words are; the release holds Arabic and Chinese in files of the same names."""
    rows = map(cut, islice(head.split("\n"), 2_000))
    words = [row[_WORD] for row in rows if len(row) >= _COLUMNS and not row[0].startswith("#")]
    return bool(words) and sum(map(str.isascii, words)) > 0.8 * len(words)


def _units(file: Path) -> Iterator[tuple[int, _Part]]:
    """The parts of documents, each with the number of its first line."""
    document = part = ""
    first = number = 0
    text: list[list[tuple[str, str]]] = []
    sentence: list[tuple[str, str]] = []
    for number, line in read_lines(file):
        if line.startswith("#begin document"):
            begin = _BEGIN.match(line)
            if begin is None or document:
                raise _refusal(file, number, line, "does not begin a document after the end of another")
            (document, part), first, text = begin.groups(), number, []
        elif line.startswith("#end document") or not line.strip():
            if sentence:
                text.append(sentence)
                sentence = []
            if line.strip():
                if not document:
                    raise _refusal(file, number, line, "ends a document that did not begin")
                yield first, (document, part, text)
                document = ""
        else:
            row = cut(line)
            if len(row) < _COLUMNS or not document:
                raise _refusal(file, number, line, f"is not a word of a document in {_COLUMNS} columns or more")
            sentence.append((row[_WORD], row[_NAME]))
    if document:
        raise InputError(f"{file}:{number}: the document {excerpt(document)} does not end; fetch the file again")


def _refusal(file: Path, number: int, line: str, problem: str) -> InputError:
    return InputError(f"{file}:{number}: {excerpt(line)!r} {problem}; fetch the file again")


def _records(unit: _Part, split: str, where: int) -> Iterator[Record | Dropped]:
    document, part, text = unit
    for number, sentence in enumerate(text):
        if all(word == "[WORD]" for word, _ in sentence):
            yield Dropped("the words are missing: make the files with skeleton2conll from the LDC's release")
        else:
            words, brackets = [list(column) for column in zip(*sentence, strict=True)]
            yield from _sentence(document, f"{int(part)}-{number}", words, _bracketed(brackets), split)


def _bracketed(cells: list[str]) -> Iterator[tuple[int, int, str]]:
    """Spans [start, end) of a column such as `(ORG*`, `*`, `*)`, `(GPE)`."""
    spans: list[tuple[int, int, str]] = []
    opened: list[tuple[int, str]] = []
    for at, cell in enumerate(cells):
        if cell == "*":
            continue
        if not _BRACKETS.match(cell):
            raise ValueError(f"{excerpt(cell)!r} is not a bracket of the column of names")
        opened += [(at, type) for type in re.findall(r"\(([^()*]+)", cell)]
        for _ in range(cell.count(")")):
            if not opened:
                raise ValueError("the column of names closes a bracket that it did not open")
            start, type = opened.pop()
            spans.append((start, at + 1, type))
    if opened:
        raise ValueError("the column of names opens a bracket that it does not close")
    yield from sorted(spans, key=lambda span: (span[0], -span[1]))


def _hub_records(row: dict[str, Any], split: str, where: int) -> Iterator[Record | Dropped]:
    counts: dict[str, int] = {}
    for sentence in row["sentences"]:
        words = string_list(sentence["words"])
        tags = [tag if isinstance(tag, str) else item_at(_HUB_TAGS, tag) for tag in sentence["named_entities"]]
        if len(words) != len(tags):
            raise ValueError(f"{len(words)} words have {len(tags)} tags")
        part = f"{sentence.get('part_id', 0)}"
        counts[part] = counts.get(part, -1) + 1
        yield from _sentence(row["document_id"], f"{part}-{counts[part]}", words, bio_spans(tags), split)


def _sentence(
    document: str, number: str, words: list[str], spans: Iterator[tuple[int, int, str]], split: str
) -> Iterator[Record | Dropped]:
    if document.startswith("pt/"):
        yield Dropped("the Bible, which OntoNotes has without names")
        return
    shown = names_of("ontonotes", "ner")
    text = TokenText(words)
    mentions: tuple[Mention, ...] = tuple(text.mention(start, end, shown[raw]) for start, end, raw in spans)
    yield Record(
        id=f"{document}-{number}",
        source="ontonotes",
        split=split,
        group=document,
        text=text.text,
        schemas=schemas_of("ontonotes"),
        mentions=mentions,
    )


SOURCE = Source(
    name="ontonotes",
    title="OntoNotes 5",
    tasks=("ner",),
    role="training",
    domain="news, broadcasts, telephone speech and the web",
    licence="LDC user agreement",
    url="https://catalog.ldc.upenn.edu/LDC2013T19",
    layouts=(
        Layout(
            name="conll-2012",
            files={
                "train": ("train/**/*gold_conll", "train.*gold_conll"),
                "validation": ("development/**/*gold_conll", "dev.*gold_conll"),
                "test": ("test/**/*gold_conll", "test.*gold_conll"),
            },
            recognise=lambda head: head.lstrip().startswith("#begin document") and _english(head),
            raw_examples=_units,
            records=_records,
        ),
        Layout(
            name="hub",  # conll2012_ontonotesv5, english_v4 or english_v12
            files={
                "train": ("train.jsonl", "train.json"),
                "validation": ("validation.jsonl", "validation.json", "dev.jsonl"),
                "test": ("test.jsonl", "test.json"),
            },
            recognise=lambda head: {"document_id", "sentences"} <= json_keys(head) and '"named_entities"' in head,
            raw_examples=read_json_lines,
            records=_hub_records,
        ),
    ),
    counts={"train": {"records": 59_924}, "validation": {"records": 8_528}, "test": {"records": 8_262}},
    licensed="the Linguistic Data Consortium (LDC2013T19, free of charge)",
)
