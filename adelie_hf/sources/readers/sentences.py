"""Documents annotated as a whole, cut into sentences: each annotation goes to the sentence that it lies in."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.sax.saxutils import unescape

from adelie_hf.records import Event, Mention, Record, Relation
from adelie_hf.sources.source import Dropped
from adelie_hf.text_files import excerpt

# A blank line, or a stop with what closes after it, before white space and what can open a sentence.
_BOUNDARY = re.compile(r"\n\s*\n|(?<![.!?])[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[`]*[A-Z0-9])")
# What a single stop does not end: an initial or "U.S.", a title, a month, and the like.
_ABBREVIATION = re.compile(
    r"(?:^|[^A-Za-z])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Maj|Capt|Cmdr|Adm|Sgt|Sen|Rep|Gov|Pres|Rev|Hon|St|Mt"
    r"|Jr|Sr|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Nos?|vs|Inc|Corp|Co|Ltd)\.$"
)
_LONGEST = 6  # characters of an abbreviation, what stands before it included
_SPACES = str.maketrans("\t\n\v\f\r", "     ")
_TAG = re.compile(r"<[^<>]*>")
_MARKUP = {"&quot;": '"', "&apos;": "'"}


class Sentence(NamedTuple):
    """A sentence as the file spells it, and the file's offset of its first character."""

    start: int
    raw: str


def sentences(text: str, start: int = 0) -> Iterator[Sentence]:
    """The sentences of a text whose first character has the offset `start`, without the white space around them."""
    at = 0
    for boundary in [*_BOUNDARY.finditer(text), None]:
        end = boundary.end() if boundary else len(text)
        if boundary and boundary[0] == "." and _ABBREVIATION.search(text, max(0, end - _LONGEST), end):
            continue
        if raw := text[at:end].strip():
            yield Sentence(start + text.index(raw, at), raw)
        at = end


def marked_up(text: str, first: tuple[str, ...], counted: bool) -> Iterator[Sentence]:
    """The sentences between the tags of a marked-up text, from the first tag that is named in `first`, where one is.

    Args:
        counted: whether offsets count the characters of the tags.
    """
    at = left_out = 0
    tags = list(_TAG.finditer(text))
    inside = not any(_name(tag[0]) in first for tag in tags)
    for tag in [*tags, None]:
        end = tag.start() if tag else len(text)
        if inside:
            yield from sentences(text[at:end], at if counted else at - left_out)
        if tag:
            inside = inside or _name(tag[0]) in first
            left_out += len(tag[0])
            at = tag.end()


def _name(tag: str) -> str:
    return tag[1:-1].partition(" ")[0].upper()


@dataclass(frozen=True, slots=True)
class Span:
    """A mention, and the number of its sentence."""

    sentence: int
    mention: Mention


@dataclass(slots=True)
class Document:
    """The sentences of one document, what is annotated in each, and what could not be kept.

    Args:
        escaped: whether the sentences are spelled as in XML, where `&amp;` stands for one character.
    """

    sentences: list[Sentence]
    escaped: bool = False
    dropped: list[Dropped] = field(default_factory=list)
    _texts: list[str] = field(init=False)
    _mentions: dict[int, list[Mention]] = field(default_factory=dict)
    _relations: dict[int, list[Relation]] = field(default_factory=dict)
    _events: dict[int, list[Event]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._texts = [self._unescaped(sentence.raw).translate(_SPACES) for sentence in self.sentences]

    def span(self, start: int, end: int, surface: str, type: str = "") -> Span | None:
        """What stands at [start, end) of the file; None, and counted, where that is not `surface` in one sentence."""
        number = bisect_right(self.sentences, start, key=lambda sentence: sentence.start) - 1
        if number < 0 or not start < end <= self.sentences[number].start + len(self.sentences[number].raw):
            self._drop("a span crosses sentences or lies outside of the text")
            return None
        sentence = self.sentences[number]
        first = len(self._unescaped(sentence.raw[: start - sentence.start]))
        last = len(self._unescaped(sentence.raw[: end - sentence.start]))
        mention = Mention.at(self._texts[number], first, last, type)
        if mention.text.split() != surface.split():
            self._drop("a span does not give the words that are recorded with it")
            return None
        return Span(number, mention)

    def mention(self, span: Span) -> None:
        self._mentions.setdefault(span.sentence, []).append(span.mention)

    def relation(self, head: Span | None, type: str, tail: Span | None) -> None:
        if head is None or tail is None:
            self._drop("a relation's mention is left out")
        elif head.sentence != tail.sentence:
            self._drop("a relation crosses sentences")
        else:
            self._relations.setdefault(head.sentence, []).append(Relation(head.mention, type, tail.mention))

    def event(self, trigger: Span | None, type: str, arguments: Iterable[tuple[Span | None, str]]) -> None:
        """An event with those of its arguments that lie in the trigger's sentence."""
        if trigger is None:
            self._drop("an event's trigger is left out")
            return
        kept = []
        for span, role in arguments:
            if span is None:
                self._drop("an argument's mention is left out")
            elif span.sentence != trigger.sentence:
                self._drop("an argument lies in another sentence than its trigger")
            else:
                kept.append((span.mention, role))
        self._events.setdefault(trigger.sentence, []).append(Event(trigger.mention, type, tuple(kept)))

    def records(self, id: str, **of_all: Any) -> Iterator[Record | Dropped]:
        """A record for each sentence, with its annotations in the order of the text, then what is left out."""
        for number, text in enumerate(self._texts):
            yield Record(
                id=f"{id}-{number}",
                group=id,
                text=text,
                mentions=tuple(sorted(self._mentions.get(number, ()), key=lambda mention: mention.fragments)),
                relations=tuple(self._relations.get(number, ())),
                events=tuple(sorted(self._events.get(number, ()), key=lambda event: event.trigger.fragments)),
                **of_all,
            )
        yield from self.dropped

    def _unescaped(self, raw: str) -> str:
        return unescape(raw, _MARKUP) if self.escaped else raw

    def _drop(self, reason: str) -> None:
        self.dropped.append(Dropped(reason))


def whole(value: Any) -> int:
    """An offset, given as a number or (in an attribute) in digits. Raises ValueError for anything else."""
    if (type(value) is int and value >= 0) or (isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value)):
        return int(value)
    raise ValueError(f"{excerpt(repr(value))} is not an offset")
