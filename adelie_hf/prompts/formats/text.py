"""The format `text`: the answer shapes of the paper's Table 9, and our own for RE and EE.

    NER, ED, EAE    Acme: organization; Paris: location;
    RC, RE, ERE     (Acme; owns; Globex); (Globex; based in; Paris);
    open IE         (bought; Acme; Globex; in May);
    EE              attacked: attack (rebels: attacker; Paris: place); fell: fall;
    on-demand IE    a Markdown table (`markdown`)

Readers never raise. They also accept what models often write instead: newlines for semicolons, no last delimiter, an
unquoted colon in a mention, brackets inside a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, cast

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Item, Table, Trigger, Triple
from adelie_hf.prompts.formats.format import ParseResult, clip
from adelie_hf.prompts.formats.markdown import read_table, write_table
from adelie_hf.prompts.formats.values import Grammar, read_value, split_values, write_value
from adelie_hf.tasks import TASKS

NO_ANSWER = "NA"
PAIR_DELIMITERS = ";:\n"
TUPLE_DELIMITERS = ";()\n"
EVENT_DELIMITERS = ";:()\n"


def write_text(answer: Answer, task: str) -> str:
    """Write the body of an answer.

    Raises:
        ValueError: for tables that Markdown cannot write (see `markdown.only_table`).
    """
    return SHAPES[TASKS[task].item].write(answer) if answer else NO_ANSWER


def read_text(body: str, task: str) -> ParseResult:
    """Read the body of an answer."""
    if body == NO_ANSWER:
        return ParseResult(())
    result = SHAPES[TASKS[task].item].read(body)
    # Delimiters alone contain no item and no problem, but they are not the phrase for no answer either.
    return result if result.items or result.problems else ParseResult((), (clip(body),))


def grammar_of(task: str) -> Grammar | None:
    """Return how the answers of a task delimit values; nothing for tables."""
    return SHAPES[TASKS[task].item].grammar


# ---- pairs: NER, ED, EAE --------------------------------------------------------------------------


def _write_pairs(answer: Answer) -> str:
    pairs = cast("tuple[tuple[str, str], ...]", answer)
    return " ".join(
        [f"{write_value(value, PAIR_DELIMITERS)}: {write_value(label, PAIR_DELIMITERS)};" for value, label in pairs]
    )


def _read_pairs(make_item: Callable[[str, str], Item], body: str) -> ParseResult:
    items: list[Item] = []
    problems: list[str] = []
    fields: list[str] = []
    for piece, delimiter in split_values(body, PAIR_DELIMITERS):
        fields.append(piece)
        if delimiter == ":":
            continue
        pair = _pair(fields)
        if pair is not None:
            items.append(make_item(*pair))
        if not _is_pair_or_blank(fields):
            problems.append(clip(":".join(fields)))
        fields = []
    return ParseResult(tuple(items), tuple(problems))


def _pair(fields: list[str]) -> tuple[str, str] | None:
    """Return the value and label of the fields between colons, or None if one of the two is missing.

    In a value with an unquoted colon, the label follows the last colon.
    """
    *parts, label = fields
    value = ":".join(parts)
    return (read_value(value), read_value(label)) if value.strip() and label.strip() else None


def _is_pair_or_blank(fields: list[str]) -> bool:
    return [bool(field.strip()) for field in fields] in ([True, True], [False])


# ---- tuples: RC, RE, ERE, open IE -----------------------------------------------------------------


def _write_tuples(answer: Answer) -> str:
    return " ".join(
        [f"({'; '.join([write_value(value, TUPLE_DELIMITERS) for value in _values(item)])});" for item in answer]
    )


def _values(item: Item) -> tuple[str, ...]:
    return (item.predicate, *item.arguments) if isinstance(item, Extraction) else cast(Triple, item)


def _read_tuples(make_item: Callable[[list[str]], Item | None], body: str) -> ParseResult:
    items: list[Item] = []
    problems: list[str] = []
    fields: list[str] | None = None  # of the open tuple
    correct = True
    for piece, delimiter, intact in _top_level_pieces(body, ";()"):
        if fields is None:
            if piece.strip() or delimiter == ")":
                problems.append(clip(piece + delimiter))
            if delimiter == "(":
                fields, correct = [], True
            continue
        fields.append(piece)
        correct = correct and intact and piece.strip() != "" and "\n" not in piece
        if delimiter == ";":
            continue
        item = make_item(fields)
        if item is not None:
            items.append(item)
        if item is None or not correct or not delimiter:
            problems.append(clip(f"({';'.join(fields)}{delimiter}"))
        fields = None
    return ParseResult(tuple(items), tuple(problems))


def _top_level_pieces(text: str, delimiters: str) -> Iterator[tuple[str, str, bool]]:
    """Split like `split_values`, but join what an unquoted bracket inside brackets has split.

    Yields:
        The piece, the delimiter after it, and False if it was joined.
    """
    depth = 0
    parts: list[str] = []
    for piece, delimiter in split_values(text, delimiters):
        parts.append(piece)
        depth += delimiter == "("
        nested = depth > 1 and delimiter in ("(", ")")
        depth -= delimiter == ")" and depth > 0
        if nested:
            parts.append(delimiter)
        else:
            yield "".join(parts), delimiter, len(parts) == 1
            parts = []


def _triple(fields: list[str]) -> Triple | None:
    if len(fields) != 3 or not all(field.strip() for field in fields):
        return None
    head, relation, tail = map(read_value, fields)
    return Triple(head, relation, tail)


def _extraction(fields: list[str]) -> Extraction | None:
    predicate, *arguments = map(read_value, fields)
    return Extraction(predicate, tuple(arguments)) if any(field.strip() for field in fields) else None


# ---- events: EE -----------------------------------------------------------------------------------


def _write_events(answer: Answer) -> str:
    return " ".join(_write_event(event) for event in answer if isinstance(event, EventItem))


def _write_event(event: EventItem) -> str:
    trigger, event_type = write_value(event.trigger, EVENT_DELIMITERS), write_value(event.type, EVENT_DELIMITERS)
    arguments = "; ".join(
        f"{write_value(argument, EVENT_DELIMITERS)}: {write_value(role, EVENT_DELIMITERS)}"
        for argument, role in event.arguments
    )
    return f"{trigger}: {event_type} ({arguments});" if arguments else f"{trigger}: {event_type};"


def _read_events(body: str) -> ParseResult:
    items: list[EventItem] = []
    problems: list[str] = []
    fields: list[str] = []
    correct, in_arguments = True, False
    event: tuple[str, str] | None = None  # the trigger and type before the open bracket
    arguments: list[Argument] = []
    for piece, delimiter, intact in _top_level_pieces(body, EVENT_DELIMITERS):
        fields.append(piece)
        correct = correct and intact
        if delimiter == ":":
            continue
        pair = _pair(fields)
        correct = correct and _is_pair_or_blank(fields)
        if in_arguments:
            if pair is not None:
                arguments.append(Argument(*pair))
            if delimiter in (")", ""):
                if event is not None:
                    items.append(EventItem(*event, tuple(arguments)))
                in_arguments = False
            correct = correct and delimiter != ""
        elif delimiter == "(":
            in_arguments, event, arguments = True, pair, []
            correct = correct and pair is not None
        else:
            if pair is not None:
                items.append(EventItem(*pair, ()))
            correct = correct and delimiter != ")"
        if not correct:
            problems.append(clip(":".join(fields) + delimiter) or "(")
        fields, correct = [], True
    return ParseResult(tuple(items), tuple(problems))


class Shape(NamedTuple):
    write: Callable[[Answer], str]
    read: Callable[[str], ParseResult]
    grammar: Grammar | None


SHAPES: dict[type[Item], Shape] = {
    Entity: Shape(_write_pairs, partial(_read_pairs, Entity), Grammar(PAIR_DELIMITERS)),
    Trigger: Shape(_write_pairs, partial(_read_pairs, Trigger), Grammar(PAIR_DELIMITERS)),
    Argument: Shape(_write_pairs, partial(_read_pairs, Argument), Grammar(PAIR_DELIMITERS)),
    Triple: Shape(_write_tuples, partial(_read_tuples, _triple), Grammar(TUPLE_DELIMITERS)),
    Extraction: Shape(_write_tuples, partial(_read_tuples, _extraction), Grammar(TUPLE_DELIMITERS)),
    EventItem: Shape(_write_events, _read_events, Grammar(EVENT_DELIMITERS)),
    Table: Shape(write_table, read_table, None),
}
