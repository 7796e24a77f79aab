"""The rows of one unit of a build."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from adelie_hf.ieinstruct.augment import ALL_FIT, Room
from adelie_hf.ieinstruct.category_batches import category_batches
from adelie_hf.ieinstruct.choose import Pool, choose_queries, survey
from adelie_hf.ieinstruct.extras import load_extras
from adelie_hf.ieinstruct.general import general_rows
from adelie_hf.ieinstruct.length import Draft, fitting_rows, length_filter
from adelie_hf.ieinstruct.row import held_out_row, iepile_row, training_row
from adelie_hf.ieinstruct.units import BuildUnit, GeneralUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import InstructRow

# Noted where a source has too few other documents to demonstrate from.
FEWER_DEMONSTRATIONS = "with fewer demonstrations than drawn"
# Noted where a row would be longer than the model reads.
WITH_FEWER = "with fewer demonstrations, so that they fit"
WITH_SHORTER = "with one demonstration, a shorter one, so that it fits"
WITH_NONE = "without demonstrations, since none fits"

_SHORTER = (4096, 2048, 1024, 512, 256, 128, 64)  # characters of a demonstration's text


def make_rows(unit: BuildUnit, counts: Counts | None = None) -> Iterator[InstructRow]:
    """Yield the rows of a unit, in the order of its files.

    Args:
        counts: counts queries as read, rows as kept, and dropped queries, records and rows by reason.

    Raises:
        InputError: for a file that cannot be read.
    """
    counts = Counts() if counts is None else counts
    drafts: Iterator[Draft]
    drafts = map(Draft, general_rows(unit, counts)) if isinstance(unit, GeneralUnit) else _ie_rows(unit, counts)
    if unit.recipe.tokenizer:
        most = unit.recipe.max_tokens
        too_long = length_filter(unit.recipe.tokenizer, most)
        yield from fitting_rows(drafts, too_long, f"longer than {most:,} tokens", counts)
    else:
        yield from (draft.row for draft in drafts)


def _ie_rows(unit: BuildUnit, counts: Counts) -> Iterator[Draft]:
    extras = load_extras(unit.recipe)
    queries, pool = choose_queries(unit, counts)
    for shown in unit.demonstrated_by:
        training = survey(shown, Counts())
        pool = training.pool if training else Pool()
        if pool.demonstrations:
            break
    for query in queries:
        if unit.recipe.iepile:
            batches = category_batches(query, unit.recipe, extras.hard_negatives)
            drafts = [Draft(iepile_row(batch, unit)) for batch in batches]
        elif unit.augmented:
            drafts = [_draft(partial(training_row, query, unit, pool, extras))]
        else:
            drafts = [_draft(partial(held_out_row, query, unit, pool))]
        counts.kept["rows"] += len(drafts)
        counts.noted[FEWER_DEMONSTRATIONS] += any(_has_fewer_demonstrations(draft.row) for draft in drafts)
        yield from drafts


def _has_fewer_demonstrations(row: InstructRow) -> bool:
    choices = row["choices"]
    return len(choices.get("demonstrations", ())) < choices.get("demonstrations_drawn", 0)


def _draft(make: Callable[[Room], InstructRow]) -> Draft:
    row = make(ALL_FIT)
    number = len(row["choices"].get("demonstrations", ()))
    return Draft(row, partial(_shorter_rows, make, number))


def _shorter_rows(make: Callable[[Room], InstructRow], number: int) -> Iterator[tuple[str, InstructRow]]:
    """Yield a row with fewer and fewer demonstrations, then with one that is shorter and shorter, then with none."""
    for most in range(number - 1, 0, -1):
        yield WITH_FEWER, make(Room(most))
    if number:
        for characters in _SHORTER:
            row = make(Room(1, characters))
            if row["choices"]["demonstrations"]:
                yield WITH_SHORTER, row
        yield WITH_NONE, make(Room(0))
