"""Shared by the formats of users' own data: schemas made from the data, and what is known of training files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from adelie_hf.records import Label, Schema

# The reason for dropping an annotation that the schema cannot express.
UNSEEN_CATEGORY = "an annotation has a category that the training part does not have"

# Yields (number, row) for a file, an `UnreadableRecord` in place of a row that cannot be read.
ReadRows = Callable[[Path], Iterator[tuple[int, Any]]]
FileVersions = tuple[tuple[Path, int, int], ...]


def user_labels(names: Iterable[str]) -> Schema:
    """Return categories that have the same name in the user's files and in prompts."""
    return tuple(Label(name, name) for name in names)


def file_versions(files: Iterable[Path]) -> FileVersions:
    """Return (path, modification time, size) of files: the key of what a cache knows about their content."""
    stats = ((file, file.stat()) for file in files)
    return tuple((file, stat.st_mtime_ns, stat.st_size) for file, stat in stats)
