"""Rows of annotation tools as one value: a text, spans of it with labels, and relations between spans.

doccano, Prodigy, spaCy, Label Studio, CLUENER and GLiNER write the same things under other names. `_NAMES` has these
names; a row that is nested in another way is first made into a flat one with such names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from adelie_hf.sources.readers.offset_units import Surface, place_surfaces
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Dropped, Noted
from adelie_hf.text_files import excerpt

REJECTED = "its answer was rejected or ignored"
CANCELLED = "its annotation was cancelled"
UNANNOTATED = "it has no annotation"
ALTERNATIVE = "it is a further annotation of the same text"
UNLABELLED = "a relation has no label"

# Part of a flat row -> its names in the files of the tools.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "data"),
    "spans": ("spans", "entities"),  # Prodigy, spaCy; doccano with relations
    "labelled": (
        "label",
        "labels",
    ),  # doccano, CLUENER, Label Studio's short form; without spans, else classes of texts
    "start": ("start", "start_offset"),
    "end": ("end", "end_offset"),
    "label": ("label", "labels", "type"),
    "surface": ("text", "surface"),
    "head": ("head_span", "from_id"),  # Prodigy; doccano and Label Studio
    "tail": ("child_span", "to_id"),
}
_ABSENT = object()

Row = Mapping[str, object]


class Span(NamedTuple):
    """A stretch of a text in code points, [start, end), and its labels."""

    start: int
    end: int
    labels: tuple[str, ...]


class Annotated(NamedTuple):
    """A text with its spans, relations as (head, label, tail), and what a user has to know of the offsets."""

    text: str
    spans: tuple[Span, ...]
    relations: tuple[tuple[Span, str, Span], ...]
    remarks: tuple[Noted, ...]


def read_row(row: object) -> Iterator[Annotated | Dropped]:
    """Yield the annotated text of a row, and a `Dropped` for each annotation that its annotators do not stand by.

    Raises:
        KeyError, TypeError, ValueError: for a row that is not one of a known tool, and for a span that is empty, lies
            outside of its text or does not read as the file says.
    """
    if isinstance(row, list):  # spaCy: [text, {"entities": [[start, end, label]]}]
        text, fields = row
        row = {**fields, "text": text}
    if not isinstance(row, dict):
        raise ValueError(f"{excerpt(repr(row))} is not a text with spans")
    if _is_label_studio(row):
        yield from _label_studio(row)
    elif "tokenized_text" in row:
        yield _annotated(_gliner(row))
    elif row.get("answer") in ("reject", "ignore"):
        yield Dropped(REJECTED)
    else:
        yield _annotated(row)


def has_form(row: object) -> bool:
    """Return whether a row has the outline of one of the tools, whatever its values are.

    A row with `tokens` that are strings is none: its offsets may count tokens.
    """
    if isinstance(row, list):
        return len(row) == 2 and isinstance(row[0], str) and isinstance(row[1], dict) and _has_spans(row[1])
    if not isinstance(row, dict) or "schemas" in row:
        return False
    if _is_label_studio(row) or {"tokenized_text", "ner"} <= row.keys():
        return True
    tokens = row.get("tokens")
    has_tokens = isinstance(tokens, list) and any(isinstance(token, str) for token in tokens)
    return isinstance(_get(row, "text", None), str) and _has_spans(row) and not has_tokens


def _has_spans(row: Row) -> bool:
    names = (*_NAMES["spans"], *_NAMES["labelled"])
    return "answer" in row or any(isinstance(row.get(name), list | dict) for name in names)


# ---- flat rows ------------------------------------------------------------------------------------


def _annotated(row: Row) -> Annotated:
    text = _get(row, "text")
    if not isinstance(text, str):
        raise ValueError(f"its text is {excerpt(repr(text))}")
    raw_spans, raw_relations = _raw_spans(row), _list(row.get("relations") or [])
    # The ends of a relation are ids of spans, or spans that need not be among those of the row.
    ends = [_get(_dict(relation), name) for relation in raw_relations for name in ("head", "tail")]
    raw_ends = [end for end in ends if isinstance(end, dict)]
    surfaces = [_surface(raw) for raw in (*raw_spans, *raw_ends)]
    placed = place_surfaces(surfaces, text, lambda: text.replace("\n", "\r\n"))
    offsets = [fragment for (fragment,) in placed.spans]
    spans = [Span(*at, _labels(raw)) for raw, at in zip(raw_spans, offsets, strict=False)]
    if not all(span.labels for span in spans):
        raise ValueError("a span has no label")
    by_id = _spans_by_id(raw_spans, spans)
    others = iter(Span(*at, _labels(raw)) for raw, at in zip(raw_ends, offsets[len(spans) :], strict=True))
    resolved = [next(others) if isinstance(end, dict) else by_id[_id(end)] for end in ends]
    return Annotated(
        text,
        tuple(spans),
        tuple(
            (head, label, tail)
            for head, tail, relation in zip(resolved[::2], resolved[1::2], raw_relations, strict=True)
            for label in _relation_labels(relation)
        ),
        tuple(placed.remarks()),
    )


def _get(fields: Row, part: str, default: object = _ABSENT) -> object:
    """Return the part of a flat row under the first of its names that is there. Raises KeyError if none is."""
    names = _NAMES[part]
    name = next((name for name in names if name in fields), names[0])
    return fields[name] if default is _ABSENT else fields.get(name, default)


def _raw_spans(row: Row) -> list[object]:
    """Return the list of spans of a flat row; of a dict label -> surface -> offsets, one made from it."""
    lists = [row[name] for name in _NAMES["spans"] if row.get(name) is not None]
    if sum(map(bool, lists)) > 1:
        raise ValueError(f"it has both {' and '.join(_NAMES['spans'])}")
    if not lists and "answer" in row:  # Prodigy leaves out an empty list
        return []
    value = next(filter(None, lists), lists[0] if lists else None)
    if value is None:
        value = _get(row, "labelled", None)
    return _cluener(value) if isinstance(value, dict) else _list(value)


def _surface(raw: object) -> Surface:
    """Return the offsets of a span, which is [start, end, label] or has names, and its surface if that is given."""
    if isinstance(raw, list):
        start, end, _ = raw
        surface: object = None
    else:
        start, end, surface = _get(_dict(raw), "start"), _get(_dict(raw), "end"), _get(_dict(raw), "surface", None)
    if surface is not None and not isinstance(surface, str):
        raise ValueError(f"{excerpt(repr(surface))} is not the text of a span")
    return Surface(((_offset(start), _offset(end)),), surface)


def _labels(raw: object) -> tuple[str, ...]:
    """Return the labels of a span; none for the end of a relation that is not a span of its own."""
    value = raw[2] if isinstance(raw, list) else _get(_dict(raw), "label", None)
    labels = value if isinstance(value, list) else [] if value is None else [value]
    for label in labels:
        if not isinstance(label, str) or not label.strip():
            raise ValueError(f"{excerpt(repr(label))} is not a label")
    return tuple(labels)


def _relation_labels(relation: object) -> tuple[str, ...]:
    if not (labels := _labels(_dict(relation))):
        raise ValueError(UNLABELLED)
    return labels


def _spans_by_id(raw_spans: list[object], spans: list[Span]) -> StrictDict[Span]:
    """Return id -> span. Raises ValueError if two spans at different places have the same id."""
    by_id: StrictDict[Span] = StrictDict()
    for raw, span in zip(raw_spans, spans, strict=True):
        if isinstance(raw, dict) and raw.get("id") is not None:
            other = by_id.setdefault(_id(raw["id"]), span)
            if other[:2] != span[:2]:
                raise ValueError(f"two spans have the id {raw['id']!r}")
    return by_id


def _id(value: object) -> str:
    if type(value) not in (int, str):
        raise ValueError(f"{excerpt(repr(value))} is not the id of a span")
    return f"{value}"


def _offset(value: object) -> int:
    # No digits in quotes: Label Studio writes the number of a paragraph in this way.
    if type(value) is not int:
        raise ValueError(f"{excerpt(repr(value))} is not an offset in characters")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError(f"{excerpt(repr(value))} is not a list of spans or relations")
    return value


def _dict(value: object) -> Row:
    if not isinstance(value, dict):
        raise ValueError(f"{excerpt(repr(value))} is not a span or relation")
    return value


# ---- rows that are nested in another way ----------------------------------------------------------


def _cluener(surfaces_by_label: Row) -> list[object]:
    """Return the spans of {label: {surface: [[first, last]]}}, whose offsets include the last character."""
    return [
        {"start": first, "end": _offset(last) + 1, "label": label, "text": surface}
        for label, places_by_surface in surfaces_by_label.items()
        for surface, places in _dict(places_by_surface).items()
        for first, last in map(_list, _list(places))
    ]


def _gliner(row: Row) -> Row:
    """Return {"tokenized_text": tokens, "ner": [[first token, last token, label]]} as a flat row."""
    tokens = TokenText(_list(row["tokenized_text"]))  # type: ignore[arg-type]  # it checks them
    spans = []
    for first, last, label in map(_list, _list(row["ner"])):
        mention = tokens.mention(_offset(first), _offset(last) + 1)
        spans.append({"start": mention.fragments[0][0], "end": mention.fragments[0][1], "label": label})
    return {"text": tokens.text, "spans": spans}


def _is_label_studio(row: Row) -> bool:
    return isinstance(row.get("annotations"), list) and isinstance(row.get("data"), dict)


def _label_studio(task: Row) -> Iterator[Annotated | Dropped]:
    """Yield the annotation of a task of Label Studio: the one marked as ground truth, or the first."""
    data, attempts = _dict(task["data"]), [_dict(attempt) for attempt in _list(task["annotations"])]
    yield from (Dropped(CANCELLED) for attempt in attempts if attempt.get("was_cancelled"))
    complete = [attempt for attempt in attempts if not attempt.get("was_cancelled")]
    complete.sort(key=lambda attempt: not attempt.get("ground_truth"))
    if not attempts:
        yield Dropped(UNANNOTATED)
    yield from (Dropped(ALTERNATIVE) for _ in complete[1:])
    for attempt in complete[:1]:
        items = [_dict(item) for item in _list(attempt["result"])]
        relations = [relation for item in items if item["type"] == "relation" for relation in _directed(item)]
        yield from (Dropped(UNLABELLED) for relation in relations if not relation["labels"])
        yield _annotated(
            {
                "text": _task_text(data),
                "spans": [_region(item) for item in items if f"{item['type']}".endswith("labels")],
                "relations": [relation for relation in relations if relation["labels"]],
            }
        )


def _task_text(data: Row) -> object:
    """Return the text of a task: its field `text`, or its only string."""
    strings = [value for value in data.values() if isinstance(value, str)]
    if "text" not in data and len(strings) != 1:
        raise ValueError(f"which of {', '.join(data)} is the text of its data is not clear; call it text")
    return data.get("text", strings[0] if strings else None)


def _region(item: Row) -> Row:
    value = _dict(item["value"])
    return {
        **{name: value[name] for name in ("start", "end", "text") if name in value},
        "labels": value[f"{item['type']}"],
        "id": item.get("id"),
    }


def _directed(item: Row) -> list[Row]:
    """Return the relations of an item, since one item may stand for both directions."""
    there: Row = {"from_id": item["from_id"], "to_id": item["to_id"], "labels": item.get("labels") or []}
    back: Row = {**there, "from_id": item["to_id"], "to_id": item["from_id"]}
    return {"left": [back], "bi": [there, back]}.get(f"{item.get('direction')}", [there])
