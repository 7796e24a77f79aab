"""Prompts without a gold answer or without samples: left out and counted, by either way to make rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adelie_hf.cli import main

GOOD: dict[str, Any] = {
    "source": "made-up",
    "task": "ner",
    "format": "text",
    "prompt": [{"role": "user", "content": "Find: Acme."}],
    "completion": [{"role": "assistant", "content": "[Answer]: (Acme; company);"}],
    "answer": [["Acme", "company"]],
    "samples": ["[Answer]: NA"],
}


@pytest.mark.parametrize("shape", ["pairs", "ranked"])
def test_what_cannot_be_scored_is_counted(tmp_path, capsys, shape):
    without = [{name: value for name, value in GOOD.items() if name != column} for column in ("completion", "answer")]
    without += [GOOD | {"completion": None}, GOOD | {"answer": None}, GOOD | {"samples": None}, GOOD | {"samples": []}]
    samples, recipe = tmp_path / "samples", tmp_path / "recipe.yaml"
    samples.mkdir()
    recipe.write_text(f"shape: {shape}\n")
    command = ["build", "iefeedback", "--data-dir", str(samples), "--recipe", str(recipe), "--json", "--out"]

    def write(lines):
        lines = [json.dumps(line | {"id": str(number)}) + "\n" for number, line in enumerate(lines)]
        (samples / "samples.jsonl").write_text("".join(lines))

    write([GOOD, *without])
    assert main([*command, str(tmp_path / "out")]) == 0
    counts = json.loads(capsys.readouterr().out)["train"]
    assert (counts["read"], sum(counts["kept"].values())) == (7, 1)
    assert counts["dropped"] == {"without a gold answer": 4, "without a sample": 2}
    write(without)
    assert main([*command, str(tmp_path / "none")]) == 2
    assert "no row was kept (6 read" in capsys.readouterr().err
