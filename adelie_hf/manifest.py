"""Run folders: files that are whole or not there, digests, and what a run was made of.

Everything that is written for keeps is written beside its place and moved there when whole, so an
interrupted run leaves nothing that could be taken for a result.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from adelie_hf.errors import InputError

_PACKAGES = ("datasets", "transformers", "trl", "peft", "accelerate", "torch", "tokenizers", "numpy", "pyarrow")


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def partial_of(path: Path) -> Path:
    """Where `whole` has a file or folder written before it is moved to `path`."""
    return path.with_name(f".{path.name}.partial")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write a file or folder to, moved to `path` when the block ends without an error.

    A folder that is already at `path` is replaced; what a killed writer left beside it is removed.
    """
    partial = partial_of(path)
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
    with whole(path) as partial:
        partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Reads what `write_json` wrote. Raises InputError for a file that is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise InputError(f"{path}: not valid JSON ({error}); delete it and run the command again") from None


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Writes a file of JSON lines."""
    with whole(path) as partial, open(partial, "w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def write_manifest(
    out: Path,
    kind: str,
    settings: dict[str, Any],
    counts: Mapping[str, Mapping[str, int]],
    inputs: Iterable[Path] = (),
) -> None:
    """Says beside a file, as `<file>.manifest.json`, what it was made of and what was kept and dropped, by reason."""
    write_json(
        out.with_name(f"{out.name}.manifest.json"),
        {
            "kind": kind,
            "settings": settings,
            "counts": {name: dict(sorted(of.items())) for name, of in counts.items()},
            "inputs": {file.name: digest(file) for file in inputs},
            "outputs": {out.name: digest(out)},
            "environment": environment(),
        },
    )


def append_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Adds JSON lines to a file and has them on disk before it returns."""
    with open(path, "a", encoding="utf-8") as stream:
        stream.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        stream.flush()
        os.fsync(stream.fileno())


def whole_lines(path: Path) -> list[dict[str, Any]]:
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
def locked(folder: Path, wait: bool = False) -> Iterator[None]:
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


def environment() -> dict[str, Any]:
    """Versions that results depend on. Nothing private: no user, host or path."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    from adelie_hf import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    return {"adelie_hf": __version__, "python": python, "machine": platform.machine(), "packages": versions}
