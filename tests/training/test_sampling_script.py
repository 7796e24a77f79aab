"""The sampling script: files that it knows as complete."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace

import pytest

from adelie_hf.rows import message
from adelie_hf.sampling import read_samples
from adelie_hf.training import parse_arguments

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def script():
    return import_module("adelie_hf.recipes.sample")


@pytest.fixture
def arguments(script, model, tmp_path):
    """A function that returns the arguments for a folder with one row of a task."""

    def make(task):
        row = {"id": "a/1/0", "source": "a", "task": task, "format": "text", "text": "Oslo.", "answer": "[]"}
        row |= {"prompt": [message("user", "Find: Oslo.")], "completion": [message("assistant", "[Answer]: NA")]}
        (tmp_path / "train.jsonl").write_text(json.dumps(row) + "\n")
        names = ["--model_name_or_path", str(model), "--dataset_name", str(tmp_path)]
        names += ["--output_file", str(tmp_path / "out" / "samples.jsonl")]
        (parsed,) = parse_arguments(script.ARGUMENTS, [*names, "--n", "2", "--max_new_tokens", "3"])
        return parsed

    return make


def test_a_complete_file_is_known_for_any_number_of_processes(script, arguments, tmp_path, monkeypatch, caplog):
    script.main(arguments("ner"))
    (row,) = read_samples(tmp_path / "out" / "samples.jsonl")
    assert len(row["samples"]) == 2
    files = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert json.loads(files["samples.jsonl.manifest.json"])["settings"]["processes"] == 1
    monkeypatch.setattr(script, "PartialState", lambda cpu: SimpleNamespace(num_processes=2, process_index=1))
    with caplog.at_level("INFO", "adelie_hf"):
        script.main(arguments("ner"))
    assert "samples.jsonl already exists" in caplog.messages
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()} == files
