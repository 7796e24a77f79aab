"""The base of the `evaluate` modules: columns are checked before Arrow stores them, and may be optional.

A module imports this file as a whole (`from adelie_hf.scoring import evaluate_module`): evaluate instantiates the
first metric class among the names of a module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import datasets
import evaluate

from adelie_hf.errors import InputError
from adelie_hf.scoring import validation


class Column(NamedTuple):
    """A column of a metric: its type in Arrow, and the check of its entries.

    Args:
        feature: the type.
        check: (name, value) -> the entries as Arrow stores them. Raises InputError with the first bad entry.
        required: whether the scorer needs the column although evaluate does not.
    """

    feature: object
    check: Callable[[str, object], Sequence[object]]
    required: bool = False


_STRING = datasets.Value("string")
_OFFSETS = datasets.List(datasets.List(datasets.Value("int64")))
_EXTRACTIONS = datasets.List(
    {"predicate": _STRING, "arguments": datasets.List(_STRING), "confidence": datasets.Value("float64")}
)

STRING_COLUMN = Column(_STRING, validation.string_column)
GROUP_COLUMN = Column(datasets.List(_STRING), validation.group_column)
FORMAT_COLUMN = Column(_STRING, validation.format_column)
ITEM_COLUMN = Column(datasets.List(datasets.List(_STRING)), validation.item_column)
SPAN_COLUMN = Column({"predictions": _OFFSETS, "references": _OFFSETS}, validation.span_column)
SCHEMA_COLUMN = Column(
    datasets.List({"name": _STRING, "roles": datasets.List(_STRING)}),
    validation.schema_column,
)
EXTRACTION_COLUMN = Column(_EXTRACTIONS, validation.extraction_column)
OPTIONAL_EXTRACTION_COLUMN = Column(_EXTRACTIONS, validation.optional_extraction_column)
CLIQUE_COLUMN = Column(_STRING, validation.clique_column, required=True)


class _CheckedFeatures(datasets.Features):  # type: ignore[misc]  # datasets is skipped by the type checker
    """The types of columns whose entries are checked: Arrow takes them as they are, which saves most of the time."""

    def encode_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the batch: every check returns the entries as Arrow stores them."""
        return batch


class Description(NamedTuple):
    """The texts that evaluate shows for a module."""

    summary: str
    inputs: str
    citation: str


class CheckedMetric(evaluate.Metric):  # type: ignore[misc]  # evaluate is skipped by the type checker
    """A metric that checks every entry of its columns.

    evaluate checks only the first entry of a column, and Arrow turns a number in a column of strings into a quoted
    string. All columns but `predictions` and `references` are optional; the scorer gets None for one left out.

    A subclass sets `texts` and `scorer`, and defines `columns`.
    """

    texts: Description
    scorer: Callable[..., Mapping[str, object]]  # the columns and the options as keyword arguments -> the result

    def columns(self) -> dict[str, Column]:
        """Return the columns by name, `predictions` and `references` among them."""
        raise NotImplementedError

    def score(self, columns: dict[str, Any], **options: Any) -> Mapping[str, object]:
        """Return the result for all examples together."""
        return self.scorer(**columns, **options)

    def add_batch(self, *, predictions: object = None, references: object = None, **columns: object) -> None:
        """Add a batch of examples; the optional columns are keyword arguments.

        Raises:
            InputError: for an unknown column, and for a bad entry, before any is added.
        """
        declared = self.columns()
        optional = {name: value for name, value in columns.items() if value is not None}
        for name in optional:
            validation.check_choice("a column's name", name, declared)
        values = {"predictions": predictions, "references": references, **optional}
        entries_by_name = {name: declared[name].check(name, value) for name, value in values.items()}
        validation.check_same_length(**entries_by_name)
        for name, entries in entries_by_name.items():
            _check_storable(name, entries)
        missing = [None] * len(entries_by_name["predictions"])
        super().add_batch(**{name: entries_by_name.get(name, missing) for name in declared})

    def add(self, *, prediction: object = None, reference: object = None, **columns: object) -> None:
        """Add one example; the optional columns are keyword arguments.

        Raises:
            InputError: for an unknown column, and for a bad entry.
        """
        optional = {name: [entry] for name, entry in columns.items() if entry is not None}
        self.add_batch(predictions=[prediction], references=[reference], **optional)

    def compute(
        self, *, predictions: object = None, references: object = None, **kwargs: object
    ) -> Mapping[str, object] | None:
        """Return the result for the examples added before and given here; None in all processes but the first.

        Raises:
            InputError: for a bad entry or option.
        """
        columns = {name: kwargs.pop(name) for name in self.columns() if name in kwargs}
        if predictions is not None or references is not None or columns:
            self.add_batch(predictions=predictions, references=references, **columns)
        result: Mapping[str, object] | None = super().compute(**kwargs)
        return result

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=self.texts.summary,
            citation=self.texts.citation,
            inputs_description=self.texts.inputs,
            features=_CheckedFeatures({name: column.feature for name, column in self.columns().items()}),
        )

    def _compute(self, *, predictions: list[object], references: list[object], **kwargs: Any) -> Mapping[str, object]:
        optional = {
            name: _given(name, kwargs.pop(name), column)
            for name, column in self.columns().items()
            if name not in ("predictions", "references")
        }
        return self.score({"predictions": predictions, "references": references, **optional}, **kwargs)

    def _enforce_nested_string_type(self, schema: object, obj: object) -> None:
        """Do nothing: every entry is checked already, and a column that was left out contains None."""


def _check_storable(name: str, entries: Sequence[object]) -> None:
    """Check that the entries are UTF-8 text, as Arrow stores it: half of a surrogate pair is not."""
    try:
        json.dumps(entries, ensure_ascii=False).encode()  # the column as a whole is fast
    except UnicodeEncodeError:
        for at, entry in enumerate(entries):
            if any(0xD800 <= ord(character) <= 0xDFFF for character in json.dumps(entry, ensure_ascii=False)):
                raise InputError(
                    f"{name}[{at}] contains half of a surrogate pair, which Arrow cannot store; "
                    f"replace it, or call the function of adelie_hf.scoring: {validation.short_repr(entry)}"
                ) from None
        raise


def _given(name: str, entries: list[object], column: Column) -> list[object] | None:
    """Return the entries of a column, or None where it was left out of every batch."""
    if not entries:  # evaluate cannot distinguish a column without entries from one that was left out
        return [] if column.required else None
    missing = sum(entry is None for entry in entries)
    if 0 < missing < len(entries):
        raise InputError(f"{name} was given for {len(entries) - missing} of {len(entries)} examples; give it for all")
    return None if missing == len(entries) else entries
