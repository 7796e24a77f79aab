"""The units of a build of IEInstruct: one task of one split of a source, with everything that its rows depend on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adelie_hf.ieinstruct.held_out import HeldOutPart
from adelie_hf.ieinstruct.recipe import Partition, Recipe
from adelie_hf.sources import Split


@dataclass(frozen=True, slots=True)
class BuildUnit:
    """One task of one split of a source, and how its rows are made.

    Args:
        partition: the part of the source that it belongs to.
        own_split: the partition is cut out of the split by document.
        prefix: goes before the source and the ids of its rows.
        demonstrated_by: units of which the first that has solved queries gives the demonstrations of held-out rows.
        in_mixture: own data may have records of other sources; those of held-out ones are left out.
        held_out: the parts of sources whose texts its rows are not about.
    """

    task: str
    split: Split
    recipe: Recipe
    partition: Partition = "as_published"
    own_split: bool = False
    prefix: str = ""
    demonstrated_by: tuple[BuildUnit, ...] = ()
    in_mixture: bool = False
    held_out: tuple[HeldOutPart, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that are read for it."""
        return self.split.files

    @property
    def augmented(self) -> bool:
        """Rows to train on or to sample for are augmented as the recipe says; held-out rows are plain."""
        training = self.partition in ("train", "feedback") or (
            self.partition == "as_published" and self.split.name == "train"
        )
        return training and not self.recipe.iepile

    def entry(self) -> dict[str, str]:
        """Return what the manifest records of it."""
        file = self.files[0].name if len(self.files) == 1 else f"{len(self.files)} files" if self.files else ""
        fields = {
            "source": f"{self.prefix}{self.split.source}",
            "task": self.task,
            "partition": "" if self.partition == "as_published" else self.partition,
            "file": file,
        }
        return {name: value for name, value in fields.items() if value}


@dataclass(frozen=True, slots=True)
class GeneralUnit(BuildUnit):
    """The general chat data of a mixture: as many rows as give the IE units, `others`, the recipe's share."""

    others: tuple[BuildUnit, ...] = ()
