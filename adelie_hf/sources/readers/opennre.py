"""The JSON format of the OpenNRE toolkit: tokens, and a head and a tail entity at token positions."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from adelie_hf.records import Mention
from adelie_hf.sources.label_sets import readable_label
from adelie_hf.sources.readers.offsets import TokenText


class OpenNreEntity(TypedDict):
    """An entity: token positions [start, end) and, in some data sets, its type."""

    pos: tuple[int, int]
    type: NotRequired[str]


class OpenNreRow(TypedDict):
    """One line of a file."""

    token: list[str]
    h: OpenNreEntity
    t: OpenNreEntity
    relation: str


def read_head_and_tail(row: OpenNreRow) -> tuple[str, Mention, Mention]:
    """Return the text, the head and the tail of a row."""
    text = TokenText(row["token"])
    return text.text, _entity_mention(text, row["h"]), _entity_mention(text, row["t"])


def _entity_mention(text: TokenText, entity: OpenNreEntity) -> Mention:
    start, end = entity["pos"]
    return text.mention(start, end, readable_label(entity.get("type", "")))
