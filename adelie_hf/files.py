"""Files and folders that are complete or absent: atomic writes, JSON, journals, digests and locks.

Output is written beside its final place and moved there when complete, so an interrupted run leaves nothing
that could be taken for a result.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from adelie_hf.errors import InputError


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def partial_path(path: Path) -> Path:
    """Return where `atomic_write` writes a file or folder before it is moved to `path`."""
    return path.with_name(f".{path.name}.partial")


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a place beside `path` to write a file or folder to; move it to `path` when the block ends without an error.

    A folder at `path` is replaced; the leftovers of a killed writer are removed.
    """
    partial = partial_path(path)
    _remove(partial)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield partial
    except BaseException:
        _remove(partial)
        raise
    if path.is_dir():
        _remove(path)
    os.replace(partial, path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """Write JSON deterministically, preserving key order."""
    with atomic_write(path) as partial:
        partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file of the library's own. Raises InputError when it is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); delete it and run the command again") from None


def write_json_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write a file of JSON lines."""
    with atomic_write(path) as partial, open(partial, "w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def append_json_lines(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Append JSON lines to a file; they are on disk when the call returns."""
    with open(path, "a", encoding="utf-8") as stream:
        stream.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        stream.flush()
        os.fsync(stream.fileno())


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a file made by `append_json_lines`; the torn last line of a killed writer is cut off."""
    if not path.is_file():
        return []
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        with open(path, "r+b") as stream:
            stream.truncate(end)
    return [json.loads(line) for line in content[:end].decode("utf-8").split("\n") if line]


@contextmanager
def folder_lock(folder: Path, wait: bool = False) -> Iterator[None]:
    """Lock a folder against other processes. The lock ends with the process, however that ends.

    Raises:
        InputError: when another process has the lock and `wait` is false.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=-1 if wait else 0)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(f"{folder}: in use by another process; wait for it, or choose another folder") from None
    try:
        yield
    finally:
        lock.release()
