"""JSON as models write it: in prose, in a code fence, in Python's quotes, with brackets or commas amiss.

Each `load_x` gives what could be read, and whether the text is JSON of the very shape that was asked for.
Nothing raises, and reading is linear in the length of the text.
"""

from __future__ import annotations

import json
import re
from typing import Any

# Where an array of objects starts, or an object without its array; and the same for an array of arrays.
_OBJECTS = re.compile(r"\[\s*+(?=[{\]])|(?=\{)")
_ARRAYS = re.compile(r"\[\s*+(?=[\[\]])|(?=\[\s*+[\"'])")
_LIST = re.compile(r"\[\s*+(?=[{\]])")
# A string in JSON's quotes, or in Python's; white space; a bracket, comma or colon; a number or a word. A
# string that is never closed runs to the end, so that each character is looked at once.
_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.?)*+(?:\"|\Z)|'((?:[^'\\]|\\.?)*+)(?:'|\Z)|\s++|[][{},:]|[^][{},:\s\"']++", re.DOTALL
)
_GAP = re.compile(r"[\s,]*+")
_COLON = re.compile(r"\s*+:\s*+")
_BARE_QUOTE = re.compile(r"(\\.)|\"", re.DOTALL)
_CLOSES = {"{": "}", "[": "]"}


def load_objects(body: str) -> tuple[list[Any], bool]:
    """The elements of an array of objects."""
    return _load_array(body, _OBJECTS)


def load_arrays(body: str) -> tuple[list[Any], bool]:
    """The elements of an array of arrays."""
    return _load_array(body, _ARRAYS)


def _load_array(body: str, start: re.Pattern[str]) -> tuple[list[Any], bool]:
    found, value = _json(body)
    if not found:
        return _search(body, start), False
    return (value, True) if isinstance(value, list) else ([value], False)


def load_object(body: str) -> tuple[list[Any], bool]:
    """One object, as a list of one; none for `null`."""
    found, value = _json(body)
    if not found:
        return _search(body, _OBJECTS), False
    if value is None:
        return [], True
    return (value, False) if isinstance(value, list) else ([value], True)


def load_lines(body: str) -> tuple[list[Any], bool]:
    """The objects of JSON lines; none for `null`."""
    values: list[Any] = []
    whole = broken = 0
    for line in filter(str.strip, body.split("\n")):
        found, value = _json(line)
        found = found and not isinstance(value, list)
        values.extend([value] if found else _search(line, _OBJECTS))
        whole, broken = whole + found, broken + (not found)
    if not whole:  # one object over several lines, perhaps
        return load_objects(body)[0], False
    return ([] if values == [None] else values), not broken


def load_nested(body: str, key: str) -> tuple[list[Any], bool]:
    """The elements of the array of objects that stands in an object below `key`."""
    found, value = _json(body)
    if found and isinstance(value, dict) and set(value) == {key} and isinstance(value[key], list):
        return value[key], True
    return _search(body, _LIST if _LIST.search(body) else _OBJECTS), False


def load_members(body: str) -> tuple[list[tuple[str, Any]], bool]:
    """The keys and values of an object. A key that occurs twice has the elements of both lists."""
    try:
        value = json.loads(body, object_pairs_hook=_joined)
    except (ValueError, RecursionError):
        return _members(body), False
    return (list(value.items()), True) if isinstance(value, dict) else ([], False)


def _joined(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, found in pairs:
        if isinstance(value.get(key), list) and isinstance(found, list):
            value[key].extend(found)
        else:
            value[key] = found
    return value


def _json(text: str) -> tuple[bool, Any]:
    """Whether a text is JSON, and what it says."""
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def _search(body: str, start: re.Pattern[str]) -> list[Any]:
    """The elements of the first array in prose, in a code fence, or otherwise not as JSON has it."""
    found = start.search(body)
    return [] if found is None else _elements(_mended(body[found.end() :]))


def _members(body: str) -> list[tuple[str, Any]]:
    """The members of the first object, up to the first that cannot be read; a string that breaks off is left out."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_joined)
    _, _, inner = body.partition("{")
    inner, members, at = _mended(inner, cut=True), [], 0
    while gap := _GAP.match(inner, at):
        try:
            key, at = decoder.raw_decode(inner, gap.end())
            value, at = decoder.raw_decode(inner, _COLON.match(inner, at).end())  # type: ignore[union-attr]
        except (ValueError, RecursionError, AttributeError):
            break
        if not isinstance(key, str):
            break
        members.append((key, value))
    return members


def _elements(body: str) -> list[Any]:
    """The values up to the first that cannot be read."""
    decoder = json.JSONDecoder(strict=False)
    values: list[Any] = []
    at = 0
    while gap := _GAP.match(body, at):
        try:
            value, at = decoder.raw_decode(body, gap.end())
        except (ValueError, RecursionError):
            break
        values.append(value)
    return values


def _mended(body: str, cut: bool = False) -> str:
    """The elements of an array with JSON's quotes, no comma before a bracket, and every bracket closed.

    Brackets are all that is ever added: a bracket closes what was opened within its own, an object
    that starts where a key belongs ends the one before, and the end closes everything. A value that
    breaks off is not completed; with `cut`, a string that does is left out.
    """
    out: list[str] = []
    opened: list[str] = []
    missing = {"}": 0, "]": 0}  # closing brackets to come
    before = comma = ""  # the last token, and a comma that is held back until a value follows

    def close() -> None:
        bracket = _CLOSES[opened.pop()]
        missing[bracket] -= 1
        out.append(bracket)

    for found in _TOKEN.finditer(body):
        token = found[0]
        if token.isspace():
            out.append(" ")
            continue
        if cut and token[0] in "\"'" and (len(token) == 1 or token[-1] != token[0]):
            break
        if token in missing:
            comma = ""
            if missing[token]:
                while _CLOSES[opened[-1]] != token:
                    close()
                close()
            elif token == "]":
                break  # the end of the array whose start is not in the body
        elif token == ",":
            comma = token
        else:
            if token in _CLOSES:
                while token == "{" and opened and opened[-1] == "{" and before in (",", "}"):
                    close()
                opened.append(token)
                missing[_CLOSES[token]] += 1
            elif token[0] == "'":
                token = _requoted(found)
            out.append(comma + token)
            comma = ""
        before = found[0]
    while opened:
        close()
    return "".join(out)


def _requoted(string: re.Match[str]) -> str:
    """A string in JSON's quotes instead of Python's; one that is never closed stays as it is, unreadable."""
    if len(string[0]) < 2 or string[0][-1] != "'":
        return string[0]
    inner = string[1].replace("\\'", "'")
    return '"' + _BARE_QUOTE.sub(lambda found: found[1] or '\\"', inner) + '"'
