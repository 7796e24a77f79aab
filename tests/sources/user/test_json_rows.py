"""One JSON array, read piece by piece."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.sources.readers import json_rows
from adelie_hf.sources.readers.json_rows import read_array
from adelie_hf.text_files import read_json_document

VALUES = st.recursive(
    st.none() | st.integers() | st.text('ab"\\]}[{,😀\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Any:
    """Make every row longer than a piece."""
    before = json_rows._CHUNK
    json_rows._CHUNK = 7
    yield
    json_rows._CHUNK = before


@given(
    first=st.dictionaries(st.text("ab", max_size=2), VALUES, max_size=2) | st.lists(VALUES, max_size=2),
    others=st.lists(VALUES, max_size=5),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
)
def test_the_rows_are_those_of_the_document(
    tmp_path_factory: pytest.TempPathFactory, first: Any, others: list[Any], indent: int | None, ascii_only: bool
) -> None:
    file = tmp_path_factory.mktemp("raw") / "a.json"
    file.write_text(json.dumps([first, *others], indent=indent, ensure_ascii=ascii_only), encoding="utf-8")
    expected = [(number, row) for number, row in enumerate([first, *others], 1) if row is not None]
    assert list(read_array(file)) == expected


@given(text=st.text('[]{},:"1n \\', max_size=12), cut=st.integers(0, 60))
@example(text=",", cut=44)  # a comma after the last row
def test_what_is_not_an_array_is_the_error_of_the_document(
    tmp_path_factory: pytest.TempPathFactory, text: str, cut: int
) -> None:
    file = tmp_path_factory.mktemp("raw") / "a.json"
    whole = '[{"a": "b]"}, [1, "\\ud83d\\ude00"], {"c": []}] '
    file.write_text(whole[:cut] + text + whole[cut:], encoding="utf-8")
    try:
        document = read_json_document(file)
    except InputError as error:
        with pytest.raises(InputError) as caught:
            list(read_array(file))
        assert str(caught.value) == str(error)
        return
    if isinstance(document, list):
        assert [row for _, row in read_array(file)] == [row for row in document if row is not None]
    else:
        with pytest.raises(InputError, match="is neither an array nor an object"):
            list(read_array(file))


def test_half_a_character_is_an_error(tmp_path: Path) -> None:
    for content in (b'[{"a": "\\ud83d"}]', b'[{"a": "\xff"}]', b'[{"a": 1}, {"b": "\0"}]', b""):
        (tmp_path / "a.json").write_bytes(content)
        with pytest.raises(InputError, match="a.json:|a.json: the file is empty"):
            list(read_array(tmp_path / "a.json"))
    with pytest.raises(InputError, match="cannot be read"):
        list(read_array(tmp_path / "b.json"))
