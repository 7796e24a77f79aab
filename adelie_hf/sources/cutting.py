"""Long documents of a user's own data, cut at the ends of sentences: a record for each piece.

No border lies within a mention. What has its parts in different pieces is dropped, with a reason: a discontinuous
mention, a relation, a pair, an argument of an event.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import InitVar, dataclass, field, replace
from itertools import pairwise
from typing import Literal, NamedTuple

from adelie_hf.records import Event, Mention, Record, Relation
from adelie_hf.sources.readers.sentences import sentence_spans
from adelie_hf.sources.source import Dropped, Noted

# Where documents are cut: at every sentence, or into pieces of whole sentences of at most so many characters.
Cut = Literal["sentences"] | int

MENTION_CUT = "a mention has fragments in different pieces of its document"
RELATION_CUT = "a relation has its ends in different pieces of its document"
PAIR_CUT = "a pair has its mentions in different pieces of its document"
TRIGGER_CUT = "a trigger has fragments in different pieces of its document"
ARGUMENT_CUT = "an argument is in another piece of its document than its trigger"
NOT_CUT = "documents left whole, since an annotation has no place in the text"


class _Piece(NamedTuple):
    start: int
    end: int


def cut_record(record: Record, cut: Cut) -> Iterator[Record | Dropped | Noted]:
    """Yield a record for each piece of a document, and what is dropped; the record itself where there is one piece.

    A sentence that is longer than the limit is a piece of its own.
    """
    limit = 0 if cut == "sentences" else cut
    if len(record.text) <= limit:
        yield record
        return
    mentions = dict.fromkeys(record.all_mentions())
    pieces = _pieces(record.text, [span for mention in mentions for span in mention.fragments], limit)
    if len(pieces) == 1:
        yield record
        return
    if (
        record.extractions
        or record.table
        or record.instruction
        or record.explanation
        or not all(mention.fragments for mention in mentions)
    ):
        yield record
        yield Noted(NOT_CUT)
        return
    parts = _Parts(pieces, mentions)
    parts.add(record)
    yield from map(Dropped, parts.dropped)
    yield from parts.records(record)


def _pieces(text: str, spans: list[tuple[int, int]], limit: int) -> list[_Piece]:
    """Return the pieces of a text; `spans` are those without a border inside."""
    sentences = list(sentence_spans(text)) or [(0, len(text))]
    starts = [0, *(start for start, _ in sentences[1:])]
    joined: set[int] = set()
    for start, end in spans:
        joined.update(range(bisect_right(starts, start), bisect_right(starts, end - 1)))
    starts = [start for number, start in enumerate(starts) if number not in joined]
    spans = sorted(spans)
    parts = [_stripped(text, start, end, spans) for start, end in pairwise([*starts, len(text)])]
    pieces: list[_Piece] = []
    for part in parts:
        if pieces and part.end - pieces[-1].start <= limit:
            pieces[-1] = _Piece(pieces[-1].start, part.end)
        else:
            pieces.append(part)
    return pieces


def _stripped(text: str, start: int, end: int, spans: list[tuple[int, int]]) -> _Piece:
    """Return a part of a text without white space around it, unless that belongs to one of the sorted spans."""
    part = text[start:end]
    first, last = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
    inside = spans[bisect_left(spans, (start,)) : bisect_left(spans, (end,))]
    return _Piece(min([first, *(span[0] for span in inside)]), max([last, *(span[1] for span in inside)]))


@dataclass(slots=True)
class _Parts:
    """The annotations of a document by piece, with the reasons for those that are in none."""

    pieces: list[_Piece]
    all_mentions: InitVar[Iterable[Mention]]
    dropped: list[str] = field(default_factory=list)
    places: dict[Mention, int] = field(default_factory=dict)
    mentions: dict[int, list[Mention]] = field(default_factory=lambda: defaultdict(list))
    relations: dict[int, list[Relation]] = field(default_factory=lambda: defaultdict(list))
    pairs: dict[int, list[tuple[Mention, Mention]]] = field(default_factory=lambda: defaultdict(list))
    events: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self, all_mentions: Iterable[Mention]) -> None:
        starts = [piece.start for piece in self.pieces]
        for mention in all_mentions:
            numbers = {bisect_right(starts, start) - 1 for start, _ in mention.fragments}
            self.places[mention] = numbers.pop() if len(numbers) == 1 else -1

    def add(self, record: Record) -> None:
        """Assign the annotations of a record to the pieces."""
        for mention in record.mentions:
            if self._together(MENTION_CUT, mention):
                self.mentions[self.places[mention]].append(self._moved(mention))
        for relation in record.relations:
            if self._together(RELATION_CUT, relation.head, relation.tail):
                moved = Relation(self._moved(relation.head), relation.type, self._moved(relation.tail))
                self.relations[self.places[relation.head]].append(moved)
        for first, second in record.pairs:
            if self._together(PAIR_CUT, first, second):
                self.pairs[self.places[first]].append((self._moved(first), self._moved(second)))
        for event in record.events:
            if self._together(TRIGGER_CUT, event.trigger):
                arguments = tuple(
                    (self._moved(argument), role)
                    for argument, role in event.arguments
                    if self._together(ARGUMENT_CUT, event.trigger, argument)
                )
                self.events[self.places[event.trigger]].append(
                    Event(self._moved(event.trigger), event.type, arguments)
                )

    def records(self, record: Record) -> Iterator[Record]:
        """Yield the record of each piece."""
        for number, (start, end) in enumerate(self.pieces):
            yield replace(
                record,
                id=f"{record.id}#{number}",
                text=record.text[start:end],
                mentions=tuple(self.mentions[number]),
                relations=tuple(self.relations[number]),
                pairs=tuple(self.pairs[number]),
                events=tuple(self.events[number]),
            )

    def _together(self, reason: str, *mentions: Mention) -> bool:
        """Return whether mentions are in one piece; count the reason where they are not."""
        places = {self.places[mention] for mention in mentions}
        inside = len(places) == 1 and -1 not in places
        self.dropped += [] if inside else [reason]
        return inside

    def _moved(self, mention: Mention) -> Mention:
        offset = self.pieces[self.places[mention]].start
        return replace(mention, fragments=tuple((start - offset, end - offset) for start, end in mention.fragments))
