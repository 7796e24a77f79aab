"""Elements of XML files with their lines, and files that are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sources.readers.xml import inline_text, read_elements


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.xml"


def test_the_outermost_elements_and_their_lines(file: Path) -> None:
    file.write_text("<x>\n<a>b</a><b/>\n<c>\n<a>c<a>d</a></a></c></x>")
    assert [(line, "".join(element.itertext())) for line, element in read_elements(file, "a")] == [(2, "b"), (4, "cd")]
    assert [(line, element.tag) for line, element in read_elements(file, "a", "b")] == [(2, "a"), (2, "b"), (4, "a")]


def test_inline_text_and_offsets(file: Path) -> None:
    file.write_text("<s>A<t i='1'>b<t i='2'>&amp;c</t></t><note>no</note> d<t i='3'/><![CDATA[&e;]]></s>")
    ((_, element),) = read_elements(file, "s")
    text, spans = inline_text(element, "note")
    assert text == "Ab&c d&e;"
    assert [(inner.get("i"), start, end) for inner, start, end in spans] == [("1", 1, 4), ("2", 2, 4), ("3", 6, 6)]


def test_line_ends_a_byte_order_mark_and_encodings(file: Path) -> None:
    for content in (
        "<a>é\nb</a>".encode(),
        b"\xef\xbb\xbf" + "<a>é\r\nb</a>".encode(),
        b"<?xml version='1.0' encoding='latin-1'?><a>\xe9\nb</a>",
    ):
        file.write_bytes(content)
        assert [element.text for _, element in read_elements(file, "a")] == ["é\nb"]


def test_elements_larger_than_a_chunk(file: Path) -> None:
    long_text = "é\n" * 100_000
    file.write_text(f"<x><a>{long_text}</a>{long_text}<a>b</a></x>", encoding="utf-8")
    assert [(line, element.text) for line, element in read_elements(file, "a")] == [(1, long_text), (200_001, "b")]


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
        (BOMB + "<x><a>&d;</a></x>", "1: declares entities"),
        ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><x><a>&e;</a></x>", "1: declares entities"),
        ("<!DOCTYPE x [<!ENTITY % e SYSTEM 'file:///etc/hostname'> %e;]><x><a>b</a></x>", "1: declares entities"),
        ("<!DOCTYPE x SYSTEM 'x.dtd'>\n<x>\n<a>b&e;</a></x>", "3: uses the entity &e;"),
        ("<?xml version='1.0' encoding='nonesuch'?><a/>", "1: is in an encoding that cannot be read"),
        ("<?xml version='1.0' encoding='shift_jis'?><a/>", "1: is in an encoding that cannot be read"),
        ("<a/>\n<a/>", "2: not well-formed XML (junk after document element)"),
    ],
)
def test_files_that_are_refused(content: str, problem: str, file: Path) -> None:
    file.write_bytes(content.encode())
    with pytest.raises(InputError) as caught:
        list(read_elements(file, "a"))
    assert str(caught.value).startswith(f"{file}:")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file(file: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(read_elements(file, "a"))


def test_dtds_are_not_loaded(file: Path) -> None:
    file.write_text("<!DOCTYPE x SYSTEM 'http://localhost:1/x.dtd'><!-- &c; --><?p &i;?><x><a>b</a></x>")
    assert [element.text for _, element in read_elements(file, "a")] == ["b"]
