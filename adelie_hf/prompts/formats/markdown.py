"""On-demand IE in the format `text`: one Markdown table.

A cell is quoted by the escape of `values` if it contains a pipe or a line end, or starts or ends with white space. The
escape spells a pipe `\\u007c`, so that the output is a valid Markdown table as well.
"""

from __future__ import annotations

import re
from itertools import pairwise

from adelie_hf.answers import Answer, Table
from adelie_hf.prompts.formats.format import ParseResult, clip
from adelie_hf.prompts.formats.values import read_value, write_cell

_DELIMITER_CELL = re.compile(r"\s*:?-+:?\s*")
_MAX_PADDING = 10_000  # empty cells that short rows are filled with: bounds the cost of a malformed table


def only_table(answer: Answer) -> Table:
    """Return the table of an answer that is not empty.

    Raises:
        ValueError: unless the answer is one table that has a header and rows of its width.
    """
    table, *others = answer
    if others or not isinstance(table, Table):
        raise ValueError("an answer of on-demand IE is one table or nothing")
    if not table.header or any(len(row) != len(table.header) for row in table.rows):
        raise ValueError(f"a table needs a header, and rows of its width: {clip(repr(table))}")
    return table


def write_table(answer: Answer) -> str:
    """Write the table of an answer that is not empty; it starts on a line of its own.

    Raises:
        ValueError: as `only_table` does.
    """
    table = only_table(answer)
    lines = [table.header, ("---",) * len(table.header), *table.rows]
    return "\n" + "\n".join("| " + " | ".join(_write_cell(cell) for cell in line) + " |" for line in lines)


def _write_cell(cell: str) -> str:
    return "" if cell == "" else write_cell(cell, "|\n\r")


def read_table(body: str) -> ParseResult:
    """Read the first Markdown table of a text by the rules of GitHub's table extension.

    Outer pipes are optional and `\\|` is a pipe. Rows that are narrower or wider than the header are padded with empty
    cells or cut, and reported as problems, as is prose around the table. Never raises.
    """
    lines = body.split("\n")
    start = next(
        (number for number, (line, below) in enumerate(pairwise(lines)) if "|" in line and _is_delimiter_row(below)),
        None,
    )
    if start is None:
        return ParseResult((), (clip(body),))
    end = next((number for number in range(start + 2, len(lines)) if "|" not in lines[number]), len(lines))
    problems = [line for line in lines[:start] + lines[end:] if line.strip()]
    header = _cells(lines[start])
    if len(header) != len(_cells(lines[start + 1])):
        problems.append(lines[start + 1])
    rows, padding = [], 0
    for line in lines[start + 2 : end]:
        cells = _cells(line)
        missing = len(header) - len(cells)
        if missing:
            problems.append(line)
        if padding + missing <= _MAX_PADDING:
            padding += max(missing, 0)
            rows.append(_read_cells((cells + [""] * missing)[: len(header)]))
    return ParseResult((Table(_read_cells(header), tuple(rows)),), tuple(map(clip, problems)))


def _is_delimiter_row(line: str) -> bool:
    return all(_DELIMITER_CELL.fullmatch(cell) for cell in _cells(line))


def _read_cells(cells: list[str]) -> tuple[str, ...]:
    return tuple(map(read_value, cells))


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]
