"""TACRED (Zhang et al., 2017): relation classification in news and web text; most pairs are unrelated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas, readable_label
from adelie_hf.sources.readers.known_labels import has_known_labels, labels_of
from adelie_hf.sources.readers.opennre import OpenNreRow, read_head_and_tail
from adelie_hf.sources.readers.relation_rows import NO_RELATION, TACRED_LABELS, TacredRow, read_tacred
from adelie_hf.sources.source import Head, Layout, Source
from adelie_hf.text_files import read_json_array, read_json_lines


def _native_records(row: TacredRow, split: str, number: int) -> Iterator[Record]:
    types = (readable_label(row["subj_type"]), readable_label(row["obj_type"]))
    text, head, tail = read_tacred(row, *types)
    yield _record(row["id"], split, row["docid"], text, head, row["relation"], tail)


def _opennre_records(row: OpenNreRow, split: str, number: int) -> Iterator[Record]:
    text, head, tail = read_head_and_tail(row)
    yield _record(f"{split}-{number}", split, text, text, head, row["relation"], tail)


def _record(id: str, split: str, group: str, text: str, head: Mention, raw: str, tail: Mention) -> Record:
    is_related = raw != NO_RELATION
    return Record(
        id=id,
        source="tacred",
        split=split,
        group=group,
        text=text,
        schemas=load_schemas("tacred"),
        mentions=(head, tail),
        relations=(Relation(head, label_names("tacred", "rc")[raw], tail),) if is_related else (),
        pairs=((head, tail),),
    )


def _is_native(head: Head) -> bool:
    has_keys = {"token", "relation", "subj_start", "obj_start"} <= head.json_keys
    return has_keys and has_known_labels(head, labels_of(*TACRED_LABELS), label_names("tacred", "rc"), NO_RELATION)


def _is_opennre(head: Head) -> bool:
    relation = re.search(r'"relation"\s*:\s*"(?:no_relation"|per:|org:)', head.text)
    return {"token", "h", "t", "relation"} <= head.json_keys and relation is not None


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
            recognise=_is_native,
            raw_examples=read_json_array,
            records=_native_records,
            numbered_by="record",
        ),
        Layout(
            name="opennre",
            files={
                "train": ("train.txt", "tacred_train.txt"),
                "validation": ("val.txt", "dev.txt", "tacred_val.txt", "tacred_dev.txt"),
                "test": ("test.txt", "tacred_test.txt"),
            },
            recognise=_is_opennre,
            raw_examples=read_json_lines,
            records=_opennre_records,
        ),
    ),
    counts={"train": {"records": 68_124}, "validation": {"records": 22_631}, "test": {"records": 15_509}},
    licensed="Linguistic Data Consortium (LDC2018T24)",
    notes=(
        "`no_relation`, the label of most pairs, is not a category: the answer for such a pair is empty.",
        "OpenNRE's version has no ids or documents, so its records are numbered by line and grouped by sentence.",
    ),
)
