"""One escape for every text format: a value that contains a delimiter is written as a JSON string.

`Acme` stays `Acme`; with the delimiters `;` and `:`, the value `14:30` becomes `"14:30"`. A value is also quoted when
it is empty, starts with a quotation mark, or starts or ends with white space, so that reading returns exactly what was
written; and when it has what models put around answers (`markup.is_ambiguous`), or a delimiter in full-width
punctuation.

Delimiters are a string of single characters or a tuple of longer ones. A delimiter that starts or ends with a letter
matches whole words only: `is of type` does not match in `this is of types`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import NamedTuple

from adelie_hf.prompts.formats.markup import as_ascii_punctuation, escape_marks, has_marks, is_ambiguous

Delimiters = str | tuple[str, ...]


class Grammar(NamedTuple):
    """How a format delimits values: the arguments of `split_values`."""

    delimiters: Delimiters
    end: str = ""
    separator: str = "\n"


def write_value(value: str, delimiters: Delimiters) -> str:
    """Write a value so that `read_value` restores it from between `delimiters`.

    >>> write_value("Acme", ";:"), write_value("14:30", ";:")
    ('Acme', '"14:30"')
    """
    ambiguous = is_ambiguous(value) or has_delimiter(as_ascii_punctuation(value), delimiters)
    return quote(value) if ambiguous else write_cell(value, delimiters)


def write_cell(value: str, delimiters: Delimiters) -> str:
    """Write a value of a table, which no cleaning changes, so that `read_value` restores it.

    >>> write_cell("- Acme", "|"), write_value("- Acme", ";:")
    ('- Acme', '"- Acme"')
    """
    plain = value == value.strip() != "" and value[0] != '"' and not has_delimiter(value, delimiters)
    plain = plain and not has_marks(value)
    return value if plain else quote(value)


def has_delimiter(value: str, delimiters: Delimiters) -> bool:
    """Return True if a value contains a delimiter."""
    return bool(_any_delimiter(delimiters).search(value))


def quote(value: str) -> str:
    """Write a value as a JSON string with escapes for what ends a Markdown cell or an answer even in a string."""
    return escape_marks(json.dumps(value, ensure_ascii=False).replace("|", "\\u007c"))


def read_value(piece: str) -> str:
    """Read a quoted or plain value, without the white space around it. Never raises."""
    piece = piece.strip()
    if len(piece) >= 2 and piece[0] == piece[-1] == '"':
        try:
            value: str = json.loads(piece, strict=False)
            value.encode()  # an unpaired surrogate is not text and could not be stored
            return value
        except ValueError:
            pass
    return piece


def split_values(text: str, delimiters: Delimiters, end: str = "", separator: str = "\n") -> list[tuple[str, str]]:
    """Split a text at the delimiters outside quoted values.

    Args:
        end: one more delimiter, which counts only before `separator`, a line end or the end of the text: the full
            stop of a sentence, but not the one in `3.5`.

    Returns:
        Pairs of a raw piece, for `read_value`, and the delimiter after it; the last delimiter is "".

    >>> split_values('Acme: org; "a;b": x', ";:")
    [('Acme', ':'), (' org', ';'), (' "a;b"', ':'), (' x', '')]
    """
    pieces = []
    for match in _piece_pattern(delimiters, end, separator).finditer(text):
        pieces.append((match[1], match[2]))
        if not match[2]:
            break
    return pieces


@cache
def _any_delimiter(delimiters: Delimiters) -> re.Pattern[str]:
    return re.compile("|".join(map(_delimiter_pattern, delimiters)))


def _delimiter_pattern(delimiter: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", delimiter) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", delimiter) else ""
    return f"{before}{re.escape(delimiter)}{after}"


@cache
def _piece_pattern(delimiters: Delimiters, end: str, separator: str) -> re.Pattern[str]:
    alternatives = [_delimiter_pattern(delimiter) for delimiter in delimiters]
    if end:
        alternatives.insert(0, rf"{re.escape(end)}(?=[^\S\n]*+(?:{_delimiter_pattern(separator)}|\n|\Z))")
    stop = "|".join(alternatives)
    initials = re.escape("".join(delimiter[0] for delimiter in (*delimiters, *end[:1])))
    # Blanks exclude the delimiters, and every repetition is possessive: time is linear in the text.
    blank = rf"(?:(?!{stop})\s)*+"
    quoted_value = rf'{blank}"(?:[^"\\]|\\.)*+"{blank}(?={stop}|\Z)'
    return re.compile(rf"({quoted_value}|(?:[^{initials}]++|(?!{stop})[{initials}])*+)({stop}|\Z)", re.DOTALL)
