"""Forms of JSON rows: which rows have one, by their keys, and the layouts of files with such rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from adelie_hf.sources.readers.json_rows import head_array, head_lines, read_array
from adelie_hf.sources.source import Layout, Training
from adelie_hf.sources.user.annotated import Annotated, AnnotatedRows, RawExample
from adelie_hf.sources.user.common import ReadRows
from adelie_hf.text_files import excerpt, try_json_lines

_ENDINGS = ("jsonl", "json", "jsonlines")
_DESCRIBED = 1_000  # rows of the training files, in which the forms of a set are seen

Row = dict[str, Any]
ReadForm = Callable[[Row], Iterator[Annotated]]


class Form(NamedTuple):
    """A form of rows.

    Args:
        name: what it is called after.
        keys: the keys that all rows have.
        one_of: further keys, of which a row has at least one; none if empty.
        read: yields the texts of a row. Raises `RAW_ERRORS` for a row that is broken.
    """

    name: str
    keys: tuple[str, ...]
    one_of: tuple[str, ...]
    read: ReadForm

    def has(self, row: object) -> bool:
        """Return whether a row has the keys of the form, whatever its values are."""
        if not isinstance(row, dict):
            return False
        return row.keys() >= set(self.keys) and not (self.one_of and row.keys().isdisjoint(self.one_of))


def form(name: str, keys: str, read: ReadForm, one_of: str = "") -> Form:
    """Return a form, with its keys in one string."""
    return Form(name, tuple(keys.split()), tuple(one_of.split()), read)


def form_of(row: object, forms: Iterable[Form]) -> Form | None:
    """Return the form of a row; None if it has none of some forms."""
    return next((each for each in forms if each.has(row)), None)


def keys_note(forms: Iterable[Form]) -> str:
    """Return a sentence about the keys of forms, for the page of a source."""
    keys = (
        f"{', '.join(f'`{key}`' for key in each.keys)}{' and ' * bool(each.one_of)}"
        f"{' or '.join(f'`{key}`' for key in each.one_of)} ({each.name})"
        for each in forms
    )
    return f"The keys of a row tell its form: {'; '.join(keys)}."


def _read_row(row: object, forms: Iterable[Form]) -> Iterator[Annotated]:
    found = form_of(row, forms)
    if found is None or not isinstance(row, dict):
        what = f"the keys {', '.join(row)}" if isinstance(row, dict) else f"such a row: {excerpt(repr(row))}"
        raise ValueError(f"none of the forms has {what}")
    yield from found.read(row)


def _describe(training: Training, read_rows: ReadRows, forms: Iterable[Form]) -> str:
    rows = (row for file in training.files for _, row in read_rows(file))
    names = dict.fromkeys(found.name for row in islice(rows, _DESCRIBED) if (found := form_of(row, forms)))
    return f"rows in the form of {', '.join(names)}"


def json_layouts(source: str, forms: tuple[Form, ...]) -> tuple[Layout[RawExample], ...]:
    """Return the layouts of files with rows of some forms: JSON lines, and one JSON array."""
    read_row = partial(_read_row, forms=forms)
    lines, array = (AnnotatedRows(source, read, read_row) for read in (try_json_lines, read_array))
    names = ", ".join(each.name for each in forms)
    return (
        Layout(
            name="json-lines",
            endings=_ENDINGS,
            expects=f"JSON lines in a form of {names}",
            recognise=lambda head: form_of(next(head_lines(head.text), None), forms) is not None,
            own_reader=lines.own_reader,
            records=lines.records,
            describe=partial(_describe, read_rows=try_json_lines, forms=forms),
        ),
        Layout(
            name="json",
            endings=("json",),
            expects="one array of such objects",
            recognise=lambda head: form_of(next(head_array(head.text), None), forms) is not None,
            own_reader=array.own_reader,
            records=array.records,
            describe=partial(_describe, read_rows=read_array, forms=forms),
            numbered_by="record",
        ),
    )


# ---- values ---------------------------------------------------------------------------------------


def as_is(label: str) -> str:
    """Return a label of a user's own, which has the same name in prompts."""
    return label


def position(value: object) -> int:
    """Return the position of an item. Raises ValueError for anything but a whole number."""
    if type(value) is not int:
        raise ValueError(f"{excerpt(repr(value))} is not a position")
    return value


def document_name(value: object) -> str:
    """Return the name or number of a document. Raises ValueError for anything else."""
    if type(value) not in (int, str) or value == "":
        raise ValueError(f"{excerpt(repr(value))} is not the name of a document")
    return f"{value}"
