"""Offsets that do not count code points: the unit is found out by the surfaces that a file gives with its offsets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from adelie_hf.records import Mention
from adelie_hf.text_files import quoted

Fragments = tuple[tuple[int, int], ...]

_CR_OF_LINE_END = re.compile(r"\r+(?=\n|\Z)")


class _Unit(NamedTuple):
    name: str
    size: Callable[[str], int]  # of a character
    counts_cr: bool


_SIZES: dict[str, Callable[[str], int]] = {
    "code points": len,
    "UTF-16 units": lambda character: 1 + (character > "\uffff"),
    "bytes": lambda character: len(character.encode()),
}
_UNITS = [
    _Unit(name + " and the CR of line ends" * counts_cr, size, counts_cr)
    for counts_cr in (False, True)
    for name, size in _SIZES.items()
]


class Placed(NamedTuple):
    """The spans of a document.

    Args:
        mentions: for each span, its text and its offsets in code points, without white space at the ends.
        unit: what the offsets of the file count, if not code points.
        cut: whether a span had white space at its ends.
    """

    mentions: list[Mention]
    unit: str
    cut: bool


class SurfaceDiffers(ValueError):
    """A span whose surface is not the text at its offsets, whatever they count; `number` is its position."""

    def __init__(self, number: int, problem: str):
        super().__init__(problem)
        self.number = number


def place_surfaces(spans: Sequence[Mention], text: str, raw_text: Callable[[], str]) -> Placed:
    """Return spans whose offsets may count something else than code points, as mentions of a text.

    A surface agrees with the text at its offsets if both have the same words: white space may differ, since editors
    cut it, and brat writes a space for a line end.

    Args:
        spans: type, offsets and surface of each span as the file gives them.
        text: the text, with `\\n` at line ends.
        raw_text: returns the text with the line ends of its file; only called where the offsets do not count code
            points.

    Raises:
        SurfaceDiffers: if there is no unit under which all surfaces agree; it describes the offsets in code points.

    >>> place_surfaces([Mention("Bob ", ((3, 7),))], "😀 Bob left", lambda: "😀 Bob left")
    Placed(mentions=[Mention(text='Bob', fragments=((2, 5),), type='')], unit='UTF-16 units', cut=True)
    """
    try:
        return _placed(spans, text, "", int)
    except SurfaceDiffers:
        for unit in _UNITS[1:]:
            try:
                return _placed(spans, text, unit.name, _code_points(raw_text(), unit).__getitem__)
            except (SurfaceDiffers, KeyError):
                continue
        raise


def _placed(spans: Sequence[Mention], text: str, unit: str, convert: Callable[[int], int]) -> Placed:
    mentions, cut = [], False
    for number, span in enumerate(spans):
        fragments = tuple((convert(start), convert(end)) for start, end in span.fragments)
        try:
            pieces = [Mention.at(text, start, end).text for start, end in fragments]
        except ValueError as error:
            raise SurfaceDiffers(number, str(error)) from None
        words = [piece.split() for piece in pieces]
        if [word for piece in words for word in piece] != span.text.split() or not all(words):
            raise SurfaceDiffers(number, f"the text at its offsets is {quoted(' '.join(pieces))}")
        cut = cut or any(piece != piece.strip() for piece in pieces)
        fragments = tuple(line for start, end in fragments for line in _lines(text, start, end))
        mentions.append(Mention(" ".join(text[start:end] for start, end in fragments), fragments, span.type))
    return Placed(mentions, unit, cut)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the lines of a span, without white space at their ends: a mention has one fragment for each."""
    for line in text[start:end].split("\n"):
        if line.strip():
            yield start + len(line) - len(line.lstrip()), start + len(line.rstrip())
        start += len(line) + 1


def _code_points(raw_text: str, unit: _Unit) -> dict[int, int]:
    """Return offset in a unit -> offset in code points of the text without the CR of line ends.

    An offset within a character is not in it.
    """
    line_ends = {at for match in _CR_OF_LINE_END.finditer(raw_text) for at in range(*match.span())}
    table, offset, position = {0: 0}, 0, 0
    for at, character in enumerate(raw_text):
        if at not in line_ends:
            offset += unit.size(character)
            position += 1
        elif unit.counts_cr:
            offset += unit.size(character)
        table[offset] = position
    return table
