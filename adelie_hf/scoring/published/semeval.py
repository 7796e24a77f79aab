"""ADELIE's scorer of SemEval-2010 task 8 (THU-KEG/ADELIE @ c9ba77b)."""

from __future__ import annotations

from adelie_hf.scoring.published.figures import (
    PartCounts,
    PublishedScorer,
    UnreadableGold,
    bracketed_triples,
    marked_answer,
    ratios_with_epsilon,
)

_AND = " and "
_PAIRS = (
    "cause effect, component whole, content container, entity destination, entity origin, instrument agency,"
    " member collection, message topic, product producer"
)
# The relations as the published scorer spells them, in both directions.
SEMEVAL_RELATIONS = frozenset(
    _AND.join(order) for pair in _PAIRS.split(", ") for order in (pair.split(), pair.split()[::-1])
)


def count_semeval(prediction: str, reference: str) -> PartCounts:
    """Count the gold triple or its inverse as correct, lower-cased.

    Only known relations between the gold arguments count as predicted, and gold counts only where something counted
    as predicted or nothing could be read: a wrong answer may cost nothing at all.
    """
    predicted_triples = set(bracketed_triples(marked_answer(prediction).strip().lower()))
    gold_text = reference.strip().lower()
    has_gold = gold_text not in ("", "[answer]: na")
    gold_triples = list(dict.fromkeys(bracketed_triples(gold_text))) if has_gold else []
    if has_gold and not gold_triples:
        raise UnreadableGold
    correct = sum(triple in predicted_triples or _inverse(triple) in predicted_triples for triple in gold_triples)
    predicted = 0
    for head, relation, tail in predicted_triples:
        if relation in SEMEVAL_RELATIONS:
            if gold_triples:
                first, _, last = gold_triples[0]
                predicted += ((head, tail) == (first, last)) + ((tail, head) == (first, last))
            else:
                predicted += 1
    return {"": (correct, predicted, len(gold_triples) if predicted or not predicted_triples else 0)}


def _inverse(triple: tuple[str, str, str]) -> tuple[str, str, str]:
    head, relation, tail = triple
    if _AND not in relation:
        raise UnreadableGold
    first, second = relation.split(_AND)[:2]
    return tail, second + _AND + first, head


SEMEVAL = PublishedScorer(count_semeval, ratios_with_epsilon, tasks=("rc",), tuple_width=3)
