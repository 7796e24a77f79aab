"""Grammars of the format `text`, in the Lark syntax of llguidance: what the answer to a request may contain.

A grammar accepts every `write(answer)` with mentions of the text and requested categories, and what it accepts is read
without a problem. Cells of a table and values of open IE are any words: a table summarises, and predicates are often
reworded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Item, Table, Trigger, Triple
from adelie_hf.prompts.formats.markup import ABSENT, mark_starts
from adelie_hf.prompts.formats.text import EVENT_DELIMITERS, NO_ANSWER, PAIR_DELIMITERS, TUPLE_DELIMITERS
from adelie_hf.prompts.formats.values import quote, write_value
from adelie_hf.records import Label, Schema
from adelie_hf.tasks import TASKS

# Bounds, since an untrained model lists without an end.
MOST_ITEMS = 200
_MOST_PARTS = 40  # arguments of an event or extraction
_MOST_COLUMNS = 12
_MOST_ROWS = 100

_QUOTED = r'/"([^"\\|\x00-\x1f]|\\(["\\\/bfnrt]|u[0-9a-fA-F]{4}))*"/'

# The pairs of mentions that an answer may relate, as written for relation classification.
Pairs = Sequence[tuple[str, str]]


def text_grammar(marker: str, task: str, schema: Schema, text: str, pairs: Pairs = ()) -> str:
    """Return the grammar of the answers to a request.

    Args:
        marker: what precedes the body of an answer.
        task: one of `TASKS`.
        schema: the requested categories.
        text: the text of the request; mentions are parts of it.
        pairs: for relation classification, the mentions in question: (head, tail).

    >>> print(text_grammar("[Answer]:", "ner", (Label("person"),), "Ada wrote.").splitlines()[1])
    item: mention ": " ("person") ";"
    """
    if TASKS[task].item is Table:
        return f"start: {_literal(marker)} ({_literal(' ' + NO_ANSWER)} | table)\n{_table_rules()}"
    rules = _RULES[TASKS[task].item](schema, text, pairs)
    # The lexer takes the longest word and never goes back, so no word may be the beginning of another one where both
    # may stand: the space belongs neither to the phrase for no answer nor to an item.
    items = f'item (" " item){{0,{MOST_ITEMS - 1}}}'
    return f"start: {_literal(marker + ' ')} ({_literal(NO_ANSWER)} | {items})\n{rules}"


def _pair_rules(schema: Schema, text: str, pairs: Pairs) -> str:
    return f'item: mention ": " {_names(schema, PAIR_DELIMITERS)} ";"\n{_mention_rules(text, PAIR_DELIMITERS)}'


def _triple_rules(schema: Schema, text: str, pairs: Pairs) -> str:
    names = _names(schema, TUPLE_DELIMITERS)
    if pairs:
        both = [pair for head, tail in pairs for pair in ((head, tail), (tail, head))]
        written = [[_literal(write_value(value, TUPLE_DELIMITERS)) for value in pair] for pair in both]
        shapes = [f'"(" {head} "; " {names} "; " {tail} ");"' for head, tail in written]
        return f"item: {' | '.join(shapes)}\n"
    return f'item: "(" mention "; " {names} "; " mention ");"\n{_mention_rules(text, TUPLE_DELIMITERS)}'


def _event_rules(schema: Schema, text: str, pairs: Pairs) -> str:
    events = " | ".join(_event(label) for label in schema)
    return f"item: {events}\n{_mention_rules(text, EVENT_DELIMITERS)}"


def _event(label: Label) -> str:
    # The type is one word with what follows it: `attack` would otherwise end where `attack on` goes on.
    event_type = f": {write_value(label.name, EVENT_DELIMITERS)}"
    bare = f"mention {_literal(event_type + ';')}"
    if not label.roles:
        return bare
    argument = f'mention ": " {_names(tuple(map(Label, label.roles)), EVENT_DELIMITERS)}'
    arguments = f'{argument} ("; " {argument}){{0,{_MOST_PARTS - 1}}} ");"'
    return f"{bare} | mention {_literal(event_type + ' (')} {arguments}"


def _extraction_rules(schema: Schema, text: str, pairs: Pairs) -> str:
    return f'item: "(" value ("; " value){{0,{_MOST_PARTS}}} ");"\n{_value_rules(TUPLE_DELIMITERS)}'


def _table_rules() -> str:
    """Return the rules of a Markdown table of any width up to the bound; each row has the width of the header."""
    tables = []
    for width in range(1, _MOST_COLUMNS + 1):
        rule = _literal("\n|" + " --- |" * width)
        tables.append(f'"\\n|" (" " VALUE){{{width}}} {rule} ("\\n|" (" " CELL){{{width}}}){{0,{_MOST_ROWS}}}')
    delimiters = "|\n\r"
    # A lexer takes the longest match, so a cell has the space and the pipe after it.
    plain, quoted = _plain(delimiters)[1:-1], _QUOTED[1:-1]
    return f"table: {' | '.join(tables)}\nVALUE: /({plain}|{quoted}) \\|/\nCELL: /({plain}|{quoted})? \\|/\n"


_RULES: dict[type[Item], Callable[[Schema, str, Pairs], str]] = {
    Entity: _pair_rules,
    Trigger: _pair_rules,
    Argument: _pair_rules,
    Triple: _triple_rules,
    EventItem: _event_rules,
    Extraction: _extraction_rules,
}


def _names(schema: Schema, delimiters: str) -> str:
    return f"({' | '.join(_literal(write_value(label.name, delimiters)) for label in schema)})"


def _mention_rules(text: str, delimiters: str) -> str:
    """Return the rules of a mention: a part of the text, quoted or not.

    The first character of a mark of answers (`[Answer]:`, `</think>`) has an escape in a quoted value, wherever a part
    has the whole mark: such a value may be several parts with escapes between them. So has a word for no argument.
    """
    escaped = [quote(character)[1:-1] for character in text]
    escapes = [f"\\u{ord(character):04x}" for character in mark_starts(text)]
    parts = f"ESCAPED_PART? (({' | '.join(map(_literal, escapes))}) ESCAPED_PART?)*" if escapes else "ESCAPED_PART"
    absent = "".join(f" | {_literal(quote(word)[1:-1])}" for word in ABSENT if word in text)
    return (
        "mention: PLAIN | QUOTED\n"
        f"PLAIN: PART & {_plain(delimiters)}\n"
        f"PART: %regex {json.dumps({'substring_chars': text})}\n"
        f'QUOTED: "\\"" ({parts}{absent}) "\\""\n'
        f"ESCAPED_PART: %regex {json.dumps({'substring_chunks': escaped})}\n"
    )


def _value_rules(delimiters: str) -> str:
    return f"value: PLAIN | QUOTED\nPLAIN: {_plain(delimiters)}\nQUOTED: {_QUOTED}\n"


def _plain(delimiters: str) -> str:
    """Return the pattern of an unquoted value; it neither begins nor ends with white space, nor looks quoted."""
    barred = "".join(f"\\x{ord(character):02x}" for character in delimiters)
    space = r"\s\x1c-\x1f"  # `str.strip` also removes separators that are no white space in Unicode
    return rf'/[^{space}"{barred}]([^{barred}]*[^{space}{barred}])?/'


def _literal(text: str) -> str:
    return json.dumps(text)
