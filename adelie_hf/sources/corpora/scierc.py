"""SciERC (Luan et al., 2018): entities and relations in abstracts of scientific papers, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, item_at
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_array, read_json_lines


def _native(document: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    types, links = names_of("scierc", "ner"), names_of("scierc", "re")
    first = 0  # position in the document of the sentence's first token
    annotated = zip(document["sentences"], document["ner"], document["relations"], strict=True)
    for number, (tokens, entities, relations) in enumerate(annotated):
        text = TokenText(tokens)

        def mention(start: int, end: int, type: str = "", text: TokenText = text, first: int = first) -> Mention:
            return text.mention(start - first, end - first + 1, type)  # the file's ends are inclusive

        typed = {(start, end): mention(start, end, types[raw]) for start, end, raw in entities}
        yield _record(
            f"{document['doc_key']}-{number}",
            split,
            document["doc_key"],
            text.text,
            tuple(mention(start, end, types[raw]) for start, end, raw in entities),
            tuple(
                Relation(typed.get((s1, e1)) or mention(s1, e1), links[raw], typed.get((s2, e2)) or mention(s2, e2))
                for s1, e1, s2, e2, raw in relations
            ),
        )
        first += len(tokens)


def _dygie(document: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    """DyGIE++ leaves out the annotations that a document does not have."""
    nothing: list[list[Any]] = [[] for _ in document["sentences"]]
    yield from _native({"ner": nothing, "relations": nothing} | document, split, where)


def _spert(sentence: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    """SpERT's form: ends are exclusive, and relations name entities by their position. Documents are lost."""
    types = names_of("scierc", "ner")
    links = StrictDict({raw.capitalize(): name for raw, name in names_of("scierc", "re").items()})
    text = TokenText(sentence["tokens"])
    mentions = tuple(text.mention(each["start"], each["end"], types[each["type"]]) for each in sentence["entities"])
    relations = tuple(
        Relation(item_at(mentions, each["head"]), links[each["type"]], item_at(mentions, each["tail"]))
        for each in sentence["relations"]
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
        schemas=schemas_of("scierc"),
        mentions=mentions,
        relations=relations,
    )


def _recognise_dygie(head: str) -> bool:
    """Other data sets in this form name themselves or bring events."""
    keys = json_keys(head)
    return {"doc_key", "sentences", "dataset"} <= keys and "events" not in keys and '"scierc' in head


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
            recognise=lambda head: (
                {"doc_key", "sentences", "ner", "relations"} <= (keys := json_keys(head))
                and not {"dataset", "events"} & keys
            ),
            raw_examples=read_json_lines,
            records=_native,
        ),
        Layout(
            name="dygie",
            files={
                "train": ("train.json", "train.jsonl"),
                "validation": ("dev.json", "dev.jsonl"),
                "test": ("test.json", "test.jsonl"),
            },
            recognise=_recognise_dygie,
            raw_examples=read_json_lines,
            records=_dygie,
        ),
        Layout(
            name="spert",
            files={
                "train": ("scierc_train.json", "scierc_joint_er_train.json"),
                "validation": ("scierc_dev.json", "scierc_joint_er_dev.json"),
                "test": ("scierc_test.json", "scierc_joint_er_test.json"),
            },
            recognise=lambda head: {"tokens", "entities", "relations"} <= json_keys(head),
            raw_examples=read_json_array,
            records=_spert,
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 1_861}, "validation": {"records": 275}, "test": {"records": 551}},
)
