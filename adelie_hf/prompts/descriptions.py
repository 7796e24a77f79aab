"""Task descriptions: which there are, and the checks that they can be used and differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations

from adelie_hf.prompts.names import formats
from adelie_hf.prompts.slots import read_data, slots
from adelie_hf.records import Label, Schema
from adelie_hf.tasks import TASKS

_FILE = "prompts/data/descriptions.yaml"

# Relations between events, as MAVEN-ERE and MATRES spell them, by what they are about. Each kind has descriptions
# of its own; those of `ere` do for relations of several kinds.
_KINDS = {
    "temporal": (
        *("BEFORE", "AFTER", "EQUAL", "VAGUE"),
        *("OVERLAP", "CONTAINS", "SIMULTANEOUS", "BEGINS-ON", "ENDS-ON"),
    ),
    "causal": ("CAUSE", "PRECONDITION"),
    "subevent": ("SUBEVENT",),
    "coreference": ("COREFERENCE",),
}
_KIND_OF = {relation: kind for kind, relations in _KINDS.items() for relation in relations}

# The slots that a task's descriptions may have, `{text}` aside.
_SLOTS = {
    "ner": {"schema"},
    "rc": {"schema", "head", "tail"},
    "re": {"schema"},
    "ed": {"schema"},
    "ee": {"schema"},
    "eae": {"schema", "event"},
    "ere": {"schema", "first", "second"},
}

# Two descriptions are near copies when they share so many words (Jaccard index of their sets of words, lower-cased and
# without slots), or have so many in the same order (ratio of difflib over the words). Tried on rewordings by hand: one
# that swaps a word or two lies above, one that keeps the thought and changes the sentence below.
_SHARED = 0.55
_IN_ORDER = 0.65


def descriptions(task: str, schema: Schema | None = None) -> list[str]:
    """The task descriptions to choose from; on-demand IE has none, its user writes the request.

    Args:
        schema: the categories that will be shown. Relations between events are described by their kind, where
            all are of one; a description that names the categories is left out where there are none.

    Raises:
        InputError: for a task that is not there.
    """
    formats(task)
    return list(_usable(kind_of(task, schema), schema != ()))  # a copy: the caller may shuffle it


def kind_of(task: str, schema: Schema | None = None) -> str:
    """Under which name the descriptions of a task stand: `ere-causal` where all relations are of that kind."""
    kinds = {relation_kind(label) for label in schema or ()} if task == "ere" else set()
    kind = kinds.pop() if len(kinds) == 1 else None
    return f"{task}-{kind}" if kind else task


def relation_kind(label: Label) -> str | None:
    """What a relation between events is about: temporal, causal, subevent or coreference; None if it is not known."""
    return _KIND_OF.get((label.raw or label.name).upper())


@cache
def _usable(task: str, with_schema: bool) -> list[str]:
    return [wording for wording in _checked()[task] if with_schema or "schema" not in slots(wording)]


@cache
def _checked() -> dict[str, list[str]]:
    """All descriptions by task, those of one kind of event relations as `ere-<kind>`.

    Raises:
        ValueError: naming the entry, for a task without descriptions, a slot that nothing fills, and near copies.
    """
    data = read_data("descriptions")
    if set(data) != (expected := _tasks()):
        raise ValueError(f"{_FILE} has {', '.join(sorted(data))}; it needs {', '.join(sorted(expected))}")
    for task, wordings in data.items():
        if not wordings and task != "odie":
            raise ValueError(f"{_FILE}, {task}: holds no description")
    check_descriptions(data, _FILE)
    for task, wordings in data.items():
        _check_copies(task, wordings)
    return data


def check_descriptions(data: Mapping[str, list[str]], file: str) -> None:
    """Checks that descriptions by task, those of `file`, can be used.

    Raises:
        ValueError: naming the entry, for a task or a slot that is not there, and for what is no line of text.
    """
    for task, wordings in data.items():
        if task not in _tasks():
            raise ValueError(f"{file}, {task}: no such task; they are {', '.join(sorted(_tasks()))}")
        if not isinstance(wordings, list) or not all(isinstance(wording, str) and wording for wording in wordings):
            raise ValueError(f"{file}, {task}: no list of descriptions")
        known = {"text"} | _SLOTS.get(task.partition("-")[0], set())
        for number, wording in enumerate(wordings):
            unknown = [slot for slot in slots(wording) if slot not in known]
            if unknown or re.search(r"[{}]", re.sub(r"\{\w+\}", "", wording)):
                raise ValueError(f"{file}, {task}[{number}]: no slot of the task fills {wording!r}")
            if wording != " ".join(wording.split()) or len(slots(wording)) != len(set(slots(wording))):
                raise ValueError(f"{file}, {task}[{number}]: more than one line, or a slot twice: {wording!r}")


def _tasks() -> set[str]:
    return {*TASKS, *(f"ere-{kind}" for kind in _KINDS)}


def _check_copies(task: str, wordings: list[str]) -> None:
    words = [re.findall(r"\w+", re.sub(r"\{\w+\}", "", wording).lower()) for wording in wordings]
    for one, other in combinations(range(len(words)), 2):
        ours, theirs = set(words[one]), set(words[other])
        shared = len(ours & theirs) / (len(ours | theirs) or 1)
        # The order is looked at only where it can matter: it takes a hundred times as long.
        if shared >= _SHARED or (
            shared >= _SHARED / 2 and SequenceMatcher(None, words[one], words[other]).ratio() >= _IN_ORDER
        ):
            raise ValueError(f"{_FILE}, {task}[{other}]: a near copy of {task}[{one}]: {wordings[other]!r}")
