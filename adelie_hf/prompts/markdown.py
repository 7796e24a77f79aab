"""The text format of on-demand IE: one Markdown table.

A cell that holds a pipe or a line end, or whose white space counts, is quoted by the escape of
`values`, in which a pipe is spelled `\\u007c`: what is written is a valid Markdown table as well.
"""

from __future__ import annotations

import re
from itertools import pairwise

from adelie_hf.answers import Answer, Table
from adelie_hf.prompts.parsed import Parsed, shorten
from adelie_hf.prompts.values import quote, unquote

_RULE = re.compile(r"\s*:?-+:?\s*")
_ROOM = 10_000  # cells that short rows may be filled with: a bound on what a broken text can cost


def check_table(answer: Answer) -> None:
    """Raises ValueError for an answer that is neither empty nor one table of even width."""
    for number, table in enumerate(answer):
        if number or not isinstance(table, Table):
            raise ValueError("an answer of on-demand IE is one table or nothing")
        if not table.header or any(len(row) != len(table.header) for row in table.rows):
            raise ValueError(f"a table needs a header, and rows of its width: {shorten(repr(table))}")


def write_table(answer: Answer) -> str:
    """Writes the one table of an answer, which `check_table` lets pass."""
    (table,) = (item for item in answer if isinstance(item, Table))
    lines = [table.header, ("---",) * len(table.header), *table.rows]
    return "\n" + "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(cell: str) -> str:
    return "" if cell == "" else quote(cell, "|\n\r")


def read_table(body: str) -> Parsed:
    """Reads the first Markdown table of a text, as GitHub's table extension reads one.

    Outer pipes may be missing and `\\|` is a pipe. Rows that are not as wide as the header are filled
    with empty cells or cut, and named as problems, as is prose around the table. Never raises.
    """
    lines = body.split("\n")
    start = next((at for at, (line, below) in enumerate(pairwise(lines)) if "|" in line and _is_rule(below)), None)
    if start is None:
        return Parsed((), (shorten(body),))
    end = next((at for at in range(start + 2, len(lines)) if "|" not in lines[at]), len(lines))
    problems = [line for line in lines[:start] + lines[end:] if line.strip()]
    header = _cells(lines[start])
    if len(header) != len(_cells(lines[start + 1])):
        problems.append(lines[start + 1])
    rows, room = [], _ROOM
    for line in lines[start + 2 : end]:
        cells = _cells(line)
        missing = len(header) - len(cells)
        if missing:
            problems.append(line)
        if missing <= room:
            room -= max(missing, 0)
            rows.append(_values((cells + [""] * missing)[: len(header)]))
    return Parsed((Table(_values(header), tuple(rows)),), tuple(map(shorten, problems)))


def _is_rule(line: str) -> bool:
    return all(_RULE.fullmatch(cell) for cell in _cells(line))


def _values(cells: list[str]) -> tuple[str, ...]:
    return tuple(map(unquote, cells))


def _cells(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]
