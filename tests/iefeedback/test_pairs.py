"""Pairs: the chosen side is better, two sides never have the same meaning, and every prompt is counted."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Entity
from adelie_hf.errors import InputError
from adelie_hf.iefeedback import FeedbackRecipe, FeedbackUnit, load_recipe, make_rows, plan
from adelie_hf.manifest import Counts
from adelie_hf.prompts import parse, write

GOLD = (Entity("Acme", "company"), Entity("Paris", "place"))


def row(row_id, samples, gold=GOLD, task="ner"):
    return {
        "id": row_id,
        "source": "made-up",
        "task": task,
        "prompt": [{"role": "user", "content": "?"}],
        "completion": [{"role": "assistant", "content": write(gold, task)}],
        "format": "text",
        "answer": [list(item) for item in gold],
        "samples": samples,
    }


def write_samples(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def make_pairs(folder: Path, rows, **recipe):
    """Return the pairs of sampled rows, and their counts."""
    write_samples(folder / "samples.jsonl", rows)
    counts = Counts()
    unit = FeedbackUnit((folder / "samples.jsonl",), FeedbackRecipe(**recipe))
    return list(make_rows(unit, counts)), counts


RIGHT = "[Answer]: Acme: company; Paris: place;"
REORDERED = "[Answer]: Paris: place; Acme: company;"
HALF = "[Answer]: Acme: company;"
WRONG = "[Answer]: Acme: place;"


def test_online_is_best_against_worst(tmp_path):
    (pair,), counts = make_pairs(tmp_path, [row("a", [HALF, RIGHT, WRONG])], offline=0.0)
    assert pair["kind"] == "online"
    assert pair["chosen"] == [{"role": "assistant", "content": RIGHT}]
    assert pair["rejected"] == [{"role": "assistant", "content": WRONG}]
    assert (pair["score_chosen"], pair["score_rejected"]) == (1.0, 0.0)
    provenance = pair["provenance"]
    assert (provenance["f1"], provenance["chosen"], provenance["rejected"]) == ([2 / 3, 1.0, 0.0], 1, 2)
    assert (provenance["score"], provenance["seed"], len(provenance["bleu"])) == ("f1", 42, 3)
    assert counts == Counts(read=1, kept=Counter(online=1))


def test_offline_is_gold_against_worst(tmp_path):
    (pair,), _ = make_pairs(tmp_path, [row("a", [HALF, HALF])], offline=1.0)
    assert (pair["kind"], pair["provenance"]["chosen"]) == ("offline", "gold")
    assert pair["chosen"][0]["content"] == RIGHT


def test_answers_with_the_same_meaning_are_not_a_pair(tmp_path):
    pairs, counts = make_pairs(tmp_path, [row("a", [RIGHT, REORDERED, REORDERED])])
    assert pairs == []
    assert counts == Counts(read=1, dropped=Counter({"the samples are all as good as the gold answer": 1}))
    pairs, _ = make_pairs(tmp_path, [row("na", ["[Answer]: NA"] * 3, gold=())])
    assert pairs == []


@pytest.mark.parametrize("format", ["text", "json"])
def test_an_answer_in_other_clothes_is_no_pair(tmp_path, format):
    """Nor is a text without a readable item where the gold answer is empty."""
    accents = (Entity("Zo\u00eb  Inc.", "company"),)
    for gold, other in ((GOLD, GOLD[::-1]), ((), ()), (accents, (Entity("Zoe\u0308 Inc.", "company"),))):
        right, same = write(gold, "ner", format), write(other, "ner", format).removeprefix("[Answer]: ")
        samples = [right, same, f"```json\n{same}\n```", f"<think>So?</think>{same}", f"{same}\n\nNote: this is all."]
        samples += ["None", "I cannot say."] * (not gold)
        sampled = row("a", samples, gold) | {"format": format, "completion": [{"role": "assistant", "content": right}]}
        for offline in (0.0, 1.0):
            assert make_pairs(tmp_path, [sampled], offline=offline)[0] == []


def test_the_worst_answer_with_another_meaning_is_rejected(tmp_path):
    (pair,), _ = make_pairs(tmp_path, [row("a", ["[Answer]: NA", "?", WRONG], gold=())], offline=0.0)
    assert pair["rejected"][0]["content"] == WRONG


def test_of_equally_good_samples_a_well_formed_one_is_chosen(tmp_path):
    for samples in ([f"{RIGHT} junk", RIGHT, WRONG], [RIGHT, f"{RIGHT} junk", WRONG]):
        (pair,), _ = make_pairs(tmp_path, [row("a", samples)], offline=0.0)
        assert (pair["kind"], pair["chosen"][0]["content"]) == ("online", RIGHT)


def test_prompts_without_a_pair_are_counted_by_reason(tmp_path):
    chat = row("b", [RIGHT, WRONG]) | {"task": "general", "format": ""}
    pairs, counts = make_pairs(tmp_path, [row("a", []), chat])
    assert not pairs
    reasons = ("without a sample", "general data has no gold answer to score by")
    assert counts == Counts(read=2, dropped=Counter(reasons))


def test_samples_that_are_no_text_are_noted(tmp_path):
    rows = [row("a", [None, RIGHT, 3, WRONG, {}]), row("b", [None])]
    (pair,), counts = make_pairs(tmp_path, rows, offline=0.0)
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == (RIGHT, WRONG)
    provenance = pair["provenance"]
    assert (provenance["chosen"], provenance["rejected"]) == (1, 3)
    assert (provenance["f1"], provenance["bleu"]) == ([None, 1.0, None, 0.0, None], [None, 1.0, None, ANY, None])
    assert counts.dropped == Counter({"without a sample": 1})
    assert counts.noted == Counter({"with samples that are no text, which are left out": 2})


def test_the_cap_and_the_ids_apply_across_files(tmp_path):
    for name in ("a", "b"):
        write_samples(tmp_path / f"{name}.jsonl", [row(f"{name}{number}", [RIGHT, WRONG]) for number in range(20)])
    (unit,) = plan(tmp_path, FeedbackRecipe(cap=10)).units["train"]
    pairs = list(make_rows(unit))
    assert len(pairs) == 10 and {pair["id"][0] for pair in pairs} == {"a", "b"}
    shutil.copy(tmp_path / "a.jsonl", tmp_path / "c.jsonl")
    (unit,) = plan(tmp_path).units["train"]
    with pytest.raises(InputError, match=r"c.jsonl: the prompt 'a0' occurs twice"):
        list(make_rows(unit))


def test_a_bad_answer_is_never_chosen(tmp_path):
    pairs, _ = make_pairs(
        tmp_path, [row("a", ["[Answer]: Acme: company; x: y; z: y; v: y; u: y;", WRONG])], offline=0.0
    )
    assert [pair["kind"] for pair in pairs] == ["offline"]


def test_an_answer_that_breaks_the_format_is_never_chosen(tmp_path):
    """It would teach the model this error, even if its items are correct."""
    loose = "Acme: company\nParis: place; and nothing else"
    pairs, _ = make_pairs(tmp_path, [row("a", [loose, WRONG])], offline=0.0)
    assert [pair["kind"] for pair in pairs] == ["offline"]


def test_shares_and_cap(tmp_path):
    rows = [row(str(number), [RIGHT, WRONG]) for number in range(100)]
    pairs, counts = make_pairs(tmp_path, rows, offline=0.7, cap=50)
    assert Counter(pair["kind"] for pair in pairs) == {"online": 15, "offline": 35}
    assert counts.kept == {"online": 15, "offline": 35}
    assert counts.dropped == {"over the cap": 50} and counts.read == 100


def test_pairs_do_not_depend_on_the_order_of_prompts(tmp_path):
    rows = [row(str(number), [RIGHT, WRONG, HALF]) for number in range(40)]
    first, _ = make_pairs(tmp_path, rows, cap=10)
    second, _ = make_pairs(tmp_path, rows[::-1], cap=10)
    assert sorted(first, key=lambda pair: pair["id"]) == sorted(second, key=lambda pair: pair["id"])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([RIGHT, REORDERED, HALF, WRONG, "[Answer]: NA", "", "?;;", RIGHT[:-3]]), max_size=5),
        min_size=1,
        max_size=8,
    ),
    st.floats(0, 1),
)
def test_the_sides_of_a_pair_never_have_the_same_meaning(tmp_path_factory, samples, offline):
    rows = [row(str(number), prompt_samples) for number, prompt_samples in enumerate(samples)]
    pairs, counts = make_pairs(tmp_path_factory.mktemp("pairs"), rows, offline=offline)
    assert counts.read == counts.kept.total() + counts.dropped.total() == len(rows)
    for pair in pairs:
        chosen, rejected = (parse(pair[side][0]["content"], "ner") for side in ("chosen", "rejected"))
        assert Counter(chosen.items) != Counter(rejected.items)
        assert pair["score_chosen"] - pair["score_rejected"] > 0.1


def test_pairs_by_bleu(tmp_path):
    """The order of items counts for BLEU: two right answers are no pair all the same."""
    (pair,), counts = make_pairs(tmp_path, [row("a", [REORDERED, WRONG, RIGHT])], score="bleu", offline=0.0)
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == (RIGHT, WRONG)
    assert pair["provenance"]["bleu"][2] == pair["score_chosen"] == 1.0 > pair["provenance"]["bleu"][0]
    assert pair["provenance"]["f1"] == [1.0, 0.0, 1.0] and not counts.noted


def test_pairs_that_the_criteria_rank_differently_are_counted(tmp_path):
    gold = tuple(Entity(letter, "x") for letter in "abcdef")
    upside_down, all_but_one = write(gold[::-1], "ner"), write(gold[:-1], "ner")
    _, counts = make_pairs(tmp_path, [row("a", [upside_down, all_but_one, "?"], gold)], offline=0.0, gap=0.05)
    assert not counts.noted
    (pair,), counts = make_pairs(tmp_path, [row("a", [upside_down, all_but_one], gold)], offline=0.0, gap=0.05)
    assert pair["chosen"][0]["content"] == upside_down
    assert counts.noted == {"pairs whose sides BLEU and the metric of the task do not rank alike": 1}


PUBLISHED: dict[str, Any] = {"as_published": True, "score": "character_bleu", "floor": 0.0}


def test_pairs_as_published(tmp_path):
    """The first prompts that qualify are online; offline ones are drawn first and looked at then; NA is worth 0.59."""
    rows = [row(str(number), [RIGHT, WRONG]) for number in range(6)] + [row("na", ["[Answer]: NA"], gold=())]
    rows += [row(f"right {number}", [RIGHT]) for number in range(3)] + [row("junk", ["?", "??"])]
    pairs, counts = make_pairs(tmp_path, rows, cap=20, offline=0.8, **PUBLISHED)
    kinds = {pair["id"]: pair["kind"] for pair in pairs}
    assert [row_id for row_id, kind in kinds.items() if kind == "online"] == ["0", "1", "2", "3"]
    assert {row_id for row_id, kind in kinds.items() if kind == "offline"} == {"4", "5", "na", "junk"}
    by_id = {pair["id"]: pair for pair in pairs}
    assert by_id["na"]["chosen"] == by_id["na"]["rejected"]
    assert by_id["junk"]["score_rejected"] == -1
    assert counts.read == counts.kept.total() + counts.dropped.total() == len(rows)


def test_the_recipes_of_the_library(tmp_path):
    paper = load_recipe("paper")
    assert paper == FeedbackRecipe(caps=paper.caps)
    assert load_recipe("reference_code", seed=7) == FeedbackRecipe(seed=7, **PUBLISHED)
    with pytest.raises(InputError, match="no recipe 'papper'; give a YAML file, or one of paper, reference_code"):
        load_recipe("papper")


def test_what_is_remembered_is_bounded_by_the_cap(tmp_path):
    rows = [row(str(number), [RIGHT, WRONG]) for number in range(200)]
    everything, _ = make_pairs(tmp_path, rows, cap=200)
    for cap in (1, 7, 40):
        pairs, counts = make_pairs(tmp_path, rows, cap=cap)
        assert len(pairs) == cap and counts.dropped == {"over the cap": 200 - cap}
        assert {pair["id"] for pair in pairs if pair["kind"] == "online"} <= {
            pair["id"] for pair in everything if pair["kind"] == "online"
        }


def test_lines_are_found_again_wherever_they_are(tmp_path):
    lines = [json.dumps(row(str(number), [RIGHT, WRONG]) | {"source": "é" * number}) for number in range(5)]
    content = "\ufeff" + lines[0] + "\r\n\n \n" + "\n\n".join(lines[1:])
    (tmp_path / "samples.jsonl").write_bytes(content.encode())
    pairs = list(make_rows(FeedbackUnit((tmp_path / "samples.jsonl",), FeedbackRecipe())))
    assert [pair["id"] for pair in pairs] == list("01234")
    assert [pair["source"] for pair in pairs] == ["é" * number for number in range(5)]


def test_bad_samples_are_named(tmp_path):
    file = tmp_path / "samples.jsonl"
    for content, message in (
        ('{"id": 1}\n', r"samples.jsonl:1: not a line of a samples file"),
        ('{"id": "a", "sam', r"samples.jsonl:1: not valid JSON"),
        ("", "the file is empty"),
    ):
        file.write_text(content)
        with pytest.raises(InputError, match=message):
            list(make_rows(FeedbackUnit((file,), FeedbackRecipe())))
    with pytest.raises(InputError, match="'a' occurs twice"):
        make_pairs(tmp_path, [row("a", [RIGHT]), row("a", [RIGHT])])
