"""Marks in a text as HTML: nested, overlapping and discontinuous ones, cut in code points."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

COLOURS = 12  # then they repeat with another border
BORDERS = 4
DEEPEST = 8  # marks inside each other that the style tells apart
_BLOCK = 4000  # characters: a browser lays out only the blocks of a long text that it shows
_LONGEST_LABEL = 32  # characters: a label is not broken into lines, and a phone is narrow

# A parser of HTML drops NUL, and UTF-8 cannot encode half a surrogate pair. Each becomes one other character, so that
# offsets stay true.
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mention to mark.

    Args:
        id: its name on the page.
        kind: the index of its entry in the legend.
        label: what stands beside it; a long one is cut.
        description: what a pointer, the focus and a screen reader get.
        fragments: [start, end) offsets.
    """

    id: str
    kind: int
    label: str
    description: str
    fragments: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Piece:
    """A part of a mark that is one element: a mark is cut where it crosses another one.

    Args:
        slot: the place of its start tag, which is written when all inside it is known.
        height: how many marks are inside each other in it.
    """

    mark: Mark
    fragment: int
    end: int
    slot: int
    continued: bool = False
    height: int = 0


def shown(text: str) -> Markup:
    r"""Return a text escaped for HTML, such that a browser gets the same characters.

    >>> shown("a < b\r")
    Markup('a &lt; b&#13;')
    """
    return Markup(str(escape(_UNWRITABLE.sub("\ufffd", text))).replace("\r", "&#13;"))


def style_of(kind: int) -> str:
    """Return the classes of an entry of the legend: its colour and its border."""
    return f"k{kind % COLOURS} b{kind // COLOURS % BORDERS}"


def marked(text: str, marks: Sequence[Mark]) -> tuple[Markup, int]:
    """Return a text with its marks as HTML, and how many of them are inside each other at most.

    A long text is cut into blocks, which begin after line ends.

    >>> marked("<b>", [])
    (Markup('<div>&lt;b&gt;</div>'), 0)
    """
    blocks = _block_starts(text)
    starting: defaultdict[int, list[tuple[int, Mark, int]]] = defaultdict(list)
    borders = set(blocks)
    for mark in marks:
        for number, (start, end) in enumerate(mark.fragments):
            if start < end:
                starting[start].append((end, mark, number))
                borders |= {start, end}
    html = [Markup("<div>")]
    open_pieces: list[_Piece] = []
    position = deepest = 0
    for border in sorted(borders):
        html.append(shown(text[position:border]))
        position = border
        continued = _close(html, open_pieces, border, all_of_them=border in blocks)
        if border in blocks:
            html.append(Markup("</div><div>"))
        new = [
            _Piece(mark, number, end, 0) for end, mark, number in sorted(starting[border], key=lambda each: -each[0])
        ]
        for piece in [*continued, *new]:
            piece.slot = len(html)
            html.append(Markup())
            open_pieces.append(piece)
        deepest = max(deepest, len(open_pieces))
    html.append(shown(text[position:]) + Markup("</div>"))
    return Markup().join(html), deepest


def _block_starts(text: str) -> set[int]:
    """Return where the blocks of a text begin, without the first."""
    starts: set[int] = set()
    start = 0
    while start := text.find("\n", start + _BLOCK) + 1:
        if start < len(text):
            starts.add(start)
    return starts


def _close(html: list[Markup], open_pieces: list[_Piece], border: int, *, all_of_them: bool) -> list[_Piece]:
    """Close the pieces that end at a border and those inside them, or all; return what remains of them after it."""
    ending = (index for index, piece in enumerate(open_pieces) if all_of_them or piece.end == border)
    first = next(ending, len(open_pieces))
    remaining: list[_Piece] = []
    while len(open_pieces) > first:
        piece = open_pieces.pop()
        html[piece.slot] = _start_tag(piece, ends=piece.end == border)
        html.append(Markup("</mark>"))
        if open_pieces:
            open_pieces[-1].height = max(open_pieces[-1].height, piece.height + 1)
        if piece.end > border:
            remaining.append(_Piece(piece.mark, piece.fragment, piece.end, 0, continued=True))
    return remaining[::-1]


def _start_tag(piece: _Piece, *, ends: bool) -> Markup:
    mark = piece.mark
    label = mark.label if len(mark.label) <= _LONGEST_LABEL else f"{mark.label[: _LONGEST_LABEL - 1]}…"
    if len(mark.fragments) > 1:
        label += f" {piece.fragment + 1}/{len(mark.fragments)}"
    cut = " rest" * piece.continued + " more" * (not ends)
    tag = Markup('<mark class="m {} d{}{}" data-m="{}" data-k="{}"').format(
        style_of(mark.kind), min(piece.height, DEEPEST), cut, mark.id, mark.kind
    )
    if ends:
        tag += Markup(' data-label="{}"').format(shown(label))
    if not piece.continued and piece.fragment == 0:
        tag += Markup(' id="{}" tabindex="0" aria-description="{}"').format(mark.id, shown(mark.description))
    return tag + Markup(">")
