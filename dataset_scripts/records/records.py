"""`load_dataset("adelie_hf/records", "fewrel", data_dir="raw/fewrel")`: the records of one raw data set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import datasets

from adelie_hf.dataset_builder import Builder, Config
from adelie_hf.errors import InputError
from adelie_hf.record_columns import JSON_COLUMNS, TEXT_COLUMNS, RecordColumns, to_columns
from adelie_hf.sources import Split, all_sources, find_sources, get_source, usable_records


@dataclass
class RecordsConfig(Config):
    """The name of the configuration is that of a source."""

    def units(self) -> dict[str, list[Split]]:
        if self.name not in all_sources():
            raise InputError(
                f"adelie_hf/records: name a source as the configuration, one of {', '.join(all_sources())}"
            )
        if self.data_dir is None:
            raise InputError(f"adelie_hf/records {self.name}: give data_dir, the folder that has the raw files")
        units: dict[str, list[Split]] = {}
        for source in find_sources(self.data_dir, (self.name,)).values():
            for name, split in source.splits.items():
                units.setdefault(name, []).append(split)
        return units

    def inputs(self) -> list[Path]:
        if self.data_dir is None or self.name not in all_sources():
            return []
        return [
            file for splits in self.units().values() for split in splits for file in (*split.files, *split.companions)
        ]


class Records(Builder):
    """The typed records of one source as plain columns."""

    BUILDER_CONFIG_CLASS = RecordsConfig
    BUILDER_CONFIGS = [RecordsConfig(name=name, description=source.title) for name, source in all_sources().items()]

    def features(self) -> datasets.Features:
        return datasets.Features(
            {name: datasets.Value("string") for name in TEXT_COLUMNS}
            | {name: datasets.Json() for name in JSON_COLUMNS}
        )

    def rows(self, unit: Split) -> Iterator[RecordColumns]:
        return map(to_columns, usable_records([unit]))

    def published_splits(self) -> Iterable[str]:
        return get_source(self.config.name).splits
