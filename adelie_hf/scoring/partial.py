"""Partial matches of mentions with offsets, as SemEval-2013 task 9.1 counts them.

Within an example exact matches are paired first. What is left is paired in the order of the text: a
predicted mention takes the first gold mention that it overlaps and that is still free. Where the
mentions of one side do not overlap each other, these are the numbers of nervaluate.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

Span = tuple[int, ...]  # (start, end), or those of head and tail one after the other; ends are exclusive
Mention = tuple[Span, str]


def partial_scores(
    predicted: Iterable[tuple[int, Mention]], gold: Iterable[tuple[int, Mention]]
) -> dict[str, dict[str, Any]]:
    """The four scores of SemEval-2013 over a corpus.

    Args:
        predicted, gold: pairs (number of the example, mention).

    Returns:
        `strict` (same type and offsets), `exact` (same offsets), `partial` (same offsets; an overlap is
        worth one half) and `type` (same type and an overlap), each with `precision, recall, f1` and the
        counts `correct, incorrect, partial, missed, spurious`. Precision is over correct, incorrect,
        partial and spurious, recall over correct, incorrect, partial and missed.
    """
    sides: dict[int, tuple[list[Mention], list[Mention]]] = defaultdict(lambda: ([], []))
    for place, mentions in enumerate((predicted, gold)):
        for at, mention in mentions:
            sides[at][place].append(mention)
    typed, bare, alike = [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]
    for ours, theirs in sides.values():
        for sums, counts in (
            (typed, _paired(ours, theirs, same=_whole)),
            (bare, _paired(ours, theirs, same=_span)),
            (alike, _paired(ours, theirs, same=_whole, overlap_of_type_is_right=True)),
        ):
            for place, count in enumerate(counts):
                sums[place] += count
    return {
        "strict": _scores(typed),
        "exact": _scores(bare),
        "partial": _scores(bare, halves=True),
        "type": _scores(alike),
    }


def _whole(mention: Mention) -> Hashable:
    return mention


def _span(mention: Mention) -> Hashable:
    return mention[0]


def _paired(
    ours: list[Mention],
    theirs: list[Mention],
    *,
    same: Callable[[Mention], Hashable],
    overlap_of_type_is_right: bool = False,
) -> tuple[int, int, int, int]:
    """Correct pairs, pairs that only overlap, predicted and gold mentions without a partner."""
    wrong, free = _without_equals(ours, theirs, same), _without_equals(theirs, ours, same)
    correct = len(ours) - len(wrong)
    overlapping = 0
    for mention in wrong:
        touched = [other for other in free if _overlap(mention[0], other[0])]
        if not touched:
            continue
        partner = touched[0]
        right = [other for other in touched if other[1] == mention[1]] if overlap_of_type_is_right else []
        if right:
            partner = min(right, key=lambda other: _distance(mention[0], other[0]))
        correct += bool(right)
        overlapping += not right
        free.remove(partner)
    return correct, overlapping, len(ours) - correct - overlapping, len(theirs) - correct - overlapping


def _without_equals(
    mentions: list[Mention], others: list[Mention], same: Callable[[Mention], Hashable]
) -> list[Mention]:
    """The mentions that have no equal among the others, each other counting once; in the order of the text."""
    equals = Counter(map(same, others))
    left = []
    for mention in sorted(mentions):
        if equals[same(mention)] > 0:
            equals[same(mention)] -= 1
        else:
            left.append(mention)
    return left


def _overlap(ours: Span, theirs: Span) -> bool:
    """Whether each stretch of a mention overlaps the other mention's; mentions of unlike shape never do."""
    if len(ours) != len(theirs):
        return False
    stretches = range(0, len(ours), 2)
    return all(max(ours[at], theirs[at]) < min(ours[at + 1], theirs[at + 1]) for at in stretches)


def _distance(ours: Span, theirs: Span) -> int:
    return sum(abs(a - b) for a, b in zip(ours, theirs, strict=True))


def _scores(counts: list[int], *, halves: bool = False) -> dict[str, Any]:
    correct, overlapping, spurious, missed = counts
    worth = correct + overlapping / 2 if halves else correct
    predicted, gold = correct + overlapping + spurious, correct + overlapping + missed
    return {
        "precision": worth / predicted if predicted else 0.0,
        "recall": worth / gold if gold else 0.0,
        "f1": 2 * worth / (predicted + gold) if worth else 0.0,
        "correct": correct,
        "incorrect": 0 if halves else overlapping,
        "partial": overlapping if halves else 0,
        "missed": missed,
        "spurious": spurious,
    }
