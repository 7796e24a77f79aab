"""One escape for every text format: a value that holds a delimiter is written as a JSON string.

`Acme` stays `Acme`; with the delimiters `;` and `:`, the value `14:30` becomes `"14:30"`. A value is
also quoted when it is empty, starts with a quotation mark, or starts or ends with white space, so
that reading gives back exactly what was written.
"""

from __future__ import annotations

import json
import re
from functools import cache


def quote(value: str, delimiters: str) -> str:
    """Writes a value so that `unquote` gives it back from between `delimiters`."""
    plain = value == value.strip() != "" and value[0] != '"' and not any(d in value for d in delimiters)
    # A pipe would end a Markdown cell even inside quotation marks: JSON has another spelling for it.
    return value if plain else json.dumps(value, ensure_ascii=False).replace("|", "\\u007c")


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


@cache
def _pattern(delimiters: str) -> re.Pattern[str]:
    known = re.escape(delimiters)
    # White space without the delimiters in it, and possessive: reading stays linear whatever the text.
    blank = rf"[^\S{known}]*+"
    quoted = rf'{blank}"(?:[^"\\]|\\.)*+"{blank}(?=[{known}]|\Z)'
    return re.compile(rf"({quoted}|[^{known}]*)([{known}]|\Z)", re.DOTALL)


def pieces(text: str, delimiters: str) -> list[tuple[str, str]]:
    """Cuts a text at delimiters that stand outside quoted values: `(piece, the delimiter after it)`.

    The last delimiter is "". Pieces are raw: `unquote` reads them.
    """
    found = []
    for match in _pattern(delimiters).finditer(text):
        found.append((match[1], match[2]))
        if not match[2]:
            break
    return found
