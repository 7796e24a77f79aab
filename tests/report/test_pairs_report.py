"""The report of pairs: counts beside the paper's, what was dropped, and what only one side of a pair has."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Entity
from adelie_hf.api import build_iefeedback
from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.iefeedback import FeedbackRecipe
from adelie_hf.prompts import write
from adelie_hf.report import write_pairs_report
from adelie_hf.report.build_report import Segment
from adelie_hf.report.pairs_report import mark_difference
from tests.iefeedback.test_pairs import HALF, RIGHT, WRONG, row, write_samples
from tests.report.test_build_report import HOSTILE, _Page


@pytest.fixture
def samples(tmp_path):
    """The folder of samples of twenty prompts; two have answers that are all right."""
    rows = [row(f"{number} {HOSTILE}", [RIGHT, WRONG, HALF]) | {"source": "conll2003"} for number in range(18)]
    rows += [row(f"right {number}", [RIGHT]) for number in range(2)]
    (tmp_path / "samples").mkdir()
    write_samples(tmp_path / "samples" / "samples.jsonl", rows)
    return tmp_path / "samples"


def report_text(folder, rows, **recipe):
    """Return the text of the report of a build."""
    (folder / "samples").mkdir()
    write_samples(folder / "samples" / "samples.jsonl", rows)
    build_iefeedback(folder / "samples", out=folder / "build", recipe=FeedbackRecipe(**recipe))
    return _Page(write_pairs_report(folder / "build").read_text(encoding="utf-8")).text


def test_a_report_has_counts_and_pairs(samples, tmp_path, caplog):
    out = tmp_path / "build"
    with caplog.at_level("INFO"):
        assert main(["build", "iefeedback", "--data-dir", str(samples), "--out", str(out), "--report"]) == 0
    assert f"see {out / 'report.html'}" in caplog.text
    text = (out / "report.html").read_text(encoding="utf-8")
    page = _Page(text)
    assert page.open == [] and not {"script", "link", "img"} & set(page.elements) and "<b onmouseover" not in text
    assert "18 pairs" in page.text and "all as good as the gold answer" in page.text
    assert "rank the two sides alike in every pair." in page.text
    words = page.text.split()
    at = words.index("conll2003")
    assert words[at : at + 7] == ["conll2003", "ner", "5", "13", "1.000", "883", "0.740"]
    assert page.elements.count("details") == 10 and page.titles.count("only in this answer") >= 10
    assert HOSTILE in page.text


def test_a_report_says_how_often_the_criteria_agree(tmp_path):
    gold = tuple(Entity(letter, "x") for letter in "abcdef")
    upside_down, all_but_one = write(gold[::-1], "ner"), write(gold[:-1], "ner")
    rows = [row("a", [upside_down, all_but_one], gold), *(row(name, [RIGHT, WRONG]) for name in "bc")]
    text = report_text(tmp_path, rows, offline=0.0, gap=0.05)
    assert "rank the two sides alike in 66.67% of the pairs." in text


def test_a_gap_on_a_border_counts_for_the_upper_tenth(tmp_path):
    gold = tuple(Entity(letter, "x") for letter in "abc")
    text = report_text(tmp_path, [row("a", [write(gold[:-1], "ner")], gold)])  # F1 0.8
    shares = re.findall(r"(0\.\d) to 0\.\d\s+(\d)\s", text)
    assert dict(shares)["0.2"] == "1" and dict(shares)["0.1"] == "0"


def test_only_pairs_have_a_report(samples, tmp_path):
    with pytest.raises(InputError, match="manifest.json: cannot be read"):
        write_pairs_report(tmp_path)
    build_iefeedback(samples, out=tmp_path / "build", recipe=FeedbackRecipe(shape="unpaired"))
    with pytest.raises(InputError, match="build: the shape is 'unpaired', and only pairs have a report"):
        write_pairs_report(tmp_path / "build")
    manifest = json.loads((tmp_path / "build" / "manifest.json").read_text())
    (tmp_path / "build" / "manifest.json").write_text(json.dumps(manifest | {"kind": "ieinstruct"}))
    with pytest.raises(InputError, match="not a build of IEFeedback"):
        write_pairs_report(tmp_path / "build")


def test_a_report_of_other_rows_is_refused_before_the_build(samples, tmp_path, capsys):
    recipe, out = tmp_path / "recipe.yaml", tmp_path / "build"
    recipe.write_text("shape: unpaired\n")
    build = ["build", "iefeedback", "--data-dir", str(samples), "--recipe", str(recipe), "--out", str(out)]
    assert main([*build, "--report"]) == 2 and not out.exists()
    error = capsys.readouterr().err
    assert f"{recipe}: the shape is 'unpaired', and only pairs have a report" in error and "(option --report)" in error
    recipe.write_text("shape: all_pairs\n")
    assert main([*build, "--report"]) == 0 and (out / "report.html").is_file()


@given(st.text("ab: ;\n", max_size=12), st.text("ab: ;\n", max_size=12))
def test_what_is_marked_is_the_difference(first, second):
    marked = mark_difference(first, second)
    assert ["".join(segment.text for segment in side) for side in marked] == [first, second]
    common = ["".join(segment.text for segment in side if segment.label is None) for side in marked]
    assert common[0] == common[1]
    assert first != second or not any(segment.label for side in marked for segment in side)


def test_long_answers_are_compared_item_by_item():
    names = [f"N{number}: place;" for number in range(100)]
    first = f"[Answer]: {' '.join([*names, 'Acme: company;'])}"
    second = f"[Answer]: {' '.join([*reversed(names), *['Acme: company;'] * 300])}"
    marked = mark_difference(first, second)
    assert marked[0] == [Segment(first)]
    assert marked[1][-1] == Segment(" ".join(["Acme: company;"] * 299), "only in this answer")
    assert ["".join(segment.text for segment in side) for side in marked] == [first, second]
