"""Markdown fragments for cards and reports: cells that cannot break their table, code spans and fences."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Markup of Markdown and HTML. An underscore inside a word is none, and a bracket alone is no link.
_MARKUP = re.compile(r"[\\`*~<&|]|\](?=[(\[])|(?<!\w)_|_(?!\w)")


def cell(value: object) -> str:
    r"""Return a value as plain text for a table cell: on one line, its markup escaped.

    >>> cell("a|b <i>")
    'a\\|b \\<i>'
    """
    return _MARKUP.sub(r"\\\g<0>", " ".join(str(value).split()))


def code_span(text: str) -> str:
    """Return a text as a code span, whatever backticks it contains.

    >>> code_span("a`b")
    '``a`b``'
    """
    line = " ".join(text.split())
    marks = "`" * (1 + _longest_run(line)) if "`" in line else "`"
    padding = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{padding}{line}{padding}{marks}"


def code_cell(text: str) -> str:
    """Return a text as a code span for a table cell."""
    return code_span(text).replace("|", "\\|")


def fenced(text: str, language: str = "") -> str:
    """Return a text as a fenced code block, with a fence longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + _longest_run(text))
    return f"{fence}{language}\n{text}\n{fence}"


def markdown_table(table: Sequence[Sequence[str]]) -> str:
    """Return a table of plain text in Markdown; its first row is the header.

    >>> print(markdown_table([["stage", "seconds"], ["sft", "12"]]))
    | stage | seconds |
    | --- | --- |
    | sft | 12 |
    """
    rows = [[cell(value) for value in row] for row in table]
    rows.insert(1, ["---"] * len(table[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
