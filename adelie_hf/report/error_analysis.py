"""Where systems fail: counts of right and wrong items by source, task, type, length of the text, and frequency."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

from adelie_hf.answers import mentions
from adelie_hf.evaluation.confidences import Confidence, judge_answer
from adelie_hf.evaluation.item_errors import ERROR_CLASSES, Part, RowErrors
from adelie_hf.rows import InstructRow, gold
from adelie_hf.scoring.calibration import Judged, expected_calibration_error, reliability
from adelie_hf.tasks import CLOSED_TASKS, TASKS

LENGTHS = (0, 50, 100, 200, 400, 800, 1600, 3200)  # characters of a text
FREQUENCIES = (0, 1, 2, 5, 10, 50)  # training answers that have a mention


class Matches(NamedTuple):
    """The correct, predicted and gold parts of a class."""

    correct: int
    predicted: int
    gold: int

    @property
    def f1(self) -> float:
        """Exact-match F1; 0 without parts."""
        return 2 * self.correct / (self.predicted + self.gold) if self.correct else 0.0


class ErrorAnalysis:
    """The counts of systems, added up row by row.

    `counts` are those of a system on one task of a source: of each error class (`ERROR_CLASSES`), of `answers`, and of
    parts that are `gold`, `predicted`, and `asked` (predicted for a closed task, which has a schema and quotes the
    text).

    Args:
        systems: their names.
        train: the rows that they were trained on, if any.
    """

    def __init__(self, systems: Iterable[str], train: Iterable[InstructRow] = ()):
        self.systems = tuple(systems)
        self.seen = Counter(
            mention for row in train if row["task"] in CLOSED_TASKS for item in gold(row) for mention in mentions(item)
        )
        self.counts: defaultdict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
        self._judged: defaultdict[tuple[str, str], list[Judged]] = defaultdict(list)
        self._types = _Tally()
        self._lengths = _Tally()
        self._frequencies = _Tally()

    def add(self, row: InstructRow, system: str, errors: RowErrors, confidence: Confidence | None = None) -> None:
        """Count the answer of a system to a row."""
        source, task = row["source"], row["task"]
        if judged := [] if confidence is None else judge_answer(row, errors, confidence):
            self._judged[system, "answers" if isinstance(confidence, float) else "items"] += judged
        closed = TASKS[task].closed
        gold_parts, predicted = len(errors.gold), len(errors.predicted)
        counts = self.counts[source, task, system]
        counts.update(errors.counts())
        counts.update(answers=1, gold=gold_parts, predicted=predicted, asked=predicted if closed else 0)
        if not closed:
            return
        length = bisect_right(LENGTHS, len(row["text"]))
        for side, parts in enumerate(_sides(errors)):
            for part in parts:
                self._types.add((source, task, shown_category(row, part), system), side)
                self._lengths.add((length, system), side)
                if self.seen:
                    rarest = min(self.seen[mention] for mention in part.mentions)
                    self._frequencies.add((bisect_right(FREQUENCIES, rarest), system), side)

    @property
    def judged(self) -> dict[tuple[str, str], list[Judged]]:
        """The confidences by (system, `answers` or `items`: what has them)."""
        keys = product(self.systems, ("answers", "items"))
        return {key: self._judged[key] for key in keys if key in self._judged}

    @property
    def types(self) -> dict[tuple[str, str, str, str], Matches]:
        """The matches of closed tasks by (source, task, type, system)."""
        return self._types.matches()

    @property
    def lengths(self) -> dict[tuple[str, str], Matches]:
        """The matches of closed tasks by (class of the text's length, system), from short to long."""
        return _named(self._lengths.matches(), LENGTHS)

    @property
    def frequencies(self) -> dict[tuple[str, str], Matches]:
        """The matches of closed tasks by (class of the rarest mention's frequency in training answers, system)."""
        return _named(self._frequencies.matches(), FREQUENCIES)

    def to_json(self) -> dict[str, Any]:
        """Return all counts for JSON."""
        return {
            "errors": [
                {
                    **{"source": source, "task": task, "system": system},
                    **{name: counts[name] for name in ("answers", "gold", "predicted", *ERROR_CLASSES)},
                }
                for (source, task, system), counts in self.counts.items()
            ],
            "types": _lines(self.types, "source", "task", "type", "system"),
            "lengths": _lines(self.lengths, "characters", "system"),
            "frequencies": _lines(self.frequencies, "training_answers", "system"),
            "calibration": [
                {
                    **{"system": system, "of": kind, "number": len(judged)},
                    "expected_calibration_error": expected_calibration_error(judged),
                    "bins": [each._asdict() for each in reliability(judged)],
                }
                for (system, kind), judged in self.judged.items()
            ],
        }


def shown_category(row: InstructRow, part: Part) -> str:
    """Return the category of a part by its name in the source, where the prompt shows symbols instead."""
    if not row["choices"].get("symbols"):
        return part.category
    names = row["label_map"]
    return "/".join(names.get(name, name) for name in part.category.split("/", 1))


class _Tally:
    """The correct, predicted and gold parts of each key."""

    def __init__(self) -> None:
        self.sums: defaultdict[Hashable, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, key: Hashable, side: int) -> None:
        self.sums[key][side] += 1

    def matches(self) -> dict[Any, Matches]:
        return {key: Matches(*sums) for key, sums in self.sums.items()}


def _sides(errors: RowErrors) -> tuple[Sequence[Part], Sequence[Part], Sequence[Part]]:
    correct = [errors.gold[pair.gold] for pair in errors.pairs if pair.kind == "correct" and pair.gold is not None]
    return correct, errors.predicted, errors.gold


def _named(matches: dict[tuple[int, str], Matches], borders: Sequence[int]) -> dict[tuple[str, str], Matches]:
    """Return matches by the names of classes, in the order of the classes."""
    return {(_class_name(number, borders), system): matches[number, system] for number, system in sorted(matches)}


def _class_name(number: int, borders: Sequence[int]) -> str:
    """Return the name of the class below the border of a number.

    >>> [_class_name(number, (0, 1, 5)) for number in (1, 2, 3)]
    ['0', '1 to 4', '5 and more']
    """
    low = borders[number - 1]
    if number == len(borders):
        return f"{low:,} and more"
    high = borders[number] - 1
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _lines(matches: dict[Any, Matches], *names: str) -> list[dict[str, Any]]:
    return [
        {**dict(zip(names, key, strict=True)), **found._asdict(), "f1": found.f1} for key, found in matches.items()
    ]
