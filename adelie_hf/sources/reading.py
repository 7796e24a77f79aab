"""Reading shared by the sources: files into units with line numbers, tokens into text with offsets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Mention


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file with their numbers, without line ends; a byte order mark is skipped.

    Raises:
        InputError: for an empty file, bytes that are not UTF-8 (with the line's number), or a file that
            cannot be opened.
    """
    number = 0
    try:
        with open(file, encoding="utf-8-sig", newline="\n") as stream:
            for number, line in enumerate(stream, 1):
                yield number, line.rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file}: not UTF-8 after line {number} ({error.reason} at byte {error.start} of the block); "
            "save the file as UTF-8, or fetch it again"
        ) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if number == 0:
        raise InputError(f"{file}: the file is empty; fetch it again")


def json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """The values of a JSON-lines file with their line numbers. Raises InputError for a line that is not JSON."""
    for number, line in lines(file):
        if line.strip():
            yield number, _load(line, f"{file}:{number}")


def json_document(file: Path) -> Any:
    """The value of a JSON file. Raises InputError when it is not JSON."""
    return _load("\n".join(line for _, line in lines(file)), str(file))


def json_array(file: Path) -> Iterator[tuple[int, Any]]:
    """The elements of a JSON file that holds one array, numbered from 1."""
    value = json_document(file)
    if not isinstance(value, list):
        raise InputError(f"{file}: holds a JSON {type(value).__name__} where an array of records is expected")
    yield from enumerate(value, 1)


def _load(text: str, where: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        cut = " (it ends too early: the file may be cut off)" if error.pos >= len(text.rstrip()) else ""
        raise InputError(
            f"{where}: not valid JSON, {error.msg} at character {error.pos}{cut}; fetch it again"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not usable JSON ({error}); fetch it again") from None
    if "\\ud" in text.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise InputError(f"{where}: holds half of a surrogate pair, which is not text; mend the escape") from None
    return value


def json_keys(head: str) -> set[str]:
    """The keys of the first JSON object in the head of a file; of a broken one, those that can be seen."""
    start = head.find("{")
    try:
        return set(json.JSONDecoder().raw_decode(head, start)[0]) if start >= 0 else set()
    except (ValueError, RecursionError):
        return set(re.findall(r'"(\w+)"\s*:', head))


class TokenText:
    """Tokens joined by single spaces, with mentions addressed by token position."""

    def __init__(self, tokens: Sequence[str]):
        if not all(isinstance(token, str) for token in tokens):
            raise ValueError("a token is not a string")
        self.text = " ".join(tokens)
        self._starts: list[int] = []
        self._ends: list[int] = []
        at = 0
        for token in tokens:
            self._starts.append(at)
            self._ends.append(at + len(token))
            at += len(token) + 1

    def mention(self, start: int, end: int, type: str = "") -> Mention:
        """The mention of tokens [start, end). Raises ValueError outside the text."""
        if not 0 <= start < end <= len(self._starts):
            raise ValueError(f"token offsets [{start}, {end}) lie outside {len(self._starts)} tokens")
        return Mention.at(self.text, self._starts[start], self._ends[end - 1], type)


def bio_spans(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Spans [start, end) of an IOB2 sequence; an I- tag that continues nothing opens a span, as in conlleval."""
    start, open_type = 0, ""
    for at, tag in enumerate([*tags, "O"]):
        prefix, _, type = tag.partition("-")
        if prefix not in ("B", "I", "O") or (prefix != "O" and not type):
            raise ValueError(f"tag {tag!r} is not of the IOB2 scheme (B-type, I-type or O)")
        if open_type and (prefix != "I" or type != open_type):
            yield start, at, open_type
            open_type = ""
        if prefix != "O" and not open_type:
            start, open_type = at, type


def readable(label: str) -> str:
    """A label in words: `USED-FOR` and `Used_for` become `used for`, `OtherScientificTerm` `other scientific term`."""
    words = label.replace("_", " ").replace("-", " ")
    if not words.isupper():
        words = "".join(f" {c}" if c.isupper() and at and words[at - 1].islower() else c for at, c in enumerate(words))
    return " ".join(words.lower().split())
