"""`load_dataset("adelie_hf/iefeedback", data_dir="samples/")`: preference rows, for direct preference optimisation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets

from adelie_hf.build import BuildPlan
from adelie_hf.dataset_builder import Builder, Config
from adelie_hf.iefeedback import FeedbackUnit, load_recipe, make_rows, plan
from adelie_hf.iefeedback.feedback_rows import FEATURES


@dataclass
class IEFeedbackConfig(Config):
    """`recipe` is a YAML file, or the name of one of the library's; `seed` overrides the recipe's."""

    recipe: str | None = None
    seed: int | None = None

    def units(self) -> Mapping[str, Sequence[FeedbackUnit]]:
        return self._plan().units

    def inputs(self) -> Iterable[Path]:
        return [] if self.data_dir is None else self._plan().inputs.values()

    def _plan(self) -> BuildPlan[FeedbackUnit]:
        return plan(self.data_dir, load_recipe(self.recipe, self.seed), recipe_file=self.recipe)


class IEFeedback(Builder):
    """Pairs of the samples in `data_dir`."""

    BUILDER_CONFIG_CLASS = IEFeedbackConfig
    BUILDER_CONFIGS = [IEFeedbackConfig(name="default", description="Pairs of the samples in data_dir")]

    def features(self) -> datasets.Features:
        return FEATURES[load_recipe(self.config.recipe).shape]()

    def rows(self, unit: FeedbackUnit) -> Iterator[Mapping[str, Any]]:
        return make_rows(unit)

    def published_splits(self) -> Iterable[str]:
        return ("train",)
