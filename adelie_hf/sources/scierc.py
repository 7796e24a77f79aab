"""SciERC (Luan et al., 2018): entities and relations in abstracts of scientific papers, by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adelie_hf.records import Label, Mention, Record, Relation
from adelie_hf.sources.reading import Known, TokenText, json_keys, json_lines, readable
from adelie_hf.sources.source import Source

_ENTITIES = ("Task", "Method", "Metric", "Material", "OtherScientificTerm", "Generic")
_RELATIONS = ("USED-FOR", "FEATURE-OF", "HYPONYM-OF", "PART-OF", "EVALUATE-FOR", "COMPARE", "CONJUNCTION")
_SCHEMAS = {
    "ner": tuple(Label(readable(raw), raw) for raw in _ENTITIES),
    "re": tuple(Label(readable(raw), raw) for raw in _RELATIONS),
}
_TYPES, _LINKS = (Known({label.raw: label.name for label in _SCHEMAS[task]}) for task in ("ner", "re"))


def _records(document: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    first = 0  # position in the document of the sentence's first token
    annotated = zip(document["sentences"], document["ner"], document["relations"], strict=True)
    for number, (tokens, entities, relations) in enumerate(annotated):
        text = TokenText(tokens)

        def mention(start: int, end: int, type: str = "", text: TokenText = text, first: int = first) -> Mention:
            return text.mention(start - first, end - first + 1, type)  # the file's ends are inclusive

        typed = {(start, end): mention(start, end, _TYPES[raw]) for start, end, raw in entities}
        yield Record(
            id=f"{document['doc_key']}-{number}",
            source="scierc",
            split=split,
            group=document["doc_key"],
            text=text.text,
            schemas=_SCHEMAS,
            mentions=tuple(mention(start, end, _TYPES[raw]) for start, end, raw in entities),
            relations=tuple(
                Relation(typed.get((s1, e1)) or mention(s1, e1), _LINKS[raw], typed.get((s2, e2)) or mention(s2, e2))
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
    files={"train": ("train.json",), "validation": ("dev.json",), "test": ("test.json",)},
    recognise=lambda head: {"doc_key", "sentences", "ner", "relations"} <= json_keys(head),
    units=json_lines,
    records=_records,
    counted="sentences",
    counts={"train": 1_861, "validation": 275, "test": 551},
)
