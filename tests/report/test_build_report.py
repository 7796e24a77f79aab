"""The report of a build: its counts, its examples, and that no text breaks out of its element."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pyarrow.parquet
import pytest

from adelie_hf.build import build
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import Recipe, plan
from adelie_hf.manifest import BuildManifest
from adelie_hf.report import write_build_report
from adelie_hf.report.build_report import Segment, mark
from adelie_hf.rows import read_rows
from adelie_hf.tasks import TASKS, title_of

HOSTILE = '</script><b onmouseover="x">&amp; `|`'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """IEInstruct of the embedded sample, a few rows per source."""
    out = tmp_path / "ieinstruct"
    build(plan(recipe=Recipe(cap=12, held_out_cap=4, symbols=0.5)), out)
    return out


class _Page(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page: str):
        super().__init__()
        self.elements: list[str] = []
        self.open: list[str] = []
        self.titles: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        self.titles += [value for name, value in attributes if name == "title"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_a_report_has_the_counts_and_examples_of_its_build(folder):
    file = write_build_report(folder)
    assert file == folder / "report.html"
    page = _Page(file.read_text(encoding="utf-8"))
    assert page.open == [] and not {"script", "link", "img"} & set(page.elements)
    rows = {split: list(read_rows(folder / f"{split}.parquet")) for split in ("train", "test")}
    for split in rows:
        assert f"{split}: {len(rows[split]):,} rows" in page.text
        for task in TASKS:
            assert f"{title_of(task)} ({split})" in page.text
    assert page.elements.count("details") == sum(
        min(10, sum(row["task"] == task for row in rows[split])) for split in rows for task in TASKS
    )
    for unit in BuildManifest.load(folder / "manifest.json").units:
        assert f"{unit.source}, {unit.task}" in page.text
        for reason in unit.counts.dropped:
            assert reason in page.text
    assert page.titles and set(page.titles) <= {
        name for split in rows for row in rows[split] for name in _categories(row)
    }


def _categories(row) -> set[str]:
    return {name for category in row["schema"] for name in (category["name"], *category["roles"])}


def test_texts_are_escaped(folder):
    table = pyarrow.parquet.read_table(folder / "test.parquet")
    rows = table.to_pylist()
    for row in rows:
        row["prompt"][-1]["content"] += HOSTILE
        row["source"] = HOSTILE
        row["id"] += HOSTILE
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=table.schema), folder / "test.parquet")
    text = write_build_report(folder).read_text(encoding="utf-8")
    page = _Page(text)
    assert page.open == [] and "b" in page.elements and "onmouseover" not in "".join(page.titles)
    assert "</script>" not in text and "<b onmouseover" not in text
    assert HOSTILE in page.text


def test_only_a_build_of_ieinstruct_has_a_report(folder):
    with pytest.raises(InputError, match="manifest.json: cannot be read"):
        write_build_report(folder.parent)
    manifest = BuildManifest.load(folder / "manifest.json")
    manifest.model_copy(update={"kind": "iefeedback"}).save(folder / "manifest.json")
    with pytest.raises(InputError, match="not a build of IEInstruct"):
        write_build_report(folder)


def test_the_longest_mention_is_marked_and_only_as_complete_words():
    labels = {"Acme": "name", "Acme Inc.": "organization", "a": "letter", " ": "space"}
    assert mark("Acme Inc. and Acmes: a", labels) == [
        Segment("Acme Inc.", "organization"),
        Segment(" and Acmes: "),
        Segment("a", "letter"),
    ]
    assert mark("nothing", {}) == [Segment("nothing")] and mark("", {"a": "letter"}) == []
