"""JSON rows of sentences with relations, in the forms of SpERT, CoType and TACRED."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, NotRequired, TypedDict

from adelie_hf.records import Mention, Relation
from adelie_hf.sources.readers.known_labels import EACH
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import item_at

# Labels of pairs without a relation, and where a row has its labels (see `known_labels`).
NO_RELATION, NONE = "no_relation", "None"
SPERT_LABELS = (("entities", EACH, "type"), ("relations", EACH, "type"))
COTYPE_LABELS = (("relationMentions", EACH, "label"),)
TACRED_LABELS = (("relation",),)


class RelationText(NamedTuple):
    """A text with mentions, and relations between some of them."""

    text: str
    mentions: tuple[Mention, ...]
    relations: tuple[Relation, ...]


class _SpertEntity(TypedDict):
    start: int
    end: int
    type: str


class _SpertRelation(TypedDict):
    head: int  # position in the list of entities
    tail: int
    type: str


class SpertSentence(TypedDict):
    """A row of SpERT: a sentence, whose positions are tokens [start, end)."""

    orig_id: NotRequired[str]
    tokens: list[str]
    entities: list[_SpertEntity]
    relations: list[_SpertRelation]


def read_spert(
    row: SpertSentence, entity_type: Callable[[str], str], relation_type: Callable[[str], str]
) -> RelationText:
    """Return the sentence of a row of SpERT. The functions return the name of a raw type."""
    text = TokenText(row["tokens"])
    mentions = tuple(
        text.mention(entity["start"], entity["end"], entity_type(entity["type"])) for entity in row["entities"]
    )
    relations = tuple(
        Relation(
            item_at(mentions, relation["head"]),
            relation_type(relation["type"]),
            item_at(mentions, relation["tail"]),
        )
        for relation in row["relations"]
    )
    return RelationText(text.text, mentions, relations)


class _CoTypeEntity(TypedDict):
    text: str
    label: str


class _CoTypeRelation(TypedDict):
    em1Text: str
    em2Text: str
    label: str


class CoTypeRow(TypedDict):
    """A row of CoType: a sentence with surfaces. Its `start` fields count entities, not characters."""

    articleId: NotRequired[str]
    sentText: str
    entityMentions: NotRequired[list[_CoTypeEntity]]
    relationMentions: list[_CoTypeRelation]


class CoTypeText(NamedTuple):
    """A text with surfaces and their labels, and triples of surfaces."""

    text: str
    entities: list[tuple[str, str]]
    triples: list[tuple[str, str, str]]


def read_cotype(row: CoTypeRow) -> CoTypeText:
    """Return the text of a row of CoType, also with its triples that stand for no relation."""
    return CoTypeText(
        row["sentText"].strip(),
        [(entity["text"], entity["label"]) for entity in row.get("entityMentions", ())],
        [(raw["em1Text"], raw["label"], raw["em2Text"]) for raw in row["relationMentions"]],
    )


class TacredRow(TypedDict):
    """A row of TACRED: a sentence with a subject and an object, each with first and last token."""

    id: NotRequired[str]
    docid: NotRequired[str]
    relation: str
    token: list[str]
    subj_start: int
    subj_end: int
    subj_type: NotRequired[str]
    obj_start: int
    obj_end: int
    obj_type: NotRequired[str]


class PairText(NamedTuple):
    """A text, and the two mentions that it is about."""

    text: str
    head: Mention
    tail: Mention


def read_tacred(row: TacredRow, subject_type: str, object_type: str) -> PairText:
    """Return the sentence of a row of TACRED, with its two mentions of these types."""
    text = TokenText(row["token"])
    return PairText(
        text.text,
        text.mention(row["subj_start"], row["subj_end"] + 1, subject_type),
        text.mention(row["obj_start"], row["obj_end"] + 1, object_type),
    )
