"""Checks of scorer input. Every message names the column, the item and the mend.

A column checker takes the column's name and value, and returns it as a list, normalised; it raises
InputError for the first entry of another shape.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from math import isfinite
from numbers import Real
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.prompts import FORMATS

_LISTS: set[type] = {list, tuple}
_SIDES = {"predictions", "references"}


def column(name: str, value: Any) -> list:
    """Any column: one entry an example."""
    if isinstance(value, (str, bytes, dict)) or not isinstance(value, Iterable):
        raise InputError(f"{name} is {shown(value)}; give a list with one entry an example")
    return list(value)


def strings(name: str, value: Any) -> list[str]:
    """`["Acme: organization;"]`"""
    entries = column(name, value)
    for at, entry in enumerate(entries):
        if not isinstance(entry, str):
            raise InputError(f"{name}[{at}] is {shown(entry)}; give a string")
    return entries


def labels(name: str, value: Any) -> list[list[str]]:
    """`["news", ["news", "easy"]]`: one string or several an example."""
    return [
        [entry] if isinstance(entry, str) else strings(f"{name}[{at}]", entry)
        for at, entry in enumerate(column(name, value))
    ]


def formats(name: str, value: Any) -> list[str]:
    """`["text", "json"]`"""
    entries = strings(name, value)
    for at, entry in enumerate(entries):
        one_of(f"{name}[{at}]", entry, FORMATS)
    return entries


def tuples(name: str, value: Any) -> list[list[tuple[str, ...]]]:
    """`[[("Acme", "organization")]]`: two fields or more; how many are right depends on where the type stands."""
    entries = column(name, value)
    if _are_plain(entries, {tuple}):
        return entries
    if not _are_plain(entries, _LISTS):
        for at, entry in enumerate(entries):
            items(name, at, entry)
    return [list(map(tuple, entry)) for entry in entries]


def _are_plain(entries: list, kinds: set[type]) -> bool:
    """Whether the items of a column are of these kinds and hold nothing but strings; a whole column at once."""
    if not _LISTS.issuperset(map(type, entries)):
        return False
    found = list(chain.from_iterable(entries))
    return (
        kinds.issuperset(map(type, found))
        and {0, 1}.isdisjoint(map(len, found))
        and {str}.issuperset(map(type, chain.from_iterable(found)))
    )


def items(name: str, at: int, value: Any) -> list[tuple[str, ...]]:
    """One entry of a column of `tuples`."""
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{name}[{at}] is {shown(value)}; give a list of tuples, empty for no answer")
    for number, item in enumerate(value):
        if not isinstance(item, (list, tuple)):
            raise InputError(f"{name}[{at}][{number}] is {shown(item)}; give a tuple of strings")
        for field in item:
            if not isinstance(field, str):
                raise InputError(f"{name}[{at}][{number}] holds {shown(field)}; give strings only")
        if len(item) < 2:
            raise InputError(f"{name}[{at}][{number}] has {len(item)} fields; give a mention and its type, or more")
    return list(map(tuple, value))


def spans(name: str, value: Any) -> list[dict[str, list[list[int]]]]:
    """`[{"predictions": [[0, 4]], "references": [[0, 4]]}]`: a flat list of integers a tuple."""
    entries = column(name, value)
    if _are_spans(entries):
        return entries
    for at, sides in enumerate(entries):
        if not isinstance(sides, dict) or set(sides) != {"predictions", "references"}:
            raise InputError(f"{name}[{at}] is {shown(sides)}; give a dict of predictions and references")
        for side, offsets in sides.items():
            if not isinstance(offsets, (list, tuple)):
                raise InputError(f"{name}[{at}][{side!r}] is {shown(offsets)}; give one list of integers a tuple")
            for span in offsets:
                if not isinstance(span, (list, tuple)) or not span or len(span) % 2 or not all(map(_is_integer, span)):
                    raise InputError(f"{name}[{at}][{side!r}] holds {shown(span)}; give [start, end] integers")
    return entries


def _are_spans(entries: list) -> bool:
    """Whether nothing but `[start, end]` of plain integers is there, as `_are_plain` does."""
    if not {dict}.issuperset(map(type, entries)) or any(sides.keys() != _SIDES for sides in entries):
        return False
    columns = [offsets for sides in entries for offsets in sides.values()]
    if not _LISTS.issuperset(map(type, columns)):
        return False
    found = list(chain.from_iterable(columns))
    return (
        _LISTS.issuperset(map(type, found))
        and {2}.issuperset(map(len, found))
        and {int}.issuperset(map(type, chain.from_iterable(found)))
    )


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def schemas(name: str, value: Any) -> list[list[dict[str, Any]]]:
    """`[[{"name": "attack", "roles": ["place"]}]]`; roles may be left out, other keys are."""
    return [
        [_category(f"{name}[{at}]", category) for category in column(f"{name}[{at}]", schema)]
        for at, schema in enumerate(column(name, value))
    ]


def _category(place: str, category: Any) -> dict[str, Any]:
    if not isinstance(category, dict) or not isinstance(category.get("name"), str):
        raise InputError(f'{place} holds {shown(category)}; give {{"name": ..., "roles": [...]}}')
    return {"name": category["name"], "roles": strings(f"the roles of {place}", category.get("roles") or [])}


def extractions(name: str, value: Any) -> list[list[dict[str, Any]]]:
    """`[[{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}]]`; without confidence, 1."""
    entries = column(name, value)
    for at, listed in enumerate(entries):
        if not isinstance(listed, (list, tuple)):
            raise InputError(f"{name}[{at}] is {shown(listed)}; give a list of extractions, empty for none")
    return [[_extraction(name, at, n, one) for n, one in enumerate(listed)] for at, listed in enumerate(entries)]


def _extraction(name: str, at: int, number: int, found: Any) -> dict[str, Any]:
    if _is_plain(found):
        return found
    place = f"{name}[{at}][{number}]"
    if not isinstance(found, dict) or "predicate" not in found or "arguments" not in found:
        raise InputError(f'{place} is {shown(found)}; give {{"predicate": ..., "arguments": [...]}}')
    predicate, arguments, confidence = found["predicate"], found["arguments"], found.get("confidence", 1.0)
    if not isinstance(predicate, str):
        raise InputError(f"the predicate of {place} is {shown(predicate)}; give a string")
    if not isinstance(arguments, (list, tuple)):
        raise InputError(f"the arguments of {place} are {shown(arguments)}; give a list of strings")
    for argument in arguments:
        if not isinstance(argument, str):
            raise InputError(f"an argument of {place} is {shown(argument)}; give a string")
    if isinstance(confidence, bool) or not isinstance(confidence, (float, Real)) or not _is_finite(confidence):
        raise InputError(f"the confidence of {place} is {shown(confidence)}; give a finite number")
    return {"predicate": predicate, "arguments": arguments, "confidence": float(confidence)}


def _is_plain(found: Any) -> bool:
    """Whether an extraction has the shape that `_extraction` returns: no name or copy has to be made then."""
    return (
        type(found) is dict
        and found.keys() == _KEYS
        and type(found["predicate"]) is str
        and type(found["arguments"]) is list
        and {str}.issuperset(map(type, found["arguments"]))
        and type(found["confidence"]) is float
        and isfinite(found["confidence"])
    )


_KEYS = {"predicate", "arguments", "confidence"}


def _is_finite(value: Any) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def same_length(**columns: list | None) -> None:
    """Every column that is given has one entry an example. Raises InputError with the lengths."""
    lengths = {name: len(entries) for name, entries in columns.items() if entries is not None}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise InputError(f"the columns differ in length ({found}); give one entry an example in each")


def one_of(name: str, value: Any, choices: Iterable[str]) -> None:
    """Raises InputError unless `value` is one of `choices`."""
    known = tuple(choices)
    if value not in known:
        raise InputError(f"{name} is {shown(value)}; give one of {', '.join(known)}")


MODES = ("corrected", "reference")


def corrections(mode: str, names: Any, known: Collection[str]) -> frozenset[str]:
    """The corrections that a scorer makes: all that are known to it, those named, or none in `reference`."""
    one_of("mode", mode, MODES)
    if names is None:
        return frozenset(known if mode == "corrected" else ())
    if mode == "reference":
        raise InputError("mode is 'reference', which corrects nothing; leave corrections away")
    for at, name in enumerate(named := strings("corrections", names)):
        one_of(f"corrections[{at}]", name, known)
    return frozenset(named)


def shown(value: Any) -> str:
    """A value as a message quotes it."""
    try:
        text = repr(value)
    except RecursionError:
        return f"a {type(value).__name__} that is nested too deeply"
    return text if len(text) <= 60 else text[:59] + "…"
