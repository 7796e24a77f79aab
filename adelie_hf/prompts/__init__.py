"""Requests and answers as text: the only place that knows what an answer looks like.

A format is a name (`text` or `json`), one request sentence a task (`data/requests.yaml`), and a pair
of functions with `parse(write(answer, task, format), task, format).items == answer`.
"""

from __future__ import annotations

from adelie_hf.prompts.json_format import read_json, write_json
from adelie_hf.prompts.markdown import check_table, read_table, write_table
from adelie_hf.prompts.parsed import FORMATS, MARKER, NO_ANSWER, Parsed, body, check, shorten
from adelie_hf.prompts.request import descriptions, request, show_schema
from adelie_hf.prompts.text import READ, WRITE
from adelie_hf.records import Answer

__all__ = ["FORMATS", "MARKER", "NO_ANSWER", "Parsed", "descriptions", "parse", "request", "show_schema", "write"]


def write(answer: Answer, task: str, format: str = "text") -> str:
    """The answer as a model is to give it, marker included.

    Raises:
        InputError: for a task or a format that is not there.
        ValueError: for a table that is ragged or has no column, and for more than one table.
    """
    check(task, format)
    if task == "odie":
        check_table(answer)
    if format == "json":
        return f"{MARKER} {write_json(answer, task)}"
    if not answer:
        return f"{MARKER} {NO_ANSWER}"
    if task == "odie":
        return f"{MARKER}{write_table(answer)}"
    return f"{MARKER} {WRITE[task](answer)}"


def parse(text: str, task: str, format: str = "text") -> Parsed:
    """The answer that a model's output gives. Never raises, whatever the text.

    Raises:
        InputError: for a task or a format that is not there.
    """
    check(task, format)
    answer = body(text)
    if format == "json":
        return read_json(answer, task)
    if answer == NO_ANSWER:
        return Parsed(())
    if not answer:
        return Parsed((), ("the output is empty",))
    parsed = read_table(answer) if task == "odie" else READ[task](answer)
    # Delimiters with nothing between them: there is nothing to quote, but it does not say `NA` either.
    return parsed if parsed.items or parsed.problems else Parsed((), (shorten(answer),))
