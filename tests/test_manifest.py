"""Manifests: typed, the same bytes for the same content, nothing private."""

from __future__ import annotations

import getpass
import json
import socket
from collections import Counter
from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.manifest import (
    BuildManifest,
    Counts,
    CountsEntry,
    FileManifest,
    environment,
    manifest_beside,
    write_file_manifest,
)


def test_counts_add_up_and_read_as_one_line() -> None:
    counts = Counts(read=5, kept=Counter(rows=3), dropped=Counter({"over the cap": 1, "empty": 0}))
    counts.add(Counts(read=1, dropped=Counter({"over the cap": 1}), noted=Counter({"short": 2})))
    assert counts.to_json() == {"read": 6, "kept": {"rows": 3}, "dropped": {"over the cap": 2}, "noted": {"short": 2}}
    assert str(counts) == "6 read, 3 rows; dropped: 2 over the cap; noted: 2 short"
    assert str(Counts()) == "0 read, none kept"
    assert CountsEntry.of(counts).to_json()["dropped"] == {"over the cap": 2}


def test_the_order_of_counting_is_no_matter() -> None:
    first, second = Counts(dropped=Counter({"a": 1, "b": 2})), Counts(dropped=Counter({"b": 2, "a": 1}))
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("x")
    file = tmp_path / "out.jsonl"
    file.write_text("y")
    write_file_manifest(file, "samples", {"n": 5}, {"train": Counts(read=1)}, [tmp_path / "in.jsonl"])
    manifest = FileManifest.load(manifest_beside(file))
    assert manifest.kind == "samples" and manifest.counts["train"].read == 1
    assert list(manifest.inputs) == ["in.jsonl"] and list(manifest.outputs) == ["out.jsonl"]
    again = tmp_path / "again.json"
    manifest.save(again)
    assert again.read_bytes() == manifest_beside(file).read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "not a manifest of this version"),
        ('{"kind": "model"}', "not a manifest of this version (kind:"),
        ('{"kind": "ieinstruct", "parts": []}', "not a manifest of this version"),
        ('{"kind"', "not valid JSON"),
    ],
)
def test_another_manifest_is_named(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_text(content)
    with pytest.raises(InputError) as error:
        BuildManifest.load(file)
    assert str(file) in str(error.value) and message in str(error.value) and "\n" not in str(error.value)


def test_the_environment_is_not_private() -> None:
    shown = str(environment())
    assert "datasets" in shown
    for private in (str(Path.home()), socket.gethostname(), f"/{getpass.getuser()}/"):
        assert private not in shown
