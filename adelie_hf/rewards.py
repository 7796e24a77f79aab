"""Rewards of answers, in the form of TRL's `GRPOTrainer` and `RLOOTrainer`: a batch in, one number a completion out.

The columns of a row of IEInstruct arrive by name: `task`, `format`, `answer`, `schema` and `text`. A reward is between
0 and 1, or None where it does not apply; TRL leaves None out of the sum. With positive weights an answer without an
item earns nothing where the gold answer has some, and to repeat an item never earns more.

    from trl import GRPOTrainer
    from adelie_hf import rewards

    GRPOTrainer(model, reward_funcs=[rewards.task_f1, rewards.well_formed], ...)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from adelie_hf.answers import Answer, EventItem, Item, Table, label_of, mentions
from adelie_hf.prompts import ParseResult, parse
from adelie_hf.rows import InstructRow, Message, decode, gold
from adelie_hf.scoring.task_metric import score_example
from adelie_hf.tasks import GENERAL, TASKS

T = TypeVar("T")

# An answer as TRL gives it: the turns of a chat, or a text.
Completion = Sequence[Message] | str

_COLUMNS = ("task", "format", "answer", "schema", "text")
_WELL_FORMED = {"valid": 1.0, "repaired": 0.5, "invalid": 0.0}


def task_f1(completions: Sequence[Completion], **columns: Any) -> list[float | None]:
    """Return the score of each answer by the metric of its task: exact-match F1, CaRB F1, or ROUGE-L of a table.

    Args:
        completions: the answers.
        columns: for each answer the values of its row, as lists; others than those of IEInstruct are ignored.

    >>> answer = [{"role": "assistant", "content": "[Answer]: Acme: company; Paris: company;"}]
    >>> row = {"task": "ner", "format": "text", "answer": [["Acme", "company"]], "schema": [], "text": "Acme left."}
    >>> task_f1([answer], **{name: [value] for name, value in row.items()})
    [0.6666666666666666]
    """

    def reward(row: InstructRow, parsed: ParseResult) -> float:
        if parsed.status == "invalid":
            return 0.0
        expected = gold(row)
        # ROUGE-L finds parts of other gold rows in a repeated one, and two gold events may share a trigger.
        answers = {parsed.items, _without_repeats(parsed.items, expected)}
        return min(score_example(answer, expected, row["task"]) for answer in answers)

    return _rewards(completions, columns, reward)


def well_formed(completions: Sequence[Completion], **columns: Any) -> list[float | None]:
    """Return whether each answer has the requested form: 1, or 0.5 where parts had to be mended or left out.

    It is 0 for an answer without an item where the gold answer has some: its form is easy. Arguments as for `task_f1`.
    """

    def reward(row: InstructRow, parsed: ParseResult) -> float:
        return 0.0 if row["answer"] and not parsed.items else _WELL_FORMED[parsed.status]

    return _rewards(completions, columns, reward)


def in_schema(completions: Sequence[Completion], **columns: Any) -> list[float | None]:
    """Return the share of each answer's different items whose category, roles included, was offered.

    It is None without items, and for tasks without categories. Arguments as for `task_f1`.
    """

    def reward(row: InstructRow, parsed: ParseResult) -> float | None:
        if not TASKS[row["task"]].schema_title:
            return None
        roles = {label["name"]: label.get("roles") or [] for label in row["schema"]}
        return _share(parsed.items, lambda item: _is_offered(item, roles))

    return _rewards(completions, columns, reward)


def grounded(completions: Sequence[Completion], **columns: Any) -> list[float | None]:
    """Return the share of each answer's different items whose mentions the text contains, without regard to case.

    It is None without items, and for open IE and tables, which reword the text. Arguments as for `task_f1`.
    """

    def reward(row: InstructRow, parsed: ParseResult) -> float | None:
        text = _plain(row["text"])
        if not TASKS[row["task"]].closed:
            return None
        return _share(parsed.items, lambda item: all(_plain(mention) in text for mention in mentions(item)))

    return _rewards(completions, columns, reward)


def _rewards(
    completions: Sequence[Completion],
    columns: Mapping[str, Any],
    reward: Callable[[InstructRow, ParseResult], float | None],
) -> list[float | None]:
    return [
        None if row["task"] == GENERAL else reward(row, parse(_text(completion), row["task"], row["format"]))
        for completion, row in zip(completions, _rows(columns), strict=True)
    ]


def _rows(columns: Mapping[str, Any]) -> Iterator[InstructRow]:
    for values in zip(*(columns[name] for name in _COLUMNS), strict=True):
        yield decode(dict(zip(_COLUMNS, values, strict=True)))


def _text(completion: Completion) -> str:
    return completion if isinstance(completion, str) else completion[-1]["content"]


def _share(items: Sequence[Item], holds: Callable[[Item], bool]) -> float | None:
    different = set(items)
    return sum(map(holds, different)) / len(different) if different else None


def _without_repeats(answer: Answer, expected: Answer) -> Answer:
    """Return an answer with each item, and each row of a table, once, or as often as the gold answer has it."""
    tables = [item for item in expected if isinstance(item, Table)]
    rows = [row for table in tables for row in table.rows]
    return tuple(
        Table(item.header, tuple(_at_most(item.rows, rows, _cells))) if isinstance(item, Table) else item
        for item in _at_most(answer, expected, lambda item: item)
    )


def _at_most(values: Iterable[T], expected: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    room = Counter(map(key, expected))
    kept = []
    seen: Counter[Hashable] = Counter()
    for value in values:
        seen[key(value)] += 1
        if seen[key(value)] <= max(1, room[key(value)]):
            kept.append(value)
    return kept


def _cells(row: Sequence[str]) -> Hashable:
    return tuple(map(_plain, row))


def _is_offered(item: Item, roles: Mapping[str, Sequence[str]]) -> bool:
    offered = roles.get(label_of(item))
    if offered is None or not isinstance(item, EventItem):
        return offered is not None
    return all(role in offered for _, role in item.arguments)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
