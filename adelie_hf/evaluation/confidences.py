"""Confidences of predictions, and whether what has them is right."""

from __future__ import annotations

from typing import TypeGuard

from adelie_hf.errors import InputError
from adelie_hf.evaluation.item_errors import RowErrors, parts
from adelie_hf.prompts import parse
from adelie_hf.rows import InstructRow
from adelie_hf.scoring.calibration import Judged
from adelie_hf.scoring.validation import short_repr

# That of a whole answer, or those of its items in their order.
Confidence = float | tuple[float, ...]


def read_confidence(value: object, row: InstructRow, output: str, place: str) -> Confidence:
    """Return the confidence of an answer to a row.

    Args:
        value: what the file has as `confidence`.
        place: the file and the line.

    Raises:
        InputError: for what is no number from 0 to 1, and for a list of another length than the answer that was read.
    """
    if _is_confidence(value):
        return float(value)
    if not isinstance(value, list) or not all(map(_is_confidence, value)):
        raise InputError(
            f"{place}: the confidence is {short_repr(value)}; give a number from 0 to 1 for the answer, or a list "
            "with one for each of its items"
        )
    items = len(parse(output, row["task"], row["format"]).items)
    if len(value) != items:
        raise InputError(
            f"{place}: items read from the answer: {items}, their confidences: {len(value)}; give one for each, in "
            "the order of the answer"
        )
    return tuple(map(float, value))


def _is_confidence(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def judge_answer(row: InstructRow, errors: RowErrors, confidence: Confidence) -> list[Judged]:
    """Return each confidence of an answer with whether what has it is right.

    An item is right if it has parts and all of them are correct, a whole answer if it was read and has no error.
    """
    if isinstance(confidence, float):
        return [(confidence, errors.status != "invalid" and all(pair.kind == "correct" for pair in errors.pairs))]
    correct = {pair.predicted for pair in errors.pairs if pair.kind == "correct"}
    judged = []
    end = 0
    for item, own in zip(errors.answer, confidence, strict=True):
        start, end = end, end + len(parts((item,), row["task"]))
        judged.append((own, start < end and correct.issuperset(range(start, end))))
    return judged
