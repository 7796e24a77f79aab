"""`align.yaml` of a recipe folder, which says how `align` launches the scripts, and the check of the other files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.settings import Settings, read_settings


class AlignSettings(Settings):
    """The keys of `align.yaml`.

    >>> AlignSettings(accelerate="cpu-2").accelerate
    'cpu-2'
    """

    accelerate: str = "gpu"
    """The configuration of `accelerate launch`: a name in `recipes/accelerate`, or a file of the folder."""


def accelerate_file(recipe: Path) -> Path:
    """Return the accelerate configuration that a recipe folder names in its `align.yaml`.

    Raises:
        InputError: for an `align.yaml` that cannot be read, and for an unknown name.
    """
    name = read_settings(AlignSettings, recipe / "align.yaml").accelerate
    if (recipe / name).is_file():
        return recipe / name
    files = {file.stem: file for file in bundled("recipes", "accelerate").glob("*.yaml")}
    if name not in files:
        raise InputError(
            f"{recipe / 'align.yaml'}: no accelerate configuration {name!r}; "
            f"give one of {', '.join(sorted(files))}, or a YAML file in the recipe folder"
        )
    return files[name]


def check_script_settings(recipe: Path, names: Sequence[str]) -> None:
    """Check the files of a recipe folder that the scripts read: each key, and the type of each value.

    It runs in a process of its own: the classes of the keys belong to trl, whose import takes seconds.

    Args:
        recipe: the recipe folder.
        names: files without `.yaml`: `sft`, `dpo`, `sample`, `evaluate`, `model`.

    Raises:
        InputError: for the first file that a script would refuse.
    """
    command = [sys.executable, str(bundled("recipes", "check_settings.py")), str(recipe), *names]
    finished = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if finished.returncode:
        lines = finished.stderr.strip().splitlines() or ["no output"]
        raise InputError(lines[-1].removeprefix("InputError: "))
