"""Predictions from files: read as they are, reported by id, and compared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.evaluation import read_predictions, score_predictions
from adelie_hf.report import scores_as_text
from adelie_hf.rows import completion_text, read_build
from tests.evaluation.test_scores import HELD_OUT, TRAIN

RIGHT, WRONG = "[Answer]: red fish: a; swims: b;", "[Answer]: old oak: a;"


def sure(row_id, confidence):
    return {"id": row_id, "prediction": RIGHT, "confidence": confidence}


def write_lines(file, lines):
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "line",
    [
        lambda row_id, text: {"id": row_id, "prediction": text, "more": 1},
        lambda row_id, text: {"id": row_id, "samples": [text, "another"], "finish": ["stop", "stop"]},
        lambda row_id, text: {"doc_id": 7, "doc": {"id": row_id}, "resps": [["raw"]], "filtered_resps": [text]},
        lambda row_id, text: {"doc_id": 7, "doc": {"id": row_id}, "filtered_resps": [[text]]},
        lambda row_id, text: {"datasets": "x", "id": row_id, "gold": "g", "output": text},
    ],
)
def test_forms_and_orders(tmp_path, line):
    file = write_lines(tmp_path / "p.jsonl", [line("h2", WRONG), line("other", "x"), line("h1", RIGHT)])
    given = read_predictions(file, HELD_OUT)
    assert given.outputs == {"h1": RIGHT, "h2": WRONG} and given.others == 1 and set(given.finishes) <= {"stop"}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([{"id": "h1", "prediction": "x"}], r"p.jsonl: 1 of 2 held-out rows have no answer: h2; answer them"),
        ([{"id": "h1", "prediction": "x"}] * 2, r"p.jsonl:2: a second answer to 'h1'; keep one"),
        ([{"id": "h1", "prediction": None}], r"p.jsonl:1: not a prediction"),
        ([{"id": "h1", "samples": []}], r"p.jsonl:1: not a prediction"),
        (["h1"], r"p.jsonl:1: not a prediction"),
        ([sure("h1", 1.5)], r"p.jsonl:1: the confidence is 1.5; give a number from 0 to 1 for the answer, or a list"),
        ([sure("h1", True)], r"p.jsonl:1: the confidence is True; give a number"),
        ([sure("h2", 1), sure("h1", [0.5, -0.1])], r"p.jsonl:2: the confidence is \[0.5, -0.1\]; give a number"),
        ([sure("h1", [0.5])], r"p.jsonl:1: items read from the answer: 2, their confidences: 1; give one for each"),
    ],
)
def test_what_is_missing_doubled_or_of_another_form_is_named(tmp_path, lines, message):
    with pytest.raises(InputError, match=message):
        read_predictions(write_lines(tmp_path / "p.jsonl", lines), HELD_OUT)


def test_confidences_of_answers_and_of_items(tmp_path):
    given = read_predictions(write_lines(tmp_path / "p.jsonl", [sure("h1", [1, 0.25]), sure("h2", 0)]), HELD_OUT)
    assert given.confidences == {"h1": (1.0, 0.25), "h2": 0.0}
    some = [sure("h1", None), sure("h2", 0.5), sure("not held out", "?")]
    assert read_predictions(write_lines(tmp_path / "p.jsonl", some), HELD_OUT).confidences == {"h2": 0.5}
    samples = [{"id": row["id"], "samples": [RIGHT], "confidence": "high"} for row in HELD_OUT]
    assert not read_predictions(write_lines(tmp_path / "p.jsonl", samples), HELD_OUT).confidences


def test_systems_are_compared_and_bad_ones_said_aloud(tmp_path):
    rows: Any = [{**row, "id": f"{row['id']}-{number}"} for number in range(20) for row in HELD_OUT]
    answers = {"good": completion_text, "broken": lambda row: "I would rather not"}
    predictions = {
        name: read_predictions(
            write_lines(tmp_path / name, [{"id": row["id"], "prediction": answer(row)} for row in rows]), rows
        )
        for name, answer in answers.items()
    }
    scores = score_predictions(rows, predictions, TRAIN)
    (compared,) = scores["comparisons"]
    assert (compared["first"], compared["second"]) == ("good", "broken")
    assert compared["results"][0]["difference"] == 1.0 and compared["results"][0]["p_value"] < 0.001
    assert compared["results"][0]["interval"] == [1.0, 1.0]
    text = scores_as_text(scores)
    assert "good is better than broken on these rows, by 1.000" in text
    assert "100% of the answers of broken cannot be read" in text.splitlines()[0]
    same = score_predictions(rows, {"good": predictions["good"], "again": predictions["good"]}, TRAIN)
    assert "no difference between good and again is shown (0.000, p = 1.000)" in scores_as_text(same)
    with pytest.raises(InputError, match="'nearest' is the name of a baseline"):
        score_predictions(rows, {"nearest": predictions["good"]}, TRAIN)


def test_untrained_systems_are_not_held_against_nearest():
    predictions = read_predictions_of("x")
    assert score_predictions(HELD_OUT, predictions)["warnings"] == [
        warning for warning in score_predictions(HELD_OUT, predictions, TRAIN)["warnings"]
        if warning["kind"] != "below_nearest"
    ]  # fmt: skip


def read_predictions_of(text):
    from adelie_hf.evaluation import Predictions

    return {"mine": Predictions({row["id"]: text for row in HELD_OUT}, [], 0)}


def test_an_array_is_read_as_its_lines(tmp_path):
    (tmp_path / "p.json").write_text(
        json.dumps([{"id": "h2", "prediction": WRONG}, {"id": "h1", "prediction": RIGHT}])
    )
    assert read_predictions(tmp_path / "p.json", HELD_OUT).outputs == {"h1": RIGHT, "h2": WRONG}
    (tmp_path / "cut.json").write_text('[{"id": "h2", "prediction": "x"}, {"id": "h1", "pre')
    with pytest.raises(InputError, match=r"cut.json:1: not valid JSON"):
        read_predictions(tmp_path / "cut.json", HELD_OUT)


def test_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from adelie_hf.build import build
    from adelie_hf.ieinstruct import Recipe, plan

    build(plan(recipe=Recipe(cap=4, held_out_cap=4)), tmp_path / "build")
    _, rows = read_build("build", "test")
    gold = write_lines(
        tmp_path / "gold.jsonl", [{"id": row["id"], "prediction": completion_text(row)} for row in rows]
    )
    empty = write_lines(
        tmp_path / "empty.jsonl", [{"id": row["id"], "prediction": ""} for row in [*rows, {"id": "x"}]]
    )
    command = ["evaluate", "build", "--predictions", f"gold={gold}", "--predictions", f"none={empty}"]
    assert main([*command, "--out", "scores.json", "--report", "r.html", "--report", "r.json"]) == 0
    printed = capsys.readouterr().out
    assert "gold is better than none" in printed
    assert "none: 1 predictions are for rows that are not held out" in printed
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert all(result["scores"]["gold"]["value"] == 1.0 for result in scores["results"] if result["task"] != "openie")
    assert json.loads((tmp_path / "r.json").read_text())["scores"] == scores
    assert "<h1>Evaluation report</h1>" in (tmp_path / "r.html").read_text()
    assert main([*command, "--report", "r.txt"]) == 2
    assert "a report is `.html`, `.md` or `.json` (option --report)" in capsys.readouterr().err
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == scores
    assert main(["evaluate", "build", "--predictions", "a=b.jsonl"]) == 2
    assert "b.jsonl: cannot be read" in capsys.readouterr().err
    assert main([*command, "--predictions", f"gold={empty}"]) == 2
    assert "two systems have the same name" in capsys.readouterr().err
    assert main(["evaluate", "build"]) == 2
    assert "nothing to score; give predictions or a model (option --predictions)" in capsys.readouterr().err
    assert main([*command, "--repeats", "2"]) == 2
    assert "build is a build, whose rows are as they are" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["evaluate", "build", "--predictions", "gold"])
    assert "'gold' is not NAME=FILE" in capsys.readouterr().err
