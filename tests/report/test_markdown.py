"""Markdown fragments: no text breaks out of its cell, span or fence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.report.markdown import cell, code_cell, code_span, fenced, markdown_table


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a | b", r"a \| b"),
        ("</script>", r"\</script>"),
        ("`code` *bold* &amp;", r"\`code\` \*bold\* \&amp;"),
        ("back\\slash|", r"back\\slash\|"),
        ("[text](address)", r"[text\](address)"),
        ("0.500 [0.400, 0.600]", "0.500 [0.400, 0.600]"),
        ("learning_rate _a_", r"learning_rate \_a\_"),
        ("two\nlines", "two lines"),
        (3, "3"),
    ],
)
def test_cells_are_plain_text(text, escaped):
    assert cell(text) == escaped


@given(st.lists(st.lists(st.text(), min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_table_has_its_rows_and_columns_whatever_its_texts(table):
    lines = markdown_table(table).split("\n")
    assert len(lines) == len(table) + 1 and lines[1] == "| --- | --- | --- |"
    for line in lines:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 4


@given(st.text(alphabet="`|ab ", min_size=1))
def test_a_code_span_ends_where_its_text_ends(text):
    span = code_span(text)
    (marks,) = re.findall(r"^`+", span)
    assert span.endswith(marks) and marks not in re.findall("`+", span[len(marks) : -len(marks)])
    assert "|" not in code_cell(text).replace("\\|", "")


@given(st.text(alphabet="`~\nab"))
def test_a_fence_is_longer_than_any_in_its_text(text):
    block = fenced(text, "json")
    (fence,) = re.findall(r"^`+", block)
    assert block == f"{fence}json\n{text}\n{fence}" and fence not in text and len(fence) >= 3
