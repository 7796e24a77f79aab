"""SciERC (Luan et al., 2018): entities and relations in abstracts of scientific papers, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.labels import names, schemas
from adelie_hf.sources.reading import TokenText, json_keys, json_lines
from adelie_hf.sources.source import Shape, Source


def _records(document: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    types, links = names("scierc", "ner"), names("scierc", "re")
    first = 0  # position in the document of the sentence's first token
    annotated = zip(document["sentences"], document["ner"], document["relations"], strict=True)
    for number, (tokens, entities, relations) in enumerate(annotated):
        text = TokenText(tokens)

        def mention(start: int, end: int, type: str = "", text: TokenText = text, first: int = first) -> Mention:
            return text.mention(start - first, end - first + 1, type)  # the file's ends are inclusive

        typed = {(start, end): mention(start, end, types[raw]) for start, end, raw in entities}
        yield Record(
            id=f"{document['doc_key']}-{number}",
            source="scierc",
            split=split,
            group=document["doc_key"],
            text=text.text,
            schemas=schemas("scierc"),
            mentions=tuple(mention(start, end, types[raw]) for start, end, raw in entities),
            relations=tuple(
                Relation(typed.get((s1, e1)) or mention(s1, e1), links[raw], typed.get((s2, e2)) or mention(s2, e2))
                for s1, e1, s2, e2, raw in relations
            ),
        )
        first += len(tokens)


SOURCE = Source(
    name="scierc",
    title="SciERC",
    tasks=("ner", "re"),
    role="training",
    domain="scientific abstracts",
    licence="not stated",
    url="http://nlp.cs.washington.edu/sciIE/",
    shapes=(
        Shape(
            name="native",
            files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
            recognise=lambda head: {"doc_key", "sentences", "ner", "relations"} <= json_keys(head),
            units=json_lines,
            records=_records,
        ),
    ),
    counts={"train": {"records": 1_861}, "validation": {"records": 275}, "test": {"records": 551}},
)
