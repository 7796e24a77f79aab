"""Digests of files, cached for large files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adelie_hf import digests


def test_a_large_file_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []

    def content_as_digest(file: Path) -> str:
        reads.append(file)
        return file.read_text()

    monkeypatch.setattr(digests, "HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(digests, "_SMALL", 0)
    monkeypatch.setattr(digests, "_SETTLED_NS", -(10**18))
    monkeypatch.setattr(digests, "file_digest", content_as_digest)
    file = tmp_path / "large"
    file.write_text("one")
    assert [digests.cached_digest(file) for _ in range(3)] == ["one"] * 3
    assert len(reads) == 1
    times = file.stat()
    file.write_text("two")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))  # same size, same modification time
    assert digests.cached_digest(file) == "two"
    (entry,) = (tmp_path / "home").rglob("*.json")
    entry.write_text("torn")
    assert digests.cached_digest(file) == "two"


def test_the_digest_of_a_recently_written_file_is_not_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(digests, "_SMALL", 0)
    (tmp_path / "new").write_text("one")
    digests.cached_digest(tmp_path / "new")
    assert not (tmp_path / "home").exists()
