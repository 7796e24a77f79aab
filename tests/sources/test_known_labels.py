"""The labels by which a published data set is told from other data in the same form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.sources.readers.known_labels import EACH, has_known_labels, labels_at, labels_of
from adelie_hf.sources.source import Head

KEYS = st.sampled_from(["a", "b", EACH, 0, 1, -1])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.lists(KEYS, max_size=4))
def test_labels_are_strings_of_the_value_whatever_it_is(value: Any, path: list[Any]) -> None:
    found = list(labels_at(value, tuple(path)))
    assert all(isinstance(label, str) and json.dumps(label) in json.dumps(value) for label in found)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [("", True), ("K", True), ("KK?", True), ("K?", True), ("K??", True), ("??", False), ("?", False), ("O", True)],
)
def test_half_of_the_different_labels_have_to_be_known(labels: str, expected: bool, tmp_path: Path) -> None:
    rows = "".join(json.dumps({"label": label}) + "\n" for label in labels)
    head = Head(tmp_path / "train.json", rows)
    assert has_known_labels(head, labels_of(("label",)), {"K"}, "O") is expected


def test_of_a_file_without_labels_those_beside_it_count(tmp_path: Path) -> None:
    head = Head(tmp_path / "test.json", '{"label": "O"}\n')
    (tmp_path / "bytes.json").write_bytes(b"\xff\x00")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "train.txt").write_text('{"label": "x"}\n')
    assert has_known_labels(head, labels_of(("label",)), {"K"}, "O")
    (tmp_path / "train.json").write_text('{"label": "x"}\n')
    assert not has_known_labels(head, labels_of(("label",)), {"K"}, "O")
