"""Results as one page of HTML: the mentions marked in the texts, relations and events below them.

The page needs no network: its style and its script are part of it, and a content security policy forbids all others.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from adelie_hf.answers import EventItem, Extraction, Table, Triple
from adelie_hf.errors import InputError
from adelie_hf.extraction.marking import DEEPEST, Mark, marked, shown, style_of
from adelie_hf.extraction.results import FoundItem, FoundMention, Result, Status

if TYPE_CHECKING:
    import jinja2

_STATUS_NOTES: dict[Status, str] = {
    "valid": "The answer has the requested form.",
    "repaired": "A part of the answer does not have the requested form and was left out or repaired.",
    "invalid": "Nothing could be read from the answer.",
    "cut": "The answer was longer than allowed: items may be missing.",
    "empty": "The text is empty: no model was asked.",
}


class Colour(NamedTuple):
    """The colour of a type: `ink` for borders and labels, `tint` behind the text; each on light and on dark paper."""

    ink: str
    tint: str
    dark_ink: str
    dark_tint: str


LIGHT, DARK = "#ffffff", "#14161a"  # paper
LIGHT_TEXT, DARK_TEXT = "#1b1d21", "#f0f1f3"

# Twelve inks that differ as much as the contrast allows.
_INKS = (
    ("#1463dc", "#02a9f7"),
    ("#c51d28", "#fa969f"),
    ("#135d1d", "#62b811"),
    ("#b104ab", "#f584fd"),
    ("#896335", "#f2a618"),
    ("#003f60", "#17b6a8"),
    ("#6e21d2", "#ddc4fc"),
    ("#592d08", "#fde1a7"),
    ("#615486", "#b3bba6"),
    ("#891151", "#e1f32a"),
    ("#0700b4", "#5fe6fc"),
    ("#4f147b", "#35f695"),
)


def palette() -> list[Colour]:
    """Return the colours of the types, in the order of the legend."""
    return [Colour(ink, _mixed(ink, LIGHT, 0.13), dark, _mixed(dark, DARK, 0.25)) for ink, dark in _INKS]


def _mixed(ink: str, paper: str, share: float) -> str:
    channels = (
        round(share * int(ink[at : at + 2], 16) + (1 - share) * int(paper[at : at + 2], 16)) for at in (1, 3, 5)
    )
    return "#" + "".join(f"{channel:02x}" for channel in channels)


class _Part(NamedTuple):
    """A part of an item in a list: a mention, or the name of its type (`mention` is None).

    Args:
        target: the id of its mark; "" where the text does not contain it.
    """

    text: str
    role: str = ""
    mention: FoundMention | None = None
    target: str = ""


class _Row(NamedTuple):
    """An item in a list; `kind` is None for one without an entry in the legend."""

    kind: int | None
    style: str
    parts: list[_Part]
    confidence: str
    grounded: bool


class _TableView(NamedTuple):
    table: Table
    confidence: str


@dataclass(frozen=True, slots=True)
class _View:
    """One result on the page."""

    number: int
    text: Markup
    depth: int
    status: Status
    note: str
    problems: tuple[str, ...]
    outputs: tuple[str, ...]
    rows: list[_Row]
    missing: list[_Row]
    tables: list[_TableView]
    folded: bool


class _Kind(NamedTuple):
    """An entry of the legend."""

    name: str
    count: int
    style: str


def result_page(results: Sequence[Result], title: str = "Extraction") -> str:
    """Return one HTML page that shows results; it needs no network and holds any text.

    Args:
        title: the heading of the page.

    >>> result_page([]).startswith("<!doctype html>")
    True
    """
    counts = _kind_counts(results)
    kinds = {name: index for index, name in enumerate(counts)}
    views = [_view(number, result, kinds) for number, result in enumerate(results)]
    templates = _templates()
    style = templates.get_template("page.css.j2").render(
        palette=palette(),
        papers=((LIGHT, LIGHT_TEXT), (DARK, DARK_TEXT)),
        deepest=DEEPEST,
    )
    script = templates.get_template("page.js").render()
    return templates.get_template("page.html.j2").render(
        title=shown(title),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}",
        kinds=[_Kind(name, count, style_of(kinds[name])) for name, count in counts.items()],
        views=views,
        deepest=DEEPEST,
        statuses=Counter(result.status for result in results),
        items=sum(map(len, results)),
        missing=sum(len(view.missing) for view in views),
        fuzzy=any(mention.match == "fuzzy" for result in results for item in result for _, mention in item.mentions),
    )


def result_frame(results: Sequence[Result], title: str = "Extraction") -> str:
    """Return the page as an `iframe` for a notebook or another page: neither's style reaches the other."""
    lines = sum(8 + len(result.text) // 80 + 2 * len(result) for result in results)
    return Markup(
        '<iframe title="{}" srcdoc="{}" sandbox="allow-scripts" loading="lazy" '
        'style="width: 100%; height: {}px; border: 1px solid #8888; border-radius: 6px; resize: vertical"></iframe>'
    ).format(title, result_page(results, title), min(max(28 * lines, 320), 720))


def show(results: Result | Sequence[Result]) -> None:
    """Display results in a notebook.

    Raises:
        InputError: without IPython, which a notebook has.
    """
    try:
        from IPython.display import display
    except ImportError:
        raise InputError("only a notebook can show results; `result_page` returns them as a page of HTML") from None
    display(_Shown(result_frame([results] if isinstance(results, Result) else results)))


class _Shown:
    """HTML for a notebook. (IPython's own class warns of every `iframe`.)"""

    def __init__(self, html: str):
        self.html = html

    def _repr_html_(self) -> str:
        return self.html


def _digest(content: str) -> str:
    """Return the source expression by which a content security policy allows an inline style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


@cache
def _templates() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("adelie_hf.extraction"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["shown"] = shown
    return environment


# ---- what a result shows --------------------------------------------------------------------------------------------


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


def _view(number: int, result: Result, kinds: dict[str, int]) -> _View:
    marks = _marks(number, result.items, kinds)
    text, depth = marked(result.text, list(marks.values()))
    rows = [_row(item, kinds, marks) for item in result if not isinstance(item.item, Table)]
    tables = [_TableView(item.item, _decimal(item)) for item in result if isinstance(item.item, Table)]
    return _View(
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
            if mention.fragments:
                key = _mark_key(item, role, mention, kinds)
                lines.setdefault(key, {})[_description(item, role, mention)] = None
    return {
        (fragments, kind, label): Mark(f"m{number}-{index}", kind, label, "\n".join(described), fragments)
        for index, ((fragments, kind, label), described) in enumerate(lines.items())
    }


def _mark_key(item: FoundItem, role: str, mention: FoundMention, kinds: dict[str, int]) -> _MarkKey:
    label = _label(item, role)
    kind = kinds[role if isinstance(item.item, Extraction) else item.type]
    return (mention.fragments, kind, f"≈ {label}" if mention.match == "fuzzy" else label)


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


def _row(item: FoundItem, kinds: dict[str, int], marks: dict[_MarkKey, Mark]) -> _Row:
    def part(role: str, mention: FoundMention, shown_role: str = "") -> _Part:
        mark = marks.get(_mark_key(item, role, mention, kinds))
        return _Part(mention.text, shown_role, mention, mark.id if mark else "")

    parts: list[_Part]
    match item.item:
        case Triple():
            head, tail = (part(*mention) for mention in item.mentions)
            parts = [head, _Part(f"{item.type} →"), tail]
        case Extraction():
            predicate, *others = (part(role, mention, role) for role, mention in item.mentions)
            parts = [*others[:1], predicate, *others[1:]]
        case EventItem():
            trigger, *arguments = item.mentions
            parts = [_Part(item.type), part(*trigger), *(part(role, mention, role) for role, mention in arguments)]
        case _:
            parts = [_Part(item.type), *(part(*mention) for mention in item.mentions)]
    kind = None if isinstance(item.item, Extraction) else kinds[item.type]
    return _Row(kind, "" if kind is None else style_of(kind), parts, _decimal(item), item.grounded)
