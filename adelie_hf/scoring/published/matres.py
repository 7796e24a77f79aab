"""ADELIE's scorer of MATRES (THU-KEG/ADELIE @ c9ba77b)."""

from __future__ import annotations

import re

from adelie_hf.scoring.published.figures import (
    PartCounts,
    PublishedScorer,
    UnreadableGold,
    bracketed_triples,
    ratios_or_nan,
)

LABELS = ("before", "after", "equal", "vague")


def count_matres(prediction: str, reference: str) -> PartCounts:
    """Count every label that occurs in the middle of the first triple as predicted."""
    if reference not in (*LABELS, "none", ""):
        raise UnreadableGold
    triples = bracketed_triples(prediction.lower()) if _is_read(prediction) else []
    relation = triples[0][1] if triples else ""
    return {
        label: (int(label in relation and label == reference), int(label in relation), int(label == reference))
        for label in LABELS
    }


def _is_read(output: str) -> bool:
    """Return whether the published scorer reads an output.

    Some line must have one of the letters of `[Answer]`, then a colon and a space, then a letter or hyphen: the
    published pattern is meant as the marker and is a character class.
    """
    for line in output.split("\n"):
        letter = re.search("[Answer]", line)
        colon = line.find(": ", letter.end()) if letter else -1
        if colon >= 0:  # only the first such line counts
            return re.search("[a-zA-Z-]", line[colon + 2 :]) is not None
    return False


MATRES = PublishedScorer(count_matres, ratios_or_nan, tasks=("ere",), tuple_width=3)
