"""`align.yaml` of a recipe folder: how `align` launches the scripts."""

from __future__ import annotations

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
