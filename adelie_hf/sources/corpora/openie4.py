"""OpenIE4's extractions from Wikipedia, as OpenIE6 (Kolluru et al., 2020) trains on them, by sentence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from adelie_hf.answers import Extraction
from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import record_id
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import excerpt, read_lines

# Each token line ends with three slots for words that a predicate needs and the sentence lacks: "is ...",
# "is ... of" and "is ... from".
_SLOTS = ["[unused1]", "[unused2]", "[unused3]"]
_ENDING = " " + " ".join(_SLOTS)
_AFTER = {"[unused1]": [], "[unused2]": ["of"], "[unused3]": ["from"]}
_ARGUMENTS = (("ARG1",), ("ARG2", "ARGS"), ("TIME",), ("LOC",))
_LABELS = {
    "NONE",
    "REL",
    "TYPE",
    *(label for labels in _ARGUMENTS for label in labels),
}  # TYPE has no place in a tuple
_TAGGED = re.compile(r"\s*<arg1>(.*?)</arg1>\s*<rel>(.*?)</rel>\s*<arg2>(.*?)</arg2>\s*\Z")

_NO_PREDICATE = "an extraction has no predicate"
_NO_SUBJECT = "an extraction has no subject"


def _blocks(file: Path) -> Iterator[tuple[int, tuple[list[str], list[list[str]]]]]:
    """A sentence's tokens and the label lines below them, numbered by the first line."""
    first, tokens, labels = 0, list[str](), list[list[str]]()
    for number, line in read_lines(file):
        if line.rstrip().endswith(_ENDING):
            if tokens:
                yield first, (tokens, labels)
            first, tokens, labels = number, line.split(), []
        elif line.strip():
            if not tokens:
                raise InputError(f"{file}:{number}: labels without a token line above them; fetch the file again")
            labels.append(line.split())
    if tokens:
        yield first, (tokens, labels)


def _labelled(unit: tuple[list[str], list[list[str]]], split: str, where: int) -> Iterator[Record | Dropped]:
    tokens, labels = unit
    yield from _record(" ".join(tokens[: -len(_SLOTS)]), [_read_labels(tokens, each) for each in labels], split)


def _read_labels(tokens: list[str], labels: list[str]) -> Extraction | Dropped:
    if unknown := set(labels) - _LABELS:
        raise ValueError(f"the label {excerpt(repr(min(unknown)))} is none of {', '.join(sorted(_LABELS))}")
    if len(tokens) != len(labels):
        # Of a sentence whose pronoun was replaced by a name: from there on the labels stand beside other words.
        return Dropped("an extraction has a label too many or too few")
    words = defaultdict[str, list[str]](list)
    slots = list[str]()
    for token, label in zip(tokens, labels, strict=True):
        if label != "NONE":
            (slots if token in _AFTER else words[label]).append(token)
    predicate = words["REL"]
    if slots:
        predicate = ["is", *predicate, *(word for slot in slots for word in _AFTER[slot])]
    return _extraction(predicate, [[word for label in labels for word in words[label]] for labels in _ARGUMENTS])


def _sentences(file: Path) -> Iterator[tuple[int, tuple[str, list[str]]]]:
    """A sentence and the extractions of the lines that follow each other with it."""
    first, last, tagged = 0, "", list[str]()
    for number, line in read_lines(file):
        if line.strip():
            sentence, _, columns = line.partition("\t")
            if tagged and sentence != last:
                yield first, (last, tagged)
                tagged = []
            if not tagged:
                first, last = number, sentence
            tagged.append(columns.partition("\t")[0])
    if tagged:
        yield first, (last, tagged)


def _tagged(unit: tuple[str, list[str]], split: str, where: int) -> Iterator[Record | Dropped]:
    sentence, tagged = unit
    yield from _record(sentence.strip(), [_read_tags(each) for each in tagged], split)


def _read_tags(tagged: str) -> Extraction | Dropped:
    if not (found := _TAGGED.match(tagged)):
        raise ValueError(f"{excerpt(repr(tagged))} is not <arg1> </arg1> <rel> </rel> <arg2> </arg2>")
    subject, predicate, others = found.groups()
    # Two spaces stand between the arguments that OpenIE4 found after the predicate.
    return _extraction(predicate.split(), [subject.split(), *map(str.split, re.split(r"\s\s+", others.strip()))])


def _extraction(predicate: list[str], arguments: list[list[str]]) -> Extraction | Dropped:
    """An extraction of words: subject, object, then time and place, without those that are not there."""
    if not predicate:
        return Dropped(_NO_PREDICATE)
    if not arguments[0]:
        return Dropped(_NO_SUBJECT)
    return Extraction(" ".join(predicate), tuple(" ".join(words) for words in arguments if words))


def _record(sentence: str, read: list[Extraction | Dropped], split: str) -> Iterator[Record | Dropped]:
    extractions = tuple(each for each in read if isinstance(each, Extraction))
    yield from (each for each in read if isinstance(each, Dropped))
    if not extractions:
        yield Dropped("a sentence has no extraction that can be used")
        return
    yield Record(
        id=record_id(sentence, *(field for each in extractions for field in (each.predicate, *each.arguments))),
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
            recognise=lambda head: head.lstrip().partition("\n")[0].rstrip().endswith(_ENDING),
            raw_examples=_blocks,
            records=_labelled,
        ),
        Layout(
            name="extractions",
            files={"train": ("*oie4_extractions.tsv", "*allen.tsv")},
            recognise=lambda head: "\t<arg1>" in head.lstrip().partition("\n")[0],
            raw_examples=_sentences,
            records=_tagged,
        ),
    ),
)
