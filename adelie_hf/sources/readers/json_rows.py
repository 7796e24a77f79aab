"""Rows of JSON files: of one array, read piece by piece so that memory does not grow with it, and of a file's head."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from adelie_hf.errors import InputError
from adelie_hf.text_files import has_unpaired_surrogate, read_json_document

_CHUNK = 1 << 20  # characters
_WRAPPED = ("annotations", "documents")
# The array may be in an object: that of tecoholic's NER Annotator, or a collection of BioC.
_ARRAY_START = re.compile(
    r"""\s*(?:
        \{\s*"classes"\s*:\s*\[[^\[\]]*\]\s*,\s*"annotations"\s*:\s*
        | \{\s*(?:"(?:source|date|key|version|bioctype|infons)"\s*:\s*(?:"(?:[^"\\]|\\.)*"|\{[^{}]*\}|null)\s*,\s*)*
          "documents"\s*:\s*
    )?\[\s*(?=[\[{n])""",
    re.VERBOSE,
)
_BETWEEN = re.compile(r"\s*(,?)\s*(\]?)")
# In the beginning of a file, which may be cut off.
_LINES_START = re.compile(r'\s*(?=\{|\[\s*")')
_BETWEEN_ROWS = re.compile(r"[\s,]*")


def read_array(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield (number from 1, row) for the array of a JSON file, or of its object (see `_WRAPPED`); no nulls.

    Raises:
        InputError: for other files, with the line of what is not JSON.
    """
    number = 0
    try:
        with open(file, encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(_rows(stream), 1):
                if row is not None:
                    yield number, row
        return
    except (_NotRead, OSError, UnicodeDecodeError):
        pass
    # Whatever is wrong, reading the file as a whole says it, with its line. An array of other values is read, too.
    document = read_json_document(file)
    rows = document
    if isinstance(document, dict):
        rows = next((document[name] for name in _WRAPPED if name in document), None)
    if not isinstance(rows, list):
        names = " or ".join(f"`{name}`" for name in _WRAPPED)
        raise InputError(f"{file}: is neither an array nor an object with an array {names}; export it again")
    yield from ((place, row) for place, row in enumerate(rows[number:], number + 1) if row is not None)


class _NotRead(Exception):
    """The text is not an array of rows, or not JSON."""


def _rows(stream: IO[str]) -> Iterator[Any]:
    """Yield the rows of an array. Raises `_NotRead` where the text is something else."""
    decoder = json.JSONDecoder()
    buffer = stream.read(_CHUNK)
    if not (match := _ARRAY_START.match(buffer)):
        raise _NotRead
    position, closed = match.end(), ""
    is_array = buffer.lstrip().startswith("[")
    while not closed:
        try:
            row, end = decoder.raw_decode(buffer, position)
            between = _BETWEEN.match(buffer, end)
        except (ValueError, RecursionError):
            between = None
        # A value at the end of the buffer may be cut off, and so may be what follows it.
        is_cut = between is None or between.end() == len(buffer)
        if is_cut and (more := stream.read(max(_CHUNK, len(buffer) - position))):
            buffer, position = buffer[position:] + more, 0
            continue
        if between is None or bool(between[1]) == bool(between[2]):
            raise _NotRead
        if has_unpaired_surrogate(row, buffer[position:end]):
            raise _NotRead
        yield row
        position, closed = between.end(), between[2]
    if is_array and (buffer[position:] + stream.read(_CHUNK)).strip():
        raise _NotRead


# ---- the beginning of a file ----------------------------------------------------------------------


def head_lines(text: str) -> Iterator[Any]:
    """Yield the rows in the beginning of a file of JSON lines; none for another file."""
    return _values(text, _LINES_START) if not _ARRAY_START.match(text) else iter(())


def head_array(text: str) -> Iterator[Any]:
    """Yield the rows in the beginning of a JSON file that contains one array of rows; none for another file."""
    return _values(text, _ARRAY_START)


def head_rows(text: str) -> Iterator[Any]:
    """Yield the rows in the beginning of a JSON file of either form."""
    return head_array(text) if _ARRAY_START.match(text) else head_lines(text)


def _values(text: str, start: re.Pattern[str]) -> Iterator[Any]:
    decoder = json.JSONDecoder()
    match = start.match(text)
    while match:
        try:
            value, end = decoder.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            return
        if value is not None:
            yield value
        match = _BETWEEN_ROWS.match(text, end)
