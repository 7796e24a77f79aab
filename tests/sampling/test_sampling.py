"""Sampling goes on where it stopped, and gives what a run in one go gives."""

from __future__ import annotations

import json

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sampling import gather, read_samples, sample

ROWS = [
    {"id": str(n), "task": "ner", "format": "text", "answer": [], "prompt": [{"role": "user", "content": "x" * n}]}
    for n in range(23)
]


def answer(batch, seed):
    return [[f"{seed}:{row['id']}:{n}" for n in range(2)] for row in batch]


def run(folder, answer=answer, processes=1):
    file = folder / "samples.jsonl"
    partials = [sample(ROWS, answer, file, 5, lambda _: None, (rank, processes)) for rank in range(processes)]
    gather(partials, ROWS, file)
    assert [path.name for path in folder.iterdir()] == ["samples.jsonl"]
    return file.read_bytes()


def test_lines_follow_the_rows(tmp_path):
    run(tmp_path)
    lines = list(read_samples(tmp_path / "samples.jsonl"))
    assert [line["id"] for line in lines] == [row["id"] for row in ROWS]
    assert all(line["samples"][1].split(":")[1:] == [line["id"], "1"] for line in lines)


def test_an_interrupted_run_goes_on_to_the_same_bytes(tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    expected = run(tmp_path / "whole")
    asked = []

    def dies(batch, seed):
        asked.append(seed)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return answer(batch, seed)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", dies)
    (partial,) = (tmp_path / "cut").iterdir()
    with open(partial, "ab") as stream:
        stream.write(b'{"id": "torn')
    assert run(tmp_path / "cut", dies) == expected
    assert asked == [0, 1, 2, 2, 3, 4]


def test_several_processes_share_the_batches(tmp_path):
    for processes in (1, 3, 8):  # there are five batches
        (tmp_path / str(processes)).mkdir()
    assert run(tmp_path / "1") == run(tmp_path / "3", processes=3) == run(tmp_path / "8", processes=8)


def test_bad_lines_are_named(tmp_path):
    file = tmp_path / "samples.jsonl"
    file.write_text(json.dumps({"id": 1}) + "\n")
    with pytest.raises(InputError, match=r"samples.jsonl:1: not a line of a samples file"):
        list(read_samples(file))
