"""Sampling resumes where it was interrupted, with the samples of a run without interruption."""

from __future__ import annotations

import pytest

from adelie_hf.sampling import Sample, Shard, merge_shards, read_samples, sample_shard


def row(number):
    return {
        "id": str(number),
        "source": "made-up",
        "task": "ner",
        "format": "text",
        "prompt": [{"role": "user", "content": "x" * number}],
        "completion": [{"role": "assistant", "content": "[Answer]: NA"}],
        "answer": [],
    }


ROWS = [row(number) for number in range(23)]


def sampler(batch, number):
    return [[Sample(f"{number}:{row['id']}:{sample}", "stop") for sample in range(2)] for row in batch]


def run(folder, sampler=sampler, processes=1):
    file = folder / "samples.jsonl"
    shards = [Shard(file, "x", process, processes) for process in range(processes)]
    for shard in shards:
        sample_shard(ROWS, sampler, shard, 5)
    merge_shards(ROWS, shards[0], {})
    assert {path.name for path in folder.iterdir()} == {"samples.jsonl", "samples.jsonl.manifest.json"}
    return file.read_bytes()


def test_lines_follow_the_rows(tmp_path):
    run(tmp_path)
    lines = list(read_samples(tmp_path / "samples.jsonl"))
    assert [line["id"] for line in lines] == [row["id"] for row in ROWS]
    assert all(line["samples"][1].split(":")[1:] == [line["id"], "1"] for line in lines)


def test_an_interrupted_run_resumes_to_the_same_bytes(tmp_path):
    (tmp_path / "complete").mkdir()
    (tmp_path / "interrupted").mkdir()
    expected = run(tmp_path / "complete")
    batches = []

    def interrupted_sampler(batch, number):
        batches.append(number)
        if len(batches) == 3:
            raise KeyboardInterrupt
        return sampler(batch, number)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "interrupted", interrupted_sampler)
    (journal,) = (tmp_path / "interrupted").iterdir()
    with open(journal, "ab") as stream:
        stream.write(b'{"id": "torn')
    assert run(tmp_path / "interrupted", interrupted_sampler) == expected
    assert batches == [0, 1, 2, 2, 3, 4]


def test_several_processes_share_the_batches(tmp_path):
    for processes in (1, 3, 8):  # there are five batches
        (tmp_path / str(processes)).mkdir()
    assert run(tmp_path / "1") == run(tmp_path / "3", processes=3) == run(tmp_path / "8", processes=8)
