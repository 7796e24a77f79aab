"""Files of tagged tokens: a token a line, its tag in the last column, a blank line after each sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.text_files import excerpt, read_lines

Spans = Iterator[tuple[int, int, str]]

_DOCUMENT = "-DOCSTART-"
_HEAD_LINES = 2_000  # tell the shape of a file
# Begin, Inside, End, Single of IOB1, IOB2 and IOBES; Last and Unit of BILOU; Middle of BMES.
_PREFIXED = re.compile(r"(?:[BIESLUM]-.+|O)\Z", re.DOTALL)


class Sentence(NamedTuple):
    """The rows of columns of one sentence, and the number of its document (0 before the first -DOCSTART-)."""

    document: int
    rows: list[list[str]]

    @property
    def tokens(self) -> list[str]:
        return [row[0] for row in self.rows]

    @property
    def tags(self) -> list[str]:
        return [row[-1] for row in self.rows]


def cut(line: str) -> list[str]:
    """The columns of a line: between tabs, or between spaces where it has no tab."""
    return line.rstrip().split("\t") if "\t" in line else [column for column in line.split(" ") if column]


def sentences(file: Path) -> Iterator[tuple[int, Sentence]]:
    """The sentences of a file, each with the number of its first line; -DOCSTART- and comment lines are none.

    Raises:
        InputError: naming the file and the line, for a line that has other columns than the first.
    """
    document = start = width = 0
    rows: list[list[str]] = []
    for number, line in read_lines(file):
        # Most lines are a row like the one above, and need no closer look.
        row = line.split("\t") if "\t" in line else line.split(" ")
        if rows and len(row) == width and "" not in row and not line[-1].isspace() and row[0] != _DOCUMENT:
            rows.append(row)
            continue
        if (blank := not line.strip()) or line.startswith(_DOCUMENT):
            if rows:
                yield start, Sentence(document, rows)
                rows = []
            document += not blank
            continue
        row = cut(line)
        if not rows and _comment(row, width):
            continue
        start = start if rows else number
        width = width or len(row)
        if len(row) != width or width < 2 or not row[0]:
            raise InputError(
                f"{file}:{number}: {excerpt(line)!r} is not a token and its tag in {max(width, 2)} columns, "
                "as in the lines above; mend it, or fetch the file again"
            )
        rows.append(row)
    if rows:
        yield start, Sentence(document, rows)


def _comment(row: list[str], width: int) -> bool:
    """Whether a line before a sentence is a comment: `#` may as well be a token."""
    return row[0].startswith("#") and (len(row) != width if width else not _PREFIXED.match(row[-1]) or len(row) < 2)


def look(head: str) -> tuple[set[int], set[str]]:
    """The numbers of columns and the tags that the head of a file of tagged tokens has."""
    rows = [cut(line) for line in islice(_split(head), _HEAD_LINES) if line.strip() and not line.startswith(_DOCUMENT)]
    rows = [row for row in rows if not row[0].startswith("#") or _PREFIXED.match(row[-1])]
    return {len(row) for row in rows}, {row[-1] for row in rows}


def _split(head: str) -> Iterator[str]:
    return (line.rstrip("\r") for line in head.split("\n"))


def types(tags: Iterable[str]) -> set[str]:
    """The types that prefixed tags name."""
    return {tag[2:] for tag in tags if tag != "O"}


def prefixed(tags: Iterable[str]) -> bool:
    """Whether each tag is `O` or a type after a prefix such as `B-`."""
    return all(map(_PREFIXED.match, tags))


def bare_spans(tags: Sequence[str]) -> Spans:
    """Spans [start, end) of a sequence without prefixes: a span is a run of one type."""
    start = 0
    for at in range(1, len(tags) + 1):
        if at == len(tags) or tags[at] != tags[start]:
            if tags[start] != "O":
                yield start, at, tags[start]
            start = at


def prefixed_spans(tags: Sequence[str]) -> Spans:
    """Spans [start, end) of a sequence in any scheme of prefixes: IOB1, IOB2, IOBES, BILOU or BMES.

    A tag that continues nothing opens a span, and a span that is never ended lasts as long as its type.
    """
    if not prefixed(tags):
        wrong = next(tag for tag in tags if not _PREFIXED.match(tag))
        raise ValueError(f"tag {wrong!r} is not `O` or a type after one of B-, I-, E-, S-, L-, U-, M-")
    # What ends or stands alone in other schemes is IOB2 once the tag after it begins a span.
    plain = []
    ended = False
    for tag in tags:
        begins = ended or tag[0] in "BSU"
        plain.append(tag if tag == "O" else f"{'B' if begins else 'I'}-{tag[2:]}")
        ended = tag[0] in "ESLU"
    return bio_spans(plain)


def spans_of(tags: Iterable[str]) -> Callable[[Sequence[str]], Spans]:
    """The reader of sequences with such tags, which are all the tags of a data set.

    Raises:
        ValueError: where some have a prefix and others have not.
    """
    used = set(tags) - {"O"}
    if prefixed(used):
        return prefixed_spans if any(tag[0] in "ESLUM" for tag in used) else bio_spans
    if any(map(_PREFIXED.match, used)):
        raise ValueError("some tags have a prefix such as B- and others have not: no known scheme")
    return bare_spans


def bio_spans(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Spans [start, end) of an IOB2 sequence; an I- tag that continues nothing opens a span, as in conlleval."""
    start, open_type = 0, ""
    for at, tag in enumerate([*tags, "O"]):
        if tag == "O" and not open_type:
            continue
        prefix, _, type = tag.partition("-")
        if prefix not in ("B", "I", "O") or (prefix != "O" and not type):
            raise ValueError(f"tag {tag!r} is not of the IOB2 scheme (B-type, I-type or O)")
        if open_type and (prefix != "I" or type != open_type):
            yield start, at, open_type
            open_type = ""
        if prefix != "O" and not open_type:
            start, open_type = at, type
