"""Text files as numbered lines and JSON values; every error names the file and the line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten
from typing import Any

from adelie_hf.errors import InputError


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file with their numbers, without line ends; a byte order mark is skipped.

    Raises:
        InputError: for an empty file, bytes that are not text in UTF-8 (with the line's number), or a file
            that cannot be opened.
    """
    number = 0
    try:
        with open(file, "rb") as stream:
            for number, line in enumerate(stream, 1):
                if b"\0" in line:
                    raise InputError(f"{file}:{number}: not text in UTF-8 (a zero byte); save the file as UTF-8")
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file}:{number}: not UTF-8 ({error.reason} at byte {error.start}); "
            "save the file as UTF-8, or fetch it again"
        ) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if number == 0:
        raise InputError(f"{file}: the file is empty; fetch it again")


def read_json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """The values of a JSON-lines file with their line numbers. Raises InputError for a line that is not JSON."""
    for number, line in read_lines(file):
        if line.strip():
            yield number, _load(line, file, number)


def read_json_document(file: Path) -> Any:
    """The value of a JSON file. Raises InputError when it is not JSON."""
    return _load("\n".join(line for _, line in read_lines(file)), file, 1)


def read_json_array(file: Path) -> Iterator[tuple[int, Any]]:
    """The elements of a JSON file that holds one array, numbered from 1."""
    value = read_json_document(file)
    if not isinstance(value, list):
        raise InputError(f"{file}: holds a JSON {type(value).__name__}, not an array of records; fetch it again")
    yield from enumerate(value, 1)


def _load(text: str, file: Path, first: int) -> Any:
    """The value of a JSON text that begins at line `first` of a file."""
    try:
        value = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        cut = " (it ends too early: the file may be cut off)" if error.pos >= len(text.rstrip()) else ""
        raise InputError(
            f"{file}:{first + error.lineno - 1}: not valid JSON, {error.msg} at character {error.colno}{cut}; "
            "mend it, or fetch the file again"
        ) from None
    except UnicodeEncodeError:
        raise InputError(
            f"{file}:{first}: holds half of a surrogate pair (an escape such as \\ud83d alone), which is not text; "
            "mend the escape"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}:{first}: not usable JSON ({error}); fetch the file again") from None
    return value


def json_keys(head: str) -> set[str]:
    """The keys of the first JSON object in the head of a file; of a broken one, those that can be seen."""
    start = head.find("{")
    try:
        return set(json.JSONDecoder().raw_decode(head, start)[0]) if start >= 0 else set()
    except (ValueError, RecursionError):
        return set(re.findall(r'"(\w+)"\s*:', head))


def excerpt(text: str) -> str:
    """A stretch of raw data as an error message quotes it: one line, and not a long one."""
    return shorten(" ".join(text.split()), 160, placeholder=" ...")
