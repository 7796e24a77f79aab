"""The sampling script: numbers that it refuses, and files that it knows as complete."""

from __future__ import annotations

import json
from importlib import import_module
from types import SimpleNamespace

import pytest

from adelie_hf.errors import InputError
from adelie_hf.rows import message
from adelie_hf.sampling import read_samples
from adelie_hf.training import parse_arguments

pytestmark = pytest.mark.train

NEEDED = ("--model_name_or_path=-", "--dataset_name=-", "--output_file=-")


@pytest.fixture(scope="module")
def script():
    return import_module("adelie_hf.recipes.sample")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("--prompts -3", "prompts is -3; give a whole number from 1"),
        ("--prompts 0", "prompts is 0; give a whole number from 1"),
        ("--n 0", "n is 0; give a whole number from 1"),
        ("--batch_size 0", "batch_size is 0; give a whole number from 1"),
        ("--max_new_tokens 0", "max_new_tokens is 0; give a whole number from 1"),
        ("--temperature -1", "temperature is -1.0; give a number from 0"),
        ("--temperature nan", "temperature is nan; give a number from 0"),
        ("--temperature inf", "temperature is inf; give a number from 0"),
        ("--temperature 0 --n 2", "temperature is 0 and n is 2, but there is one most likely answer; set n to 1"),
    ],
)
def test_numbers_that_cannot_be_are_named(script, options, problem):
    with pytest.raises(InputError, match=f"^{problem}"):
        parse_arguments(script.ARGUMENTS, [*NEEDED, *options.split()])


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


def test_rows_without_gold_give_no_empty_file(script, arguments, tmp_path):
    with pytest.raises(InputError, match="no row of the split 'train' has a gold answer"):
        script.main(arguments("general"))
    assert not (tmp_path / "out").exists()
