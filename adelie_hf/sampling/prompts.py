"""The prompts to sample for."""

from __future__ import annotations

from collections.abc import Sequence

from adelie_hf.draws import draw
from adelie_hf.rows import InstructRow
from adelie_hf.tasks import GENERAL


def choose_prompts(rows: Sequence[InstructRow], number: int | None, seed: int) -> list[InstructRow]:
    """Return at most `number` rows, those with the smallest draws, in their original order; all rows for None.

    Rows of general data are left out: without a gold answer their samples cannot be scored.
    """
    rows = [row for row in rows if row["task"] != GENERAL]
    chosen = {row["id"] for row in sorted(rows, key=lambda row: draw(seed, row["id"], "prompt"))[:number]}
    return [row for row in rows if row["id"] in chosen]
