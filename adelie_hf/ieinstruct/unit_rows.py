"""The rows of one unit of a build."""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.ieinstruct.category_batches import category_batches
from adelie_hf.ieinstruct.choose import Pool, choose_queries, survey
from adelie_hf.ieinstruct.extras import load_extras
from adelie_hf.ieinstruct.general import general_rows
from adelie_hf.ieinstruct.length import drop_long_rows
from adelie_hf.ieinstruct.row import held_out_row, iepile_row, training_row
from adelie_hf.ieinstruct.units import BuildUnit, GeneralUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import InstructRow

# Noted where a source has too few other documents to demonstrate from.
FEWER_DEMONSTRATIONS = "with fewer demonstrations than drawn"


def make_rows(unit: BuildUnit, counts: Counts | None = None) -> Iterator[InstructRow]:
    """Yield the rows of a unit, in the order of its files.

    Args:
        counts: counts queries as read, rows as kept, and dropped queries, records and rows by reason.

    Raises:
        InputError: for a file that cannot be read.
    """
    counts = Counts() if counts is None else counts
    rows = general_rows(unit, counts) if isinstance(unit, GeneralUnit) else _ie_rows(unit, counts)
    if unit.recipe.tokenizer:
        rows = drop_long_rows(rows, unit.recipe.tokenizer, unit.recipe.max_tokens, counts)
    yield from rows


def _ie_rows(unit: BuildUnit, counts: Counts) -> Iterator[InstructRow]:
    extras = load_extras(unit.recipe)
    queries, pool = choose_queries(unit, counts)
    if unit.demonstrated_by:
        training = survey(unit.demonstrated_by, Counts())
        pool = training.pool if training else Pool()
    for query in queries:
        if unit.recipe.iepile:
            rows = [iepile_row(batch, unit) for batch in category_batches(query, unit.recipe, extras.hard_negatives)]
        elif unit.augmented:
            rows = [training_row(query, unit, pool, extras)]
        else:
            rows = [held_out_row(query, unit, pool)]
        counts.kept["rows"] += len(rows)
        counts.noted[FEWER_DEMONSTRATIONS] += any(map(_has_fewer_demonstrations, rows))
        yield from rows


def _has_fewer_demonstrations(row: InstructRow) -> bool:
    choices = row["choices"]
    return len(choices.get("demonstrations", ())) < choices.get("demonstrations_drawn", 0)
