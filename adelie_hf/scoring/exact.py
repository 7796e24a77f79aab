"""Exact-match precision, recall and F1 of typed tuples: the score of closed IE (paper, appendix C.1).

An item is right when the gold answer of the same example holds it too. Nothing is normalised: case
and white space count. Gold items always count, whatever the prediction looks like, and the order of
examples and items never matters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import fsum
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.scoring import checks
from adelie_hf.scoring.intervals import bootstrap, f1_of_counts

Counts = list[int]  # tp, n_pred, n_gold
Key = tuple[str, tuple]  # an item's type, and what has to be equal besides for a match

_PAIR_OR_TRIPLE = 1  # where the type stands in (mention, type) and in (head, relation, tail)


def exact_f1(
    predictions: Sequence[Sequence[Sequence[str]]],
    references: Sequence[Sequence[Sequence[str]]],
    *,
    type_index: int | None = None,
    spans: Sequence[Mapping[str, Sequence[Sequence[int]]]] | None = None,
    na_label: str | None = None,
    groups: Sequence[str] | None = None,
    matching: str = "multiset",
    average: str = "micro",
    interval: bool = False,
    seed: int = 42,
) -> dict[str, Any]:
    """Exact-match scores of a corpus.

    Args:
        predictions, references: one list of tuples of strings an example, `[[("Acme", "organization")]]`
            or `[[("Acme", "acquired", "Globex")]]`; an empty list where there is no answer.
        type_index: where a tuple's type stands. Without it tuples are pairs (type last) or triples
            (type in the middle).
        spans: the items' offsets, `{"predictions": [[0, 4]], "references": [[0, 4]]}` for each example:
            one flat list of integers a tuple, `[start, end]` or head's and tail's one after the
            other. Items then match when their types and offsets are equal, whatever their strings.
        na_label: a type that means no answer; its items count neither as predicted nor as gold.
        groups: a name for each example; scores are also given by group.
        matching: `multiset` (an item given twice has to be gold twice) or `set` (repetitions within
            an example are dropped, as sklearn's and ADELIE's scorers do).
        average: `micro`, or `macro`, the mean of the scores of all types predicted or gold.
        interval: whether to give the 95 % bootstrap interval of micro F1 over examples.
        seed: of the bootstrap.

    Returns:
        `precision, recall, f1, tp, n_pred, n_gold` (a score without items is 0), the same by type as
        `per_type` and by group as `per_group` (None without groups), `f1_interval` (`[low, high]` or
        None), and the behaviour: `mode, matching, average`.

    Raises:
        InputError: for input of another shape, naming the item.
    """
    checks.one_of("matching", matching, ("multiset", "set"))
    checks.one_of("average", average, ("micro", "macro"))
    if type_index is not None and not isinstance(type_index, int):
        raise InputError(f"type_index is {checks.shown(type_index)}; give an integer")
    if interval and average == "macro":
        raise InputError('an interval is that of micro F1; leave out interval= or average="macro"')
    columns = {
        "predictions": checks.column("predictions", predictions),
        "references": checks.column("references", references),
    }
    names = None if groups is None else checks.strings("groups", groups)
    offsets = None if spans is None else checks.spans("spans", spans)
    checks.same_length(**columns, groups=names, spans=offsets)

    tallies: dict[str, dict[str, Counts]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    by_example = []
    for at in range(len(columns["references"])):
        ours, theirs = (
            _keys(name, at, checks.items(name, at, column[at]), type_index, offsets, na_label)
            for name, column in columns.items()
        )
        counted = _matched(ours, theirs, matching)
        by_example.append(list(map(len, counted)))
        by_type = tallies["" if names is None else names[at]]
        for position, keys in enumerate(counted):
            for key in keys:
                by_type[key[0]][position] += 1

    per_type = _add_by_type(tallies.values())
    return {
        **_average(per_type, average),
        "per_type": {type: _scores(counts) for type, counts in sorted(per_type.items())},
        "per_group": None
        if names is None
        else {name: _average(tallies[name], average) for name in sorted(set(names))},
        "f1_interval": list(bootstrap(by_example, f1_of_counts, seed=seed)) if interval else None,
        "mode": "corrected",
        "matching": matching,
        "average": average,
    }


def _keys(
    name: str,
    at: int,
    items: list[tuple[str, ...]],
    type_index: int | None,
    spans: list[dict[str, list[list[int]]]] | None,
    na_label: str | None,
) -> list[Key]:
    """What the items of one side of an example count as."""
    where = _PAIR_OR_TRIPLE if type_index is None else type_index
    for number, item in enumerate(items):
        width = len(item)
        if type_index is None and width != 2 and width != 3:
            raise InputError(
                f"{name}[{at}][{number}] has {width} fields; give (mention, type) or (head, relation, tail), "
                "or say with type_index= where the type stands"
            )
        if not -width <= where < width:
            raise InputError(f"{name}[{at}][{number}] has {width} fields, and type_index is {type_index}")
    if spans is None:
        return [(item[where], item) for item in items if item[where] != na_label]
    offsets = spans[at][name]
    if len(offsets) != len(items):
        raise InputError(f"spans[{at}] has {len(offsets)} {name}, not {len(items)}; give one span a tuple")
    pairs = zip(items, map(tuple, offsets), strict=True)
    return [(item[where], span) for item, span in pairs if item[where] != na_label]


def _matched(ours: list[Key], theirs: list[Key], matching: str) -> tuple[Collection[Key], ...]:
    """The right items, the predicted and the gold ones, as they count."""
    once, theirs_once = set(ours), set(theirs)
    if matching == "set":
        return once & theirs_once, once, theirs_once
    if len(once) == len(ours) and len(theirs_once) == len(theirs):
        return once & theirs_once, ours, theirs
    return list((Counter(ours) & Counter(theirs)).elements()), ours, theirs


def _add_by_type(tallies: Iterable[dict[str, Counts]]) -> dict[str, Counts]:
    added: dict[str, Counts] = defaultdict(lambda: [0, 0, 0])
    for by_type in tallies:
        for type, counts in by_type.items():
            added[type] = [a + b for a, b in zip(added[type], counts, strict=True)]
    return added


def _scores(counts: Sequence[int]) -> dict[str, float]:
    tp, n_pred, n_gold = counts
    return {
        "precision": tp / n_pred if n_pred else 0.0,
        "recall": tp / n_gold if n_gold else 0.0,
        "f1": 2 * tp / (n_pred + n_gold) if n_pred + n_gold else 0.0,
        "tp": tp,
        "n_pred": n_pred,
        "n_gold": n_gold,
    }


def _average(by_type: dict[str, Counts], average: str) -> dict[str, float]:
    """The scores of all types together: micro adds up counts, macro takes the mean of each score."""
    micro = _scores([sum(column) for column in zip(*by_type.values(), strict=True)] or [0, 0, 0])
    if average == "micro" or not by_type:
        return micro
    each = [_scores(counts) for counts in by_type.values()]
    return micro | {name: fsum(scores[name] for scores in each) / len(each) for name in ("precision", "recall", "f1")}
