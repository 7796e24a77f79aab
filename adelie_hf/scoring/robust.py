"""ROBUST: open information extraction scored by its worst paraphrase (Qi et al., EMNLP 2023, section 4).

A clique is a sentence and its paraphrases, which express the same facts. Every sentence is scored by CaRB
alone, all confidences equal; the clique's score is that of its worst sentence. `carb` is the mean over the
cliques' first sentences, the originals: the paper's "CaRB" of one sentence at a time, which is not the
corpus-level score of `scoring.carb`.

`mode="reference"` gives the published scorer's numbers. `mode="corrected"` makes CaRB's corrections sentence
by sentence (see `scoring.carb`; a sentence without tuples for which none are predicted is perfect), and

- `rounding`: nothing is rounded; the original rounds each sentence's scores to three decimals and takes
  the means of these;
- `worst`: of sentences with the same F1, the one with the lower area, then precision, is the worst; the
  original takes the first, so that the order of paraphrases matters;
- `undefined`: the F1 of precision and recall 0 is 0; in the original it is not a number.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from math import fsum, nan
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.scoring import checks
from adelie_hf.scoring.carb import CORRECTIONS as CARB_CORRECTIONS
from adelie_hf.scoring.carb import Extraction, f1_score, matchable, sentence_scores
from adelie_hf.scoring.intervals import bootstrap, f1_of_sums

CORRECTIONS = (*(name for name in CARB_CORRECTIONS if name != "copies"), "rounding", "worst", "undefined")
MISSING = ("error", "zero", "skip")

Scores = tuple[float, float, float, float]  # area under the curve, precision, recall, F1


def robust(
    predictions: Sequence[Sequence[Extraction] | None],
    references: Sequence[Sequence[Extraction] | None],
    cliques: Sequence[str | int],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    missing: str = "error",
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
) -> dict[str, Any]:
    """Worst-of-clique scores.

    Args:
        predictions, references: one list of extractions a sentence, as for `carb`; confidences are not used.
            None says that the predictions or the gold file do not hold the sentence.
        cliques: the clique of each sentence; its first sentence is the original.
        sentences: the sentence of each position. Equal sentences of a clique are then one, as in the original, and
            so are cliques whose first sentences are equal: the later counts.
        mode: `corrected`, or `reference` for the published scorer's numbers (see the module).
        corrections: those that `corrected` makes, all of them unless given.
        missing: what becomes of a sentence that only one side holds: an `error`, a score of `zero`, or `skip` to
            leave it out, as the original leaves out what the predictions do not hold.
        per_example: whether to give what each clique's worst sentence adds, for `paired_test` with `f1_of_sums`.
        interval: whether to give the 95 % bootstrap interval of F1, over cliques.
        seed: of the bootstrap.

    Returns:
        `precision, recall, f1, auc` of the worst sentences and their `f1_interval` (`[low, high]` or None);
        `carb`, the same five of the originals; `n_cliques, n_sentences` scored; `missing` (sentences without a
        prediction list) and `extra` (without a gold list); `mode` and `corrections`. F1 is that of the mean
        precision and the mean recall. On request also `per_example`, `[precision, 1, recall, 1]` a clique, zeros
        for one that is left out.

    Raises:
        InputError: for input of another shape, naming the item.
    """
    made = checks.corrections(mode, corrections, CORRECTIONS)
    grouped = _grouped(predictions, references, cliques, sentences, missing)
    scored = [_clique(sides, made, missing) for sides in grouped]
    every = [scores for clique in scored for scores in clique if scores is not None]
    worst = [_worst([scores for scores in clique if scores is not None], made) for clique in scored]
    originals = [clique[0] for clique in scored]

    def line(scores: list[Scores | None]) -> dict[str, Any]:
        drawn = list(bootstrap(_sums(scores), f1_of_sums, seed=seed)) if interval else None
        return _means([each for each in scores if each is not None], made) | {"f1_interval": drawn}

    result = {
        **line(worst),
        "carb": line(originals),
        "n_cliques": sum(each is not None for each in worst),
        "n_sentences": len(every),
        "missing": sum(predicted is None for sides in grouped for predicted, _ in sides),
        "extra": sum(gold is None for sides in grouped for _, gold in sides),
        "mode": mode,
        "corrections": sorted(made),
    }
    if per_example:
        result["per_example"] = _sums(worst)
    return result


def robust_sentences(
    predictions: Sequence[Sequence[Extraction] | None],
    references: Sequence[Sequence[Extraction] | None],
    cliques: Sequence[str | int],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    missing: str = "error",
) -> list[list[Scores | None]]:
    """The (auc, precision, recall, f1) of each sentence by clique, the original first, None where it is left out.

    The arguments are those of `robust`.
    """
    made = checks.corrections(mode, corrections, CORRECTIONS)
    return [_clique(sides, made, missing) for sides in _grouped(predictions, references, cliques, sentences, missing)]


# ---- input ----------------------------------------------------------------------------------------

Side = list[Extraction] | None  # None: the side does not hold the sentence


def _grouped(
    predictions: Any, references: Any, cliques: Any, sentences: Any, missing: str
) -> list[list[tuple[Side, Side]]]:
    """The (predicted, gold) lists of each clique's sentences, the original first."""
    checks.one_of("missing", missing, MISSING)
    predicted, gold = sides("predictions", predictions), sides("references", references)
    names = ids("cliques", cliques)
    texts = None if sentences is None else checks.strings("sentences", sentences)
    checks.same_length(predictions=predicted, references=gold, cliques=names, sentences=texts)
    if missing == "error":
        for name, side in (("predictions", predicted), ("references", gold)):
            if None in side:
                raise InputError(
                    f"{name}[{side.index(None)}] is None; give a list of extractions, empty for none, "
                    'or missing="zero" or "skip"'
                )

    places: Sequence[Hashable] = range(len(predicted)) if texts is None else texts
    found: dict[Hashable, dict[Hashable, list[Side]]] = {}
    for clique, place, *pair in zip(names, places, predicted, gold, strict=True):
        both = found.setdefault(clique, {}).setdefault(place, [None, None])
        both[:] = [before if now is None else now for before, now in zip(both, pair, strict=True)]
    if texts is not None:  # the later of two cliques with one original takes the place of the earlier
        found = {next(iter(clique)): clique for clique in found.values()}
    return [[(ours, theirs) for ours, theirs in clique.values()] for clique in found.values()]


def sides(name: str, value: Any) -> list[Side]:
    """A column of lists of extractions, or None where a sentence is not there."""
    entries = checks.column(name, value)
    checked = checks.extractions(name, [() if entry is None else entry for entry in entries])
    return [None if entry is None else listed for entry, listed in zip(entries, checked, strict=True)]


def ids(name: str, value: Any) -> list[str]:
    """A column of clique ids, all strings or all integers, as strings."""
    entries = checks.column(name, value)
    for at, entry in enumerate(entries):
        if isinstance(entry, bool) or not isinstance(entry, (str, int)):
            raise InputError(f"{name}[{at}] is {checks.shown(entry)}; give a string or an integer")
        if isinstance(entry, str) != isinstance(entries[0], str):
            raise InputError(
                f"{name}[{at}] is {checks.shown(entry)} and {name}[0] is {checks.shown(entries[0])}; "
                "give strings only, or integers only"
            )
    return list(map(str, entries))


# ---- scores ---------------------------------------------------------------------------------------


def _clique(lists: list[tuple[Side, Side]], made: frozenset[str], missing: str) -> list[Scores | None]:
    return [_sentence(predicted, gold, made, missing) for predicted, gold in lists]


def _sentence(predicted: Side, gold: Side, made: frozenset[str], missing: str) -> Scores | None:
    if predicted is None or gold is None:
        return (0.0, 0.0, 0.0, 0.0) if missing == "zero" else None
    precision, recall = sentence_scores(matchable(predicted, made), matchable(gold, made), made)
    scores = (recall * (1 + precision) / 2, precision, recall, f1_score(precision, recall))
    # As numpy rounds: the nearest thousandth of the binary fraction, not of its decimals.
    return scores if "rounding" in made else tuple(round(score * 1000) / 1000 for score in scores)  # type: ignore[return-value]


def _worst(clique: list[Scores], made: frozenset[str]) -> Scores | None:
    if "worst" in made:
        return min(clique, key=lambda scores: (scores[3], *scores), default=None)
    return min(clique, key=lambda scores: scores[3], default=None)


def _sums(scores: list[Scores | None]) -> list[list[float]]:
    """What each clique adds to the means of precision and recall, as `f1_of_sums` takes it."""
    return [[0.0] * 4 if each is None else [each[1], 1.0, each[2], 1.0] for each in scores]


def _means(scores: list[Scores], made: frozenset[str]) -> dict[str, float]:
    area, precision, recall = (fsum(each[at] for each in scores) / len(scores) if scores else 0.0 for at in range(3))
    undefined = 0.0 if "undefined" in made else nan
    f1 = f1_score(precision, recall) if precision + recall else undefined
    return {"precision": precision, "recall": recall, "f1": f1, "auc": area}
