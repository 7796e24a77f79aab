"""Checks of pulled files: names that stay in the folder, and contents that match their names."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from adelie_hf.errors import InputError

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib", "*.npy", "*.npz")
_TEXT_SUFFIXES = (".json", ".jsonl", ".md", ".txt", ".yaml", ".jinja", ".py")
_LONGEST_HEADER = 100_000_000  # bytes; the limit of safetensors itself


def check_name(name: str, repo_id: str) -> None:
    """Check that a file of a repository stays in its folder and is no pickle. Raises InputError naming the file."""
    parts = name.split("/")
    reserved = parts[0] in (".cache", ".lock") or any(
        part in ("", ".", "..", ".git") or part != part.strip() for part in parts
    )
    unsafe = PurePosixPath(name).is_absolute() or any(c in '\\:*?"<>|' or not c.isprintable() for c in name)
    if reserved or unsafe:
        raise InputError(f"{repo_id}: the file name {name!r} could leave the folder; not downloaded")
    if any(fnmatch(parts[-1].lower(), pattern) for pattern in PICKLES):
        raise InputError(f"{repo_id}: {name} may run code when it is loaded (pickle); not downloaded")


def check_content(file: Path, root: Path) -> None:
    """Check that a file's content matches its name, so that no pickle arrives under another name.

    Raises:
        InputError: for a link, for weights without a safetensors header, data that is not Parquet, a wheel that is
            not a ZIP archive, and text that is not UTF-8.
    """
    name = file.relative_to(root).as_posix()
    if file.is_symlink():
        raise InputError(f"{name}: a link; refused")
    if not _matches_suffix(file):
        raise InputError(f"{name}: its content does not match its name; refused")


def _matches_suffix(file: Path) -> bool:
    with open(file, "rb") as stream:
        start = stream.read(8)
        if file.suffix == ".safetensors":
            size = int.from_bytes(start, "little")
            return 2 <= size <= min(_LONGEST_HEADER, file.stat().st_size) and _is_json_object(stream.read(size))
        if file.suffix == ".parquet":
            return (start + stream.read())[-4:] == b"PAR1" == start[:4]
        if file.suffix == ".whl":
            return start[:4] == b"PK\x03\x04"
        if file.suffix in _TEXT_SUFFIXES:
            return _is_text(start + stream.read())
        return not start.startswith((b"\x80", b"PK\x03\x04"))  # any other file, such as tokenizer.model


def _is_json_object(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
