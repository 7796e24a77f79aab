"""SemEval-2010 Task 8 (Hendrickx et al., 2010): the relation between two common nouns of a sentence. Held out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.opennre import OpenNreRow, read_head_and_tail
from adelie_hf.sources.source import Head, Layout, Source
from adelie_hf.text_files import read_json_lines, read_lines

_SENTENCE = re.compile(r'(\d+)\t"(.*)"')


def _blocks(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield blocks of a sentence, its relation and a comment, with the number of the first line."""
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


def _native_records(block: list[str], split: str, number: int) -> Iterator[Record]:
    match = _SENTENCE.fullmatch(block[0])
    if match is None or not 2 <= len(block) <= 3:
        raise ValueError("not a number, a tab and a quoted sentence, and below it a relation and a comment")
    id, sentence = match.groups()
    text, first, second = _split_tags(sentence)
    yield _record(id, split, text, first, block[1], second)


def _split_tags(sentence: str) -> tuple[str, Mention, Mention]:
    """Return the text of a sentence without its tags, and the mentions in <e1> and <e2>."""
    pieces = re.split("<(/?e[12])>", sentence)
    if pieces[1::2] not in (["e1", "/e1", "e2", "/e2"], ["e2", "/e2", "e1", "/e1"]):
        raise ValueError("the sentence does not contain the tags <e1>, </e1>, <e2>, </e2> once each")
    before, left, between, right, after = pieces[::2]
    text = "".join((before, left, between, right, after))
    right_start = len(before) + len(left) + len(between)
    left_mention = Mention.at(text, len(before), len(before) + len(left))
    right_mention = Mention.at(text, right_start, right_start + len(right))
    if pieces[1] == "e1":
        return text, left_mention, right_mention
    return text, right_mention, left_mention


def _opennre_records(row: OpenNreRow, split: str, number: int) -> Iterator[Record]:
    text, first, second = read_head_and_tail(row)
    yield _record(f"{split}-{number}", split, text, first, row["relation"], second)


def _record(id: str, split: str, text: str, first: Mention, raw: str, second: Mention) -> Record:
    relation_names = label_names("semeval2010-task8", "rc")
    if raw != "Other" and raw not in relation_names:
        raise ValueError(f"{raw!r} is neither Other nor a relation with its direction, (e1,e2) or (e2,e1)")
    relations = () if raw == "Other" else (Relation(first, relation_names[raw], second),)
    return Record(
        id=id,
        source="semeval2010-task8",
        split=split,
        group=text,
        text=text,
        schemas=load_schemas("semeval2010-task8"),
        mentions=(first, second),
        relations=relations,
        pairs=((first, second),),
    )


def _is_opennre(head: Head) -> bool:
    relation = re.search(r'"relation"\s*:\s*"(?:Other"|[A-Z][a-z]+-[A-Z][a-z]+\(e)', head.text)
    return {"token", "h", "t", "relation"} <= head.json_keys and relation is not None


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
            # The folder names give the two files a common folder; otherwise they would be two copies of the data set.
            files={
                "train": ("TRAIN_FILE.TXT", "SemEval2010_task8_training/TRAIN_FILE.TXT"),
                "test": ("TEST_FILE_FULL.TXT", "SemEval2010_task8_testing_keys/TEST_FILE_FULL.TXT"),
            },
            recognise=lambda head: re.match(r'\s*\d+\t".*</?e[12]>', head.text) is not None,
            raw_examples=_blocks,
            records=_native_records,
        ),
        Layout(
            name="opennre",
            files={
                "train": ("train.txt", "semeval_train.txt"),
                "validation": ("val.txt", "semeval_val.txt"),
                "test": ("test.txt", "semeval_test.txt"),
            },
            recognise=_is_opennre,
            raw_examples=read_json_lines,
            records=_opennre_records,
        ),
    ),
    counts={"train": {"records": 8_000}, "test": {"records": 2_717}},
    notes=(
        "Each direction of a relation is a category of its own: `Cause-Effect(e2,e1)` means that the second noun is "
        "the cause, and its head is the first noun.",
        "`Other` is not a category: the answer for such a pair is empty.",
        "OpenNRE's version has no ids, so its records are numbered by line.",
    ),
)
