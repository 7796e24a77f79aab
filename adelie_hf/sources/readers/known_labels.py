"""The labels in the beginning of a file, by which a data set is told from other data in the same form."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from glob import escape
from pathlib import Path

from adelie_hf.sources.readers.json_rows import head_rows
from adelie_hf.sources.source import Head

_CHARACTERS = 1 << 20  # of a file beside another one
_FILES_BESIDE = 10

EACH = "*"  # in a path: every element of a list

LabelPath = tuple[str | int, ...]
Labels = Callable[[object], Iterable[str]]


def labels_at(value: object, path: LabelPath) -> Iterator[str]:
    """Yield the strings at a path in a JSON value: keys of objects, positions in lists, or `EACH` of their elements.

    What is not there, or is no string, is passed over.

    >>> list(labels_at({"ner": [[[0, 1, "Task"]], [[2, 2, "Method"], []]]}, ("ner", EACH, EACH, 2)))
    ['Task', 'Method']
    """
    if not path:
        yield from [value] if isinstance(value, str) else []
        return
    first, *rest = path
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        inner = [value[first]] if first in value else []
    elif isinstance(value, list) and first == EACH:
        inner = value
    elif isinstance(value, list) and isinstance(first, int):
        inner = value[first:][:1] if -len(value) <= first < len(value) else []
    for each in inner:
        yield from labels_at(each, tuple(rest))


def labels_of(*paths: LabelPath) -> Labels:
    """Return a function that yields the labels of a row at some paths."""
    return lambda row: (label for path in paths for label in labels_at(row, path))


def has_known_labels(head: Head, labels: Labels, known: Collection[str], *neutral: str) -> bool:
    """Return whether at least half of the different labels in the beginning of a JSON file are known; also for none.

    A data set of a user's own may share labels with a published one, and a file of a published one may have a fault.
    Of a file without labels, such as a test part without answers, those of the files beside it count.

    Args:
        head: the beginning of the file.
        labels: yields the labels of a row.
        known: the labels of the data set.
        neutral: labels that tell nothing, since any data set may have them.
    """
    found = _labels(head.text, labels, neutral)
    if not found:
        beside = sorted(head.file.parent.glob(f"*{escape(head.file.suffix)}"))[:_FILES_BESIDE]
        found = {label for file in beside for label in _labels(_beginning(file), labels, neutral)}
    return 2 * len(found.intersection(known)) >= len(found)


def _labels(text: str, labels: Labels, neutral: Iterable[str]) -> set[str]:
    return {label for row in head_rows(text) for label in labels(row)}.difference(neutral)


def _beginning(file: Path) -> str:
    """Return the beginning of a file, whatever it is; nothing if it cannot be read."""
    try:
        with open(file, encoding="utf-8-sig", errors="replace") as stream:
            return stream.read(_CHARACTERS)
    except OSError:
        return ""
