"""MAVEN-ERE (Wang et al., 2022): coreference, temporal, causal and subevent relations of events, by document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, chain, combinations
from typing import Any

from adelie_hf.records import Label, Mention, Record, Relation
from adelie_hf.sources.reading import Known, TokenText, json_keys, json_lines, nth, readable, strings
from adelie_hf.sources.source import Shape, Source

_TEMPORAL = ("BEFORE", "OVERLAP", "CONTAINS", "SIMULTANEOUS", "BEGINS-ON", "ENDS-ON")
_CAUSAL = ("CAUSE", "PRECONDITION")
_SCHEMA = tuple(Label(readable(raw), raw) for raw in (*_TEMPORAL, *_CAUSAL, "SUBEVENT", "COREFERENCE"))
_NAMES = Known({label.raw: label.name for label in _SCHEMA})


def _place(mention: Mention) -> tuple[tuple[int, int], ...]:
    return mention.fragments


def _records(document: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    sentences = [strings(tokens) for tokens in document["tokens"]]
    text = TokenText(list(chain.from_iterable(sentences)))
    starts = [0, *accumulate(map(len, sentences))]

    def mention(of: dict[str, Any]) -> Mention:
        start, end = of["offset"]  # tokens of the sentence, end exclusive
        if not 0 <= start < end <= len(nth(sentences, of["sent_id"])):
            raise ValueError(f"token offsets [{start}, {end}) lie outside sentence {of['sent_id']}")
        return text.mention(starts[of["sent_id"]] + start, starts[of["sent_id"]] + end)

    mentions = Known({event["id"]: [mention(each) for each in event["mention"]] for event in document["events"]})
    mentions |= {timex["id"]: [mention(timex)] for timex in document.get("TIMEX", ())}
    if len(mentions) < len(document["events"]) + len(document.get("TIMEX", ())):
        raise ValueError("two events have the same id")
    for same in mentions.values():
        same.sort(key=_place)
    relations = [
        (first, _NAMES[raw], second)
        for raw, pairs in (
            *document["temporal_relations"].items(),
            *document["causal_relations"].items(),
            ("SUBEVENT", document["subevent_relations"]),
        )
        for first, second in pairs
    ]
    in_order = sorted(chain.from_iterable(mentions.values()), key=_place)
    yield Record(
        id=document["id"],
        source="maven-ere",
        split=split,
        group=document["id"],
        text=text.text,
        schemas={"ere": _SCHEMA},
        # A relation holds between events, and so between all of their mentions.
        relations=(
            *(Relation(h, name, t) for a, name, b in relations for h in mentions[a] for t in mentions[b]),
            *(Relation(h, "coreference", t) for same in mentions.values() for h, t in combinations(same, 2)),
        ),
        pairs=tuple(combinations(in_order, 2)),
    )


SOURCE = Source(
    name="maven-ere",
    title="MAVEN-ERE",
    tasks=("ere",),
    role="training",
    domain="Wikipedia",
    licence="GPL-3.0",
    url="https://github.com/THU-KEG/MAVEN-ERE",
    shapes=(
        Shape(
            name="native",
            files={"train": ("train.jsonl",), "validation": ("valid.jsonl",)},  # the test file has no gold answers
            recognise=lambda head: {"sentences", "events", "temporal_relations"} <= json_keys(head),
            units=json_lines,
            records=_records,
        ),
    ),
    counts={"train": {"groups": 2_913}, "validation": {"groups": 710}},
)
