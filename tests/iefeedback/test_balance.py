"""Balance: caps by source, and prompts between two pass rates, for every shape."""

from __future__ import annotations

from collections import Counter

import pytest

from adelie_hf.errors import InputError
from adelie_hf.iefeedback import FeedbackRecipe, load_recipe
from adelie_hf.report.pair_figures import PUBLISHED
from tests.iefeedback.test_pairs import HALF, RIGHT, WRONG, make_pairs, row

SHAPES = ("pairs", "all_pairs", "unpaired", "ranked", "best_of_n")


def prompts(numbers, samples=(RIGHT, WRONG)):
    """Return that many prompts of each source, whose names are their ids up to a dash."""
    return [
        row(f"{source}-{number}", list(samples)) | {"source": source}
        for source, count in numbers.items()
        for number in range(count)
    ]


def sources_of(rows):
    """Count the prompts of each source that rows were made from."""
    return Counter(source for source, _ in {(made["source"], made["id"].split("/")[0]) for made in rows})


@pytest.mark.parametrize("shape", SHAPES)
def test_a_source_has_a_cap_of_its_own(tmp_path, shape):
    rows, counts = make_pairs(
        tmp_path, prompts({"a": 30, "b": 30, "c": 5}), shape=shape, caps={"a": 10, "b/ner": 20, "b": 1, "c": 9}
    )
    assert sources_of(rows) == {"a": 10, "b": 20, "c": 5}
    assert counts.dropped == {"over the cap of a": 20, "over the cap of b/ner": 10}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_cap_of_all_holds_beside_those_of_sources(tmp_path, shape):
    given = prompts({"a": 30, "b": 30, "c": 30})
    rows, counts = make_pairs(tmp_path, given, shape=shape, caps={"a": 10, "b": 0}, cap=25)
    kept = sources_of(rows)
    assert kept.total() == 25 and set(kept) == {"a", "c"} and kept["a"] <= 10
    assert counts.dropped == {"over the cap of a": 20, "over the cap of b": 30, "over the cap": 15}
    again, _ = make_pairs(tmp_path, given[::-1], shape=shape, caps={"b": 0, "a": 10}, cap=25)
    assert sorted(made["id"] for made in again) == sorted(made["id"] for made in rows)


def test_each_source_has_the_share_of_each_kind(tmp_path):
    given = prompts({"a": 50, "b": 50, "c": 50})
    rows, _ = make_pairs(tmp_path, given, caps={"a": 20, "b": 10}, offline=0.7)
    kinds = Counter((pair["source"], pair["kind"]) for pair in rows)
    assert kinds == {
        ("a", "online"): 6, ("a", "offline"): 14, ("b", "online"): 3, ("b", "offline"): 7, ("c", "online"): 15,
        ("c", "offline"): 35,
    }  # fmt: skip
    within, _ = make_pairs(tmp_path, given, caps={"a": 20, "b": 10}, offline=0.7, cap=40)
    assert Counter(pair["kind"] for pair in within) == {"online": 12, "offline": 28}


def test_a_cap_above_that_of_all_changes_nothing(tmp_path):
    given = prompts({"a": 30, "b": 30})
    assert make_pairs(tmp_path, given, cap=20, caps={"a": 20}) == make_pairs(tmp_path, given, cap=20)


def test_a_cap_of_an_unknown_source_is_an_error_and_one_of_the_library_is_not(tmp_path):
    for caps, message in (
        ({"made-upp": 3}, "caps has 'made-upp', of which there are no samples and no source; did you mean 'made-up'?"),
        ({"fewrel/nerd": 3}, "caps has 'fewrel/nerd', .*; did you mean 'fewrel/"),
    ):
        with pytest.raises(InputError, match=message.replace("?", r"\?")):
            make_pairs(tmp_path, [row("x", [RIGHT, WRONG])], caps=caps)
    rows, _ = make_pairs(tmp_path, [row("x", [RIGHT, WRONG])], caps={"fewrel": 3, "fewrel/rc": 3, "made-up": 3})
    assert len(rows) == 1


def test_the_recipe_of_the_paper_has_the_caps_of_table_8():
    caps = load_recipe("paper").caps
    assert caps == {f"{source}/{task}": pairs for (source, task), (pairs, _) in PUBLISHED.items()}


LOOSE = "Acme: company\nParis: place; and nothing else"  # right, but not in its format


@pytest.mark.parametrize("shape", SHAPES)
def test_prompts_outside_two_pass_rates_are_left_out(tmp_path, shape):
    given = [
        row("easy-0", [RIGHT, HALF, RIGHT, HALF]),
        row("middle-0", [RIGHT, HALF, WRONG, LOOSE]),
        row("middle-1", [WRONG, WRONG, WRONG, RIGHT]),
        row("hard-0", [WRONG, LOOSE, "?", "[Answer]: NA"]),
    ]
    rows, counts = make_pairs(tmp_path, given, shape=shape, min_pass_rate=0.25, max_pass_rate=0.5)
    assert {made["id"].split("/")[0] for made in rows} == {"middle-0", "middle-1"}
    assert counts.dropped == {"harder than a pass rate of 0.25": 1, "easier than a pass rate of 0.5": 1}
    assert counts.read == 4


def test_the_floor_decides_what_passes(tmp_path):
    _, counts = make_pairs(tmp_path, [row("a", [HALF, WRONG])], floor=0.9, min_pass_rate=0.5)
    assert counts.dropped == {"harder than a pass rate of 0.5": 1}
    with pytest.raises(InputError, match=r"min_pass_rate, 0.6, is above max_pass_rate, 0.4"):
        FeedbackRecipe(min_pass_rate=0.6, max_pass_rate=0.4)
