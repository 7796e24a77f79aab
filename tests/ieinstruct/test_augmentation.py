"""The ways of writing a row: as often as the recipe says, never so that it cannot be solved or leaks its answer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import label_of
from adelie_hf.draws import HashRing, SmallestK, draw
from adelie_hf.ieinstruct import SAMPLE, Recipe, make_rows, plan
from adelie_hf.ieinstruct.augment import SYMBOLS
from adelie_hf.manifest import Counts
from adelie_hf.prompts import family, formats, parse, relation_kind
from adelie_hf.queries import Query, queries
from adelie_hf.records import Record
from adelie_hf.sources import load_records
from adelie_hf.tasks import CLOSED_TASKS

PLAIN = {"subset": 0.0, "guidelines": 0.0, "symbols": 0.0, "demonstrations": 0.0, "shuffled": 0.0, "text": 1.0}


@cache
def made(**recipe: Any) -> list[Any]:
    """Training rows of the sample."""
    recipe = {"cap": 200} | recipe
    return [row for part in plan(recipe=Recipe(**recipe)).units["train"] for row in make_rows(part)]


@cache
def asked() -> dict[str, Query]:
    """The sample's queries by the id of their row."""
    found: dict[str, Query] = {}
    for part in plan().units["train"]:
        for record in load_records(part.split.source, SAMPLE, "train"):
            if isinstance(record, Record) and part.task in record.schemas:
                found |= {f"sample-{query.id}": query for query in queries(record, part.task)}
    return found


def share(found: list[Any], choice: str) -> float:
    return sum(bool(row["choices"][choice]) for row in found) / len(found)


def near(rate: float, of: int) -> Any:
    """Five standard deviations of a share drawn that often: no run of this test ever sees more."""
    return pytest.approx(rate, abs=5 * (rate * (1 - rate) / of) ** 0.5 + 1e-9)


def closed(found: list[Any]) -> list[Any]:
    return [row for row in found if row["task"] in CLOSED_TASKS]


def test_each_way_is_as_frequent_as_the_recipe_says():
    found = made(
        no_answer=1.0, no_answer_most=1.0, guidelines=0.3, demonstrations=0.6, one_prompt=0.25, text=0.4, json=0.7
    )
    with_schema = closed(found)
    assert share(with_schema, "guidelines") == near(0.3, len(with_schema))
    may_be_shown = [row for row in found if row["task"] != "odie"]
    assert share(may_be_shown, "demonstrations") == near(0.6, len(may_be_shown))
    shown = [row for row in found if row["choices"]["demonstrations"]]
    assert share(shown, "one_prompt") == near(0.25, len(shown))
    kinds = Counter("text" if row["format"] == "text" else family(row["format"]) == "json" for row in may_be_shown)
    assert kinds["text"] / len(may_be_shown) == near(0.4, len(may_be_shown))
    assert kinds[True] / (kinds[True] + kinds[False]) == near(0.7, kinds[True] + kinds[False])


def test_every_format_and_description_is_drawn():
    found = made(no_answer=1.0, no_answer_most=1.0, text=0.1)
    for task in ("ner", "openie", "eae"):
        of_task = [row for row in found if row["task"] == task]
        assert {row["format"] for row in of_task} == set(formats(task))
        assert len({row["choices"]["description"] for row in of_task}) > 15


def test_plain_rows_show_all_in_the_order_of_the_data():
    for row in made(**PLAIN):
        query = asked()[row["id"]]
        assert {label["name"] for label in row["schema"]} == {label.name for label in query.schema}
        assert json.dumps(query.answer) == json.dumps(row["answer"])
        assert len(row["prompt"]) == 1


def test_answers_follow_the_subset():
    whole = made(**PLAIN)
    found = {row["id"]: row for row in made(**PLAIN | {"subset": 1.0})}
    sizes: Counter[tuple[int, int]] = Counter()
    for before in closed(whole):
        row = found[before["id"]]
        names = {label["name"] for label in row["schema"]}
        assert names and names <= {label["name"] for label in before["schema"]}
        assert Counter(map(json.dumps, row["answer"])) == Counter(
            json.dumps(item) for item in before["answer"] if item[1] in names
        )
        sizes[len(names), len(before["schema"])] += 1
    eight = [sizes[size, 8] for size in range(1, 9)]
    assert min(eight) > 0.6 * sum(eight) / 8  # every size is drawn


def test_a_subset_brings_back_no_more_rows_without_an_answer_than_the_recipe_keeps():
    answered = {row["id"] for row in made(**PLAIN, no_answer=0.0)}
    for no_answer in (0.0, 1.0):
        found = [row for row in made(**PLAIN | {"subset": 1.0}, no_answer=no_answer) if row["id"] in answered]
        empty = sum(not row["answer"] for row in closed(found))
        assert empty == 0 if no_answer == 0 else empty > 0.15 * len(found)


def test_keeping_each_category_with_a_probability():
    found = [row for row in closed(made(**PLAIN | {"subset": 1.0}, subset_keep=0.9)) if row["task"] != "ere"]
    whole = {row["id"]: len(row["schema"]) for row in made(**PLAIN)}
    kept, all_of_them = sum(len(row["schema"]) for row in found), sum(whole[row["id"]] for row in found)
    assert kept / all_of_them == pytest.approx(0.9, abs=0.02)


def test_guidelines_hold_definitions_and_mentions_of_other_documents():
    found = closed(made(**PLAIN | {"guidelines": 1.0}))
    for row in found:
        names, said = {label["name"] for label in row["schema"]}, row["prompt"][0]["content"]
        assert all(label.definition in said for label in asked()[row["id"]].schema if label.name in names)
    mentions = {item[0] for row in found if row["task"] == "ner" for item in row["answer"]}
    seen: Counter[str] = Counter()
    for row in found:
        if row["task"] == "ner":
            guideline = row["prompt"][0]["content"].partition("Text:")[0]
            given = {mention for mention in mentions if f" {mention}," in guideline or f" {mention})" in guideline}
            assert not any(mention in row["text"] for mention in given)
            seen.update(given)
    assert len(seen) > 20


def test_guidelines_never_tell_a_relation_of_the_row_or_its_mention_in_another_spelling(tmp_path):
    for row in closed(made(**PLAIN | {"guidelines": 1.0})):
        guideline = row["prompt"][0]["content"].partition("Text:")[0]
        if row["task"] in ("rc", "re", "ere"):
            assert not any(f"{head} / {tail}" in guideline for head, _, tail in row["answer"])
    sentences = ["Aspirin B-Drug\nhelps O\n", "aspirin B-Drug\nhurts O\n", "Codeine B-Drug\nhelps O\n"]
    (tmp_path / "train.conll").write_text("\n".join(sentences))
    recipe = Recipe(guidelines=1.0, subset=0.0, symbols=0.0, demonstrations=0.0, text=1.0)
    (part,) = plan("bio", tmp_path, recipe).units["train"]
    told = [row["prompt"][0]["content"].partition("Text:")[0].lower() for row in make_rows(part)]
    assert ["aspirin" in each for each in told] == [False, False, True]


def test_demonstrations_are_solved_queries_of_other_documents_in_the_format_asked_for():
    found = made(**PLAIN | {"demonstrations": 1.0, "text": 0.3}, one_prompt=0.0)
    numbers: Counter[int] = Counter()
    for row in found:
        shown = row["choices"]["demonstrations"]
        numbers[len(shown)] += 1
        if row["task"] == "odie":
            assert not shown
            continue
        query = asked()[row["id"]]
        names = {label["name"] for label in row["schema"]}
        assert [turn["role"] for turn in row["prompt"]] == ["user", "assistant"] * len(shown) + ["user"]
        for place, identity in enumerate(shown):
            other = asked()[f"sample-{identity}"]
            assert other.group != query.group and other.text != query.text
            assert row["text"] not in row["prompt"][2 * place]["content"]
            parsed = parse(row["prompt"][2 * place + 1]["content"], row["task"], row["format"])
            assert parsed.status == "valid"
            wanted = [item for item in other.answer if not names or item[1] in names]
            assert Counter(map(json.dumps, parsed.items)) == Counter(map(json.dumps, wanted)) or row["task"] == "ee"
    assert set(numbers) >= set(range(1, 9))


def test_demonstrations_fit_into_one_prompt():
    found = made(**PLAIN | {"demonstrations": 1.0}, one_prompt=1.0)
    for row in found:
        (turn,) = row["prompt"]
        for identity in row["choices"]["demonstrations"]:
            assert asked()[f"sample-{identity}"].text.split()[-2] in turn["content"]


def test_held_out_rows_have_as_many_demonstrations_of_training_texts_as_asked_for():
    shots = 4

    def held_out(number: int) -> dict[str, Any]:
        recipe = Recipe(held_out_cap=20, shuffled=0.0, held_out_demonstrations=number)
        return {row["id"]: row for unit in plan(recipe=recipe).units["test"] for row in make_rows(unit)}

    zero_shot, few_shot = held_out(0), held_out(shots)
    assert zero_shot.keys() == few_shot.keys()
    assert {len(row["prompt"]) for row in few_shot.values()} == {1, 2 * shots + 1}
    for identity, row in few_shot.items():
        plain = zero_shot[identity]
        assert [row[key] for key in ("completion", "schema", "answer")] == [
            plain[key] for key in ("completion", "schema", "answer")
        ]
        if row["task"] == "odie":
            assert row["prompt"] == plain["prompt"]
            continue
        shown = row["choices"]["demonstrations"]
        assert len(shown) == row["choices"]["demonstrations_drawn"] == shots
        for place, other in enumerate(shown):
            query = asked()[f"sample-{other}"]  # a training text
            turn = row["prompt"][0 if row["choices"]["one_prompt"] else 2 * place]["content"]
            assert query.text.split()[-2] in turn  # not all of it: relation classification marks its mentions
        assert row["text"].split()[-2] in row["prompt"][-1]["content"]


def test_symbols_stand_only_for_what_the_row_makes_plain():
    found = closed(made(**PLAIN | {"symbols": 1.0, "guidelines": 0.5, "demonstrations": 0.5}, one_prompt=0.0))
    used = 0
    for row in found:
        symbols = {shown for shown, real in row["label_map"].items() if shown in SYMBOLS}
        assert len(symbols) == row["choices"]["symbols"]
        used += bool(symbols)
        answers = [turn["content"] for turn in row["prompt"] if turn["role"] == "assistant"]
        shown = {item[1] for answer in answers for item in parse(answer, row["task"], row["format"]).items}
        assert row["choices"]["guidelines"] or symbols <= shown
        assert {item[1] for item in row["answer"]} <= {label["name"] for label in row["schema"]}
        query = asked()[row["id"]]
        raw = {label.name: label.raw or label.name for label in query.schema}
        assert sorted((item[0], row["label_map"][item[1]]) for item in row["answer"]) == sorted(
            (item[0], raw[label_of(item)]) for item in query.answer
        )
        assert row["choices"]["guidelines"] or row["choices"]["demonstrations"] or not symbols
    assert used > 0.6 * len(found)


def test_answer_items_are_shuffled():
    before = {row["id"]: row["answer"] for row in made(**PLAIN)}
    after = {row["id"]: row["answer"] for row in made(**PLAIN | {"shuffled": 1.0})}
    several = [identity for identity, answer in before.items() if len({json.dumps(item) for item in answer}) > 1]
    moved = sum(before[identity] != after[identity] for identity in several)
    assert 0.4 < moved / len(several) < 0.9
    assert all(
        sorted(map(json.dumps, before[i])) == sorted(map(json.dumps, after[i]))
        for i in several
        if len(before[i][0]) < 3
    )


@given(
    st.lists(st.integers(0, 10**6), min_size=2, max_size=60, unique=True),
    st.lists(st.text(max_size=5), min_size=1, max_size=20),
)
def test_another_entry_in_a_pool_changes_only_the_draws_that_it_comes_first_for(entries, drawing):
    full = HashRing(1, [(str(entry), entry) for entry in entries])
    fewer = HashRing(1, [(str(entry), entry) for entry in entries[1:]])
    for identity in drawing:
        order = list(full.following(1, identity, "x"))
        assert sorted(order) == sorted(entries)
        assert [entry for entry in order if entry != entries[0]] == list(fewer.following(1, identity, "x"))


@given(st.lists(st.integers(), unique=True, max_size=80), st.integers(0, 20), st.randoms())
def test_the_lowest_are_kept_in_any_order(entries, limit, random):
    lots = {entry: draw(3, str(entry), "x") for entry in entries}
    shuffled = list(entries)
    random.shuffle(shuffled)
    lowest = SmallestK[int](limit)
    for entry in shuffled:
        lowest.add(lots[entry], str(entry), entry)
    assert [entry for *_, entry in lowest.entries()] == sorted(entries, key=lots.__getitem__)[:limit]


def test_rows_without_an_answer_are_limited():
    part = next(part for part in plan(recipe=Recipe()).units["train"] if part.task == "ed")
    for most in (0.0, 0.05, 0.2, 1.0):
        recipe = Recipe(no_answer=1.0, no_answer_most=most, subset=0.0)
        counts = Counts()
        found = list(make_rows(replace(part, recipe=recipe), counts))
        empty = sum(not row["answer"] for row in found)
        assert empty <= most * len(found)
        assert counts.read == len(found) + counts.dropped["no answer"] + counts.dropped["over the cap"]
    assert empty > 0.05 * len(found)


def test_a_task_of_a_source_may_have_a_cap_of_its_own():
    recipe = Recipe(cap=50, caps={"maven/ed": 7, "scierc": 11, "rams/eae": 0})
    sizes = {(part.split.source, part.task): len(list(make_rows(part))) for part in plan(recipe=recipe).units["train"]}
    assert sizes["maven", "ed"] == 7 and sizes["scierc", "ner"] == sizes["scierc", "re"] == 11
    assert sizes["rams", "eae"] == 0 and sizes["fewrel", "rc"] == 50
    recipe = Recipe(held_out_cap=5, held_out_caps={"scierc/re": 7, "maven": 3})
    sizes = {(part.split.source, part.task): len(list(make_rows(part))) for part in plan(recipe=recipe).units["test"]}
    assert sizes["scierc", "re"] == 7 and sizes["scierc", "ner"] == 5 and sizes["maven", "ed"] == 3


def test_relations_between_events_are_asked_for_kind_by_kind():
    kinds: Counter[str | None] = Counter()
    for row in made(**PLAIN | {"subset": 1.0}):
        if row["task"] == "ere":
            of = {relation_kind(label) for label in asked()[row["id"]].schema if label.name in row["label_map"]}
            assert len(of) == 1
            kinds.update(of)
    assert set(kinds) == {"temporal", "causal", "subevent", "coreference"}


def test_few_wordings_for_a_very_small_model():
    assert {row["choices"]["description"] for row in made(wordings=1) if row["task"] != "odie"} == {0}
    held_out = [row for part in plan(recipe=Recipe(wordings=2)).units["test"] for row in make_rows(part)]
    assert {row["choices"]["description"] for row in held_out if row["task"] != "odie"} == {0, 1}
