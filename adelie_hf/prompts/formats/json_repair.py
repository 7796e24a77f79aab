"""Malformed JSON: texts mended as a whole, and the values that can be read of what remains broken.

No function raises or completes a value, and time is linear in the length of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from adelie_hf.prompts.formats.markup import as_ascii_punctuation

# A string in JSON's quotes or in Python's; white space; a bracket, comma or colon; a number or a word. A string
# without an end extends to the end of the text, so that each character is looked at once.
_TOKEN = re.compile(
    r"\"(?:[^\"\\]|\\.?)*+(?:\"|\Z)|'((?:[^'\\]|\\.?)*+)(?:'|\Z)|\s++|[][{},:]|[^][{},:\s\"']++", re.DOTALL
)
# A quotation mark ends a string where JSON continues behind it; another one belongs to the string.
_GOES_ON = r"(?=\s*+(?:[]}:]|,\s*+[\"\[{\d-]|,?\s*+\Z))"
_LOOSE_STRING = re.compile(rf'"((?:[^"\\]|\\.?|"(?!{_GOES_ON}))*+)("|\Z)', re.DOTALL)
OPENING_MARKS, CLOSING_MARKS = "“”„‟‘’«»「『＂`", '”“‟’‘»«」』＂`"'
_GOES_ON_TYPOGRAPHIC = rf"(?=\s*+(?:[]}}:｝］：]|[,，]\s*+[\"{OPENING_MARKS}\[{{［｛\d-]|[,，]?\s*+\Z))"
_OTHER_STRING = re.compile(
    r"\"(?:[^\"\\]|\\.?)*+(?:\"|\Z)"
    rf"|[{OPENING_MARKS}]((?:[^{CLOSING_MARKS}]|[{CLOSING_MARKS}](?!{_GOES_ON_TYPOGRAPHIC}))*+)([{CLOSING_MARKS}]|\Z)"
    rf"|([^\"{OPENING_MARKS}]++)",
    re.DOTALL,
)
_OPENING = re.compile(r"[\[{]")
GAP = re.compile(r"[\s,;]*+")
_COLON = re.compile(r"\s*+:\s*+")
_BARE_QUOTE = re.compile(r"(\\.)|\"", re.DOTALL)
_CLOSING = {"{": "}", "[": "]"}
_MAX_UNREADABLE = 100  # elements of a list: each costs the time to count the lines before it
_LITERALS = {"True": "true", "False": "false", **dict.fromkeys(("None", "NAN", "nan", "N/A", "undefined"), "null")}


# ---- how JSON is loaded -------------------------------------------------------------------------------------------


def number_hooks(numbers: list[str]) -> dict[str, Any]:
    """Return the arguments of `json` by which a number becomes its text, and NaN nothing."""

    def text_of(number: str) -> str:
        numbers.append(number)
        return number

    return {"parse_int": text_of, "parse_float": text_of, "parse_constant": lambda constant: None}


def merge_members(members: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object in which a key that occurs twice has the elements of both lists."""
    merged: dict[str, object] = {}
    for key, value in members:
        known = merged.get(key)
        if isinstance(known, list) and isinstance(value, list):
            known.extend(value)
        else:
            merged[key] = value
    return merged


# ---- mends -------------------------------------------------------------------------------------------------------


def mended(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield a text as it is and in the ways in which it may become JSON, with the names of the repairs."""
    yield (), text
    yield ("Python literals",), _with_json_literals(text)
    yield ("unescaped quotes",), _with_escaped_quotes(text)
    ascii_text = _with_ascii_punctuation(text)
    yield ("typographic punctuation",), ascii_text
    yield ("typographic punctuation", "unescaped quotes"), _with_escaped_quotes(ascii_text)


def _with_json_literals(text: str) -> str:
    """Return a text with Python's strings and words as JSON's."""
    return _TOKEN.sub(_as_json, text)


def _as_json(token: re.Match[str]) -> str:
    return _requote(token) if token[0][0] == "'" else _LITERALS.get(token[0], token[0])


def _with_ascii_punctuation(text: str) -> str:
    """Return a text with typographic quotation marks and full-width punctuation outside JSON strings as JSON's."""

    def ascii_text(match: re.Match[str]) -> str:
        if match[3]:
            return as_ascii_punctuation(match[3])
        return json.dumps(match[1], ensure_ascii=False) if match[2] else match[0]

    return _OTHER_STRING.sub(ascii_text, text)


def _with_escaped_quotes(text: str) -> str:
    """Return a text with a backslash before the quotation marks inside its strings."""
    return _LOOSE_STRING.sub(lambda match: f'"{_BARE_QUOTE.sub(_escaped, match[1])}{match[2]}', text)


def _escaped(match: re.Match[str]) -> str:
    return match[1] or '\\"'


# ---- values of broken JSON ----------------------------------------------------------------------------------------


def elements_of(text: str) -> list[object]:
    """Return the elements of an array, with quotation marks escaped if that gives more.

    Args:
        text: the text after the opening bracket.
    """
    ascii_text = _with_ascii_punctuation(text)
    return max(map(_elements, (text, ascii_text, _with_escaped_quotes(ascii_text))), key=len)


def members_of(text: str) -> list[tuple[str, object]]:
    """Return the members of an object, up to the first unreadable one; an incomplete string is left out.

    Args:
        text: the text after the opening brace.
    """
    return max(map(_members, (text, _with_escaped_quotes(_with_ascii_punctuation(text)))), key=len)


def _members(after_brace: str) -> list[tuple[str, object]]:
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=merge_members, **number_hooks([]))
    text = _repair(after_brace, drop_incomplete_string=True)
    members: list[tuple[str, object]] = []
    position = 0
    while gap := GAP.match(text, position):
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


def _elements(after_bracket: str) -> list[object]:
    """Return the values that can be read; behind an unreadable one, those from the next bracket on."""
    decoder = json.JSONDecoder(strict=False, **number_hooks([]))
    text = _repair(after_bracket)
    values: list[object] = []
    position = unreadable = 0
    while gap := GAP.match(text, position):
        try:
            value, position = decoder.raw_decode(text, gap.end())
        except json.JSONDecodeError as error:
            bracket = _OPENING.search(text, max(error.pos, gap.end() + 1))
            unreadable += 1
            if bracket is None or unreadable > _MAX_UNREADABLE:
                break
            position = bracket.start()
        except (ValueError, RecursionError):
            break
        else:
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
            output.append(comma + _as_json(match))
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
