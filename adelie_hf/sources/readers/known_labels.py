"""The labels in the beginning of a file, by which a data set is told from other data in the same form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

EACH = "*"  # in a path: every element of a list

LabelPath = tuple[str | int, ...]


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


def are_known(rows: Iterable[object], paths: Iterable[LabelPath], known: Collection[str], *neutral: str) -> bool:
    """Return whether at least half of the different labels of some rows are known; also if there are none.

    A data set of a user's own may share labels with a published one, and a file of a published one may have a fault.

    Args:
        rows: the rows in the beginning of a file.
        paths: where a row has labels.
        known: the labels of the data set.
        neutral: labels that tell nothing, since any data set may have them.
    """
    paths = list(paths)
    labels = {label for row in rows for path in paths for label in labels_at(row, path)}.difference(neutral)
    return 2 * len(labels.intersection(known)) >= len(labels)
