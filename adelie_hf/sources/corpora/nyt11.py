"""NYT11 (Riedel et al., 2010; Hoffmann et al., 2011): relations in New York Times text, by distant supervision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypedDict

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import label_names, load_schemas, readable_label
from adelie_hf.sources.readers.drop_reasons import ABSENT, RELATION_LACKS_MENTION
from adelie_hf.sources.readers.known_labels import has_known_labels, labels_of
from adelie_hf.sources.readers.offsets import TokenText, is_absent, locate_surface
from adelie_hf.sources.readers.relation_rows import COTYPE_LABELS, NONE, CoTypeRow, read_cotype
from adelie_hf.sources.source import Dropped, Head, Layout, Source
from adelie_hf.text_files import read_json_lines

_INSIDE_HEAD, _INSIDE_TAIL, _BEGIN_HEAD, _BEGIN_TAIL = 1, 2, 4, 5  # tags of NYT11-HRL


class _HrlRelation(TypedDict):
    em1: str  # surface of the head
    em2: str  # surface of the tail
    rtext: str  # relation
    tags: list[int]  # of the tokens


class HrlRow(TypedDict):
    """A line of NYT11-HRL: a sentence, in which each relation tags the tokens of its head and tail."""

    sentext: str
    relations: list[_HrlRelation]


def _cotype_records(row: CoTypeRow, split: str, number: int) -> Iterator[Record | Dropped]:
    text, entities, triples = read_cotype(row)
    types = {surface: readable_label(label) for surface, label in entities}
    surfaces = dict.fromkeys((*types, *(surface for head, _, tail in triples for surface in (head, tail))))
    mentions = {surface: locate_surface(text, surface, types.get(surface, "")) for surface in surfaces}
    names = label_names("nyt11", "re")
    relations = (Relation(mentions[head], names[raw], mentions[tail]) for head, raw, tail in triples if raw != NONE)
    yield from _results(split, number, text, row.get("articleId", text), mentions.values(), relations)


def _hrl_records(row: HrlRow, split: str, number: int) -> Iterator[Record | Dropped]:
    text = TokenText(row["sentext"].split())
    names = label_names("nyt11", "re")
    relations = [
        Relation(
            _tagged_mention(text, raw["tags"], _BEGIN_HEAD, _INSIDE_HEAD, raw["em1"]),
            names[raw["rtext"]],
            _tagged_mention(text, raw["tags"], _BEGIN_TAIL, _INSIDE_TAIL, raw["em2"]),
        )
        for raw in row["relations"]
    ]
    mentions = (mention for relation in relations for mention in (relation.head, relation.tail))
    yield from _results(split, number, text.text, text.text, mentions, relations)


def _tagged_mention(text: TokenText, tags: list[int], begin: int, inside: int, surface: str) -> Mention:
    """Return the tagged mention with this surface. If there is not exactly one, locate the surface in the text."""
    starts = [position for position, tag in enumerate(tags) if tag == begin]
    ends = [
        next((position for position in range(start + 1, len(tags)) if tags[position] != inside), len(tags))
        for start in starts
    ]
    mentions = [text.mention(start, end) for start, end in zip(starts, ends, strict=True)]
    matches = [mention for mention in mentions if mention.text == surface]
    return matches[0] if len(matches) == 1 else locate_surface(text.text, surface)


def _results(
    split: str, number: int, text: str, group: str, mentions: Iterable[Mention], relations: Iterable[Relation]
) -> Iterator[Record | Dropped]:
    """Yield the record of a sentence without the entities that are not in it, whose accents differ, for example."""
    mentions, relations = list(dict.fromkeys(mentions)), list(dict.fromkeys(relations))
    absent = {mention for mention in mentions if is_absent(text, mention)}
    kept = [relation for relation in relations if absent.isdisjoint((relation.head, relation.tail))]
    yield Record(
        id=f"{split}-{number}",
        source="nyt11",
        split=split,
        group=group,
        text=text,
        schemas=load_schemas("nyt11"),
        mentions=tuple(mention for mention in mentions if mention not in absent),
        relations=tuple(kept),
    )
    yield from [Dropped(ABSENT)] * len(absent)
    yield from [Dropped(RELATION_LACKS_MENTION)] * (len(relations) - len(kept))


def _is_cotype(head: Head) -> bool:
    has_keys = {"sentText", "relationMentions"} <= head.json_keys
    return has_keys and has_known_labels(head, labels_of(*COTYPE_LABELS), label_names("nyt11", "re"), NONE)


_FILES = {"train": ("train.json",), "validation": ("valid.json", "dev.json"), "test": ("test.json",)}

SOURCE = Source(
    name="nyt11",
    title="NYT11",
    tasks=("re",),
    role="training",
    domain="news",
    licence="LDC User Agreement",
    url="https://github.com/truthless11/HRL-RE",
    layouts=(
        Layout(
            name="hrl",
            files=_FILES,
            recognise=lambda head: {"sentext", "relations"} <= head.json_keys,
            raw_examples=read_json_lines,
            records=_hrl_records,
        ),
        Layout(
            name="cotype",
            files=_FILES,
            recognise=_is_cotype,
            raw_examples=read_json_lines,
            records=_cotype_records,
        ),
    ),
    licensed="Linguistic Data Consortium (LDC2008T19, the text)",
    notes=(
        "Labels come from distant supervision, so some relations are not stated in their sentence and others are "
        "missing.",
        "Entities are given as surfaces: a mention has offsets if its surface occurs exactly once in the text as "
        "whole words (or, in the HRL layout, if the tags mark it once), otherwise it has none.",
        "A relation that is listed for several mentions of the same entities is one relation.",
        "An entity that the sentence does not contain, and its relations, are dropped.",
    ),
    drops=(ABSENT, RELATION_LACKS_MENTION),
)
