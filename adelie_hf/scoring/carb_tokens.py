"""Tuples of open information extraction as sets of tokens, the form in which CaRB matches them.

`scoring.carb` explains the corrections that the functions take by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from adelie_hf.scoring.validation import CarbExtraction

_SAYING = frozenset({"said", "told", "added", "adds", "says"})
_SAYING_LETTERS = re.compile("|".join(_SAYING))
FORMS_OF_BE = frozenset({"be", "is", "am", "are", "was", "were", "been", "being"})

Corrections = frozenset[str]
Fields = tuple[frozenset[str], ...]
Scores = tuple[float, float]  # token precision and recall
Cell = tuple[float, float, int, int]  # -precision, -recall where it breaks a tie, gold tuple, prediction
Raised = tuple[int, float]  # gold tuple and its new recall


class TokenTuple(NamedTuple):
    """A tuple as it is matched.

    `fields` has the token set of the predicate and of at most two arguments; `length` is the number of tokens in all,
    `is_saying` states that the predicate is a verb of saying.
    """

    fields: Fields
    length: int
    is_saying: bool
    confidence: float


def token_tuples(extractions: Sequence[CarbExtraction], corrections: Corrections) -> list[TokenTuple]:
    """Return the extractions of a sentence as tuples of tokens, sorted by content where `ties` is corrected."""
    if "ties" in corrections and len(extractions) > 1:
        extractions = sorted(extractions, key=lambda extraction: (extraction["predicate"], *extraction["arguments"]))
    return [_token_tuple(extraction, corrections) for extraction in extractions]


def _token_tuple(extraction: CarbExtraction, corrections: Corrections) -> TokenTuple:
    predicate, arguments = extraction["predicate"], extraction["arguments"]
    texts = [predicate, arguments[0], " ".join(arguments[1:])] if len(arguments) > 1 else [predicate, *arguments]
    fields, length = [], 0
    for text in texts:
        tokens = text.split()
        length += len(tokens)
        distinct = frozenset(tokens)
        fields.append(distinct if len(distinct) == len(tokens) else _numbered(tokens))
    if "words" in corrections:
        is_saying = not _SAYING.isdisjoint(fields[0])
    else:
        is_saying = _SAYING_LETTERS.search(predicate) is not None
    return TokenTuple(tuple(fields), length, is_saying, extraction["confidence"])


def _numbered(tokens: list[str]) -> frozenset[str]:
    """Return a multiset of tokens as a set: repetitions are numbered, so that intersections keep their sizes."""
    repetitions: dict[str, int] = {}
    numbered = set()
    for token in tokens:
        repetitions[token] = repetition = repetitions.get(token, -1) + 1
        numbered.add(f"{token} {repetition}" if repetition else token)  # no token contains a space
    return frozenset(numbered)
