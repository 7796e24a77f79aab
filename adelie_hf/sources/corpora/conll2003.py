"""CoNLL-2003 (Tjong Kim Sang and De Meulder, 2003): named entities in English news, by sentence."""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import label_names, load_schemas
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import (
    TaggedSentence,
    all_prefixed,
    column_counts_and_tags,
    entity_types,
    iob2_spans,
    read_tagged_sentences,
)
from adelie_hf.sources.source import Head, Layout, Source

_TYPES = {"PER", "ORG", "LOC", "MISC"}
# Types as some copies write them.
_LONG_TYPES = {"person": "PER", "organisation": "ORG", "organization": "ORG", "location": "LOC", "misc": "MISC"}


def _types(tags: set[str]) -> set[str]:
    return {_LONG_TYPES.get(entity_type, entity_type) for entity_type in entity_types(tags)}


def _recognise(head: Head) -> bool:
    column_counts, tags = column_counts_and_tags(head.text)
    return column_counts in ({2}, {4}) and all_prefixed(tags) and _types(tags) <= _TYPES


def _recognise_copy(head: Head) -> bool:
    """Return whether a file with a general name begins with a document, as the release does, or has all four types."""
    _, tags = column_counts_and_tags(head.text)
    return _recognise(head) and (_types(tags) == _TYPES or head.text.lstrip().startswith("-DOCSTART-"))


def _records(sentence: TaggedSentence, split: str, number: int) -> Iterator[Record]:
    type_names = label_names("conll2003", "ner")
    text = TokenText(sentence.tokens)
    yield Record(
        id=f"{split}-{number}",
        source="conll2003",
        split=split,
        group=f"{split}-document-{sentence.document}" if sentence.document else text.text,
        text=text.text,
        schemas=load_schemas("conll2003"),
        mentions=tuple(
            text.mention(start, end, type_names[_LONG_TYPES.get(raw, raw)])
            for start, end, raw in iob2_spans(sentence.tags)
        ),
    )


SOURCE = Source(
    name="conll2003",
    title="CoNLL-2003",
    tasks=("ner",),
    role="training",
    domain="news",
    licence="research only (Reuters Corpus)",
    url="https://www.clips.uantwerpen.be/conll2003/ner/",
    layouts=(
        Layout(
            name="native",
            files={"train": ("eng.train",), "validation": ("eng.testa",), "test": ("eng.testb",)},
            recognise=_recognise,
            raw_examples=read_tagged_sentences,
            records=_records,
        ),
        Layout(
            name="copy",
            files={
                "train": ("train.txt", "train.conll"),
                "validation": ("valid.txt", "dev.txt", "testa.txt", "valid.conll", "dev.conll"),
                "test": ("test.txt", "testb.txt", "test.conll"),
            },
            recognise=_recognise_copy,
            raw_examples=read_tagged_sentences,
            records=_records,
        ),
    ),
    counts={
        "train": {"records": 14_041, "groups": 946},
        "validation": {"records": 3_250, "groups": 216},
        "test": {"records": 3_453, "groups": 231},
    },
    licensed="NIST, for the Reuters Corpus (https://trec.nist.gov/data/reuters/reuters.html)",
    notes=(
        "The release uses IOB1 tags and copies use IOB2; both are read in the same way, because a tag that does not "
        "continue a mention begins one.",
        "Some copies omit -DOCSTART- lines; their records are then grouped by sentence.",
        "A copy named `train.txt` or similar is read only if it begins with -DOCSTART- or has all four entity types.",
    ),
)
