"""Requests and answers as text: the only place that knows what an answer looks like.

A format is a name (`FORMATS`, in three families), a sentence that asks for it (`data/requests.yaml`), and a way to
write and to read: `parse(write(answer, task, format), task, format).items` holds the items of `answer`. Their order
means nothing, and formats that group items by category change it.
"""

from __future__ import annotations

from adelie_hf.answers import Answer
from adelie_hf.prompts.bodies import no_answer, read_body, write_body
from adelie_hf.prompts.descriptions import check_descriptions, descriptions, kind_of, relation_kind
from adelie_hf.prompts.names import FORMATS, check, family, formats
from adelie_hf.prompts.parsed import EXPLANATION, MARKER, Parsed, body
from adelie_hf.prompts.request import question, request, show_schema
from adelie_hf.prompts.slots import slots

__all__ = [
    "EXPLANATION",
    "FORMATS",
    "MARKER",
    "Parsed",
    "check_descriptions",
    "descriptions",
    "family",
    "formats",
    "kind_of",
    "no_answer",
    "parse",
    "question",
    "relation_kind",
    "request",
    "show_schema",
    "slots",
    "write",
]


def write(answer: Answer, task: str, format: str = "text", *, explanation: str = "") -> str:
    """The answer as a model is to give it: the explanation where there is one, the marker, the body.

    Raises:
        InputError: for a task or a format that is not there.
        ValueError: for a table that is ragged or has no column, and for more than one table; for an explanation
            that holds the answer marker, since `parse` reads on from the first one.
    """
    check(task, format)
    if MARKER in explanation:
        raise ValueError(f"an explanation that holds {MARKER!r} would be read as the answer")
    answered = write_body(answer, task, format)
    marked = f"{MARKER}{answered}" if answered.startswith("\n") else f"{MARKER} {answered}"
    return f"{EXPLANATION} {explanation}\n{marked}" if explanation else marked


def parse(text: str, task: str, format: str = "text") -> Parsed:
    """The answer that a model's output gives. Never raises, whatever the text.

    Raises:
        InputError: for a task or a format that is not there.
    """
    check(task, format)
    return read_body(body(text), task, format)
