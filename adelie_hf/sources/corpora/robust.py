"""ROBUST (Qi et al., 2023): open relation tuples of CaRB's sentences and of their paraphrases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adelie_hf.answers import Extraction
from adelie_hf.records import Record
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_array


def _records(clique: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    """The sentences of a clique: the original, then its paraphrases; all say the same and are scored together."""
    paraphrases = [(paraphrase["sent"], paraphrase["args"]) for paraphrase in clique["paraphrases"]]
    for number, (sentence, tuples) in enumerate([(clique["ori_sent"], clique["ori_args"]), *paraphrases]):
        yield Record(
            id=f"{split}-{where}-{number}",
            source="robust",
            split=split,
            group=f"{split}-{where}",
            text=sentence,
            schemas={"openie": ()},
            extractions=tuple(_extraction(each) for each in tuples),
        )


def _extraction(fields: Any) -> Extraction:
    """Predicate, then arguments, empty ones included: they count in the published scores."""
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
            recognise=lambda head: {"ori_sent", "ori_args", "paraphrases"} <= json_keys(head),
            raw_examples=read_json_array,
            records=_records,
            numbered_by="record",
        ),
    ),
    counts={"test": {"records": 4_932, "groups": 1_272, "extractions": 16_191}},
)
