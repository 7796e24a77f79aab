"""A request is the plain row of IEInstruct for the same query: a model is asked as it was trained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adelie_hf.answers import Entity
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.extraction.schema import ExtractionSchema, entity_schema
from adelie_hf.ieinstruct import Recipe, make_rows, plan
from adelie_hf.prompts import descriptions, slots, write
from adelie_hf.queries import Query, queries
from adelie_hf.records import Label, Record
from adelie_hf.sources import read_split
from adelie_hf.tasks import TASKS

# The tasks that a text alone, or a text with a pair, asks about.
ASKED = ("ner", "rc", "re", "ed", "ee", "openie", "odie")


@pytest.fixture(scope="module")
def plain_rows():
    """The held-out rows of the sample with the first description, and the query of each."""
    recipe = Recipe(wordings=1)
    rows = []
    for unit in plan(recipe=recipe).units["test"]:
        found = {
            f"{unit.prefix}{query.id}": query
            for record in read_split(unit.split)
            if isinstance(record, Record) and unit.task in record.schemas
            for query in queries(record, unit.task)
        }
        rows += [(row, found[row["id"]]) for row in list(make_rows(unit))[:20]]
    return rows


@pytest.mark.parametrize("task", ASKED)
def test_the_request_is_the_plain_row(task, plain_rows):
    rows = [(row, query) for row, query in plain_rows if row["task"] == task]
    assert rows
    for row, query in rows:
        assert row["choices"]["description"] in (0, None)
        schema = ExtractionSchema(task, query.schema, query.instruction).without_definitions()
        pair = (query.focus[0][1], query.focus[1][1]) if task == "rc" else None
        request = ExtractionRequest(schema, query.text, pair=pair)
        assert request.messages() == row["prompt"]
        assert request.parse(row["completion"][-1]["content"]).items == query.answer


def test_definitions_are_shown_where_the_schema_has_some():
    schema = entity_schema({"organization": "a company", "person": None})
    (turn,) = ExtractionRequest(schema, "Acme grew.").messages()
    assert "organization: a company" in turn["content"] and "person" in turn["content"]
    (plain,) = ExtractionRequest(schema.without_definitions(), "Acme grew.").messages()
    assert "Entity types: organization, person." in plain["content"] and "a company" not in plain["content"]


def test_demonstrations_are_turns_before_the_text():
    schema = entity_schema(["person"])
    solved = Query("", "", "ner", "", "", "Ada wrote.", schema.labels, (Entity("Ada", "person"),))
    turns = ExtractionRequest(
        schema, "Bob read.", demonstrations=(solved, replace(solved, text="None.", answer=()))
    ).messages()
    assert [turn["role"] for turn in turns] == ["user", "assistant"] * 2 + ["user"]
    assert turns[0]["content"].endswith("Text: Ada wrote.")
    assert [turn["content"] for turn in turns[1:]] == [
        *("[Answer]: Ada: person;", "Text: None.", "[Answer]: NA", "Text: Bob read."),
    ]


@pytest.mark.parametrize("task", TASKS)
def test_the_first_description_fits_every_text(task):
    """It is the beginning that all requests share, also those with demonstrations."""
    for wording in descriptions(task, (Label("a"),))[:1]:
        assert not slots(wording)


@pytest.mark.parametrize("mention", ["- Acme", "NAN", "[Answer]:", "`a`", "1. Acme", "**Acme**"])
def test_a_constrained_answer_is_read_as_it_stands(mention):
    request = ExtractionRequest(entity_schema(["a"]), f"It is {mention} .", constrained=True)
    answer = (Entity(mention, "a"),)
    assert request.parse(write(answer, "ner")).items == answer
    if ":" not in mention:
        assert request.parse(f"[Answer]: {mention}: a;").items == answer


def test_a_free_answer_is_mended():
    request = ExtractionRequest(entity_schema(["a"]), "Acme grew .")
    assert request.parse("- Acme: a;").items == (Entity("Acme", "a"),)
