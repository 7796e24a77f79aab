"""One command: rows of a benchmark, answers of a model, both behaviours in one table, and the spread over wordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.evaluation import answering
from adelie_hf.evaluation.evaluating import evaluate
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.report import scores_as_text
from adelie_hf.rows import completion_text, read_build
from tests.scripted_endpoint import Server

OWN = """title: My places
source: bio
rows: 4
shots: [1]
max_new_tokens: 9
recipe: {wordings: 1}
published_in: a paper of mine
published:
  1:
    theirs: {F1: 12.5}
known_errors: [it is not there]
notes: [the rows are made up]
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A benchmark beside the data that it is of."""
    folder = tmp_path / "raw" / "mine"
    folder.mkdir(parents=True)
    for split, names in (("train", ("Ulm", "Rome", "Oslo")), ("test", ("Bonn", "Ulm", "Kyiv", "Lima", "Riga"))):
        blocks = [f"{name} B-place\nsleeps O\nat O\nnight{number} O\n" for number, name in enumerate(names)]
        (folder / f"{split}.conll").write_text("\n".join(blocks), encoding="utf-8")
    (folder / "places.yaml").write_text(OWN, encoding="utf-8")
    return folder


def gold_but(wrong: int) -> answering.Answering:
    """A model that answers all rows rightly but the first so many."""

    def answer(build: Path, split: str, out: Path, temperature: float, max_new_tokens: int) -> None:
        assert (temperature, max_new_tokens) == (0.0, 9)
        skipped = wrong * (build.name != "4-rows-1-shot")
        lines = [
            {"id": row["id"], "prediction": "[Answer]: NA" if number < skipped else completion_text(row)}
            for number, row in enumerate(read_build(build, split)[1])
        ]
        out.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    return answer


def test_a_benchmark_beside_the_data(mine: Path, tmp_path: Path) -> None:
    models = {"right": gold_but(0), "shaky": gold_but(2)}
    result = evaluate(mine / "places.yaml", models=models, repeats=3, work=tmp_path / "work")
    assert len(result.rows) == 4 and len(result.train) == 3 and set(result.predictions) == set(models)
    assert {len(row["choices"]["demonstrations"]) for row in result.rows} == {1}
    table = result.scores["benchmarks"][0]
    assert table["title"] == "My places" and table["reported"] == {"theirs": {"F1": 0.125}}
    assert {name: score["F1"]["value"] for name, score in table["scores"].items()} == {
        "empty": 0.0, "nearest": pytest.approx(0.25, abs=0.25), "right": 1.0, "shaky": 1.0
    }  # fmt: skip
    spread = table["repeats"]["shaky"]["F1"]
    assert spread == [1.0, pytest.approx(2 / 3), pytest.approx(2 / 3)]
    assert table["repeats"]["right"]["F1"] == [1.0] * 3
    text = scores_as_text(result.scores)
    assert "My places, 1-shot, 4 rows; as reported: a paper of mine" in text and "the rows are made up" in text
    assert "known error of the published scorer: it is not there" in text
    assert "theirs (as reported)  -                     0.125" in text
    assert "shaky   F1       3     0.778  0.192               0.667   1.000" in text
    with pytest.raises(InputError, match="is a build, whose rows are as they are; name a benchmark"):
        evaluate(tmp_path / "work" / "places" / "4-rows-1-shot", models=models, shots=1, work=tmp_path / "work")
    whole = evaluate(mine / "places.yaml", models=models, rows="all", work=tmp_path / "work")
    assert len(whole.rows) == 5 and "repeats" not in whole.scores["benchmarks"][0]


def test_ways_of_asking_that_do_not_differ_are_refused(mine: Path, tmp_path: Path) -> None:
    own = OWN.replace("shots: [1]", "shots: [0]")  # one type, one wording, no demonstration
    (mine / "places.yaml").write_text(own, encoding="utf-8")
    with pytest.raises(InputError, match="there is one way to ask the rows of"):
        evaluate(mine / "places.yaml", models={"m": gold_but(0)}, repeats=2, work=tmp_path / "work")
    (tmp_path / "p.jsonl").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="predictions are answers to one way of asking"):
        evaluate(mine / "places.yaml", predictions={"p": tmp_path / "p.jsonl"}, repeats=2, work=tmp_path / "work")


def test_a_published_measure_that_is_none_is_named(mine: Path) -> None:
    (mine / "places.yaml").write_text(OWN.replace("F1: 12.5", "f1: 12.5"), encoding="utf-8")
    with pytest.raises(InputError, match=r"places.yaml: published.*'f1'.*F1"):
        evaluate(mine / "places.yaml", models={"m": gold_but(0)}, work=mine)


def test_a_benchmark_of_several_tasks_has_a_table_for_each(tmp_path: Path) -> None:
    def right(build: Path, split: str, out: Path, temperature: float, max_new_tokens: int) -> None:
        lines = [{"id": row["id"], "prediction": completion_text(row)} for row in read_build(build, split)[1]]
        out.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    scores = evaluate("scierc", SAMPLE, models={"a": right, "b": right}, rows=3, repeats=2, work=tmp_path).scores
    assert [(each["title"], each["task"]) for each in scores["benchmarks"]] == [
        ("SciERC, named entity recognition", "ner"), ("SciERC, relation extraction", "re")
    ]  # fmt: skip
    assert all(each["repeats"]["a"]["F1"] == [1.0, 1.0] for each in scores["benchmarks"])
    assert [each["source"] for each in scores["comparisons"][0]["results"]] == ["scierc", "scierc", None]


def test_any_source_is_a_benchmark_of_its_held_out_rows(mine: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no build, and a benchmark needs its raw files"):
        evaluate("mine", models={"m": gold_but(0)}, work=tmp_path / "work")
    lines = [{"id": f"mine/test-{at}/ner/0", "prediction": "x"} for at in range(5)]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    with pytest.raises(InputError, match=r"p.jsonl: \d of 5 held-out rows have no answer: mine/test"):
        evaluate("mine", mine.parent, predictions={"p": tmp_path / "p.jsonl"}, work=tmp_path / "work")
    with pytest.raises(InputError, match="'constant' is the name of another system"):
        evaluate("mine", mine, predictions={"constant": tmp_path / "p.jsonl"}, work=tmp_path / "work")


SCRIPT = """
import json, sys
from adelie_hf.rows import completion_text, read_build
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
if given["--model_name_or_path"] == "broken":
    raise ValueError("no such model")
assert given["--n"] == "1" and given["--temperature"] == "0.0" and given["--max_new_tokens"] == "512"
with open(given["--output_file"], "w") as out:
    for row in read_build(given["--dataset_name"], given["--dataset_split"])[1]:
        print(json.dumps({"id": row["id"], "samples": [completion_text(row)], "finish": ["length"]}), file=out)
"""


def test_a_model_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """`recipes/sample.py` runs in a process of its own; here a script with the same options stands for it."""
    script = tmp_path / "sample.py"
    script.write_text(SCRIPT, encoding="utf-8")
    monkeypatch.setattr(answering, "bundled", lambda *parts: script)
    monkeypatch.chdir(tmp_path)
    command = ["evaluate", "carb", "--data-dir", str(SAMPLE), "--rows", "3", "--out", "s.json"]
    assert main([*command, "--model", "runs/sft/model"]) == 2
    missing = "adelie-hf: runs/sft/model: no such folder or file; check the path, or give a Hub id\n"
    assert capsys.readouterr().err == missing
    Path("runs/sft/model").mkdir(parents=True)
    assert main([*command, "--model", "runs/sft/model"]) == 0
    printed = capsys.readouterr().out
    assert "CaRB, 0-shot" in printed and "100% of the answers of runs-sft are cut" in printed
    scores = json.loads((tmp_path / "s.json").read_text())
    assert scores["benchmarks"][0]["scores"]["runs-sft"]["F1"]["value"] == 1.0 and scores["results"][0]["rows"] == 3
    assert main([*command, "--model", "broken"]) == 2
    assert "no answers of broken: status 1: ValueError: no such model; the log is" in capsys.readouterr().err


def test_a_model_behind_an_endpoint(server: Server, tmp_path: Path, capsys: Any) -> None:
    server.script = lambda body, number: server.replies("[Answer]: NA")
    command = ["evaluate", "fewrel", "--data-dir", str(SAMPLE), "--rows", "4", "--work", str(tmp_path)]
    assert main([*command, "--endpoint", server.url, "--model", "org/chat", "--shots", "2", "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["benchmarks"][0]["scores"]["chat"]["F1"]["value"] == 0.0 and scores["benchmarks"][0]["shots"] == 2
    assert len(server.requests) == 4 and {body["temperature"] for body in server.requests} == {0.0}


def test_published_rows_without_prompts_cannot_be_asked(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": 0, "gold": "before", "output": "x"}), encoding="utf-8")
    with pytest.raises(InputError, match="the file of rows has no prompts"):
        evaluate("matres", tmp_path / "t.jsonl", models={"m": gold_but(0)}, work=tmp_path / "work")
    with pytest.raises(InputError, match="has fixed prompts of one task; name its benchmark"):
        evaluate("matres", tmp_path / "t.jsonl", models={"m": gold_but(0)}, repeats=2, work=tmp_path / "work")


def test_without_data_the_benchmarks_are_listed(capsys: Any) -> None:
    assert main(["evaluate"]) == 0
    assert "richere-ed         Rich ERE, event detection            ed      1000  0, 4" in capsys.readouterr().out
    assert main(["evaluate", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) >= {"carb", "robust", "odie", "fewnerd"}
