"""Tagged tokens in tables: CSV and TSV files with a header.

A line of the table is a token, with its sentence in another column, or a sentence, whose tokens and tags are lists in
the notation of JSON, Python or NumPy.
"""

from __future__ import annotations

import csv
import json
import re
from ast import literal_eval
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.sources.readers.tagging import all_prefixed
from adelie_hf.text_files import check_lines, excerpt, quoted, read_lines

_TOKEN_NAMES = ("tokens", "words", "token", "word")
_TAG_NAMES = ("ner_tags", "tags", "ner", "labels", "ner_tag", "tag", "label")
_SENTENCE_NAMES = ("sentence_id", "sent_id", "sentence #", "sentence_number", "sentence")  # `id` may number tokens

_ITEM = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\d+)"""
_LIST = re.compile(rf"\[\s*(?:{_ITEM}(?:\s*,\s*{_ITEM})*,?)?\s*\]", re.DOTALL)
_NUMPY_ARRAY = re.compile(rf"\[\s*{_ITEM}(?:\s+{_ITEM})*\s*\]", re.DOTALL)

_NOT_OF_TABLE = "a row is not one of its table"  # reason of `UnreadableRecord`

Sentence = tuple[list[str], list[object]]  # tokens and tags; tags that are digits are numbers
NumberedLines = Iterator[tuple[int, str]]


class Header(NamedTuple):
    """The header of a table: its delimiter and width, and which columns have tokens, tags and sentences."""

    delimiter: str
    width: int
    tokens: int
    tags: int
    sentence: int | None


def parse_header(line: str) -> Header | None:
    """Return the header of a table of tokens and tags; None for any other line.

    >>> parse_header("sentence_id,token,tag")
    Header(delimiter=',', width=3, tokens=1, tags=2, sentence=0)
    """
    for delimiter in "\t,;":
        names = [name.strip().strip('"').lower() for name in line.split(delimiter)]
        tokens, tags, sentence = (
            next((names.index(name) for name in known if name in names), None)
            for known in (_TOKEN_NAMES, _TAG_NAMES, _SENTENCE_NAMES)
        )
        if tokens is not None and tags is not None:
            return Header(delimiter, len(names), tokens, tags, sentence)
    return None


def is_table(text: str) -> bool:
    """Return whether a text begins with the header of a table, and some tag is `O`, has a prefix or is a number."""
    lines = text.splitlines()
    header = parse_header(lines[0]) if lines else None
    if header is None or len(lines) < 2:
        return False
    if _has_lists(lines[1], header):
        return True
    tags = [cells[header.tags] for line in lines[1:] if len(cells := line.split(header.delimiter)) == header.width]
    return any(all_prefixed([tag.strip('"')]) or tag.isdecimal() for tag in tags)


def read_table(file: Path) -> Iterator[tuple[int, Sentence | UnreadableRecord]]:
    """Yield (number of the first line, tokens and tags) for each sentence of a table.

    Raises:
        InputError: for a file without the header of a table, and where a quotation mark swallows lines.
    """
    lines = read_lines(file, any_bytes=True)
    header = parse_header(next(lines)[1])
    first = next(lines, None)
    if header is None or first is None:
        raise InputError(f"{file}:1: is not the header of a table with columns such as `tokens` and `tags`; add it")
    cut = _sentences if _has_lists(first[1], header) else _tokens
    yield from cut(file, header, chain([first], lines))


def _unreadable(file: Path, number: int, problem: str, fix: str = "fix it") -> UnreadableRecord:
    return UnreadableRecord(f"{file}:{number}", problem, fix, _NOT_OF_TABLE)


def _has_lists(line: str, header: Header) -> bool:
    """Return whether the cells of tokens and tags in a line are lists; the last may continue on the next line."""
    try:
        cells = next(csv.reader([line], delimiter=header.delimiter), [])
    except csv.Error:  # a carriage return inside the line
        cells = line.split(header.delimiter)
    lists = [cells[column].lstrip().startswith("[") for column in (header.tokens, header.tags) if column < len(cells)]
    return bool(lists) and all(lists)


# ---- a line is a token ----------------------------------------------------------------------------


def _tokens(file: Path, header: Header, lines: NumberedLines) -> Iterator[tuple[int, Sentence | UnreadableRecord]]:
    """Yield the sentences of a table with a token in each line. An empty cell continues the sentence above it.

    A line that cannot be read may belong to the sentence above it and to the one below it, so that both are lost.
    """
    if header.sentence is None:
        problem = "no column says which sentence a token belongs to"
        raise InputError(f"{file}:1: {problem}; add one called {_SENTENCE_NAMES[0]}")
    key, start = "", 0
    tokens: list[str] = []
    tags: list[object] = []
    wrong: UnreadableRecord | None = None  # in the sentence
    wrong_above: UnreadableRecord | None = None  # in the line above
    for number, line in lines:
        if not line.strip():
            continue
        try:
            token, tag, sentence = _token(file, header, number, line, key)
        except UnreadableRecord as error:
            wrong, wrong_above, start = wrong or error, error, start or number
            continue
        if sentence and sentence != key:
            if key:
                yield start, wrong or (tokens, tags)
            key, start, tokens, tags, wrong = sentence, number, [], [], wrong_above
        wrong_above = None
        tokens.append(token)
        tags.append(int(tag) if tag.isascii() and tag.isdecimal() else tag)
    if wrong or tokens:
        yield start, wrong or (tokens, tags)


def _token(file: Path, header: Header, number: int, line: str, key: str) -> tuple[str, str, str]:
    """Return the token, the tag and the sentence of a line; `key` is the sentence above it."""
    check_lines(file, number, [line])
    cells = _cells(header, line)
    if len(cells) != header.width:
        problem = f"{quoted(line)} has {len(cells)} cells, the header {header.width}"
        raise _unreadable(file, number, problem)
    assert header.sentence is not None
    token, tag, sentence = (cells[column].strip() for column in (header.tokens, header.tags, header.sentence))
    if not token or not tag or not (sentence or key):
        problem = f"{quoted(line)} lacks a token, its tag or its sentence"
        raise _unreadable(file, number, problem, "fill the cell")
    return token, tag, sentence


def _cells(header: Header, line: str) -> list[str]:
    """Return the cells of one line.

    A token may be a quotation mark that is not quoted itself. Read as CSV, it would swallow the lines up to the next
    one, so that each line is read on its own, and without quoting if it makes no sense with it.
    """
    try:
        cells = next(csv.reader([line], delimiter=header.delimiter, strict=True))
    except csv.Error:
        cells = []
    return cells if len(cells) == header.width else line.split(header.delimiter)


# ---- a line is a sentence -------------------------------------------------------------------------


def _sentences(file: Path, header: Header, lines: NumberedLines) -> Iterator[tuple[int, Sentence | UnreadableRecord]]:
    """Yield the sentences of a table with a sentence in each row, whose cells may contain line ends."""
    number = 1
    rows = csv.reader((f"{line}\n" for _, line in lines), delimiter=header.delimiter, strict=True)
    while True:
        start = number + 1
        result: Sentence | UnreadableRecord | None
        try:
            result = _sentence(file, header, start, next(rows))
        except StopIteration:
            return
        except csv.Error as error:
            cause = "a carriage return in a cell without quotation marks" if "new-line" in str(error) else str(error)
            result = _unreadable(file, start, f"not a row of the table ({cause})")
        except UnreadableRecord as error:
            result = error
        number = rows.line_num + 1
        if isinstance(result, UnreadableRecord) and number > start:
            # A quotation mark too many joins rows: how many are lost is not known.
            raise InputError(f"{result} (the row goes on to line {number})")
        if result is not None:
            yield start, result


def _sentence(file: Path, header: Header, number: int, cells: list[str]) -> Sentence | None:
    """Return the sentence of a row; None for an empty one."""
    if not cells:
        return None
    check_lines(file, number, ["\t".join(cells)])
    if len(cells) != header.width:
        raise _unreadable(file, number, f"a row has {len(cells)} cells, the header {header.width}")
    try:
        tokens, tags = parse_list(cells[header.tokens]), parse_list(cells[header.tags])
    except (SyntaxError, ValueError) as error:
        raise _unreadable(file, number, str(error), "write the list as JSON, with commas") from None
    return [f"{token}" for token in tokens], tags


def parse_list(cell: str) -> list[object]:
    """Return the strings and numbers of a list in the notation of JSON, Python or NumPy, which has no commas.

    Python would join the strings of NumPy's notation: `['B-PER' 'O']` is one string for it.

    Raises:
        ValueError: for anything else, also for a list that NumPy has shortened.

    >>> parse_list("['Ann' 'left']"), parse_list("[1, 0]")
    (['Ann', 'left'], [1, 0])
    """
    try:
        value = json.loads(cell)
    except (ValueError, RecursionError):
        value = None
        if _LIST.fullmatch(cell.strip()) or _NUMPY_ARRAY.fullmatch(cell.strip()):
            value = [
                int(item) if item.isdigit() else literal_eval(item) for item in re.findall(_ITEM, cell, re.DOTALL)
            ]
    if not isinstance(value, list) or not {str, int}.issuperset(map(type, value)):
        raise ValueError(f"{excerpt(cell)!r} is not a list of strings or numbers")
    for item in value:
        f"{item}".encode()  # an escaped half of a surrogate pair is no text
    return value
