"""ROBUST (Qi et al., 2023): open relation tuples of CaRB's sentences and of their paraphrases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from adelie_hf.answers import Extraction
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_json_array


class _Paraphrase(TypedDict):
    sent: str
    args: list[list[str]]


class RobustClique(TypedDict):
    """An element of the file: a sentence and its paraphrases, with tuples of predicate and arguments."""

    ori_sent: str
    ori_args: list[list[str]]
    paraphrases: list[_Paraphrase]


def _records(clique: RobustClique, split: str, number: int) -> Iterator[Record]:
    original = (clique["ori_sent"], clique["ori_args"])
    paraphrases = [(paraphrase["sent"], paraphrase["args"]) for paraphrase in clique["paraphrases"]]
    for index, (sentence, tuples) in enumerate([original, *paraphrases]):
        yield Record(
            id=f"{split}-{number}-{index}",
            source="robust",
            split=split,
            group=f"{split}-{number}",
            text=sentence,
            schemas={"openie": ()},
            extractions=tuple(_extraction(fields) for fields in tuples),
        )


def _extraction(fields: list[str]) -> Extraction:
    predicate, *arguments = (field.strip() for field in string_list(fields))
    return Extraction(predicate, tuple(arguments))


SOURCE = Source(
    name="robust",
    title="ROBUST",
    tasks=("openie",),
    role="held-out",
    domain="Wikipedia and news",
    licence="MIT",
    url="https://github.com/qijimrc/ROBUST",
    layouts=(
        Layout(
            name="native",
            files={"test": ("ROBUST.json",)},
            recognise=lambda head: {"ori_sent", "ori_args", "paraphrases"} <= head.json_keys,
            raw_examples=read_json_array,
            records=_records,
            numbered_by="record",
        ),
    ),
    counts={"test": {"records": 4_932, "groups": 1_272, "extractions": 16_191}},
    notes=(
        "A clique of a sentence and its paraphrases is a group, and is scored together.",
        "Empty predicates and arguments, and four sentences without a tuple, are kept, because the published scores "
        "count them.",
    ),
)
