"""The pairs of mentions that relation classification asks about: their places in a text, and the windows with both."""

from __future__ import annotations

from collections.abc import Sequence

from adelie_hf.answers import Triple
from adelie_hf.errors import InputError
from adelie_hf.extraction.grounding import ground
from adelie_hf.extraction.windows import Window
from adelie_hf.records import Mention
from adelie_hf.text_files import excerpt

# Two mentions, both as their words or both as [start, end) offsets.
Pair = tuple[str, str] | tuple[tuple[int, int], tuple[int, int]]


def locate(pair: Pair, text: str) -> tuple[Mention, Mention]:
    """Return the mentions of a pair; for words the two places that are nearest to each other.

    Raises:
        InputError: for words that the text does not contain, offsets outside it, and anything else.

    >>> locate(("Acme", "Globex"), "Acme owns Globex")[1].fragments
    ((10, 16),)
    """
    match pair:
        case (str() as head, str() as tail):
            return _with_words(head, tail, text)
        case ((int() as start, int() as end), (int() as tail_start, int() as tail_end)):
            try:
                return Mention.at(text, start, end), Mention.at(text, tail_start, tail_end)
            except ValueError as error:
                raise InputError(f"the pair {pair!r} cannot be used: {error}", parameter="pairs") from None
        case _:
            raise InputError(
                f"the pair {pair!r} cannot be used; give two strings, or two (start, end) offsets", parameter="pairs"
            )


def _with_words(head: str, tail: str, text: str) -> tuple[Mention, Mention]:
    ((one, other),) = ground([Triple(head, "", tail)], text)
    for _, mention in (one, other):
        if not mention.grounded:
            raise InputError(f"{mention.answered!r} of a pair is not in the text {excerpt(text)!r}", parameter="pairs")
    return Mention(one[1].text, one[1].fragments), Mention(other[1].text, other[1].fragments)


def window_of(pair: tuple[Mention, Mention], windows: Sequence[Window]) -> Window:
    """Return a window that has both mentions; for mentions further apart, the stretch of windows between them."""
    start = min(mention.fragments[0][0] for mention in pair)
    end = max(mention.fragments[-1][1] for mention in pair)
    first = max(window.start for window in windows if window.start <= start)
    return Window(first, next(window.end for window in windows if window.end >= end and window.start >= first))


def in_window(mention: Mention, window: Window) -> Mention:
    """Return a mention with its offsets in a window."""
    fragments = tuple((start - window.start, end - window.start) for start, end in mention.fragments)
    return Mention(mention.text, fragments, mention.type)
