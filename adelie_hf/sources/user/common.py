"""What the formats of users' own data share: file names, Parquet, and label sets that only the data names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Schema
from adelie_hf.text_files import excerpt

# Why a record is dropped: there is no question that it would answer.
UNSEEN_CATEGORY = "it has a category that the training part does not have"
_NAMES = {"train": ("train",), "validation": ("validation", "valid", "dev"), "test": ("test",)}


def split_files(*patterns: str) -> dict[str, tuple[str, ...]]:
    """Split -> file patterns, from patterns in which `{}` stands for a usual name of a split."""
    return {
        split: tuple(pattern.format(name) for name in names for pattern in patterns) for split, names in _NAMES.items()
    }


def split_named(name: str) -> str:
    """The split that a usual name stands for; empty where it is none."""
    return next((split for split, names in _NAMES.items() if name in names), "")


def user_labels(types: Iterable[str]) -> Schema:
    """The categories of users' own data, called as users call them."""
    return tuple(Label(type, type) for type in types)


def parquet_rows(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a Parquet file, numbered from 1. Raises InputError for a file that cannot be read."""
    import pyarrow
    import pyarrow.parquet

    number = 0
    try:
        with pyarrow.parquet.ParquetFile(file) as stream:
            for batch in stream.iter_batches(batch_size=1_000):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: not a whole Parquet file ({excerpt(str(error))}); fetch it again") from None


def parquet_metadata(file: Path) -> str:
    """What `datasets` wrote into a Parquet file about its columns, as JSON; empty where it did not write it."""
    import pyarrow
    import pyarrow.parquet

    try:
        metadata = pyarrow.parquet.read_schema(file).metadata or {}
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{file}: not a whole Parquet file ({excerpt(str(error))}); fetch it again") from None
    return bytes(metadata.get(b"huggingface", b"")).decode("utf-8", errors="replace")
