"""The rows of IEFeedback, in the shape that the recipe asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adelie_hf.build import Features
from adelie_hf.iefeedback.pairs import pair_rows
from adelie_hf.iefeedback.recipe import Shape
from adelie_hf.iefeedback.shapes import shaped_rows
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import instruct_features, preference_features, ranked_features, unpaired_features

FEATURES: dict[Shape, Features] = {
    "pairs": preference_features,
    "all_pairs": preference_features,
    "unpaired": unpaired_features,
    "ranked": ranked_features,
    "best_of_n": instruct_features,
}


def make_rows(unit: FeedbackUnit, counts: Counts | None = None) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of samples files, in the order of their lines.

    Args:
        counts: counts prompts as read, what is kept, and dropped prompts by reason.

    Raises:
        InputError: for a file that is not a samples file, and for a prompt that occurs twice.
    """
    rows = pair_rows if unit.recipe.shape == "pairs" else shaped_rows
    return rows(unit, Counts() if counts is None else counts)
