"""Long texts cut into windows that overlap: whole sentences as far as they fit."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

# The end of a sentence: a mark with what closes it, or an empty line; and the white space after it. A run of marks is
# looked at once: a page of dots would take minutes otherwise.
_SENTENCE = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+\s+|[。！？؟।]+[”’」』）]*\s*|\n\s*\n\s*")
_WORD = re.compile(r"\S+\s*|\s+")
_LONGEST_UNIT = 16  # characters of a unit of length: bounds what is measured in a text without sentences


class Window(NamedTuple):
    """A part of a text: `text[start:end]`."""

    start: int
    end: int


def cut(text: str, length: Callable[[str], int], limit: int, overlap: int) -> list[Window]:
    """Cut a text into windows of at most `limit`, each beginning up to `overlap` before the end of the one before.

    Windows begin and end at sentences. A sentence that is longer than the limit is cut at white space, and a word that
    is longer within it.

    Args:
        length: a part of the text -> its length, for example in tokens.
        limit: the largest length of a window.
        overlap: the largest length of what two windows share; 0 for none.

    Raises:
        ValueError: for a limit below 1, and an overlap that is not below the limit.

    >>> [text[start:end] for text in ["One. Two. Three."] for start, end in cut(text, len, 11, 6)]
    ['One. Two. ', 'Two. Three.']
    """
    if limit < 1 or not 0 <= overlap < limit:
        raise ValueError(f"a window of {limit} with an overlap of {overlap}: give 0 <= overlap < limit")
    if length(text) <= limit:
        return [Window(0, len(text))] if text else []
    pieces = list(_pieces(text, length, limit))
    sizes = [length(text[start:end]) for start, end in pieces]
    windows: list[Window] = []

    def measured(first: int, last: int) -> int:
        return length(text[pieces[first].start : pieces[last].end])

    # Sizes are added up first, then measured: two parts of a text may have more tokens together than each on its own.
    first = 0
    while True:
        last, size = first, sizes[first]
        while last + 1 < len(pieces) and size + sizes[last + 1] <= limit:
            last += 1
            size += sizes[last]
        while last > first and measured(first, last) > limit:
            last -= 1
        windows.append(Window(pieces[first].start, pieces[last].end))
        if last + 1 == len(pieces):
            return windows
        following, shared = last + 1, 0
        # What is repeated must leave room for a new piece, so that the next window reaches beyond this one.
        while following - 1 > first and shared + sizes[following - 1] <= min(overlap, limit - sizes[last + 1]):
            following -= 1
            shared += sizes[following]
        while following <= last and (measured(following, last) > overlap or measured(following, last + 1) > limit):
            following += 1
        first = following


def _pieces(text: str, length: Callable[[str], int], limit: int) -> Iterator[Window]:
    """Yield sentences; of one that is longer than the limit its parts."""
    for start, end in _sentences(text):
        if length(text[start:end]) <= limit:
            yield Window(start, end)
        else:
            yield from _parts(text, start, end, length, limit)


def _sentences(text: str) -> Iterator[Window]:
    start = 0
    for match in _SENTENCE.finditer(text):
        yield Window(start, match.end())
        start = match.end()
    if start < len(text):
        yield Window(start, len(text))


def _parts(text: str, start: int, end: int, length: Callable[[str], int], limit: int) -> Iterator[Window]:
    """Yield parts of a long sentence, each as many words as fit; a word that is longer than the limit is cut."""
    words = [match.end() for match in _WORD.finditer(text, start, end)]
    while start < end:
        reach = start + _LONGEST_UNIT * limit
        word = bisect_right(words, start)
        borders = words[word : max(bisect_right(words, reach), word + 1)]
        stop = _last_that_fits(text, start, borders, length, limit)
        if stop is None:
            stop = _last_that_fits(text, start, range(start + 1, min(reach, end) + 1), length, limit) or start + 1
        yield Window(start, stop)
        start = stop


def _last_that_fits(
    text: str, start: int, borders: Sequence[int], length: Callable[[str], int], limit: int
) -> int | None:
    """Return the last border at which the part from `start` is within the limit; None where the first one is not."""
    low, high = 0, len(borders)
    while low < high:
        middle = (low + high) // 2
        if length(text[start : borders[middle]]) <= limit:
            low = middle + 1
        else:
            high = middle
    return borders[low - 1] if low else None
