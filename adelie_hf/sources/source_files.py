"""The files of a source that were found below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from glob import escape, glob
from pathlib import Path

from adelie_hf.sources.catalogue import get_source
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice
from adelie_hf.sources.source import Layout, Source, Training


@dataclass(frozen=True, slots=True)
class Split:
    """The files of one split of a source; plain values, so that it can be passed to another process.

    Args:
        source: name of the source in rows; of own data, the name of the set.
        layout: name of the layout.
        name: `train`, `validation` or `test`.
        files: the files with the records, in reading order.
        companions: the other files that the layout reads.
        own_format: of own data, name of the format.
        training: of own data, the files that determine the categories; those of the split where it is empty.
        prefixes: of own data, for each file what the ids of its records begin with.
        choice: of own data, what the user says of the columns of tagged tokens.
        schema_file: of own data, the file with names and definitions of the categories, where there is one.
    """

    source: str
    layout: str
    name: str
    files: tuple[Path, ...]
    companions: tuple[Path, ...] = ()
    own_format: str = ""
    training: tuple[Path, ...] = ()
    prefixes: tuple[str, ...] = ()
    choice: ColumnChoice = NOTHING_SAID
    schema_file: Path | None = None

    @property
    def basis(self) -> Training:
        """What determines how the files are read."""
        return Training(self.training or self.files, self.choice)

    @property
    def format_name(self) -> str:
        """The name, in the catalogue, of the source that reads the files."""
        return self.own_format or self.source

    @property
    def form(self) -> Source:
        """The source in the catalogue that reads the files."""
        return get_source(self.format_name)


@dataclass(frozen=True, slots=True)
class Discovered:
    """A source found below a folder.

    Args:
        source: the source in the catalogue; of own data, the format.
        splits: its splits by name.
        skipped: files of the source that are not read, because the folder contains it more than once.
        name: name of the source in rows; of own data, the name of the set.
        unsplit: of own data, files beside those of the set that are not read, because their paths tell no split.
    """

    source: Source
    splits: dict[str, Split]
    skipped: tuple[Path, ...] = ()
    name: str = ""
    unsplit: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.source.name)


def companion_files(layout: Layout[object], folder: Path, data_folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return the companions of a layout that exist.

    Args:
        layout: the layout.
        folder: the common folder of its files.
        data_folders: the folders of the files with the records.
    """
    found = {
        Path(path)
        for pattern in layout.companions
        for base in (set(data_folders) if pattern.startswith("./") else (folder,))
        for path in glob(os.path.normpath(f"{escape(str(base))}/{pattern}"), recursive=True)
    }
    return tuple(sorted(path for path in found if path.is_file()))
