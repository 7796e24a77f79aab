"""Comparison under Unicode normalisation, which every metric has as the option `unicode`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Literal, cast

from adelie_hf.errors import InputError
from adelie_hf.scoring import validation
from adelie_hf.scoring.validation import CarbExtraction

UNICODE_FORMS = ("NFC", "NFKC")

Normalize = Callable[[str], str]


def unicode_normalizer(unicode: str | None, *, mode: str = "corrected") -> Normalize | None:
    """Return the function that brings a string into a normal form of Unicode, or None where strings stay as they are.

    Raises:
        InputError: for an unknown form, and for one in reference mode.
    """
    if unicode is None:
        return None
    validation.check_choice("unicode", unicode, UNICODE_FORMS)
    if mode == "reference":
        raise InputError("mode is 'reference', which compares strings as they are; leave out unicode=")
    form = cast(Literal["NFC", "NFKC"], unicode)
    return lambda text: unicodedata.normalize(form, text)


def normal_extractions(name: str, column: object, normalize: Normalize | None) -> object:
    """Return a column of extractions in normal form; an entry may be None."""
    if normalize is None:
        return column
    return [
        entry and [_normal(extraction, normalize) for extraction in entry]
        for entry in validation.optional_extraction_column(name, column)
    ]


def _normal(extraction: CarbExtraction, normalize: Normalize) -> CarbExtraction:
    return {
        "predicate": normalize(extraction["predicate"]),
        "arguments": [normalize(argument) for argument in extraction["arguments"]],
        "confidence": extraction["confidence"],
    }


def normal_strings(name: str, column: object, normalize: Normalize | None) -> object:
    """Return a column of strings in normal form; None stays None."""
    if normalize is None or column is None:
        return column
    return [normalize(text) for text in validation.string_column(name, column)]
