"""The examples run from an empty folder, offline, and print what they promise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name: str, folder: Path, *arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        env=os.environ | {"HF_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_every_example_is_tested() -> None:
    assert {file.name for file in EXAMPLES.glob("*.py")} == {
        "loop_on_the_sample.py",  # tests/test_loop.py
        "metrics_only.py",
        "own_data_to_rows.py",
    }


def test_metrics_only(tmp_path: Path) -> None:
    lines = run("metrics_only.py", tmp_path).splitlines()
    assert lines[0].startswith("tuples: F1 0.750 ") and lines[0].endswith("the other system 0.400")
    assert lines[1].startswith("difference: 0.350, p = ")
    assert lines[2] == "answers: F1 0.571, 1 of 3 not readable"
    assert lines[3].startswith("open IE: CaRB F1 0.")


def test_own_data_to_rows(tmp_path: Path) -> None:
    output = run("own_data_to_rows.py", tmp_path)
    assert "Ada Brenn joined Acme . [('Ada Brenn', 'person'), ('Acme', 'company')]" in output
    assert (tmp_path / "runs" / "own-data" / "train.parquet").is_file()
    assert "user: " in output and "assistant: [Answer]:" in output

    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "train.bio").write_text("Rome B-city\nfell O\n")
    assert "Rome fell [('Rome', 'city')]" in run("own_data_to_rows.py", tmp_path, str(raw), "--out", "runs/other")
