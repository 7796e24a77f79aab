"""OntoNotes 5 (Weischedel et al., 2013), split as in CoNLL-2012: names and numbers in English text, by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import item_at, string_list
from adelie_hf.sources.readers.tagging import TaggedSpan, iob2_spans, split_columns
from adelie_hf.sources.source import Dropped, Head, Layout, Source
from adelie_hf.text_files import excerpt, read_json_lines, read_lines

_NO_WORDS = "the words are missing: create the files with skeleton2conll from the LDC's release"
_BIBLE = "the text is from the Bible, in which OntoNotes does not annotate names"

_BEGIN = re.compile(r"#begin document \((.+)\); part (\d+)\s*\Z")
_WORD_COLUMN, _NAME_COLUMN, _COLUMN_COUNT = 3, 10, 12
_BRACKETS = re.compile(r"(?:\([^()*\s]+)*(?:\*\)?|\))\)*\Z")
# The tags of `conll2012_ontonotesv5` on the Hugging Face Hub, by number: O, then B- and I- of each type.
_HUB_TYPES = (
    "PERSON NORP FAC ORG GPE LOC PRODUCT DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL EVENT WORK_OF_ART LAW "
    "LANGUAGE"
)
_HUB_TAGS = ("O", *(f"{prefix}-{type}" for type in _HUB_TYPES.split() for prefix in "BI"))


class _Word(NamedTuple):
    word: str
    bracket: str  # the column of names, such as `(ORG*`, `*`, `*)` or `(GPE)`


class _Part(NamedTuple):
    """A part of a document."""

    document: str
    part: str
    sentences: list[list[_Word]]


class _HubSentence(TypedDict):
    part_id: NotRequired[int]
    words: list[str]
    named_entities: list[int | str]


class HubDocument(TypedDict):
    """A row of `conll2012_ontonotesv5` on the Hugging Face Hub."""

    document_id: str
    sentences: list[_HubSentence]


def _is_english(head: Head) -> bool:
    """Return whether most words are ASCII: the release has Arabic and Chinese in files of the same names."""
    rows = map(split_columns, islice(head.text.split("\n"), 2_000))
    words = [row[_WORD_COLUMN] for row in rows if len(row) >= _COLUMN_COUNT and not row[0].startswith("#")]
    return bool(words) and sum(map(str.isascii, words)) > 0.8 * len(words)


def _parts(file: Path) -> Iterator[tuple[int, _Part]]:
    """Yield the parts of documents, each with the number of its first line."""
    document = part = ""
    first = number = 0
    sentences: list[list[_Word]] = []
    sentence: list[_Word] = []
    for number, line in read_lines(file):
        if line.startswith("#begin document"):
            begin = _BEGIN.match(line)
            if begin is None or document:
                raise _line_error(file, number, line, "does not begin a document after the end of another")
            (document, part), first, sentences = begin.groups(), number, []
        elif line.startswith("#end document") or not line.strip():
            if sentence:
                sentences.append(sentence)
                sentence = []
            if line.strip():
                if not document:
                    raise _line_error(file, number, line, "ends a document that did not begin")
                yield first, _Part(document, part, sentences)
                document = ""
        else:
            row = split_columns(line)
            if len(row) < _COLUMN_COUNT or not document:
                raise _line_error(
                    file, number, line, f"is not a word of a document in {_COLUMN_COUNT} columns or more"
                )
            sentence.append(_Word(row[_WORD_COLUMN], row[_NAME_COLUMN]))
    if document:
        raise InputError(f"{file}:{number}: the document {excerpt(document)} does not end; download the file again")


def _line_error(file: Path, number: int, line: str, problem: str) -> InputError:
    return InputError(f"{file}:{number}: {excerpt(line)!r} {problem}; download the file again")


def _conll_records(raw_example: _Part, split: str, number: int) -> Iterator[Record | Dropped]:
    document, part, sentences = raw_example
    for index, sentence in enumerate(sentences):
        if all(word == "[WORD]" for word, _ in sentence):
            yield Dropped(_NO_WORDS)
        else:
            words, brackets = [word for word, _ in sentence], [bracket for _, bracket in sentence]
            yield from _sentence_records(document, f"{int(part)}-{index}", words, _bracket_spans(brackets), split)


def _bracket_spans(brackets: list[str]) -> Iterator[TaggedSpan]:
    """Yield the spans of a column of names, outer before inner."""
    spans: list[TaggedSpan] = []
    open_brackets: list[tuple[int, str]] = []
    for position, bracket in enumerate(brackets):
        if bracket == "*":
            continue
        if not _BRACKETS.match(bracket):
            raise ValueError(f"{excerpt(bracket)!r} is not a bracket of the column of names")
        open_brackets += [(position, span_type) for span_type in re.findall(r"\(([^()*]+)", bracket)]
        for _ in range(bracket.count(")")):
            if not open_brackets:
                raise ValueError("the column of names closes a bracket that it did not open")
            start, span_type = open_brackets.pop()
            spans.append((start, position + 1, span_type))
    if open_brackets:
        raise ValueError("the column of names opens a bracket that it does not close")
    yield from sorted(spans, key=lambda span: (span[0], -span[1]))


def _hub_records(row: HubDocument, split: str, number: int) -> Iterator[Record | Dropped]:
    last_index: dict[str, int] = {}  # of the sentences of a part
    for sentence in row["sentences"]:
        words = string_list(sentence["words"])
        tags = [tag if isinstance(tag, str) else item_at(_HUB_TAGS, tag) for tag in sentence["named_entities"]]
        if len(words) != len(tags):
            raise ValueError(f"{len(words)} words have {len(tags)} tags")
        part = f"{sentence.get('part_id', 0)}"
        last_index[part] = last_index.get(part, -1) + 1
        yield from _sentence_records(row["document_id"], f"{part}-{last_index[part]}", words, iob2_spans(tags), split)


def _sentence_records(
    document: str, sentence_id: str, words: list[str], spans: Iterator[TaggedSpan], split: str
) -> Iterator[Record | Dropped]:
    if document.startswith("pt/"):
        yield Dropped(_BIBLE)
        return
    type_names = label_names("ontonotes", "ner")
    text = TokenText(words)
    yield Record(
        id=f"{document}-{sentence_id}",
        source="ontonotes",
        split=split,
        group=document,
        text=text.text,
        schemas=load_schemas("ontonotes"),
        mentions=tuple(text.mention(start, end, type_names[raw]) for start, end, raw in spans),
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
            recognise=lambda head: head.text.lstrip().startswith("#begin document") and _is_english(head),
            raw_examples=_parts,
            records=_conll_records,
        ),
        Layout(
            name="hub",  # conll2012_ontonotesv5, english_v4 or english_v12
            files={
                "train": ("train.jsonl", "train.json"),
                "validation": ("validation.jsonl", "validation.json", "dev.jsonl"),
                "test": ("test.jsonl", "test.json"),
            },
            recognise=lambda head: {"document_id", "sentences"} <= head.json_keys and '"named_entities"' in head.text,
            raw_examples=read_json_lines,
            records=_hub_records,
        ),
    ),
    counts={"train": {"records": 59_924}, "validation": {"records": 8_528}, "test": {"records": 8_262}},
    licensed="the Linguistic Data Consortium (LDC2013T19, free of charge)",
    notes=(
        "Only English files are read; Arabic and Chinese files of the same names are skipped.",
        "The Bible (documents `pt/...`) is dropped, because OntoNotes does not annotate names in it.",
        "Files with `[WORD]` instead of words need `skeleton2conll` and the LDC's release.",
        "Names can be nested in the CoNLL-2012 layout, but not in that of the Hugging Face Hub.",
    ),
    drops=(_NO_WORDS, _BIBLE),
)
