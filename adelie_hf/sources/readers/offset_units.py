"""Offsets that do not count code points: the unit is found out by the surfaces that a file gives with its offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from adelie_hf.records import Mention
from adelie_hf.sources.source import Noted
from adelie_hf.text_files import quoted

Fragments = tuple[tuple[int, int], ...]


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


class Surface(NamedTuple):
    """The offsets of a span, [start, end) for each fragment, and what the file says that it reads, if it does."""

    fragments: Fragments
    text: str | None


class Placed(NamedTuple):
    """The spans of a text.

    Args:
        spans: for each span, its fragments in code points, without white space at their ends.
        unit: what the offsets of the file count, if not code points.
        cut: whether a fragment had white space at its ends.
    """

    spans: list[Fragments]
    unit: str
    cut: bool

    def remarks(self) -> Iterator[Noted]:
        """Yield what a user has to know of the spans."""
        if self.unit:
            yield Noted(f"documents with offsets that count {self.unit}")
        if self.cut:
            yield Noted("documents in which white space at the ends of a span was cut")


class SurfaceDiffers(ValueError):
    """A span whose surface is not the text at its offsets, whatever they count; `number` is its position."""

    def __init__(self, number: int, problem: str):
        super().__init__(problem)
        self.number = number


def place_surfaces(spans: Sequence[Surface], text: str, raw_text: Callable[[], str]) -> Placed:
    """Return where spans are in a text, whatever unit their offsets count.

    A surface agrees with the text at its offsets if both have the same words: white space may differ, since editors
    cut it, and brat writes a space for a line end. Another unit than code points is only considered if all spans have
    surfaces, so that no span is guessed.

    Args:
        spans: the spans as the file gives them.
        text: the text.
        raw_text: returns the text with carriage returns that it lacks, but its offsets may count; only called where
            they do not count code points.

    Raises:
        SurfaceDiffers: if there is no unit under which all surfaces agree; it describes the offsets in code points.

    >>> place_surfaces([Surface(((3, 7),), "Bob ")], "😀 Bob left", lambda: "😀 Bob left")
    Placed(spans=[((2, 5),)], unit='UTF-16 units', cut=True)
    """
    try:
        return _placed(spans, text, "", int)
    except SurfaceDiffers:
        if any(span.text is None for span in spans):
            raise
        raw = raw_text()
        for unit in _UNITS[1:] if raw != text else _UNITS[1 : len(_SIZES)]:
            try:
                positions = _code_points(text, raw if unit.counts_cr else text, unit.size)
                return _placed(spans, text, unit.name, positions.__getitem__)
            except (SurfaceDiffers, KeyError):
                continue
        raise


def _placed(spans: Sequence[Surface], text: str, unit: str, convert: Callable[[int], int]) -> Placed:
    placed, cut = [], False
    for number, span in enumerate(spans):
        fragments = tuple((convert(start), convert(end)) for start, end in span.fragments)
        try:
            pieces = [Mention.at(text, start, end).text for start, end in fragments]
        except ValueError as error:
            raise SurfaceDiffers(number, str(error)) from None
        found = " ".join(pieces)
        said = f"the text at {', '.join(f'[{start}, {end})' for start, end in span.fragments)} is {quoted(found)}"
        if not all(piece.strip() for piece in pieces):
            raise SurfaceDiffers(number, f"{said}, white space alone")
        if span.text is not None and found.split() != span.text.split():
            raise SurfaceDiffers(number, f"{said}, not {quoted(span.text)}")
        cut = cut or any(piece != piece.strip() for piece in pieces)
        placed.append(tuple(strip_fragment(text, start, end) for start, end in fragments))
    return Placed(placed, unit, cut)


def strip_fragment(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of `text[start:end]` without white space at its ends."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _code_points(text: str, raw_text: str, size: Callable[[str], int]) -> dict[int, int]:
    """Return offset in a raw text -> offset in code points of the text, which lacks some of its carriage returns.

    An offset within a character is not in it.
    """
    table, offset, position = {0: 0}, 0, 0
    for character in raw_text:
        offset += size(character)
        position += character != "\r" or text[position : position + 1] == "\r"
        table[offset] = position
    return table
