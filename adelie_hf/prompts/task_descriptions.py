"""The task descriptions of `data/descriptions.yaml`, checked to be usable and distinct."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations

from adelie_hf.prompts.formats.catalogue import formats
from adelie_hf.prompts.wordings import read_data, slots
from adelie_hf.records import Label, Schema
from adelie_hf.tasks import TASKS

_FILE = "prompts/data/descriptions.yaml"

# Relations between events by kind, as MAVEN-ERE and MATRES spell them. Each kind has descriptions of its own; those of
# `ere` serve relations of several kinds.
_RELATIONS_OF_KIND = {
    "temporal": (
        *("BEFORE", "AFTER", "EQUAL", "VAGUE"),
        *("OVERLAP", "CONTAINS", "SIMULTANEOUS", "BEGINS-ON", "ENDS-ON"),
    ),
    "causal": ("CAUSE", "PRECONDITION"),
    "subevent": ("SUBEVENT",),
    "coreference": ("COREFERENCE",),
}
_KIND_OF_RELATION = {relation: kind for kind, relations in _RELATIONS_OF_KIND.items() for relation in relations}
_TASK_OF_KIND = {f"ere-{kind}": "ere" for kind in _RELATIONS_OF_KIND}

# Two descriptions are near copies if they share this many words (Jaccard index of their sets of lower-cased words,
# without slots), or have this many in the same order (ratio of difflib over the words). Both limits were tuned on
# rewordings by hand: one that replaces a word or two is above them, one that changes the sentence is below.
_MAX_JACCARD = 0.55
_MAX_ORDER_RATIO = 0.65


def descriptions(task: str, schema: Schema | None = None) -> list[str]:
    """Return the task descriptions to choose from.

    On-demand IE has none: its records have instructions of their own.

    Args:
        schema: the categories of the request. Relations between events have the descriptions of their kind if all are
            of one; descriptions with the slot `{schema}` are left out if there are no categories.

    Raises:
        InputError: for an unknown task.
    """
    formats(task)
    return list(_usable(kind_of(task, schema), schema != ()))  # a copy: the caller may shuffle it


def kind_of(task: str, schema: Schema | None = None) -> str:
    """Return the key of a task's descriptions: `ere-causal` if all relations are causal, otherwise the task.

    >>> kind_of("ere", (Label("causes", "CAUSE"),))
    'ere-causal'
    """
    kinds = {relation_kind(label) for label in schema or ()} if task == "ere" else set()
    kind = kinds.pop() if len(kinds) == 1 else None
    return f"ere-{kind}" if kind else task


def relation_kind(label: Label) -> str | None:
    """Return the kind of a relation between events: temporal, causal, subevent or coreference; None if unknown."""
    return _KIND_OF_RELATION.get((label.raw or label.name).upper())


@cache
def _usable(key: str, with_schema: bool) -> list[str]:
    return [wording for wording in _checked()[key] if with_schema or "schema" not in slots(wording)]


@cache
def _checked() -> dict[str, list[str]]:
    """Return all descriptions by task, those of one kind of event relations as `ere-<kind>`.

    Raises:
        ValueError: naming the entry, for a task without descriptions, a slot without a value, and near copies.
    """
    data: dict[str, list[str]] = read_data("descriptions")
    if set(data) != (keys := _keys()):
        raise ValueError(f"{_FILE} has {', '.join(sorted(data))}; it needs {', '.join(sorted(keys))}")
    for key, wordings in data.items():
        if not wordings and not TASKS[_TASK_OF_KIND.get(key, key)].instructed:
            raise ValueError(f"{_FILE}, {key}: has no description")
    check_descriptions(data, _FILE)
    for key, wordings in data.items():
        _check_copies(key, wordings)
    return data


def check_descriptions(data: Mapping[str, object], file: str) -> None:
    """Check that descriptions can be used: task, or `ere-<kind>` -> list of descriptions.

    Args:
        file: the file that contains them, for the error message.

    Raises:
        ValueError: naming the entry, for an unknown task or slot, a slot that occurs twice, and a description that is
            not one line of text.
    """
    for key, wordings in data.items():
        if key not in _keys():
            raise ValueError(f"{file}, {key}: unknown task; the tasks are {', '.join(sorted(_keys()))}")
        if not isinstance(wordings, list) or not all(isinstance(wording, str) and wording for wording in wordings):
            raise ValueError(f"{file}, {key}: not a list of descriptions")
        known = {"text", *TASKS[_TASK_OF_KIND.get(key, key)].slots}
        for number, wording in enumerate(wordings):
            names = slots(wording)
            if not set(names) <= known or re.search(r"[{}]", re.sub(r"\{\w+\}", "", wording)):
                raise ValueError(f"{file}, {key}[{number}]: a slot that the task does not have, in {wording!r}")
            if wording != " ".join(wording.split()) or len(names) != len(set(names)):
                raise ValueError(f"{file}, {key}[{number}]: more than one line, or a slot twice: {wording!r}")


def _keys() -> set[str]:
    return {*TASKS, *_TASK_OF_KIND}


def _check_copies(key: str, wordings: list[str]) -> None:
    words = [re.findall(r"\w+", re.sub(r"\{\w+\}", "", wording).lower()) for wording in wordings]
    word_sets = list(map(set, words))
    for first, second in combinations(range(len(words)), 2):
        shared, union = word_sets[first] & word_sets[second], word_sets[first] | word_sets[second]
        jaccard = len(shared) / (len(union) or 1)
        # The ratio takes a hundred times as long: it is computed only where it can exceed its limit.
        if jaccard >= _MAX_JACCARD or (
            jaccard >= _MAX_JACCARD / 2
            and SequenceMatcher(None, words[first], words[second]).ratio() >= _MAX_ORDER_RATIO
        ):
            raise ValueError(f"{_FILE}, {key}[{second}]: a near copy of {key}[{first}]: {wordings[second]!r}")
