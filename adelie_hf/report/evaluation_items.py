"""The rows of an evaluation as compact JSON, from which the script of the report's page shows them.

Every text and name is there once, and what the script can derive is left out: a mention that the text has is its
place, and a correct item that of the gold answer. A table is there whole, the names of its columns by number.
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from adelie_hf.answers import Answer, Table
from adelie_hf.draws import draw
from adelie_hf.evaluation.item_errors import PAIR_KINDS, Part, PartPair, RowErrors
from adelie_hf.prompts.format_instructions import format_instruction
from adelie_hf.report.error_analysis import shown_category
from adelie_hf.rows import InstructRow
from adelie_hf.tasks import TASKS, title_of

MOST_BYTES = 28_000_000  # of listed rows: a browser opens a page of 30 MB within seconds
_NUMBER = 8  # bytes of the number of a name and its comma, at most
_OFF_SCHEMA, _NOT_IN_TEXT = 1, 2
_NAMES = ("sources", "tasks", "types", "columns", "texts")

# HTML ends a script at `</script`, and UTF-8 has no half of a surrogate pair.
_UNWRITABLE = re.compile("[<\ud800-\udfff]")


def _size(text: str) -> int:
    return len(_as_json(text).encode())


def _as_json(value: object) -> str:
    """Return JSON that may stand inside a script element, in any encoding of Unicode."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _UNWRITABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class ItemData:
    """The rows and their answers, added one by one: all, or as many as a page has room for, drawn by their ids.

    Args:
        systems: the systems whose answers follow.
    """

    def __init__(self, systems: Iterable[str]):
        self.systems = tuple(systems)
        self._added = 0
        self._kept: list[tuple[float, int, _RowData]] = []  # a heap, the row that was drawn last first
        self._bytes = 0  # of what is kept, without names
        self._left_out = 1.0  # the smallest draw of a row that there is no room for

    def add(self, row: InstructRow, outputs: Mapping[str, str], errors: Mapping[str, RowErrors]) -> None:
        """Add a row with the answer of each system."""
        self._added += 1
        drawn = draw(0, row["id"], "listed")
        if drawn >= self._left_out:
            return
        data = _row_data(row, outputs, errors)
        heapq.heappush(self._kept, (-drawn, self._added, data))
        self._bytes += data.bytes
        while self._bytes > MOST_BYTES:
            last, _, data = heapq.heappop(self._kept)
            self._left_out = -last
            self._bytes -= data.bytes

    def _listed(self) -> list[_RowData]:
        """Return the rows that a page has room for, in the order in which they were added."""
        room = MOST_BYTES
        seen: set[tuple[str, str]] = set()
        listed = []
        for _, place, data in sorted(self._kept, reverse=True):
            new = {*data.names} - seen
            room -= data.bytes + sum(_size(name) + 1 for _, name in new)
            if room < 0:
                break
            seen |= new
            listed.append((place, data))
        return [data for _, data in sorted(listed)]

    def to_json(self) -> tuple[str, int]:
        """Return the data of the listed rows as JSON that may stand inside a script element, and their number."""
        numbers: dict[str, dict[str, int]] = {name: {} for name in _NAMES}
        rows: list[str] = []
        answers: list[list[str]] = [[] for _ in self.systems]
        for data in self._listed():
            places = [numbers[table].setdefault(name, len(numbers[table])) for table, name in data.names]
            rows.append(f"[{data.id},{_as_json(places)},{data.gold}]")
            for given, answer in zip(answers, data.answers, strict=True):
                given.append(answer)
        tables = {name: list(table) for name, table in numbers.items()}
        names = _as_json({"systems": self.systems, **tables, "titles": list(map(title_of, numbers["tasks"]))})
        lists = ",".join(f"[{','.join(given)}]" for given in answers)
        return f'{names[:-1]},"rows":[{",".join(rows)}],"answers":[{lists}]}}', len(rows)


class _RowData(NamedTuple):
    """A row and its answers as JSON; what rows share are `names`, to which the JSON refers by their places.

    The places depend neither on other rows nor on the order of the systems, and nor do the `bytes`, which have room
    for the number of each name.
    """

    names: list[tuple[str, str]]
    id: str
    gold: str
    answers: list[str]
    bytes: int


def _row_data(row: InstructRow, outputs: Mapping[str, str], errors: Mapping[str, RowErrors]) -> _RowData:
    names = [("sources", row["source"]), ("tasks", row["task"]), ("texts", row["text"])]
    found = list(errors.values())
    if TASKS[row["task"]].item is Table:
        names += [("texts", _request(row))]
        places = _add_names(names, "columns", _columns(found))
        gold, compared = _tables(found, places)
    else:
        places = _add_names(names, "types", _types(row, found))
        gold, compared = _items(row, found, places)
    written = _as_json(gold)
    answers = [
        _as_json([outputs[system], each.status[0], *answer])
        for (system, each), answer in zip(errors.items(), compared, strict=True)
    ]
    row_id = _as_json(row["id"])
    size = sum(len(text.encode()) + 2 for text in (row_id, written, *answers)) + 4 + _NUMBER * len(names)
    return _RowData(names, row_id, written, answers, size)


def _add_names(names: list[tuple[str, str]], table: str, added: Iterable[str]) -> dict[str, int]:
    """Add names in the order of the alphabet; return their places."""
    start, ordered = len(names), sorted(added)
    names += [(table, name) for name in ordered]
    return {name: start + at for at, name in enumerate(ordered)}


def _types(row: InstructRow, errors: Sequence[RowErrors]) -> set[str]:
    if not TASKS[row["task"]].closed:
        return set()
    return {shown_category(row, part) for found in errors for part in (*found.gold, *found.predicted)}


def _columns(errors: Sequence[RowErrors]) -> set[str]:
    items = (item for found in errors for item in (*found.gold_answer, *found.answer))
    return {name for item in items if isinstance(item, Table) for name in item.header}


def _items(
    row: InstructRow, errors: Sequence[RowErrors], places: Mapping[str, int]
) -> tuple[list[Any], list[list[Any]]]:
    """Return the gold parts, and of each answer [pairs]."""
    units = _Units(row["text"])
    answers: list[list[Any]] = []
    for found in errors:
        predicted = _parts(row, found.predicted, found.answer, units, places)
        answers.append([[_pair(pair, found, predicted) for pair in found.pairs]])
    return _parts(row, errors[0].gold, errors[0].gold_answer, units, places), answers


def _parts(
    row: InstructRow, parts: Sequence[Part], answer: Answer, units: _Units, categories: Mapping[str, int]
) -> list[list[Any]]:
    """Return [category, mention ...] of each part, a mention as its place or, where the text lacks it, its words.

    The category is the place of its name; an extraction of open IE has an empty one.
    """
    from adelie_hf.extraction.grounding import ground  # on first use: most reports have no texts

    places = (mention.fragments for item in ground(answer, row["text"], exact=True) for _, mention in item)
    lines = []
    for part in parts:
        category = shown_category(row, part)
        line: list[Any] = [categories.get(category, category)]
        for words in part.mentions:
            place = next(places)
            line.append([units.offset(offset) for offset in place[0]] if place else words)
        lines.append(line)
    return lines


def _tables(errors: Sequence[RowErrors], columns: Mapping[str, int]) -> tuple[list[Any], list[list[Any]]]:
    """Return the gold table, and of each answer [no pairs, table, kinds of the cells]."""
    answers = [[[], _table(found.answer, columns), _cell_kinds(found)] for found in errors]
    return _table(errors[0].gold_answer, columns), answers


def _table(answer: Answer, columns: Mapping[str, int]) -> list[list[Any]]:
    """Return the header and the rows of a table, an empty list without one."""
    lines: list[list[Any]] = []
    for table in answer:
        if isinstance(table, Table):
            lines.append([columns[name] for name in table.header])
            lines += [[cell if cell.strip() else "" for cell in cells] for cells in table.rows]
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
