"""TACRED (Zhang et al., 2017): relation classification in news and web text, most pairs unrelated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import names_of, readable_label, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.opennre import opennre
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_array, read_json_lines


def _native(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    text = TokenText(row["token"])
    head, tail = (
        text.mention(row[f"{side}_start"], row[f"{side}_end"] + 1, readable_label(row[f"{side}_type"]))
        for side in ("subj", "obj")  # the file's ends are inclusive
    )
    yield _record(row["id"], split, row["docid"], text.text, head, row["relation"], tail)


def _opennre(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    text, head, tail = opennre(row)
    yield _record(f"{split}-{where}", split, text, text, head, row["relation"], tail)


def _record(id: str, split: str, group: str, text: str, head: Mention, raw: str, tail: Mention) -> Record:
    related = raw != "no_relation"
    return Record(
        id=id,
        source="tacred",
        split=split,
        group=group,
        text=text,
        schemas=schemas_of("tacred"),
        mentions=(head, tail),
        relations=(Relation(head, names_of("tacred", "rc")[raw], tail),) if related else (),
        pairs=((head, tail),),
    )


SOURCE = Source(
    name="tacred",
    title="TACRED",
    tasks=("rc",),
    role="training",
    domain="news and web text",
    licence="LDC User Agreement",
    url="https://catalog.ldc.upenn.edu/LDC2018T24",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=lambda head: {"token", "relation", "subj_start", "obj_start"} <= json_keys(head),
            raw_examples=read_json_array,
            records=_native,
            numbered_by="record",
        ),
        Layout(
            name="opennre",
            files={
                "train": ("train.txt", "tacred_train.txt"),
                "validation": ("val.txt", "dev.txt", "tacred_val.txt", "tacred_dev.txt"),
                "test": ("test.txt", "tacred_test.txt"),
            },
            recognise=lambda head: (
                {"token", "h", "t", "relation"} <= json_keys(head)
                and re.search(r'"relation"\s*:\s*"(?:no_relation"|per:|org:)', head) is not None
            ),
            raw_examples=read_json_lines,
            records=_opennre,
        ),
    ),
    counts={"train": {"records": 68_124}, "validation": {"records": 22_631}, "test": {"records": 15_509}},
    licensed="Linguistic Data Consortium (LDC2018T24)",
)
