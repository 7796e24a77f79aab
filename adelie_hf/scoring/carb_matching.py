"""The matcher of CaRB: the score of a pair of tuples, and the pairing of a sentence's tuples.

`scoring.carb` explains the corrections that the functions take by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from adelie_hf.scoring.carb_tokens import FORMS_OF_BE, Cell, Corrections, Fields, Raised, Scores, TokenTuple

if TYPE_CHECKING:
    from adelie_hf.scoring.carb_index import GoldIndex

MANY = 64  # from so many gold tuples on, the index is faster than one pair after the other

# ---- one pair of tuples ---------------------------------------------------------------------------------------------


def _match(gold: TokenTuple, predicted: TokenTuple, corrections: Corrections) -> Scores:
    """Return the token precision and recall of a prediction for a gold tuple."""
    gold_fields, _, is_saying, _ = gold
    fields, length, _, _ = predicted
    gold_predicate, predicate = gold_fields[0], fields[0]
    matched = len(gold_predicate & predicate)
    if "be" in predicate and _be_matches_a_form(gold_predicate, predicate):
        matched += 1
    agree = matched or (not predicate and not gold_predicate and "predicates" in corrections)
    if not agree or len(fields) < len(gold_fields):
        return 0.0, 0.0
    scores = _match_arguments(matched, gold, fields, length, corrections)
    if is_saying and len(fields) == 3:
        swapped = (predicate, fields[2], fields[1])
        scores = max(scores, _match_arguments(matched, gold, swapped, length, corrections))
    return scores


def _match_arguments(matched: int, gold: TokenTuple, fields: Fields, length: int, corrections: Corrections) -> Scores:
    gold_fields, gold_length, _, _ = gold
    if len(fields) > len(gold_fields) and "arguments" not in corrections:
        length = sum(map(len, fields[: len(gold_fields)]))
    for at in range(1, len(gold_fields)):
        matched += len(gold_fields[at] & fields[at])
    if not length or not gold_length:  # equal where neither side has a token
        return (1.0, 1.0) if length == gold_length else (0.0, 0.0)
    recall = matched / gold_length
    return matched / length, 1.0 if recall > 1.0 and "once" in corrections else recall


def _be_matches_a_form(gold_predicate: frozenset[str], predicate: frozenset[str]) -> bool:
    """Return whether a predicted `be` matches no gold `be`, so that it matches any form of the verb."""
    if gold_predicate.isdisjoint(FORMS_OF_BE):
        return False
    return any(token.split(" ")[0] == "be" for token in predicate - gold_predicate)


# ---- one sentence ---------------------------------------------------------------------------------------------------


class Pairing:
    """The gold tuples of a sentence, each with its best recall and the prediction paired with it.

    The published scorer takes the best free cell of the table of all pairs until none is left. Since all cells have
    one order, deferred acceptance (Gale and Shapley, 1962) gives the same pairs: each prediction proposes to the gold
    tuples in that order, and a gold tuple leaves its prediction for a better cell. So predictions can be added one by
    one, and each cell is proposed at most once, however many thresholds the curve has.
    """

    def __init__(self, gold: list[TokenTuple], corrections: Corrections):
        self.gold, self.corrections = gold, corrections
        self.recalls = [0.0] * len(gold)
        self._index = _index(gold, corrections) if len(gold) >= MANY else None
        self._accepted: list[tuple[Cell, Iterator[Cell]] | None] = [None] * len(gold)
        self._changes: tuple[list[float], list[float]] = ([], [])

    def add(self, number: int, predicted: TokenTuple) -> None:
        """Add a prediction, with its index among those of the sentence."""
        precision_changes, recall_changes = self._changes
        cells = self._cells if self._index is None else self._index.cells
        raised, proposals = cells(number, predicted, self.recalls)
        for at, recall in raised:
            recall_changes += (recall, -self.recalls[at])
            self.recalls[at] = recall
        while (cell := next(proposals, None)) is not None:
            accepted = self._accepted[cell[2]]
            if accepted is None or cell < accepted[0]:
                self._accepted[cell[2]] = (cell, proposals)
                if accepted is None:
                    precision_changes.append(-cell[0])
                    break
                if accepted[0][0] != cell[0]:
                    precision_changes += (-cell[0], accepted[0][0])
                proposals = accepted[1]

    def _cells(self, number: int, predicted: TokenTuple, recalls: list[float]) -> tuple[list[Raised], Iterator[Cell]]:
        """Return the recalls that a prediction raises, and its cells above 0 in order."""
        ties = "ties" in self.corrections
        raised: list[Raised] = []
        cells: list[Cell] = []
        for at, gold in enumerate(self.gold):
            precision, recall = _match(gold, predicted, self.corrections)
            if precision:  # a cell of 0 adds nothing
                cells.append((-precision, -recall if ties else 0.0, at, number))
                if recall > recalls[at]:
                    raised.append((at, recall))
        return raised, iter(sorted(cells))

    def changes(self) -> tuple[list[float], list[float]]:
        """Return what was added to the precisions of the pairs and to the recalls since the last call."""
        changes, self._changes = self._changes, ([], [])
        return changes

    def precisions(self) -> list[float]:
        """Return the precisions of the pairs in the order of the published scorer: the best first."""
        return sorted((-accepted[0][0] for accepted in self._accepted if accepted), reverse=True)


def _index(gold: list[TokenTuple], corrections: Corrections) -> GoldIndex:
    from adelie_hf.scoring.carb_index import GoldIndex  # imports numpy

    return GoldIndex(gold, corrections)


def sentence_scores(
    predicted: list[TokenTuple], gold: list[TokenTuple], corrections: Corrections
) -> tuple[float, float]:
    """Return precision and recall of one sentence with all its predictions.

    Without gold tuples both are, where `unanswerable` is corrected, 1 for no prediction and 0 for any; otherwise, as
    in the published scorer, precision is 1 where something is predicted and all else is 0.
    """
    if not gold and "unanswerable" in corrections:
        return (0.0, 0.0) if predicted else (1.0, 1.0)
    if not gold or not predicted:
        return (1.0, 0.0) if predicted else (0.0, 0.0)
    pairing = Pairing(gold, corrections)
    for number, prediction in enumerate(predicted):
        pairing.add(number, prediction)
    return _sum_in_order(pairing.precisions()) / len(predicted), _sum_in_order(pairing.recalls) / len(gold)


def _sum_in_order(values: list[float]) -> float:
    """Return the sum in the order of the values, as in the published scorer: `sum` compensates since Python 3.12."""
    total = 0.0
    for value in values:
        total += value
    return total
