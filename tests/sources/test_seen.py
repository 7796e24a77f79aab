"""Strings that were met: told apart exactly, in memory and beyond it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.sources.disk_set import DiskSet


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3)))
def test_a_string_is_new_once(strings: list[str]) -> None:
    seen, known = DiskSet(), set[str]()
    for string in strings:
        assert seen.add(string) == (string not in known)
        known.add(string)


def test_more_than_its_cache_holds() -> None:
    seen = DiskSet()
    strings = [f"{number}-{'x' * 1_000}" for number in range(5_000)]
    assert all(map(seen.add, strings))
    assert not any(map(seen.add, strings))
