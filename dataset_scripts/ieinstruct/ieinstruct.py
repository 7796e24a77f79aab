"""`load_dataset("adelie_hf/ieinstruct", ...)`: records as chat rows, for supervised fine-tuning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets

from adelie_hf import ieinstruct
from adelie_hf.dataset_builder import MESSAGES, Builder, Config
from adelie_hf.sources import all_sources, get_source


@dataclass
class IEInstructConfig(Config):
    """`recipe` is the path of a YAML file; `seed` overrides the recipe's."""

    recipe: str | None = None
    seed: int | None = None

    def plan(self) -> dict[str, list[ieinstruct.BuildUnit]]:
        return ieinstruct.plan(self.name, self.data_dir, self._recipe())

    def inputs(self) -> list[Path]:
        if self.data_dir is None and self.name != "sample":
            return []
        return ieinstruct.inputs(self.plan(), self._recipe(), self.recipe)

    def _recipe(self) -> ieinstruct.Recipe:
        return ieinstruct.load_recipe(self.recipe, self.seed)


class IEInstruct(Builder):
    BUILDER_CONFIG_CLASS = IEInstructConfig
    BUILDER_CONFIGS = [
        IEInstructConfig(name="sample", description="The embedded sample corpus"),
        IEInstructConfig(name="mixture", description="The training splits of all training sources below data_dir"),
        *(IEInstructConfig(name=name, description=each.title) for name, each in all_sources().items()),
    ]
    DEFAULT_CONFIG_NAME = "sample"
    FEATURES = datasets.Features(
        {
            "id": datasets.Value("string"),
            "source": datasets.Value("string"),
            "task": datasets.Value("string"),
            "prompt": MESSAGES,
            "completion": MESSAGES,
            "format": datasets.Value("string"),
            "schema": [{"name": datasets.Value("string"), "roles": [datasets.Value("string")]}],
            "text": datasets.Value("string"),
            "label_map": datasets.Json(),
            "answer": datasets.Json(),
            "choices": datasets.Json(),
        }
    )

    def published(self) -> Iterable[str]:
        if self.config.name == "sample":
            return ()  # its files are always there
        return ("train",) if self.config.name == "mixture" else get_source(self.config.name).splits

    def rows(self, part: ieinstruct.BuildUnit) -> Iterator[dict[str, Any]]:
        return ieinstruct.rows(part)
