"""Pairs: the better side is better, no two sides mean the same, and every prompt is counted."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Entity
from adelie_hf.errors import InputError
from adelie_hf.iefeedback import FeedbackRecipe, Part, plan, rows
from adelie_hf.iefeedback.score import score_samples
from adelie_hf.prompts import parse, write

GOLD = (Entity("Acme", "company"), Entity("Paris", "place"))


def line(identity: str, samples: list[str], gold=GOLD, task: str = "ner") -> dict:
    return {
        "id": identity,
        "source": "made-up",
        "task": task,
        "prompt": [{"role": "user", "content": "?"}],
        "completion": [{"role": "assistant", "content": write(gold, task)}],
        "format": "text",
        "answer": [list(item) for item in gold],
        "samples": samples,
    }


def made(folder: Path, lines: list[dict], **recipe) -> tuple[list[dict], Counter[str]]:
    file = folder / "samples.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    counts: Counter[str] = Counter()
    return list(rows(Part((file,), FeedbackRecipe(**recipe)), counts)), counts


RIGHT = "[Answer]: Acme: company; Paris: place;"
REORDERED = "[Answer]: Paris: place; Acme: company;"
HALF = "[Answer]: Acme: company;"
WRONG = "[Answer]: Acme: place;"


def test_online_is_best_against_worst(tmp_path):
    (pair,), counts = made(tmp_path, [line("a", [HALF, RIGHT, WRONG])], offline=0.0)
    assert pair["kind"] == "online"
    assert pair["chosen"] == [{"role": "assistant", "content": RIGHT}]
    assert pair["rejected"] == [{"role": "assistant", "content": WRONG}]
    assert (pair["score_chosen"], pair["score_rejected"]) == (1.0, 0.0)
    assert pair["provenance"] == {"scores": [2 / 3, 1.0, 0.0], "chosen": 1, "rejected": 2}
    assert counts == {"read": 1, "kept: online": 1}


def test_offline_is_gold_against_worst(tmp_path):
    (pair,), _ = made(tmp_path, [line("a", [HALF, HALF])], offline=1.0)
    assert (pair["kind"], pair["provenance"]["chosen"]) == ("offline", "gold")
    assert pair["chosen"][0]["content"] == RIGHT


def test_answers_that_mean_the_same_are_no_pair(tmp_path):
    pairs, counts = made(tmp_path, [line("a", [RIGHT, REORDERED, REORDERED])])
    assert pairs == []
    assert counts == {"read": 1, "dropped: the samples are all as good as the gold answer": 1}
    pairs, _ = made(tmp_path, [line("na", ["[Answer]: NA"] * 3, gold=())])
    assert pairs == []


def test_of_equally_good_samples_one_that_is_well_written_is_chosen(tmp_path):
    for samples in ([f"{RIGHT} junk", RIGHT, WRONG], [RIGHT, f"{RIGHT} junk", WRONG]):
        (pair,), _ = made(tmp_path, [line("a", samples)], offline=0.0)
        assert (pair["kind"], pair["chosen"][0]["content"]) == ("online", RIGHT)


def test_what_cannot_be_a_pair_is_counted_by_its_reason(tmp_path):
    chat = line("b", [RIGHT, WRONG]) | {"task": "general", "format": ""}
    pairs, counts = made(tmp_path, [line("a", []), chat])
    assert not pairs
    assert counts == {
        "read": 2,
        "dropped: without a sample": 1,
        "dropped: general data has no gold answer to score by": 1,
    }


def test_cap_and_prompts_are_those_of_all_files_together(tmp_path):
    for name in ("a", "b"):
        lines = [line(f"{name}{n}", [RIGHT, WRONG]) for n in range(20)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    (part,) = plan(tmp_path, FeedbackRecipe(cap=10))["train"]
    pairs = list(rows(part))
    assert len(pairs) == 10 and {pair["id"][0] for pair in pairs} == {"a", "b"}
    shutil.copy(tmp_path / "a.jsonl", tmp_path / "c.jsonl")
    (part,) = plan(tmp_path)["train"]
    with pytest.raises(InputError, match=r"c.jsonl: the prompt 'a0' occurs twice"):
        list(rows(part))


def test_a_bad_answer_is_never_chosen(tmp_path):
    pairs, _ = made(tmp_path, [line("a", ["[Answer]: Acme: company; x: y; z: y; v: y; u: y;", WRONG])], offline=0.0)
    assert [pair["kind"] for pair in pairs] == ["offline"]


def test_an_answer_that_breaks_the_format_is_never_chosen(tmp_path):
    """It would teach the model the very error, right items or not."""
    loose = "Acme: company\nParis: place; and nothing else"
    pairs, _ = made(tmp_path, [line("a", [loose, WRONG])], offline=0.0)
    assert [pair["kind"] for pair in pairs] == ["offline"]


def test_shares_and_cap(tmp_path):
    lines = [line(str(n), [RIGHT, WRONG]) for n in range(100)]
    pairs, counts = made(tmp_path, lines, offline=0.7, cap=50)
    assert Counter(pair["kind"] for pair in pairs) == {"online": 15, "offline": 35}
    assert counts["dropped: over the cap"] == 50
    assert counts["read"] == 100 == sum(number for name, number in counts.items() if name != "read")


def test_a_pair_does_not_hang_on_the_order_of_prompts(tmp_path):
    lines = [line(str(n), [RIGHT, WRONG, HALF]) for n in range(40)]
    first, _ = made(tmp_path, lines, cap=10)
    second, _ = made(tmp_path, lines[::-1], cap=10)
    assert sorted(first, key=lambda pair: pair["id"]) == sorted(second, key=lambda pair: pair["id"])


def test_scores_of_open_and_on_demand_answers():
    openie = line(
        "o", ["[Answer]: (bought; Acme; Globex);", "[Answer]: (sold; Acme; x);", "?"], gold=(), task="openie"
    )
    openie["completion"][0]["content"] = "[Answer]: (bought; Acme; Globex);"
    assert [each.score for each in score_samples(openie)] == [1.0, 0.0, 0.0]
    table = "[Answer]:\n| a | b |\n| --- | --- |\n| x | y |"
    odie = line("t", [table, table.replace("y", "z"), "no table"], gold=(), task="odie")
    odie["completion"][0]["content"] = table
    right, close, nothing = (each.score for each in score_samples(odie))
    assert right == 1.0 > close > nothing == 0.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([RIGHT, REORDERED, HALF, WRONG, "[Answer]: NA", "", "?;;", RIGHT[:-3]]), max_size=5),
        min_size=1,
        max_size=8,
    ),
    st.floats(0, 1),
)
def test_the_sides_of_a_pair_never_mean_the_same(tmp_path_factory, samples, offline):
    lines = [line(str(at), of_prompt) for at, of_prompt in enumerate(samples)]
    pairs, counts = made(tmp_path_factory.mktemp("pairs"), lines, offline=offline)
    assert counts["read"] == sum(number for name, number in counts.items() if name != "read") == len(lines)
    for pair in pairs:
        chosen, rejected = (parse(pair[side][0]["content"], "ner") for side in ("chosen", "rejected"))
        assert Counter(chosen.items) != Counter(rejected.items) or rejected.status == "invalid"
        assert pair["score_chosen"] - pair["score_rejected"] > 0.1


def test_bad_samples_are_named(tmp_path):
    with pytest.raises(InputError, match="no samples file"):
        plan(tmp_path)
    with pytest.raises(InputError, match="needs data_dir"):
        plan(None)
    file = tmp_path / "samples.jsonl"
    for content, message in (
        ('{"id": 1}\n', r"samples.jsonl:1: not a line of a samples file"),
        ('{"id": "a", "sam', r"samples.jsonl:1: not valid JSON"),
        ("", "the file is empty"),
    ):
        file.write_text(content)
        with pytest.raises(InputError, match=message):
            list(rows(Part((file,), FeedbackRecipe())))
    with pytest.raises(InputError, match="'a' occurs twice"):
        made(tmp_path, [line("a", [RIGHT]), line("a", [RIGHT])])
