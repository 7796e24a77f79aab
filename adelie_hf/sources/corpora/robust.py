"""ROBUST (Qi et al., 2023): open relation tuples of CaRB's sentences and of their paraphrases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from adelie_hf.answers import Extraction
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_json_array, read_json_document

_TWO_ARRAYS = re.compile(r"\s*\[\s*\[")


class _Sentence(TypedDict):
    sent: str
    args: list[list[str]]


class RobustClique(TypedDict):
    """An element of the file: a sentence and its paraphrases, with tuples of predicate and arguments."""

    ori_sent: str
    ori_args: list[list[str]]
    paraphrases: list[_Sentence]


class SentenceList(TypedDict):
    """The content of `robust_sent.json`: all sentences in a row, and the number of the clique of each."""

    sentList: list[_Sentence]
    cliqueList: list[int]


def _clique_records(clique: RobustClique, split: str, number: int) -> Iterator[Record]:
    yield from _records(
        [_Sentence(sent=clique["ori_sent"], args=clique["ori_args"]), *clique["paraphrases"]], split, number
    )


def _cliques_of_sentences(file: Path) -> Iterator[tuple[int, list[_Sentence]]]:
    content: SentenceList = read_json_document(file)
    cliques: dict[int, list[_Sentence]] = {}
    for sentence, clique in zip(content["sentList"], content["cliqueList"], strict=True):
        cliques.setdefault(clique, []).append(sentence)
    yield from enumerate(cliques.values(), 1)


def _records(sentences: Sequence[_Sentence], split: str, number: int) -> Iterator[Record]:
    for index, sentence in enumerate(sentences):
        yield Record(
            id=f"{split}-{number}-{index}",
            source="robust",
            split=split,
            group=f"{split}-{number}",
            text=sentence["sent"],
            schemas={"openie": ()},
            extractions=tuple(_extraction(fields) for fields in sentence["args"]),
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
            records=_clique_records,
            numbered_by="record",
        ),
        Layout(
            name="cliques",
            files={"test": ("ROBUST.json",)},
            recognise=lambda head: bool(_TWO_ARRAYS.match(head.text)) and {"sent", "args"} <= head.json_keys,
            raw_examples=read_json_array,
            records=_records,
            numbered_by="record",
        ),
        Layout(
            name="sentences",
            files={"test": ("robust_sent.json",)},
            recognise=lambda head: "sentList" in head.json_keys,
            raw_examples=_cliques_of_sentences,
            records=_records,
            numbered_by="record",
        ),
    ),
    counts={"test": {"records": 4_932, "groups": 1_272, "extractions": 16_191}},
    notes=(
        "The layouts `cliques` (an array of arrays of sentences) and `sentences` are those of jkx19/LLM4IE; the first "
        "sentence of a clique is the original one.",
        "A clique of a sentence and its paraphrases is a group, and is scored together.",
        "Empty predicates and arguments, and four sentences without a tuple, are kept, because the published scores "
        "count them.",
    ),
)
