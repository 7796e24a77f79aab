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
    """Yield (line number, line) for a UTF-8 file, without line ends and without a byte order mark.

    Raises:
        InputError: if the file is empty, cannot be opened, or contains bytes that are not UTF-8 text (with the
            line number).
    """
    number = 0
    try:
        with open(file, "rb") as stream:
            for number, line in enumerate(stream, 1):
                if b"\0" in line:
                    raise InputError(f"{file}:{number}: not UTF-8 text (contains a zero byte); save the file as UTF-8")
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file}:{number}: not UTF-8 ({error.reason} at byte {error.start}); "
            "save the file as UTF-8 or download it again"
        ) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if number == 0:
        raise InputError(f"{file}: the file is empty; download it again")


def read_json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield (line number, value) for a JSON-lines file; blank lines are skipped.

    Raises:
        InputError: naming the line that is not JSON, and as `read_lines`.
    """
    for number, line in read_lines(file):
        if line.strip():
            yield number, _parse_json(line, file, number)


def read_json_document(file: Path) -> Any:
    """Return the value of a JSON file. Raises InputError if it is not JSON, and as `read_lines`."""
    return _parse_json("\n".join(line for _, line in read_lines(file)), file, 1)


def read_json_array(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield (number from 1, element) for a JSON file that contains one array. Raises InputError for other files."""
    value = read_json_document(file)
    if not isinstance(value, list):
        raise InputError(f"{file}: contains a JSON {type(value).__name__}, not an array; download it again")
    yield from enumerate(value, 1)


def _parse_json(text: str, file: Path, first_line: int) -> Any:
    """Return the value of a JSON text that begins at line `first_line` of a file."""
    try:
        value = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        cut = " (unexpected end: the file may be cut off)" if error.pos >= len(text.rstrip()) else ""
        raise InputError(
            f"{file}:{first_line + error.lineno - 1}: not valid JSON, {error.msg} at character {error.colno}{cut}; "
            "fix it or download the file again"
        ) from None
    except UnicodeEncodeError:
        raise InputError(
            f"{file}:{first_line}: contains an unpaired surrogate (an escape such as \\ud83d alone), "
            "which is not text; fix the escape"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}:{first_line}: not usable JSON ({error}); download the file again") from None
    return value


def json_keys(head: str) -> set[str]:
    """Return the keys of the first JSON object in the head of a file, as far as the head shows them."""
    start = head.find("{")
    try:
        return set(json.JSONDecoder().raw_decode(head, start)[0]) if start >= 0 else set()
    except (ValueError, RecursionError):
        return set(re.findall(r'"(\w+)"\s*:', head))


def excerpt(text: str) -> str:
    """Return a text as an error message quotes it: on one line, shortened to 160 characters."""
    return shorten(" ".join(text.split()), 160, placeholder=" ...")
