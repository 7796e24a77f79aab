"""Records of users, in JSON lines and Parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.answers import Extraction, Table
from adelie_hf.errors import InputError
from adelie_hf.queries import queries
from adelie_hf.records import Mention
from adelie_hf.sources import find_sources, load_records, write_records
from tests.sources.helpers import NATIVE, read_error


def test_records() -> None:
    first, second, third = load_records("records", NATIVE / "records/json-lines")
    ida, bo = Mention("Ida", ((0, 3),), "person"), Mention("Bo", ((8, 10),), "person")
    assert (first.id, first.source, first.group, first.mentions) == ("1", "mine", "g", (ida, bo))
    assert [(query.task, list(query.answer)) for task in first.schemas for query in queries(first, task)] == [
        ("ner", [("Ida", "person"), ("Bo", "person")]),
        ("re", [("Ida", "met", "Bo")]),
        ("ee", [("met", "meet", (("Ida", "who"),))]),
    ]
    # Columns that are optional.
    assert (second.source, second.split, second.group) == ("records", "train", "2")
    assert third.table == Table(("cats",), (("2",),))
    assert third.extractions == (Extraction("has", ("Ida", "2 cats")),)


@pytest.mark.parametrize("file", ["train.jsonl", "train.parquet"])
def test_written_records_are_read(file: str, tmp_path: Path) -> None:
    records = list(load_records("records", NATIVE / "records/json-lines", "train"))
    records += load_records("brat", NATIVE / "brat/standoff", "train")
    assert write_records(tmp_path / file, records) == 4
    assert list(find_sources(tmp_path)) == ["records"]
    assert list(load_records("records", tmp_path)) == records
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_a_file_of_records_appears_when_complete(tmp_path: Path) -> None:
    def broken() -> Any:
        yield from load_records("records", NATIVE / "records/json-lines")
        raise RuntimeError("halfway")

    for file in ("train.jsonl", "train.parquet"):
        with pytest.raises(RuntimeError):
            write_records(tmp_path / file, broken())
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="choose one of these extensions"):
        write_records(tmp_path / "train.csv", [])
    (tmp_path / "train.parquet").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        write_records(tmp_path / "train.parquet", [])


GOOD: dict[str, Any] = {"id": "1", "text": "Ida met Bo.", "schemas": {"ner": [{"name": "person"}]}}
IDA: dict[str, Any] = {"text": "Ida", "type": "person", "fragments": [[0, 3]]}
BARE: dict[str, Any] = {"text": "Ida", "fragments": [[0, 3]]}
BO: dict[str, Any] = {"text": "Bo", "fragments": [[8, 10]]}
MET = {"schemas": {"rc": [{"name": "met"}]}, "relations": [{"head": BARE, "type": "met", "tail": BO}]}


@pytest.mark.parametrize(
    "change, problem",
    [
        ({"split": "test"}, "its split is 'test', its file's 'train'"),
        ({"id": ""}, "the id is empty"),
        ({"id": 3}, "id is not a string but int"),
        ({"text": None}, "text is not a string"),
        ({"schemas": {"nre": []}}, "the task 'nre' is none of ner,"),
        ({"schemas": {"ner": [{"name": 3}]}}, "3 is not a string"),
        (
            {"schemas": {"ee": [{"name": "met", "roles": ["who"], "role_labels": [{"name": "where"}]}]}},
            "'where' is in the role_labels of 'met', but not in its roles",
        ),
        ({"schemas": "{"}, "'{' is not JSON"),
        ({"mentions": [IDA | {"fragments": [[0, 99]]}]}, "offsets [0, 99) lie outside"),
        ({"mentions": [IDA | {"fragments": [[1, 3]]}]}, "mention 'Ida' at ((1, 3),) reads 'da' in the text"),
        ({"mentions": [IDA | {"fragments": [[False, 3]]}]}, "are not two integers"),
        ({"mentions": [IDA | {"type": "place"}]}, "'place' is not one of the categories of its schema for ner"),
        ({"mentions": IDA}, "is not a list"),
        ({"mentions": [{"type": "person"}]}, "the field 'text' is missing"),
        ({"mentions": '[{"text": "\\ud800"}]'}, "is not JSON"),
        ({"table": {"header": ["a"], "rows": [["1", "2"]]}}, "rows of another width"),
        ({"schemas": {"ner": [{"name": "a"}, {"name": "a"}]}}, "its schema for ner has a category twice"),
        (MET, "the relation between 'Ida' and 'Bo' is not one of the pairs of rc"),
        (MET | {"pairs": [[IDA, BO]]}, "the relation between 'Ida' and 'Bo' is not one of the pairs"),
        (MET | {"pairs": [[BO, BARE]]}, "the relation between 'Ida' and 'Bo' is not one of the pairs"),
    ],
)
def test_invalid_records(change: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(json.dumps(GOOD | {"id": "0"}) + "\n" + json.dumps(GOOD | change) + "\n")
    message = read_error("records", tmp_path)
    assert "train.jsonl:2: " in message
    assert problem in message
