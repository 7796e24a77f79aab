"""The whole loop on a few rows: it survives being killed, goes on, and then only prints."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adelie_hf import loop
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.rows import read_build
from adelie_hf.sampling import read_samples

pytestmark = pytest.mark.train

EXAMPLE = Path(__file__).parent.parent / "examples" / "loop_on_the_sample.py"
COMMAND = [sys.executable, str(EXAMPLE), "--out", "run"]  # a relative path, as a user gives it


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    """The example's recipe: `tiny` with very few steps and rows."""
    few_steps = runpy.run_path(str(EXAMPLE))["few_steps"]
    return Path(few_steps(tmp_path_factory.mktemp("recipe") / "few"))


def test_the_loop(tmp_path, recipe):
    run = tmp_path / "run"
    _killed_in_training(run)
    assert not (run / "sft" / "model").exists()

    resumed = subprocess.run(COMMAND, cwd=tmp_path, capture_output=True, text=True, timeout=500)
    assert resumed.returncode == 0, resumed.stderr
    assert "resuming from checkpoint-" in resumed.stderr
    assert "ieinstruct:" not in resumed.stderr  # it was there already
    lines = resumed.stdout.splitlines()
    assert len(lines) == 11 and lines[-1].startswith("everything is in run")
    assert all(": empty " in line and ", dpo " in line for line in lines[:-1])
    scores = json.loads((run / "scores.json").read_text())
    assert len(scores["results"]) == 10
    assert set(scores["results"][0]["scores"]) == {"empty", "nearest", "base", "sft", "dpo"}

    for name in ("manifest.json", "scores.json", "report.md", "report.html", "loss.png", "ieinstruct/manifest.json"):
        assert (run / name).is_file()
    for model in ("base", "sft/model", "dpo/model"):
        assert (run / model / "model.safetensors").is_file()
        assert (run / model / "tokenizer.json").is_file()
    steps = [entry["step"] for entry in json.loads((run / "sft" / "log.json").read_text()) if "loss" in entry]
    assert steps == list(range(1, 21))  # no step twice, none left out
    pairs = json.loads((run / "iefeedback" / "manifest.json").read_text())["units"][0]["counts"]
    assert sum(pairs["kept"].values()) > 0
    sampled = {row["id"] for row in read_samples(run / "samples" / "samples.jsonl")}
    assert len(sampled) == 12 and sampled <= {row["id"] for row in read_build(run / "ieinstruct", "feedback")[1]}

    kinds = {(warning["kind"], warning["system"]) for warning in scores["warnings"]}  # after so few steps
    assert {("below_nearest", "sft"), ("cut_answers", "sft"), ("cut_answers", "dpo")} <= kinds
    assert (run / "report.md").read_text().startswith("**Warning:** SFT scores 0.")

    before = {path: path.stat().st_mtime_ns for path in run.rglob("*") if path.is_file() and path.name != ".lock"}
    again = subprocess.run(COMMAND, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert again.stdout == resumed.stdout and again.stderr == ""
    assert before == {path: path.stat().st_mtime_ns for path in before}

    other = shutil.copytree(recipe, tmp_path / "other")
    (other / "sft.yaml").write_text((recipe / "sft.yaml").read_text() + "\nweight_decay: 0.1\n")
    with pytest.raises(InputError, match="has a run with another recipe"):
        loop.align(None, "scratch", run, other)

    _stock_trl_takes_the_rows(run, tmp_path)
    _the_run_is_ready_for_the_hub(run, tmp_path / "tree")


def _killed_in_training(run: Path) -> None:
    """Starts the loop and kills it, and it alone, once training has a checkpoint."""
    process = subprocess.Popen(COMMAND, cwd=run.parent, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("sft: step") and list(run.glob("sft/checkpoint-*/trainer_state.json")):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()


def _stock_trl_takes_the_rows(run: Path, folder: Path) -> None:
    model = run / "sft" / "model"
    few = "--max_steps 1 --bf16 False --gradient_checkpointing False --use_cpu True --report_to none"
    calls = [
        [
            *(
                "--model_name_or_path",
                str(model),
                "--dataset_name",
                str(run / rows),
                "--output_dir",
                str(folder / kind),
            ),
            *few.split(),
        ]
        for kind, rows in (("sft", "ieinstruct"), ("dpo", "iefeedback"))
    ]
    code = """
import json, runpy, sys
for kind, arguments in zip(("sft", "dpo"), json.loads(sys.argv[1])):
    sys.argv[1:] = arguments
    runpy.run_module(f"trl.scripts.{kind}", run_name="__main__", alter_sys=True)
"""
    stock = subprocess.run(
        [sys.executable, "-c", code, json.dumps(calls)], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert stock.returncode == 0, stock.stderr[-2000:]
    for kind in ("sft", "dpo"):
        assert (folder / kind / "model.safetensors").is_file()


def _the_run_is_ready_for_the_hub(run: Path, tree: Path) -> None:
    from huggingface_hub import ModelCard

    from adelie_hf.hub.push import push

    pushed = push("model", str(run), "user/tiny", to=tree)
    assert {"model.safetensors", "tokenizer.json", "chat_template.jinja", "README.md"} <= set(pushed["files"])
    card = ModelCard.load(tree / "README.md")
    assert "| max_steps | 20 | 4 |" in card.text and "| beta | - | 0.1 |" in card.text
    assert card.data.license == "apache-2.0" and len(card.data.eval_results) == 10
    assert str(run.parent) not in card.content + (tree / "manifest.json").read_text()


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_loop_leaves_no_process(tmp_path, recipe, sent, status):
    """Ctrl-C and a scheduler's SIGTERM reach the recipe too, and the message says how to go on."""
    run = tmp_path / "run"
    arguments = ["align", str(SAMPLE / "fewrel"), "--model", "scratch", "--recipe", str(recipe)]
    process = subprocess.Popen(
        [sys.executable, "-m", "adelie_hf.cli", *arguments, "--out", str(run)],
        # A process started in the background ignores SIGINT, and so would all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("base: starting"):
            break
    time.sleep(1)
    process.send_signal(sent)
    rest = process.stderr.read()
    assert process.wait(60) == status
    assert "interrupted; the same command resumes from what is complete" in rest and "Traceback" not in rest
    assert not _processes_that_name(str(run))


def _processes_that_name(text: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and str(os.getpid()) != entry.parent.name:
            found.append(line)
    return found


def test_a_failing_recipe_is_one_line_with_its_log(tmp_path, recipe):
    broken = shutil.copytree(recipe, tmp_path / "broken")
    (broken / "model.yaml").write_text("vocab_size: 300\nintermediate_size: -1\n")
    failed = subprocess.run(
        [
            sys.executable,
            "-m",
            "adelie_hf.cli",
            "align",
            str(SAMPLE / "fewrel"),
            "--model",
            "scratch",
        ]
        + ["--recipe", str(broken), "--out", str(tmp_path / "run")],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert failed.returncode == 2
    last = failed.stderr.strip().splitlines()[-1]
    assert last.startswith("adelie-hf: base failed with status") and "base.log" in last
    assert "Traceback" not in failed.stderr
    assert not (tmp_path / "run" / "base").exists()


def test_a_misspelt_key_of_the_last_stage_is_found_before_the_first(tmp_path, recipe):
    broken = shutil.copytree(recipe, tmp_path / "broken")
    (broken / "evaluate.yaml").write_text("max_new_token: 8\n")
    with pytest.raises(InputError, match=r"evaluate.yaml: unknown key 'max_new_token'; did you mean"):
        loop.align(SAMPLE / "fewrel", "scratch", tmp_path / "run", broken)
    assert [path.name for path in (tmp_path / "run").iterdir()] == [".lock"]  # a mended recipe is not another one


def test_other_weights_are_another_model(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    known = set()
    for weights in (b"one", b"two"):
        (tmp_path / "model.safetensors").write_bytes(weights)
        known.add(loop._model_identity(str(tmp_path)))
    assert len(known) == 2


def test_the_base_is_part_of_an_adapter(tmp_path):
    known = set()
    for name in ("one", "two"):
        base, adapter = tmp_path / name, tmp_path / "adapter"
        for folder in (base, adapter):
            folder.mkdir(exist_ok=True)
        (base / "config.json").write_text(name)
        (adapter / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(base)}))
        known.add(loop._model_identity(str(adapter)))
    assert len(known) == 2


def test_a_file_that_a_recipe_extends_is_part_of_it(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "align.yaml").write_text("accelerate: cpu")
    (folder / "sft.yaml").write_text("extends: ../shared.yaml")
    known = set()
    for text in ("max_steps: 1", "max_steps: 2"):
        (tmp_path / "shared.yaml").write_text(text)
        known.add(loop._recipe_digests(folder)["sft.yaml"])
    assert len(known) == 2
