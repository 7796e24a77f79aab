"""Predictions from files: one answer a held-out row, however the file calls it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.rows import InstructRow
from adelie_hf.text_files import read_json_lines

_SHOWN = 3  # ids in a message


class Predictions(NamedTuple):
    """The predictions of a system.

    Args:
        outputs: row id -> answer, for every held-out row.
        finishes: why answers end, where the file says so.
        others: how many predictions are for rows that are not held out.
    """

    outputs: dict[str, str]
    finishes: list[str]
    others: int


def read_predictions(file: str | Path, held_out: Sequence[InstructRow]) -> Predictions:
    """Read the answers to held-out rows from JSON lines, in any order.

    A line has `id` and `prediction`; or it is a line of a samples file, whose first sample counts; or of the samples
    that lm-evaluation-harness logs, where the id is that of the document.

    Raises:
        InputError: for a line in another form, a row that has two answers, and rows without an answer, by their ids.
    """
    known = {row["id"] for row in held_out}
    outputs: dict[str, str] = {}
    finishes: list[str] = []
    others = 0
    for number, line in read_json_lines(Path(file)):
        read = _read(line) if isinstance(line, dict) else None
        if read is None:
            raise InputError(
                f"{file}:{number}: not a prediction; a line has `id` and `prediction`, or is one of a samples file or "
                "of lm-evaluation-harness"
            )
        row_id, answer, finish = read
        if row_id in outputs:
            raise InputError(f"{file}:{number}: a second answer to {row_id!r}; keep one")
        if row_id not in known:
            others += 1
            continue
        outputs[row_id] = answer
        finishes += [finish] if finish else []
    if missing := [row["id"] for row in held_out if row["id"] not in outputs]:
        shown = ", ".join(missing[:_SHOWN]) + (f" and {len(missing) - _SHOWN:,} more" if missing[_SHOWN:] else "")
        raise InputError(
            f"{file}: {len(missing):,} of {len(known):,} held-out rows have no answer: {shown}; answer them, with an "
            "empty text where the system gave nothing"
        )
    return Predictions(outputs, finishes, others)


def _read(line: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return the id, the answer and why it ends; None for a line in another form."""
    match line:
        case {"id": str(row_id), "prediction": str(answer)}:
            return row_id, answer, ""
        case {"id": str(row_id), "samples": [str(answer), *_]}:
            return row_id, answer, next(iter(line.get("finish") or ()), "")
        case {"doc": {"id": str(row_id)}, "filtered_resps": [str(answer), *_]}:
            return row_id, answer, ""
        case {"doc": {"id": str(row_id)}, "filtered_resps": [[str(answer), *_], *_]}:
            return row_id, answer, ""
    return None
