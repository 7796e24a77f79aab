"""The report of a run, in Markdown."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet
import pytest

from adelie_hf.errors import InputError
from adelie_hf.files import write_json, write_json_lines
from adelie_hf.manifest import BuildManifest, CountsEntry, RunInputs, RunManifest, UnitEntry, environment
from adelie_hf.report import score_table, write_run_report
from adelie_hf.report.markdown import markdown_table
from adelie_hf.rows import completion_text, instruct_features, to_table
from adelie_hf.run_folder import RunFolder
from tests.report.test_evaluation_report import ROWS, Parsed
from tests.report.test_score_tables import RUN


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run folder with everything that its report reads."""
    run = RunFolder(tmp_path / "run")
    write_json(run.scores, RUN)
    run.ieinstruct.mkdir()
    for split in ("train", "test"):
        pyarrow.parquet.write_table(to_table(ROWS, instruct_features()), run.ieinstruct / f"{split}.parquet")
    write_json_lines(run.outputs("sft"), [{**row, "samples": [completion_text(row)]} for row in ROWS])
    write_json(run.seconds, {"ieinstruct": 1.6, "outputs/sft": 20.2})
    for stage in ("sft", "dpo"):
        history = [{"step": step, "loss": "0.5", "rewards/margins": 0.1 * step} for step in range(3)]
        write_json(run.losses(stage), [*history, {"train_runtime": 2.0}])
    inputs = RunInputs(seed=1, model="scratch", files={}, recipe={}, library="")
    RunManifest(inputs=inputs, environment=environment()).save(run.manifest)
    counts = CountsEntry(read=2000, kept={"rows": 1990}, dropped={"a | b": 7, "no answer": 3}, noted={"short": 1})
    instruct = UnitEntry(split="train", source="fewrel", task="rc", counts=counts)
    feedback = UnitEntry(split="train", file="samples.jsonl", counts=CountsEntry(read=3, kept={"online": 3}))
    manifest = BuildManifest(
        kind="ieinstruct", settings={}, units=[instruct], inputs={}, outputs={}, environment=environment()
    )
    manifest.save(run.ieinstruct / "manifest.json")
    changes = {"kind": "iefeedback", "units": [feedback]}
    manifest.model_copy(update=changes).save(run.iefeedback / "manifest.json")
    return run


def test_the_report_of_a_run(run):
    write_run_report(run)
    report = run.report.read_text(encoding="utf-8")
    for subset in (None, "seen", "unseen"):
        assert f"\n\n{markdown_table(score_table(RUN, subset))}\n\n" in report
    assert "Own split: " in report and "[report.html](report.html) shows where" in report
    assert r"| train | fewrel | rc | 2,000 | rows: 1,990 | a \| b: 7; no answer: 3 | short: 1 |" in report
    assert "| train | samples.jsonl | all | 3 | online: 3 |  |  |" in report
    assert "| stage | seconds |\n| --- | --- |\n| ieinstruct | 2 |\n| outputs/sft | 20 |\n" in report
    assert report.endswith("\n") and f"datasets {environment().packages['datasets']}" in report.splitlines()[-1]
    assert "\n\n\n" not in report


def test_the_plot_needs_matplotlib(run, monkeypatch):
    pytest.importorskip("matplotlib")
    write_run_report(run)
    assert "![losses](loss.png)" in run.report.read_text() and run.loss_plot.is_file()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    write_run_report(run)
    assert "Install `adelie_hf[report]`" in run.report.read_text()


def test_evaluations_are_plotted_beside_the_losses(run):
    pytest.importorskip("matplotlib")

    def width() -> int:
        write_run_report(run)
        return int.from_bytes(run.loss_plot.read_bytes()[16:20])  # of a PNG file

    three_panels = width()
    history = [{"step": step, "loss": 0.5} for step in range(3)]
    evaluations = [{"step": step, "eval_loss": 0.4, "eval_score": 0.2 * step} for step in (1, 2)]
    write_json(run.losses("sft"), [*history, *evaluations, {"train_runtime": 2.0}])
    assert width() == pytest.approx(three_panels / 3 * 5, rel=0.01)


def test_a_bad_result_is_said_in_the_first_line(run):
    write_run_report(run)
    assert run.report.read_text().startswith("# Run report\n\n[report.html]")
    warning = {"kind": "below_nearest", "system": "sft", "value": 0.1, "limit": 0.2, "message": "SFT <is> bad"}
    write_json(run.scores, {**RUN, "warnings": [warning], "notes": ["DPO was not run"]})
    write_run_report(run)
    lines = run.report.read_text().splitlines()
    assert lines[:5] == [r"**Warning:** SFT \<is> bad.", "", "# Run report", "", "DPO was not run."]


def test_a_run_without_dpo_has_the_losses_of_sft(run):
    run.losses("dpo").unlink()
    write_run_report(run)
    assert "![losses](loss.png)" in run.report.read_text()
    run.losses("sft").unlink()
    write_run_report(run)
    assert "loss.png" not in run.report.read_text()


def test_the_page_of_a_run_has_its_rows(run):
    write_run_report(run)
    page = Parsed(run.report_page.read_text(encoding="utf-8"))
    assert page.data["systems"] == ["sft"] and len(page.data["rows"]) == len(ROWS)
    assert "Frequency in training" in page.visible


def test_an_incomplete_run_is_named(run):
    (run.iefeedback / "manifest.json").write_text('{"kind": "iefeedback", "parts": []}')
    with pytest.raises(InputError, match=r"iefeedback/manifest.json: not a manifest of this version"):
        write_run_report(run)
