"""XML in pieces: what is found, where, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sources.readers.xml import elements, inline


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.xml"


def test_elements_come_outermost_with_their_lines(file: Path) -> None:
    file.write_text("<x>\n<a>b</a><b/>\n<c>\n<a>c<a>d</a></a></c></x>")
    assert [(line, "".join(element.itertext())) for line, element in elements(file, "a")] == [(2, "b"), (4, "cd")]
    assert [(line, element.tag) for line, element in elements(file, "a", "b")] == [(2, "a"), (2, "b"), (4, "a")]


def test_inline_text_and_offsets(file: Path) -> None:
    file.write_text("<s>A<t i='1'>b<t i='2'>&amp;c</t></t><note>no</note> d<t i='3'/><![CDATA[&e;]]></s>")
    ((_, element),) = elements(file, "s")
    text, spans = inline(element, "note")
    assert text == "Ab&c d&e;"
    assert [(inner.get("i"), start, end) for inner, start, end in spans] == [("1", 1, 4), ("2", 2, 4), ("3", 6, 6)]


def test_line_ends_a_byte_order_mark_and_encodings(file: Path) -> None:
    for content in (
        "<a>é\nb</a>".encode(),
        b"\xef\xbb\xbf" + "<a>é\r\nb</a>".encode(),
        b"<?xml version='1.0' encoding='latin-1'?><a>\xe9\nb</a>",
    ):
        file.write_bytes(content)
        assert [element.text for _, element in elements(file, "a")] == ["é\nb"]


def test_pieces_larger_than_what_is_read_at_once(file: Path) -> None:
    long = "é\n" * 100_000
    file.write_text(f"<x><a>{long}</a>{long}<a>b</a></x>", encoding="utf-8")
    assert [(line, element.text) for line, element in elements(file, "a")] == [(1, long), (200_001, "b")]


BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(f"\n<!ENTITY {b} '&{a};&{a};'>" for a, b in ("ab", "bc", "cd")) + "]>"


@pytest.mark.parametrize(
    "content, problem",
    [
        ("", "the file is empty"),
        ("\n \n", "the file is empty"),
        ("\ufeff", "the file is empty"),
        ("<a>", "1: not well-formed XML"),
        ("<x>\n<a>b</c></x>", "2: not well-formed XML (mismatched tag)"),
        ("<a>\n\0</a>", "2: not well-formed XML"),
        (BOMB + "<x><a>&d;</a></x>", "1: defines entities"),
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><x><a>&e;</a></x>", "1: defines entities"),
        ("<!DOCTYPE x [<!ENTITY % e SYSTEM 'file:///etc/hostname'> %e;]><x><a>b</a></x>", "1: defines entities"),
        ("<!DOCTYPE x SYSTEM 'x.dtd'>\n<x>\n<a>b&e;</a></x>", "3: uses the entity &e;"),
        ("<?xml version='1.0' encoding='nonesuch'?><a/>", "1: is in an encoding that cannot be read"),
        ("<?xml version='1.0' encoding='shift_jis'?><a/>", "1: is in an encoding that cannot be read"),
        ("<a/>\n<a/>", "2: not well-formed XML (junk after document element)"),
    ],
)
def test_what_is_refused(content: str, problem: str, file: Path) -> None:
    file.write_bytes(content.encode())
    with pytest.raises(InputError) as caught:
        list(elements(file, "a"))
    assert str(caught.value).startswith(f"{file}:")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(file: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(elements(file, "a"))


def test_names_of_a_dtd_are_not_fetched(file: Path) -> None:
    file.write_text("<!DOCTYPE x SYSTEM 'http://localhost:1/x.dtd'><!-- &c; --><?p &i;?><x><a>b</a></x>")
    assert [element.text for _, element in elements(file, "a")] == ["b"]
