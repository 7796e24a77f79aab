"""Discovery of the files of sources: which files are read, and messages for those that are not."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sources import find_sources, get_source, load_records
from tests.sources.helpers import NATIVE, SAMPLE_SOURCES, read_error

Lay = Callable[..., Path]


def test_sources_are_distinguished_by_content(lay: Lay) -> None:
    """SciERC and PHEE publish a `train.json`, MAVEN and MAVEN-ERE a `train.jsonl`."""
    root = lay("scierc", "raw/a").parent
    for name in SAMPLE_SOURCES:
        lay(name, f"raw/{name}")
    discovered = find_sources(root)
    assert tuple(discovered) == SAMPLE_SOURCES
    for name, source in discovered.items():
        folder = "a" if name == "scierc" else name
        assert {file.parent.name for split in source.splits.values() for file in split.files} == {folder}
    assert [file.parent.name for file in discovered["scierc"].skipped] == ["scierc"]
    assert list(find_sources(root, ("phee", "rams"))) == ["phee", "rams"]


def test_the_copy_nearest_the_root_is_read(lay: Lay) -> None:
    lay("carb", "raw/b/a")
    lay("carb", "raw/c", **{"test.tsv": "A b .\tx\ty\n"})
    root = lay("carb", "raw/d").parent
    carb = find_sources(root)["carb"]
    assert {name: str(split.files[0].relative_to(root)) for name, split in carb.splits.items()} == {
        "validation": "c/dev.tsv",
        "test": "c/test.tsv",
    }
    assert [str(file.relative_to(root)) for file in carb.skipped] == ["b/a/dev.tsv", "d/dev.tsv"]


def test_other_content_under_a_published_name_is_ignored(lay: Lay) -> None:
    folder = lay("carb", **{"train.json": "[1, 2, 3]", "train.jsonl": "{}\n", "test.tsv": "id\tname\n"})
    assert list(find_sources(folder)) == ["carb"]
    assert list(find_sources(folder)["carb"].splits) == ["validation"]


@pytest.mark.parametrize("name", SAMPLE_SOURCES)
def test_a_folder_without_files(name: str, tmp_path: Path) -> None:
    assert f"no files of {name} in it; expected " in read_error(name, tmp_path)
    assert "no such folder" in read_error(name, tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    assert "no such folder" in read_error(name, tmp_path / "file")
    with pytest.raises(InputError, match="no files of any source"):
        find_sources(tmp_path)


def test_unknown_names(tmp_path: Path) -> None:
    for call in (
        lambda: load_records("fewrels", tmp_path),
        lambda: find_sources(tmp_path, ("fewrels",)),
        lambda: get_source("x"),
    ):
        with pytest.raises(InputError, match=r"unknown source '(fewrels|x)'; the sources are .*carb, .*fewrel, "):
            call()


# ---- formats of users' own data -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bio", "brat", "hub-ner", "records"])
def test_a_format_of_users_is_found(name: str) -> None:
    assert get_source(name).role == "own"
    for layout in (NATIVE / name).iterdir():
        assert list(find_sources(layout)) == [name]


def test_a_published_set_has_priority_unless_only_the_format_is_named() -> None:
    folder = NATIVE / "conll2003/copy"
    assert list(find_sources(folder)) == list(find_sources(folder, ("conll2003",))) == ["conll2003"]
    assert list(find_sources(folder, ("bio",))) == ["bio"]


# ---- files that cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLE_SOURCES)
def test_an_empty_file(name: str, lay: Lay, native: dict) -> None:
    file = next(iter(native[name]))
    for nothing in ("", "\n\n", b"\xef\xbb\xbf"):
        folder = lay(name, **{file: nothing})
        assert f"{folder / file}: the file is empty; download it again" in read_error(name, folder)


@pytest.mark.parametrize("name", SAMPLE_SOURCES)
def test_another_layout(name: str, lay: Lay, native: dict) -> None:
    file = next(iter(native[name]))
    folder = lay(name, **{file: '{"some": "thing"}\n'})
    expected = f"{folder / file}: does not have the layout of {get_source(name).title}; "
    assert read_error(name, folder).startswith(expected)


@pytest.mark.parametrize("name", SAMPLE_SOURCES)
def test_utf_16(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        folder = lay(name, **{file: mark + content.encode(encoding)})
        assert f"{folder / file}: is UTF-16; save the file as UTF-8" in read_error(name, folder)
        folder = lay(name, **{file: content.encode(encoding)})
        assert str(folder / file) in read_error(name, folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_file_without_read_permission(lay: Lay) -> None:
    folder = lay("carb")
    (folder / "dev.tsv").chmod(0)
    assert "cannot be read (Permission denied)" in read_error("carb", folder)
