"""Where a text contains the mentions of an answer.

A mention is looked for as it is, then without regard to case, accents, width and white space, then in parts (a
discontinuous mention is written as its fragments with single spaces between them), then by likeness: all of them whole
words, and only then inside other words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Item, Trigger, Triple, mentions
from adelie_hf.errors import InputError
from adelie_hf.extraction.found import FoundMention, roles_of
from adelie_hf.sources.readers.offsets import UNSPACED

Fragments = tuple[tuple[int, int], ...]

_LIKENESS = 85.0  # of 100: `organisations` for `organisation`
_SHORTEST_LIKE = 4  # characters: shorter mentions resemble too much
_FARTHEST = 60  # characters between two fragments of a mention
_ACCENT = re.compile("[\u0300-\u036f]")
_MOST_PAIRS = 400  # pairs of places that are compared for a relation


def ground(items: Sequence[Item], text: str, *, exact: bool = False) -> list[tuple[tuple[str, FoundMention], ...]]:
    """Return the mentions of each item with their roles and their places in a text.

    Where the text has a mention several times, the items with one mention take its places in their order; a relation
    takes the two places that are nearest to each other, and an argument of an event or extraction the place nearest to
    its trigger or predicate.

    Args:
        exact: find mentions only as they are: many times faster, and what scores count as in the text.

    >>> ((_, first),), ((_, second),) = ground([Entity("Acme", "org"), Entity("ACME", "org")], "Acme, and Acme again")
    >>> first.start, second.start, second.match
    (0, 10, 'fuzzy')
    """
    places = _Places(text, exact)
    used: Counter[str] = Counter()
    return [_ground_item(item, places, used) for item in items]


def _ground_item(item: Item, places: _Places, used: Counter[str]) -> tuple[tuple[str, FoundMention], ...]:
    words = mentions(item)
    found: list[FoundMention]
    match item:
        case Triple():
            found = _nearest_pair(item.head, item.tail, places)
        case EventItem() | Extraction() if words:
            first = _in_order(words[0], places, used)
            found = [first, *(_nearest(other, first, places) for other in words[1:])]
        case Entity() | Trigger() | Argument():
            found = [_in_order(words[0], places, used)]
        case _:
            found = []
    return tuple(zip(roles_of(item), found, strict=True))


def _in_order(words: str, places: _Places, used: Counter[str]) -> FoundMention:
    found = places.of(words)
    key = words if places.exact else _fold(words)[0]
    chosen = found[min(used[key], len(found) - 1)]
    used[key] += 1
    return chosen


def _nearest(words: str, anchor: FoundMention, places: _Places) -> FoundMention:
    found = places.of(words)
    return min(found, key=lambda mention: _distance(mention, anchor)) if anchor.grounded else found[0]


def _nearest_pair(head: str, tail: str, places: _Places) -> list[FoundMention]:
    heads, tails = places.of(head), places.of(tail)
    if len(heads) * len(tails) > _MOST_PAIRS:
        heads, tails = heads[:20], tails[:20]
    pairs = [pair for pair in product(heads, tails) if pair[0].fragments != pair[1].fragments or head == tail]
    return list(min(pairs or [(heads[0], tails[0])], key=lambda pair: _distance(*pair)))


def _distance(one: FoundMention, other: FoundMention) -> int:
    if not one.fragments or not other.fragments:
        return 0
    (start, end), (other_start, other_end) = ((each.fragments[0][0], each.fragments[-1][1]) for each in (one, other))
    return max(other_start - end, start - other_end, 0)


class _Places:
    """The places of mentions in one text, looked up once each."""

    def __init__(self, text: str, exact: bool):
        self.text = text
        self.exact = exact
        self.folded, self.offsets = ("", []) if exact else _fold(text)
        self.known: dict[str, list[FoundMention]] = {}

    def of(self, words: str) -> list[FoundMention]:
        """Return a mention at each of its places, in order; without a place where the text does not contain it."""
        if words not in self.known:
            self.known[words] = self._find(words)
        return self.known[words]

    def _find(self, words: str) -> list[FoundMention]:
        if not words.strip():
            return [FoundMention(words, words)]
        exact = list(_occurrences(words, self.text))
        if self.exact:
            chosen = _whole_words(self.text, exact) or exact
            return [self._mention(words, (place,)) for place in chosen] or [FoundMention(words, words)]
        folded = _fold(words)[0].strip()
        same = list(_occurrences(folded, self.folded))
        found: list[Fragments] = (
            [(place,) for place in _whole_words(self.text, exact)]
            or [(self._original(*place),) for place in _whole_words(self.folded, same)]
            or self._fragments(words)
            or self._like(folded)
            or [(place,) for place in exact]
            or [(self._original(*place),) for place in same]
        )
        return [self._mention(words, fragments) for fragments in found] or [FoundMention(words, words)]

    def _mention(self, words: str, fragments: Fragments) -> FoundMention:
        surface = " ".join(self.text[start:end] for start, end in fragments)
        return FoundMention(words, surface, fragments, "exact" if surface == words else "fuzzy")

    def _original(self, start: int, end: int) -> tuple[int, int]:
        """Return offsets in the text for offsets in its folded form; a letter's accents belong to it."""
        first, last = self.offsets[start], self.offsets[end - 1] + 1
        while last < len(self.text) and _is_mark(self.text[last]):
            last += 1
        return first, last

    def _fragments(self, words: str) -> list[Fragments]:
        """Return the places of the words of a mention in their order, near each other; none where one is missing."""
        parts = words.split()
        if not 2 <= len(parts) <= 12:
            return []
        for first in _whole_words(self.text, _occurrences(parts[0], self.text)):
            fragments = [first]
            for part in parts[1:]:
                begin = fragments[-1][1]
                near = _occurrences(part, self.text, begin, begin + _FARTHEST + len(part))
                if not (following := _whole_words(self.text, near)):
                    break
                fragments.append(following[0])
            else:
                return [_joined(fragments, self.text)]
        return []

    def _like(self, folded: str) -> list[Fragments]:
        """Return the place of the whole words that are most like a mention; none where they are not like enough."""
        if len(folded) < _SHORTEST_LIKE:
            return []
        try:
            from rapidfuzz import fuzz
        except ImportError:
            raise InputError("extraction needs rapidfuzz; pip install 'adelie_hf[extract]'") from None
        aligned = fuzz.partial_ratio_alignment(folded, self.folded, score_cutoff=_LIKENESS)
        if aligned is None or aligned.dest_end <= aligned.dest_start:
            return []
        start, end = _to_whole_words(self.folded, aligned.dest_start, aligned.dest_end)
        return [(self._original(start, end),)] if fuzz.ratio(folded, self.folded[start:end]) >= _LIKENESS else []


def _fold(text: str) -> tuple[str, list[int]]:
    """Return a text without case, accents and width and with single spaces, and the offset of each character's origin.

    >>> _fold("A \\n ß")
    ('a ss', [0, 1, 4, 4])
    """
    folded: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        if character.isspace():
            if folded and folded[-1] == " ":
                continue
            plain = " "
        else:
            plain = _ACCENT.sub("", unicodedata.normalize("NFKD", character)).casefold()
        folded.append(plain)
        offsets.extend([offset] * len(plain))
    return "".join(folded), offsets


def _occurrences(words: str, text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield the places of words in `text[start:end]`, also those that overlap."""
    while words and (found := text.find(words, start, end)) >= 0:
        yield found, found + len(words)
        start = found + 1


def _whole_words(text: str, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places that begin and end at words."""
    return [place for place in places if _to_whole_words(text, *place) == place]


def _to_whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a place that is extended to the words that it begins and ends in, without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while 0 < start < len(text) and _is_inside_word(text, start):
        start -= 1
    while 0 < end < len(text) and _is_inside_word(text, end):
        end += 1
    return start, end


def _is_inside_word(text: str, offset: int) -> bool:
    """Return whether the characters around an offset belong to one word; scripts without spaces have no such words."""
    before, after = text[offset - 1], text[offset]
    return _is_letter(before) and _is_letter(after)


def _is_letter(character: str) -> bool:
    return (character.isalnum() or character == "_" or _is_mark(character)) and not UNSPACED.match(character)


def _is_mark(character: str) -> bool:
    """Return whether a character is an accent or vowel sign of the letter before it."""
    return unicodedata.category(character).startswith("M")


def _joined(fragments: list[tuple[int, int]], text: str) -> Fragments:
    """Return fragments, with those joined that only one space separates."""
    joined = [fragments[0]]
    for start, end in fragments[1:]:
        if text[joined[-1][1] : start] == " ":
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
