"""Finds the files of `dataset_scripts/`, `metrics/` and `recipes/` in a wheel, an editable install and a checkout."""

from __future__ import annotations

from pathlib import Path

import adelie_hf
from adelie_hf.errors import InputError


def bundled(*parts: str) -> Path:
    """The path of a bundled file or folder: `bundled("recipes", "sft.py")`.

    Raises:
        InputError: when the installation does not hold it.
    """
    for place in adelie_hf.__path__:
        if (path := Path(place, *parts)).exists():
            return path
    raise InputError(f"{'/'.join(parts)}: not part of this installation of adelie_hf; install it again")
