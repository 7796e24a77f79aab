"""A part: one task of one split of a source, and all that its rows depend on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.sources import Split


@dataclass(frozen=True, slots=True)
class BuildUnit:
    """One task of one split of a source, and how its rows are made.

    `side` is `train` or `held-out` where the recipe's filters apply, and empty where a split is taken
    as published. `own_split` says that the side is cut out of the split by document.
    """

    task: str
    split: Split
    recipe: Recipe
    side: str = ""
    own_split: bool = False
    prefix: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read for it."""
        return self.split.files

    @property
    def augmented(self) -> bool:
        """Whether its rows are written in the recipe's many ways: training rows are, held-out ones are plain."""
        training = self.side == "train" or (not self.side and self.split.name == "train")
        return training and not self.recipe.iepile

    def described(self) -> dict[str, str]:
        """What a manifest says of it."""
        file = self.files[0].name if len(self.files) == 1 else f"{len(self.files)} files" if self.files else ""
        said = {"source": f"{self.prefix}{self.split.source}", "task": self.task, "side": self.side, "file": file}
        return {name: value for name, value in said.items() if value}
