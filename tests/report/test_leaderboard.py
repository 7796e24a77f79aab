"""All run folders below a directory on one page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.report.leaderboard import leaderboard_tables, read_leaderboard, write_leaderboard


def _write_run(folder: Path, f1: float, rows: int = 10, warnings: list[dict[str, str]] | None = None) -> None:
    def score(value: float) -> dict[str, object]:
        return {"value": value, "interval": [value, value], "parse": {}}

    result = {
        **{"source": "notes", "task": "ner", "metric": "exact-match F1", "rows": rows, "items": 7, "own_split": False},
        "scores": {"empty": score(0.0), "nearest": score(0.125), "sft": score(f1)},
    }
    folder.mkdir(parents=True)
    scores = {"seed": 42, "results": [result], "warnings": warnings or []}
    (folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")


def test_systems_of_all_runs_by_their_means(tmp_path: Path) -> None:
    _write_run(tmp_path / "a", 0.5)
    _write_run(tmp_path / "deep" / "b", 0.75)
    ((title, table),) = leaderboard_tables(read_leaderboard(tmp_path))
    assert title == "notes: 10 held-out rows"
    assert table == [
        ["run", "system", "mean of the closed tasks", "notes ner"],
        ["deep/b", "sft", "0.750", "0.750 [0.750, 0.750]"],
        ["a", "sft", "0.500", "0.500 [0.500, 0.500]"],
        ["a", "nearest", "0.125", "0.125 [0.125, 0.125]"],
        ["deep/b", "nearest", "0.125", "0.125 [0.125, 0.125]"],
    ]


def test_runs_on_other_held_out_rows_are_another_table(tmp_path: Path) -> None:
    _write_run(tmp_path / "a", 0.5)
    _write_run(tmp_path / "b", 0.75, rows=20)
    tables = leaderboard_tables(read_leaderboard(tmp_path))
    assert [(title, table[1][0]) for title, table in tables] == [
        ("notes: 10 held-out rows", "a"),
        ("notes: 20 held-out rows", "b"),
    ]


def test_benchmarks_of_runs_have_tables_of_their_own(tmp_path: Path) -> None:
    for run, f1 in (("a", 0.25), ("b", 0.5)):
        _write_run(tmp_path / run, f1)
        measures = {"F1": {"value": f1, "interval": [f1, f1]}, "AUC": {"value": 1 - f1}}
        benchmark = {"title": "CaRB", "shots": 0, "rows": 7, "scores": {"empty": measures, "sft": measures}}
        (tmp_path / run / "benchmarks").mkdir()
        content = json.loads((tmp_path / run / "scores.json").read_text()) | {"benchmarks": [benchmark]}
        (tmp_path / run / "benchmarks" / "carb.json").write_text(json.dumps(content), encoding="utf-8")
    (_, (title, table)) = leaderboard_tables(read_leaderboard(tmp_path))
    assert title == "CaRB, 0-shot, 7 rows"
    assert table == [
        ["run", "system", "AUC", "F1"],
        ["b", "sft", "0.500", "0.500 [0.500, 0.500]"],
        ["a", "sft", "0.750", "0.250 [0.250, 0.250]"],
    ]


def test_the_page_marks_the_best_and_says_warnings(tmp_path: Path) -> None:
    warning = {"kind": "invalid_answers", "system": "sft", "message": "SFT: 30 % of <answers> cannot be read"}
    _write_run(tmp_path / "a", 0.5, warnings=[warning])
    write_leaderboard(tmp_path / "board.html", read_leaderboard(tmp_path))
    page = (tmp_path / "board.html").read_text(encoding="utf-8")
    assert page.count("<mark>0.500") == 2 and "<mark>0.125" not in page
    assert "a: SFT: 30 % of &lt;answers&gt; cannot be read" in page


def test_what_is_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run with scores below it"):
        read_leaderboard(tmp_path)
    (tmp_path / "scores.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(InputError, match=r"scores\.json: not the scores of a run"):
        read_leaderboard(tmp_path)


def test_the_command_writes_the_page_beside_the_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write_run(tmp_path / "a", 0.5)
    assert main(["leaderboard", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rows"][1][:2] == ["a", "sft"]
    assert (tmp_path / "leaderboard.html").is_file()
