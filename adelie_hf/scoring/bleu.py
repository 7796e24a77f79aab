"""BLEU of one answer, as IEFeedback of the paper scores samples (section 4): the figures of NLTK's `sentence_bleu`.

Up to 4-grams with equal weights, and smoothing method 3 of Chen and Cherry (2014). NLTK counts the n-grams of the
reference for each candidate anew; here that is done once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from operator import add
from typing import Any

_ORDERS = (1, 2, 3, 4)
_WEIGHT = 0.25


def bleu_scorer(reference: Sequence[str]) -> Callable[[Sequence[str]], float]:
    """Return the function from a candidate to its BLEU against a reference, from 0 to 1.

    Args:
        reference: the words of the gold answer, or for its characters the string. Candidates are of the same kind.

    A short answer does not have a score of 1 against itself: without a 4-gram its precision is smoothed.

    >>> score = bleu_scorer("NA")
    >>> round(score("NA"), 4), score("x")
    (0.5946, 0.0)
    """
    gold_counts = _ngram_counts(reference)

    def score(candidate: Sequence[str]) -> float:
        precisions = []
        halvings = 0
        for order, counts, gold in zip(_ORDERS, _ngram_counts(candidate), gold_counts, strict=True):
            common = counts.keys() & gold.keys()
            matches = sum(map(min, map(counts.__getitem__, common), map(gold.__getitem__, common)))
            total = max(1, len(candidate) - order + 1)
            if matches:
                precisions.append(matches / total)
            elif order == 1:
                return 0.0
            else:
                halvings += 1
                precisions.append(1 / (2**halvings * total))
        penalty = 1.0 if len(candidate) > len(reference) else math.exp(1 - len(reference) / len(candidate))
        return penalty * math.exp(math.fsum(_WEIGHT * math.log(precision) for precision in precisions))

    return score


def _ngram_counts(units: Sequence[str]) -> list[Counter[Any]]:
    """Return the counts of the n-grams of each order: those of a string as strings, those of a list as tuples."""
    if not isinstance(units, str):
        return [Counter(zip(*(units[start:] for start in range(order)), strict=False)) for order in _ORDERS]
    ngrams = list(units)
    counts = [Counter(ngrams)]
    for start in _ORDERS[:-1]:
        ngrams = list(map(add, ngrams, units[start:]))
        counts.append(Counter(ngrams))
    return counts
