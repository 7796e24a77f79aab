"""The training scripts and the sampling script, from a GGUF file on."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

import pytest

from adelie_hf.bundled import bundled
from adelie_hf.digests import cached_digest
from adelie_hf.manifest import ModelManifest
from adelie_hf.models import gguf_file
from adelie_hf.rows import message
from adelie_hf.sampling import read_samples
from adelie_hf.training import parse_arguments

pytestmark = pytest.mark.train

FEW = "--max_steps 1 --bf16 False --gradient_checkpointing False --use_cpu True --report_to none --save_strategy no"


def _script(name):
    spec = importlib.util.spec_from_file_location(f"script_{name}", bundled("recipes", f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _run(name, *arguments):
    """Run a script in this process."""
    script = _script(name)
    script.main(*parse_arguments(script.ARGUMENTS, map(str, arguments)))


@pytest.fixture
def rows(tmp_path):
    """A folder with rows that SFT, DPO and sampling read."""
    prompt, answer, other = [message("user", "Find: Oslo.")], "[Answer]: (Oslo; place);", "[Answer]: NA"
    texts = {"completion": answer, "chosen": answer, "rejected": other}
    row: dict[str, Any] = {"prompt": prompt} | {name: [message("assistant", text)] for name, text in texts.items()}
    row |= {"id": "a/1/ner/0", "source": "a", "task": "ner", "format": "text", "text": "Oslo.", "answer": "[]"}
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "train.jsonl").write_text(json.dumps(row) + "\n")
    return folder


def test_the_scripts_take_a_gguf_file_and_record_its_public_name(gguf_of_qwen, rows, tmp_path, monkeypatch):
    file, *_ = gguf_of_qwen
    monkeypatch.setattr(gguf_file, "GGUF_CACHE", tmp_path / "cache")
    monkeypatch.setitem(gguf_file.PUBLIC_NAMES, cached_digest(file), "someone/tiny")
    for stage in ("sft", "dpo"):
        names = ("--model_name_or_path", file, "--dataset_name", rows, "--output_dir", tmp_path / stage)
        _run(stage, *names, *FEW.split())
        manifest = ModelManifest.load(tmp_path / stage / "model" / "manifest.json")
        assert manifest.base == "someone/tiny" and str(tmp_path) not in json.dumps(manifest.to_json())
    out = tmp_path / "samples" / "samples.jsonl"
    names = ("--model_name_or_path", file, "--dataset_name", rows, "--output_file", out)
    _run("sample", *names, "--n", "1", "--temperature", "0", "--max_new_tokens", "4", "--dtype", "float32")
    assert [len(row["samples"]) for row in read_samples(out)] == [1]
