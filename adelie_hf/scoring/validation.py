"""Validation of scorer input; every message names the column, the entry and the fix.

A function `..._column` takes the name and the value of a column and returns its entries in one form. It raises
InputError for the first entry of another form.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from math import isfinite
from numbers import Real
from typing import TypedDict, TypeGuard, cast

from adelie_hf.errors import InputError
from adelie_hf.prompts import FORMATS
from adelie_hf.rows import Category

MODES = ("corrected", "reference")

_LISTS: set[type] = {list, tuple}
_EXTRACTION_KEYS = {"predicate", "arguments", "confidence"}


class ExampleSpans(TypedDict):
    """The offsets of an example's items, one flat list of integers per item."""

    predictions: Sequence[Sequence[int]]
    references: Sequence[Sequence[int]]


class CarbExtraction(TypedDict):
    """An extraction as CaRB and ROBUST score it."""

    predicate: str
    arguments: Sequence[str]
    confidence: float


# ---- columns --------------------------------------------------------------------------------------------------------


def any_column(name: str, value: object) -> list[object]:
    """Return the entries of a column of any kind, one per example."""
    if isinstance(value, (str, bytes, dict)) or not isinstance(value, Iterable):
        raise InputError(f"{name} is {short_repr(value)}; give a list with one entry an example")
    return list(value)


def string_column(name: str, value: object) -> list[str]:
    """Return a column such as `["Acme: organization;"]`."""
    entries = any_column(name, value)
    for at, entry in enumerate(entries):
        if not isinstance(entry, str):
            raise InputError(f"{name}[{at}] is {short_repr(entry)}; give a string")
    return cast(list[str], entries)


def group_column(name: str, value: object) -> list[list[str]]:
    """Return a column such as `["news", ["news", "easy"]]`: one string or several per example."""
    return [
        [entry] if isinstance(entry, str) else string_column(f"{name}[{at}]", entry)
        for at, entry in enumerate(any_column(name, value))
    ]


def format_column(name: str, value: object) -> list[str]:
    """Return a column such as `["text", "json"]`."""
    entries = string_column(name, value)
    for at, entry in enumerate(entries):
        check_choice(f"{name}[{at}]", entry, FORMATS)
    return entries


def item_column(name: str, value: object) -> list[list[tuple[str, ...]]]:
    """Return a column such as `[[("Acme", "organization")]]`: a list of tuples of two or more strings per example."""
    entries = any_column(name, value)
    if _only_items_of(entries, {tuple}):
        return cast(list[list[tuple[str, ...]]], entries)
    if not _only_items_of(entries, _LISTS):
        for at, entry in enumerate(entries):
            _check_items(f"{name}[{at}]", entry)
    return [list(map(tuple, entry)) for entry in cast(list[list[Sequence[str]]], entries)]


def _only_items_of(entries: list[object], item_types: set[type]) -> bool:
    """Return whether all items of a column have one of these types and only strings as fields.

    Looks at the column as a whole, which is faster than item by item.
    """
    if not _LISTS.issuperset(map(type, entries)):
        return False
    items = list(chain.from_iterable(cast(list[list[Sequence[object]]], entries)))
    return (
        item_types.issuperset(map(type, items))
        and {0, 1}.isdisjoint(map(len, items))
        and {str}.issuperset(map(type, chain.from_iterable(items)))
    )


def _check_items(place: str, value: object) -> None:
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{place} is {short_repr(value)}; give a list of tuples, empty for no answer")
    for number, item in enumerate(value):
        if not isinstance(item, (list, tuple)):
            raise InputError(f"{place}[{number}] is {short_repr(item)}; give a tuple of strings")
        for field in item:
            if not isinstance(field, str):
                raise InputError(f"{place}[{number}] contains {short_repr(field)}; give strings only")
        if len(item) < 2:
            raise InputError(f"{place}[{number}] has {len(item)} fields; give a mention and its type, or more")


def span_column(name: str, value: object) -> list[ExampleSpans]:
    """Return a column such as `[{"predictions": [[0, 4]], "references": [[0, 4]]}]`."""
    entries = any_column(name, value)
    if not _only_spans(entries):
        for at, sides in enumerate(entries):
            _check_spans(f"{name}[{at}]", sides)
    return cast(list[ExampleSpans], entries)


def _only_spans(entries: list[object]) -> bool:
    """Return whether all entries contain only `[start, end]` pairs of integers, looking at the column as a whole."""
    if not {dict}.issuperset(map(type, entries)):
        return False
    examples = cast(list[dict[str, list[Sequence[object]]]], entries)
    if any(sides.keys() != ExampleSpans.__annotations__.keys() for sides in examples):
        return False
    lists = [spans for sides in examples for spans in sides.values()]
    if not _LISTS.issuperset(map(type, lists)):
        return False
    spans = list(chain.from_iterable(lists))
    return (
        _LISTS.issuperset(map(type, spans))
        and {2}.issuperset(map(len, spans))
        and {int}.issuperset(map(type, chain.from_iterable(spans)))
    )


def _check_spans(place: str, sides: object) -> None:
    if not isinstance(sides, dict) or sides.keys() != ExampleSpans.__annotations__.keys():
        raise InputError(f"{place} is {short_repr(sides)}; give a dict of predictions and references")
    for side, spans in sides.items():
        if not isinstance(spans, (list, tuple)):
            raise InputError(f"{place}[{side!r}] is {short_repr(spans)}; give one list of integers a tuple")
        for span in spans:
            if not isinstance(span, (list, tuple)) or not span or len(span) % 2 or not all(map(_is_integer, span)):
                raise InputError(f"{place}[{side!r}] contains {short_repr(span)}; give [start, end] integers")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def schema_column(name: str, value: object) -> list[list[Category]]:
    """Return a column such as `[[{"name": "attack", "roles": ["place"]}]]`; the roles are optional in the input."""
    return [
        [_category(f"{name}[{at}]", category) for category in any_column(f"{name}[{at}]", schema)]
        for at, schema in enumerate(any_column(name, value))
    ]


def _category(place: str, category: object) -> Category:
    if not isinstance(category, dict) or not isinstance(category.get("name"), str):
        raise InputError(f'{place} contains {short_repr(category)}; give {{"name": ..., "roles": [...]}}')
    roles = category.get("roles")
    return {"name": category["name"], "roles": string_column(f"the roles of {place}", roles) if roles else []}


def extraction_column(name: str, value: object) -> list[list[CarbExtraction]]:
    """Return a column such as `[[{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}]]`.

    The confidence is optional in the input and 1 by default.
    """
    entries = any_column(name, value)
    for at, entry in enumerate(entries):
        if not isinstance(entry, (list, tuple)):
            raise InputError(f"{name}[{at}] is {short_repr(entry)}; give a list of extractions, empty for none")
    return [
        [_extraction(name, at, number, extraction) for number, extraction in enumerate(extractions)]
        for at, extractions in enumerate(cast(list[list[object]], entries))
    ]


def optional_extraction_column(name: str, value: object) -> list[list[CarbExtraction] | None]:
    """Return a column of lists of extractions, None where a side does not contain the sentence."""
    entries = any_column(name, value)
    column = extraction_column(name, [() if entry is None else entry for entry in entries])
    return [None if entry is None else extractions for entry, extractions in zip(entries, column, strict=True)]


def _extraction(name: str, at: int, number: int, extraction: object) -> CarbExtraction:
    if _is_carb_extraction(extraction):
        return extraction
    place = f"{name}[{at}][{number}]"
    if not isinstance(extraction, dict) or "predicate" not in extraction or "arguments" not in extraction:
        raise InputError(f'{place} is {short_repr(extraction)}; give {{"predicate": ..., "arguments": [...]}}')
    predicate, arguments = extraction["predicate"], extraction["arguments"]
    confidence = extraction.get("confidence", 1.0)
    if not isinstance(predicate, str):
        raise InputError(f"the predicate of {place} is {short_repr(predicate)}; give a string")
    if not isinstance(arguments, (list, tuple)):
        raise InputError(f"the arguments of {place} are {short_repr(arguments)}; give a list of strings")
    for argument in arguments:
        if not isinstance(argument, str):
            raise InputError(f"an argument of {place} is {short_repr(argument)}; give a string")
    if isinstance(confidence, bool) or not isinstance(confidence, (float, Real)) or not _is_finite(confidence):
        raise InputError(f"the confidence of {place} is {short_repr(confidence)}; give a finite number")
    return {"predicate": predicate, "arguments": arguments, "confidence": float(confidence)}


def _is_carb_extraction(extraction: object) -> TypeGuard[CarbExtraction]:
    """Return whether an extraction has the form of the result already, so that no copy is needed."""
    return (
        type(extraction) is dict
        and extraction.keys() == _EXTRACTION_KEYS
        and type(extraction["predicate"]) is str
        and type(extraction["arguments"]) is list
        and {str}.issuperset(map(type, extraction["arguments"]))
        and type(extraction["confidence"]) is float
        and isfinite(extraction["confidence"])
    )


def _is_finite(value: float | Real) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def clique_column(name: str, value: object) -> list[str]:
    """Return a column of clique identifiers, all strings or all integers, as strings."""
    entries = any_column(name, value)
    for at, entry in enumerate(entries):
        if isinstance(entry, bool) or not isinstance(entry, (str, int)):
            raise InputError(f"{name}[{at}] is {short_repr(entry)}; give a string or an integer")
        if isinstance(entry, str) != isinstance(entries[0], str):
            raise InputError(
                f"{name}[{at}] is {short_repr(entry)} and {name}[0] is {short_repr(entries[0])}; "
                "give strings only, or integers only"
            )
    return list(map(str, entries))


# ---- columns together, and options ----------------------------------------------------------------------------------


def check_same_length(**columns: Sequence[object] | None) -> None:
    """Check that all columns that are given have the same number of entries.

    Raises:
        InputError: with the length of every column.
    """
    lengths = {name: len(entries) for name, entries in columns.items() if entries is not None}
    if len(set(lengths.values())) > 1:
        sizes = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise InputError(f"the columns differ in length ({sizes}); give one entry an example in each")


def check_choice(name: str, value: object, choices: Iterable[str]) -> None:
    """Check that `value` is one of `choices`.

    Raises:
        InputError: with the choices.
    """
    known = tuple(choices)
    if value not in known:
        raise InputError(f"{name} is {short_repr(value)}; give one of {', '.join(known)}")


def chosen_corrections(mode: str, corrections: object, known: Collection[str]) -> frozenset[str]:
    """Return the corrections that a scorer applies to the published algorithm.

    Args:
        mode: `corrected` or `reference`, which applies none.
        corrections: the names of those to apply, None for all.
        known: the corrections of the scorer.

    Raises:
        InputError: for an unknown mode or correction, and for corrections in reference mode.
    """
    check_choice("mode", mode, MODES)
    if corrections is None:
        return frozenset(known if mode == "corrected" else ())
    if mode == "reference":
        raise InputError("mode is 'reference', which applies no corrections; leave out corrections=")
    names = string_column("corrections", corrections)
    for at, name in enumerate(names):
        check_choice(f"corrections[{at}]", name, known)
    return frozenset(names)


def short_repr(value: object) -> str:
    """Return a value as an error message quotes it, at most 60 characters."""
    try:
        text = repr(value)
    except RecursionError:
        return f"a {type(value).__name__} that is nested too deeply"
    return text if len(text) <= 60 else text[:59] + "…"
