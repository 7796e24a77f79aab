"""Training texts that are kept for preference samples: drawn by their words, and never trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from datasets import load_dataset

import adelie_hf  # noqa: F401  (registers the names adelie_hf/... with `datasets`)
from adelie_hf.build import build
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE, Recipe, choose, load_recipe, make_rows, plan
from adelie_hf.manifest import Counts
from adelie_hf.rows import InstructRow
from adelie_hf.sources import read_split
from adelie_hf.sources.source import Dropped
from adelie_hf.training import load_rows

TAGS = ("B-person", "O", "B-place", "O")
PLAIN: dict[str, Any] = {"no_answer": 1.0, "no_answer_most": 1.0, "demonstrations": 0.0, "guidelines": 0.0}


def rows(split: str, recipe: Recipe) -> list[InstructRow]:
    return [row for unit in plan(recipe=recipe).units[split] for row in make_rows(unit)]


def test_every_training_query_is_in_one_of_the_two_splits():
    train, feedback = (rows(split, Recipe(feedback_share=0.25, **PLAIN)) for split in ("train", "feedback"))
    assert not {row["text"] for row in train} & {row["text"] for row in feedback}
    assert {row["id"] for row in (*train, *feedback)} == {row["id"] for row in rows("train", Recipe(**PLAIN))}
    assert len(feedback) / (len(train) + len(feedback)) == pytest.approx(0.25, abs=0.03)
    assert {row["task"] for row in train} == {row["task"] for row in feedback}


def test_no_training_prompt_demonstrates_a_text_of_feedback():
    kept = {row["id"].removeprefix("sample-") for row in rows("feedback", Recipe(feedback_share=0.2, **PLAIN))}
    recipe = Recipe(feedback_share=0.2, cap=60, demonstrations=1.0)
    train, feedback = (rows(split, recipe) for split in ("train", "feedback"))
    shown = {name.removeprefix("sample-") for row in train for name in row["choices"]["demonstrations"]}
    assert len(shown) > 100 and not shown & kept
    assert {name.removeprefix("sample-") for row in feedback for name in row["choices"]["demonstrations"]} <= kept
    assert any(row["choices"].get("demonstrations") for row in feedback)


def test_the_two_splits_share_the_caps_in_proportion():
    recipe = Recipe(feedback_share=0.1, cap=40, caps={"fewrel": 4})
    for unit in plan(recipe=recipe).units["feedback"]:
        counts = Counts()
        list(make_rows(unit, counts))
        assert counts.kept["rows"] == (1 if unit.split.source == "fewrel" else 4)
    assert recipe.cap_of("maven", "ed", "train") == 40


def test_queries_and_unusable_records_are_counted_once(monkeypatch):
    monkeypatch.setattr(choose, "read_split", lambda split, **options: [*read_split(split, **options), Dropped("bad")])

    def counts(split: str, recipe: Recipe) -> Counts:
        total = Counts()
        for unit in plan("align", SAMPLE, recipe, ("rams",)).units[split]:
            list(make_rows(unit, total))
        return total

    whole = counts("train", Recipe())
    train, feedback = (counts(split, Recipe(feedback_share=0.5)) for split in ("train", "feedback"))
    assert train.read + feedback.read == whole.read and feedback.read > 0
    assert (train.dropped["bad"], feedback.dropped["bad"], whole.dropped["bad"]) == (1, 0, 1)


def test_a_copy_of_a_text_is_in_the_same_split(tmp_path):
    """Also in another source: the draw is by the words, whatever the record is called."""
    sentences = [f"Person{number} visits Town{number} today" for number in range(60)]
    for name, change in (("a", str), ("b", str.upper)):
        folder = tmp_path / name
        folder.mkdir()
        words = (zip(change(text).split(), TAGS, strict=True) for text in sentences)
        blocks = ["\n".join(f"{word} {tag}" for word, tag in of_text) for of_text in words]
        (folder / "train.bio").write_text("\n\n".join(blocks) + "\n")
        (folder / "test.bio").write_text(f"{blocks[0]}\n")
    recipe = Recipe(feedback_share=0.5, **PLAIN)
    splits = plan("align", tmp_path / "a", recipe).units
    copies = plan("align", tmp_path / "b", recipe).units
    for split in ("train", "feedback"):
        texts, others = (
            {row["text"].casefold() for unit in units[split] for row in make_rows(unit)} for units in (splits, copies)
        )
        assert len(texts) > 5 and texts == others


def test_a_build_and_its_readers_have_the_split(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("cap: 10\nheld_out_cap: 2\nfeedback_share: 0.2\n")
    settings = load_recipe(recipe)
    build(plan(recipe=settings, recipe_file=recipe), tmp_path / "build")
    named = load_dataset("adelie_hf/ieinstruct", recipe=str(recipe), cache_dir=str(tmp_path / "cache"))
    assert {split: rows.num_rows for split, rows in named.items()} == {"train": 100, "feedback": 20, "test": 20}
    for split, rows in named.items():
        assert rows.to_list() == load_rows(str(tmp_path / "build"), None, split, ["id"]).to_list()
    # Stock `datasets` reads the splits that it knows.
    assert list(load_dataset(str(tmp_path / "build"), cache_dir=str(tmp_path / "cache"))) == ["train", "test"]


def test_a_split_without_rows_has_no_file(tmp_path):
    planned = plan(recipe=Recipe(cap=1, held_out_cap=0))
    counts = build(replace(planned, units={name: units[:1] for name, units in planned.units.items()}), tmp_path / "b")
    assert counts["test"].dropped["over the cap"] > 0
    assert {path.name for path in (tmp_path / "b").iterdir()} == {"train.parquet", "manifest.json"}


def test_a_build_may_be_a_manifest_alone(tmp_path):
    planned = plan(recipe=Recipe(cap=1, caps={"fewrel": 0}))
    nothing = replace(planned, units={"train": [unit for unit in planned.units["train"] if unit.task == "rc"]})
    with pytest.raises(InputError, match="no row was kept"):
        build(nothing, tmp_path / "b")
    assert build(nothing, tmp_path / "b", allow_empty=True)["train"].kept.total() == 0
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["manifest.json"]


def test_the_share_of_the_recipes():
    shares = {
        file.parent.name: load_recipe(file).feedback_share for file in bundled("recipes").glob("*/ieinstruct.yaml")
    }
    assert {name for name, share in shares.items() if not share} == {"tiny", "tiny-data"}
    assert set(shares.values()) == {0.0, 0.1}
    for name in ("paper", "reference_code", "iepile"):
        assert load_recipe(name).feedback_share == 0.0
        assert list(plan("mixture", SAMPLE, load_recipe(name)).units) == ["train"]
    with pytest.raises(InputError, match="feedback_share is 1.0"):
        Recipe(feedback_share=1.0)
