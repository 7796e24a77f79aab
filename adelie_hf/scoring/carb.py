"""CaRB: token-level scores of open information extraction (Bhardwaj et al., EMNLP 2019, section 4).

The scorer of the paper's open IE results: default matcher, n-ary tuples. A predicted tuple is compared
with a gold tuple field by field; recall gives every gold tuple its best prediction, precision pairs
predictions and gold tuples one to one.

`mode="reference"` gives the published scorer's numbers. `mode="corrected"` differs in this:

- a gold predicate of saying (said, told, added, adds, says), which may have its arguments in either
  order, holds such a word as a token; the original looks for the letters, also inside `padded`;
- a gold tuple is recalled at most once: the rule for `be` can lift the original's recall above 1;
- all predicted tokens count against precision; in the original, arguments beyond those of a gold
  tuple with fewer than two are free;
- without `sentences`, an empty reference list says that the sentence holds no tuple, and predictions
  for it are wrong; the original never scores such a sentence.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from math import fsum, inf
from typing import TYPE_CHECKING, Any, NamedTuple

from adelie_hf.scoring import checks
from adelie_hf.scoring.intervals import bootstrap

if TYPE_CHECKING:
    import numpy as np

MODES = ("corrected", "reference")

_SAYING = frozenset({"said", "told", "added", "adds", "says"})
_BEING = frozenset({"be", "is", "am", "are", "was", "were", "been", "being"})
_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
_NO_SPACE_NO_PUNCTUATION = str.maketrans("", "", " " + string.punctuation)

Extraction = dict[str, Any]


def carb(
    predictions: Sequence[Sequence[Extraction]],
    references: Sequence[Sequence[Extraction]],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
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
        interval: whether to give the 95 % bootstrap interval of F1 at no threshold, over sentences.
        seed: of the bootstrap.

    Returns:
        `precision, recall, f1` at the confidence threshold with the best F1 (the lowest such), that
        `threshold` (None where no threshold has an F1), `auc` of the precision-recall curve,
        `no_threshold` (the scores of all predictions, and `f1_interval`, `[low, high]` or None),
        `n_pred, n_gold` (tuples scored) and `mode`.

    Raises:
        InputError: for input of another shape, naming the item.
    """
    pairs, ignored = _paired(predictions, references, sentences, mode)
    scored = [_steps(predicted, gold, mode) for predicted, gold in pairs]
    points = _curve(scored, ignored)
    _, *everything = points[0] if points else (None, 0.0, 0.0)
    # Of equal F1 the lowest threshold; precision = recall = 0 has no F1.
    best = max((point for point in points if any(point[1:])), key=lambda p: _f1(*p[1:]), default=(None, 0.0, 0.0))
    return {
        **_named(*best[1:]),
        "threshold": best[0],
        "auc": _area(points),
        "no_threshold": _named(*everything)
        | {"f1_interval": list(bootstrap(_sums(scored), f1_of_sums, seed=seed)) if interval else None},
        "n_pred": sum(_total(sentence)[1] for sentence in scored),
        "n_gold": sum(sentence.gold for sentence in scored),
        "mode": mode,
    }


def _named(precision: float, recall: float) -> dict[str, Any]:
    return {"precision": precision, "recall": recall, "f1": _f1(precision, recall)}


def carb_sentence(
    prediction: Sequence[Extraction], reference: Sequence[Extraction], *, mode: str = "corrected"
) -> tuple[float, float, float]:
    """Precision, recall and F1 of one sentence, all predictions kept.

    A sentence without gold tuples: in `corrected`, 1 for no prediction and 0 for any; in `reference`, as
    the original scores it, precision is 1 where something is predicted and all else is 0.
    """
    ((predicted, gold),), _ = _paired([prediction], [reference], None, mode, drop_empty=False)
    if not gold and mode == "corrected":
        return (0.0, 0.0, 0.0) if predicted else (1.0, 1.0, 1.0)
    if not gold:
        return (1.0, 0.0, 0.0) if predicted else (0.0, 0.0, 0.0)
    right, kept, recalled, size = _total(_steps(predicted, gold, mode))
    precision, recall = right / kept if kept else 0.0, recalled / size
    return precision, recall, _f1(precision, recall)


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
    pairs, _ = _paired(predictions, references, sentences, mode)
    return _sums([_steps(predicted, gold, mode) for predicted, gold in pairs])


# ---- input ----------------------------------------------------------------------------------------


class _Tuple(NamedTuple):
    """A tuple as it is matched: token sets, predicate first, at most two arguments."""

    fields: tuple[frozenset[str], ...]
    length: int
    said: bool
    confidence: float


def _paired(
    predictions: Any, references: Any, sentences: Any, mode: str, drop_empty: bool = True
) -> tuple[list[tuple[list[_Tuple], list[_Tuple]]], list[float]]:
    """The scored sentences as (predicted, gold), and the confidences of predictions that are not scored."""
    checks.one_of("mode", mode, MODES)
    predicted = checks.extractions("predictions", predictions)
    gold = checks.extractions("references", references)
    keys = None if sentences is None else [sentence_key(s) for s in checks.strings("sentences", sentences)]
    checks.same_length(predictions=predicted, references=gold, sentences=keys)
    if keys is None and (mode == "corrected" or not drop_empty):
        met, ignored = list(zip(predicted, gold, strict=True)), []
    else:
        names: Sequence[str | int] = range(len(gold)) if keys is None else keys
        predicted_of = {name: listed for name, listed in zip(names, predicted, strict=True) if listed}
        gold_of = {name: listed for name, listed in zip(names, gold, strict=True) if listed}
        met = [(predicted_of.get(name, []), listed) for name, listed in gold_of.items()]
        unmet = (listed for name, listed in predicted_of.items() if name not in gold_of)
        ignored = [found["confidence"] for listed in unmet for found in listed]
    pairs = [([_matchable(p, mode) for p in ours], [_matchable(g, mode) for g in theirs]) for ours, theirs in met]
    return pairs, ignored


def sentence_key(sentence: str) -> str:
    """What two spellings of one sentence have in common: all but spaces and ASCII punctuation."""
    sentence = sentence.replace(" ", "")
    for name, bracket in _BRACKETS.items():
        sentence = sentence.replace(name, bracket)
    return sentence.translate(_NO_SPACE_NO_PUNCTUATION)


def _matchable(found: Extraction, mode: str) -> _Tuple:
    first, rest = found["arguments"][:1], found["arguments"][1:]
    fields = [found["predicate"].split(), *(argument.split() for argument in first)]
    if rest:
        fields.append(" ".join(rest).split())
    if mode == "corrected":
        said = not _SAYING.isdisjoint(fields[0])
    else:
        said = any(word in found["predicate"] for word in _SAYING)
    return _Tuple(tuple(map(_token_set, fields)), sum(map(len, fields)), said, found["confidence"])


def _token_set(tokens: list[str]) -> frozenset[str]:
    """A multiset of tokens as a set, the n-th repetition marked: sizes of intersections stay the same."""
    if len(unique := frozenset(tokens)) == len(tokens):
        return unique
    seen: dict[str, int] = {}
    marked = set()
    for token in tokens:
        seen[token] = repetition = seen.get(token, -1) + 1
        marked.add(f"{token} {repetition}" if repetition else token)  # no token holds a space
    return frozenset(marked)


# ---- one tuple pair -------------------------------------------------------------------------------


def _match(gold: _Tuple, predicted: _Tuple, mode: str) -> tuple[float, float]:
    """Token precision and recall of a prediction for a gold tuple."""
    scores = _match_in_order(gold, predicted.fields, predicted.length, mode)
    if gold.said and len(predicted.fields) == 3:
        predicate, first, second = predicted.fields
        scores = max(scores, _match_in_order(gold, (predicate, second, first), predicted.length, mode))
    return scores


def _match_in_order(gold: _Tuple, fields: tuple[frozenset[str], ...], length: int, mode: str) -> tuple[float, float]:
    wanted, found = gold.fields[0], fields[0]
    matched = len(wanted & found)
    # A predicted `be` that no gold `be` takes stands for any form of the verb.
    if not wanted.isdisjoint(_BEING) and any(token.split(" ")[0] == "be" for token in found - wanted):
        matched += 1
    if not matched or len(fields) < len(gold.fields):
        return 0.0, 0.0
    for want, have in zip(gold.fields[1:], fields[1:], strict=False):
        matched += len(want & have)
    if mode == "corrected":
        return matched / length, min(matched / gold.length, 1.0)
    compared = sum(len(have) for _, have in zip(gold.fields, fields, strict=False))
    return matched / compared, matched / gold.length


# ---- one sentence ---------------------------------------------------------------------------------


# Numerators are whole numbers of a unit as fine as a double: sums are exact, so that equal scores tie
# whatever the order of the sentences.
_ONE = 1 << 60


class _Step(NamedTuple):
    """A sentence's sums with the predictions down to a confidence."""

    confidence: float
    right: int  # precision numerator, in units
    kept: int
    recalled: int  # recall numerator, in units


_NOTHING = _Step(0.0, 0, 0, 0)


class _Steps(NamedTuple):
    steps: list[_Step]
    gold: int


def _steps(predicted: list[_Tuple], gold: list[_Tuple], mode: str) -> _Steps:
    """The sentence's sums at each of its own confidences, highest first: between them nothing changes."""
    pairs = [[_match(g, p, mode) for p in predicted] for g in gold]
    # Taking the best free cell again and again is walking the cells once, best first; ties go to the
    # first gold tuple, then to the first prediction. Cells of 0 add nothing.
    cells = sorted((-cell[0], g, p) for g, row in enumerate(pairs) for p, cell in enumerate(row) if cell[0])
    by_confidence = sorted(range(len(predicted)), key=lambda p: -predicted[p].confidence)
    best = [0.0] * len(gold)
    kept: set[int] = set()
    steps = []
    for confidence, equals in groupby(by_confidence, key=lambda p: predicted[p].confidence):
        new = list(equals)
        kept.update(new)
        best = [max(so_far, *(row[p][1] for p in new)) for so_far, row in zip(best, pairs, strict=True)]
        recalled = sum(round(recall * _ONE) for recall in best)
        steps.append(_Step(confidence, _paired_precision(cells, kept), len(kept), recalled))
    return _Steps(steps, len(gold))


def _paired_precision(cells: Iterable[tuple[float, int, int]], kept: set[int]) -> int:
    used_gold: set[int] = set()
    used: set[int] = set()
    right = 0
    for negative, g, p in cells:
        if p in kept and p not in used and g not in used_gold:
            used_gold.add(g)
            used.add(p)
            right += round(-negative * _ONE)
    return right


def _total(sentence: _Steps) -> tuple[float, int, float, int]:
    _, right, kept, recalled = sentence.steps[-1] if sentence.steps else _NOTHING
    return right / _ONE, kept, recalled / _ONE, sentence.gold


# ---- the corpus -----------------------------------------------------------------------------------


def _curve(scored: list[_Steps], ignored: list[float]) -> list[tuple[float, float, float]]:
    """(threshold, precision, recall) in ascending order; precision is 1 where nothing is kept."""
    added: dict[float, list[int]] = {confidence: [0, 0, 0] for confidence in ignored}
    for sentence in scored:
        for (_, *before), (confidence, *step) in pairwise((_NOTHING, *sentence.steps)):
            sums = added.get(confidence, (0, 0, 0))
            added[confidence] = [a + b - c for a, b, c in zip(sums, step, before, strict=True)]
    gold = sum(sentence.gold for sentence in scored)
    totals = [0, 0, 0]
    points = []
    for threshold, sums in sorted(added.items(), reverse=True):
        right, kept, recalled = totals = [total + new for total, new in zip(totals, sums, strict=True)]
        points.append((threshold, right / (kept * _ONE) if kept else 1.0, recalled / (gold * _ONE) if gold else 0.0))
    return points[::-1]


def _area(points: list[tuple[float, float, float]]) -> float:
    """The area below the precision-recall curve, which starts at recall 0 and precision 1."""
    ends = pairwise([(inf, 1.0, 0.0), *reversed(points)])
    return fsum((r - r0) * (p0 + p) / 2 for (_, p0, r0), (_, p, r) in ends)


def _sums(scored: list[_Steps]) -> np.ndarray:
    import numpy as np

    return np.array([_total(sentence) for sentence in scored], dtype=float).reshape(-1, 4)


def f1_of_sums(sums: np.ndarray) -> np.ndarray:
    """F1 of sums of `carb_sums` rows, [..., 4] -> [...], for `bootstrap`."""
    import numpy as np

    right, kept, recalled, gold = np.moveaxis(sums, -1, 0)
    precision, recall = right / np.maximum(kept, 1), recalled / np.maximum(gold, 1)
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
