"""Rows with `tokens` and `ner_tags`, in files and in memory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import datasets
import pytest

from adelie_hf.errors import InputError
from adelie_hf.records import Mention, Record
from adelie_hf.sources import find_sources, load_records, records_from_dataset
from tests.sources.helpers import NATIVE, categories, read_error

ROWS: list[dict[str, Any]] = [
    {"id": "0", "tokens": ["a", "torque", "wrench", "drill"], "ner_tags": [0, 1, 2, 1]},
    {"id": "1", "tokens": ["nothing"], "ner_tags": [0]},
]
TAGS = ["O", "B-tool", "I-tool", "B-part", "I-part"]
FEATURES = datasets.Features(
    {
        "id": datasets.Value("string"),
        "tokens": datasets.List(datasets.Value("string")),
        "ner_tags": datasets.List(datasets.ClassLabel(names=TAGS)),
    }
)
MENTIONS = (Mention("torque wrench", ((2, 15),), "tool"), Mention("drill", ((16, 21),), "tool"))


def check_rows(records: list[Record], *schema: str) -> None:
    first, second = records
    assert (first.text, second.text) == ("a torque wrench drill", "nothing")
    assert (first.mentions, second.mentions) == (MENTIONS, ())
    assert categories(first) == categories(second) == list(schema)
    assert len({first.id, second.id}) == 2


def test_json_lines_with_a_card() -> None:
    first, second, third = load_records("hub-ner", NATIVE / "hub-ner/json-lines")
    check_rows([first, second], "tool", "part")
    assert (first.id, third.id, third.split) == ("train-1", "validation-1", "validation")
    assert third.mentions == (Mention("bolt", ((0, 4),), "part"),)


@pytest.mark.parametrize(
    "card",
    [
        {"ner_tags": {"feature": {"names": TAGS, "_type": "ClassLabel"}, "_type": "Sequence"}},
        {"default": {"features": {"ner_tags": {"feature": {"num_classes": 5, "names": TAGS, "_type": "ClassLabel"}}}}},
    ],
)
def test_json_lines_with_an_older_card(card: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "dataset_infos.json").write_text(json.dumps(card))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_json_lines_with_tag_names(tmp_path: Path) -> None:
    rows = [row | {"ner_tags": [TAGS[tag] for tag in row["ner_tags"]]} for row in ROWS]
    (tmp_path / "train.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool")


@pytest.mark.parametrize("path", ["train.parquet", "data/train-00000-of-00001.parquet", "default/train/0000.parquet"])
def test_parquet(path: str, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_list(ROWS, features=FEATURES).to_parquet(tmp_path / path)
    assert list(find_sources(tmp_path)) == ["hub-ner"]
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_parquet_in_several_files(tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        file = tmp_path / f"train-{number:05}-of-00002.parquet"
        datasets.Dataset.from_list([row], features=FEATURES).to_parquet(file)
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


@pytest.mark.parametrize("cut", [8, 100, -20, -1])
def test_parquet_that_is_cut_off(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "train.parquet"
    datasets.Dataset.from_list(ROWS, features=FEATURES).to_parquet(file)
    file.write_bytes(file.read_bytes()[:cut])
    assert str(file) in read_error("hub-ner", tmp_path)


def test_a_data_set_in_memory() -> None:
    dataset = datasets.Dataset.from_list(ROWS, features=FEATURES)
    check_rows(list(records_from_dataset(dataset)), "tool", "part")
    splits = datasets.DatasetDict({"train": dataset, "dev": dataset.select([1])})
    records = list(records_from_dataset(splits, source="mine"))
    check_rows(records[:2], "tool", "part")
    assert [(record.source, record.split, record.id) for record in records] == [
        ("mine", "train", "train-0"),
        ("mine", "train", "train-1"),
        ("mine", "validation", "validation-0"),
    ]
    named = [{"words": row["tokens"], "tags": [TAGS[tag] for tag in row["ner_tags"]]} for row in ROWS]
    check_rows(list(records_from_dataset(datasets.Dataset.from_list(named), tokens="words", tags="tags")), "tool")
    check_rows(list(records_from_dataset(named, split="test", tokens="words", tags="tags")), "tool")


def test_an_invalid_data_set_in_memory() -> None:
    dataset = datasets.Dataset.from_list(ROWS, features=FEATURES)
    for call in (
        lambda: records_from_dataset(dataset, tags="tags"),
        lambda: records_from_dataset([{"tokens": ["a"], "ner_tags": ["B-x", "O"]}]),
        lambda: records_from_dataset([{"tokens": ["a"], "ner_tags": [1]}]),
        lambda: records_from_dataset([{"tokens": "a", "ner_tags": ["B-x"]}]),
        lambda: records_from_dataset([{"tokens": ["a"], "ner_tags": ["O"]}]),
    ):
        with pytest.raises(InputError, match="row 0 of the split train: "):
            list(call())


@pytest.mark.parametrize(
    "row, problem",
    [
        ({"tokens": ["a"], "ner_tags": [1]}, "train.jsonl:1: ner_tags is not a list of strings, and no README.md"),
        ({"tokens": ["a"], "ner_tags": ["B-x", "O"]}, "train.jsonl:1: not a record of"),
        ({"tokens": "a", "ner_tags": ["B-x"]}, "train.jsonl:1: not a record of"),
        ({"tokens": ["a"], "ner_tags": ["B-x"], "tags": None}, ""),
        ({"tokens": ["a", "b"], "ner_tags": ["B-x", "x"]}, "train.jsonl: some tags have a prefix"),
        ({"tokens": ["a"], "ner_tags": ["O"]}, "all tags are O"),
    ],
)
def test_invalid_rows(row: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(json.dumps(row) + "\n")
    if problem:
        assert problem in read_error("hub-ner", tmp_path)
    else:
        assert list(load_records("hub-ner", tmp_path))


def test_an_invalid_card(tmp_path: Path) -> None:
    shutil.copytree(NATIVE / "hub-ner/json-lines", tmp_path, dirs_exist_ok=True)
    (tmp_path / "README.md").write_text("---\na: [\n---\n")
    assert f"{tmp_path / 'README.md'}: its header is not YAML" in read_error("hub-ner", tmp_path)
    # References that double the list at each level.
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(60))
    (tmp_path / "README.md").write_text(f"---\n{bomb}---\n")
    assert "ner_tags is not a list of strings" in read_error("hub-ner", tmp_path)
