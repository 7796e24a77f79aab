"""The JSON form of RAMS: a window of sentences with triggers, and links from them to their arguments.

Positions are tokens of the window, the last one included.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import NamedTuple, NotRequired, TypedDict

from adelie_hf.records import Mention
from adelie_hf.sources.readers.known_labels import EACH
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, string_list
from adelie_hf.text_files import excerpt

EVENT_TYPES = ("evt_triggers", EACH, 2, EACH, 0)  # where a window has its labels (see `known_labels`)

_ROLE_PREFIX = re.compile(r"^evt\d+arg\d+")

# JSON arrays.
_Span = tuple[int, int]  # first and last token
_Trigger = tuple[int, int, list[tuple[str, float]]]  # first and last token, event types with scores
_ArgumentLink = tuple[_Span, _Span, str]  # trigger, argument, role as in `evt1arg02place`


class RamsWindow(TypedDict):
    """A line of a file."""

    doc_key: str
    source_url: NotRequired[str]
    sentences: list[list[str]]
    evt_triggers: list[_Trigger]
    gold_evt_links: list[_ArgumentLink]


class RamsEvent(NamedTuple):
    """An event with the labels of its file."""

    trigger: Mention
    type: str
    arguments: list[tuple[Mention, str]]


def read_window(window: RamsWindow) -> tuple[str, list[RamsEvent]]:
    """Return the text of a window and its events, each with the first of its types.

    Raises:
        ValueError: where two events have the same trigger, or a link of several events begins at none of them.
    """
    text = TokenText(list(chain.from_iterable(map(string_list, window["sentences"]))))
    events: StrictDict[RamsEvent] = StrictDict()
    for first, last, types in window["evt_triggers"]:
        if (key := f"{first}-{last}") in events:
            raise ValueError("two events have the same trigger")
        events[key] = RamsEvent(text.mention(first, last + 1), _first_type(types), [])
    for (trigger_first, trigger_last), (first, last), role in window["gold_evt_links"]:
        # Of a single event, all arguments are.
        key = next(iter(events)) if len(events) == 1 else f"{trigger_first}-{trigger_last}"
        events[key].arguments.append((text.mention(first, last + 1), _ROLE_PREFIX.sub("", role)))
    return text.text, list(events.values())


def _first_type(types: list[tuple[str, float]]) -> str:
    if not (isinstance(types, list) and types and isinstance(types[0], list | tuple) and types[0]):
        raise ValueError(f"{excerpt(repr(types))} is not a list of event types with their scores")
    return types[0][0]
