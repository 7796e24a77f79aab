"""The base classes of the builders in `dataset_scripts/`: caches that follow the content of their inputs.

`datasets` replaces `open` and `os` in the modules of its builders, this one included: files are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
from datasets.exceptions import DatasetGenerationError

from adelie_hf.batched import batched
from adelie_hf.digests import digest_of_files
from adelie_hf.errors import InputError
from adelie_hf.rows import to_table

if TYPE_CHECKING:
    import pyarrow

_BATCH = 200  # rows at a time: a record of ACE 2005 has 100 KB of label sets


# mypy does not follow `datasets` (see pyproject.toml), so its classes are Any here.
class UnusableInput(InputError, DatasetGenerationError):  # type: ignore[misc]
    """An `InputError` while rows are made. `datasets` hides the message of any error but its own."""


@dataclass
class Config(datasets.BuilderConfig):  # type: ignore[misc]
    """A configuration whose cache folder is named by the content of the files that its rows depend on."""

    def units(self) -> Mapping[str, Sequence[object]]:
        """Return split -> units. Raises InputError for missing files."""
        raise NotImplementedError

    def inputs(self) -> Iterable[Path]:
        """Return every file whose content can change a row; none where only the configuration is inspected."""
        raise NotImplementedError

    def create_config_id(self, config_kwargs: dict[str, Any], custom_features: datasets.Features | None = None) -> str:
        config_kwargs = config_kwargs | {"inputs": digest_of_files(self.inputs())}
        return str(super().create_config_id(config_kwargs, custom_features))


class Builder(datasets.ArrowBasedBuilder):  # type: ignore[misc]
    """A builder of rows from units. Processes share the units, and each unit has all that its rows depend on."""

    def features(self) -> datasets.Features:
        """Return the features of the rows."""
        raise NotImplementedError

    def rows(self, unit: Any) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of one unit."""
        raise NotImplementedError

    def published_splits(self) -> Iterable[str]:
        """Return the splits that the configuration is published with, known without its files."""
        raise NotImplementedError

    def _info(self) -> datasets.DatasetInfo:
        without_files = self.config.data_dir is None
        splits = {split: {"name": split} for split in self.published_splits()} if without_files else None
        return datasets.DatasetInfo(features=self.features(), splits=splits or None)

    def _split_generators(self, dl_manager: datasets.DownloadManager) -> list[datasets.SplitGenerator]:
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"units": list(units)})
            for split, units in self.config.units().items()
            if units
        ]

    def _download_and_prepare(self, *args: Any, **kwargs: Any) -> None:
        """Leave out splits of which no record could be used: `datasets` cannot load a split without rows."""
        super()._download_and_prepare(*args, **kwargs)
        used = {name: split for name, split in self.info.splits.items() if split.num_examples}
        if not used:
            raise UnusableInput(
                f"{self.config.data_dir}: no record could be used; `adelie-hf sources check` gives the reasons"
            )
        self.info.splits = datasets.SplitDict(used)

    def _generate_tables(self, units: list[object]) -> Iterator[tuple[tuple[int, int], pyarrow.Table]]:
        try:
            for number, unit in enumerate(units):
                for position, batch in enumerate(batched(self.rows(unit), _BATCH)):
                    yield (number, position), to_table(batch, self.info.features)
        except InputError as error:
            raise UnusableInput(str(error)) from None
