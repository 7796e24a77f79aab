"""One escape for every text format: a value that holds a delimiter is written as a JSON string.

`Acme` stays `Acme`; with the delimiters `;` and `:`, the value `14:30` becomes `"14:30"`. A value is
also quoted when it is empty, starts with a quotation mark, or starts or ends with white space, so
that reading gives back exactly what was written.

Delimiters are given as a string of single characters or as a tuple of longer ones. One that starts or
ends with a letter counts as a whole word only: `is of type`, not the end of `this is of types`.
"""

from __future__ import annotations

import json
import re
from functools import cache

Delimiters = str | tuple[str, ...]


def quote(value: str, delimiters: Delimiters) -> str:
    """Writes a value so that `unquote` gives it back from between `delimiters`."""
    plain = value == value.strip() != "" and value[0] != '"' and not _any(delimiters).search(value)
    return value if plain else quoted(value)


def quoted(value: str) -> str:
    """A value as a JSON string. A pipe would end a Markdown cell even there: JSON has another spelling for it."""
    return json.dumps(value, ensure_ascii=False).replace("|", "\\u007c")


def unquote(piece: str) -> str:
    """Reads one value, quoted or plain, with the white space around it taken off. Never raises."""
    piece = piece.strip()
    if len(piece) >= 2 and piece[0] == piece[-1] == '"':
        try:
            value = json.loads(piece, strict=False)
            value.encode()  # half of a surrogate pair is not text, and nothing could store it
            return value
        except ValueError:
            pass
    return piece


def pieces(text: str, delimiters: Delimiters, end: str = "", between: str = "\n") -> list[tuple[str, str]]:
    """Cuts a text at delimiters that stand outside quoted values: `(piece, the delimiter after it)`.

    `end` is a delimiter only where `between`, a line end or the end of the text follows: the full stop of a
    sentence, but not the one in `3.5`. The last delimiter is "". Pieces are raw: `unquote` reads them.
    """
    found = []
    for match in _pattern(delimiters, end, between).finditer(text):
        found.append((match[1], match[2]))
        if not match[2]:
            break
    return found


@cache
def _any(delimiters: Delimiters) -> re.Pattern[str]:
    return re.compile("|".join(map(_one, delimiters)))


def _one(delimiter: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", delimiter) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", delimiter) else ""
    return f"{before}{re.escape(delimiter)}{after}"


@cache
def _pattern(delimiters: Delimiters, end: str, between: str) -> re.Pattern[str]:
    known = [_one(delimiter) for delimiter in delimiters]
    if end:
        known.insert(0, rf"{re.escape(end)}(?=[^\S\n]*+(?:{_one(between)}|\n|\Z))")
    stop = "|".join(known)
    first = re.escape("".join(delimiter[0] for delimiter in (*delimiters, *end[:1])))
    # White space without the delimiters in it, and everything possessive: reading stays linear whatever the text.
    blank = rf"(?:(?!{stop})\s)*+"
    value = rf'{blank}"(?:[^"\\]|\\.)*+"{blank}(?={stop}|\Z)'
    return re.compile(rf"({value}|(?:[^{first}]++|(?!{stop})[{first}])*+)({stop}|\Z)", re.DOTALL)
