"""Two trivial baselines, reported beside every score."""

from __future__ import annotations

from collections.abc import Sequence

from adelie_hf.likeness import TextIndex
from adelie_hf.prompts import write
from adelie_hf.rows import InstructRow, gold


def empty_answers(rows: Sequence[InstructRow]) -> list[str]:
    """Return the empty answer for each row."""
    return [write((), row["task"]) for row in rows]


def nearest_answers(rows: Sequence[InstructRow], train: Sequence[InstructRow]) -> list[str]:
    """Return for each row the answer of the training row with the most similar text, in the text format.

    Similarity is that of `likeness.TextIndex`; of equally similar rows the first one counts. A row that shares no word
    with a training row gets the empty answer.
    """
    index = TextIndex([row["text"] for row in train])
    nearest = (index.nearest(row["text"]) for row in rows)
    return [
        write(gold(train[numbers[0]]) if numbers else (), row["task"])
        for row, numbers in zip(rows, nearest, strict=True)
    ]
