"""IEPile's scorers: entities, relations, events and arguments in JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from adelie_hf.scoring.published.figures import (
    PartCounts,
    PublishedScorer,
    UnreadableGold,
    ratios_of_percentages,
)
from adelie_hf.scoring.scores import ItemCounts


def count_iepile_ner(prediction: str, reference: str) -> PartCounts:
    """Count entities of `{"type": ["name"]}` against gold `[{"entity": ..., "entity_type": ...}]`."""
    gold = [(_field(entity, "entity"), _field(entity, "entity_type")) for entity in _labels(reference)]
    predicted = [(name, entity_type) for entity_type, name in _values(prediction) if isinstance(name, str)]
    return {"": _count_items(predicted, gold)}


def count_iepile_re(prediction: str, reference: str) -> PartCounts:
    """Count relations of `{"relation": [{"subject": ..., "object": ...}]}` against gold `head, relation, tail`.

    A prediction with the keys `head` and `tail`, as the converter of the project writes them, counts as two empty
    strings.
    """
    gold = [tuple(triple.get(key, "") for key in ("head", "relation", "tail")) for triple in _labels(reference)]
    predicted = []
    for relation, pair in _values(prediction):
        if isinstance(pair, dict):
            head, tail = pair.get("subject", ""), pair.get("object", "")
            if isinstance(head, str) and isinstance(tail, str):
                predicted.append((head, relation, tail))
    return {"": _count_items(predicted, gold)}


def count_iepile_ee(prediction: str, reference: str) -> PartCounts:
    """Count events of `{"type": [{"trigger": ..., "arguments": {"role": value or list}}]}`, and their arguments.

    An argument counts with the type of its event, whatever the trigger. A value `NAN` is skipped in the prediction
    only.
    """
    predicted = [
        _Event(event_type, event.get("trigger", ""), event.get("arguments", {}))
        for event_type, event in _values(prediction)
        if isinstance(event, dict)
    ]
    gold = [_Event(_field(event, "event_type"), _field(event, "event_trigger"), event) for event in _labels(reference)]
    return _count_events(predicted, gold)


def count_iepile_eea(prediction: str, reference: str) -> PartCounts:
    """Count arguments of `{"type": [{"role": value or list}]}`; all triggers are the empty string."""
    predicted = [_Event(event_type, "", roles) for event_type, roles in _values(prediction) if isinstance(roles, dict)]
    gold = [_Event(_field(event, "event_type"), "", event) for event in _labels(reference)]
    return _count_events(predicted, gold)


class _Event(NamedTuple):
    """An event as JSON has it: every field may be any JSON value."""

    type: object
    trigger: object
    arguments: object  # of a prediction a dict of roles, of gold the event


def _count_events(predicted: list[_Event], gold: list[_Event]) -> PartCounts:
    predicted_arguments = [
        (event.type, value, role)
        for event in predicted
        if isinstance(event.arguments, dict)
        for role, values in event.arguments.items()
        for value in (values if isinstance(values, list) else [values])
        if value != "NAN"
    ]
    gold_arguments = [
        (event.type, _field(argument, "argument"), _field(argument, "role"))
        for event in gold
        for argument in _list_field(event.arguments, "arguments")
    ]
    triggers = ([(event.type, event.trigger) for event in side] for side in (predicted, gold))
    return {"trigger": _count_items(*triggers), "argument": _count_items(predicted_arguments, gold_arguments)}


# ---- JSON -----------------------------------------------------------------------------------------------------------


def _values(output: str) -> list[tuple[str, object]]:
    """Return the pairs (key, one value) of a JSON object of lists; none where the output is no such JSON."""
    try:
        answer = json.loads(output)
        repr(answer)  # JSON can be parsed to a depth at which its values cannot be compared any more
    except (ValueError, RecursionError):
        return []
    lists = answer.items() if isinstance(answer, dict) else ()
    return [(key, value) for key, values in lists if isinstance(values, list) for value in values]


def _labels(reference: str) -> list[dict[str, object]]:
    try:
        labels = json.loads(reference)
    except (ValueError, RecursionError):
        raise UnreadableGold from None
    if not isinstance(labels, list) or not all(isinstance(label, dict) for label in labels):
        raise UnreadableGold
    return labels


def _field(label: object, key: str) -> object:
    if not isinstance(label, Mapping) or key not in label:
        raise UnreadableGold
    return label[key]


def _list_field(label: object, key: str) -> list[object]:
    values = _field(label, key)
    if not isinstance(values, (list, dict, str)):  # the published scorer iterates over any of these
        raise UnreadableGold
    return list(values)


def _count_items(predicted: Iterable[object], gold: Iterable[object]) -> ItemCounts:
    """Count the multisets of two sides; items are compared as they are written, since JSON values may be lists."""
    predicted_items, gold_items = Counter(map(repr, predicted)), Counter(map(repr, gold))
    return (predicted_items & gold_items).total(), predicted_items.total(), gold_items.total()


IEPILE_NER = PublishedScorer(count_iepile_ner, ratios_of_percentages, tasks=("ner",), tuple_width=2)
IEPILE_RE = PublishedScorer(count_iepile_re, ratios_of_percentages, tasks=("rc", "re"), tuple_width=3)
IEPILE_EE = PublishedScorer(
    count_iepile_ee, ratios_of_percentages, tasks=("ee",), tuple_width=None, headline="trigger"
)
IEPILE_EEA = PublishedScorer(
    count_iepile_eea, ratios_of_percentages, tasks=("eae",), tuple_width=None, headline="argument"
)
