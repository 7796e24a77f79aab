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

from collections.abc import Callable

from adelie_hf.prompts.parsed import Parsed, shorten
from adelie_hf.prompts.values import pieces, quote, unquote
from adelie_hf.records import Answer, Argument, Entity, EventItem, Extraction, Item, Trigger, Triple

PAIR = ";:\n"
TUPLE = ";()\n"
EVENT = ";:()\n"

# ---- pairs: NER, ED, EAE --------------------------------------------------------------------------


def _write_pairs(answer: Answer) -> str:
    return " ".join(f"{quote(value, PAIR)}: {quote(label, PAIR)};" for value, label in answer)


def _read_pairs(item: Callable[[str, str], Item]) -> Callable[[str], Parsed]:
    def read(body: str) -> Parsed:
        items, problems = [], []
        fields: list[str] = []
        for piece, delimiter in pieces(body, PAIR):
            fields.append(piece)
            if delimiter == ":":
                continue
            exact = _pair(fields)
            # An unquoted colon in the mention: the label is what follows the last one.
            pair = exact or _pair([":".join(fields[:-1]), fields[-1]])
            if pair is not None:
                items.append(item(*pair))
            if exact is None and any(field.strip() for field in fields):
                problems.append(shorten(":".join(fields)))
            fields = []
        return Parsed(tuple(items), tuple(problems))

    return read


def _pair(fields: list[str]) -> list[str] | None:
    """A value and its label, from the pieces between colons; None where there is no such pair."""
    if len(fields) != 2:
        return None
    pair = [unquote(field) for field in fields]
    return pair if all(value or field.strip() == '""' for value, field in zip(pair, fields, strict=True)) else None


# ---- tuples: RC, RE, ERE, open IE -----------------------------------------------------------------


def _write_tuples(answer: Answer) -> str:
    return " ".join(f"({'; '.join(quote(value, TUPLE) for value in _fields(item))});" for item in answer)


def _fields(item: Item) -> tuple[str, ...]:
    return (item.predicate, *item.arguments) if isinstance(item, Extraction) else item  # type: ignore[return-value]


def _read_tuples(item: Callable[[list[str]], Item | None]) -> Callable[[str], Parsed]:
    def read(body: str) -> Parsed:
        items, problems = [], []
        depth, fields, piece_so_far, clean = 0, [], "", True
        for piece, delimiter in pieces(body, TUPLE):
            if depth == 0:
                if piece.strip() or delimiter == ")":
                    problems.append(shorten(piece + delimiter))
                if delimiter == "(":
                    depth, fields, piece_so_far, clean = 1, [], "", True
                continue
            piece_so_far += piece
            if delimiter == "(" or (delimiter == ")" and depth > 1) or delimiter == "\n":
                # A bracket or line end inside a field: part of the value, though it should be quoted.
                depth += {"(": 1, ")": -1, "\n": 0}[delimiter]
                piece_so_far, clean = piece_so_far + delimiter, False
                continue
            fields.append(piece_so_far)
            piece_so_far = ""
            if delimiter == ";":
                continue
            found = item([unquote(field) for field in fields])
            if found is not None:
                items.append(found)
            if found is None or not clean or delimiter == "":
                problems.append(shorten("(" + ";".join(fields) + delimiter))
            depth = 0
        return Parsed(tuple(items), tuple(problems))

    return read


def _triple(fields: list[str]) -> Triple | None:
    return Triple(*fields) if len(fields) == 3 else None


def _extraction(fields: list[str]) -> Extraction:
    return Extraction(fields[0], tuple(fields[1:]))


# ---- events: EE -----------------------------------------------------------------------------------


def _write_events(answer: Answer) -> str:
    return " ".join(_write_event(event) for event in answer)  # type: ignore[arg-type]


def _write_event(event: EventItem) -> str:
    arguments = "; ".join(f"{quote(value, EVENT)}: {quote(role, EVENT)}" for value, role in event.arguments)
    head = f"{quote(event.trigger, EVENT)}: {quote(event.type, EVENT)}"
    return f"{head} ({arguments});" if arguments else f"{head};"


def _read_events(body: str) -> Parsed:
    items: list[EventItem] = []
    problems: list[str] = []
    fields: list[str] = []
    event: list[str] | None = None  # the trigger and type of the event whose brackets are open
    arguments: list[Argument] = []
    for piece, delimiter in pieces(body, EVENT):
        fields.append(piece)
        if delimiter == ":":
            continue
        pair = _pair(fields)
        if pair is None and any(field.strip() for field in fields):
            problems.append(shorten(":".join(fields) + delimiter))
        fields = []
        if event is None and pair is not None and delimiter == "(":
            event, arguments = pair, []
        elif event is None and pair is not None:
            items.append(EventItem(pair[0], pair[1], ()))
        elif event is not None:
            if pair is not None:
                arguments.append(Argument(*pair))
            if delimiter in (")", ""):
                items.append(EventItem(event[0], event[1], tuple(arguments)))
                event = None
            if delimiter in ("", "("):
                problems.append(shorten(piece + delimiter) or "(")
        elif delimiter in ("(", ")"):
            problems.append(delimiter)
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
