"""Rows that are too long for the model: fewer demonstrations, then a shorter one, then none, and what is counted."""

from __future__ import annotations

import json
import logging
import multiprocessing
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.api import build_ieinstruct
from adelie_hf.ieinstruct import Recipe, length, make_rows, plan, unit_rows
from adelie_hf.ieinstruct.length import Draft, TooLong, fitting_rows
from adelie_hf.ieinstruct.recipe import load_recipe
from adelie_hf.ieinstruct.unit_rows import WITH_FEWER, WITH_NONE, WITH_SHORTER
from adelie_hf.manifest import MANIFEST, BuildManifest, Counts
from adelie_hf.rows import InstructRow, Message, message

LENGTHS = (1000, 900, 60, 700, 800, 950, 50, 850)  # characters of the documents


def characters_of(row: InstructRow) -> int:
    return sum(len(turn["content"]) for turn in row["prompt"] + row["completion"])


def by_characters(name: str, most: int) -> TooLong:
    """Stand for `length_filter`: a character is a token."""

    def too_long(rows: Sequence[InstructRow]) -> set[int]:
        return {number for number, row in enumerate(rows) if characters_of(row) > most}

    return too_long


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with documents of very different lengths; characters are counted for tokens."""
    monkeypatch.setattr(unit_rows, "length_filter", by_characters)
    rows: list[dict[str, Any]] = []
    for number, characters in enumerate(LENGTHS):
        text = f"Person{number} left. ".ljust(characters, "abcdefgh "[number])
        rows.append({"text": text, "label": [[0, 7, "person"]]})
    for split in ("train", "test"):
        lines = (json.dumps({**row, "text": row["text"].replace("left", split)}) + "\n" for row in rows)
        (tmp_path / f"{split}.jsonl").write_text("".join(lines))
    return tmp_path


def made(raw: Path, split: str = "train", **fields: Any) -> tuple[dict[str, InstructRow], Counts]:
    recipe = Recipe(**{"demonstrations": 1.0, "text": 1.0, "wordings": 1, **fields})
    counts = Counts()
    units = plan("align", raw, recipe).units[split]
    return {row["id"]: row for unit in units if unit.task == "ner" for row in make_rows(unit, counts)}, counts


def shown(row: InstructRow) -> list[str]:
    return row["choices"]["demonstrations"]


def test_demonstrations_give_way_before_the_row_does(raw: Path) -> None:
    before, _ = made(raw)
    after, counts = made(raw, tokenizer="any", max_tokens=1500)
    assert {*after} == {*before} and not counts.dropped.total() and counts.kept["rows"] == len(LENGTHS)
    assert all(characters_of(row) <= 1500 for row in after.values())
    replaced = [id for id in before if before[id] != after[id]]
    assert {id for id in before if characters_of(before[id]) > 1500} == {*replaced}
    assert sum(counts.noted[remark] for remark in (WITH_FEWER, WITH_SHORTER, WITH_NONE)) == len(replaced)
    for id in replaced:
        # Fewer are the first of those before; the answer is the same.
        assert len(shown(after[id])) < len(shown(before[id])) or len(shown(after[id])) == 1
        assert after[id]["answer"] == before[id]["answer"]
        assert after[id]["choices"]["demonstrations_drawn"] == before[id]["choices"]["demonstrations_drawn"]
    fewer = [id for id in replaced if shown(after[id]) == shown(before[id])[: len(shown(after[id]))] != []]
    assert len(fewer) == counts.noted[WITH_FEWER] > 0
    assert counts.noted[WITH_SHORTER] > 0


def test_a_row_that_is_too_long_by_itself_is_dropped(raw: Path) -> None:
    after, counts = made(raw, tokenizer="any", max_tokens=400)
    assert sorted(len(row["text"]) for row in after.values()) == [51, 61]  # "train" in place of "left"
    assert counts.dropped == Counter({"longer than 400 tokens": 6}) and counts.kept["rows"] == 2


def test_where_every_demonstration_is_too_long_there_is_none(raw: Path) -> None:
    lines = (raw / "train.jsonl").read_text().splitlines()
    (raw / "train.jsonl").write_text("".join(f"{line}\n" for line in lines if len(line) > 500))
    after, counts = made(raw, tokenizer="any", max_tokens=1200)
    assert counts.noted[WITH_NONE] == len(after) == 6
    assert all(shown(row) == [] and not row["choices"]["one_prompt"] for row in after.values())


def test_held_out_rows_with_demonstrations_fit_too(raw: Path) -> None:
    after, counts = made(raw, "test", tokenizer="any", max_tokens=1500, held_out_demonstrations=4)
    assert len(after) == len(LENGTHS) and all(characters_of(row) <= 1500 for row in after.values())
    assert counts.noted[WITH_FEWER] > 0


def test_any_number_of_processes_gives_the_same_bytes(raw: Path, tmp_path: Path) -> None:
    recipe = Recipe(demonstrations=1.0, tokenizer="any", max_tokens=1500)
    counts = build_ieinstruct("align", raw, out=tmp_path / "out", recipe=recipe)
    assert counts["train"].noted[WITH_FEWER] > 0
    noted = [unit.counts.noted for unit in BuildManifest.load(tmp_path / "out" / MANIFEST).units]
    assert any(WITH_FEWER in entry for entry in noted)
    if multiprocessing.get_start_method() != "fork":
        return  # only forked processes have the replaced length
    build_ieinstruct("align", raw, out=tmp_path / "two", recipe=recipe, num_proc=2)
    assert (tmp_path / "two/train.parquet").read_bytes() == (tmp_path / "out/train.parquet").read_bytes()


def test_the_first_version_that_fits_is_taken() -> None:
    def row(characters: int) -> InstructRow:
        return {"prompt": [message("user", "a" * characters)], "completion": []}  # type: ignore[typeddict-item]

    asked: list[int] = []

    def versions() -> list[tuple[str, InstructRow]]:
        asked.append(1)
        return [("fewer", row(8)), ("none", row(3)), ("never", row(2))]

    drafts = [Draft(row(5), lambda: iter(versions())), Draft(row(9), lambda: iter(versions())), Draft(row(9))]
    counts = Counts()
    kept = list(fitting_rows(iter(drafts), by_characters("", 5), "long", counts))
    assert kept == [row(5), row(3)]
    assert counts.noted == {"none": 1} and counts.dropped == {"long": 1}
    assert len(asked) == 1  # a row that fits is made once


class CharacterTokenizer:
    """Stand for a tokenizer: a character is a token, and a turn costs two."""

    def apply_chat_template(self, messages: list[Message], tokenize: bool) -> str:
        return "".join(f"<{turn['content']}>" for turn in messages)

    def __call__(self, texts: list[str], add_special_tokens: bool) -> dict[str, list[list[int]]]:
        return {"input_ids": [list(map(ord, text)) for text in texts]}


def test_prompt_completion_and_template_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(length, "_tokenizer", lambda *_: CharacterTokenizer())
    rows = [{"prompt": [message("user", "a" * n)], "completion": [message("assistant", "bc")]} for n in range(9)]
    too_long = length.length_filter("any", 10)
    assert too_long(rows) == {5, 6, 7, 8}  # type: ignore[arg-type]
    assert too_long([]) == set()


@pytest.mark.parametrize("recipe", [load_recipe("paper"), Recipe(max_tokens=100), Recipe(), load_recipe("iepile")])
def test_lengths_that_are_not_checked_are_said_once(
    recipe: Recipe, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        build_ieinstruct("sample", out=tmp_path / "out", recipe=recipe.model_copy(update={"cap": 1, "caps": {}}))
    lines = [line for line in caplog.messages if line.startswith("lengths are not checked: max_tokens is ")]
    assert len(lines) == ("max_tokens" in recipe.model_fields_set)
