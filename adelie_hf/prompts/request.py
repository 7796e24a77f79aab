"""The request: task description, schema, output format and text, as one user message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adelie_hf.prompts.bodies import asked, check_formats
from adelie_hf.prompts.names import check
from adelie_hf.prompts.slots import fill, read_data, slots
from adelie_hf.queries import Query
from adelie_hf.records import Label, Schema

_SCHEMA_TITLES = {
    "ner": "Entity types",
    "rc": "Relations",
    "re": "Relations",
    "ed": "Event types",
    "ee": "Event types and their roles",
    "eae": "Roles",
    "ere": "Relations",
}


def show_schema(schema: Schema) -> str:
    """The categories as a request shows them: names, with roles in brackets, once where all types share them."""
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
    """The user message for a query: description, schema, format and text, each on lines of its own.

    A slot of the description is filled: `{schema}` with the categories, `{text}` with the text, and a name of the
    query's focus (`{head}`, `{event}`, ...) with that mention. What fills a slot has no line of its own below.

    Args:
        description: one of `descriptions`, or the caller's own. A query with an instruction does without.
        format: the answer format.
        schema: the categories to show, in this order.
        guidelines: shows the categories line by line, with their definitions and these examples: name of a
            category -> mentions. A category may be without either.
        explain: asks for an explanation before the answer.
        demonstrations: solved queries of the same schema with their answers, which go before the query's own text;
            the description then has no slot but `{schema}`.

    Raises:
        InputError: for a format that is not there.
        ValueError: for a slot that nothing fills; `{schema}` is one where the schema is empty.
    """
    check(query.task, format)
    check_formats(query.task)
    filled: tuple[str, ...] = ()
    lines = [query.instruction]
    if not query.instruction:
        filled = slots(description)
        lines = [fill(description, _values(query, schema)) if filled else description]
    if query.task in _SCHEMA_TITLES and schema:
        if guidelines is not None:
            lines.append(f"{_SCHEMA_TITLES[query.task]}:")
            lines.extend(_guideline(label, guidelines.get(label.name, ())) for label in schema)
        elif "schema" not in filled:
            lines.append(f"{_SCHEMA_TITLES[query.task]}: {show_schema(schema)}.")
    if query.task in read_data("requests")["directions"]:
        lines.append(read_data("requests")["directions"][query.task])
    if explain:
        lines.append(read_data("requests")["explain"])
    lines.append(asked(query.task, format))
    solved = (f"{question(shown)}\n{answer}\n" for shown, answer in demonstrations)
    return "\n".join((*lines, *solved, *_question(query, filled)))


def question(query: Query) -> str:
    """The last lines of a request, those that differ between the queries of a task, schema and format.

    They make a later user turn of a chat whose first turn is a whole `request`, with a description that has no
    slot but `{schema}`.
    """
    return "\n".join(_question(query))


def _question(query: Query, filled: Sequence[str] = ()) -> Iterator[str]:
    if "text" not in filled:
        yield f"Text: {_mark(query)}"
    for name, shown in _focus(query):
        if name not in filled:
            yield f"{name.capitalize()}: {shown}"


def _values(query: Query, schema: Schema) -> dict[str, str]:
    """What may fill the slots of a description."""
    values = {"text": _mark(query), **dict(_focus(query, '"'))}
    return values | {"schema": show_schema(schema)} if schema else values


def _focus(query: Query, quotation: str = "") -> Iterator[tuple[str, str]]:
    """The mentions that the query is about; those that stand inside a sentence have quotation marks."""
    kind = f" ({query.event_type})" if query.event_type else ""
    for name, mention in query.focus:
        yield name, f"{quotation}{mention.text}{quotation}{kind}"


def _guideline(label: Label, examples: Sequence[str]) -> str:
    """One category: `- attack (attacker, place): a violent act (such as raid, ambush)`."""
    roles = f" ({', '.join(label.roles)})" if label.roles else ""
    definition = f": {' '.join(label.definition.split())}" if label.definition else ""
    shown = f" (such as {', '.join(' '.join(example.split()) for example in examples)})" if examples else ""
    return f"- {label.name}{roles}{definition}{shown}"


def _mark(query: Query) -> str:
    """The text with the query's own mentions in tags, since a surface may occur more than once."""
    if not query.focus:
        return query.text
    text, at = "", 0
    for offset, tag in _tags(query):
        text, at = text + query.text[at:offset] + tag, offset
    return text + query.text[at:]


def _tags(query: Query) -> Iterator[tuple[int, str]]:
    """Offsets and tags in the order of the text: where one mention holds another, its tags are the outer ones."""
    spans = [
        (start, end, number, name)
        for number, (name, mention) in enumerate(query.focus)
        for start, end in mention.fragments
    ]
    opened = [((start, 1, -end, number), f"<{name}> ") for start, end, number, name in spans]
    closed = [((end, 0, -start, -number), f" </{name}>") for start, end, number, name in spans]
    for (offset, *_), tag in sorted(opened + closed):
        yield offset, tag
