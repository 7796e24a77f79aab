"""Files and folders that are complete or absent: atomic writes, JSON, journals, digests and locks.

Output is written beside its final place and moved there when complete, so an interrupted run leaves nothing
that could be taken for a result.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from adelie_hf.errors import InputError


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def partial_path(path: Path) -> Path:
    """Where `whole` has a file or folder written before it is moved to `path`."""
    return path.with_name(f".{path.name}.partial")


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A place beside `path` to write a file or folder to, moved to `path` when the block ends without an error.

    A folder that is already at `path` is replaced; what a killed writer left beside it is removed.
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


def write_json(path: Path, value: Any) -> None:
    """Writes JSON, keys sorted as given, so that the same value is the same bytes."""
    with atomic_write(path) as partial:
        partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Reads what `write_json` wrote. Raises InputError for a file that is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); delete it and run the command again") from None


def write_json_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Writes a file of JSON lines."""
    with atomic_write(path) as partial, open(partial, "w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def append_json_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Adds JSON lines to a file and has them on disk before it returns."""
    with open(path, "a", encoding="utf-8") as stream:
        stream.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        stream.flush()
        os.fsync(stream.fileno())


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The lines of a file made by `append_lines`; a last line that a killed writer left torn is cut off the file."""
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
    """Keeps other processes out of a run folder. The lock goes with the process, however it ends.

    Raises:
        InputError: when another process holds the folder and `wait` is false.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=-1 if wait else 0)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(f"{folder}: another process is at work here; wait for it, or choose another folder") from None
    try:
        yield
    finally:
        lock.release()
