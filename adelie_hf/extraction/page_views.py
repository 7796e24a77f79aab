"""What the page of results shows of each: the marked text, the items as rows, and the entries of the legend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from adelie_hf.answers import EventItem, Extraction, Table, Triple
from adelie_hf.extraction.marking import Mark, marked, style_of
from adelie_hf.extraction.results import FoundItem, FoundMention, Result, Status

_STATUS_NOTES: dict[Status, str] = {
    "valid": "The answer has the requested form.",
    "repaired": "A part of the answer does not have the requested form and was left out or repaired.",
    "invalid": "Nothing could be read from the answer.",
    "cut": "The answer was longer than allowed: items may be missing.",
    "refused": "The endpoint refuses to answer.",
    "empty": "The text is empty: no model was asked.",
}


class Part(NamedTuple):
    """A part of an item in a list: a mention, or the name of its type (`mention` is None).

    Args:
        target: the id of its mark; "" where the text does not contain it.
    """

    text: str
    role: str = ""
    mention: FoundMention | None = None
    target: str = ""


class Row(NamedTuple):
    """An item in a list; `kind` is None for one without an entry in the legend."""

    kind: int | None
    style: str
    parts: list[Part]
    confidence: str
    grounded: bool


class TableView(NamedTuple):
    """A table, and its confidence as the page shows it."""

    table: Table
    confidence: str


@dataclass(frozen=True, slots=True)
class View:
    """One result on the page.

    Args:
        text: with its marks, as HTML.
        depth: how many marks are inside each other at most.
        note: what the status means.
        outputs: the model's answers, where not all of them was read.
        missing: the items that the text does not contain.
        folded: True if the marks alone say what the rows say.
    """

    number: int
    text: Markup
    depth: int
    status: Status
    note: str
    problems: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: list[Row]
    missing: list[Row]
    tables: list[TableView]
    folded: bool


class Kind(NamedTuple):
    """An entry of the legend, with the number of its items."""

    name: str
    number: int
    style: str


def views_of(results: Sequence[Result]) -> tuple[list[View], list[Kind]]:
    """Return what the page shows of each result, and the entries of its legend."""
    counts = _kind_counts(results)
    kinds = {name: index for index, name in enumerate(counts)}
    legend = [Kind(name, count, style_of(kinds[name])) for name, count in counts.items()]
    return [_view(number, result, kinds) for number, result in enumerate(results)], legend


def _kinds(item: FoundItem) -> Iterator[str]:
    """Yield the entries of the legend that an item counts for: its type; for open IE the roles of its parts."""
    match item.item:
        case Extraction():
            yield from (role for role, _ in item.mentions)
        case Table():
            return
        case _:
            yield item.type


def _kind_counts(results: Sequence[Result]) -> dict[str, int]:
    """Return how many items each entry of the legend has: first in the order of the schemas, then of the texts."""
    counts = Counter(name for result in results for item in result for name in _kinds(item))
    offered = dict.fromkeys(name for result in results for name in result.schema.names)
    return {name: counts[name] for name in [*offered, *counts] if name in counts}


def _view(number: int, result: Result, kinds: dict[str, int]) -> View:
    marks = _marks(number, result.items, kinds)
    text, depth = marked(result.text, list(marks.values()))
    rows = [_row(item, kinds, marks) for item in result if not isinstance(item.item, Table)]
    tables = [TableView(item.item, _decimal(item)) for item in result if isinstance(item.item, Table)]
    return View(
        number=number,
        text=text,
        depth=depth,
        status=result.status,
        note=_STATUS_NOTES[result.status],
        problems=result.problems,
        outputs=() if result.status in ("valid", "empty") else result.outputs,
        rows=[row for row in rows if row.grounded],
        missing=[row for row in rows if not row.grounded],
        tables=tables,
        folded=all(len(item.mentions) < 2 for item in result),
    )


_MarkKey = tuple[tuple[tuple[int, int], ...], int, str]


def _marks(number: int, items: Sequence[FoundItem], kinds: dict[str, int]) -> dict[_MarkKey, Mark]:
    """Return the marks of a text: one for what is marked alike at the same place."""
    lines: dict[_MarkKey, dict[str, None]] = {}
    for item in items:
        for role, mention in item.mentions:
            key = _mark_key(item, role, mention, kinds)
            if key[0]:
                lines.setdefault(key, {})[_description(item, role, mention)] = None
    return {
        (fragments, kind, label): Mark(f"m{number}-{index}", kind, label, "\n".join(described), fragments)
        for index, ((fragments, kind, label), described) in enumerate(lines.items())
    }


def _mark_key(item: FoundItem, role: str, mention: FoundMention, kinds: dict[str, int]) -> _MarkKey:
    label = _label(item, role)
    kind = kinds[role if isinstance(item.item, Extraction) else item.type]
    fragments = tuple((start, end) for start, end in mention.fragments if start < end)
    return (fragments, kind, f"≈ {label}" if mention.match == "fuzzy" else label)


def _label(item: FoundItem, role: str) -> str:
    match item.item:
        case Triple():
            return f"{item.type} →" if role == "head" else f"→ {item.type}"
        case Extraction():
            return role
        case EventItem():
            return item.type if role == "trigger" else role
        case _:
            return item.type


def _description(item: FoundItem, role: str, mention: FoundMention) -> str:
    """Return one line on a mention: what it is, how probable, and what the model wrote."""
    match item.item:
        case Triple(head=head, tail=tail):
            what = f"{item.type}: {_isolated(head)} → {_isolated(tail)}"
        case EventItem(trigger=trigger) if role != "trigger":
            what = f"{role} of {item.type} ({_isolated(trigger)})"
        case Extraction() if role != "predicate":
            what = f"{role} of “{_isolated(item.type)}”"
        case Extraction():
            what = role
        case _:
            what = item.type
    confidence = f"confidence {_decimal(item)}" if item.confidence is not None else ""
    return " · ".join(filter(None, (what, confidence, f"answered “{_isolated(mention.answered)}”")))


def _isolated(words: str) -> str:
    """Return words that do not change the direction of what is around them."""
    return f"\u2068{words}\u2069"


def _decimal(item: FoundItem) -> str:
    return "" if item.confidence is None else f"{item.confidence:.2f}"


def _row(item: FoundItem, kinds: dict[str, int], marks: dict[_MarkKey, Mark]) -> Row:
    def part(role: str, mention: FoundMention, shown_role: str = "") -> Part:
        mark = marks.get(_mark_key(item, role, mention, kinds))
        return Part(mention.text, shown_role, mention, mark.id if mark else "")

    parts: list[Part]
    match item.item:
        case Triple():
            head, tail = (part(*mention) for mention in item.mentions)
            parts = [head, Part(f"{_isolated(item.type)} →"), tail]
        case Extraction():
            predicate, *others = (part(role, mention, role) for role, mention in item.mentions)
            parts = [*others[:1], predicate, *others[1:]]
        case EventItem():
            trigger, *arguments = item.mentions
            parts = [
                Part(_isolated(item.type)),
                part(*trigger),
                *(part(role, mention, role) for role, mention in arguments),
            ]
        case _:
            parts = [Part(_isolated(item.type)), *(part(*mention) for mention in item.mentions)]
    kind = None if isinstance(item.item, Extraction) else kinds[item.type]
    return Row(kind, "" if kind is None else style_of(kind), parts, _decimal(item), item.grounded)
