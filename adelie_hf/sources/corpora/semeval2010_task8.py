"""SemEval-2010 Task 8 (Hendrickx et al., 2010): the relation between two common nouns of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.opennre import opennre
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_lines, read_lines

_SENTENCE = re.compile(r'(\d+)\t"(.*)"')


def _units(file: Path) -> Iterator[tuple[int, list[str]]]:
    """A sentence, its relation and a comment: lines between blank lines, numbered by the first of them."""
    block: list[str] = []
    number = 0
    for number, line in read_lines(file):
        if line.strip():
            block.append(line.strip())
        elif block:
            yield number - len(block), block
            block = []
    if block:
        yield number - len(block) + 1, block


def _native(block: list[str], split: str, where: int) -> Iterator[Record]:
    quoted = _SENTENCE.fullmatch(block[0])
    if quoted is None or not 2 <= len(block) <= 3:
        raise ValueError("not a number, a tab and a quoted sentence, and below it a relation and a comment")
    text, first, second = _marked(quoted[2])
    yield _record(quoted[1], split, text, first, block[1], second)


def _marked(sentence: str) -> tuple[str, Mention, Mention]:
    """The text of a sentence without its tags, and what stood between them."""
    pieces = re.split("<(/?e[12])>", sentence)
    if pieces[1::2] not in (["e1", "/e1", "e2", "/e2"], ["e2", "/e2", "e1", "/e1"]):
        raise ValueError("the sentence does not hold the tags <e1>, </e1>, <e2>, </e2> once each")
    before, left, between, right, after = pieces[::2]
    text = "".join((before, left, between, right, after))
    start = len(before) + len(left) + len(between)
    pair = (
        Mention.at(text, len(before), len(before) + len(left)),
        Mention.at(text, start, start + len(right)),
    )
    return text, *(pair if pieces[1] == "e1" else reversed(pair))


def _opennre(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    text, first, second = opennre(row)
    yield _record(f"{split}-{where}", split, text, first, row["relation"], second)


def _record(id: str, split: str, text: str, first: Mention, raw: str, second: Mention) -> Record:
    """`Cause-Effect(e2,e1)` says that the second is the cause: a label of its own, whose head is the first."""
    shown = names_of("semeval2010-task8", "rc")
    if raw != "Other" and raw not in shown:
        raise ValueError(f"{raw!r} is neither Other nor a relation with its direction, (e1,e2) or (e2,e1)")
    relations = () if raw == "Other" else (Relation(first, shown[raw], second),)
    return Record(
        id=id,
        source="semeval2010-task8",
        split=split,
        group=text,
        text=text,
        schemas=schemas_of("semeval2010-task8"),
        mentions=(first, second),
        relations=relations,
        pairs=((first, second),),
    )


SOURCE = Source(
    name="semeval2010-task8",
    title="SemEval-2010 Task 8",
    tasks=("rc",),
    role="held-out",
    domain="web text",
    licence="CC BY 3.0",
    url="https://semeval2.fbk.eu/semeval2.php?location=tasks#T11",
    layouts=(
        Layout(
            name="native",
            # Without the folders' names, each of the two files would count as a copy of the set of its own.
            files={
                "train": ("TRAIN_FILE.TXT", "SemEval2010_task8_training/TRAIN_FILE.TXT"),
                "test": ("TEST_FILE_FULL.TXT", "SemEval2010_task8_testing_keys/TEST_FILE_FULL.TXT"),
            },
            recognise=lambda head: re.match(r'\s*\d+\t".*</?e[12]>', head) is not None,
            raw_examples=_units,
            records=_native,
        ),
        Layout(
            name="opennre",
            files={
                "train": ("train.txt", "semeval_train.txt"),
                "validation": ("val.txt", "semeval_val.txt"),
                "test": ("test.txt", "semeval_test.txt"),
            },
            recognise=lambda head: (
                {"token", "h", "t", "relation"} <= json_keys(head)
                and re.search(r'"relation"\s*:\s*"(?:Other"|[A-Z][a-z]+-[A-Z][a-z]+\(e)', head) is not None
            ),
            raw_examples=read_json_lines,
            records=_opennre,
        ),
    ),
    counts={"train": {"records": 8_000}, "test": {"records": 2_717}},
)
