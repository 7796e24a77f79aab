"""`load_dataset("adelie_hf/ieinstruct", ...)`: records as instruction rows, for supervised fine-tuning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import datasets

from adelie_hf.build import BuildPlan, log_problems
from adelie_hf.dataset_builder import Builder, Config
from adelie_hf.ieinstruct import BuildUnit, load_recipe, make_rows, plan
from adelie_hf.manifest import Counts
from adelie_hf.rows import InstructRow, instruct_features
from adelie_hf.sources import all_sources, get_source


@dataclass
class IEInstructConfig(Config):
    """`recipe` is the path or name of a recipe; `seed` overrides the recipe's."""

    recipe: str | None = None
    seed: int | None = None

    def units(self) -> Mapping[str, Sequence[BuildUnit]]:
        return self._plan().units

    def inputs(self) -> Iterable[Path]:
        if self.data_dir is None and self.name != "sample":
            return []
        return self._plan().inputs.values()

    def _plan(self) -> BuildPlan[BuildUnit]:
        return plan(self.name, self.data_dir, load_recipe(self.recipe, self.seed), recipe_file=self.recipe)


class IEInstruct(Builder):
    """Rows of IEInstruct; the configuration is `sample`, `mixture` or a source."""

    BUILDER_CONFIG_CLASS = IEInstructConfig
    BUILDER_CONFIGS = [
        IEInstructConfig(name="sample", description="The embedded sample corpus"),
        IEInstructConfig(name="mixture", description="The training splits of all training sources below data_dir"),
        *(IEInstructConfig(name=name, description=source.title) for name, source in all_sources().items()),
    ]
    DEFAULT_CONFIG_NAME = "sample"

    def features(self) -> datasets.Features:
        return instruct_features()

    def rows(self, unit: BuildUnit) -> Iterator[InstructRow]:
        counts = Counts()
        yield from make_rows(unit, counts)
        log_problems(counts)

    def published_splits(self) -> Iterable[str]:
        if self.config.name == "sample":
            return ()  # its files are always present
        if self.config.name != "mixture":
            return get_source(self.config.name).splits
        kept_back = load_recipe(self.config.recipe, self.config.seed).feedback_share
        return ("train", "feedback") if kept_back else ("train",)
