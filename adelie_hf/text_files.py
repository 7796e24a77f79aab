"""Text files as numbered lines and JSON values; every error names the file and the line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Any, BinaryIO

from adelie_hf.errors import InputError, UnreadableRecord

_QUOTED = 160  # characters of a text in an error message

# Reasons of `UnreadableRecord`.
_NOT_TEXT = "a line is not UTF-8 text"
_NOT_JSON = "a line is not JSON"

UNPAIRED_SURROGATE = "contains an unpaired surrogate (an escape such as \\ud83d alone), which is not text"
_SURROGATE_ESCAPE = re.compile(r"\\[uU](?:0000)?[dD][89a-fA-F]")


def read_lines(file: Path, *, any_bytes: bool = False) -> Iterator[tuple[int, str]]:
    """Yield (line number, line) for a UTF-8 file, without line ends and without a byte order mark.

    Args:
        file: the file.
        any_bytes: yield lines that are not UTF-8 text, too, for `check_lines` to refuse.

    Raises:
        InputError: if the file is empty, cannot be opened, or contains bytes that are not UTF-8 text (with the
            line number).
    """
    with open_lines(file) as stream:
        yield from decode_lines(stream, file, any_bytes=any_bytes)


@contextmanager
def open_lines(file: Path) -> Iterator[BinaryIO]:
    """Open a file for `decode_lines`. Raises InputError for one that is empty or cannot be read."""
    try:
        with open(file, "rb") as stream:
            if not stream.peek(1):
                raise InputError(f"{file}: the file is empty; download it again")
            yield stream
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from None


def decode_lines(stream: Iterable[bytes], file: Path, *, any_bytes: bool = False) -> Iterator[tuple[int, str]]:
    """Yield (line number, line) for the lines of a stream, as `read_lines` does; `file` is its name in messages."""
    number = 0
    errors = "surrogateescape" if any_bytes else "strict"
    try:
        for number, line in enumerate(stream, 1):
            if b"\0" in line and not any_bytes:
                raise _zero_byte(file, number)
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8", errors).rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise _not_utf8(file, number, error) from None


def check_lines(file: Path, first: int, lines: list[str]) -> None:
    """Raise UnreadableRecord for the first of some lines of `read_lines(any_bytes=True)` that is not UTF-8 text.

    Args:
        file: the file.
        first: the number of the first line.
        lines: the lines.
    """
    text = "\n".join(lines)
    if text.isascii() and "\0" not in text:
        return
    for number, line in enumerate(lines, first):
        if "\0" in line:
            raise _zero_byte(file, number)
        try:
            line.encode(errors="surrogateescape").decode()
        except UnicodeDecodeError as error:
            raise _not_utf8(file, number, error) from None


def _zero_byte(file: Path, number: int) -> UnreadableRecord:
    problem = "not UTF-8 text (contains a zero byte)"
    return UnreadableRecord(f"{file}:{number}", problem, "save the file as UTF-8", _NOT_TEXT)


def _not_utf8(file: Path, number: int, error: UnicodeDecodeError) -> UnreadableRecord:
    problem = f"not UTF-8 ({error.reason} at byte {error.start})"
    return UnreadableRecord(f"{file}:{number}", problem, "save the file as UTF-8 or download it again", _NOT_TEXT)


def read_json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line number, value) for a JSON-lines file; blank lines are skipped.

    Raises:
        InputError: naming the line that is not JSON, and as `read_lines`.
    """
    return parse_json_lines(read_lines(file), file)


def parse_json_lines(lines: Iterable[tuple[int, str]], file: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line number, value) for numbered lines, as `read_json_lines` does; `file` is their name in messages."""
    for number, line in lines:
        if line.strip():
            yield number, _parse_json(line, file, number, "line")


def try_json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line number, value) for a JSON-lines file, an `UnreadableRecord` in place of a line that is not JSON.

    Raises:
        InputError: if the file is empty or cannot be opened.
    """
    for number, line in read_lines(file, any_bytes=True):
        if line.strip():
            try:
                check_lines(file, number, [line])
                value = _parse_json(line, file, number, "line")
            except UnreadableRecord as error:
                value = error
            yield number, value


def read_json_document(file: Path) -> Any:
    """Return the value of a JSON file. Raises InputError if it is not JSON, and as `read_lines`."""
    return _parse_json("\n".join(line for _, line in read_lines(file)), file, 1, "file")


def read_json_array(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield (number from 1, element) for a JSON file that contains one array. Raises InputError for other files."""
    value = read_json_document(file)
    if not isinstance(value, list):
        raise InputError(f"{file}: contains a JSON {type(value).__name__}, not an array; download it again")
    yield from enumerate(value, 1)


def _parse_json(text: str, file: Path, first_line: int, whole: str) -> Any:
    """Return the value of a JSON text, a `whole` line or file, that begins at line `first_line` of a file."""

    def problem(line: int, found: str, fix: str) -> UnreadableRecord:
        return UnreadableRecord(f"{file}:{line}", found, fix, _NOT_JSON)

    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        cut = ""
        if error.pos >= len(text.rstrip()):
            further = "; each line has to be a whole value" if whole == "line" else ""
            cut = f" (unexpected end: the {whole} may be cut off{further})"
        raise problem(
            first_line + error.lineno - 1,
            f"not valid JSON, {error.msg} at character {error.colno}{cut}",
            "fix it or download the file again",
        ) from None
    except (ValueError, RecursionError) as error:
        raise problem(first_line, f"not usable JSON ({error})", "download the file again") from None
    if has_unpaired_surrogate(value, text):
        raise problem(first_line, UNPAIRED_SURROGATE, "fix the escape")
    return value


def has_unpaired_surrogate(value: object, source: str) -> bool:
    """Return whether a string in a value of JSON or YAML, read from `source`, has one: it cannot be written as UTF-8.

    >>> has_unpaired_surrogate({"name": "\\ud83d"}, r'{"name": "\ud83d"}')
    True
    """
    if not _SURROGATE_ESCAPE.search(source):
        return False
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except ValueError:  # also of a YAML value that contains itself, which cannot be stored either
        return True
    return False


def json_keys(head: str) -> set[str]:
    """Return the keys of the first JSON object in the head of a file, as far as the head shows them."""
    start = head.find("{")
    try:
        return set(json.JSONDecoder().raw_decode(head, start)[0]) if start >= 0 else set()
    except (ValueError, RecursionError):
        return set(re.findall(r'"(\w+)"\s*:', head))


def excerpt(text: str) -> str:
    """Return a text as an error message quotes it: on one line, shortened to 160 characters."""
    return shorten(" ".join(text.split()), _QUOTED, placeholder=" ...")


def quoted(text: str) -> str:
    """Return a text as an error message quotes it where its white space matters: visible, and shortened.

    >>> print(quoted("\\tO"))
    '\\tO'
    """
    return repr(text if len(text) <= _QUOTED else f"{text[: _QUOTED - 4]} ...")
