"""Checks of the numbers that say what is sampled."""

from __future__ import annotations

import math

from adelie_hf.errors import InputError


def check_counts(**counts: int | None) -> None:
    """Raise InputError for a number that is not positive; None is no number."""
    for name, number in counts.items():
        if number is not None and number < 1:
            raise InputError(f"{name} is {number}; give a whole number from 1", parameter=name)


def check_temperature(temperature: float) -> None:
    """Raise InputError for a temperature that is not a finite number from 0."""
    if not 0 <= temperature < math.inf:
        raise InputError(f"temperature is {temperature}; give a number from 0", parameter="temperature")
