"""Few-NERD (Ding et al., 2021): 66 fine types of entities in sentences of Wikipedia. Held out.

Its tags have no prefix, so that neighbours of one type are one mention, here as in the release.
"""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.records import Record
from adelie_hf.sources.label_sets import names_of, schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import Sentence, bare_spans, look, sentences
from adelie_hf.sources.source import Layout, Source

_COARSE = {"art", "building", "event", "location", "organization", "other", "person", "product"}


def _recognise(head: str) -> bool:
    columns, tags = look(head)
    coarse = {tag.partition("-")[0] for tag in tags - {"O"} if "-" in tag}
    return columns == {2} and bool(coarse) and coarse <= _COARSE


def _records(sentence: Sentence, split: str, where: int) -> Iterator[Record]:
    shown = names_of("fewnerd", "ner")
    text = TokenText(sentence.tokens)
    yield Record(
        id=f"{split}-{where}",
        source="fewnerd",
        split=split,
        group=text.text,  # the files do not say where an article ends
        text=text.text,
        schemas=schemas_of("fewnerd"),
        mentions=tuple(text.mention(start, end, shown[raw]) for start, end, raw in bare_spans(sentence.tags)),
    )


def _shape(name: str, folder: str) -> Layout:
    return Layout(
        name=name,
        files={
            "train": (f"{folder}train.txt",),
            "validation": (f"{folder}dev.txt",),
            "test": (f"{folder}test.txt",),
        },
        recognise=_recognise,
        raw_examples=sentences,
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
    # The release has the same sentences under `inter` and `intra`, where each split has labels of its own only.
    layouts=(_shape("supervised", "supervised/"), _shape("native", "")),
    counts={"train": {"records": 131_767}, "validation": {"records": 18_824}, "test": {"records": 37_648}},
)
