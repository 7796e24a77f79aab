"""Rows: the same for any order and neighbour, with every query counted, and nothing held out let in."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from adelie_hf.draws import draw, pick, shuffled
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE, Recipe, choose, load_recipe, make_rows, plan
from adelie_hf.ieinstruct.round_trip import check_row
from adelie_hf.manifest import Counts
from adelie_hf.prompts import family, parse
from adelie_hf.sources import all_sources


def all_rows(split: str = "train", **recipe):
    return [row for part in plan(recipe=Recipe(**recipe)).units[split] for row in make_rows(part)]


def test_the_sample_serves_all_nine_tasks_in_both_splits():
    for split in ("train", "test"):
        tasks = Counter(row["task"] for row in all_rows(split))
        assert set(tasks) == {"ner", "rc", "re", "ed", "ee", "eae", "ere", "openie", "odie"}
        assert min(tasks.values()) >= 50


def test_a_row_holds_what_was_asked_and_answered():
    for row in all_rows(cap=200):
        (*_, turn), (answer,) = row["prompt"], row["completion"]
        assert (turn["role"], answer["role"]) == ("user", "assistant")
        assert row["id"].startswith("sample-") and row["source"].startswith("sample-")
        assert row["text"].split()[-1] in turn["content"]
        parsed = parse(answer["content"], row["task"], row["format"])
        assert parsed.status == "valid"
        assert check_row(json.loads(json.dumps(row))) == "read back"
        for category in row["schema"]:
            assert category["name"] in row["prompt"][0]["content"]
            assert category["name"] in row["label_map"]


def test_held_out_texts_are_new_and_hold_names_seen_and_unseen():
    train, test = all_rows("train"), all_rows("test")
    assert not {row["text"] for row in train} & {row["text"] for row in test}
    seen = json.dumps([row["answer"] for row in train])
    mentions = {item[0] for row in test if row["task"] == "ner" for item in row["answer"]}
    known = {mention for mention in mentions if json.dumps(mention) in seen}
    assert known and mentions - known


def test_held_out_rows_ask_for_text_and_keep_queries_without_an_answer():
    held_out = all_rows("test", text=0.0, json=1.0, no_answer=0.0)
    assert {row["format"] for row in held_out} == {"text"}
    assert any(not row["answer"] for row in held_out)
    assert all(len(row["prompt"]) == 1 for row in held_out)
    train = all_rows("train", text=0.0, json=1.0, no_answer=0.0)
    assert {family(row["format"]) for row in train if row["task"] != "odie"} == {"json"}
    assert all(row["answer"] for row in train)


def test_every_query_is_counted():
    part = next(part for part in plan(recipe=Recipe(cap=50, no_answer=0.3)).units["train"] if part.task == "ed")
    counts = Counts()
    kept = list(make_rows(part, counts))
    assert len(kept) == counts.kept["rows"] == 50
    assert counts.read == 600 == len(kept) + counts.dropped.total()
    assert counts.dropped["no answer"] > 0 and counts.dropped["over the cap"] > 0


def test_the_cap_keeps_the_lowest_lots_in_file_order():
    part = next(part for part in plan(recipe=Recipe(no_answer=1.0)).units["train"] if part.task == "rc")
    everything = [row["id"] for row in make_rows(part)]
    capped = [row["id"] for row in make_rows(replace(part, recipe=Recipe(no_answer=1.0, cap=20)))]
    ranked = sorted(everything, key=lambda identity: draw(42, identity.removeprefix("sample-"), "cap"))
    assert set(capped) == set(ranked[:20])
    assert capped == [identity for identity in everything if identity in set(capped)]


@pytest.mark.parametrize("shown", [0.0, 1.0])
def test_other_records_change_only_what_they_are_shown_in(tmp_path, shown):
    """A choice hangs on the record alone, and demonstrations and examples on those that are drawn."""
    source = tmp_path / "source"
    shutil.copytree(SAMPLE / "rams", source)
    file = source / "train.jsonlines"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    recipe = Recipe(demonstrations=shown, guidelines=shown, most_demonstrations=2)

    def made():
        return {row["id"]: row for row in make_rows(plan("rams", source, recipe).units["train"][0])}

    before = made()
    random.Random(1).shuffle(lines)
    file.write_text("".join(lines[:-20]), encoding="utf-8")
    after = made()
    assert len(after) == len(before) - 20
    changed = sum(before[identity] != row for identity, row in after.items())
    assert changed <= 0.4 * shown * len(after)
    assert shown == 0 or changed > 0


def test_a_part_too_large_to_keep_gives_the_same_rows(monkeypatch):
    def found(split):
        counts = Counts()
        parts = plan(recipe=Recipe(cap=20, held_out_cap=6)).units[split]
        return [row for part in parts for row in make_rows(part, counts)], counts

    kept = {split: found(split) for split in ("train", "test")}
    monkeypatch.setattr(choose, "_IN_MEMORY", 10)
    assert {split: found(split) for split in ("train", "test")} == kept


def test_another_seed_draws_anew():
    first, second = all_rows(seed=1), all_rows(seed=2)
    texts = [{row["id"]: row["prompt"] for row in made} for made in (first, second)]
    shared = texts[0].keys() & texts[1].keys()
    assert sum(texts[0][identity] != texts[1][identity] for identity in shared) > len(shared) / 2


def test_rows_do_not_hang_on_the_hash_seed():
    code = (
        "import hashlib, json; from adelie_hf.ieinstruct import make_rows, plan\n"
        "rows = [row for unit in plan().units['train'] for row in make_rows(unit)]\n"
        "print(hashlib.sha256(json.dumps(rows).encode()).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1")
    }
    assert len(made) == 1


def test_a_mixture_holds_training_splits_of_training_sources_only():
    parts = plan("mixture", SAMPLE).units
    assert list(parts) == ["train"]
    assert {part.split.name for part in parts["train"]} == {"train"}
    assert {all_sources()[part.split.source].role for part in parts["train"]} == {"training"}
    assert "carb" in {part.split.source for part in plan("align", SAMPLE).units["train"]}


def test_a_source_has_its_published_splits_whole():
    parts = plan("maven", SAMPLE, Recipe(cap=1, no_answer=0.0)).units
    assert list(parts) == ["train", "validation"]
    assert len(list(make_rows(parts["train"][0]))) == 600


def test_an_own_split_holds_out_whole_documents(tmp_path):
    file = tmp_path / "val_wiki.json"
    shutil.copy(SAMPLE / "fewrel" / "train_wiki.json", file)
    shutil.copy(SAMPLE / "fewrel" / "pid2name.json", tmp_path)
    parts = plan("align", tmp_path, Recipe(no_answer=1.0)).units
    train, held_out = (list(make_rows(part)) for part in (parts["train"][0], parts["test"][0]))
    assert len(train) + len(held_out) == 600
    assert 80 < len(held_out) < 160
    assert not {row["text"] for row in train} & {row["text"] for row in held_out}
    assert all(row["choices"]["own_split"] for row in train + held_out)


def test_sentences_of_one_document_stay_on_one_side(tmp_path):
    shutil.copy(SAMPLE / "scierc" / "train.json", tmp_path / "dev.json")
    parts = plan("align", tmp_path, Recipe(no_answer=1.0)).units
    documents = [
        {row["id"].split("/")[1].rsplit("-", 1)[0] for row in make_rows(parts[s][0])} for s in ("train", "test")
    ]
    assert documents[0] and documents[1] and not documents[0] & documents[1]


def test_inputs_name_every_file_that_counts(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("seed: 1")
    inputs = plan("fewrel", SAMPLE / "fewrel", load_recipe(recipe), recipe_file=recipe).inputs
    names = {path.name for path in inputs.values()}
    assert names == {"train_wiki.json", "val_wiki.json", "pid2name.json", "recipe.yaml"}


def test_bad_places_are_named(tmp_path):
    with pytest.raises(InputError, match="needs data_dir"):
        plan("mixture")
    with pytest.raises(InputError, match="no such folder"):
        plan("mixture", tmp_path / "gone")
    with pytest.raises(InputError, match="unknown source 'nope'"):
        plan("nope", SAMPLE)
    with pytest.raises(InputError, match="no training split of a training source"):
        shutil.copytree(SAMPLE / "carb", tmp_path / "carb")
        plan("mixture", tmp_path)


def test_lots_are_even():
    drawn = [draw(1, str(identity), "x") for identity in range(2000)]
    assert min(drawn) >= 0 and max(drawn) < 1
    assert 0.47 < sum(drawn) / len(drawn) < 0.53
    assert draw(1, "a", "x") != draw(1, "a", "y") != draw(2, "a", "y")
    picked = Counter(pick("abcd", 1, str(identity), "p") for identity in range(2000))
    assert min(picked.values()) > 400
    orders = Counter("".join(shuffled("abc", 1, str(identity), "s")) for identity in range(1200))
    assert len(orders) == 6 and min(orders.values()) > 130


def test_a_record_is_asked_only_what_it_serves(tmp_path):
    """A source of several tasks may have records of one of them, as users' own data do."""
    lines = [
        {"text": "Ann sings.", "entity": [{"entity": "Ann", "entity_type": "person"}]},
        {"text": "Ann met Bo.", "relation": [{"head": "Ann", "relation": "met", "tail": "Bo"}]},
    ]
    (tmp_path / "train.json").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "schema.json").write_text('["person"]\n["met"]\n{}\n')
    made = [row for part in plan("iepile", tmp_path).units["train"] for row in make_rows(part)]
    assert [(row["task"], row["text"]) for row in made] == [("ner", "Ann sings."), ("re", "Ann met Bo.")]


def test_a_source_too_small_to_demonstrate_from_is_noted(tmp_path):
    file = tmp_path / "train.json"
    lines = [{"text": f"Ann met {n}.", "entity": [{"entity": "Ann", "entity_type": "person"}]} for n in "ABC"]
    file.write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "schema.json").write_text('["person"]\n[]\n{}\n')
    counts = Counts()
    part = next(
        p for p in plan("iepile", tmp_path, Recipe(demonstrations=1.0, seed=3)).units["train"] if p.task == "ner"
    )
    made = list(make_rows(part, counts))
    fewer = [row for row in made if len(row["choices"]["demonstrations"]) < row["choices"]["demonstrations_drawn"]]
    assert len(made) == 3 and len(fewer) == counts.noted["with fewer demonstrations than drawn"] > 0
    assert all(len(row["choices"]["demonstrations"]) <= 2 for row in made)
