"""Shared by the formats of users' own data: Parquet files, and schemas made from the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Schema
from adelie_hf.text_files import excerpt

# The reason for dropping an annotation that the schema cannot express.
UNSEEN_CATEGORY = "an annotation has a category that the training part does not have"


def user_labels(names: Iterable[str]) -> Schema:
    """Return categories that have the same name in the user's files and in prompts."""
    return tuple(Label(name, name) for name in names)


def parquet_rows(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number from 1, row) for a Parquet file. Raises InputError if it cannot be read."""
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
        raise InputError(_incomplete(file, error)) from None


def parquet_metadata(file: Path) -> str:
    """Return the JSON that `datasets` writes into a Parquet file about its columns; an empty string if there is none.

    Raises:
        InputError: if the file cannot be read.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        metadata = pyarrow.parquet.read_schema(file).metadata or {}
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(_incomplete(file, error)) from None
    return bytes(metadata.get(b"huggingface", b"")).decode("utf-8", errors="replace")


def _incomplete(file: Path, error: Exception) -> str:
    return f"{file}: not a complete Parquet file ({excerpt(str(error))}); download it again"
