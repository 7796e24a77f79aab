"""Sampling goes on where it stopped, and gives what a run in one go gives."""

from __future__ import annotations

import json

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sampling import (
    choose_prompts,
    fingerprint,
    is_complete,
    merge_shards,
    partial_file,
    read_samples,
    sample_shard,
)

ROWS = [
    {
        "id": str(n),
        "source": "made-up",
        "task": "ner",
        "format": "text",
        "prompt": [{"role": "user", "content": "x" * n}],
        "completion": [],
    }
    for n in range(23)
]


def answer(batch, seed):
    return [[f"{seed}:{row['id']}:{n}" for n in range(2)] for row in batch]


def run(folder, answer=answer, processes=1):
    file = folder / "samples.jsonl"
    for rank in range(processes):
        share = (rank, processes)
        sample_shard(ROWS, answer, partial_file(file, "x", share), 5, lambda _: None, share)
    merge_shards(ROWS, file, "x", processes, {})
    assert {path.name for path in folder.iterdir()} == {"samples.jsonl", "samples.jsonl.manifest.json"}
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


@pytest.mark.parametrize("line", [{"id": 1}, ROWS[0], ROWS[0] | {"samples": [None]}, ROWS[0] | {"samples": "a"}])
def test_bad_lines_are_named(tmp_path, line):
    file = tmp_path / "samples.jsonl"
    file.write_text(json.dumps(line) + "\n")
    with pytest.raises(InputError, match=r"samples.jsonl:1: not a line of a samples file"):
        list(read_samples(file))


def test_samples_of_something_else_are_never_gone_on_with(tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"one")
    first = fingerprint(ROWS, str(model), {"n": 5})
    assert first == fingerprint(ROWS, str(model), {"n": 5})
    others = {fingerprint(ROWS[1:], str(model), {"n": 5}), fingerprint(ROWS, str(model), {"n": 4})}
    (model / "model.safetensors").write_bytes(b"other")
    others |= {fingerprint(ROWS, str(model), {"n": 5}), fingerprint(ROWS, "user/model", {"n": 5})}
    assert len(others | {first}) == 5
    file = tmp_path / "samples.jsonl"
    assert not is_complete(file, first)
    sample_shard(ROWS, answer, partial_file(file, "another", (0, 1)), 5, lambda _: None)
    sample_shard(ROWS, answer, partial_file(file, first, (0, 1)), 5, lambda _: None)
    merge_shards(ROWS, file, first, 1, {"n": 5})
    assert is_complete(file, first)
    assert {path.name for path in tmp_path.iterdir()} == {"model", "samples.jsonl", "samples.jsonl.manifest.json"}
    with pytest.raises(InputError, match=r"samples.jsonl: holds samples of another model, other rows or settings"):
        is_complete(file, "another")


def test_general_data_is_not_sampled():
    rows = [*ROWS, ROWS[0] | {"id": "general/1", "task": "general"}]
    assert choose_prompts(rows, None, 42) == ROWS
