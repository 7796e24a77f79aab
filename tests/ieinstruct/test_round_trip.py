"""Reading a build back: all of it comes out, and one altered character does not pass."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pyarrow.parquet
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.cli import main
from adelie_hf.ieinstruct import Recipe, make_rows, plan
from adelie_hf.ieinstruct.round_trip import check_row


@cache
def sample() -> list[Any]:
    recipe = Recipe(cap=60, symbols=0.5, text=0.1)
    return [json.loads(json.dumps(row)) for part in plan(recipe=recipe).units["train"] for row in make_rows(part)]


def test_every_row_is_read_back():
    assert len(sample()) > 400
    assert {check_row(row) for row in sample()} == {"read back"}


@settings(deadline=None)
@given(st.data())
def test_an_altered_character_is_found(data):
    row = data.draw(st.sampled_from(sample()))
    said = row["completion"][0]["content"]
    at = data.draw(st.integers(0, len(said) - 1))
    other = data.draw(st.sampled_from("x;:)\u00e9 \n").filter(lambda letter: letter != said[at]))
    altered = said[:at] + other + said[at + 1 :]
    assert check_row(row | {"completion": [{"role": "assistant", "content": altered}]}) != "read back"


def test_a_wrong_label_map_or_schema_is_found():
    row = next(row for row in sample() if row["task"] == "ner" and row["answer"])
    assert "label map" in check_row(row | {"label_map": {}})
    assert "schema lacks" in check_row(row | {"schema": []})
    assert "another answer" in check_row(row | {"answer": row["answer"][1:]})


def test_the_command_counts_and_names(tmp_path, capsys):
    out = tmp_path / "built"
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("cap: 20\nheld_out_cap: 5\n")
    assert main(["build", "ieinstruct", "--recipe", str(recipe), "--out", str(out), "--num-proc", "2"]) == 0
    assert main(["build", "check", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"read back": 250}
    file = out / "train.parquet"
    table = pyarrow.parquet.read_table(file)
    changed = table.to_pylist()
    changed[3]["completion"][0]["content"] += "x"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(changed, schema=table.schema), file)
    assert main(["build", "check", str(out)]) == 2
    said = capsys.readouterr().err
    assert f"train.parquet: row {changed[3]['id']!r}: its completion" in said
    assert "1 of 250 rows cannot be read back" in said
    assert main(["build", "check", str(tmp_path)]) == 2
    assert "not a build of IEInstruct" in capsys.readouterr().err


def test_a_build_is_the_same_bytes_for_any_number_of_processes(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("cap: 40\n")
    digests = []
    for number in ("1", "2", "3"):
        out = tmp_path / number
        main(["build", "ieinstruct", "--recipe", str(recipe), "--out", str(out), "--num-proc", number])
        digests.append(json.loads((out / "manifest.json").read_text())["outputs"])
        assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "test.parquet", "train.parquet"]
    assert digests[0] == digests[1] == digests[2]
