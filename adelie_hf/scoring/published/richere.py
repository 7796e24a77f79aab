"""ADELIE's two scorers of RichERE: event types and argument roles (THU-KEG/ADELIE @ c9ba77b)."""

from __future__ import annotations

from adelie_hf.scoring.published.figures import PartCounts, PublishedScorer, marked_answer, ratios_with_epsilon

_EVENT_TYPES = (
    "acquit appeal arrestjail artifact attack beborn broadcast chargeindict contact convict correspondence"
    " declarebankruptcy demonstrate die divorce elect endorg endposition execute extradite fine injure marry meet"
    " mergeorg nominate pardon releaseparole sentence startorg startposition sue transaction transfermoney"
    " transferownership transportartifact transportperson trialhearing"
)
_ROLES = (
    "adjudicator agent artifact attacker audience beneficiary crime defendant destination entity giver instrument"
    " money org origin person place plaintiff position prosecutor recipient sentence target thing time victim"
)
# The categories as the published scorers spell them.
EVENT_TYPES, ROLES = frozenset(_EVENT_TYPES.split()), frozenset(_ROLES.split())


def count_richere_ed(prediction: str, reference: str) -> PartCounts:
    """Count triggers with their event types, case-sensitively."""
    return _count(marked_answer(prediction), reference, EVENT_TYPES)


def count_richere_eae(prediction: str, reference: str) -> PartCounts:
    """Count arguments with their roles, lower-cased."""
    return _count(marked_answer(prediction).lower(), reference.lower(), ROLES)


def _count(prediction: str, reference: str, categories: frozenset[str]) -> PartCounts:
    """Count sets of pieces without any white space.

    Predicted pieces of unknown categories and those that contain the letters `NA` anywhere are dropped; all gold
    pieces count.
    """
    gold = set("".join(reference.split()).split(";")) - {""}
    predicted = set()
    for piece in "".join(prediction.split()).split(";"):
        if "NA" not in piece and ":" in piece and piece.split(":")[1] in categories:
            predicted.add(piece)
    return {"": (len(predicted & gold), len(predicted), len(gold))}


RICHERE_ED = PublishedScorer(count_richere_ed, ratios_with_epsilon, tasks=("ed",), tuple_width=2)
RICHERE_EAE = PublishedScorer(count_richere_eae, ratios_with_epsilon, tasks=("eae",), tuple_width=2)
