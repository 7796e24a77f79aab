"""The rows of an evaluation as compact JSON, from which the script of the report's page shows them.

Every text and name is there once, and what the script can derive is left out: a mention that the text has is its
place, and a correct item that of the gold answer. A table is there whole, the names of its columns by number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adelie_hf.answers import Answer, Table
from adelie_hf.draws import draw
from adelie_hf.evaluation.item_errors import PAIR_KINDS, Part, PartPair, RowErrors
from adelie_hf.prompts.format_instructions import format_instruction
from adelie_hf.report.error_analysis import shown_category
from adelie_hf.rows import InstructRow, completion_text
from adelie_hf.tasks import TASKS, title_of

MOST_BYTES = 28_000_000  # of listed rows: a browser opens a page of 30 MB within seconds
_OFF_SCHEMA, _NOT_IN_TEXT = 1, 2
_NAMES = ("sources", "tasks", "types", "columns", "texts")

# HTML ends a script at `</script`, and UTF-8 has no half of a surrogate pair.
_UNWRITABLE = re.compile("[<\ud800-\udfff]")


def listed_rows(rows: Sequence[InstructRow], outputs: Mapping[str, Mapping[str, str]]) -> set[str]:
    """Return the ids of the rows that a page has room for: all, or as many as were drawn by their ids."""
    listed: set[str] = set()
    room = MOST_BYTES
    for row in sorted(rows, key=lambda row: draw(0, row["id"], "listed")):
        room -= 50 + _size(row["id"]) + _size(row["text"]) + _size(completion_text(row))
        # An answer is there as it is, and its items take less than as much again.
        room -= sum(30 + 2 * _size(given[row["id"]]) for given in outputs.values())
        if room < 0:
            break
        listed.add(row["id"])
    return listed


def _size(text: str) -> int:
    return len(_as_json(text).encode())


def _as_json(value: object) -> str:
    """Return JSON that may stand inside a script element, in any encoding of Unicode."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _UNWRITABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class ItemData:
    """The listed rows and their answers, added one by one.

    Args:
        systems: the systems whose answers follow.
    """

    def __init__(self, systems: Iterable[str]):
        self.systems = tuple(systems)
        self.names: dict[str, dict[str, int]] = {name: {} for name in _NAMES}
        self.rows: list[list[Any]] = []
        self.answers: dict[str, list[list[Any]]] = {system: [] for system in self.systems}

    def add(self, row: InstructRow, outputs: Mapping[str, str], errors: Mapping[str, RowErrors]) -> None:
        """Add a row with the answer of each system."""
        places = [self._number("sources", row["source"]), self._number("tasks", row["task"])]
        compare = self._tables if TASKS[row["task"]].item is Table else self._items
        gold, compared = compare(row, list(errors.values()))
        self.rows.append([row["id"], *places, self._number("texts", row["text"]), *gold])
        for (system, found), answer in zip(errors.items(), compared, strict=True):
            self.answers[system].append([outputs[system], found.status[0], *answer])

    def to_json(self) -> str:
        """Return the data as JSON that may stand inside a script element."""
        return _as_json(
            {
                "systems": self.systems,
                **{name: list(numbers) for name, numbers in self.names.items()},
                "titles": list(map(title_of, self.names["tasks"])),
                "rows": self.rows,
                "answers": list(self.answers.values()),
            }
        )

    def _number(self, table: str, name: str) -> int:
        return self.names[table].setdefault(name, len(self.names[table]))

    def _items(self, row: InstructRow, errors: Sequence[RowErrors]) -> tuple[list[Any], list[list[Any]]]:
        """Return [gold parts], and of each answer [pairs]."""
        units = _Units(row["text"])
        answers: list[list[Any]] = []
        for found in errors:
            predicted = self._parts(row, found.predicted, found.answer, units)
            answers.append([[_pair(pair, found, predicted) for pair in found.pairs]])
        return [self._parts(row, errors[0].gold, errors[0].gold_answer, units)], answers

    def _tables(self, row: InstructRow, errors: Sequence[RowErrors]) -> tuple[list[Any], list[list[Any]]]:
        """Return [gold table, request], and of each answer [no pairs, table, kinds of the cells]."""
        answers = [[[], self._table(found.answer), _cell_kinds(found)] for found in errors]
        return [self._table(errors[0].gold_answer), self._number("texts", _request(row))], answers

    def _table(self, answer: Answer) -> list[list[Any]]:
        """Return the header and the rows of a table, an empty list without one."""
        lines: list[list[Any]] = []
        for table in answer:
            if isinstance(table, Table):
                lines.append([self._number("columns", name) for name in table.header])
                lines += [[cell if cell.strip() else "" for cell in cells] for cells in table.rows]
        return lines

    def _parts(self, row: InstructRow, parts: Sequence[Part], answer: Answer, units: _Units) -> list[list[Any]]:
        """Return [category, mention ...] of each part, a mention as its place or, where the text lacks it, its words.

        The category is its number; an extraction of open IE has an empty one.
        """
        from adelie_hf.extraction.grounding import ground  # on first use: most reports have no texts

        closed = TASKS[row["task"]].closed
        places = (mention.fragments for item in ground(answer, row["text"], exact=True) for _, mention in item)
        lines = []
        for part in parts:
            category = shown_category(row, part)
            line: list[Any] = [self._number("types", category) if closed else category]
            for words in part.mentions:
                place = next(places)
                line.append([units.offset(offset) for offset in place[0]] if place else words)
            lines.append(line)
        return lines


def _pair(pair: PartPair, errors: RowErrors, predicted: list[list[Any]]) -> list[Any]:
    """Return [kind, place of the gold part or -1, predicted part or 0, flags] without zeros at the end."""
    flags = _OFF_SCHEMA * (pair.predicted in errors.off_schema) + _NOT_IN_TEXT * (pair.predicted in errors.not_in_text)
    part = 0 if pair.predicted is None or pair.kind == "correct" else predicted[pair.predicted]
    line = [PAIR_KINDS.index(pair.kind), -1 if pair.gold is None else pair.gold, part, flags]
    while not line[-1] and len(line) > 2:
        line.pop()
    return line


def _cell_kinds(errors: RowErrors) -> list[str]:
    """Return the kinds of the gold and of the predicted cells that are not empty, one digit each."""
    gold, predicted = [""] * len(errors.gold), [""] * len(errors.predicted)
    for pair in errors.pairs:
        kind = str(PAIR_KINDS.index(pair.kind))
        if pair.gold is not None:
            gold[pair.gold] = kind
        if pair.predicted is not None:
            predicted[pair.predicted] = kind
    return ["".join(gold), "".join(predicted)]


def _request(row: InstructRow) -> str:
    """Return what the prompt asks for, without what it says of the format and without the text."""
    asked = next((turn["content"] for turn in row["prompt"] if turn["role"] == "user"), "")
    for end in (f"\n{format_instruction(row['task'], row['format'])}", f"\nText: {row['text']}"):
        asked = asked.partition(end)[0]
    return asked


class _Units:
    """Offsets in the units of UTF-16, in which scripts count, for offsets in code points."""

    def __init__(self, text: str):
        self.wide = (
            [offset for offset, character in enumerate(text) if ord(character) > 0xFFFF] if _has_wide(text) else []
        )

    def offset(self, offset: int) -> int:
        return offset + sum(each < offset for each in self.wide)


def _has_wide(text: str) -> bool:
    return not text.isascii() and max(text) > "\uffff"
