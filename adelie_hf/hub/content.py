"""What a pulled file may be called, and what it may hold."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from adelie_hf.errors import InputError

PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib", "*.npy", "*.npz")
_TEXTS = (".json", ".jsonl", ".md", ".txt", ".yaml", ".jinja", ".py")
_LONGEST_HEADER = 100_000_000  # bytes, as safetensors itself allows


def refuse_name(name: str, repo_id: str) -> None:
    """Refuses a name that leaves the folder, or that belongs to a pickle. Raises InputError naming it."""
    parts = name.split("/")
    odd = parts[0] in (".cache", ".lock") or any(
        part in ("", ".", "..", ".git") or part != part.strip() for part in parts
    )
    if odd or PurePosixPath(name).is_absolute() or any(c in '\\:*?"<>|' or not c.isprintable() for c in name):
        raise InputError(f"{repo_id}: the file name {name!r} could leave the folder; not fetched")
    if any(fnmatch(parts[-1].lower(), pattern) for pattern in PICKLES):
        raise InputError(f"{repo_id}: {name} may run code when it is loaded (pickle); not fetched")


def refuse_content(file: Path, root: Path) -> None:
    """Refuses a file that is not what its name says, so that no pickle comes under another name.

    Raises:
        InputError: for a link, for weights without a safetensors header, data without Parquet's mark, a wheel that is
            no archive, and text that is none.
    """
    name = file.relative_to(root).as_posix()
    if file.is_symlink():
        raise InputError(f"{name}: a link; not taken")
    with open(file, "rb") as stream:
        start = stream.read(8)
        size = int.from_bytes(start, "little")
        if file.suffix == ".safetensors":
            right = 2 <= size <= min(_LONGEST_HEADER, file.stat().st_size) and _is_json(stream.read(size))
        elif file.suffix == ".parquet":
            stream.seek(-4, 2)
            right = start[:4] == b"PAR1" == stream.read()
        elif file.suffix == ".whl":
            right = start[:4] == b"PK\x03\x04"
        elif file.suffix in _TEXTS:
            right = _is_text(start + stream.read())
        else:  # such as tokenizer.model
            right = not start.startswith((b"\x80", b"PK\x03\x04"))
    if not right:
        raise InputError(f"{name}: not what its name says; not taken")


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except ValueError:
        return False


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
