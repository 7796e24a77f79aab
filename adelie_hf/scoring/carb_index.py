"""The matcher of CaRB for a sentence with many gold tuples: all of them at once.

The rule is that of `carb_matching`, whose comments explain it, and so are the results, bit by bit: numerators and
denominators are whole numbers. This module imports numpy, and only such a sentence imports the module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, zip_longest

import numpy as np
from numpy.typing import NDArray

from adelie_hf.scoring.carb_tokens import FORMS_OF_BE, Cell, Corrections, Fields, Raised, TokenTuple


class GoldIndex:
    """The gold tuples of a sentence by their tokens."""

    def __init__(self, gold: list[TokenTuple], corrections: Corrections):
        self._corrections = corrections
        self._widths, self._lengths = np.array([(len(one.fields), one.length) for one in gold]).T
        self._is_saying = np.array([one.is_saying for one in gold])
        self._has_no_predicate = np.array([not one.fields[0] for one in gold])
        columns = zip_longest(*(one.fields for one in gold), fillvalue=frozenset[str]())
        self._numbers = [_numbers_by_token(column) for column in columns]
        self._has_form_of_be = self._count(0, FORMS_OF_BE) > 0

    def cells(self, number: int, predicted: TokenTuple, recalls: list[float]) -> tuple[list[Raised], Iterator[Cell]]:
        """Return the recalls that a prediction raises, and its cells above 0 in order."""
        numbers, precision, recall = self._match(predicted)
        above = precision > 0  # a cell of 0 adds nothing
        numbers, precision, recall = numbers[above], precision[above], recall[above]
        raised = recall > [recalls[at] for at in numbers]
        tie_breaks = recall if "ties" in self._corrections else np.zeros(len(recall))
        return (
            list(zip(numbers[raised].tolist(), recall[raised].tolist(), strict=True)),
            _in_order(-precision, -tie_breaks, numbers, number),
        )

    def _match(self, predicted: TokenTuple) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the numbers of the gold tuples whose predicate agrees, with their precision and recall."""
        fields = predicted.fields
        predicate, *arguments = fields
        matched = self._count(0, predicate)
        if "be" in predicate:
            forms = [token for token in predicate if token.split(" ")[0] == "be"]
            matched += self._has_form_of_be & (self._count(0, forms) < len(forms))
        agrees = matched > 0
        if not predicate and "predicates" in self._corrections:
            agrees = self._has_no_predicate
        precision, recall = self._match_arguments(matched, fields)
        if len(fields) == 3 and (agrees & self._is_saying).any():
            swapped_precision, swapped_recall = self._match_arguments(matched, (predicate, *reversed(arguments)))
            better = swapped_precision > precision
            better |= (swapped_precision == precision) & (swapped_recall > recall)
            better &= self._is_saying
            precision, recall = np.where(better, (swapped_precision, swapped_recall), (precision, recall))
        numbers = np.flatnonzero(agrees & (self._widths <= len(fields)))
        return numbers, precision[numbers], recall[numbers]

    def _match_arguments(
        self, matched: NDArray[np.int64], fields: Fields
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        for at in range(1, min(len(fields), len(self._numbers))):
            matched = matched + self._count(at, fields[at])
        sums = list(accumulate(map(len, fields), initial=0))  # the predicted tokens in so many fields
        if "arguments" in self._corrections:
            sums = sums[-1:] * len(sums)
        lengths = np.array(sums)[np.minimum(self._widths, len(fields))]
        precision, recall = matched / np.maximum(lengths, 1), matched / np.maximum(self._lengths, 1)
        if "once" in self._corrections:
            recall = np.minimum(recall, 1.0)
        empty = (lengths == 0) & (self._lengths == 0)  # equal, where nothing can be matched
        return np.where(empty, 1.0, precision), np.where(empty, 1.0, recall)

    def _count(self, at: int, tokens: Iterable[str]) -> NDArray[np.int64]:
        """Return for each gold tuple how many of the tokens its field contains."""
        counts = np.zeros(len(self._widths), dtype=np.int64)
        for token in tokens:
            if (numbers := self._numbers[at].get(token)) is not None:
                counts[numbers] += 1
        return counts


def _in_order(
    precision: NDArray[np.float64], recall: NDArray[np.float64], numbers: NDArray[np.int64], prediction: int
) -> Iterator[Cell]:
    """Yield the cells in order: most predictions keep their first, and never need the others sorted."""
    if not len(numbers):
        return
    best = np.flatnonzero(precision == precision.min())
    first = best[recall[best].argmin()]
    yield precision[first].item(), recall[first].item(), numbers[first].item(), prediction
    order = np.lexsort((numbers, recall, precision))[1:]
    columns = [values[order].tolist() for values in (precision, recall, numbers)]
    yield from zip(*columns, [prediction] * len(order), strict=True)


def _numbers_by_token(column: Sequence[frozenset[str]]) -> dict[str, NDArray[np.int64]]:
    numbers: dict[str, list[int]] = {}
    for number, tokens in enumerate(column):
        for token in tokens:
            numbers.setdefault(token, []).append(number)
    return {token: np.array(those) for token, those in numbers.items()}
