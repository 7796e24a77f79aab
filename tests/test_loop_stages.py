"""The stages of the loop without a model: which are run, which are refused, and how a run without pairs ends.

The scripts are replaced by one that writes what they would, so that a run takes a second.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from adelie_hf import align, loop, loop_stages
from adelie_hf.bundled import bundled
from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.manifest import RunManifest
from adelie_hf.rows import completion_text, read_build
from adelie_hf.run_folder import RunFolder
from adelie_hf.sampling import read_samples
from adelie_hf.sampling.samples_file import sampled_row

DATA = SAMPLE / "fewrel"
RIGHT, WRONG = completion_text, "[Answer]: (nobody; nowhere; nothing);"
ALL = ["base", "sft", "samples", "dpo", "outputs/base", "outputs/sft", "outputs/dpo"]


class Scripts:
    """The scripts of a run: `answer` gives a model's answer to a row, `started` has what was started."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.commands: list[list[str]] = []
        self.splits: dict[str, str] = {}
        self.answer: Callable[[str, Any], tuple[str, str]] = lambda stage, row: (RIGHT(row), "stop")

    def run(self, command: list[str], folder: Path, log: Path, stage: str) -> int:
        self.started.append(stage)
        self.commands.append(command)
        options = {
            name.removeprefix("--"): value for name, value in zip(command, command[1:], strict=False) if name[0] == "-"
        }
        if "output_file" in options:
            self.splits[stage] = options["dataset_split"]
            _, rows = read_build(options["dataset_name"], options["dataset_split"])
            out = Path(options["output_file"])
            out.parent.mkdir(exist_ok=True)
            lines = [sampled_row(row, [self.answer(stage, row)]) for row in rows]
            out.write_text("".join(json.dumps(line) + "\n" for line in lines))
        else:
            (Path(options["output_dir"]) / ("" if stage == "base" else "model")).mkdir(parents=True)
        return 0


@pytest.fixture
def scripts(monkeypatch) -> Scripts:
    scripts = Scripts()
    monkeypatch.setattr(loop_stages, "run_script", scripts.run)
    monkeypatch.setattr(loop, "check_script_settings", lambda folder, names: None)  # a process that imports trl
    return scripts


@pytest.fixture
def recipe(tmp_path) -> Path:
    """The tiny recipe with few rows, some of them for preference samples."""
    folder = Path(shutil.copytree(bundled("recipes", "tiny"), tmp_path / "few"))
    file = folder / "ieinstruct.yaml"
    changes = {"cap": 30, "held_out_cap": 10, "feedback_share": 0.2}
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | changes))
    return folder


@pytest.fixture
def run(tmp_path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def test_a_run_without_pairs_scores_base_and_sft_and_says_so(scripts, recipe, run, capsys):
    scripts.answer = lambda stage, row: (WRONG, "stop") if stage == "outputs/base" else (RIGHT(row), "stop")
    arguments = ["align", str(DATA), "--model", "scratch", "--recipe", str(recipe), "--out", str(run.path)]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    note = "DPO was not run: no pair came from 6 prompts (the samples are all as good as the gold answer)"
    assert printed.out.splitlines()[0] == note
    assert "iefeedback: no pair, so there is no DPO (6 read, none kept; dropped: 6 the samples" in printed.err
    assert scripts.started == ["base", "sft", "samples", "outputs/base", "outputs/sft"]
    assert [path.name for path in run.iefeedback.iterdir()] == ["manifest.json"]
    scores = json.loads(run.scores.read_text())
    assert set(scores["results"][0]["scores"]) == {"empty", "nearest", "base", "sft"}
    assert (scores["notes"], scores["warnings"]) == ([note], [])
    assert f"# Run report\n\n{note}.\n" in run.report.read_text().replace("\\", "")

    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.name != ".lock"}
    assert main(arguments) == 0
    again = capsys.readouterr()
    assert again.out == printed.out and again.err == "" and len(scripts.started) == 5
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_bad_result_is_the_first_thing_said(scripts, recipe, run, capsys):
    scripts.answer = lambda stage, row: ("no idea" if stage == "outputs/sft" else "[Answer]: NA", "length")
    arguments = [
        "align",
        str(SAMPLE / "mit-restaurant"),
        "--model",
        "scratch",
        "--recipe",
        str(recipe),
        "--out",
        str(run.path),
    ]
    assert main(arguments) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("warning: SFT scores 0.000 on average, below the ")
    assert "100% of the answers of SFT cannot be read; 100% of the answers of SFT are cut at the limit" in first
    assert "100% of the answers of DPO are cut" in first and "of DPO cannot" not in first and "BASE" not in first
    assert run.report.read_text().splitlines()[0].startswith("**Warning:** SFT scores 0.000 on average")
    assert [warning["kind"] for warning in json.loads(run.scores.read_text())["warnings"]] == [
        "below_nearest",
        "invalid_answers",
        "cut_answers",
        "below_nearest",
        "cut_answers",
    ]


def test_samples_are_for_prompts_that_sft_has_not_seen(scripts, recipe, run):
    scripts.answer = lambda stage, row: (WRONG, "stop")
    align(DATA, "scratch", run.path, recipe)
    assert scripts.started == ALL
    outputs = {stage: "test" for stage in ALL if stage.startswith("outputs/")}
    assert scripts.splits == {"samples": "feedback"} | outputs
    trained = {row["text"] for row in read_build(run.ieinstruct, "train")[1]}
    assert not trained & {row["text"] for row in read_samples(run.samples_file)}


def test_without_a_share_samples_are_for_training_prompts(scripts, recipe, run):
    file = recipe / "ieinstruct.yaml"
    file.write_text(file.read_text().replace("feedback_share: 0.2", "feedback_share: 0.0"))
    align(DATA, "scratch", run.path, recipe)
    assert scripts.splits["samples"] == "train"


def test_stages_one_at_a_time_are_the_loop(scripts, recipe, run):
    scripts.answer = lambda stage, row: (WRONG, "stop")
    for stage in ("ieinstruct", "base", "sft", "samples", "iefeedback", "dpo", "outputs"):
        assert align(DATA, "scratch", run.path, recipe, stages=(stage,)) is None
    assert scripts.started == ALL
    scores = align(DATA, "scratch", run.path, recipe, stages=["scores"])
    assert scores is not None and align(DATA, "scratch", run.path, recipe) == scores
    assert align(DATA, "scratch", run.path, recipe, stages=["dpo", "sft"]) == scores and scripts.started == ALL


def test_scores_follow_the_answers_that_are_there(scripts, recipe, run):
    scripts.answer = lambda stage, row: (RIGHT(row) if stage == "outputs/sft" else WRONG, "stop")
    first = align(DATA, "someone/model", run.path, recipe, stages=["ieinstruct", "outputs/base", "scores"])
    assert first is not None and set(first["results"][0]["scores"]) == {"empty", "nearest", "base"}
    assert first.get("dpo_against_sft") == [] and "## Losses" not in run.report.read_text()
    second = align(DATA, "someone/model", run.path, recipe)
    assert second is not None and set(second["results"][0]["scores"]) == {"empty", "nearest", "base", "sft", "dpo"}
    (comparison,) = second.get("dpo_against_sft", [])
    assert (comparison["source"], comparison["task"], comparison["difference"]) == ("fewrel", "rc", -1.0)
    assert comparison["p_value"] < 0.05
    report = run.report.read_text().replace("\\", "")
    assert "## DPO against SFT" in report and "| fewrel | rc | -1.000 [-1.000, -1.000] | 0.0" in report


def test_stages_are_run_in_the_order_of_the_loop(scripts, recipe, run, capsys):
    arguments = ["align", str(DATA), "--model", "scratch", "--recipe", str(recipe), "--out", str(run.path)]
    assert main([*arguments, "--stages", "outputs/sft,sft,base,ieinstruct"]) == 0
    assert scripts.started == ["base", "sft", "outputs/sft"]
    assert (
        capsys.readouterr().out
        == f"The stages are complete; their results are in {run.path}, which has no scores yet\n"
    )
    assert main([*arguments, "--stages", "sft", "--json"]) == 0
    assert capsys.readouterr().out == "null\n"


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (["sft"], "the stage sft needs the result of ieinstruct, which is missing; run ieinstruct first"),
        (["ieinstruct", "sft"], "the stage sft needs the result of base, which is missing"),
        (["ieinstruct", "base", "sft", "dpo"], "the stage dpo needs the result of iefeedback, which is missing"),
        (["iefeedback"], "the stage iefeedback needs the result of samples, which is missing"),
        (["ieinstruct", "outputs/base"], "the stage outputs/base needs the result of base"),
        (["ieinstruct", "base", "sft", "outputs", "scores"], "the stage outputs/dpo needs the result of dpo"),
        (["sfd"], "unknown stage 'sfd'; did you mean 'sft'?; the stages are ieinstruct, base, sft, "),
        (["ieinstruct", "base", "sft", "scores"], "the stage scores needs answers to score; run outputs first"),
        ([], "no stage is named"),
    ],
)
def test_a_stage_that_cannot_be_run_is_named_before_anything_is(scripts, recipe, run, stages, message):
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        align(DATA, "scratch", run.path, recipe, stages=stages)
    assert scripts.started == [] and not run.path.exists()


def test_a_model_of_the_user_needs_no_base(scripts, recipe, run):
    align(DATA, "someone/model", run.path, recipe, stages=["ieinstruct", "sft"])
    assert scripts.started == ["sft"] and "someone/model" in scripts.commands[0]


def test_a_split_without_rows_ends_the_run_each_time(scripts, recipe, run):
    (recipe / "ieinstruct.yaml").write_text("held_out_cap: 0")
    for _ in range(2):
        with pytest.raises(InputError, match=r"ieinstruct: no rows in test; give more data"):
            align(DATA, "scratch", run.path, recipe)
    assert scripts.started == []


def test_the_launch_is_the_callers(scripts, recipe, run, tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("distributed_type: MULTI_GPU\nnum_processes: 4\nuse_cpu: true\n")
    align(DATA, "scratch", run.path, recipe, stages=["ieinstruct", "base", "sft"], accelerate=mine)
    align(DATA, "scratch", run.path, recipe, stages=["samples"], accelerate="cpu-2", nproc=3)
    align(DATA, "scratch", run.path, recipe, stages=["outputs/sft"])
    own = str(bundled("recipes", "accelerate", "cpu-2.yaml"))
    launches = [
        (command[command.index("--config_file") + 1], command[command.index("--num_processes") + 1])
        for command in scripts.commands[1:]
    ]
    assert launches == [(str(mine), "4"), (own, "3"), (own, "2")]
    recorded = RunManifest.load(run.manifest).launches
    assert {stage: (entry.accelerate, entry.processes) for stage, entry in recorded.items()} == {
        "sft": ("mine.yaml", 4),
        "samples": ("cpu-2.yaml", 3),
        "outputs/sft": ("cpu-2.yaml", 2),
    }


def test_training_goes_on_only_as_it_began(scripts, recipe, run, monkeypatch):
    first = ["ieinstruct", "base"]
    align(DATA, "scratch", run.path, recipe, stages=first)
    monkeypatch.setattr(loop_stages, "run_script", lambda *arguments: 1)
    for stages in (["sft"], ["outputs/base"]):
        with pytest.raises((InputError, OSError)):
            align(DATA, "scratch", run.path, recipe, stages=stages, nproc=2)
    (run.stage("sft") / "checkpoint-5").mkdir(parents=True)
    monkeypatch.setattr(loop_stages, "run_script", scripts.run)
    with pytest.raises(
        InputError, match="sft was begun with 2 processes of cpu-2.yaml, and would go on with 1 process"
    ):
        align(DATA, "scratch", run.path, recipe, stages=["sft"], nproc=1)
    align(DATA, "scratch", run.path, recipe, stages=["outputs/base"], nproc=1)  # samples start again
    align(DATA, "scratch", run.path, recipe, stages=["sft"], nproc=2)
    assert scripts.started == ["base", "outputs/base", "sft"]


@pytest.fixture
def two_rounds(recipe) -> Path:
    (recipe / "align.yaml").write_text("accelerate: cpu-2\nrounds: 2\n")
    return recipe


SECOND = ["samples-2", "dpo-2"]


def option(command: list[str], name: str) -> str:
    return command[command.index(f"--{name}") + 1]


def test_a_second_round_starts_from_the_model_of_the_first(scripts, two_rounds, run):
    scripts.answer = lambda stage, row: (RIGHT(row) if stage == "outputs/dpo-2" else WRONG, "stop")
    scores = align(DATA, "scratch", run.path, two_rounds)
    assert scripts.started == [*ALL[:4], *SECOND, *ALL[4:], "outputs/dpo-2"]
    commands = dict(zip(scripts.started, scripts.commands, strict=True))
    second = run.in_round(2)
    assert option(commands["samples-2"], "model_name_or_path") == str(run.model("dpo"))
    assert option(commands["dpo-2"], "model_name_or_path") == str(run.model("dpo"))
    assert option(commands["dpo-2"], "dataset_name") == str(second.iefeedback)
    assert option(commands["dpo-2"], "config") == option(commands["dpo"], "config")
    assert option(commands["outputs/dpo-2"], "model_name_or_path") == str(run.model("dpo-2"))
    seeds = {stage: option(command, "seed") for stage, command in commands.items()}
    assert {stage for stage in seeds if seeds[stage] == "43"} == set(SECOND)
    assert {stage for stage in seeds if seeds[stage] == "42"} == set(seeds) - set(SECOND)
    assert second.samples_file.parent.name == "samples-2" and second.has_pairs and run.has_pairs
    assert json.loads((second.iefeedback / "manifest.json").read_text())["settings"]["seed"] == 43
    assert set(scores["results"][0]["scores"]) == {"empty", "nearest", "base", "sft", "dpo", "dpo-2"}
    (comparison,) = scores["comparisons"]
    assert (comparison["first"], comparison["second"]) == ("dpo-2", "dpo")
    assert comparison["results"][0]["difference"] == 1.0 and scores["dpo_against_sft"][0]["difference"] == 0.0
    report = run.report.read_text()
    assert "## dpo-2 against dpo, by a paired randomisation test: dpo-2 is better than dpo" in report
    assert "`iefeedback-2`:" in report and "| samples-2 |" in report


def test_a_second_round_is_resumed_stage_by_stage(scripts, two_rounds, run):
    scripts.answer = lambda stage, row: (WRONG, "stop")
    with pytest.raises(InputError, match="the stage dpo-2 needs the result of dpo, which is missing"):
        align(DATA, "scratch", run.path, two_rounds, stages=["dpo-2"])
    for stage in ("ieinstruct", "base", "sft", "samples", "iefeedback", "dpo", "samples-2", "iefeedback-2", "dpo-2"):
        align(DATA, "scratch", run.path, two_rounds, stages=[stage])
        assert (run.path / stage).is_dir()
    assert scripts.started == [*ALL[:4], *SECOND]
    align(DATA, "scratch", run.path, two_rounds, stages=["outputs", "scores"])
    once = [*ALL[:4], *SECOND, *ALL[4:], "outputs/dpo-2"]
    assert scripts.started == once
    align(DATA, "scratch", run.path, two_rounds)
    assert scripts.started == once


@pytest.mark.parametrize("ending", [1, 2])
def test_a_round_without_pairs_is_the_last(scripts, recipe, run, capsys, ending):
    (recipe / "align.yaml").write_text("accelerate: cpu-2\nrounds: 3\n")
    right = "samples" if ending == 1 else "samples-2"
    scripts.answer = lambda stage, row: (RIGHT(row) if stage == right else WRONG, "stop")
    arguments = ["align", str(DATA), "--model", "scratch", "--recipe", str(recipe), "--out", str(run.path)]
    assert main(arguments) == 0
    printed = capsys.readouterr()
    name = {1: "DPO", 2: "DPO-2"}[ending]
    assert f"{name} was not run: no pair came from 6 prompts" in printed.out
    assert f"{'iefeedback-2' if ending == 2 else 'iefeedback'}: no pair, so there is no DPO" in printed.err
    dpo = ["dpo", "samples-2"] if ending == 2 else []
    outputs = ["outputs/base", "outputs/sft", *["outputs/dpo"] * (ending == 2)]
    assert scripts.started == ["base", "sft", "samples", *dpo, *outputs]
    assert main(arguments) == 0 and len(scripts.started) == len([*dpo, *outputs]) + 3


def test_one_round_has_the_names_that_it_always_had(scripts, recipe, run):
    scripts.answer = lambda stage, row: (WRONG, "stop")
    scores = align(DATA, "scratch", run.path, recipe)
    names = {path.name for path in run.path.iterdir()}
    assert {"samples", "iefeedback", "dpo"} <= names and not [name for name in names if "-2" in name]
    assert scripts.started == ALL and "comparisons" not in scores
    with pytest.raises(InputError, match="unknown stage 'dpo-2'; did you mean 'dpo'"):
        align(DATA, "scratch", run.path, recipe, stages=["dpo-2"])


@pytest.mark.parametrize("rounds", [0, 1.5, "two"])
def test_rounds_that_are_no_number_are_named(scripts, recipe, run, rounds):
    (recipe / "align.yaml").write_text(f"rounds: {rounds}\n")
    with pytest.raises(InputError, match=f"align.yaml: rounds is {rounds!r}"):
        align(DATA, "scratch", run.path, recipe)


def test_benchmarks_by_name_are_answered_by_all_models(scripts, recipe, run, tmp_path):
    scripts.answer = lambda stage, row: (WRONG, "stop")
    (recipe / "align.yaml").write_text("accelerate: cpu-2\nbenchmarks: [mit-restaurant]\n")
    align(SAMPLE, "scratch", run.path, recipe, sources=("fewrel",))
    assert scripts.started == [*ALL, *["benchmarks/mit-restaurant"] * 3]
    scores = json.loads(run.benchmark("mit-restaurant").read_text())
    assert {"base", "sft", "dpo"} <= set(scores["benchmarks"][0]["scores"])
    assert (run.path / "benchmarks" / "mit-restaurant.html").is_file()
    # The run has no training row of this source, so that nothing is copied and no mention is seen.
    assert "nearest" not in scores["benchmarks"][0]["scores"]
    assert scores["results"][0]["scores"]["sft"]["seen"]["items"] == 0
    assert {warning["system"] for warning in scores["warnings"]} == {"sft", "dpo"}
    assert "[benchmarks/mit-restaurant.html](benchmarks/mit-restaurant.html)" in run.report.read_text()
    options = scripts.commands[-1]
    assert options[options.index("--temperature") + 1] == "0.0" and f"{recipe / 'evaluate.yaml'}" in options
    align(SAMPLE, "scratch", run.path, recipe, sources=("fewrel",), stages=["benchmarks"])
    assert len(scripts.started) == len(ALL) + 3


def test_benchmarks_during_training_are_read_from_the_data_of_the_run(scripts, recipe, run):
    settings = (recipe / "sft.yaml").read_text()
    (recipe / "sft.yaml").write_text(f"{settings}\neval_benchmarks: [fewrel]\n")
    align(DATA, "scratch", run.path, recipe, stages=["ieinstruct", "base", "sft"])
    options = scripts.commands[-1]
    assert scripts.started == ["base", "sft"]
    assert options[options.index("--eval_benchmarks_dir") + 1] == str(DATA)
    (recipe / "sft.yaml").write_text(f"{settings}\neval_benchmarks: [mit-restaurant]\neval_benchmarks_dir: {SAMPLE}\n")
    align(DATA, "scratch", run.path / "other", recipe, stages=["ieinstruct", "base", "sft"])
    assert "--eval_benchmarks_dir" not in scripts.commands[-1]


@pytest.mark.parametrize("setting", ["align.yaml:benchmarks", "sft.yaml:eval_benchmarks"])
@pytest.mark.parametrize(
    ("name", "message"), [("scierk", "unknown source 'scierk'"), ("carb", "no files of carb in it")]
)
def test_a_benchmark_that_cannot_be_asked_is_found_before_the_first_stage(
    scripts, recipe, run, setting, name, message
):
    file, _, key = setting.partition(":")
    with open(recipe / file, "a", encoding="utf-8") as stream:
        stream.write(f"\n{key}: [{name}]\n")
    with pytest.raises(InputError, match=message):
        align(DATA, "scratch", run.path, recipe)
    assert not scripts.started


@pytest.mark.parametrize("missing", ["val_wiki.json", "train_wiki.json"])
def test_a_benchmark_about_documents_that_the_run_trains_on_is_refused(scripts, recipe, run, tmp_path, missing):
    """A source without one of the two splits is cut by the run; the benchmark holds out all of a published split."""
    shutil.copytree(DATA, tmp_path / "raw")
    (tmp_path / "raw" / missing).unlink()
    (recipe / "align.yaml").write_text("benchmarks: [fewrel]\n")
    with pytest.raises(InputError, match="the benchmark fewrel asks about documents that the run trains on"):
        align(tmp_path / "raw", "scratch", run.path, recipe)


def test_benchmarks_of_one_name_and_none_at_all_are_named(scripts, recipe, run):
    with pytest.raises(InputError, match="the recipe names no benchmark"):
        align(DATA, "scratch", run.path, recipe, stages=["benchmarks"])
    (recipe / "align.yaml").write_text("benchmarks: [fewrel, mine/fewrel.yaml]\n")
    with pytest.raises(InputError, match="two of the benchmarks fewrel, mine/fewrel.yaml have the same name"):
        align(DATA, "scratch", run.path, recipe)
