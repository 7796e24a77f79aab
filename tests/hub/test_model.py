"""Models, adapters and metrics on the Hub: their trees, their cards, and the plain clients that use them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard, SpaceCard, parse_eval_result_entries

import adelie_hf
from adelie_hf.build import build as write_build
from adelie_hf.bundled import bundled
from adelie_hf.files import read_json, write_json
from adelie_hf.hub.wheel import wheel
from adelie_hf.plugin import metrics
from tests.hub.conftest import surroundings
from tests.hub.server import Fault, card_errors
from tests.hub.test_faults import one_line


@pytest.fixture
def run(build: Path, model: Path, tmp_path: Path) -> Path:
    """A run folder as `adelie-hf align` leaves it, with answers that the gold ones and a wrong one stand in for."""
    from datasets import Dataset

    from adelie_hf.evaluation.run import score_run
    from adelie_hf.iefeedback import FeedbackRecipe, plan

    folder = tmp_path / "run"
    shutil.copytree(build, folder / "ieinstruct")
    shutil.copytree(model.parent, folder / "sft")
    rows = {split: list(Dataset.from_parquet(str(build / f"{split}.parquet"))) for split in ("train", "test")}
    gold = {split: [row["completion"][0]["content"] for row in rows[split]] for split in rows}
    for name, split in (
        ("samples/samples", "train"),
        ("outputs/base", "test"),
        ("outputs/sft", "test"),
        ("outputs/dpo", "test"),
    ):
        wrong = "[Answer]: NA" if name != "outputs/dpo" else None
        lines = [row | {"samples": [wrong or text, text]} for row, text in zip(rows[split], gold[split], strict=True)]
        file = folder / f"{name}.jsonl"
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_build("iefeedback", plan(folder / "samples"), {}, asdict(FeedbackRecipe()), folder / "iefeedback")
    dpo = Path(shutil.copytree(folder / "sft", folder / "dpo")) / "model" / "manifest.json"
    write_json(dpo, read_json(dpo) | {"method": "DPO", "hyperparameters": {"learning_rate": 0.5, "beta": 0.1}})
    write_json(folder / "manifest.json", {"inputs": {"model": "someone/base"}})
    write_json(folder / "seconds.json", {"sft": 600, "dpo": 30})
    write_json(folder / "scores.json", score_run(folder, ("base", "sft", "dpo"), 1))
    return folder


def test_the_tree_is_what_others_need(commands, model, tmp_path):
    assert commands("push", "model", model, "user/m", "--to", "t", cwd=tmp_path).code == 0
    names = {path.name for path in (tmp_path / "t").iterdir()}
    assert names == {path.name for path in model.iterdir()} - {"training_args.bin"} | {"README.md"}
    for name in ("config.json", "tokenizer_config.json"):
        assert not {"_name_or_path", "name_or_path"} & set(read_json(tmp_path / "t" / name))
    for file in (tmp_path / "t").iterdir():
        assert str(tmp_path).encode() not in file.read_bytes()


def test_the_card_of_a_run(hub, commands, run, tmp_path):
    said = commands("push", "model", run, "user/m", "--to", "alone", cwd=tmp_path)
    assert said.code == 0 and "no .eval_results" in said.err
    assert commands("push", "dataset", run / "ieinstruct", "user/rows", cwd=tmp_path).code == 0
    assert commands("push", "model", run, "user/m", "--to", "t", cwd=tmp_path).code == 0
    card = (tmp_path / "t" / "README.md").read_text()
    assert card_errors(card, "model") == []
    data: Any = ModelCard(card).data
    assert data.base_model == "someone/base" and data.datasets == ["user/rows"] and data.library_name == "transformers"
    assert data.metrics == ["carb", "ie_f1", "odie_table"] and data.license is None and data.language == ["en"]
    revision = hub.repo("user/rows", "dataset").refs["main"]
    scored = read_json(run / "scores.json")["results"]
    assert len(data.eval_results) == len(scored) == 10
    by_config = {result.dataset_config: result for result in data.eval_results}
    for result in scored:
        shown = by_config[f"{result['task']}-{result['source']}"]
        assert shown.metric_value == round(result["scores"]["dpo"]["value"], 4) == 1.0
        assert (shown.dataset_type, shown.dataset_revision) == ("user/rows", revision)
    file = tmp_path / "t" / ".eval_results" / "adelie_hf.yaml"
    entries = parse_eval_result_entries(yaml.safe_load(file.read_text()))
    assert {(entry.dataset_id, entry.dataset_revision, entry.value) for entry in entries} == {
        ("user/rows", revision, 1.0)
    }
    configs = {each["config_name"] for each in yaml.safe_load(_front(hub.repo("user/rows", "dataset")))["configs"]}
    assert {entry.task_id for entry in entries} == set(by_config) <= configs
    assert "| learning_rate | 0.125 | 0.5 |" in card and "| beta | - | 0.1 |" in card
    assert "DPO: 3 steps on a device, 1 process, 0.5 minutes." in card
    assert "made-up texts in the shape of FewRel | relation classification | 12 | Apache-2.0" in card
    assert "preference pairs" in card and "someone/base" in card and str(run) not in card


def _front(repo) -> str:
    return repo.tree()["README.md"].decode().split("---")[1]


def test_a_stage_is_pushed_with_its_own_scores(commands, run, tmp_path):
    assert commands("push", "model", run / "sft", "user/m", "--to", "t", cwd=tmp_path).code == 0
    card = ModelCard.load(tmp_path / "t" / "README.md")
    values = {result.dataset_config: result.metric_value for result in card.data.eval_results}
    assert values["rc-sample-fewrel"] < 1.0 and "DPO" not in card.text.split("## Scores")[0]


def test_what_codecarbon_measured_is_in_the_card(commands, model, tmp_path):
    (model.parent / "emissions.csv").write_text("timestamp,emissions\n1,0.001\n2,0.0005\n")
    assert commands("push", "model", model, "user/m", "--to", "t", cwd=tmp_path).code == 0
    told = ModelCard.load(tmp_path / "t" / "README.md").data.co2_eq_emissions
    assert told["emissions"] == 1.5 and told["source"] == "codecarbon" and told["hardware_used"] == "a device"


@pytest.mark.parametrize(
    ("gone", "line"),
    [
        ("model.safetensors", "no safetensors"),
        ("tokenizer.json", "no tokenizer"),
        ("chat_template.jinja", "no chat template"),
        ("generation_config.json", "no generation settings"),
        ("manifest.json", "no manifest.json"),
        ("config.json", "no model in it"),
    ],
)
def test_what_is_missing_is_said(commands, model, tmp_path, gone, line):
    (model / gone).unlink()
    one_line(commands("push", "model", model, "user/m", "--to", "t", cwd=tmp_path), line)
    assert not (tmp_path / "t").exists()


def test_a_place_of_this_machine_is_not_pushed(commands, model, tmp_path):
    (model / "config.json").write_text(json.dumps({"cache": f"{model}/cache"}))
    one_line(
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
    one_line(commands("push", "adapter", model, "user/a", "--to", "u", cwd=tmp_path), "its base is not on the Hub")
    one_line(commands("push", "model", model, "user/a", "--to", "u", cwd=tmp_path), "is it `push adapter`?")


def test_branch_pull_request_and_privacy(hub, commands, model, tmp_path):
    assert commands("push", "model", model, "user/m", "--private", "--revision", "v1", cwd=tmp_path).code == 0
    repo = hub.repo("user/m")
    assert repo.private and "config.json" in repo.tree("v1") and list(repo.tree()) == [".gitattributes"]
    opened = commands("push", "model", model, "user/m", "--pr", cwd=tmp_path)
    assert opened.code == 0 and "/discussions/1" in opened.out
    assert "config.json" in repo.tree("refs/pr/1") and list(repo.tree()) == [".gitattributes"]
    hub.put("user/open", {})
    one_line(commands("push", "model", model, "user/open", "--private", cwd=tmp_path), "is there and public")
    assert list(hub.repo("user/open").tree()) == [".gitattributes"]
    one_line(commands("push", "model", model, "user/m", "--drop-licensed", cwd=tmp_path), "is for data sets")


def test_nothing_is_sent_for_a_card_that_the_hub_refuses(hub, commands, model, tmp_path):
    told = json.dumps({"errors": [{"message": "base_model is not known"}]})
    hub.faults.append(Fault("validate-yaml", status=400, text=told))
    one_line(commands("push", "model", model, "user/m", cwd=tmp_path), "refuses the card (- base_model is not known)")
    assert list(hub.repo("user/m").tree()) == [".gitattributes"] and not hub.requests("preupload|^PUT")


# ---- metrics ----------------------------------------------------------------------------------------


def test_the_wheel_is_the_library(tmp_path):
    name, content = wheel()
    assert name == f"adelie_hf-{adelie_hf.__version__}-py3-none-any.whl" and wheel() == (name, content)
    archive = zipfile.ZipFile(BytesIO(content))
    names = set(archive.namelist())
    assert archive.testzip() is None
    assert {
        "adelie_hf/cli.py",
        "adelie_hf/metrics/ie_f1/ie_f1.py",
        "adelie_hf/recipes/sft.py",
        "adelie_hf/py.typed",
    } <= names
    record = archive.read(f"adelie_hf-{adelie_hf.__version__}.dist-info/RECORD").decode().splitlines()
    assert {line.split(",")[0] for line in record} == names
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]


@pytest.mark.parametrize("name", metrics())
def test_the_space_of_every_metric(commands, hub, name, tmp_path):
    assert commands("push", "metric", name, f"user/{name}", "--to", "t", cwd=tmp_path).code == 0
    (packed,) = (tmp_path / "t").glob("*.whl")
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    line = f"adelie_hf @ {hub.endpoint}/spaces/user/{name}/resolve/main/{packed.name}#sha256={digest}"
    assert line in (tmp_path / "t" / "requirements.txt").read_text().splitlines()
    card = (tmp_path / "t" / "README.md").read_text()
    assert card_errors(card, "space") == []
    data: Any = SpaceCard(card).data
    assert data.sdk == "gradio" and data.python_version >= "3.11" and data.license == "apache-2.0"
    assert (tmp_path / "t" / f"{name}.py").read_bytes() == bundled("metrics", name, f"{name}.py").read_bytes()


def test_a_metric_keeps_its_name(commands, tmp_path):
    one_line(commands("push", "metric", "nope", "user/nope", cwd=tmp_path), "unknown metric 'nope'")
    one_line(commands("push", "metric", "ie_f1", "user/other", cwd=tmp_path), "push to a Space named ie_f1")
    one_line(commands("push", "metric", "ie_f1", "user/ie_f1", "--private", cwd=tmp_path), "push it public")


def test_a_pushed_metric_is_installed_and_loaded(hub, commands, tmp_path):
    """As a Space's builder does it, from requirements.txt alone; then as a user does it."""
    assert commands("push", "metric", "ie_f1", "user/ie_f1", cwd=tmp_path).code == 0
    tree = hub.repo("user/ie_f1", "space").tree()
    needed = tmp_path / "requirements.txt"
    needed.write_bytes(b"\n".join(line for line in tree["requirements.txt"].splitlines() if b"adelie_hf" in line))
    env = surroundings(hub.endpoint, tmp_path) | {"PYTHONPATH": str(tmp_path / "library")}
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", tmp_path / "library"]
    subprocess.run([*pip, "-r", needed], env=env, check=True, capture_output=True, timeout=100)
    code = (
        "import adelie_hf, evaluate; print(adelie_hf.__file__)\n"
        "pairs = [[['Acme', 'organization']]]\n"
        "print(evaluate.load('user/ie_f1').compute(predictions=pairs, references=pairs)['f1'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=200
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [str(tmp_path / "library" / "adelie_hf" / "__init__.py"), "1.0"]
    assert hub.requests("/spaces/user/ie_f1/resolve/main/ie_f1.py") and hub.requests("GET .*whl")


# ---- with torch -------------------------------------------------------------------------------------


@pytest.mark.train
def test_a_pushed_model_answers(hub, commands, build, model, tmp_path):
    """A plain client runs the very code of the card."""
    from datasets import Dataset

    from adelie_hf.training.tiny_llama import build_tiny_llama as from_scratch

    rows = Dataset.from_parquet(str(build / "train.parquet")).to_list()
    small = {"vocab_size": 600, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    small |= {"num_attention_heads": 2, "num_key_value_heads": 2, "tie_word_embeddings": True}
    from_scratch((row["text"] for row in rows), tmp_path / "small", small, seed=1)
    shutil.copy(model / "manifest.json", tmp_path / "small" / "manifest.json")
    assert commands("push", "model", tmp_path / "small", "user/small", cwd=tmp_path).code == 0
    card = hub.repo("user/small").tree()["README.md"].decode()
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    env = surroundings(hub.endpoint, tmp_path) | {"PYTHONPATH": "", "ADELIE_HF_HOOKS": "0"}
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
