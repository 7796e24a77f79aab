"""`load_dataset("adelie_hf/iefeedback", data_dir="samples/")`: preference rows, for direct preference optimisation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets

from adelie_hf import iefeedback
from adelie_hf.dataset_builder import MESSAGES, Builder, Config


@dataclass
class IEFeedbackConfig(Config):
    """`recipe` is the path of a YAML file; `seed` overrides the recipe's."""

    recipe: str | None = None
    seed: int | None = None

    def plan(self) -> dict[str, list[iefeedback.Part]]:
        return iefeedback.plan(self.data_dir, iefeedback.load_recipe(self.recipe, self.seed))

    def inputs(self) -> list[Path]:
        return [] if self.data_dir is None else iefeedback.inputs(self.data_dir, self.recipe)


class IEFeedback(Builder):
    BUILDER_CONFIG_CLASS = IEFeedbackConfig
    BUILDER_CONFIGS = [IEFeedbackConfig(name="default", description="Pairs of the samples in data_dir")]
    FEATURES = datasets.Features(
        {
            "id": datasets.Value("string"),
            "source": datasets.Value("string"),
            "task": datasets.Value("string"),
            "prompt": MESSAGES,
            "chosen": MESSAGES,
            "rejected": MESSAGES,
            "score_chosen": datasets.Value("float64"),
            "score_rejected": datasets.Value("float64"),
            "kind": datasets.Value("string"),
            "provenance": datasets.Json(),
        }
    )

    def published(self) -> Iterable[str]:
        return ("train",)

    def rows(self, part: iefeedback.Part) -> Iterator[dict[str, Any]]:
        return iefeedback.rows(part)
