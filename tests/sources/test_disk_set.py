"""A set of strings: exact, in memory and on disk."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.sources.disk_set import DiskSet


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=3)))
def test_a_string_is_new_once(strings: list[str]) -> None:
    disk_set, reference = DiskSet(), set[str]()
    for string in strings:
        assert disk_set.add(string) == (string not in reference)
        reference.add(string)


def test_more_strings_than_fit_its_cache() -> None:
    disk_set = DiskSet()
    strings = [f"{number}-{'x' * 1_000}" for number in range(5_000)]
    assert all(map(disk_set.add, strings))
    assert not any(map(disk_set.add, strings))
