"""`load_dataset("adelie_hf/records", "fewrel", data_dir="raw/fewrel")`: the records of one raw data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets

from adelie_hf.building import Builder, Config
from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources import Split, find, read, source, sources
from adelie_hf.sources.columns import JSON_COLUMNS, TEXT_COLUMNS, columns


@dataclass
class RecordsConfig(Config):
    def plan(self) -> dict[str, list[Split]]:
        if self.name not in sources():
            raise InputError(f"adelie_hf/records: name a source as the configuration, one of {', '.join(sources())}")
        if self.data_dir is None:
            raise InputError(f"adelie_hf/records {self.name}: give data_dir, the folder that holds the raw files")
        return {name: [split] for name, split in find(self.data_dir, (self.name,))[self.name].splits.items()}

    def inputs(self) -> list[Path]:
        if self.data_dir is None or self.name not in sources():
            return []
        return [file for (split,) in self.plan().values() for file in (*split.files, *split.beside)]


class Records(Builder):
    BUILDER_CONFIG_CLASS = RecordsConfig
    BUILDER_CONFIGS = [RecordsConfig(name=name, description=each.title) for name, each in sources().items()]
    FEATURES = datasets.Features(
        {name: datasets.Value("string") for name in TEXT_COLUMNS} | {name: datasets.Json() for name in JSON_COLUMNS}
    )

    def published(self) -> Iterable[str]:
        return source(self.config.name).splits

    def rows(self, part: Split) -> Iterator[dict[str, Any]]:
        return (columns(record) for record in read(part) if isinstance(record, Record))
