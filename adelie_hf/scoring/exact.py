"""Exact-match precision, recall and F1 of typed tuples: the score of closed IE (paper, appendix C.1).

An item is right when the gold answer of the same example holds it too. Nothing is normalised unless
asked for: case and white space count. Gold items always count, whatever the prediction looks like, and
the order of examples and items never matters. What the published scorers do instead is in `reference`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from math import fsum
from operator import itemgetter
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.scoring import checks
from adelie_hf.scoring.intervals import bootstrap, f1_of_counts
from adelie_hf.scoring.partial import partial_scores
from adelie_hf.scoring.reference import reference_f1, reference_texts

Counts = Sequence[int]  # tp, n_pred, n_gold
Tuples = list[list[tuple[str, ...]]]
Key = tuple[str, int, tuple]  # an item's type, its example, and what has to be equal besides for a match
Matched = tuple[Sequence[Key], Sequence[Key], Sequence[Key]]  # the right, the predicted and the gold items

_PAIR_OR_TRIPLE = 1  # where the type stands in (mention, type) and in (head, relation, tail)
_TYPE, _EXAMPLE = itemgetter(0), itemgetter(1)


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
    ignore_case: bool = False,
    normalize_whitespace: bool = False,
    partial: bool = False,
    baselines: bool = False,
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
    mode: str = "corrected",
    scorer: str | None = None,
) -> dict[str, Any]:
    """Exact-match scores of a corpus.

    Args:
        predictions, references: one list of tuples of strings an example, `[[("Acme", "organization")]]`
            or `[[("Acme", "acquired", "Globex")]]`; an empty list where there is no answer.
        type_index: where a tuple's type stands. Without it tuples are pairs (type last) or triples
            (type in the middle).
        spans: the items' offsets, `{"predictions": [[0, 4]], "references": [[0, 4]]}` for each example:
            one flat list of integers a tuple, `[start, end]` (the end exclusive) or head's and tail's one
            after the other. Items then match when their types and offsets are equal, whatever their strings.
        na_label: a type that means no answer; its items count neither as predicted nor as gold (TACRED).
        groups: a name for each example; scores are also given by group.
        matching: `multiset` (an item given twice has to be gold twice) or `set` (repetitions within
            an example are dropped, as sklearn's and ADELIE's scorers do).
        average: `micro`, or `macro`, the mean of the scores of all types predicted or gold.
        ignore_case: whether all strings, types too, are compared after `str.casefold`.
        normalize_whitespace: whether all strings are compared with each run of white space (`str.split`)
            as one space, and none at the ends.
        partial: whether to give SemEval-2013's scores beside the strict one; needs spans.
        baselines: whether to give the scores of two answers that cost nothing.
        per_example: whether to give each example's counts, for `paired_test`.
        interval: whether to give the 95 % bootstrap interval of micro F1 over examples.
        seed: of the bootstrap.
        mode: `corrected`, or `reference` for a published scorer's figures, errors included; of the other
            options only `groups` goes with it.
        scorer: with `mode="reference"`, whose: `fewnerd, semeval, richere-ed, richere-eae, matres,
            iepile-ner` or `iepile-re`. The tuples are written as the texts that it reads.

    Returns:
        `precision, recall, f1, tp, n_pred, n_gold` (a score without items is 0), the same by type as
        `per_type` and by group as `per_group` (None without groups), `f1_interval` (`[low, high]` or
        None), and the behaviour: `mode, matching, average`. On request also `partial` (the four scores
        of `partial_scores`), `baselines` (the scores of `empty`, no answer at all, and of `majority`, the
        gold mentions with the most frequent gold type: where the prompt names the pair, as in RC and ERE,
        that is a constant answer) and `per_example` (`[tp, n_pred, n_gold]` each). In reference mode what
        `reference_f1` returns.

    Raises:
        InputError: for input of another shape, naming the item.
    """
    checks.one_of("mode", mode, ("corrected", "reference"))
    checks.one_of("matching", matching, ("multiset", "set"))
    checks.one_of("average", average, ("micro", "macro"))
    if type_index is not None and not isinstance(type_index, int):
        raise InputError(f"type_index is {checks.shown(type_index)}; give an integer")
    if interval and average == "macro":
        raise InputError('an interval is that of micro F1; leave out interval= or average="macro"')
    if partial and spans is None:
        raise InputError("partial matches need offsets; give spans= or leave out partial=")
    ours, theirs = checks.tuples("predictions", predictions), checks.tuples("references", references)
    names = None if groups is None else checks.strings("groups", groups)
    offsets = None if spans is None else checks.spans("spans", spans)
    checks.same_length(predictions=ours, references=theirs, groups=names, spans=offsets)

    if mode == "reference":
        given = {
            "type_index": type_index is not None,
            "spans": spans is not None,
            "na_label": na_label is not None,
            "matching": matching != "multiset",
            "average": average != "micro",
            "ignore_case": ignore_case,
            "normalize_whitespace": normalize_whitespace,
            "baselines": baselines,
            "per_example": per_example,
            "interval": interval,
        }
        for name in (name for name, is_given in given.items() if is_given):
            raise InputError(f'{name} is an option of mode="corrected"; the published scorers have none')
        return reference_f1(*reference_texts(ours, theirs, scorer), scorer, groups=names)
    if scorer is not None:
        raise InputError(f'scorer is {checks.shown(scorer)}; it goes with mode="reference"')

    normal = _normaliser(ignore_case, normalize_whitespace)
    if normal is not None:
        ours, theirs = _normalised(ours, normal), _normalised(theirs, normal)
        na_label = None if na_label is None else normal(na_label)
    where = _PAIR_OR_TRIPLE if type_index is None else type_index
    for name, column in (("predictions", ours), ("references", theirs)):
        _check_widths(name, column, type_index)
    predicted, gold = _keys("predictions", ours, where, offsets), _keys("references", theirs, where, offsets)
    found = _matched(_answers(predicted, na_label), _answers(gold, na_label), matching)

    per_type = _per_type(found)
    result: dict[str, Any] = {
        **_average(per_type, average),
        "per_type": {type: _scores(counts) for type, counts in sorted(per_type.items())},
        "per_group": None if names is None else _per_group(found, names, average),
        "f1_interval": None,
        "mode": "corrected",
        "matching": matching,
        "average": average,
    }
    if interval or per_example:
        counts = _per_example(found, len(theirs))
        if interval:
            result["f1_interval"] = list(bootstrap(counts, f1_of_counts, seed=seed))
        if per_example:
            result["per_example"] = counts
    if partial:
        result["partial"] = partial_scores(*([(at, (span, type)) for type, at, span in keys] for keys in found[1:]))
    if baselines:
        constant = _majority(gold, na_label, None if offsets else where)
        result["baselines"] = {
            name: _average(_per_type(_matched(answer, _answers(gold, na_label), matching)), average)
            for name, answer in (("empty", []), ("majority", constant))
        }
    return result


def _normaliser(ignore_case: bool, normalize_whitespace: bool) -> Callable[[str], str] | None:
    if ignore_case and normalize_whitespace:
        return lambda text: " ".join(text.casefold().split())
    if normalize_whitespace:
        return lambda text: " ".join(text.split())
    return str.casefold if ignore_case else None


def _normalised(column: Tuples, normal: Callable[[str], str]) -> Tuples:
    return [[tuple(map(normal, item)) for item in items] for items in column]


def _check_widths(name: str, column: Tuples, type_index: int | None) -> None:
    """Every tuple has a type: one of two or three fields, or one that `type_index` points into."""
    widths = set(map(len, chain.from_iterable(column)))
    if type_index is None:
        hint = "; give (mention, type) or (head, relation, tail), or say with type_index= where the type stands"
        wrong = widths - {2, 3}
    else:
        hint = f", and type_index is {type_index}"
        wrong = {width for width in widths if not -width <= type_index < width}
    if wrong:
        at, number = next(
            (a, n) for a, items in enumerate(column) for n, item in enumerate(items) if len(item) in wrong
        )
        raise InputError(f"{name}[{at}][{number}] has {len(column[at][number])} fields{hint}")


def _keys(name: str, column: Tuples, where: int, spans: list[dict[str, list[list[int]]]] | None) -> list[Key]:
    """What the items of one side count as."""
    if spans is None:
        return [(item[where], at, item) for at, items in enumerate(column) for item in items]
    offsets = [sides[name] for sides in spans]
    if list(map(len, offsets)) != list(map(len, column)):
        at = next(at for at, items in enumerate(column) if len(items) != len(offsets[at]))
        raise InputError(f"spans[{at}] has {len(offsets[at])} {name}, not {len(column[at])}; give one span a tuple")
    return [
        (item[where], at, tuple(span))
        for at, items in enumerate(column)
        for item, span in zip(items, offsets[at], strict=True)
    ]


def _answers(keys: list[Key], na_label: str | None) -> list[Key]:
    return keys if na_label is None else [key for key in keys if key[0] != na_label]


def _matched(ours: Sequence[Key], theirs: Sequence[Key], matching: str) -> Matched:
    once, theirs_once = set(ours), set(theirs)
    right = list(once & theirs_once)
    if matching == "set":
        return right, list(once), list(theirs_once)
    if len(once) < len(ours) or len(theirs_once) < len(theirs):
        right = list((Counter(ours) & Counter(theirs)).elements())
    return right, ours, theirs


def _majority(gold: list[Key], na_label: str | None, where: int | None) -> list[Key]:
    """The gold items, each with the most frequent type (the first in order of equals); `where` None for offsets."""
    frequent = Counter(map(_TYPE, _answers(gold, na_label)))
    if not frequent:
        return []
    constant = min(frequent, key=lambda type: (-frequent[type], type))
    return [(constant, at, match if where is None else _retyped(match, where, constant)) for _, at, match in gold]


def _retyped(item: tuple[str, ...], where: int, type: str) -> tuple[str, ...]:
    fields = list(item)
    fields[where] = type
    return tuple(fields)


def _per_type(found: Matched) -> dict[str, Counts]:
    right, ours, theirs = (Counter(map(_TYPE, keys)) for keys in found)
    return {type: (right[type], ours[type], theirs[type]) for type in ours.keys() | theirs.keys()}


def _per_group(found: Matched, names: list[str], average: str) -> dict[str, dict[str, Any]]:
    of_group: dict[str, tuple[list[Key], list[Key], list[Key]]] = {name: ([], [], []) for name in sorted(set(names))}
    for place, keys in enumerate(found):
        for key in keys:
            of_group[names[key[1]]][place].append(key)
    return {name: _average(_per_type(part), average) for name, part in of_group.items()}


def _per_example(found: Matched, examples: int) -> list[Counts]:
    right, ours, theirs = (Counter(map(_EXAMPLE, keys)) for keys in found)
    return [[right[at], ours[at], theirs[at]] for at in range(examples)]


def _scores(counts: Counts) -> dict[str, Any]:
    tp, n_pred, n_gold = counts
    return {
        "precision": tp / n_pred if n_pred else 0.0,
        "recall": tp / n_gold if n_gold else 0.0,
        "f1": 2 * tp / (n_pred + n_gold) if n_pred + n_gold else 0.0,
        "tp": tp,
        "n_pred": n_pred,
        "n_gold": n_gold,
    }


def _average(by_type: dict[str, Counts], average: str) -> dict[str, Any]:
    """The scores of all types together: micro adds up counts, macro takes the mean of each score."""
    micro = _scores([sum(column) for column in zip(*by_type.values(), strict=True)] or [0, 0, 0])
    if average == "micro" or not by_type:
        return micro
    each = [_scores(counts) for counts in by_type.values()]
    return micro | {name: fsum(scores[name] for scores in each) / len(each) for name in ("precision", "recall", "f1")}
