"""The rows that a training script reads, checked before a model is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError

if TYPE_CHECKING:
    from datasets import Dataset


def load_rows(name: str | None, config: str | None, split: str, columns: Sequence[str]) -> Dataset:
    """Return a split of a data set.

    Args:
        name: a folder of Parquet files, or any name that `load_dataset` accepts.
        config: the name of a configuration.
        split: the name of the split.
        columns: columns that the rows must have.

    Raises:
        InputError: for a data set or split that is missing, a split without rows, and rows without one of the columns.
    """
    from datasets import load_dataset
    from datasets.exceptions import DatasetGenerationError

    if not name:
        raise InputError("no rows to read; give a folder or the name of a data set", parameter="dataset_name")
    try:
        # `datasets` skips a split `feedback` in a plain folder, and takes another folder of the same name out of its
        # cache where a card declares the splits.
        if config is None and (files := _split_files(Path(name), split)):
            rows = load_dataset("parquet", data_files={split: files}, split=split)
        else:
            rows = load_dataset(name, name=config, split=split)
    except (OSError, ValueError, DatasetGenerationError) as error:
        if isinstance(error, InputError):
            raise
        # `datasets` reads no split of a folder that has a file without rows.
        if empty := [file for file in sorted(Path(name).glob("*.parquet")) if _is_empty(file)]:
            raise InputError(f"{empty[0]}: has no row; build it from more data") from None
        raise InputError(f"{name}: cannot read the split {split!r} ({' '.join(str(error).split())})") from None
    if not len(rows):
        raise InputError(f"{name}: the split {split!r} has no row; build it from more data")
    if missing := [column for column in columns if column not in rows.column_names]:
        found = ", ".join(rows.column_names)
        raise InputError(f"{name}: the split {split!r} has no column {', '.join(missing)}; its columns are {found}")
    return rows


def _split_files(folder: Path, split: str) -> list[str]:
    """Return the files of a split: `train.parquet` of a build, `data/*/train-*.parquet` of a pulled one."""
    return [
        str(file) for name in (f"{split}.parquet", f"data/*/{split}-*.parquet") for file in sorted(folder.glob(name))
    ]


def _is_empty(file: Path) -> bool:
    import pyarrow
    import pyarrow.parquet

    try:
        return bool(pyarrow.parquet.read_metadata(file).num_rows == 0)
    except (OSError, pyarrow.ArrowException):
        return False
