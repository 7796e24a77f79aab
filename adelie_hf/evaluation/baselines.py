"""Trivial baselines: `empty` and `nearest` are reported beside every score, `constant` beside those of benchmarks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from adelie_hf.answers import Triple
from adelie_hf.likeness import TextIndex
from adelie_hf.prompts import write
from adelie_hf.rows import InstructRow, gold


def empty_answers(rows: Sequence[InstructRow]) -> list[str]:
    """Return the empty answer for each row."""
    return [write((), row["task"], row["format"]) for row in rows]


def nearest_answers(rows: Sequence[InstructRow], train: Sequence[InstructRow]) -> list[str]:
    """Return for each row the answer of the training row with the most similar text, in the format of the row.

    Similarity is that of `likeness.TextIndex`; of equally similar rows the first one counts. A row that shares no word
    with a training row gets the empty answer.
    """
    index = TextIndex([row["text"] for row in train])
    nearest = (index.nearest(row["text"]) for row in rows)
    return [
        write(gold(train[numbers[0]]) if numbers else (), row["task"], row["format"])
        for row, numbers in zip(rows, nearest, strict=True)
    ]


def constant_answers(rows: Sequence[InstructRow]) -> list[str]:
    """Return the most frequent gold relation as the answer to each row of a task that asks about a pair of mentions.

    A row without an answer does not say which pair it asks about; whatever is answered there is wrong.
    """
    answers = [gold(row) for row in rows]
    counts = Counter(item[1] for answer in answers for item in answer if isinstance(item, Triple))
    relation = counts.most_common(1)[0][0] if counts else ""
    asked = [next((item for item in answer if isinstance(item, Triple)), Triple("?", "", "?")) for answer in answers]
    return [
        write((Triple(pair[0], relation, pair[2]),), row["task"], row["format"])
        for pair, row in zip(asked, rows, strict=True)
    ]
