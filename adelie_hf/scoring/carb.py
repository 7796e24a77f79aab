"""CaRB: token-level scores of open information extraction (Bhardwaj et al., EMNLP 2019, section 4).

The scorer of the paper's open IE results: default matcher, n-ary tuples. A predicted tuple is compared with a gold
tuple field by field. For recall, every gold tuple has its best prediction; for precision, predictions and gold
tuples are paired one to one.

`mode="reference"` gives the numbers of the published scorer. `mode="corrected"` applies these corrections to the
same algorithm, or those of them named in `corrections`:

- `words`: a gold predicate of saying (said, told, added, adds, says), whose arguments may be in either order, has
  such a word as a token; the published scorer looks for the letters, also inside `padded`;
- `once`: a gold tuple is recalled at most once; the rule for `be` can raise the published recall above 1;
- `arguments`: all predicted tokens count in precision; in the published scorer, arguments beyond those of a gold
  tuple with fewer than two are free;
- `predicates`: two empty predicates agree; in the published scorer a tuple without one matches nothing, not even
  itself;
- `ties`: of pairs with equal precision the one with the higher recall is taken, then the first in alphabetical
  order; the published scorer takes the first in the file;
- `unanswerable`: without `sentences`, an empty reference list means that the sentence has no tuple, and predictions
  for it are wrong; the published scorer never scores such a sentence;
- `copies`: with `binary`, a tuple becomes pairs of its first argument with each other one; in the published scorer
  all pairs of a tuple are copies of the last.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from math import fsum, inf
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict

from adelie_hf.scoring import validation
from adelie_hf.scoring.carb_matching import Pairing, sentence_scores
from adelie_hf.scoring.carb_tokens import Corrections, TokenTuple, token_tuples
from adelie_hf.scoring.intervals import bootstrap, f1_of_sums
from adelie_hf.scoring.scores import F1Scores, f1_score
from adelie_hf.scoring.unicode_forms import normal_extractions, normal_strings, unicode_normalizer
from adelie_hf.scoring.validation import CarbExtraction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CARB_CORRECTIONS = ("words", "once", "arguments", "predicates", "ties", "unanswerable", "copies")

_PREPOSITION = re.compile(
    "above|across|against|along|among|around|at|before|behind|below|beneath|beside|between|by|for|from|in|into|near"
    "|of|off|on|to|toward|under|upon|with|within"
)
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
_NO_SPACE_NO_PUNCTUATION = str.maketrans("", "", " " + string.punctuation)


class NoThresholdScores(F1Scores):
    """The scores of all predictions."""

    f1_interval: list[float] | None


class Curve(TypedDict):
    """The precision-recall curve, one point per distinct confidence, the lowest first."""

    threshold: list[float]
    precision: list[float]
    recall: list[float]


class CarbResult(F1Scores):
    """The result of `carb`."""

    threshold: float | None
    auc: float
    no_threshold: NoThresholdScores
    curve: Curve
    n_pred: int
    n_gold: int
    mode: str
    corrections: list[str]
    per_example: NotRequired[list[list[float]]]


def carb(
    predictions: Sequence[Sequence[Mapping[str, object]]],
    references: Sequence[Sequence[Mapping[str, object]]],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    binary: bool = False,
    unicode: str | None = None,
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
) -> CarbResult:
    """Return the CaRB scores of a corpus.

    >>> gold = [[{"predicate": "bought", "arguments": ["Acme", "Globex"]}]]
    >>> right = {"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}
    >>> wrong = {"predicate": "sold", "arguments": ["Acme"], "confidence": 0.2}
    >>> result = carb([[right, wrong]], gold)
    >>> result["f1"], result["threshold"]
    (1.0, 0.9)
    >>> result["no_threshold"]["precision"], result["no_threshold"]["recall"]
    (0.5, 1.0)

    Args:
        predictions: one list of extractions per sentence, `{"predicate": "bought", "arguments": ["Acme", "Globex"],
            "confidence": 0.9}`; the confidence is 1 by default.
        references: the gold extractions, in the same form and order; their confidences are not used.
        sentences: the sentence of each entry. Predictions and gold tuples are then aligned by the key of the published
            scorer (no spaces, no punctuation) instead of by position: of two sentences with one key the later counts,
            and a sentence without gold tuples is not scored.
        mode: `corrected`, or `reference` for the numbers of the published scorer (see the module).
        corrections: the corrections to apply in mode `corrected`, all by default.
        binary: score tuples of three and more arguments as pairs, as `--binary` of the published scorer.
        unicode: compare all strings in this normal form of Unicode, `NFC` or `NFKC`; by default as they are.
        per_example: also return the sums of each scored sentence, for `paired_test` with `f1_of_sums`.
        interval: also return the 95 % bootstrap interval of F1 without a threshold, over sentences.
        seed: the seed of the bootstrap.

    Returns:
        `precision`, `recall` and `f1` at the confidence threshold with the best F1 (the lowest such), that `threshold`
        (None where no threshold has an F1), `auc` of the precision-recall curve, `no_threshold` (the scores of all
        predictions, with `f1_interval`: `[low, high]` or None), `curve` (the lists `threshold`, `precision` and
        `recall`, the lowest threshold first), `n_pred` and `n_gold` (tuples scored), `mode` and `corrections`. On
        request also `per_example`, the rows of `carb_sums`.

    Raises:
        InputError: for input of another form, with the item.
    """
    active = validation.chosen_corrections(mode, corrections, CARB_CORRECTIONS)
    normalize = unicode_normalizer(unicode, mode=mode)
    pairs, other_confidences = _align(
        normal_extractions("predictions", predictions, normalize),
        normal_extractions("references", references, normalize),
        normal_strings("sentences", sentences, normalize),
        active,
        binary,
    )
    sentence_steps = [_steps(predicted, gold, active) for predicted, gold in pairs]
    points = list(_curve(sentence_steps, other_confidences))[::-1]
    # Of equal F1 the lowest threshold; precision and recall of 0 have no F1.
    candidates = (point for point in points if any(point[1:]))
    best = max(candidates, key=lambda point: f1_score(*point[1:]), default=(None, 0.0, 0.0))
    _, precision, recall = points[0] if points else (None, 0.0, 0.0)
    result: CarbResult = {
        "precision": best[1],
        "recall": best[2],
        "f1": f1_score(*best[1:]),
        "threshold": best[0],
        "auc": _area(points),
        "no_threshold": {
            "precision": precision,
            "recall": recall,
            "f1": f1_score(precision, recall),
            "f1_interval": list(bootstrap(_sums(sentence_steps), f1_of_sums, seed=seed)) if interval else None,
        },
        "curve": {
            "threshold": [point[0] for point in points],
            "precision": [point[1] for point in points],
            "recall": [point[2] for point in points],
        },
        "n_pred": sum(_total(sentence)[1] for sentence in sentence_steps),
        "n_gold": sum(sentence.gold for sentence in sentence_steps),
        "mode": mode,
        "corrections": sorted(active),
    }
    if per_example:
        result["per_example"] = [list(_total(sentence)) for sentence in sentence_steps]
    return result


def carb_sentence(
    prediction: Sequence[Mapping[str, object]], reference: Sequence[Mapping[str, object]], *, mode: str = "corrected"
) -> tuple[float, float, float]:
    """Return precision, recall and F1 of one sentence with all its predictions.

    A sentence without gold tuples scores, in mode `corrected`, 1 for no prediction and 0 for any; in mode `reference`
    precision is 1 where something is predicted and all else is 0.

    >>> gold = [{"predicate": "bought", "arguments": ["Acme", "Globex"]}]
    >>> carb_sentence([{"predicate": "bought", "arguments": ["Acme", "Initech"]}], gold)
    (0.6666666666666666, 0.6666666666666666, 0.6666666666666666)

    Raises:
        InputError: for input of another form, with the item.
    """
    active = validation.chosen_corrections(mode, None, CARB_CORRECTIONS)
    (predicted,) = validation.extraction_column("predictions", [prediction])
    (gold,) = validation.extraction_column("references", [reference])
    precision, recall = sentence_scores(token_tuples(predicted, active), token_tuples(gold, active), active)
    return precision, recall, f1_score(precision, recall)


def carb_sums(
    predictions: Sequence[Sequence[Mapping[str, object]]],
    references: Sequence[Sequence[Mapping[str, object]]],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
) -> NDArray[np.float64]:
    """Return the numbers that each scored sentence adds to the corpus sums without a threshold.

    >>> gold = [[{"predicate": "bought", "arguments": ["Acme", "Globex"]}]]
    >>> carb_sums([[]], gold).tolist()
    [[0.0, 0.0, 0.0, 1.0]]

    Args:
        predictions, references, sentences, mode: as for `carb`.

    Returns:
        An array [sentences, 4]: precision numerator, predicted tuples, recall numerator, gold tuples.

    Raises:
        InputError: for input of another form, with the item.
    """
    active = validation.chosen_corrections(mode, None, CARB_CORRECTIONS)
    pairs, _ = _align(predictions, references, sentences, active)
    return _sums([_steps(predicted, gold, active) for predicted, gold in pairs])


# ---- input ----------------------------------------------------------------------------------------------------------


def _align(
    predictions: object,
    references: object,
    sentences: object,
    corrections: Corrections,
    binary: bool = False,
) -> tuple[list[tuple[list[TokenTuple], list[TokenTuple]]], list[float]]:
    """Return the scored sentences as (predicted, gold), and the confidences of the predictions for other sentences."""
    predicted = validation.extraction_column("predictions", predictions)
    gold = validation.extraction_column("references", references)
    keys = None
    if sentences is not None:
        keys = [sentence_key(sentence) for sentence in validation.string_column("sentences", sentences)]
    validation.check_same_length(predictions=predicted, references=gold, sentences=keys)
    if binary:
        predicted, gold = _binary_column(predicted, corrections), _binary_column(gold, corrections)
    other_confidences: list[float] = []
    if keys is None and "unanswerable" in corrections:
        pairs = list(zip(predicted, gold, strict=True))
    else:
        names: Sequence[str | int] = range(len(gold)) if keys is None else keys
        predicted_of = {name: extractions for name, extractions in zip(names, predicted, strict=True) if extractions}
        gold_of = {name: extractions for name, extractions in zip(names, gold, strict=True) if extractions}
        pairs = [(predicted_of.get(name, []), extractions) for name, extractions in gold_of.items()]
        without_gold = (extractions for name, extractions in predicted_of.items() if name not in gold_of)
        other_confidences = [extraction["confidence"] for extractions in without_gold for extraction in extractions]
    return [(token_tuples(p, corrections), token_tuples(g, corrections)) for p, g in pairs], other_confidences


def sentence_key(sentence: str) -> str:
    """Return the key of a sentence in the published scorer: the sentence without spaces and ASCII punctuation.

    >>> sentence_key("Acme -LRB- Paris -RRB- grows .")
    'AcmeParisgrows'
    """
    sentence = sentence.replace(" ", "")
    for name, bracket in _BRACKETS.items():
        sentence = sentence.replace(name, bracket)
    return sentence.translate(_NO_SPACE_NO_PUNCTUATION)


def _binary_column(column: list[list[CarbExtraction]], corrections: Corrections) -> list[list[CarbExtraction]]:
    return [[pair for extraction in entry for pair in _binary(extraction, corrections)] for entry in column]


def _binary(extraction: CarbExtraction, corrections: Corrections) -> list[CarbExtraction]:
    """Return a tuple as pairs: its first two arguments, then its first with each further one.

    The predicate of a further pair takes in the second argument, and a preposition at the start of the further one.
    """
    if len(extraction["arguments"]) < 3:
        return [extraction]
    first, *others = extraction["arguments"]
    pairs = [_pair(extraction, extraction["predicate"], first, others[0])]
    for other in others[1:]:
        words = other.split()
        preposition = words[:1] if words and _PREPOSITION.fullmatch(words[0].lower()) else []
        predicate = " ".join([extraction["predicate"], others[0], *preposition])
        pairs.append(_pair(extraction, predicate, first, " ".join(words[len(preposition) :])))
    return pairs if "copies" in corrections else pairs[-1:] * len(pairs)


def _pair(extraction: CarbExtraction, predicate: str, first: str, second: str) -> CarbExtraction:
    return {"predicate": predicate, "arguments": [first, second], "confidence": extraction["confidence"]}


# ---- one sentence at all thresholds ---------------------------------------------------------------------------------

# Numerators are whole numbers of a unit as fine as a double: sums are exact, so that equal scores tie in any order of
# the sentences.
_ONE = 1 << 60


class _Steps(NamedTuple):
    """The sums of a sentence with the predictions down to each of its confidences, the highest first.

    A step is (confidence, precision numerator in units, predictions, recall numerator in units). Between two
    confidences nothing changes.
    """

    steps: list[tuple[float, int, int, int]]
    gold: int


def _steps(predicted: list[TokenTuple], gold: list[TokenTuple], corrections: Corrections) -> _Steps:
    pairing, steps, precision, recall = Pairing(gold, corrections), [], 0, 0
    by_confidence = sorted(enumerate(predicted), key=lambda numbered: -numbered[1].confidence)
    for kept, (number, prediction) in enumerate(by_confidence, 1):
        pairing.add(number, prediction)
        if kept == len(predicted) or by_confidence[kept][1].confidence != prediction.confidence:
            precision_changes, recall_changes = pairing.changes()
            precision, recall = precision + _units(precision_changes), recall + _units(recall_changes)
            steps.append((prediction.confidence, precision, kept, recall))
    return _Steps(steps, len(gold))


def _units(values: list[float]) -> int:
    return sum(int(value * _ONE) for value in values)


def _total(sentence: _Steps) -> tuple[float, int, float, int]:
    """Return the sums of a sentence with all its predictions, as `carb_sums` gives them."""
    _, precision, kept, recall = sentence.steps[-1] if sentence.steps else (0.0, 0, 0, 0)
    return precision / _ONE, kept, recall / _ONE, sentence.gold


# ---- the corpus -----------------------------------------------------------------------------------------------------


def _curve(sentences: list[_Steps], other_confidences: list[float]) -> Iterator[tuple[float, float, float]]:
    """Yield (threshold, precision, recall), the highest threshold first; precision is 1 where nothing is kept."""
    changes = [(confidence, 0, 0, 0) for confidence in other_confidences]
    for sentence in sentences:
        precision = kept = recall = 0
        for confidence, *sums in sentence.steps:
            changes.append((confidence, sums[0] - precision, sums[1] - kept, sums[2] - recall))
            precision, kept, recall = sums
    changes.sort(reverse=True)
    gold = sum(sentence.gold for sentence in sentences)
    precision = kept = recall = 0
    for threshold, changes_at_threshold in groupby(changes, key=itemgetter(0)):
        for _, precision_change, kept_change, recall_change in changes_at_threshold:
            precision, kept, recall = precision + precision_change, kept + kept_change, recall + recall_change
        yield threshold, precision / (kept * _ONE) if kept else 1.0, recall / (gold * _ONE) if gold else 0.0


def _area(points: list[tuple[float, float, float]]) -> float:
    """Return the area below the precision-recall curve, which starts at recall 0 and precision 1."""
    ends = pairwise([(inf, 1.0, 0.0), *reversed(points)])
    return fsum((r - r0) * (p0 + p) / 2 for (_, p0, r0), (_, p, r) in ends)


def _sums(sentences: list[_Steps]) -> NDArray[np.float64]:
    import numpy as np

    return np.array([_total(sentence) for sentence in sentences], dtype=float).reshape(-1, 4)
