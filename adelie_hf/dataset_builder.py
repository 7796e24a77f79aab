"""What the builders of `dataset_scripts/` share: caches that follow the content of their inputs, and rows to Arrow.

`datasets` replaces `open` and `os` in the modules of its builders, this one too: files are read elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import datasets
import pyarrow
from datasets.exceptions import DatasetGenerationError

from adelie_hf.digests import digest_of_files
from adelie_hf.errors import InputError

MESSAGES = [{"role": datasets.Value("string"), "content": datasets.Value("string")}]

_BATCH = 200  # rows at a time: a record of ACE 2005 holds 100 KB of label sets


class UnusableInput(InputError, DatasetGenerationError):
    """An `InputError` while rows are made. `datasets` hides the message of any error but its own."""


@dataclass
class Config(datasets.BuilderConfig):
    """A configuration whose cache folder is named by the content of the files that its rows depend on."""

    def plan(self) -> Mapping[str, Sequence[Any]]:
        """The parts of each split. Raises InputError for files that are missing."""
        raise NotImplementedError

    def inputs(self) -> Iterable[Path]:
        """Every file whose content can change a row; none where the configuration is only asked about."""
        raise NotImplementedError

    def create_config_id(self, config_kwargs: dict[str, Any], custom_features: datasets.Features | None = None) -> str:
        return super().create_config_id(config_kwargs | {"inputs": digest_of_files(self.inputs())}, custom_features)


class Builder(datasets.ArrowBasedBuilder):
    """Rows of parts. Processes share the parts out, and each part knows all that its rows depend on."""

    FEATURES: datasets.Features

    def rows(self, part: Any) -> Iterator[dict[str, Any]]:
        """The rows of one part."""
        raise NotImplementedError

    def published(self) -> Iterable[str]:
        """The splits that the configuration is published with: all that can be said of it without its files."""
        raise NotImplementedError

    def _info(self) -> datasets.DatasetInfo:
        without_files = self.config.data_dir is None
        splits = {split: {"name": split} for split in self.published()} if without_files else None
        return datasets.DatasetInfo(features=self.FEATURES, splits=splits or None)

    def _split_generators(self, dl_manager: datasets.DownloadManager) -> list[datasets.SplitGenerator]:
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"parts": list(parts)})
            for split, parts in self.config.plan().items()
            if parts
        ]

    def _download_and_prepare(self, *args: Any, **kwargs: Any) -> None:
        """Leaves out splits of which no record could be used: `datasets` cannot load a split without rows."""
        super()._download_and_prepare(*args, **kwargs)
        used = {name: split for name, split in self.info.splits.items() if split.num_examples}
        if not used:
            raise UnusableInput(
                f"{self.config.data_dir}: nothing that was read could be used; `adelie-hf sources check` says why"
            )
        self.info.splits = datasets.SplitDict(used)

    def _generate_tables(self, parts: list[Any]) -> Iterator[tuple[tuple[int, int], Any]]:
        try:
            for number, part in enumerate(parts):
                rows = iter(self.rows(part))
                at = 0
                while batch := list(islice(rows, _BATCH)):
                    yield (number, at), table(batch, self.FEATURES)
                    at += 1
        except InputError as error:
            raise UnusableInput(str(error)) from None


def table(rows: Sequence[dict[str, Any]], features: datasets.Features) -> pyarrow.Table:
    """Rows as an Arrow table.

    Free-form columns are written as JSON here: left to itself, `datasets` rounds their floats to ten digits.
    Column by column, which takes a third of the time of `Dataset.from_list`.
    """
    free = {name for name, feature in features.items() if feature == datasets.Json()}
    schema = features.arrow_schema
    columns = []
    for field in schema:
        values = [row[field.name] for row in rows]
        if field.name in free:
            values = [None if value is None else json.dumps(value) for value in values]
        columns.append(pyarrow.array(values, type=field.type))
    return pyarrow.Table.from_arrays(columns, schema=schema)
