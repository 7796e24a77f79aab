"""Exact-match precision, recall and F1 of typed tuples: the score of closed IE (paper, appendix C.1).

A predicted item is correct when the gold answer of the same example contains it. Nothing is normalised by default:
case and white space count. All gold items count, whatever the prediction looks like, and the order of examples and
items has no effect. `scoring.reference` has the published scorers, which differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import chain
from math import fsum
from operator import itemgetter
from typing import Literal, NamedTuple, NotRequired, TypedDict, cast

from adelie_hf.errors import InputError
from adelie_hf.scoring import validation
from adelie_hf.scoring.intervals import bootstrap, f1_of_counts
from adelie_hf.scoring.partial import PartialScores, Span, TypedSpan, partial_scores
from adelie_hf.scoring.scores import CountedScores, ItemCounts
from adelie_hf.scoring.unicode_forms import unicode_normalizer
from adelie_hf.scoring.validation import ExampleSpans

MATCHINGS = ("multiset", "set")
AVERAGES = ("micro", "macro")

_TYPE_FIELD = 1  # the place of the type in (mention, type) and in (head, relation, tail)

_Items = list[list[tuple[str, ...]]]
# An item as it is compared: its type, its example, and its strings or its offsets. Plain tuples are fast to make.
Key = tuple[str, int, tuple[str, ...] | tuple[int, ...]]

_TYPE, _EXAMPLE = itemgetter(0), itemgetter(1)


class Matches(NamedTuple):
    """The items of a corpus: those that are correct, those predicted, those of gold."""

    correct: Sequence[Key]
    predicted: Sequence[Key]
    gold: Sequence[Key]


class Baselines(TypedDict):
    """The scores of two trivial answers: nothing at all, and the gold mentions with the most frequent gold type."""

    empty: CountedScores
    majority: CountedScores


class ExactResult(CountedScores):
    """The result of `exact_f1`; the optional keys are those requested."""

    per_type: dict[str, CountedScores]
    per_group: dict[str, CountedScores] | None
    f1_interval: list[float] | None
    mode: Literal["corrected"]
    matching: str
    average: str
    partial: NotRequired[PartialScores]
    baselines: NotRequired[Baselines]
    per_example: NotRequired[list[list[int]]]


class ExactOptions(TypedDict, total=False):
    """The options of `exact_f1` that apply to answer texts too."""

    groups: Sequence[str] | None
    na_label: str | None
    matching: str
    average: str
    ignore_case: bool
    normalize_whitespace: bool
    unicode: str | None
    baselines: bool
    per_example: bool
    interval: bool
    seed: int


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
    unicode: str | None = None,
    partial: bool = False,
    baselines: bool = False,
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
) -> ExactResult:
    """Return the exact-match scores of a corpus.

    >>> predictions = [[("Acme", "organization"), ("Paris", "person")], []]
    >>> references = [[("Acme", "organization"), ("Paris", "location")], [("Rome", "location")]]
    >>> result = exact_f1(predictions, references)
    >>> result["precision"], result["recall"], result["f1"]
    (0.5, 0.3333333333333333, 0.4)
    >>> result["tp"], result["n_pred"], result["n_gold"]
    (1, 2, 3)
    >>> result["per_type"]["organization"]["f1"]
    1.0

    Args:
        predictions: one list of tuples of strings per example, `[[("Acme", "organization")]]` or
            `[[("Acme", "acquired", "Globex")]]`; an empty list for no answer.
        references: the gold tuples, in the same form and order.
        type_index: the index of the type in a tuple. By default tuples are pairs (type last) or triples (type in the
            middle).
        spans: the character offsets of the items, `{"predictions": [[0, 4]], "references": [[0, 4]]}` per example: one
            flat list of integers per tuple, `[start, end]` (end exclusive) or those of head and tail in a row. Items
            then match by type and offsets instead of by strings.
        na_label: a type that means "no answer"; its items count neither as predicted nor as gold (TACRED).
        groups: the group of each example; scores are also returned by group.
        matching: `multiset` (an item predicted twice must also be gold twice) or `set` (repetitions within an example
            are dropped, as by the scorers of sklearn and ADELIE).
        average: `micro`, or `macro`, the mean over all types predicted or gold.
        ignore_case: compare all strings, types too, after `str.casefold`.
        normalize_whitespace: compare all strings with each run of white space as one space, and none at the ends.
        unicode: compare all strings, types too, in this normal form of Unicode, `NFC` or `NFKC`.
        partial: also return the partial-match scores of SemEval-2013; needs `spans`.
        baselines: also return the scores of two trivial answers.
        per_example: also return the counts of each example, for `paired_test` with `f1_of_counts`.
        interval: also return the 95 % bootstrap interval of micro F1 over examples.
        seed: the seed of the bootstrap.

    Returns:
        `precision`, `recall`, `f1` (0 where nothing is predicted or gold), `tp`, `n_pred`, `n_gold`, the same by type
        (`per_type`) and by group (`per_group`, None without groups), `f1_interval` (`[low, high]` or None), and the
        behaviour: `mode`, `matching`, `average`. On request also `partial` (see `partial_scores`), `baselines`
        (`empty`: no answer at all; `majority`: the gold mentions with the most frequent gold type, which is a constant
        answer where the prompt gives the pair, as in RC and ERE) and `per_example` (`[tp, n_pred, n_gold]` each).

    Raises:
        InputError: for input of another form, with the item; for options that exclude each other.
    """
    validation.check_choice("matching", matching, MATCHINGS)
    validation.check_choice("average", average, AVERAGES)
    if type_index is not None and not isinstance(type_index, int):
        raise InputError(f"type_index is {validation.short_repr(type_index)}; give an integer")
    if interval and average == "macro":
        raise InputError('the interval is that of micro F1; leave out interval= or average="macro"')
    if partial and spans is None:
        raise InputError("partial matches need offsets; give spans= or leave out partial=")
    predicted_items = validation.item_column("predictions", predictions)
    gold_items = validation.item_column("references", references)
    group_names = None if groups is None else validation.string_column("groups", groups)
    offsets = None if spans is None else validation.span_column("spans", spans)
    validation.check_same_length(predictions=predicted_items, references=gold_items, groups=group_names, spans=offsets)

    normalize = _normalizer(ignore_case, normalize_whitespace, unicode_normalizer(unicode))
    if normalize is not None:
        predicted_items, gold_items = _normalized(predicted_items, normalize), _normalized(gold_items, normalize)
        na_label = None if na_label is None else normalize(na_label)
    _check_widths("predictions", predicted_items, type_index)
    _check_widths("references", gold_items, type_index)
    type_field = _TYPE_FIELD if type_index is None else type_index
    predicted = _keys("predictions", predicted_items, type_field, offsets)
    all_gold = _keys("references", gold_items, type_field, offsets)
    gold = _without(na_label, all_gold)
    matches = _match(_without(na_label, predicted), gold, matching)

    per_type = _per_type(matches)
    scores = _average(per_type, average)
    result: ExactResult = {
        "precision": scores["precision"],
        "recall": scores["recall"],
        "f1": scores["f1"],
        "tp": scores["tp"],
        "n_pred": scores["n_pred"],
        "n_gold": scores["n_gold"],
        "per_type": {item_type: _scores(counts) for item_type, counts in sorted(per_type.items())},
        "per_group": None if group_names is None else _per_group(matches, group_names, average),
        "f1_interval": None,
        "mode": "corrected",
        "matching": matching,
        "average": average,
    }
    if interval or per_example:
        counts = _per_example(matches, len(gold_items))
        if interval:
            result["f1_interval"] = list(bootstrap(counts, f1_of_counts, seed=seed))
        if per_example:
            result["per_example"] = counts
    if partial:
        result["partial"] = partial_scores(_mentions(matches.predicted), _mentions(matches.gold))
    if baselines:
        constant = _majority(all_gold, gold, None if offsets else type_field)
        result["baselines"] = {
            "empty": _average(_per_type(_match([], gold, matching)), average),
            "majority": _average(_per_type(_match(constant, gold, matching)), average),
        }
    return result


# ---- items as keys --------------------------------------------------------------------------------------------------


def _normalizer(
    ignore_case: bool, normalize_whitespace: bool, normal_form: Callable[[str], str] | None
) -> Callable[[str], str] | None:
    """Return the function that strings are compared after, or None to compare them as they are."""
    steps = [
        *([normal_form] if normal_form else []),
        *([str.casefold] if ignore_case else []),
        *([_with_single_spaces] if normalize_whitespace else []),
    ]
    return (lambda text: reduce(lambda value, step: step(value), steps, text)) if steps else None


def _with_single_spaces(text: str) -> str:
    return " ".join(text.split())


def _normalized(column: _Items, normalize: Callable[[str], str]) -> _Items:
    return [[tuple(map(normalize, item)) for item in items] for items in column]


def _check_widths(name: str, column: _Items, type_index: int | None) -> None:
    """Check that every tuple has a type: two or three fields, or one at `type_index`."""
    widths = set(map(len, chain.from_iterable(column)))
    if type_index is None:
        hint = "; give (mention, type) or (head, relation, tail), or the index of the type as type_index="
        wrong = widths - {2, 3}
    else:
        hint = f", and type_index is {type_index}"
        wrong = {width for width in widths if not -width <= type_index < width}
    if wrong:
        at, number = next(
            (at, number) for at, items in enumerate(column) for number, item in enumerate(items) if len(item) in wrong
        )
        raise InputError(f"{name}[{at}][{number}] has {len(column[at][number])} fields{hint}")


def _keys(name: str, column: _Items, type_field: int, spans: list[ExampleSpans] | None) -> list[Key]:
    """Return the items of one side (`predictions` or `references`) as keys."""
    if spans is None:
        return [(item[type_field], at, item) for at, items in enumerate(column) for item in items]
    offsets = [sides["predictions" if name == "predictions" else "references"] for sides in spans]
    if list(map(len, offsets)) != list(map(len, column)):
        at = next(at for at, items in enumerate(column) if len(items) != len(offsets[at]))
        raise InputError(f"spans[{at}] has {len(offsets[at])} {name}, not {len(column[at])}; give one span a tuple")
    return [
        (item[type_field], at, tuple(span))
        for at, items in enumerate(column)
        for item, span in zip(items, offsets[at], strict=True)
    ]


def _without(na_label: str | None, keys: list[Key]) -> list[Key]:
    return keys if na_label is None else [key for key in keys if key[0] != na_label]


def _mentions(keys: Sequence[Key]) -> list[tuple[int, TypedSpan]]:
    """Return keys with offsets as `partial_scores` takes them."""
    return [(at, (cast(Span, span), item_type)) for item_type, at, span in keys]


# ---- matching and counting ------------------------------------------------------------------------------------------


def _match(predicted: Sequence[Key], gold: Sequence[Key], matching: str) -> Matches:
    distinct_predicted, distinct_gold = set(predicted), set(gold)
    correct = list(distinct_predicted & distinct_gold)
    if matching == "set":
        return Matches(correct, list(distinct_predicted), list(distinct_gold))
    if len(distinct_predicted) < len(predicted) or len(distinct_gold) < len(gold):
        correct = list((Counter(predicted) & Counter(gold)).elements())
    return Matches(correct, predicted, gold)


def _majority(all_gold: list[Key], gold: list[Key], type_field: int | None) -> list[Key]:
    """Return the gold items, each with the most frequent gold type; of equally frequent types, the first by name.

    Args:
        all_gold: all gold items.
        gold: those that are answers, from which the type is taken.
        type_field: the index of the type in a tuple, None where items are compared by offsets.
    """
    frequencies = Counter(map(_TYPE, gold))
    if not frequencies:
        return []
    majority = min(frequencies, key=lambda item_type: (-frequencies[item_type], item_type))
    if type_field is None:
        return [(majority, at, span) for _, at, span in all_gold]
    return [(majority, at, _with_type(cast(tuple[str, ...], item), type_field, majority)) for _, at, item in all_gold]


def _with_type(item: tuple[str, ...], type_field: int, item_type: str) -> tuple[str, ...]:
    fields = list(item)
    fields[type_field] = item_type
    return tuple(fields)


def _per_type(matches: Matches) -> dict[str, ItemCounts]:
    correct, predicted, gold = (Counter(map(_TYPE, keys)) for keys in matches)
    return {
        item_type: (correct[item_type], predicted[item_type], gold[item_type])
        for item_type in predicted.keys() | gold.keys()
    }


def _per_group(matches: Matches, groups: list[str], average: str) -> dict[str, CountedScores]:
    by_group: dict[str, tuple[list[Key], list[Key], list[Key]]] = {
        group: ([], [], []) for group in sorted(set(groups))
    }
    for side, keys in enumerate(matches):
        for key in keys:
            by_group[groups[key[1]]][side].append(key)
    return {group: _average(_per_type(Matches(*sides)), average) for group, sides in by_group.items()}


def _per_example(matches: Matches, examples: int) -> list[list[int]]:
    correct, predicted, gold = (Counter(map(_EXAMPLE, keys)) for keys in matches)
    return [[correct[at], predicted[at], gold[at]] for at in range(examples)]


def _scores(counts: ItemCounts) -> CountedScores:
    tp, n_pred, n_gold = counts
    return {
        "precision": tp / n_pred if n_pred else 0.0,
        "recall": tp / n_gold if n_gold else 0.0,
        "f1": 2 * tp / (n_pred + n_gold) if n_pred + n_gold else 0.0,
        "tp": tp,
        "n_pred": n_pred,
        "n_gold": n_gold,
    }


def _average(per_type: dict[str, ItemCounts], average: str) -> CountedScores:
    """Return the scores of all types together: micro adds up the counts, macro takes the mean of each score."""
    tp, n_pred, n_gold = map(sum, zip(*per_type.values(), strict=True)) if per_type else (0, 0, 0)
    scores = _scores((tp, n_pred, n_gold))
    if average == "macro" and per_type:
        type_scores = [_scores(counts) for counts in per_type.values()]
        for name in ("precision", "recall", "f1"):
            scores[name] = fsum(by_type[name] for by_type in type_scores) / len(type_scores)
    return scores
