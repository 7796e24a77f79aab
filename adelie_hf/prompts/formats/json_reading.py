"""Load JSON as models write it: in prose, in a code fence, in Python's quotes, with brackets or commas out of place.

Each `load_x` returns the values that could be read, and True if the text is JSON of exactly the expected shape. No
function raises, and time is linear in the length of the text.
"""

from __future__ import annotations

import json
import re

# The start of an array of objects, or of an object without its array; the same for an array of arrays.
_OBJECTS = re.compile(r"\[\s*+(?=[{\]])|(?=\{)")
_ARRAYS = re.compile(r"\[\s*+(?=[\[\]])|(?=\[\s*+[\"'])")
_LIST = re.compile(r"\[\s*+(?=[{\]])")
# A string in JSON's quotes or in Python's; white space; a bracket, comma or colon; a number or a word. A string
# without an end extends to the end of the text, so that each character is looked at once.
_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.?)*+(?:\"|\Z)|'((?:[^'\\]|\\.?)*+)(?:'|\Z)|\s++|[][{},:]|[^][{},:\s\"']++", re.DOTALL
)
_GAP = re.compile(r"[\s,]*+")
_COLON = re.compile(r"\s*+:\s*+")
_BARE_QUOTE = re.compile(r"(\\.)|\"", re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}


def load_objects(body: str) -> tuple[list[object], bool]:
    """Load the elements of an array of objects."""
    return _load_array(body, _OBJECTS)


def load_arrays(body: str) -> tuple[list[object], bool]:
    """Load the elements of an array of arrays."""
    return _load_array(body, _ARRAYS)


def _load_array(body: str, start: re.Pattern[str]) -> tuple[list[object], bool]:
    is_json, value = _load(body)
    if not is_json:
        return _search(body, start), False
    return (value, True) if isinstance(value, list) else ([value], False)


def load_object(body: str) -> tuple[list[object], bool]:
    """Load one object, as a list of one; nothing for `null`."""
    is_json, value = _load(body)
    if not is_json:
        return _search(body, _OBJECTS), False
    if value is None:
        return [], True
    return (value, False) if isinstance(value, list) else ([value], True)


def load_lines(body: str) -> tuple[list[object], bool]:
    """Load the objects of JSON lines; nothing for `null`."""
    values: list[object] = []
    correct = incorrect = 0  # numbers of lines
    for line in filter(str.strip, body.split("\n")):
        is_json, value = _load(line)
        is_object = is_json and not isinstance(value, list)
        values.extend([value] if is_object else _search(line, _OBJECTS))
        correct, incorrect = correct + is_object, incorrect + (not is_object)
    if not correct:  # possibly one object over several lines
        return load_objects(body)[0], False
    return ([] if values == [None] else values), not incorrect


def load_nested(body: str, key: str) -> tuple[list[object], bool]:
    """Load the elements of the array of objects that an object has as the value of `key`."""
    _, value = _load(body)
    if isinstance(value, dict) and set(value) == {key} and isinstance(value[key], list):
        return value[key], True
    return _search(body, _LIST if _LIST.search(body) else _OBJECTS), False


def load_members(body: str) -> tuple[list[tuple[str, object]], bool]:
    """Load the keys and values of an object. A key that occurs twice has the elements of both lists."""
    try:
        value = json.loads(body, object_pairs_hook=_merge_members)
    except (ValueError, RecursionError):
        return _search_members(body), False
    return (list(value.items()), True) if isinstance(value, dict) else ([], False)


def _merge_members(members: list[tuple[str, object]]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for key, value in members:
        known = merged.get(key)
        if isinstance(known, list) and isinstance(value, list):
            known.extend(value)
        else:
            merged[key] = value
    return merged


def _load(text: str) -> tuple[bool, object]:
    """Return True and the value if a text is JSON, otherwise False and None."""
    try:
        return True, json.loads(text)
    except (ValueError, RecursionError):
        return False, None


def _search(body: str, start: re.Pattern[str]) -> list[object]:
    """Return the elements of the first array in prose, in a code fence, or in malformed JSON."""
    match = start.search(body)
    return [] if match is None else _elements(_repair(body[match.end() :]))


def _search_members(body: str) -> list[tuple[str, object]]:
    """Return the members of the first object, up to the first unreadable one; an incomplete string is left out."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_merge_members)
    _, _, after_brace = body.partition("{")
    text = _repair(after_brace, drop_incomplete_string=True)
    members: list[tuple[str, object]] = []
    position = 0
    while gap := _GAP.match(text, position):
        try:
            key, position = decoder.raw_decode(text, gap.end())
            colon = _COLON.match(text, position)
            if not isinstance(key, str) or colon is None:
                break
            value, position = decoder.raw_decode(text, colon.end())
        except (ValueError, RecursionError):
            break
        members.append((key, value))
    return members


def _elements(text: str) -> list[object]:
    """Return the values up to the first unreadable one."""
    decoder = json.JSONDecoder(strict=False)
    values: list[object] = []
    position = 0
    while gap := _GAP.match(text, position):
        try:
            value, position = decoder.raw_decode(text, gap.end())
        except (ValueError, RecursionError):
            break
        values.append(value)
    return values


def _repair(text: str, drop_incomplete_string: bool = False) -> str:
    """Return the elements of an array in JSON's quotes, with no comma before a bracket and every bracket closed.

    Only brackets are added: a closing bracket also closes what is open inside its pair, an object that starts in the
    place of a key ends the object before it, and the end of the text closes all brackets. An incomplete value is not
    completed.

    Args:
        text: the text after the opening bracket of the array.
        drop_incomplete_string: True to stop before a string that has no end.
    """
    output: list[str] = []
    open_brackets: list[str] = []
    missing = {"}": 0, "]": 0}  # closing brackets to come
    previous = comma = ""  # the last token, and a comma that is held back until a value follows

    def close() -> None:
        bracket = _CLOSING[open_brackets.pop()]
        missing[bracket] -= 1
        output.append(bracket)

    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.isspace():
            output.append(" ")
            continue
        if drop_incomplete_string and token[0] in "\"'" and (len(token) == 1 or token[-1] != token[0]):
            break
        if token in missing:
            comma = ""
            if missing[token]:
                while _CLOSING[open_brackets[-1]] != token:
                    close()
                close()
            elif token == "]":
                break  # the end of the array
        elif token == ",":
            comma = token
        else:
            if token in _CLOSING:
                while token == "{" and open_brackets and open_brackets[-1] == "{" and previous in (",", "}"):
                    close()
                open_brackets.append(token)
                missing[_CLOSING[token]] += 1
            elif token[0] == "'":
                token = _requote(match)
            output.append(comma + token)
            comma = ""
        previous = match[0]
    while open_brackets:
        close()
    return "".join(output)


def _requote(string: re.Match[str]) -> str:
    """Return a string in JSON's quotes instead of Python's; one without an end is returned as it is, unreadable."""
    if len(string[0]) < 2 or string[0][-1] != "'":
        return string[0]
    inner = string[1].replace("\\'", "'")
    return '"' + _BARE_QUOTE.sub(lambda match: match[1] or '\\"', inner) + '"'
