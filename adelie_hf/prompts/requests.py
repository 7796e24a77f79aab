"""The request: task description, schema, output format and text, as one user message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adelie_hf.prompts.format_instructions import check_formats, format_instruction
from adelie_hf.prompts.formats.catalogue import find_format
from adelie_hf.prompts.wordings import fill, read_data, slots
from adelie_hf.queries import Query
from adelie_hf.records import Label, Schema
from adelie_hf.tasks import TASKS


def show_schema(schema: Schema) -> str:
    """Return the categories in one line, with roles in brackets, or once at the end if all types share them.

    >>> show_schema((Label("buy", roles=("buyer", "goods")), Label("rain")))
    'buy (buyer, goods), rain'
    """
    if len(schema) > 1 and schema[0].roles and len({label.roles for label in schema}) == 1:
        return f"{', '.join(label.name for label in schema)}, each with {', '.join(schema[0].roles)}"
    return ", ".join(f"{label.name} ({', '.join(label.roles)})" if label.roles else label.name for label in schema)


def request(
    query: Query,
    description: str,
    format: str,
    schema: Schema,
    *,
    guidelines: Mapping[str, Sequence[str]] | None = None,
    explain: bool = False,
    demonstrations: Sequence[tuple[Query, str]] = (),
) -> str:
    """Return the user message for a query: description, schema, format and text, each on lines of its own.

    The slots of the description are filled: `{schema}` with the categories, `{text}` with the text, and a name of the
    query's focus (`{head}`, `{event}`, ...) with that mention. What fills a slot has no line of its own.

    Args:
        query: the query; its instruction, if it has one, replaces the description.
        description: one of `descriptions`, or the caller's own.
        format: the answer format.
        schema: the categories to show, in this order.
        guidelines: category name -> example mentions. If given, each category has a line of its own, with its
            definition and these examples; both may be missing.
        explain: True to request an explanation before the answer.
        demonstrations: solved queries of the same schema with their answers, placed before the query's text. The
            description then has no slot but `{schema}`.

    Raises:
        InputError: for an unknown format.
        ValueError: for a slot without a value; `{schema}` has none if the schema is empty.

    >>> query = Query("s/1/ner/0", "s", "ner", "train", "g", "Acme grew .", (), ())
    >>> print(request(query, "Find the entities.", "text", (Label("organization"), Label("date"))))
    Find the entities.
    Entity types: organization, date.
    Answer as "[Answer]: entity: type;" for each entity, or "[Answer]: NA".
    Text: Acme grew .
    """
    find_format(format, query.task)
    check_formats(query.task)
    filled: tuple[str, ...] = ()
    lines = [query.instruction]
    if not query.instruction:
        filled = slots(description)
        lines = [fill(description, _slot_values(query, schema)) if filled else description]
    title = TASKS[query.task].schema_title
    if title and schema:
        if guidelines is not None:
            lines.append(f"{title}:")
            lines.extend(_guideline(label, guidelines.get(label.name, ())) for label in schema)
        elif "schema" not in filled:
            lines.append(f"{title}: {show_schema(schema)}.")
    wordings = read_data("requests")
    if query.task in wordings["directions"]:
        lines.append(wordings["directions"][query.task])
    if explain:
        lines.append(wordings["explain"])
    lines.append(format_instruction(query.task, format))
    solved = (f"{question(demonstration)}\n{answer}\n" for demonstration, answer in demonstrations)
    return "\n".join((*lines, *solved, *_question_lines(query, filled)))


def question(query: Query) -> str:
    """Return the last lines of a request: those that differ between queries of one task, schema and format.

    They are a later user turn of a chat that starts with a full `request`, whose description has no slot but
    `{schema}`.

    >>> from adelie_hf.records import Mention
    >>> text = "Acme bought Globex ."
    >>> focus = (("head", Mention.at(text, 0, 4)), ("tail", Mention.at(text, 12, 18)))
    >>> print(question(Query("s/1/rc/0", "s", "rc", "train", "g", text, (), (), focus)))
    Text: <head> Acme </head> bought <tail> Globex </tail> .
    Head: Acme
    Tail: Globex
    """
    return "\n".join(_question_lines(query))


def _question_lines(query: Query, filled: Sequence[str] = ()) -> Iterator[str]:
    if "text" not in filled:
        yield f"Text: {_tagged_text(query)}"
    for name, mention in _focus(query):
        if name not in filled:
            yield f"{name.capitalize()}: {mention}"


def _slot_values(query: Query, schema: Schema) -> dict[str, str]:
    """Return the values of all slots that a description may have."""
    values = {"text": _tagged_text(query), **dict(_focus(query, '"'))}
    return values | {"schema": show_schema(schema)} if schema else values


def _focus(query: Query, quotation_mark: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and wording of each mention that the query is about; within a sentence they are quoted."""
    event_type = f" ({query.event_type})" if query.event_type else ""
    for name, mention in query.focus:
        yield name, f"{quotation_mark}{mention.text}{quotation_mark}{event_type}"


def _guideline(label: Label, examples: Sequence[str]) -> str:
    """Return the line of a category: `- attack (attacker, place): a violent act (such as raid, ambush)`."""
    roles = f" ({', '.join(label.roles)})" if label.roles else ""
    definition = f": {' '.join(label.definition.split())}" if label.definition else ""
    such_as = f" (such as {', '.join(' '.join(example.split()) for example in examples)})" if examples else ""
    return f"- {label.name}{roles}{definition}{such_as}"


def _tagged_text(query: Query) -> str:
    """Return the text with tags around the mentions of the focus, since a surface may occur more than once."""
    if not query.focus:
        return query.text
    text, position = "", 0
    for offset, tag in _tags(query):
        text, position = text + query.text[position:offset] + tag, offset
    return text + query.text[position:]


def _tags(query: Query) -> Iterator[tuple[int, str]]:
    """Yield offsets and tags in the order of the text; the tags of a mention enclose those of mentions inside it."""
    spans = [
        (start, end, number, name)
        for number, (name, mention) in enumerate(query.focus)
        for start, end in mention.fragments
    ]
    opening = [((start, 1, -end, number), f"<{name}> ") for start, end, number, name in spans]
    closing = [((end, 0, -start, -number), f" </{name}>") for start, end, number, name in spans]
    for (offset, *_), tag in sorted(opening + closing):
        yield offset, tag
