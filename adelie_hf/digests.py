"""One digest of the content of several files, without reading large ones again while they stay as they are."""

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

_SMALL = 1 << 22  # reading four mebibytes costs no more than looking them up
_SETTLED_NS = 2_000_000_000  # a file that was just written may change again within one tick of its clock


def digest_of_files(files: Iterable[str | Path]) -> str:
    """A digest of the names and contents of files, the same for any order. Raises InputError for an unreadable one."""
    whole = hashlib.sha256()
    for file in sorted({Path(file) for file in files}):
        try:
            whole.update(f"{file}\0{cached_digest(file)}\0".encode())
        except OSError as error:
            raise InputError(f"{file}: cannot be read ({error.strerror}); check path and permissions") from None
    return whole.hexdigest()


def cached_digest(file: Path) -> str:
    """The SHA-256 of a file; a large one's is kept below HF_HOME for as long as size and times do not change."""
    stat = file.stat()
    if stat.st_size < _SMALL:
        return file_digest(file)
    place = str(file.resolve())
    state = [place, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
    note = Path(HF_HOME, "adelie_hf", "digests", f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.json")
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
        if known["state"] == state:
            return known["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no note, or not one of ours: the file is read
    value = file_digest(file)
    if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED_NS:
        with suppress(OSError):  # a cache that cannot be written only costs time
            write_json(note, {"state": state, "sha256": value})
    return value
