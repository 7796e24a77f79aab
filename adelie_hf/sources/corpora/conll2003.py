"""CoNLL-2003 (Tjong Kim Sang and De Meulder, 2003): named entities in English news, by sentence."""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import Sentence, bio_spans, look, prefixed, sentences, types
from adelie_hf.sources.source import Layout, Source

# Copies spell the types out.
_SPELT = {"person": "PER", "organisation": "ORG", "organization": "ORG", "location": "LOC", "misc": "MISC"}
_TYPES = {"PER", "ORG", "LOC", "MISC"}


def _recognise(head: str) -> bool:
    columns, tags = look(head)
    return columns in ({2}, {4}) and prefixed(tags) and {_SPELT.get(type, type) for type in types(tags)} <= _TYPES


def _recognise_copy(head: str) -> bool:
    """A file of any name: it opens a document as the release does, or has all of the types."""
    _, tags = look(head)
    whole = {_SPELT.get(type, type) for type in types(tags)} == _TYPES
    return _recognise(head) and (whole or head.lstrip().startswith("-DOCSTART-"))


def _records(sentence: Sentence, split: str, where: int) -> Iterator[Record]:
    shown = names_of("conll2003", "ner")
    text = TokenText(sentence.tokens)
    yield Record(
        id=f"{split}-{where}",
        source="conll2003",
        split=split,
        group=f"{split}-document-{sentence.document}" if sentence.document else text.text,
        text=text.text,
        schemas=schemas_of("conll2003"),
        mentions=tuple(
            text.mention(start, end, shown[_SPELT.get(raw, raw)]) for start, end, raw in bio_spans(sentence.tags)
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
            name="native",  # IOB1; IOB2 reads the same way
            files={"train": ("eng.train",), "validation": ("eng.testa",), "test": ("eng.testb",)},
            recognise=_recognise,
            raw_examples=sentences,
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
            raw_examples=sentences,
            records=_records,
        ),
    ),
    counts={
        "train": {"records": 14_041, "groups": 946},
        "validation": {"records": 3_250, "groups": 216},
        "test": {"records": 3_453, "groups": 231},
    },
    licensed="NIST, for the Reuters Corpus (https://trec.nist.gov/data/reuters/reuters.html)",
)
