"""The text format of on-demand IE: one Markdown table.

A cell that holds a pipe or a line end, or whose white space counts, is quoted by the escape of
`values`, in which a pipe is spelled `\\u007c`: what is written is a valid Markdown table as well.
"""

from __future__ import annotations

import re

from adelie_hf.prompts.parsed import Parsed, shorten
from adelie_hf.prompts.values import quote, unquote
from adelie_hf.records import Answer, Table

_RULE = re.compile(r"\s*:?-+:?\s*")


def write_table(answer: Answer) -> str:
    """Writes the one table of an answer. Raises ValueError for a ragged table, or more than one."""
    (table,) = answer
    assert isinstance(table, Table)
    if not table.header or any(len(row) != len(table.header) for row in table.rows):
        raise ValueError(f"a table needs a header and rows of its width: {table}")
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
    problems: list[str] = []
    for number, line in enumerate(lines[:-1]):
        header, rule = _cells(line), _cells(lines[number + 1])
        if "|" in line and all(_RULE.fullmatch(cell) for cell in rule):
            break
        if line.strip():
            problems.append(shorten(line))
    else:
        return Parsed((), tuple(problems) or (shorten(body),))
    if len(header) != len(rule):
        problems.append(shorten(lines[number + 1]))
    rows = []
    rest = lines[number + 2 :]
    while rest and "|" in rest[0]:
        line = rest.pop(0)
        cells = _cells(line)
        if len(cells) != len(header):
            problems.append(shorten(line))
        rows.append(tuple(unquote(cell) for cell in (cells + [""] * len(header))[: len(header)]))
    problems += [shorten(line) for line in rest if line.strip()]
    return Parsed((Table(tuple(unquote(cell) for cell in header), tuple(rows)),), tuple(problems))


def _cells(line: str) -> list[str]:
    line = line.strip()
    line = line[1:] if line.startswith("|") else line
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]
