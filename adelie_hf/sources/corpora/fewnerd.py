"""Few-NERD (Ding et al., 2021): entities of 66 fine-grained types in Wikipedia sentences. Held out."""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import (
    TaggedSentence,
    column_counts_and_tags,
    read_tagged_sentences,
    unprefixed_spans,
)
from adelie_hf.sources.source import Head, Layout, Source

_COARSE_TYPES = {"art", "building", "event", "location", "organization", "other", "person", "product"}


def _recognise(head: Head) -> bool:
    column_counts, tags = column_counts_and_tags(head.text)
    coarse_types = {tag.partition("-")[0] for tag in tags - {"O"} if "-" in tag}
    return column_counts == {2} and bool(coarse_types) and coarse_types <= _COARSE_TYPES


def _records(sentence: TaggedSentence, split: str, number: int) -> Iterator[Record]:
    type_names = label_names("fewnerd", "ner")
    text = TokenText(sentence.tokens)
    yield Record(
        id=f"{split}-{number}",
        source="fewnerd",
        split=split,
        group=text.text,  # article boundaries are not marked
        text=text.text,
        schemas=load_schemas("fewnerd"),
        mentions=tuple(
            text.mention(start, end, type_names[raw]) for start, end, raw in unprefixed_spans(sentence.tags)
        ),
    )


def _layout(name: str, folder: str) -> Layout[TaggedSentence]:
    return Layout(
        name=name,
        files={
            "train": (f"{folder}train.txt",),
            "validation": (f"{folder}dev.txt",),
            "test": (f"{folder}test.txt",),
        },
        recognise=_recognise,
        raw_examples=read_tagged_sentences,
        records=_records,
    )


SOURCE = Source(
    name="fewnerd",
    title="Few-NERD",
    tasks=("ner",),
    role="held-out",
    domain="Wikipedia",
    licence="CC BY-SA 4.0",
    url="https://ningding97.github.io/fewnerd/",
    layouts=(_layout("supervised", "supervised/"), _layout("native", "")),
    counts={"train": {"records": 131_767}, "validation": {"records": 18_824}, "test": {"records": 37_648}},
    notes=(
        "Tags have no prefixes, so adjacent mentions of one type are one mention, as in the release.",
        "The release has the same sentences in `inter` and `intra`, where each split has only labels of its own; if "
        "`supervised` exists, it is read.",
        "The files do not mark articles, so records are grouped by sentence.",
    ),
)
