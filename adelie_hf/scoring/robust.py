"""ROBUST: open information extraction scored by its worst paraphrase (Qi et al., EMNLP 2023, section 4).

A clique is a sentence and its paraphrases, which express the same facts. Each sentence is scored by CaRB alone, with
equal confidences; the score of a clique is that of its worst sentence. `carb` in the result is the mean over the
first sentences of the cliques, the originals: the paper's "CaRB" of one sentence at a time, which differs from the
corpus-level score of `scoring.carb`.

`mode="reference"` gives the numbers of the published scorer. `mode="corrected"` applies CaRB's corrections sentence
by sentence (see `scoring.carb`; a sentence without tuples for which none are predicted is perfect), and these, or
those of them named in `corrections`:

- `rounding`: nothing is rounded; the published scorer rounds the scores of each sentence to three decimals and takes
  the means of these;
- `worst`: of sentences with the same F1, the one with the lower area, then the lower precision, is the worst; the
  published scorer takes the first, so that the order of paraphrases matters;
- `undefined`: the F1 of precision and recall 0 is 0; in the published scorer it is not a number.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from math import fsum, nan
from typing import NotRequired

from adelie_hf.errors import InputError
from adelie_hf.scoring import validation
from adelie_hf.scoring.carb import CARB_CORRECTIONS
from adelie_hf.scoring.carb_matching import sentence_scores
from adelie_hf.scoring.carb_tokens import Corrections, token_tuples
from adelie_hf.scoring.intervals import bootstrap, f1_of_sums
from adelie_hf.scoring.scores import F1Scores, f1_score
from adelie_hf.scoring.unicode_forms import normal_extractions, normal_strings, unicode_normalizer
from adelie_hf.scoring.validation import CarbExtraction

ROBUST_CORRECTIONS = (*(name for name in CARB_CORRECTIONS if name != "copies"), "rounding", "worst", "undefined")
MISSING = ("error", "zero", "skip")

Scores = tuple[float, float, float, float]  # area under the curve, precision, recall, F1


class SentenceMeans(F1Scores):
    """Means over cliques; F1 is that of the mean precision and the mean recall."""

    auc: float
    f1_interval: list[float] | None
    per_example: NotRequired[list[list[float]]]


class RobustResult(SentenceMeans):
    """The result of `robust`."""

    carb: SentenceMeans
    n_cliques: int
    n_sentences: int
    missing: int
    extra: int
    mode: str
    corrections: list[str]


def robust(
    predictions: Sequence[Sequence[Mapping[str, object]] | None],
    references: Sequence[Sequence[Mapping[str, object]] | None],
    cliques: Sequence[str | int],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    missing: str = "error",
    unicode: str | None = None,
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
) -> RobustResult:
    """Return the worst-of-clique scores of a corpus.

    >>> gold = [{"predicate": "bought", "arguments": ["Acme", "Globex"]}]
    >>> result = robust([gold, [], gold], [gold] * 3, ["deal", "deal", "home"])
    >>> result["precision"], result["recall"], result["f1"]
    (0.5, 0.5, 0.5)
    >>> result["carb"]["f1"]
    1.0

    Args:
        predictions: one list of extractions per sentence, as for `carb`; confidences are not used. None where the
            predictions do not contain the sentence.
        references: the gold extractions, in the same form and order. None where gold does not contain the sentence.
        cliques: the clique of each sentence; its first sentence is the original.
        sentences: the sentence of each entry. Equal sentences of a clique then count once, as in the published scorer,
            and so do cliques with equal first sentences: the later counts.
        mode: `corrected`, or `reference` for the numbers of the published scorer (see the module).
        corrections: the corrections to apply in mode `corrected`, all by default.
        missing: the treatment of a sentence that only one side contains: an `error`, a score of `zero`, or `skip` to
            drop it, as the published scorer drops sentences without predictions.
        unicode: compare all strings in this normal form of Unicode, `NFC` or `NFKC`; by default as they are.
        per_example: also return the sums of one sentence of each clique, for `paired_test` with `f1_of_sums`.
        interval: also return the 95 % bootstrap intervals of F1 over cliques.
        seed: the seed of the bootstrap.

    Returns:
        `precision`, `recall`, `f1` and `auc` of the worst sentences and their `f1_interval` (`[low, high]` or None);
        `carb`, the same five of the originals; `n_cliques` and `n_sentences` scored; `missing` (sentences without a
        list of predictions) and `extra` (without a gold list); `mode` and `corrections`. F1 is that of the mean
        precision and the mean recall. On request also `per_example`, `[precision, 1, recall, 1]` per clique, zeros for
        one that is dropped: of the worst sentences, and in `carb` of the originals.

    Raises:
        InputError: for input of another form, with the item.
    """
    active = validation.chosen_corrections(mode, corrections, ROBUST_CORRECTIONS)
    normalize = unicode_normalizer(unicode, mode=mode)
    sides_by_clique = _by_clique(
        normal_extractions("predictions", predictions, normalize),
        normal_extractions("references", references, normalize),
        cliques,
        normal_strings("sentences", sentences, normalize),
        missing,
    )
    scores_by_clique = [_score_clique(clique, active, missing) for clique in sides_by_clique]
    worst = [_worst([scores for scores in clique if scores is not None], active) for clique in scores_by_clique]
    originals = [clique[0] for clique in scores_by_clique]

    def means(sentence_scores: list[Scores | None]) -> SentenceMeans:
        sums = _sums(sentence_scores)
        f1_interval = list(bootstrap(sums, f1_of_sums, seed=seed)) if interval else None
        scored = _means([scores for scores in sentence_scores if scores is not None], f1_interval, active)
        return {**scored, "per_example": sums} if per_example else scored

    worst_means = means(worst)
    result: RobustResult = {
        "precision": worst_means["precision"],
        "recall": worst_means["recall"],
        "f1": worst_means["f1"],
        "auc": worst_means["auc"],
        "f1_interval": worst_means["f1_interval"],
        "carb": means(originals),
        "n_cliques": sum(scores is not None for scores in worst),
        "n_sentences": sum(scores is not None for clique in scores_by_clique for scores in clique),
        "missing": sum(predicted is None for clique in sides_by_clique for predicted, _ in clique),
        "extra": sum(gold is None for clique in sides_by_clique for _, gold in clique),
        "mode": mode,
        "corrections": sorted(active),
    }
    if per_example:
        result["per_example"] = worst_means["per_example"]
    return result


def robust_sentences(
    predictions: Sequence[Sequence[Mapping[str, object]] | None],
    references: Sequence[Sequence[Mapping[str, object]] | None],
    cliques: Sequence[str | int],
    sentences: Sequence[str] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    missing: str = "error",
) -> list[list[Scores | None]]:
    """Return the (area, precision, recall, F1) of each sentence by clique, the original first, None where dropped.

    >>> gold = [{"predicate": "bought", "arguments": ["Acme", "Globex"]}]
    >>> robust_sentences([gold, []], [gold] * 2, ["deal", "deal"])
    [[(1.0, 1.0, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)]]

    Args:
        predictions, references, cliques, sentences, mode, corrections, missing: as for `robust`.

    Raises:
        InputError: for input of another form, with the item.
    """
    active = validation.chosen_corrections(mode, corrections, ROBUST_CORRECTIONS)
    sides_by_clique = _by_clique(predictions, references, cliques, sentences, missing)
    return [_score_clique(clique, active, missing) for clique in sides_by_clique]


# ---- input ----------------------------------------------------------------------------------------------------------

_Extractions = list[CarbExtraction] | None  # None: the side does not contain the sentence
Clique = list[tuple[_Extractions, _Extractions]]  # predicted and gold of each sentence, the original first


def _by_clique(
    predictions: object, references: object, cliques: object, sentences: object, missing: str
) -> list[Clique]:
    validation.check_choice("missing", missing, MISSING)
    predicted = validation.optional_extraction_column("predictions", predictions)
    gold = validation.optional_extraction_column("references", references)
    names = validation.clique_column("cliques", cliques)
    texts = None if sentences is None else validation.string_column("sentences", sentences)
    validation.check_same_length(predictions=predicted, references=gold, cliques=names, sentences=texts)
    if missing == "error":
        _check_complete("predictions", predicted)
        _check_complete("references", gold)

    keys: Sequence[Hashable] = range(len(predicted)) if texts is None else texts
    by_clique: dict[Hashable, dict[Hashable, tuple[_Extractions, _Extractions]]] = {}
    for name, key, predicted_list, gold_list in zip(names, keys, predicted, gold, strict=True):
        clique = by_clique.setdefault(name, {})
        earlier_predicted, earlier_gold = clique.get(key, (None, None))
        clique[key] = (
            earlier_predicted if predicted_list is None else predicted_list,
            earlier_gold if gold_list is None else gold_list,
        )
    if texts is not None:  # of two cliques with one original, the later takes the place of the earlier
        by_clique = {next(iter(clique)): clique for clique in by_clique.values()}
    return [list(clique.values()) for clique in by_clique.values()]


def _check_complete(name: str, column: list[_Extractions]) -> None:
    if None in column:
        raise InputError(
            f"{name}[{column.index(None)}] is None; give a list of extractions, empty for none, "
            'or missing="zero" or "skip"'
        )


# ---- scores ---------------------------------------------------------------------------------------------------------


def _score_clique(clique: Clique, corrections: Corrections, missing: str) -> list[Scores | None]:
    return [_score_sentence(predicted, gold, corrections, missing) for predicted, gold in clique]


def _score_sentence(
    predicted: _Extractions, gold: _Extractions, corrections: Corrections, missing: str
) -> Scores | None:
    if predicted is None or gold is None:
        return (0.0, 0.0, 0.0, 0.0) if missing == "zero" else None
    tuples = token_tuples(predicted, corrections), token_tuples(gold, corrections)
    precision, recall = sentence_scores(*tuples, corrections)
    scores = (recall * (1 + precision) / 2, precision, recall, f1_score(precision, recall))
    if "rounding" in corrections:
        return scores
    area, precision, recall, f1 = map(_rounded, scores)
    return area, precision, recall, f1


def _rounded(score: float) -> float:
    """Return a score rounded as by numpy: to the thousandth nearest to the binary fraction, not to its decimals."""
    return round(score * 1000) / 1000


def _worst(clique: list[Scores], corrections: Corrections) -> Scores | None:
    if "worst" in corrections:
        return min(clique, key=lambda scores: (scores[3], *scores), default=None)
    return min(clique, key=lambda scores: scores[3], default=None)


def _sums(cliques: list[Scores | None]) -> list[list[float]]:
    """Return the numbers that each clique adds to the means of precision and recall, as `f1_of_sums` takes them."""
    return [[0.0] * 4 if scores is None else [scores[1], 1.0, scores[2], 1.0] for scores in cliques]


def _means(cliques: list[Scores], f1_interval: list[float] | None, corrections: Corrections) -> SentenceMeans:
    area, precision, recall = (
        fsum(scores[at] for scores in cliques) / len(cliques) if cliques else 0.0 for at in range(3)
    )
    undefined = 0.0 if "undefined" in corrections else nan
    return {
        "precision": precision,
        "recall": recall,
        "f1": f1_score(precision, recall) if precision + recall else undefined,
        "auc": area,
        "f1_interval": f1_interval,
    }
