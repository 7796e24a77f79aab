"""OpenIE4's extractions from Wikipedia, on which OpenIE6 (Kolluru et al., 2020) is trained, by sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from adelie_hf.answers import Extraction
from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import record_id
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import excerpt, read_lines

_NO_PREDICATE = "an extraction has no predicate"
_NO_SUBJECT = "an extraction has no subject"
_OTHER_LENGTH = "an extraction has more or fewer labels than the sentence has tokens"
_NO_EXTRACTION = "a sentence has no usable extraction"

# Each token line ends with three slots for words that a predicate needs and the sentence lacks: "is ...", "is ... of"
# and "is ... from".
_SLOTS = ["[unused1]", "[unused2]", "[unused3]"]
_TOKEN_LINE_END = " " + " ".join(_SLOTS)
_WORDS_AFTER_PREDICATE = {"[unused1]": [], "[unused2]": ["of"], "[unused3]": ["from"]}
_ARGUMENT_LABELS = (("ARG1",), ("ARG2", "ARGS"), ("TIME",), ("LOC",))
_LABELS = {
    "NONE",
    "REL",
    "TYPE",  # is not part of a tuple
    *(label for labels in _ARGUMENT_LABELS for label in labels),
}
_TAGGED_EXTRACTION = re.compile(r"\s*<arg1>(.*?)</arg1>\s*<rel>(.*?)</rel>\s*<arg2>(.*?)</arg2>\s*\Z")


class _LabelledSentence(NamedTuple):
    """The tokens of a sentence with the slots, and the labels of each extraction."""

    tokens: list[str]
    labels: list[list[str]]


class _TaggedExtractions(NamedTuple):
    """A sentence, and its extractions with tags around subject, predicate and objects."""

    sentence: str
    extractions: list[str]


def _labelled_sentences(file: Path) -> Iterator[tuple[int, _LabelledSentence]]:
    """Yield each token line with the label lines below it, and the number of the token line."""
    first, tokens, labels = 0, list[str](), list[list[str]]()
    for number, line in read_lines(file):
        if line.rstrip().endswith(_TOKEN_LINE_END):
            if tokens:
                yield first, _LabelledSentence(tokens, labels)
            first, tokens, labels = number, line.split(), []
        elif line.strip():
            if not tokens:
                raise InputError(f"{file}:{number}: labels without a token line above them; download the file again")
            labels.append(line.split())
    if tokens:
        yield first, _LabelledSentence(tokens, labels)


def _label_records(raw_example: _LabelledSentence, split: str, number: int) -> Iterator[Record | Dropped]:
    tokens, label_lines = raw_example
    sentence = " ".join(tokens[: -len(_SLOTS)])
    yield from _record(sentence, [_decode_labels(tokens, labels) for labels in label_lines], split)


def _decode_labels(tokens: list[str], labels: list[str]) -> Extraction | Dropped:
    if unknown := set(labels) - _LABELS:
        raise ValueError(f"the label {excerpt(repr(min(unknown)))} is not one of {', '.join(sorted(_LABELS))}")
    if len(tokens) != len(labels):
        # A pronoun of the sentence was replaced by a name: the labels after it belong to other tokens.
        return Dropped(_OTHER_LENGTH)
    words = defaultdict[str, list[str]](list)
    slots = list[str]()
    for token, label in zip(tokens, labels, strict=True):
        if label != "NONE":
            (slots if token in _WORDS_AFTER_PREDICATE else words[label]).append(token)
    predicate = words["REL"]
    if slots:
        predicate = ["is", *predicate, *(word for slot in slots for word in _WORDS_AFTER_PREDICATE[slot])]
    arguments = [[word for label in labels for word in words[label]] for labels in _ARGUMENT_LABELS]
    return _extraction(predicate, arguments)


def _tagged_sentences(file: Path) -> Iterator[tuple[int, _TaggedExtractions]]:
    """Yield each sentence with the extractions of its consecutive lines, and the number of the first line."""
    first, previous, extractions = 0, "", list[str]()
    for number, line in read_lines(file):
        if line.strip():
            sentence, _, columns = line.partition("\t")
            if extractions and sentence != previous:
                yield first, _TaggedExtractions(previous, extractions)
                extractions = []
            if not extractions:
                first, previous = number, sentence
            extractions.append(columns.partition("\t")[0])
    if extractions:
        yield first, _TaggedExtractions(previous, extractions)


def _tag_records(raw_example: _TaggedExtractions, split: str, number: int) -> Iterator[Record | Dropped]:
    sentence, extractions = raw_example
    yield from _record(sentence.strip(), [_decode_tags(extraction) for extraction in extractions], split)


def _decode_tags(tagged: str) -> Extraction | Dropped:
    if not (match := _TAGGED_EXTRACTION.match(tagged)):
        raise ValueError(f"{excerpt(repr(tagged))} is not <arg1> </arg1> <rel> </rel> <arg2> </arg2>")
    subject, predicate, objects = match.groups()
    # OpenIE4 separates the arguments after the predicate with two spaces.
    return _extraction(predicate.split(), [subject.split(), *map(str.split, re.split(r"\s\s+", objects.strip()))])


def _extraction(predicate: list[str], arguments: list[list[str]]) -> Extraction | Dropped:
    """Return an extraction, given the words of predicate, subject, objects, time and place; empty ones are omitted."""
    if not predicate:
        return Dropped(_NO_PREDICATE)
    if not arguments[0]:
        return Dropped(_NO_SUBJECT)
    return Extraction(" ".join(predicate), tuple(" ".join(words) for words in arguments if words))


def _record(sentence: str, results: list[Extraction | Dropped], split: str) -> Iterator[Record | Dropped]:
    extractions = tuple(result for result in results if isinstance(result, Extraction))
    yield from (result for result in results if isinstance(result, Dropped))
    if not extractions:
        yield Dropped(_NO_EXTRACTION)
        return
    fields = (field for extraction in extractions for field in (extraction.predicate, *extraction.arguments))
    yield Record(
        id=record_id(sentence, *fields),
        source="openie4",
        split=split,
        group=sentence,
        text=sentence,
        schemas={"openie": ()},
        extractions=extractions,
    )


SOURCE = Source(
    name="openie4",
    title="OpenIE4",
    tasks=("openie",),
    role="training",
    domain="Wikipedia",
    licence="GPL-3.0 (OpenIE6)",
    url="https://github.com/dair-iitd/openie6",
    layouts=(
        Layout(
            name="native",
            files={"train": ("openie4_labels", "openie4_labels.txt", "*extags.txt")},
            recognise=lambda head: head.text.lstrip().partition("\n")[0].rstrip().endswith(_TOKEN_LINE_END),
            raw_examples=_labelled_sentences,
            records=_label_records,
        ),
        Layout(
            name="extractions",
            files={"train": ("*oie4_extractions.tsv", "*allen.tsv")},
            recognise=lambda head: "\t<arg1>" in head.text.lstrip().partition("\n")[0],
            raw_examples=_tagged_sentences,
            records=_tag_records,
        ),
    ),
    notes=(
        "Extractions are the output of a system, not annotation.",
        "Extractions without predicate or subject are dropped, and so are those with more or fewer labels than "
        "tokens, whose labels belong to other tokens.",
        "Words that a predicate needs and the sentence lacks are added, as in `is mayor of`.",
        "A sentence with the same extractions in several files is one record.",
    ),
    drops=(_NO_PREDICATE, _NO_SUBJECT, _OTHER_LENGTH, _NO_EXTRACTION),
)
