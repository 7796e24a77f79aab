"""The matcher of CaRB: tuples of tokens, the score of a pair of tuples, and the pairing of a sentence's tuples.

`scoring.carb` explains the corrections that the functions take by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adelie_hf.scoring.validation import CarbExtraction

_SAYING = frozenset({"said", "told", "added", "adds", "says"})
_SAYING_LETTERS = re.compile("|".join(_SAYING))
_FORMS_OF_BE = frozenset({"be", "is", "am", "are", "was", "were", "been", "being"})

Corrections = frozenset[str]


class TokenTuple(NamedTuple):
    """A tuple as it is matched.

    `fields` has the token set of the predicate and of at most two arguments; `length` is the number of tokens in all,
    `is_saying` states that the predicate is a verb of saying.
    """

    fields: tuple[frozenset[str], ...]
    length: int
    is_saying: bool
    confidence: float


def token_tuples(extractions: Sequence[CarbExtraction], corrections: Corrections) -> list[TokenTuple]:
    """Return the extractions of a sentence as tuples of tokens, sorted by content where `ties` is corrected."""
    if "ties" in corrections and len(extractions) > 1:
        extractions = sorted(extractions, key=lambda extraction: (extraction["predicate"], *extraction["arguments"]))
    return [_token_tuple(extraction, corrections) for extraction in extractions]


def _token_tuple(extraction: CarbExtraction, corrections: Corrections) -> TokenTuple:
    predicate, arguments = extraction["predicate"], extraction["arguments"]
    texts = [predicate, *arguments[:1], " ".join(arguments[1:])] if len(arguments) > 1 else [predicate, *arguments]
    fields, length = [], 0
    for text in texts:
        tokens = text.split()
        length += len(tokens)
        distinct = frozenset(tokens)
        fields.append(distinct if len(distinct) == len(tokens) else _numbered(tokens))
    if "words" in corrections:
        is_saying = not _SAYING.isdisjoint(fields[0])
    else:
        is_saying = _SAYING_LETTERS.search(predicate) is not None
    return TokenTuple(tuple(fields), length, is_saying, extraction["confidence"])


def _numbered(tokens: list[str]) -> frozenset[str]:
    """Return a multiset of tokens as a set: repetitions are numbered, so that intersections keep their sizes."""
    repetitions: dict[str, int] = {}
    numbered = set()
    for token in tokens:
        repetitions[token] = repetition = repetitions.get(token, -1) + 1
        numbered.add(f"{token} {repetition}" if repetition else token)  # no token contains a space
    return frozenset(numbered)


# ---- one pair of tuples ---------------------------------------------------------------------------------------------


def _match(gold: TokenTuple, predicted: TokenTuple, corrections: Corrections) -> tuple[float, float]:
    """Return the token precision and recall of a prediction for a gold tuple."""
    scores = _match_in_order(gold, predicted.fields, predicted.length, corrections)
    if gold.is_saying and len(predicted.fields) == 3:
        predicate, first, second = predicted.fields
        swapped = _match_in_order(gold, (predicate, second, first), predicted.length, corrections)
        scores = max(scores, swapped)
    return scores


def _match_in_order(
    gold: TokenTuple, fields: tuple[frozenset[str], ...], length: int, corrections: Corrections
) -> tuple[float, float]:
    gold_predicate, predicate = gold.fields[0], fields[0]
    matched = len(gold_predicate & predicate)
    # A predicted `be` that matches no gold `be` matches any form of the verb.
    if (
        "be" in predicate
        and not gold_predicate.isdisjoint(_FORMS_OF_BE)
        and any(token.split(" ")[0] == "be" for token in predicate - gold_predicate)
    ):
        matched += 1
    agree = matched or ("predicates" in corrections and not gold_predicate and not predicate)
    if not agree or len(fields) < len(gold.fields):
        return 0.0, 0.0
    for at in range(1, len(gold.fields)):
        matched += len(gold.fields[at] & fields[at])
    if "arguments" in corrections or len(fields) == len(gold.fields):
        compared = length
    else:
        compared = sum(map(len, fields[: len(gold.fields)]))
    if not compared or not gold.length:  # equal where neither side has a token
        return (1.0, 1.0) if compared == gold.length else (0.0, 0.0)
    recall = matched / gold.length
    return matched / compared, min(recall, 1.0) if "once" in corrections else recall


# ---- one sentence ---------------------------------------------------------------------------------------------------

Cell = tuple[float, float, int, int]  # -precision, -recall where it breaks a tie, gold tuple, prediction


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
        self._accepted: list[tuple[Cell, Iterator[Cell]] | None] = [None] * len(gold)

    def add(self, number: int, predicted: TokenTuple) -> None:
        """Add a prediction, with its index among those of the sentence."""
        cells: list[Cell] = []
        for at, gold in enumerate(self.gold):
            precision, recall = _match(gold, predicted, self.corrections)
            if precision:  # a cell of 0 adds nothing
                cells.append((-precision, -recall if "ties" in self.corrections else 0.0, at, number))
                if recall > self.recalls[at]:
                    self.recalls[at] = recall
        proposals = iter(sorted(cells))
        while (cell := next(proposals, None)) is not None:
            accepted = self._accepted[cell[2]]
            if accepted is None or cell < accepted[0]:
                self._accepted[cell[2]] = (cell, proposals)
                if accepted is None:
                    break
                proposals = accepted[1]

    def precisions(self) -> list[float]:
        """Return the precisions of the pairs in the order of the published scorer: the best first."""
        return sorted((-accepted[0][0] for accepted in self._accepted if accepted), reverse=True)


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
