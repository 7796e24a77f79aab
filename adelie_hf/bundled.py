"""Find the files of `dataset_scripts/`, `metrics/` and `recipes/` in a wheel, an editable install and a checkout."""

from __future__ import annotations

from pathlib import Path

from adelie_hf.errors import InputError

_PACKAGE = Path(__file__).parent

# A wheel holds the three folders inside the package, a checkout beside it.
ROOT = _PACKAGE if (_PACKAGE / "dataset_scripts").is_dir() else _PACKAGE.parent


def bundled(*parts: str) -> Path:
    """Return the path of a bundled file or folder: `bundled("recipes", "sft.py")`.

    Raises:
        InputError: when the installation does not hold it.
    """
    path = ROOT.joinpath(*parts)
    if not path.exists():
        raise InputError(f"{'/'.join(parts)}: not part of this installation of adelie_hf; install it again")
    return path
