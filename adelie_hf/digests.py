"""SHA-256 digests of file contents, cached for large files that have not changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from huggingface_hub.constants import HF_HOME

from adelie_hf.errors import InputError
from adelie_hf.files import file_digest, write_json

_SMALL = 1 << 22  # bytes; hashing a smaller file costs no more than a look-up in the cache
_SETTLED_NS = 2_000_000_000  # a file written more recently may change again within one tick of the file system's clock


def digest_of_files(files: Iterable[str | Path]) -> str:
    """Return one digest of the paths and contents of files, independent of their order.

    Raises:
        InputError: naming a file that cannot be read.
    """
    digest = hashlib.sha256()
    for file in sorted({Path(file) for file in files}):
        try:
            digest.update(f"{file}\0{cached_digest(file)}\0".encode())
        except OSError as error:
            raise InputError(f"{file}: cannot be read ({error.strerror}); check path and permissions") from None
    return digest.hexdigest()


def cached_digest(file: Path) -> str:
    """Return the SHA-256 of a file.

    The digest of a large file is cached below HF_HOME for as long as the size and the times of the file are the same.

    Raises:
        OSError: if the file cannot be read.
    """
    stat = file.stat()
    if stat.st_size < _SMALL:
        return file_digest(file)
    path = str(file.resolve())
    state = [path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    entry = Path(HF_HOME, "adelie_hf", "digests", f"{hashlib.sha256(path.encode()).hexdigest()[:32]}.json")
    try:
        cached = json.loads(entry.read_text(encoding="utf-8"))
        if cached["state"] == state:
            return str(cached["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no cache entry, or not a valid one
    digest = file_digest(file)
    if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED_NS:
        with suppress(OSError):  # a cache that cannot be written only costs time
            write_json(entry, {"state": state, "sha256": digest})
    return digest
