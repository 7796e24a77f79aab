"""Partial matches of mentions with offsets, as counted by SemEval-2013 task 9.1.

Within an example, exact matches are paired first. The remaining mentions are paired in the order of the text: a
predicted mention takes the first free gold mention that it overlaps. Where the mentions of one side do not overlap
each other, the numbers equal those of nervaluate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import TypedDict

from adelie_hf.scoring.scores import F1Scores

Span = tuple[int, ...]  # (start, end), or those of head and tail in a row; ends are exclusive
TypedSpan = tuple[Span, str]  # its offsets and its type


class MatchScores(F1Scores):
    """The scores of one kind of match, with its counts of mentions."""

    correct: int
    incorrect: int
    partial: int
    missed: int
    spurious: int


class PartialScores(TypedDict):
    """The four kinds of match of SemEval-2013."""

    strict: MatchScores
    exact: MatchScores
    partial: MatchScores
    type: MatchScores


def partial_scores(predicted: Iterable[tuple[int, TypedSpan]], gold: Iterable[tuple[int, TypedSpan]]) -> PartialScores:
    """Return the four scores of SemEval-2013 over a corpus.

    >>> predicted, gold = [(0, ((0, 4), "organization"))], [(0, ((0, 8), "organization"))]
    >>> scores = partial_scores(predicted, gold)
    >>> scores["strict"]["f1"], scores["partial"]["f1"], scores["type"]["f1"]
    (0.0, 0.5, 1.0)

    Args:
        predicted: the predicted mentions, each with the number of its example.
        gold: the gold mentions, in the same form.

    Returns:
        The scores of `strict` (equal type and offsets), `exact` (equal offsets), `partial` (equal offsets; an overlap
        counts one half) and `type` (equal type and an overlap). Precision is over the correct, incorrect, partial and
        spurious mentions, recall over the correct, incorrect, partial and missed ones.
    """
    examples: dict[int, tuple[list[TypedSpan], list[TypedSpan]]] = defaultdict(lambda: ([], []))
    for side, column in enumerate((predicted, gold)):
        for example, mention in column:
            examples[example][side].append(mention)
    by_type_and_span, by_span, by_type = [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]
    for predicted_mentions, gold_mentions in examples.values():
        for sums, counts in (
            (by_type_and_span, _pair(predicted_mentions, gold_mentions, key=_mention_key)),
            (by_span, _pair(predicted_mentions, gold_mentions, key=_span_key)),
            (by_type, _pair(predicted_mentions, gold_mentions, key=_mention_key, overlap_of_type_is_correct=True)),
        ):
            for place, count in enumerate(counts):
                sums[place] += count
    return {
        "strict": _scores(by_type_and_span),
        "exact": _scores(by_span),
        "partial": _scores(by_span, halves=True),
        "type": _scores(by_type),
    }


def _mention_key(mention: TypedSpan) -> Hashable:
    return mention


def _span_key(mention: TypedSpan) -> Hashable:
    return mention[0]


def _pair(
    predicted: list[TypedSpan],
    gold: list[TypedSpan],
    *,
    key: Callable[[TypedSpan], Hashable],
    overlap_of_type_is_correct: bool = False,
) -> tuple[int, int, int, int]:
    """Return the numbers of correct pairs, of pairs that only overlap, and of unpaired predicted and gold mentions."""
    unmatched, free = _without_equals(predicted, gold, key), _without_equals(gold, predicted, key)
    correct = len(predicted) - len(unmatched)
    overlapping = 0
    for mention in unmatched:
        overlaps = [other for other in free if _overlap(mention[0], other[0])]
        if not overlaps:
            continue
        partner = overlaps[0]
        of_type = [other for other in overlaps if other[1] == mention[1]] if overlap_of_type_is_correct else []
        if of_type:
            partner = min(of_type, key=lambda other: _distance(mention[0], other[0]))
        correct += bool(of_type)
        overlapping += not of_type
        free.remove(partner)
    return correct, overlapping, len(predicted) - correct - overlapping, len(gold) - correct - overlapping


def _without_equals(
    mentions: list[TypedSpan], others: list[TypedSpan], key: Callable[[TypedSpan], Hashable]
) -> list[TypedSpan]:
    """Return the mentions without an equal among the others, each of which counts once; in the order of the text."""
    equals = Counter(map(key, others))
    remaining = []
    for mention in sorted(mentions):
        if equals[key(mention)] > 0:
            equals[key(mention)] -= 1
        else:
            remaining.append(mention)
    return remaining


def _overlap(span: Span, other: Span) -> bool:
    """Return whether each stretch of a span overlaps that of the other; spans of different length never do."""
    if len(span) != len(other):
        return False
    return all(max(span[at], other[at]) < min(span[at + 1], other[at + 1]) for at in range(0, len(span), 2))


def _distance(span: Span, other: Span) -> int:
    return sum(abs(a - b) for a, b in zip(span, other, strict=True))


def _scores(counts: list[int], *, halves: bool = False) -> MatchScores:
    correct, overlapping, spurious, missed = counts
    credit = correct + overlapping / 2 if halves else correct
    predicted, gold = correct + overlapping + spurious, correct + overlapping + missed
    return {
        "precision": credit / predicted if predicted else 0.0,
        "recall": credit / gold if gold else 0.0,
        "f1": 2 * credit / (predicted + gold) if credit else 0.0,
        "correct": correct,
        "incorrect": 0 if halves else overlapping,
        "partial": overlapping if halves else 0,
        "missed": missed,
        "spurious": spurious,
    }
