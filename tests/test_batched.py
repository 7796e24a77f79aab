"""Batches of an iterable."""

from __future__ import annotations

from adelie_hf.batched import batched


def test_batched() -> None:
    assert list(batched("abcde", 2)) == [("a", "b"), ("c", "d"), ("e",)]
    assert list(batched(iter(range(4)), 2)) == [(0, 1), (2, 3)]
    assert not list(batched([], 2))
