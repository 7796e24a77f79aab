"""SciERC (Luan et al., 2018): entities and relations in abstracts of scientific papers, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.dygie import (
    ENTITY_TYPES,
    RELATION_TYPES,
    DygieEntity,
    DygieRelation,
    read_sentences,
)
from adelie_hf.sources.readers.known_labels import LabelPath, has_known_labels, labels_of
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.readers.relation_rows import SPERT_LABELS, SpertSentence, read_spert
from adelie_hf.sources.source import Head, Layout, Source
from adelie_hf.text_files import read_json_array, read_json_lines


class SciErcDocument(TypedDict):
    """A line of a file: an abstract, with one list per sentence."""

    doc_key: str
    sentences: list[list[str]]
    ner: list[list[DygieEntity]]
    relations: list[list[DygieRelation]]


class SciErcDygieDocument(TypedDict):
    """A line of DyGIE++'s version, which omits annotations that a document does not have."""

    doc_key: str
    sentences: list[list[str]]
    ner: NotRequired[list[list[DygieEntity]]]
    relations: NotRequired[list[list[DygieRelation]]]


def _native_records(document: SciErcDocument, split: str, number: int) -> Iterator[Record]:
    document_id = document["doc_key"]
    yield from _document_records(document_id, document["sentences"], document["ner"], document["relations"], split)


def _dygie_records(document: SciErcDygieDocument, split: str, number: int) -> Iterator[Record]:
    document_id = document["doc_key"]
    ner, relations = document.get("ner"), document.get("relations")
    yield from _document_records(document_id, document["sentences"], ner, relations, split)


def _document_records(
    document_id: str,
    sentences: list[list[str]],
    ner: list[list[DygieEntity]] | None,
    relations: list[list[DygieRelation]] | None,
    split: str,
) -> Iterator[Record]:
    names = (label_names("scierc", task).__getitem__ for task in ("ner", "re"))
    for index, sentence in enumerate(read_sentences(sentences, ner, relations, None, *names)):
        yield _record(
            f"{document_id}-{index}",
            split,
            document_id,
            sentence.text,
            tuple(sentence.mentions),
            tuple(sentence.relations),
        )


def _spert_records(sentence: SpertSentence, split: str, number: int) -> Iterator[Record]:
    relation_names = StrictDict({raw.capitalize(): name for raw, name in label_names("scierc", "re").items()})
    found = read_spert(sentence, label_names("scierc", "ner").__getitem__, relation_names.__getitem__)
    yield _record(sentence["orig_id"], split, found.text, *found)


def _record(
    id: str, split: str, group: str, text: str, mentions: tuple[Mention, ...], relations: tuple[Relation, ...]
) -> Record:
    return Record(
        id=id,
        source="scierc",
        split=split,
        group=group,
        text=text,
        schemas=load_schemas("scierc"),
        mentions=mentions,
        relations=relations,
    )


def _has_labels(head: Head, *paths: LabelPath) -> bool:
    known = [
        label for task in ("ner", "re") for raw in label_names("scierc", task) for label in (raw, raw.capitalize())
    ]
    return has_known_labels(head, labels_of(*paths), known)


def _is_native(head: Head) -> bool:
    """Return whether a file has the native layout. DyGIE++'s version names the data set, and ACE 2005 has events."""
    keys = head.json_keys
    has_keys = {"doc_key", "sentences", "ner", "relations"} <= keys and keys.isdisjoint(("dataset", "events"))
    return has_keys and _has_labels(head, ENTITY_TYPES, RELATION_TYPES)


def _is_dygie(head: Head) -> bool:
    keys = head.json_keys
    has_keys = {"doc_key", "sentences", "dataset"} <= keys and "events" not in keys and '"scierc' in head.text
    return has_keys and _has_labels(head, ENTITY_TYPES, RELATION_TYPES)


def _is_spert(head: Head) -> bool:
    return {"tokens", "entities", "relations"} <= head.json_keys and _has_labels(head, *SPERT_LABELS)


SOURCE = Source(
    name="scierc",
    title="SciERC",
    tasks=("ner", "re"),
    role="training",
    domain="scientific abstracts",
    licence="not stated",
    url="http://nlp.cs.washington.edu/sciIE/",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=_is_native,
            raw_examples=read_json_lines,
            records=_native_records,
        ),
        Layout(
            name="dygie",
            files={
                "train": ("train.json", "train.jsonl"),
                "validation": ("dev.json", "dev.jsonl"),
                "test": ("test.json", "test.jsonl"),
            },
            recognise=_is_dygie,
            raw_examples=read_json_lines,
            records=_dygie_records,
        ),
        Layout(
            name="spert",
            files={
                "train": ("scierc_train.json", "scierc_joint_er_train.json"),
                "validation": ("scierc_dev.json", "scierc_joint_er_dev.json"),
                "test": ("scierc_test.json", "scierc_joint_er_test.json"),
            },
            recognise=_is_spert,
            raw_examples=read_json_array,
            records=_spert_records,
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 1_861}, "validation": {"records": 275}, "test": {"records": 551}},
    notes=(
        "Entities can be nested.",
        "Coreference is not read.",
        "SpERT's version does not mark abstracts, so its records are grouped by sentence.",
    ),
)
