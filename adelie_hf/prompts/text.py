"""The text formats: answer shapes of the paper's Table 9, and ours for RE and EE.

    NER, ED, EAE    Acme: organization; Paris: location;
    RC, RE, ERE     (Acme; owns; Globex); (Globex; based in; Paris);
    open IE         (bought; Acme; Globex; in May);
    EE              attacked: attack (rebels: attacker; Paris: place); fell: fall;

Each format is a pair of functions on the answer's body (what follows the answer marker):
`write_x(answer) -> str`, `read_x(body) -> Parsed`. Readers never raise. They also read what a model
is likely to write instead: newlines for semicolons, a missing last delimiter, an unquoted colon in
a mention, brackets inside a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Item, Trigger, Triple
from adelie_hf.prompts.parsed import Parsed, shorten
from adelie_hf.prompts.values import pieces, quote, unquote

PAIR = ";:\n"
TUPLE = ";()\n"
EVENT = ";:()\n"


def _fields(item: Item) -> tuple[str, ...]:
    """The strings of an item, events and tables aside."""
    if isinstance(item, Extraction):
        return (item.predicate, *item.arguments)
    fields: tuple[Any, ...] = item
    return fields


# ---- pairs: NER, ED, EAE --------------------------------------------------------------------------


def _write_pairs(answer: Answer) -> str:
    return " ".join(f"{quote(value, PAIR)}: {quote(label, PAIR)};" for value, label in map(_fields, answer))


def _read_pairs(item: Callable[[str, str], Item]) -> Callable[[str], Parsed]:
    def read(body: str) -> Parsed:
        items, problems = [], []
        fields: list[str] = []
        for piece, delimiter in pieces(body, PAIR):
            fields.append(piece)
            if delimiter == ":":
                continue
            pair = _pair(fields)
            if pair is not None:
                items.append(item(*pair))
            if not _as_written(fields):
                problems.append(shorten(":".join(fields)))
            fields = []
        return Parsed(tuple(items), tuple(problems))

    return read


def _pair(fields: list[str]) -> tuple[str, str] | None:
    """A value and its label, from the pieces between colons; None where there is no such pair."""
    *before, label = fields
    value = ":".join(before)  # an unquoted colon in the value: the label is what follows the last one
    return (unquote(value), unquote(label)) if value.strip() and label.strip() else None


def _as_written(fields: list[str]) -> bool:
    """Whether the pieces between colons are one pair, or nothing at all."""
    filled = [bool(field.strip()) for field in fields]
    return filled in ([True, True], [False])


# ---- tuples: RC, RE, ERE, open IE -----------------------------------------------------------------


def _write_tuples(answer: Answer) -> str:
    return " ".join(f"({'; '.join(quote(value, TUPLE) for value in _fields(item))});" for item in answer)


def _read_tuples(item: Callable[[list[str]], Item | None]) -> Callable[[str], Parsed]:
    def read(body: str) -> Parsed:
        items, problems = [], []
        fields: list[str] | None = None  # of the tuple whose bracket is open
        clean = True
        for piece, delimiter, whole in _levels(body, ";()"):
            if fields is None:
                if piece.strip() or delimiter == ")":
                    problems.append(shorten(piece + delimiter))
                if delimiter == "(":
                    fields, clean = [], True
                continue
            fields.append(piece)
            clean = clean and whole and piece.strip() != "" and "\n" not in piece
            if delimiter == ";":
                continue
            found = item(fields)
            if found is not None:
                items.append(found)
            if found is None or not clean or not delimiter:
                problems.append(shorten(f"({';'.join(fields)}{delimiter}"))
            fields = None
        return Parsed(tuple(items), tuple(problems))

    return read


def _levels(text: str, delimiters: str) -> Iterator[tuple[str, str, bool]]:
    """`pieces` between brackets of the first level: `(piece, the delimiter after it, whether it was whole)`.

    A bracket inside brackets is part of a value, though it should be quoted: such pieces are joined.
    """
    depth = 0
    held: list[str] = []
    for piece, delimiter in pieces(text, delimiters):
        held.append(piece)
        depth += delimiter == "("
        inner = depth > 1 and delimiter in ("(", ")")
        depth -= delimiter == ")" and depth > 0
        if inner:
            held.append(delimiter)
        else:
            yield "".join(held), delimiter, len(held) == 1
            held = []


def _triple(fields: list[str]) -> Triple | None:
    if len(fields) != 3 or not all(field.strip() for field in fields):
        return None
    head, relation, tail = map(unquote, fields)
    return Triple(head, relation, tail)


def _extraction(fields: list[str]) -> Extraction | None:
    predicate, *arguments = map(unquote, fields)
    return Extraction(predicate, tuple(arguments)) if any(field.strip() for field in fields) else None


# ---- events: EE -----------------------------------------------------------------------------------


def _write_events(answer: Answer) -> str:
    return " ".join(_write_event(event) for event in answer if isinstance(event, EventItem))


def _write_event(event: EventItem) -> str:
    arguments = "; ".join(f"{quote(value, EVENT)}: {quote(role, EVENT)}" for value, role in event.arguments)
    head = f"{quote(event.trigger, EVENT)}: {quote(event.type, EVENT)}"
    return f"{head} ({arguments});" if arguments else f"{head};"


def _read_events(body: str) -> Parsed:
    items: list[EventItem] = []
    problems: list[str] = []
    fields: list[str] = []
    clean, inside = True, False
    event: tuple[str, str] | None = None  # the trigger and type of the event whose brackets are open
    arguments: list[Argument] = []
    for piece, delimiter, whole in _levels(body, EVENT):
        fields.append(piece)
        clean = clean and whole
        if delimiter == ":":
            continue
        pair = _pair(fields)
        clean = clean and _as_written(fields)
        if inside:
            if pair is not None:
                arguments.append(Argument(*pair))
            if delimiter in (")", ""):
                if event is not None:
                    items.append(EventItem(*event, tuple(arguments)))
                inside = False
            clean = clean and delimiter != ""
        elif delimiter == "(":
            inside, event, arguments = True, pair, []
            clean = clean and pair is not None
        else:
            if pair is not None:
                items.append(EventItem(*pair, ()))
            clean = clean and delimiter != ")"
        if not clean:
            problems.append(shorten(":".join(fields) + delimiter) or "(")
        fields, clean = [], True
    return Parsed(tuple(items), tuple(problems))


WRITE: dict[str, Callable[[Answer], str]] = {
    "ner": _write_pairs,
    "rc": _write_tuples,
    "re": _write_tuples,
    "ed": _write_pairs,
    "ee": _write_events,
    "eae": _write_pairs,
    "ere": _write_tuples,
    "openie": _write_tuples,
}
READ: dict[str, Callable[[str], Parsed]] = {
    "ner": _read_pairs(Entity),
    "rc": _read_tuples(_triple),
    "re": _read_tuples(_triple),
    "ed": _read_pairs(Trigger),
    "ee": _read_events,
    "eae": _read_pairs(Argument),
    "ere": _read_tuples(_triple),
    "openie": _read_tuples(_extraction),
}
