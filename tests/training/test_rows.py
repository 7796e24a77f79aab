"""Rows that cannot be trained on are an error of one line, before a model is loaded."""

from __future__ import annotations

import json

import pyarrow
import pyarrow.parquet
import pytest

from adelie_hf.errors import InputError
from adelie_hf.rows import message
from adelie_hf.training import load_rows
from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train

SCHEMA = pyarrow.schema([("prompt", pyarrow.string())])


@pytest.fixture
def build(tmp_path):
    """A function that makes a folder with one Parquet file a split."""

    def make(**splits):
        for split, rows in splits.items():
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, SCHEMA), tmp_path / f"{split}.parquet")
        return str(tmp_path)

    return make


@pytest.mark.parametrize(
    ("splits", "asked", "message"),
    [
        ({"train": []}, ("train", []), r"train.parquet: has no row"),
        ({"train": [{"prompt": "a"}], "test": []}, ("test", []), r"test.parquet: has no row"),
        ({"train": [{"prompt": "a"}]}, ("test", []), r"cannot read the split 'test' .*\['train'\]"),
        ({}, ("train", []), r"cannot read the split 'train' .*any data files"),
        ({"train": [{"prompt": "a"}]}, ("train", ["prompt", "chosen"]), r"no column chosen; its columns are prompt"),
    ],
)
def test_rows_that_are_not_there_are_named(build, splits, asked, message):
    with pytest.raises(InputError, match=message):
        load_rows(build(**splits), None, *asked)


def test_folders_of_one_name_have_rows_of_their_own(tmp_path):
    """Builds of runs are all called `ieinstruct`; with a card, as pulled ones have it, `datasets` mixes them up."""
    card = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train\n    path: data/*/train-*\n---\n"
    for run, prompts in (("one", ["a", "b"]), ("two", ["c"])):
        for file in ("train.parquet", "feedback.parquet", "data/ner-made/train-00000-of-00001.parquet"):
            path = tmp_path / run / ("pulled" if "data" in file else "ieinstruct") / file
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [{"prompt": f"{prompt} {path.name}"} for prompt in prompts]
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, SCHEMA), path)
        (tmp_path / run / "pulled" / "README.md").write_text(card)
    for run, prompts in (("one", ["a", "b"]), ("two", ["c"])):
        for folder, split in (("ieinstruct", "train"), ("ieinstruct", "feedback"), ("pulled", "train")):
            rows = load_rows(str(tmp_path / run / folder), None, split, ["prompt"])
            assert [row["prompt"].split()[0] for row in rows] == prompts
            assert all(row["prompt"].split()[1].startswith(split) for row in rows)


def test_a_name_is_needed():
    with pytest.raises(InputError, match="no rows to read"):
        load_rows(None, None, "train", [])


@pytest.mark.parametrize(("name", "option"), [("sft", "output_dir"), ("dpo", "output_dir"), ("sample", "output_file")])
def test_the_scripts_find_an_empty_split_before_they_look_for_a_model(build, run_script, tmp_path, name, option):
    folder = build(train=[])
    few = {} if name == "sample" else FEW_STEPS
    with pytest.raises(InputError, match=r"train.parquet: has no row"):
        options = few | {option: tmp_path / "out"}
        run_script(name, model_name_or_path=tmp_path / "none", dataset_name=folder, **options)


def test_a_prompt_with_an_unknown_token_is_found_before_the_first_sample(build_model, run_script, tmp_path):
    from transformers import AutoTokenizer

    model = build_model(tmp_path / "model", seed=1)
    tokenizer = AutoTokenizer.from_pretrained(model)
    tokenizer.add_tokens(["Zebrafinch"])
    tokenizer.save_pretrained(model)
    texts = ["Find the names."] * 20 + ["Find Zebrafinch."]
    rows = [
        {"id": f"a/{number}", "source": "a", "task": "ner", "prompt": [message("user", text)], "answer": "[]"}
        for number, text in enumerate(texts)
    ]
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = {"n": 1, "temperature": 0, "max_new_tokens": 2, "batch_size": 5}
    with pytest.raises(InputError, match=r"'Zebrafinch'.*embedding ends at"):
        run_script(
            "sample",
            model_name_or_path=model,
            dataset_name=tmp_path / "rows",
            output_file=tmp_path / "samples.jsonl",
            **options,
        )
    assert not list(tmp_path.glob("*samples*"))  # no batch was sampled
