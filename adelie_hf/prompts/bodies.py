"""Answers as text, format by format: the body that follows the answer marker, and the sentence that asks for it."""

from __future__ import annotations

from functools import cache

from adelie_hf.answers import Answer
from adelie_hf.prompts import text
from adelie_hf.prompts.items import EVENT_WITH_A_ROLE_TWICE, EVENT_WITHOUT_ARGUMENTS, EXAMPLES
from adelie_hf.prompts.json_format import read_json, write_json
from adelie_hf.prompts.markdown import check_table, read_table, write_table
from adelie_hf.prompts.names import check, family, formats
from adelie_hf.prompts.parsed import MARKER, Parsed, shorten
from adelie_hf.prompts.slots import fill, read_data
from adelie_hf.prompts.templates import FILE, TEMPLATES, read_template, template, write_template

_NA = "NA"  # of `text`
_REQUESTS = "prompts/data/requests.yaml"


def write_body(answer: Answer, task: str, format: str) -> str:
    """What follows the marker; a table starts on a line of its own.

    Raises:
        ValueError: for a table that is ragged or has no column, and for more than one table.
    """
    if task == "odie":
        check_table(answer)
    if family(format) == "json":
        return write_json(answer, task, format)
    if format != "text":
        return write_template(answer, template(format, task))
    if not answer:
        return _NA
    return write_table(answer) if task == "odie" else text.WRITE[task](answer)


def read_body(body: str, task: str, format: str) -> Parsed:
    """Reads what follows the marker. Never raises."""
    if family(format) == "json":
        return read_json(body, task, format)
    if not body:
        return Parsed((), ("the output is empty",))
    if format != "text":
        parsed = read_template(body, template(format, task))
        return parsed if parsed.items or parsed.problems or body == no_answer(task, format) else _unreadable(body)
    if body == _NA:
        return Parsed(())
    parsed = read_table(body) if task == "odie" else text.READ[task](body)
    return parsed if parsed.items or parsed.problems else _unreadable(body)


def _unreadable(body: str) -> Parsed:
    """Delimiters with nothing between them: there is nothing to quote, but it does not say that there is no answer."""
    return Parsed((), (shorten(body),))


def no_answer(task: str, format: str = "text") -> str:
    """The body that is written for an empty answer.

    Raises:
        InputError: for a task or a format that is not there.
    """
    check(task, format)
    return write_body((), task, format)


@cache
def asked(task: str, format: str) -> str:
    """The sentence that asks for a format; it states the body for an empty answer."""
    wording = read_data("requests")[format]
    if format in ("text", "json"):
        return wording[task]
    # A format that lists items below what they share shows two of them.
    several = format in ("iepile", "lists") and task not in ("ee", "openie")
    example = EVENT_WITH_A_ROLE_TWICE if (task, format) == ("ee", "iepile") else EXAMPLES[task] * (1 + several)
    bare = ""
    if task == "ee" and family(format) != "json":
        bare = fill(read_data("requests")["bare"], {"shape": write_body(EVENT_WITHOUT_ARGUMENTS, task, format)})
    return fill(
        wording,
        {
            "shape": write_body(example, task, format),
            "unit": read_data("requests")["units"][task],
            "bare": bare,
            "none": no_answer(task, format),
        },
    )


@cache
def check_formats(task: str) -> None:
    """Checks the wording of every format of a task, once a process.

    Raises:
        ValueError: naming file and entry, for a template that cannot be read without mistakes, a request that
            does not state its phrase for no answer, and two formats that write the same.
    """
    if set(read_data("templates")) != set(TEMPLATES):
        raise ValueError(f"{FILE} has {', '.join(read_data('templates'))}; it needs {', '.join(TEMPLATES)}")
    written: dict[str, str] = {}
    for format in formats(task):
        body = write_body(EXAMPLES[task], task, format) if task in EXAMPLES else ""
        if body and written.setdefault(body, format) != format:
            raise ValueError(f"{format} and {written[body]} write the same for {task}: {body}")
        try:
            sentence = asked(task, format)
        except KeyError as error:
            raise ValueError(f"{_REQUESTS}, {format}, {task}: has no {error}") from None
        except ValueError as error:
            raise ValueError(f"{_REQUESTS}, {format}, {task}: {error}") from None
        if f'"{MARKER} {no_answer(task, format)}"' not in sentence:
            raise ValueError(f"{_REQUESTS}, {format}, {task}: does not state {no_answer(task, format)!r}")
