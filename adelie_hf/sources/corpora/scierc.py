"""SciERC (Luan et al., 2018): entities and relations in abstracts of scientific papers, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.offsets import SentenceText, TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, item_at
from adelie_hf.sources.source import Head, Layout, Source
from adelie_hf.text_files import read_json_array, read_json_lines

# JSON arrays; positions are tokens of the document.
_Entity = tuple[int, int, str]  # first and last token, type
_RawRelation = tuple[int, int, int, int, str]  # first and last token of head and of tail, type


class SciErcDocument(TypedDict):
    """A line of a file: an abstract, with one list per sentence."""

    doc_key: str
    sentences: list[list[str]]
    ner: list[list[_Entity]]
    relations: list[list[_RawRelation]]


class SciErcDygieDocument(TypedDict):
    """A line of DyGIE++'s version, which omits annotations that a document does not have."""

    doc_key: str
    sentences: list[list[str]]
    ner: NotRequired[list[list[_Entity]]]
    relations: NotRequired[list[list[_RawRelation]]]


class _SpertEntity(TypedDict):
    start: int
    end: int
    type: str


class _SpertRelation(TypedDict):
    head: int  # position in the list of entities
    tail: int
    type: str


class SpertSentence(TypedDict):
    """An element of a file of SpERT's version: a sentence, whose positions are tokens [start, end)."""

    orig_id: str
    tokens: list[str]
    entities: list[_SpertEntity]
    relations: list[_SpertRelation]


def _native_records(document: SciErcDocument, split: str, number: int) -> Iterator[Record]:
    type_names, relation_names = label_names("scierc", "ner"), label_names("scierc", "re")
    document_id = document["doc_key"]
    first_token = 0
    annotated_sentences = zip(document["sentences"], document["ner"], document["relations"], strict=True)
    for index, (tokens, raw_entities, raw_relations) in enumerate(annotated_sentences):
        text = SentenceText(tokens, first_token)
        mentions = [
            (first, last, text.mention_inclusive(first, last, type_names[raw])) for first, last, raw in raw_entities
        ]
        entities = {(first, last): mention for first, last, mention in mentions}
        relations = tuple(
            Relation(
                entities.get((a, b)) or text.mention_inclusive(a, b),
                relation_names[raw],
                entities.get((c, d)) or text.mention_inclusive(c, d),
            )
            for a, b, c, d, raw in raw_relations
        )
        yield _record(
            f"{document_id}-{index}",
            split,
            document_id,
            text.text,
            tuple(mention for _, _, mention in mentions),
            relations,
        )
        first_token += len(tokens)


def _dygie_records(document: SciErcDygieDocument, split: str, number: int) -> Iterator[Record]:
    no_entities: list[list[_Entity]] = [[] for _ in document["sentences"]]
    no_relations: list[list[_RawRelation]] = [[] for _ in document["sentences"]]
    complete: SciErcDocument = {
        "doc_key": document["doc_key"],
        "sentences": document["sentences"],
        "ner": document.get("ner", no_entities),
        "relations": document.get("relations", no_relations),
    }
    yield from _native_records(complete, split, number)


def _spert_records(sentence: SpertSentence, split: str, number: int) -> Iterator[Record]:
    type_names = label_names("scierc", "ner")
    relation_names = StrictDict({raw.capitalize(): name for raw, name in label_names("scierc", "re").items()})
    text = TokenText(sentence["tokens"])
    mentions = tuple(
        text.mention(entity["start"], entity["end"], type_names[entity["type"]]) for entity in sentence["entities"]
    )
    relations = tuple(
        Relation(
            item_at(mentions, relation["head"]),
            relation_names[relation["type"]],
            item_at(mentions, relation["tail"]),
        )
        for relation in sentence["relations"]
    )
    yield _record(sentence["orig_id"], split, text.text, text.text, mentions, relations)


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


def _is_native(head: Head) -> bool:
    """Return whether a file has the native layout. DyGIE++'s version names the data set, and ACE 2005 has events."""
    keys = head.json_keys
    return {"doc_key", "sentences", "ner", "relations"} <= keys and keys.isdisjoint(("dataset", "events"))


def _is_dygie(head: Head) -> bool:
    keys = head.json_keys
    return {"doc_key", "sentences", "dataset"} <= keys and "events" not in keys and '"scierc' in head.text


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
            recognise=lambda head: {"tokens", "entities", "relations"} <= head.json_keys,
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
