"""Write answers as the text of an assistant message, and parse model outputs."""

from __future__ import annotations

from adelie_hf.answers import Answer
from adelie_hf.errors import InputError
from adelie_hf.prompts.cleaning import read_output
from adelie_hf.prompts.formats.catalogue import find_format
from adelie_hf.prompts.formats.format import ParseResult
from adelie_hf.prompts.formats.json_schema import JsonSchema, json_schema
from adelie_hf.prompts.formats.markup import EXPLANATION, MARKER
from adelie_hf.prompts.formats.text_grammar import text_grammar
from adelie_hf.queries import Query


def write(answer: Answer, task: str, format: str = "text", *, explanation: str = "") -> str:
    """Write an answer as the assistant message: an optional explanation, the answer marker, and the body.

    Args:
        answer: the items of the task.
        task: one of `TASKS`.
        format: one of `formats(task)`.
        explanation: the reasons for the answer; they precede it.

    Raises:
        InputError: for an unknown task or format, or a format that the task does not have.
        ValueError: for an explanation that contains the answer marker, because `parse` starts at the first one; for
            more than one table, and for a table without columns or with rows of uneven width.

    >>> from adelie_hf.answers import Entity
    >>> answer = (Entity("Acme", "organization"), Entity("14:30", "time"))
    >>> write(answer, "ner")
    '[Answer]: Acme: organization; "14:30": time;'
    >>> write(answer, "ner", "iepile")
    '[Answer]: {"organization": ["Acme"], "time": ["14:30"]}'
    """
    answer_format = find_format(format, task)
    if MARKER in explanation:
        raise ValueError(f"an explanation that contains {MARKER!r} would be parsed as the answer")
    body = answer_format.write(answer, task)
    marked = f"{MARKER}{body}" if body.startswith("\n") else f"{MARKER} {body}"
    return f"{EXPLANATION} {explanation}\n{marked}" if explanation else marked


def parse(text: str, task: str, format: str = "text") -> ParseResult:
    """Parse the output of a model. Any text has a result: what cannot be parsed is among its `problems`.

    Args:
        text: the output; the answer is the text after the answer marker, or all of it without a marker. What models
            put around an answer is taken off: thoughts, code fences, remarks, bullets.
        task: one of `TASKS`.
        format: the format that was requested.

    Raises:
        InputError: for an unknown task or format, or a format that the task does not have.

    >>> parse("[Answer]: Acme: organization; and more", "ner")
    ParseResult(items=(Entity(mention='Acme', type='organization'),), problems=('and more',), repairs=())
    >>> parse("[Answer]: Acme: organization; and more", "ner").status
    'repaired'
    >>> parse("<think>Is it a company?</think>\\n- Acme: organization;", "ner").repairs
    ('thoughts', 'bullets')
    """
    return read_output(text, task, find_format(format, task))


def parse_written(text: str, task: str, format: str = "text") -> ParseResult:
    """Parse an answer as its format writes it, such as one that a grammar has held to it: nothing is taken off.

    Without the marker all of the text is the answer, as where a JSON schema has held to it.

    Raises:
        InputError: for an unknown task or format, or a format that the task does not have.

    >>> parse_written("[Answer]: - Acme: organization;", "ner").items
    (Entity(mention='- Acme', type='organization'),)
    """
    body = text.strip().removeprefix(MARKER).strip()
    answer_format = find_format(format, task)
    return answer_format.read(body, task) if body else ParseResult((), ("the output is empty",))


def no_answer(task: str, format: str = "text") -> str:
    """Return the body of an empty answer.

    Raises:
        InputError: for an unknown task or format, or a format that the task does not have.

    >>> no_answer("ner"), no_answer("ner", "json"), no_answer("ner", "arrows")
    ('NA', '[]', 'no entity')
    """
    return find_format(format, task).write((), task)


def answer_grammar(query: Query, format: str = "text") -> str:
    """Return the grammar of the answers to a query, for constrained decoding, in the Lark syntax of llguidance.

    It accepts every `write(answer)` whose mentions are in the text and whose categories are those of the query, and
    `parse_written` reads what it accepts without a problem. An answer has at most 200 items.

    Raises:
        InputError: for an unknown format, and for one without a grammar: only `text` has one.
    """
    find_format(format, query.task)
    if format != "text":
        raise InputError(
            f"the format {format!r} has no grammar; constrained decoding needs `text`", parameter="format"
        )
    return text_grammar(MARKER, query.task, query.schema, query.text, _pairs(query))


def answer_json_schema(query: Query, format: str = "json") -> JsonSchema:
    """Return the JSON schema of the answers to a query, for endpoints that hold answers to one; without a marker.

    Raises:
        InputError: for an unknown format, and for one without a schema: `json` and `json-nested` have one.
    """
    find_format(format, query.task)
    if format not in ("json", "json-nested"):
        raise InputError(
            f"the format {format!r} has no JSON schema; choose `json` or `json-nested`", parameter="format"
        )
    return json_schema(query.task, query.schema, nested=format == "json-nested", pairs=_pairs(query))


def _pairs(query: Query) -> list[tuple[str, str]]:
    return [(query.focus[0][1].text, query.focus[1][1].text)] if len(query.focus) == 2 else []
