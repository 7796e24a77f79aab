"""MAVEN-ERE (Wang et al., 2022): coreference, temporal, causal and subevent relations of events, by document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations
from typing import Any

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import names_of, readable_label, schemas_of
from adelie_hf.sources.readers.offsets import DocumentText
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import json_keys, read_json_lines

# Each two mentions of a document are a pair that is asked about, so that pairs grow with the square of the
# mentions. Articles have some dozens; half a million pairs of one text are a fault, not an article.
_MOST_MENTIONS = 1_000


def _place(mention: Mention) -> tuple[tuple[int, int], ...]:
    return mention.fragments


def _records(document: dict[str, Any], split: str, where: int) -> Iterator[Record | Dropped]:
    text = DocumentText(document["tokens"])

    def mention(of: dict[str, Any], type: str) -> Mention:
        start, end = of["offset"]  # tokens of the sentence, end exclusive
        return text.within(of["sent_id"], start, end, readable_label(type))

    events, times = document["events"], document.get("TIMEX", ())
    mentions = StrictDict(
        {event["id"]: [mention(each, event["type"]) for each in event["mention"]] for event in events}
    )
    mentions |= {time["id"]: [mention(time, time["type"])] for time in times}
    if len(mentions) < len(events) + len(times):
        raise ValueError("two events have the same id")
    in_order = sorted(chain.from_iterable(mentions.values()), key=_place)
    if len(in_order) > _MOST_MENTIONS:
        yield Dropped(f"the document has more than {_MOST_MENTIONS:,} mentions, and too many pairs")
        return
    raw_relations = (
        *document["temporal_relations"].items(),
        *document["causal_relations"].items(),
        ("SUBEVENT", document["subevent_relations"]),
    )
    shown = names_of("maven-ere", "ere")
    # A relation holds between events, and so between all of their mentions.
    between = (
        Relation(head, shown[raw], tail)
        for raw, pairs in raw_relations
        for first, second in pairs
        for head in mentions[first]
        for tail in mentions[second]
    )
    same = (
        Relation(head, shown["COREFERENCE"], tail)
        for of_event in mentions.values()
        for head, tail in combinations(sorted(of_event, key=_place), 2)
    )
    yield Record(
        id=document["id"],
        source="maven-ere",
        split=split,
        group=document["id"],
        text=text.text,
        schemas=schemas_of("maven-ere"),
        mentions=tuple(in_order),
        relations=tuple(dict.fromkeys(chain(between, same))),
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
    layouts=(
        Layout(
            name="native",
            files={"train": ("train.jsonl",), "validation": ("valid.jsonl",)},  # the test file has no gold answers
            recognise=lambda head: {"sentences", "events", "temporal_relations"} <= json_keys(head),
            raw_examples=read_json_lines,
            records=_records,
        ),
    ),
    counts={"train": {"groups": 2_913}, "validation": {"groups": 710}},
)
