"""Models and adapters on the Hub: their trees, their cards, and a plain client that uses them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard, parse_eval_result_entries

from adelie_hf.build import build as build_rows
from adelie_hf.files import read_json, write_json
from adelie_hf.manifest import ModelManifest, RunInputs, RunManifest, environment
from adelie_hf.rows import completion_text, read_rows
from adelie_hf.run_folder import RunFolder
from tests.hub.conftest import assert_one_line, hub_environment
from tests.hub.server import Fault, card_errors


@pytest.fixture
def run(build: Path, model: Path, tmp_path: Path) -> Path:
    """A run folder as `adelie-hf align` leaves it, whose models answer with the gold answers and a wrong one."""
    from adelie_hf.evaluation import score_run
    from adelie_hf.iefeedback import plan

    run = RunFolder(tmp_path / "run")
    shutil.copytree(build, run.ieinstruct)
    shutil.copytree(model.parent, run.stage("sft"))
    rows = {split: list(read_rows(build / f"{split}.parquet")) for split in ("train", "test")}
    for file, split in (
        (run.samples_file, "train"),
        (run.outputs("base"), "test"),
        (run.outputs("sft"), "test"),
        (run.outputs("dpo"), "test"),
    ):
        wrong = "[Answer]: NA" if file != run.outputs("dpo") else None
        lines = [dict(row) | {"samples": [wrong or completion_text(row), completion_text(row)]} for row in rows[split]]
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    build_rows(plan(run.samples), run.iefeedback)
    dpo = Path(shutil.copytree(run.stage("sft"), run.stage("dpo"))) / "model" / "manifest.json"
    changes = {"method": "DPO", "hyperparameters": {"learning_rate": 0.5, "beta": 0.1}}
    ModelManifest.load(dpo).model_copy(update=changes).save(dpo)
    inputs = RunInputs(seed=1, model="someone/base", files={}, recipe={}, library="")
    RunManifest(inputs=inputs, environment=environment()).save(run.manifest)
    write_json(run.seconds, {"sft": 600, "dpo": 30})
    write_json(run.scores, score_run(run, 1))
    return run.path


def test_the_tree_has_what_a_client_needs(commands, model, tmp_path):
    assert commands("push", "model", model, "user/m", "--to", "t", cwd=tmp_path).code == 0
    names = {path.name for path in (tmp_path / "t").iterdir()}
    assert names == {path.name for path in model.iterdir()} - {"training_args.bin"} | {"README.md"}
    for name in ("config.json", "tokenizer_config.json"):
        assert not {"_name_or_path", "name_or_path"} & set(read_json(tmp_path / "t" / name))
    for file in (tmp_path / "t").iterdir():
        assert str(tmp_path).encode() not in file.read_bytes()


def test_the_card_of_a_run(hub, commands, run, tmp_path):
    unlinked = commands("push", "model", run, "user/m", "--to", "unlinked", cwd=tmp_path)
    assert unlinked.code == 0 and "no .eval_results" in unlinked.err
    assert commands("push", "dataset", run / "ieinstruct", "user/rows", cwd=tmp_path).code == 0
    assert commands("push", "model", run, "user/m", "--to", "t", cwd=tmp_path).code == 0
    card = (tmp_path / "t" / "README.md").read_text()
    assert card_errors(card, "model") == []
    assert "\n\n**Warning:** SFT scores 0." in card
    data: Any = ModelCard(card).data
    assert data.base_model == "someone/base" and data.datasets == ["user/rows"] and data.library_name == "transformers"
    assert data.metrics == ["carb", "ie_f1", "odie_table"] and data.license is None and data.language == ["en"]
    revision = hub.repo("user/rows", "dataset").refs["main"]
    results = read_json(run / "scores.json")["results"]
    assert len(data.eval_results) == len(results) == 10
    by_config = {result.dataset_config: result for result in data.eval_results}
    for result in results:
        entry = by_config[f"{result['task']}-{result['source']}"]
        assert entry.metric_value == round(result["scores"]["dpo"]["value"], 4) == 1.0
        assert (entry.dataset_type, entry.dataset_revision) == ("user/rows", revision)
    file = tmp_path / "t" / ".eval_results" / "adelie_hf.yaml"
    entries = parse_eval_result_entries(yaml.safe_load(file.read_text()))
    assert {(entry.dataset_id, entry.dataset_revision, entry.value) for entry in entries} == {
        ("user/rows", revision, 1.0)
    }
    configs = {
        config["config_name"] for config in yaml.safe_load(_metadata(hub.repo("user/rows", "dataset")))["configs"]
    }
    assert {entry.task_id for entry in entries} == set(by_config) <= configs
    assert "| learning_rate | 0.125 | 0.5 |" in card and "| beta | - | 0.1 |" in card
    assert "DPO: 3 steps on a device, 1 process, 0.5 minutes." in card
    assert "made-up texts in the format of FewRel | relation classification | 12 | Apache-2.0" in card
    assert "preference pairs" in card and "someone/base" in card and str(run) not in card


def _metadata(repo) -> str:
    return repo.tree()["README.md"].decode().split("---")[1]


def test_the_last_round_is_pushed_with_all_stages(commands, run, tmp_path):
    folder, pushed = RunFolder(run), tmp_path / "t"
    shutil.copytree(folder.stage("dpo"), folder.stage("dpo-2"))
    shutil.copytree(folder.iefeedback, folder.in_round(2).iefeedback)
    shutil.copy(folder.outputs("dpo"), folder.outputs("dpo-2"))
    scores = read_json(folder.scores)
    for result in scores["results"]:
        result["scores"]["dpo-2"] = result["scores"]["dpo"] | {"value": 0.5}
    write_json(folder.scores, scores)
    write_json(folder.seconds, {"sft": 600, "dpo": 30, "dpo-2": 60})
    assert commands("push", "model", run, "user/m", "--to", pushed, cwd=tmp_path).code == 0
    card = ModelCard.load(pushed / "README.md")
    assert {result.metric_value for result in card.data.eval_results} == {0.5}
    assert "| learning_rate | 0.125 | 0.5 | 0.5 |" in card.text and "this model is `dpo-2`" in card.text
    minutes = re.findall(r"^(\w+): 3 steps on a device, 1 process, ([\d.]+) minutes", card.text, flags=re.MULTILINE)
    assert minutes == [("SFT", "10.0"), ("DPO", "0.5"), ("DPO", "1.0")]
    pairs = sum(read_json(folder.iefeedback / "manifest.json")["units"][0]["counts"]["kept"].values())
    assert f"DPO: {2 * pairs} preference pairs, made from this model's own samples after SFT and after" in card.text
    manifest = ModelManifest.load(pushed / "manifest.json")
    assert manifest.system == "dpo-2" and [stage.method for stage in manifest.stages or []] == ["SFT", "DPO", "DPO"]
    assert commands("push", "model", run / "dpo", "user/m", "--to", tmp_path / "first", cwd=tmp_path).code == 0
    assert f"DPO: {pairs} preference pairs" in (tmp_path / "first" / "README.md").read_text()


def test_benchmarks_of_a_run_are_in_its_card(commands, run, tmp_path):
    scores = read_json(run / "scores.json")
    measures = {"F1": {"value": 0.75, "interval": [0.5, 1.0], "published": 0.875}, "AUC": {"value": 0.25}}
    benchmark = {
        **{"title": "Mine", "task": scores["results"][0]["task"], "shots": 4, "rows": 8, "scores": {"dpo": measures}},
        **{"reported": {}, "reported_in": "", "known_errors": []},
    }
    (run / "benchmarks").mkdir()
    content = {"seed": 1, "results": scores["results"][:1], "benchmarks": [benchmark]}
    write_json(run / "benchmarks" / "mine.json", content)
    assert commands("push", "model", run, "user/m", "--to", "t", cwd=tmp_path).code == 0
    card = ModelCard.load(tmp_path / "t" / "README.md")
    found = [result for result in card.data.eval_results if result.dataset_config == "mine-4-shot"]
    assert [(each.metric_name, each.metric_value) for each in found] == [("F1", 0.75), ("AUC", 0.25)]
    assert "## Benchmarks\n\nMine, 4-shot, 8 rows:\n\n| system | F1 |" in card.text
    assert "| dpo | 0.750 [0.500, 1.000] | 0.875 | 0.250 |" in card.text


def test_a_stage_is_pushed_with_its_own_scores(commands, run, tmp_path):
    assert commands("push", "model", run / "sft", "user/m", "--to", "t", cwd=tmp_path).code == 0
    card = ModelCard.load(tmp_path / "t" / "README.md")
    values = {result.dataset_config: result.metric_value for result in card.data.eval_results}
    assert values["rc-sample-fewrel"] < 1.0 and "DPO" not in card.text.split("## Scores")[0]


def test_the_emissions_measured_by_codecarbon_are_in_the_card(commands, model, tmp_path):
    (model.parent / "emissions.csv").write_text("timestamp,emissions\n1,0.001\n2,0.0005\n")
    assert commands("push", "model", model, "user/m", "--to", "t", cwd=tmp_path).code == 0
    emissions = ModelCard.load(tmp_path / "t" / "README.md").data.co2_eq_emissions
    assert emissions["emissions"] == 1.5 and emissions["source"] == "codecarbon"
    assert emissions["hardware_used"] == "a device"


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ("model.safetensors", "no safetensors"),
        ("tokenizer.json", "no tokenizer"),
        ("chat_template.jinja", "no chat template"),
        ("generation_config.json", "no generation settings"),
        ("manifest.json", "has no manifest.json"),
        ("config.json", "has no model"),
    ],
)
def test_a_missing_file_is_named(commands, model, tmp_path, missing, line):
    (model / missing).unlink()
    assert_one_line(commands("push", "model", model, "user/m", "--to", "t", cwd=tmp_path), line)
    assert not (tmp_path / "t").exists()


def test_a_path_of_this_machine_is_not_pushed(commands, model, tmp_path):
    (model / "config.json").write_text(json.dumps({"cache": f"{model}/cache"}))
    assert_one_line(
        commands("push", "model", model, "user/m", "--to", "t", cwd=tmp_path), "config.json: names", "this machine"
    )


def test_an_adapter_names_its_base(commands, model, tmp_path):
    (model / "config.json").unlink()
    (model / "model.safetensors").rename(model / "adapter_model.safetensors")
    settings = {"peft_type": "LORA", "base_model_name_or_path": str(tmp_path / "sft")}
    write_json(model / "adapter_config.json", settings)
    assert commands("push", "adapter", model, "user/a", "--to", "t", cwd=tmp_path).code == 0
    assert read_json(tmp_path / "t" / "adapter_config.json")["base_model_name_or_path"] == "someone/base"
    card = ModelCard.load(tmp_path / "t" / "README.md").data
    assert (card.base_model, card.library_name, card.base_model_relation) == ("someone/base", "peft", "adapter")
    write_json(model / "manifest.json", read_json(model / "manifest.json") | {"base": None})
    assert_one_line(
        commands("push", "adapter", model, "user/a", "--to", "u", cwd=tmp_path), "its base is not on the Hub"
    )
    assert_one_line(commands("push", "model", model, "user/a", "--to", "u", cwd=tmp_path), "push it as `adapter`")


def test_branch_pull_request_and_privacy(hub, commands, model, tmp_path):
    assert commands("push", "model", model, "user/m", "--private", "--revision", "v1", cwd=tmp_path).code == 0
    repo = hub.repo("user/m")
    assert repo.private and "config.json" in repo.tree("v1") and list(repo.tree()) == [".gitattributes"]
    opened = commands("push", "model", model, "user/m", "--pr", cwd=tmp_path)
    assert opened.code == 0 and "/discussions/1" in opened.out
    assert "config.json" in repo.tree("refs/pr/1") and list(repo.tree()) == [".gitattributes"]
    hub.put("user/open", {})
    assert_one_line(commands("push", "model", model, "user/open", "--private", cwd=tmp_path), "exists and is public")
    assert list(hub.repo("user/open").tree()) == [".gitattributes"]
    assert_one_line(
        commands("push", "model", model, "user/m", "--drop-licensed", cwd=tmp_path), "only a data set has rows"
    )


def test_a_refused_card_stops_the_push_before_the_upload(hub, commands, model, tmp_path):
    answer = json.dumps({"errors": [{"message": "base_model is not known"}]})
    hub.faults.append(Fault("validate-yaml", status=400, text=answer))
    assert_one_line(
        commands("push", "model", model, "user/m", cwd=tmp_path), "refuses the card (- base_model is not known)"
    )
    assert list(hub.repo("user/m").tree()) == [".gitattributes"] and not hub.requests("preupload|^PUT")


@pytest.mark.train
def test_a_pushed_model_answers(hub, commands, build, model, tmp_path):
    """A plain client runs the code of the card."""
    from datasets import Dataset

    from adelie_hf.training.tiny_llama import build_tiny_llama

    rows = Dataset.from_parquet(str(build / "train.parquet")).to_list()
    small = {"vocab_size": 600, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    small |= {"num_attention_heads": 2, "num_key_value_heads": 2, "tie_word_embeddings": True}
    build_tiny_llama((row["text"] for row in rows), tmp_path / "small", small, seed=1)
    shutil.copy(model / "manifest.json", tmp_path / "small" / "manifest.json")
    assert commands("push", "model", tmp_path / "small", "user/small", cwd=tmp_path).code == 0
    card = hub.repo("user/small").tree()["README.md"].decode()
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    env = hub_environment(hub.endpoint, tmp_path) | {"PYTHONPATH": "", "ADELIE_HF_HOOKS": "0"}
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}\nimport sys\nassert 'adelie_hf' not in sys.modules\nprint(model.num_parameters())",
        ],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout.splitlines()[-1]) > 10_000
    assert hub.requests("GET /user/small/resolve/.*/model.safetensors")
