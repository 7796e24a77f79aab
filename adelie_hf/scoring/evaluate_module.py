"""What our `evaluate` modules share: columns that are checked before Arrow sees them, and may be left out.

A module imports this file as a whole (`from adelie_hf.scoring import evaluate_module`): evaluate
instantiates the first metric class that it finds among a module's names.
"""

from __future__ import annotations

import json
from typing import Any

import datasets
import evaluate

from adelie_hf.errors import InputError
from adelie_hf.scoring import checks

_STRING = datasets.Value("string")

# A column of open IE: a list of extractions for each sentence.
EXTRACTIONS = datasets.List(
    {"predicate": _STRING, "arguments": datasets.List(_STRING), "confidence": datasets.Value("float64")}
)


class CheckedMetric(evaluate.Metric):
    """A metric whose subclass says in `check` what its columns hold.

    evaluate looks at the first entry of a column only, and Arrow turns a number in a column of strings
    into a quoted string; so every entry is checked here. All declared columns but `predictions` and
    `references` are optional; `_compute` gets None for one that was left out.
    """

    def check(self, columns: dict[str, Any]) -> dict[str, list]:
        """The given columns as Arrow is to store them. Raises InputError naming the first bad entry."""
        raise NotImplementedError

    def score(self, columns: dict[str, list | None], **options: Any) -> dict[str, Any]:
        """The result for all examples together."""
        raise NotImplementedError

    def add_batch(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> None:
        """Adds a batch of examples; the optional columns are keyword arguments. Raises InputError."""
        given = {name: column for name, column in kwargs.items() if column is not None}
        for name in given:
            checks.one_of("a column's name", name, self._feature_names())
        columns = self.check({"predictions": predictions, "references": references, **given})
        checks.same_length(**columns)
        for name, column in columns.items():
            _check_storable(name, column)
        size = len(columns["predictions"])
        super().add_batch(**{name: columns.get(name, [None] * size) for name in self._feature_names()})

    def add(self, *, prediction: Any = None, reference: Any = None, **kwargs: Any) -> None:
        """Adds one example; the optional columns are keyword arguments. Raises InputError."""
        columns = {name: [entry] for name, entry in kwargs.items() if entry is not None}
        self.add_batch(predictions=[prediction], references=[reference], **columns)

    def compute(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> dict[str, Any] | None:
        """Scores what was added, and what is given here. Raises InputError."""
        columns = {name: kwargs.pop(name) for name in self._feature_names() if name in kwargs}
        if predictions is not None or references is not None or columns:
            self.add_batch(predictions=predictions, references=references, **columns)
        return super().compute(**kwargs)

    def _compute(self, *, predictions: list, references: list, **kwargs: Any) -> dict[str, Any]:
        names = [name for name in self._feature_names() if name in kwargs]
        columns = {name: _given(name, kwargs.pop(name)) for name in names}
        return self.score({"predictions": predictions, "references": references, **columns}, **kwargs)

    def _enforce_nested_string_type(self, schema: Any, obj: Any) -> None:
        """Nothing to enforce: `check` has seen every entry, and a column left out holds None."""


def _check_storable(name: str, column: list) -> None:
    """Arrow stores text as UTF-8, which half of a surrogate pair is not."""
    try:
        json.dumps(column, ensure_ascii=False).encode()  # the whole column at once, since that is fast
    except UnicodeEncodeError:
        for at, entry in enumerate(column):
            if any(0xD800 <= ord(character) <= 0xDFFF for character in json.dumps(entry, ensure_ascii=False)):
                raise InputError(
                    f"{name}[{at}] holds half of a surrogate pair, which Arrow cannot store; "
                    f"replace it, or call the function of adelie_hf.scoring: {checks.shown(entry)}"
                ) from None
        raise


def _given(name: str, column: list) -> list | None:
    """The column, or None where it was left out of every batch."""
    missing = sum(entry is None for entry in column)
    if 0 < missing < len(column):
        raise InputError(f"{name} was given for {len(column) - missing} of {len(column)} examples; give it for all")
    return None if missing == len(column) else column
