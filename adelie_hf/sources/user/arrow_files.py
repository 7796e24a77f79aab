"""Rows of Parquet files, and of Arrow files as `datasets` saves them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError
from adelie_hf.text_files import excerpt

if TYPE_CHECKING:
    import pyarrow


def parquet_rows(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number from 1, row) for a Parquet file. Raises InputError if it cannot be read."""
    import pyarrow.parquet

    with _complete(file), pyarrow.parquet.ParquetFile(file) as stream:
        yield from _numbered_rows(stream.iter_batches(batch_size=1_000))


def arrow_rows(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number from 1, row) for an Arrow file. Raises InputError if it cannot be read."""
    import pyarrow

    with _complete(file), pyarrow.memory_map(str(file)) as stream:
        yield from _numbered_rows(pyarrow.ipc.open_stream(stream))


def _numbered_rows(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[tuple[int, dict[str, object]]]:
    number = 0
    for batch in batches:
        for row in batch.to_pylist():
            number += 1
            yield number, row


def list_columns(file: Path) -> set[str]:
    """Return the names of the columns of a file that have a list in each row. Raises InputError as `parquet_rows`."""
    from pyarrow.types import is_large_list, is_list

    return {field.name for field in _schema(file) if is_list(field.type) or is_large_list(field.type)}


def column_description(file: Path) -> str:
    """Return the JSON that `datasets` writes into a file about its columns; an empty string if there is none.

    Raises:
        InputError: if the file cannot be read.
    """
    metadata = _schema(file).metadata or {}
    return bytes(metadata.get(b"huggingface", b"")).decode("utf-8", errors="replace")


def _schema(file: Path) -> pyarrow.Schema:
    import pyarrow.parquet

    with _complete(file):
        if file.suffix == ".parquet":
            return pyarrow.parquet.read_schema(file)
        with pyarrow.memory_map(str(file)) as stream:
            return pyarrow.ipc.open_stream(stream).schema


@contextmanager
def _complete(file: Path) -> Iterator[None]:
    """Raise InputError in place of what pyarrow raises for a file that is broken or cut off."""
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError) as error:  # of bytes that are no text, a ValueError
        kind = "Parquet file" if file.suffix == ".parquet" else "Arrow file of datasets.save_to_disk"
        problem = f"not a complete {kind} ({excerpt(str(error))})"
        raise InputError(f"{file}: {problem}; save it again or download it again") from None
