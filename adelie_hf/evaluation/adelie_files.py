"""ADELIE's published test files: JSON lines of chat messages whose last turn is the gold answer, read as rows.

A line has `id` and `messages`; a file of predictions has `output` as well, or `gold` and `output` without messages.
Gold answers are in the form that ADELIE's scorers read: without the answer marker, empty for none, for temporal
relations the bare label.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from adelie_hf.answers import Answer, Argument, Entity, Trigger, Triple, to_json
from adelie_hf.errors import InputError
from adelie_hf.evaluation.system_outputs import named
from adelie_hf.prompts import MARKER, parse, write
from adelie_hf.rows import InstructRow, Message, completion_text, message
from adelie_hf.scoring.published.fewnerd import ENTITY_TYPES
from adelie_hf.scoring.published.figures import bracketed_triples
from adelie_hf.scoring.published.matres import LABELS
from adelie_hf.scoring.published.richere import EVENT_TYPES, ROLES
from adelie_hf.scoring.published.semeval import SEMEVAL_RELATIONS
from adelie_hf.tasks import TASKS
from adelie_hf.text_files import read_json_lines

# In the source of such rows: their outputs go to the published scorer as they are.
PREFIX = "adelie-test/"

_EVENTS = re.compile(r"The first event: (.*)\nThe second event: (.*)")
_TEXT = re.compile(r"Text: '(.*)'", re.DOTALL)

_PAIRS = {"ner": (Entity, ENTITY_TYPES), "ed": (Trigger, EVENT_TYPES), "eae": (Argument, ROLES)}


class TestFile(NamedTuple):
    """The rows of a file, and what had to be said of its gold answers."""

    rows: list[InstructRow]
    notes: list[str]


def read_test_file(file: str | Path, task: str, source: str) -> TestFile:
    """Read the rows of a published test file; a row whose gold answer cannot be read is left out and named.

    Args:
        task: the task of all rows.
        source: the source of the rows.

    Raises:
        InputError: for a line in another form, an id that occurs twice, and a file without a readable gold answer.
    """
    rows: dict[str, InstructRow] = {}
    unreadable: list[str] = []
    seen: set[str] = set()
    for number, line in read_json_lines(Path(file)):
        match line:
            case {"id": int() | str() as raw_id, "messages": [*prompt, {"content": str(gold)}]}:
                pass
            case {"id": int() | str() as raw_id, "gold": str(gold)}:
                prompt = []
            case _:
                raise InputError(f"{file}:{number}: not a line of ADELIE's test files: `id`, and `messages` or `gold`")
        row_id = str(raw_id)
        if row_id in seen:
            raise InputError(f"{file}:{number}: a second row {row_id!r}; keep one")
        seen.add(row_id)
        answer = _read_gold(gold, task, prompt)
        if answer is None:
            unreadable.append(row_id)
        else:
            rows[row_id] = _row(row_id, task, source, prompt, gold, answer)
    if not rows:
        raise InputError(f"{file}: no gold answer can be read as one of {TASKS[task].title}; name another benchmark")
    notes = [_note("gold answers cannot be read; left out", unreadable)] if unreadable else []
    ambiguous = [row_id for row_id, row in rows.items() if not _can_be_read_back(row)]
    if ambiguous:
        notes.append(
            _note("gold answers are ambiguous as text, so that even the right answer is read wrongly", ambiguous)
        )
    return TestFile(list(rows.values()), notes)


def gold_text(line: Mapping[str, Any]) -> str | None:
    """Return the gold answer that a line of predictions carries with it, as it is; None for one without."""
    match line:
        case {"gold": str(gold), "output": str()} | {"output": str(), "messages": [*_, {"content": str(gold)}]}:
            return gold
    return None


def published_reference(row: InstructRow) -> str:
    """Return the gold answer of a row of a published file as ADELIE's scorers read it."""
    if row["task"] == "ere":
        return str(row["answer"][0][1]) if row["answer"] else ""
    return completion_text(row).removeprefix(f"{MARKER} ") if row["answer"] else ""


def _note(what: str, ids: Sequence[str]) -> str:
    return f"{len(ids):,} {what}: {named(ids)}"


def _can_be_read_back(row: InstructRow) -> bool:
    items = parse(completion_text(row), row["task"]).items
    return sorted(map(str, to_json(items))) == sorted(map(str, row["answer"]))


def _row(row_id: str, task: str, source: str, prompt: Sequence[Message], gold: str, answer: Answer) -> InstructRow:
    marked = write(answer, task) if task == "ere" or not answer else f"{MARKER} {gold.removeprefix(MARKER).lstrip()}"
    names = _names(task)
    asked = prompt[-1]["content"] if prompt else ""
    text = _TEXT.search(asked)
    return {
        "id": row_id,
        "source": f"{PREFIX}{source}",
        "task": task,
        "prompt": list(prompt),
        "completion": [message("assistant", marked)],
        "format": "text",
        "schema": [{"name": name, "roles": []} for name in names],
        "text": text[1] if text else asked,
        "label_map": {name: name for name in names},
        "answer": to_json(answer),
        "choices": {"seed": 0, "format": "text", "own_split": False},
    }


def _names(task: str) -> list[str]:
    """Return the categories of a task as the answers of the file spell them."""
    if task in _PAIRS:
        return sorted(_PAIRS[task][1])
    if task == "rc":
        return sorted(" and ".join(word.capitalize() for word in name.split(" and ")) for name in SEMEVAL_RELATIONS)
    return list(LABELS) if task == "ere" else []


def _read_gold(gold: str, task: str, prompt: Sequence[Mapping[str, Any]]) -> Answer | None:
    """Return a gold answer; None for one that cannot be read."""
    text = gold.removeprefix(MARKER).strip()
    if text in ("", "NA", "none"):
        return ()
    if task in _PAIRS:
        return _read_pairs(text, *_PAIRS[task])
    if task == "rc":
        return tuple(Triple(*triple) for triple in bracketed_triples(text)) or None
    if task == "ere":
        events = _EVENTS.findall("\n".join(str(turn["content"]) for turn in prompt[-1:]))
        first, second = events[-1] if events else ("first", "second")
        return (Triple(first, text, second.removesuffix("'")),) if text in LABELS else None
    return parse(text, task).items or None


def _read_pairs(text: str, item: Callable[[str, str], Any], names: frozenset[str]) -> Answer | None:
    """Return the items of `mention: name; mention: name`, where a mention may have colons and semicolons itself."""
    alternatives = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pairs = list(re.finditer(rf"(.+?)\s*: ({alternatives})(?:;\s*|$)", text, re.DOTALL))
    if "".join(pair[0] for pair in pairs) != text:
        return None
    return tuple(item(pair[1].strip(), pair[2]) for pair in pairs)
