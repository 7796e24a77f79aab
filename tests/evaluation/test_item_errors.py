"""The classes of right and wrong items: one definition each, and counts that add up."""

from __future__ import annotations

import doctest
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Table, Triple, to_json
from adelie_hf.evaluation import item_errors
from adelie_hf.evaluation.item_errors import ERROR_CLASSES, PAIR_KINDS, Part, pair_parts, parts, row_errors
from adelie_hf.prompts import write
from adelie_hf.scoring.exact import exact_f1
from adelie_hf.tasks import TASKS

TEXT = "The Bank of England in Ulm bought Acme."


def row(task: str, answer: tuple[Any, ...], *names: str, roles: tuple[str, ...] = (), text: str = TEXT) -> Any:
    schema = [{"name": name, "roles": list(roles)} for name in names]
    return {"task": task, "format": "text", "text": text, "schema": schema, "answer": to_json(answer)}


def kinds(gold: list[Part], predicted: list[Part], text: str = TEXT) -> list[str]:
    return [pair.kind for pair in pair_parts(gold, predicted, text)]


def entity(mention: str, category: str = "place") -> Part:
    return Part((mention,), category)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        (entity("Ulm"), entity("Ulm"), ["correct"]),
        (entity("Ulm"), entity("Ulm", "bank"), ["wrong_type"]),
        (entity("Bank of England"), entity("England"), ["wrong_span"]),
        (entity("Bank of England"), entity("England in Ulm"), ["wrong_span"]),  # they overlap in the text
        (entity("Bank of England"), entity("bank"), ["wrong_span"]),
        (entity("Banque"), entity("La Banque"), ["wrong_span"]),  # the text has neither
        (entity("Bank of England"), entity("England", "bank"), ["missed", "spurious"]),
        (entity("Ulm"), entity("Acme"), ["missed", "spurious"]),
        (entity(""), entity("Acme"), ["missed", "spurious"]),
        (entity("Ulm"), entity("ulm"), ["wrong_span"]),  # exact match heeds case
    ],
)
def test_each_class_has_one_definition(gold: Part, predicted: Part, expected: list[str]) -> None:
    assert kinds([gold], [predicted]) == expected


def test_a_relation_needs_both_mentions() -> None:
    gold = Part(("Bank of England", "Acme"), "owns")
    assert kinds([gold], [Part(("Bank of England", "Acme"), "sells")]) == ["wrong_type"]
    assert kinds([gold], [Part(("England", "Acme"), "owns")]) == ["wrong_span"]
    assert kinds([gold], [Part(("England", "Ulm"), "owns")]) == ["missed", "spurious"]
    assert kinds([gold], [Part(("Acme", "Bank of England"), "owns")]) == ["missed", "spurious"]


def test_the_better_class_is_given_first() -> None:
    """An equal part is not taken by a part that only overlaps."""
    gold, predicted = [entity("England"), entity("Bank of England")], [entity("Bank of England"), entity("England")]
    assert kinds(gold, predicted) == ["correct", "correct"]
    assert kinds([entity("Ulm")], [entity("Ulm", "bank"), entity("Ulm")]) == ["correct", "spurious"]


def test_the_parts_of_every_task() -> None:
    event = EventItem("bought", "deal", (Argument("Acme", "object"),))
    assert parts((event,), "ee") == (Part(("bought",), "deal"), Part(("Acme",), "deal/object"))
    assert parts((Triple("a", "owns", "b"),), "re") == (Part(("a", "b"), "owns"),)
    assert parts((Extraction("bought", ("Bank", "Acme", "in Ulm")),), "openie")[0].mentions[-1] == "in Ulm"
    table = Table(("who", "what"), (("Bank", "Acme"), ("", "Ulm")))
    assert parts((table,), "odie") == (Part(("Bank",), "who"), Part(("Acme",), "what"), Part(("Ulm",), "what"))


def test_answers_that_are_not_as_asked() -> None:
    given = row("ner", (Entity("Ulm", "place"),), "place")
    errors = row_errors(given, "[Answer]: Ulm: city; Paris: place;")
    assert errors.status == "valid" and set(errors.off_schema) == {0} and set(errors.not_in_text) == {1}
    assert errors.counts() == {"wrong_type": 1, "spurious": 1, "off_schema": 1, "not_in_text": 1, "invalid": 0}
    invalid = row_errors(given, "I do not know")
    assert invalid.counts() == {"missed": 1, "invalid": 1, "off_schema": 0, "not_in_text": 0}


def test_the_roles_of_an_event_are_offered_with_its_type() -> None:
    event = EventItem("bought", "deal", (Argument("Acme", "object"), Argument("Ulm", "weather")))
    errors = row_errors(row("ee", (event,), "deal", roles=("object",)), write((event,), "ee"))
    assert errors.off_schema == {2} and errors.counts()["correct"] == 3


def test_open_tasks_have_no_schema_and_need_not_quote() -> None:
    extraction = Extraction("purchased", ("The Bank", "Acme"))
    errors = row_errors(row("openie", (extraction,)), write((extraction,), "openie"))
    assert errors.counts() == {"correct": 1, "invalid": 0, "off_schema": 0, "not_in_text": 0}


_MENTIONS = st.sampled_from(["Bank of England", "England", "Ulm", "Acme", "acme", "", "Paris"])
_ENTITIES = st.lists(st.builds(Part, st.tuples(_MENTIONS), st.sampled_from(["place", "bank"])), max_size=6)
_TRIPLES = st.lists(st.builds(Part, st.tuples(_MENTIONS, _MENTIONS), st.sampled_from(["owns", "in"])), max_size=6)


@given(st.one_of(st.tuples(_ENTITIES, _ENTITIES), st.tuples(_TRIPLES, _TRIPLES)), st.sampled_from(["", TEXT]))
def test_each_part_counts_once(sides: tuple[list[Part], list[Part]], text: str) -> None:
    gold, predicted = sides
    pairs = pair_parts(gold, predicted, text)
    assert sorted(pair.gold for pair in pairs if pair.gold is not None) == list(range(len(gold)))
    assert sorted(pair.predicted for pair in pairs if pair.predicted is not None) == list(range(len(predicted)))
    counts = Counter(pair.kind for pair in pairs)
    both = counts["correct"] + counts["wrong_type"] + counts["wrong_span"]
    assert both + counts["missed"] == len(gold) and both + counts["spurious"] == len(predicted)
    assert counts.keys() <= set(PAIR_KINDS) < set(ERROR_CLASSES)
    turned = Counter(kinds(predicted, gold, text))
    assert (turned["correct"], turned["wrong_type"]) == (counts["correct"], counts["wrong_type"])


@given(_ENTITIES, _ENTITIES)
def test_correct_parts_are_those_of_exact_match(gold: list[Part], predicted: list[Part]) -> None:
    sides = ([[(*part.mentions, part.category) for part in side]] for side in (predicted, gold))
    assert kinds(gold, predicted).count("correct") == exact_f1(*sides)["tp"]


@given(st.text(max_size=60), st.sampled_from(list(TASKS)))
def test_any_output_has_a_comparison(output: str, task: str) -> None:
    errors = row_errors(row(task, (), "place"), output)
    assert errors.counts()["spurious"] == len(errors.predicted) == len(errors.pairs)


def test_the_examples_of_the_module_are_true() -> None:
    results = doctest.testmod(item_errors)
    assert results.attempted and not results.failed
