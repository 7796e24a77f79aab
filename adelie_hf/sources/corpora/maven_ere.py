"""MAVEN-ERE (Wang et al., 2022): coreference, temporal, causal and subevent relations of events, by document."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations
from typing import NotRequired, TypedDict

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas, readable_label
from adelie_hf.sources.readers.offsets import DocumentText
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.text_files import read_json_lines

# All pairs of mentions are asked about. Real articles have dozens of mentions.
_MAX_MENTIONS = 1_000
_TOO_MANY_MENTIONS = f"the document has more than {_MAX_MENTIONS:,} mentions, and too many pairs"


class _EventMention(TypedDict):
    sent_id: int
    offset: tuple[int, int]  # tokens [start, end) of the sentence


class _Event(TypedDict):
    id: str
    type: str
    mention: list[_EventMention]


class _TimeExpression(_EventMention):
    id: str
    type: str


_IdPair = tuple[str, str]  # of events or time expressions


class MavenEreDocument(TypedDict):
    """A line of a file."""

    id: str
    tokens: list[list[str]]
    events: list[_Event]
    TIMEX: NotRequired[list[_TimeExpression]]
    temporal_relations: dict[str, list[_IdPair]]
    causal_relations: dict[str, list[_IdPair]]
    subevent_relations: list[_IdPair]


def _fragments(mention: Mention) -> tuple[tuple[int, int], ...]:
    return mention.fragments


def _records(document: MavenEreDocument, split: str, number: int) -> Iterator[Record | Dropped]:
    text = DocumentText(document["tokens"])

    def mention(raw: _EventMention, type: str) -> Mention:
        start, end = raw["offset"]
        return text.mention_in_sentence(raw["sent_id"], start, end, readable_label(type))

    events, times = document["events"], document.get("TIMEX", ())
    mentions_by_id = StrictDict(
        {event["id"]: [mention(raw, event["type"]) for raw in event["mention"]] for event in events}
    )
    mentions_by_id |= {time["id"]: [mention(time, time["type"])] for time in times}
    if len(mentions_by_id) < len(events) + len(times):
        raise ValueError("two events have the same id")
    mentions = sorted(chain.from_iterable(mentions_by_id.values()), key=_fragments)
    if len(mentions) > _MAX_MENTIONS:
        yield Dropped(_TOO_MANY_MENTIONS)
        return
    relations_by_type = (
        *document["temporal_relations"].items(),
        *document["causal_relations"].items(),
        ("SUBEVENT", document["subevent_relations"]),
    )
    relation_names = label_names("maven-ere", "ere")
    # A relation holds between two events, and therefore between all of their mentions.
    event_relations = (
        Relation(head, relation_names[raw], tail)
        for raw, pairs in relations_by_type
        for first, second in pairs
        for head in mentions_by_id[first]
        for tail in mentions_by_id[second]
    )
    coreferences = (
        Relation(head, relation_names["COREFERENCE"], tail)
        for event_mentions in mentions_by_id.values()
        for head, tail in combinations(sorted(event_mentions, key=_fragments), 2)
    )
    yield Record(
        id=document["id"],
        source="maven-ere",
        split=split,
        group=document["id"],
        text=text.text,
        schemas=load_schemas("maven-ere"),
        mentions=tuple(mentions),
        relations=tuple(dict.fromkeys(chain(event_relations, coreferences))),
        pairs=tuple(combinations(mentions, 2)),
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
            files={"train": ("train.jsonl",), "validation": ("valid.jsonl",)},
            recognise=lambda head: {"sentences", "events", "temporal_relations"} <= head.json_keys,
            raw_examples=read_json_lines,
            records=_records,
        ),
    ),
    counts={"train": {"groups": 2_913}, "validation": {"groups": 710}},
    notes=(
        "The test split is published without gold answers and is not read.",
        "A record is a document, and all pairs of its event mentions and time expressions are asked about; most are "
        "unrelated.",
        "A relation between two events holds between all of their mentions, and the mentions of one event corefer.",
        f"Documents with more than {_MAX_MENTIONS:,} mentions are dropped, because the number of pairs grows with the "
        "square of the mentions.",
    ),
    drops=(_TOO_MANY_MENTIONS,),
)
