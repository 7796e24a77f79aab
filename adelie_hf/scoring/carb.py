"""CaRB: token-level scores of open information extraction (Bhardwaj et al., EMNLP 2019, section 4).

The scorer of the paper's open IE results: default matcher, n-ary tuples. A predicted tuple is compared
with a gold tuple field by field; recall gives every gold tuple its best prediction, precision pairs
predictions and gold tuples one to one.

`mode="reference"` gives the published scorer's numbers. `mode="corrected"` makes these corrections, or
those of them that `corrections` names:

- `words`: a gold predicate of saying (said, told, added, adds, says), which may have its arguments in
  either order, holds such a word as a token; the original looks for the letters, also inside `padded`;
- `once`: a gold tuple is recalled at most once; the rule for `be` can lift the original's recall above 1;
- `arguments`: all predicted tokens count against precision; in the original, arguments beyond those of a
  gold tuple with fewer than two are free;
- `predicates`: two empty predicates agree; in the original a tuple without one never matches, not even itself;
- `ties`: of cells with one precision the one with the higher recall is paired, then the first in the
  alphabet; the original takes the first in the file;
- `unanswerable`: without `sentences`, an empty reference list says that the sentence holds no tuple, and
  predictions for it are wrong; the original never scores such a sentence;
- `copies`: with `binary`, a tuple becomes pairs of its first argument with each other one; in the original
  all pairs of a tuple are copies of the last.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, pairwise
from math import fsum, inf
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from adelie_hf.scoring import checks
from adelie_hf.scoring.intervals import bootstrap, f1_of_sums

if TYPE_CHECKING:
    import numpy as np

CORRECTIONS = ("words", "once", "arguments", "predicates", "ties", "unanswerable", "copies")

_SAYING = frozenset({"said", "told", "added", "adds", "says"})
_SAYING_LETTERS = re.compile("|".join(_SAYING))
_BEING = frozenset({"be", "is", "am", "are", "was", "were", "been", "being"})
_PREPOSITION = re.compile(
    "above|across|against|along|among|around|at|before|behind|below|beneath|beside|between|by|for|from|in|into|near"
    "|of|off|on|to|toward|under|upon|with|within"
)
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
_NO_SPACE_NO_PUNCTUATION = str.maketrans("", "", " " + string.punctuation)

Extraction = dict[str, Any]


def carb(
    predictions: Sequence[Sequence[Extraction]],
    references: Sequence[Sequence[Extraction]],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    binary: bool = False,
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
) -> dict[str, Any]:
    """CaRB scores of a corpus.

    Args:
        predictions, references: one list a sentence of `{"predicate": "bought", "arguments": ["Acme",
            "Globex"], "confidence": 0.9}`; the confidence is 1 where it is left out, and unused in gold.
        sentences: the sentence of each position. Predictions and gold tuples then meet by the
            original's key (no spaces, no punctuation) instead of by position: of two sentences with
            one key the later counts, and a sentence without gold tuples is not scored.
        mode: `corrected`, or `reference` for the published scorer's numbers (see the module).
        corrections: those that `corrected` makes, all of them unless given.
        binary: whether to score tuples of three and more arguments as pairs, the original's `--binary`.
        per_example: whether to give each scored sentence's sums, for `paired_test` with `f1_of_sums`.
        interval: whether to give the 95 % bootstrap interval of F1 at no threshold, over sentences.
        seed: of the bootstrap.

    Returns:
        `precision, recall, f1` at the confidence threshold with the best F1 (the lowest such), that
        `threshold` (None where no threshold has an F1), `auc` of the precision-recall curve,
        `no_threshold` (the scores of all predictions, and `f1_interval`, `[low, high]` or None),
        `curve` (the lists `threshold`, `precision` and `recall`, the lowest threshold first), `n_pred,
        n_gold` (tuples scored), `mode` and `corrections`. On request also `per_example`, the rows of `carb_sums`.

    Raises:
        InputError: for input of another shape, naming the item.
    """
    made = checks.corrections(mode, corrections, CORRECTIONS)
    pairs, ignored = _paired(predictions, references, sentences, made, binary)
    scored = [_steps(predicted, gold, made) for predicted, gold in pairs]
    points = list(_curve(scored, ignored))[::-1]
    _, *everything = points[0] if points else (None, 0.0, 0.0)
    # Of equal F1 the lowest threshold; precision = recall = 0 has no F1.
    best = max((point for point in points if any(point[1:])), key=lambda p: f1_score(*p[1:]), default=(None, 0.0, 0.0))
    result = {
        **_named(*best[1:]),
        "threshold": best[0],
        "auc": _area(points),
        "no_threshold": _named(*everything)
        | {"f1_interval": list(bootstrap(_sums(scored), f1_of_sums, seed=seed)) if interval else None},
        "curve": {
            name: [point[at] for point in points] for at, name in enumerate(("threshold", "precision", "recall"))
        },
        "n_pred": sum(_total(sentence)[1] for sentence in scored),
        "n_gold": sum(sentence.gold for sentence in scored),
        "mode": mode,
        "corrections": sorted(made),
    }
    if per_example:
        result["per_example"] = [list(_total(sentence)) for sentence in scored]
    return result


def _named(precision: float, recall: float) -> dict[str, Any]:
    return {"precision": precision, "recall": recall, "f1": f1_score(precision, recall)}


def carb_sentence(
    prediction: Sequence[Extraction], reference: Sequence[Extraction], *, mode: str = "corrected"
) -> tuple[float, float, float]:
    """Precision, recall and F1 of one sentence, all predictions kept.

    A sentence without gold tuples: in `corrected`, 1 for no prediction and 0 for any; in `reference`, as
    the original scores it, precision is 1 where something is predicted and all else is 0.
    """
    made = checks.corrections(mode, None, CORRECTIONS)
    (predicted,) = checks.extractions("predictions", [prediction])
    (gold,) = checks.extractions("references", [reference])
    precision, recall = sentence_scores(matchable(predicted, made), matchable(gold, made), made)
    return precision, recall, f1_score(precision, recall)


def carb_sums(
    predictions: Sequence[Sequence[Extraction]],
    references: Sequence[Sequence[Extraction]],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
) -> np.ndarray:
    """What each scored sentence adds to the corpus sums at no threshold, [sentences, 4]:
    precision numerator, predicted tuples, recall numerator, gold tuples.
    """
    made = checks.corrections(mode, None, CORRECTIONS)
    pairs, _ = _paired(predictions, references, sentences, made)
    return _sums([_steps(predicted, gold, made) for predicted, gold in pairs])


# ---- input ----------------------------------------------------------------------------------------


class Tuple(NamedTuple):
    """A tuple as it is matched: token sets, predicate first, at most two arguments."""

    fields: tuple[frozenset[str], ...]
    length: int
    said: bool
    confidence: float


def _paired(
    predictions: Any, references: Any, sentences: Any, made: frozenset[str], binary: bool = False
) -> tuple[list[tuple[list[Tuple], list[Tuple]]], list[float]]:
    """The scored sentences as (predicted, gold), and the confidences of predictions that are not scored."""
    predicted = checks.extractions("predictions", predictions)
    gold = checks.extractions("references", references)
    keys = None if sentences is None else [sentence_key(s) for s in checks.strings("sentences", sentences)]
    checks.same_length(predictions=predicted, references=gold, sentences=keys)
    if binary:
        predicted, gold = (
            [[pair for found in listed for pair in _binary(found, made)] for listed in side]
            for side in (predicted, gold)
        )
    if keys is None and "unanswerable" in made:
        met, ignored = list(zip(predicted, gold, strict=True)), []
    else:
        names: Sequence[str | int] = range(len(gold)) if keys is None else keys
        predicted_of = {name: listed for name, listed in zip(names, predicted, strict=True) if listed}
        gold_of = {name: listed for name, listed in zip(names, gold, strict=True) if listed}
        met = [(predicted_of.get(name, []), listed) for name, listed in gold_of.items()]
        unmet = (listed for name, listed in predicted_of.items() if name not in gold_of)
        ignored = [found["confidence"] for listed in unmet for found in listed]
    return [(matchable(ours, made), matchable(theirs, made)) for ours, theirs in met], ignored


def sentence_key(sentence: str) -> str:
    """What two spellings of one sentence have in common: all but spaces and ASCII punctuation."""
    sentence = sentence.replace(" ", "")
    for name, bracket in _BRACKETS.items():
        sentence = sentence.replace(name, bracket)
    return sentence.translate(_NO_SPACE_NO_PUNCTUATION)


def _binary(found: Extraction, made: frozenset[str]) -> list[Extraction]:
    """A tuple as pairs: its first two arguments, then its first with each further one, where the predicate
    takes up the second argument and a preposition that the further one begins with.
    """
    if len(found["arguments"]) < 3:
        return [found]
    first, *others = found["arguments"]
    pairs = [found | {"arguments": [first, others[0]]}]
    for other in others[1:]:
        words = other.split()
        leading = words[:1] if words and _PREPOSITION.fullmatch(words[0].lower()) else []
        predicate = " ".join([found["predicate"], others[0], *leading])
        pairs.append(found | {"predicate": predicate, "arguments": [first, " ".join(words[len(leading) :])]})
    return pairs if "copies" in made else pairs[-1:] * len(pairs)


def matchable(extractions: list[Extraction], made: frozenset[str]) -> list[Tuple]:
    """The checked extractions of a sentence, in an order of their own where ties go by content."""
    if "ties" in made and len(extractions) > 1:
        extractions = sorted(extractions, key=lambda found: (found["predicate"], *found["arguments"]))
    return [_matchable(found, made) for found in extractions]


def _matchable(found: Extraction, made: frozenset[str]) -> Tuple:
    predicate, arguments = found["predicate"], found["arguments"]
    texts = [predicate, *arguments[:1], " ".join(arguments[1:])] if len(arguments) > 1 else [predicate, *arguments]
    fields, length = [], 0
    for text in texts:
        tokens = text.split()
        length += len(tokens)
        distinct = frozenset(tokens)
        fields.append(distinct if len(distinct) == len(tokens) else _marked(tokens))
    if "words" in made:
        said = not _SAYING.isdisjoint(fields[0])
    else:
        said = _SAYING_LETTERS.search(predicate) is not None
    return Tuple(tuple(fields), length, said, found["confidence"])


def _marked(tokens: list[str]) -> frozenset[str]:
    """A multiset of tokens as a set, the n-th repetition marked: sizes of intersections stay the same."""
    seen: dict[str, int] = {}
    marked = set()
    for token in tokens:
        seen[token] = repetition = seen.get(token, -1) + 1
        marked.add(f"{token} {repetition}" if repetition else token)  # no token holds a space
    return frozenset(marked)


# ---- one tuple pair -------------------------------------------------------------------------------


def _match(gold: Tuple, predicted: Tuple, made: frozenset[str]) -> tuple[float, float]:
    """Token precision and recall of a prediction for a gold tuple."""
    scores = _match_in_order(gold, predicted.fields, predicted.length, made)
    if gold.said and len(predicted.fields) == 3:
        predicate, first, second = predicted.fields
        scores = max(scores, _match_in_order(gold, (predicate, second, first), predicted.length, made))
    return scores


def _match_in_order(
    gold: Tuple, fields: tuple[frozenset[str], ...], length: int, made: frozenset[str]
) -> tuple[float, float]:
    wanted, found = gold.fields[0], fields[0]
    matched = len(wanted & found)
    # A predicted `be` that no gold `be` takes stands for any form of the verb.
    if "be" in found and not wanted.isdisjoint(_BEING) and any(t.split(" ")[0] == "be" for t in found - wanted):
        matched += 1
    agree = matched or ("predicates" in made and not wanted and not found)
    if not agree or len(fields) < len(gold.fields):
        return 0.0, 0.0
    for at in range(1, len(gold.fields)):
        matched += len(gold.fields[at] & fields[at])
    if "arguments" in made or len(fields) == len(gold.fields):
        compared = length
    else:
        compared = sum(map(len, fields[: len(gold.fields)]))
    if not compared or not gold.length:  # without a token on either side they are equal
        return (1.0, 1.0) if compared == gold.length else (0.0, 0.0)
    recall = matched / gold.length
    return matched / compared, min(recall, 1.0) if "once" in made else recall


# ---- one sentence ---------------------------------------------------------------------------------


class _Pairs:
    """The gold tuples of a sentence, each with its best recall and the prediction that it is paired with.

    The original takes the best free cell of the whole table again and again. As all cells stand in one
    order, the same pairs come of every prediction asking its gold tuples in that order, and a gold tuple
    leaving a prediction for a better cell (deferred acceptance; Gale and Shapley, 1962). So predictions
    can come one by one, and a cell is asked for at most once, however many thresholds there are.
    """

    def __init__(self, gold: list[Tuple], made: frozenset[str]):
        self.gold, self.made = gold, made
        self.recalls = [0.0] * len(gold)
        self._held: list[tuple[_Cell, Iterator[_Cell]] | None] = [None] * len(gold)

    def add(self, number: int, predicted: Tuple) -> None:
        """Another prediction, with its place among all of them."""
        cells: list[_Cell] = []
        for at, gold in enumerate(self.gold):
            precision, recall = _match(gold, predicted, self.made)
            if precision:  # a cell of 0 adds nothing
                cells.append((-precision, -recall if "ties" in self.made else 0.0, at, number))
                if recall > self.recalls[at]:
                    self.recalls[at] = recall
        asking = iter(sorted(cells))
        while (cell := next(asking, None)) is not None:
            held = self._held[cell[2]]
            if held is None or cell < held[0]:
                self._held[cell[2]] = (cell, asking)
                if held is None:
                    break
                asking = held[1]

    def precisions(self) -> list[float]:
        """The precisions of the pairs, as the original comes to them: the best first."""
        return sorted((-held[0][0] for held in self._held if held), reverse=True)


_Cell = tuple[float, float, int, int]  # -precision, -recall where it breaks a tie, gold tuple, prediction

# Numerators are whole numbers of a unit as fine as a double: sums are exact, so that equal scores tie
# whatever the order of the sentences.
_ONE = 1 << 60


class _Steps(NamedTuple):
    """A sentence's sums with the predictions down to each of its own confidences, highest first: confidence,
    precision numerator in units, predictions, recall numerator in units. Between them nothing changes.
    """

    steps: list[tuple[float, int, int, int]]
    gold: int


def _steps(predicted: list[Tuple], gold: list[Tuple], made: frozenset[str]) -> _Steps:
    pairs, steps = _Pairs(gold, made), []
    by_confidence = sorted(enumerate(predicted), key=lambda one: -one[1].confidence)
    for kept, (number, one) in enumerate(by_confidence, 1):
        pairs.add(number, one)
        if kept == len(predicted) or by_confidence[kept][1].confidence != one.confidence:
            steps.append((one.confidence, _units(pairs.precisions()), kept, _units(pairs.recalls)))
    return _Steps(steps, len(gold))


def _units(values: list[float]) -> int:
    return sum(int(value * _ONE) for value in values)


def _total(sentence: _Steps) -> tuple[float, int, float, int]:
    _, right, kept, recalled = sentence.steps[-1] if sentence.steps else (0.0, 0, 0, 0)
    return right / _ONE, kept, recalled / _ONE, sentence.gold


def sentence_scores(predicted: list[Tuple], gold: list[Tuple], made: frozenset[str]) -> tuple[float, float]:
    """Precision and recall of one sentence, all predictions kept.

    Without gold tuples, where sentences may have none: 1 for no prediction and 0 for any; else, as the
    original has it, precision is 1 where something is predicted and all else is 0.
    """
    if not gold and "unanswerable" in made:
        return (0.0, 0.0) if predicted else (1.0, 1.0)
    if not gold or not predicted:
        return (1.0, 0.0) if predicted else (0.0, 0.0)
    pairs = _Pairs(gold, made)
    for number, one in enumerate(predicted):
        pairs.add(number, one)
    return _added(pairs.precisions()) / len(predicted), _added(pairs.recalls) / len(gold)


def _added(values: list[float]) -> float:
    """The sum in the order of the values, as the original adds up: `sum` compensates since Python 3.12."""
    total = 0.0
    for value in values:
        total += value
    return total


# ---- the corpus -----------------------------------------------------------------------------------


def _curve(scored: list[_Steps], ignored: list[float]) -> Iterator[tuple[float, float, float]]:
    """(threshold, precision, recall), the highest threshold first; precision is 1 where nothing is kept."""
    changes = [(confidence, 0, 0, 0) for confidence in ignored]
    for sentence in scored:
        right = kept = recalled = 0
        for confidence, *sums in sentence.steps:
            changes.append((confidence, sums[0] - right, sums[1] - kept, sums[2] - recalled))
            right, kept, recalled = sums
    changes.sort(reverse=True)
    gold = sum(sentence.gold for sentence in scored)
    right = kept = recalled = 0
    for threshold, equals in groupby(changes, key=itemgetter(0)):
        for _, more_right, more_kept, more_recalled in equals:
            right, kept, recalled = right + more_right, kept + more_kept, recalled + more_recalled
        yield threshold, right / (kept * _ONE) if kept else 1.0, recalled / (gold * _ONE) if gold else 0.0


def _area(points: list[tuple[float, float, float]]) -> float:
    """The area below the precision-recall curve, which starts at recall 0 and precision 1."""
    ends = pairwise([(inf, 1.0, 0.0), *reversed(points)])
    return fsum((r - r0) * (p0 + p) / 2 for (_, p0, r0), (_, p, r) in ends)


def _sums(scored: list[_Steps]) -> np.ndarray:
    import numpy as np

    return np.array([_total(sentence) for sentence in scored], dtype=float).reshape(-1, 4)


def f1_score(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
