"""The recipe of a build: a YAML file of the fields below, all of them optional."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adelie_hf.settings import read_settings


@dataclass(frozen=True, slots=True)
class Recipe:
    """How IEInstruct is built from records (paper, section 3; appendix B.1).

    Args:
        seed: every choice is drawn from it.
        cap: at most this many training rows for each source and task (examples-proportional mixing).
        held_out_cap: at most this many held-out rows for each source and task; none keeps all.
        no_answer: the share of the training queries without an answer that is kept (section 3.1 drops 80 %).
        json: the share of training rows that ask for JSON instead of the text format.
        own_split: the share of documents held out of a source that comes without a training split.
    """

    seed: int = 42
    cap: int = 5000
    held_out_cap: int | None = None
    no_answer: float = 0.2
    json: float = 0.2
    own_split: float = 0.2


def load_recipe(path: str | Path | None = None, seed: int | None = None) -> Recipe:
    """Reads a recipe, or the default one without a path; `seed` overrides the recipe's.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value out of range.
    """
    return read_settings(Recipe, path, seed=seed)
