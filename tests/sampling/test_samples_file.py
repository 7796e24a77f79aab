"""Samples files: bad lines are named, and the samples of another run are never resumed."""

from __future__ import annotations

import json

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sampling import (
    Sample,
    Shard,
    fingerprint,
    is_complete,
    merge_shards,
    read_placed_samples,
    read_samples,
    sample_shard,
    samples_at,
    text_samples,
)


def row(number=0, **columns):
    return {
        "id": str(number),
        "source": "made-up",
        "task": "ner",
        "format": "text",
        "prompt": [{"role": "user", "content": "x" * number}],
        "completion": [{"role": "assistant", "content": "[Answer]: NA"}],
        "answer": [],
    } | columns


ROWS = [row(number) for number in range(23)]


def sampler(batch, number):
    return [[Sample("[Answer]: NA", "stop")] for _ in batch]


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        *((name, "not a line of a samples file") for name in ("id", "source", "task", "prompt", "format")),
        *((name, "'0' has no gold answer; add") for name in ("completion", "answer")),
        ("samples", "'0' has no sample; sample this prompt again"),
    ],
)
def test_a_line_without_a_needed_column_is_named(tmp_path, column, problem):
    file = tmp_path / "samples.jsonl"
    line = row(samples=["a"])
    file.write_text(json.dumps(line) + "\n")
    assert list(read_samples(file)) == [line]
    file.write_text(json.dumps(line | {"finish": ["length"]}) + "\n")
    assert list(read_samples(file)) == [line | {"finish": ["length"]}]
    for lacking in ({name: value for name, value in line.items() if name != column}, line | {column: None}):
        file.write_text(json.dumps(lacking) + "\n")
        with pytest.raises(InputError, match=rf"samples.jsonl:1: {problem}"):
            list(read_samples(file))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"id": 1}, "id: "),
        ([], "no JSON object"),
        (row(samples="a"), "samples: "),
        (row(samples=["a"], finish=[None]), "finish: "),
        (row(samples=["a"], finish="stop"), "finish: "),
        (row(samples=["a"], finish=["stop", "stop"]), "finish: "),
        (row(samples=["a"], task="pos"), "task: 'pos' is none of ner, "),
        (row(samples=["a"], task=["ner"]), "task: "),
        (row(samples=["a"], format="prose"), "format: 'prose' is none of text, "),
        (row(samples=["a"], format="lists", task="odie"), "format: 'lists' is none of text, json"),
        (row(samples=["a"], answer=[["Acme"]]), "answer: not one of the task ner"),
        (row(samples=["a"], answer=3), "answer: "),
        (row(samples=["a"], id=3), "id: "),
        (row(samples=["a"], id=["3"]), "id: "),
        (row(samples=["a"], source=3), "source: "),
        (row(samples=["a"], source=["s"]), "source: "),
        (row(samples=["a"], prompt="?"), "prompt: "),
        (row(samples=["a"], prompt=[]), "prompt: "),
        (row(samples=["a"], prompt=[{"role": "user"}]), "prompt.0.content: "),
        (row(samples=["a"], completion="[Answer]: NA"), "completion: "),
        (row(samples=["a"], completion=[]), "completion: "),
        (row(samples=["a"], completion=[{"role": "assistant", "content": None}]), "completion.0.content: "),
    ],
    ids=str,
)
def test_lines_of_another_form_are_named(tmp_path, line, problem):
    file = tmp_path / "samples.jsonl"
    file.write_text(json.dumps(row(samples=["a"])) + "\n" + json.dumps(line) + "\n")
    for read in (read_samples, read_placed_samples):
        with pytest.raises(
            InputError, match=rf"samples.jsonl:2: not a line of a samples file \({problem}.*; write it"
        ):
            list(read(file))


def test_rows_without_gold_and_prompts_without_samples_are_given_as_such(tmp_path):
    file = tmp_path / "samples.jsonl"
    lines = [row(samples=["a"]), row(1, samples=["a"], answer=None), row(2, samples=None), row(3, samples=[])]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    placed = [(entry.has_gold, entry.row["samples"]) for entry in read_placed_samples(file)]
    assert placed == [(True, ["a"]), (False, ["a"]), (True, []), (True, [])]


def test_a_byte_order_mark_may_have_a_line_of_its_own(tmp_path):
    file = tmp_path / "samples.jsonl"
    file.write_text(f"\ufeff\n{json.dumps(row(samples=['a']))}\n", encoding="utf-8")
    (placed,) = read_placed_samples(file)
    assert list(samples_at(file, [placed.offset])) == [placed.row] == [row(samples=["a"])]


def test_samples_that_are_no_text_are_counted_or_named(tmp_path):
    file = tmp_path / "samples.jsonl"
    bad = row(1, samples=["a", None, 3, "b"], finish=["stop", None, "stop", "length"])
    file.write_text("".join(json.dumps(line) + "\n" for line in (row(samples=["a"]), bad, row(2, samples=[None]))))
    placed = list(read_placed_samples(file))
    assert [entry.not_texts for entry in placed] == [0, 2, 1]
    assert [text_samples(entry.row) for entry in placed] == [[(0, "a")], [(0, "a"), (3, "b")], []]
    assert list(samples_at(file, [placed[1].offset])) == [placed[1].row] == [bad]
    with pytest.raises(InputError, match=r"samples.jsonl:2: a sample of '1' is no text; sample this prompt again"):
        list(read_samples(file))


def test_samples_of_another_run_are_never_resumed(tmp_path):
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
    sample_shard(ROWS, sampler, Shard(file, "another"), 5)
    sample_shard(ROWS, sampler, Shard(file, first), 5)
    merge_shards(ROWS, Shard(file, first), {"n": 5})
    assert is_complete(file, first)
    assert {path.name for path in tmp_path.iterdir()} == {"model", "samples.jsonl", "samples.jsonl.manifest.json"}
    with pytest.raises(InputError, match=r"samples.jsonl: has samples of another model, other rows or settings"):
        is_complete(file, "another")
