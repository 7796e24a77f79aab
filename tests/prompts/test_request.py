"""Requests: what a model is asked, and how the mentions in question are marked."""

from __future__ import annotations

import re

import pytest

from adelie_hf.errors import InputError
from adelie_hf.prompts import FORMATS, descriptions, request, show_schema
from adelie_hf.records import TASKS, Label, Mention, Query, Schema

TEXT = "Acme bought Globex in Paris ."
LABELS = (Label("owns"), Label("based in"))
ROLES = (Label("buy", roles=("buyer", "bought")), Label("rain"))


def ask(
    task: str,
    focus: tuple[tuple[str, Mention], ...] = (),
    text: str = TEXT,
    schema: Schema = LABELS,
    event_type: str = "",
    instruction: str = "",
) -> Query:
    return Query("s/1", "s", task, "train", "g", text, schema, (), focus, event_type, instruction)


def at(start: int, end: int, text: str = TEXT) -> Mention:
    return Mention.at(text, start, end)


def marked(text: str, *focus: tuple[str, Mention]) -> str:
    """The line with the text, as a request shows it."""
    lines = request(ask("rc", focus, text), "Classify.", "text", LABELS).split("\n")
    return next(line for line in lines if line.startswith("Text: ")).removeprefix("Text: ")


def test_the_lines_of_a_request() -> None:
    query = ask("rc", (("head", at(0, 4)), ("tail", at(12, 18))))
    lines = request(query, "Classify.", "text", LABELS[::-1]).split("\n")
    assert lines[:2] == ["Classify.", "Relations: based in, owns."]
    assert '"[Answer]: (head; relation; tail);"' in lines[2]
    assert '"[Answer]: NA"' in lines[2]
    assert lines[3:] == [
        "Text: <head> Acme </head> bought <tail> Globex </tail> in Paris .",
        "Head: Acme",
        "Tail: Globex",
    ]


def test_an_event_is_named_with_its_type() -> None:
    query = ask("eae", (("event", at(5, 11)),), schema=(Label("buyer"),), event_type="buy")
    lines = request(query, "Find the arguments.", "json", query.schema).split("\n")
    assert lines[1] == "Roles: buyer."
    assert lines[3:] == ["Text: Acme <event> bought </event> Globex in Paris .", "Event: bought (buy)"]


def test_an_instruction_takes_the_place_of_the_description() -> None:
    lines = request(ask("odie", schema=(), instruction="Give me a table."), "", "text", ()).split("\n")
    assert lines[0] == "Give me a table."
    assert lines[-1] == f"Text: {TEXT}"


def test_markers() -> None:
    acme, globex, bought = at(0, 4), at(12, 18), at(5, 11)
    # In the order of the text, whatever the order of the question.
    assert marked(TEXT, ("head", globex), ("tail", acme)) == (
        "<tail> Acme </tail> bought <head> Globex </head> in Paris ."
    )
    # Side by side: the first closes before the second opens.
    assert marked("ab", ("head", at(0, 1, "ab")), ("tail", at(1, 2, "ab"))) == "<head> a </head><tail> b </tail>"
    assert marked("ab", ("head", at(1, 2, "ab")), ("tail", at(0, 1, "ab"))) == "<tail> a </tail><head> b </head>"
    # At both ends of the text, and a surface that occurs twice.
    assert marked("x x", ("head", at(2, 3, "x x")), ("tail", at(0, 1, "x x"))) == "<tail> x </tail> <head> x </head>"
    # In fragments, and nowhere.
    apart = Mention("Acme in", ((0, 4), (19, 21)))
    assert marked(TEXT, ("head", apart), ("tail", bought)) == (
        "<head> Acme </head> <tail> bought </tail> Globex <head> in </head> Paris ."
    )
    assert (
        marked(TEXT, ("head", Mention("elsewhere")), ("tail", acme)) == "<tail> Acme </tail> bought Globex in Paris ."
    )


@pytest.mark.parametrize("names", [("head", "tail"), ("tail", "head"), ("first", "second")])
@pytest.mark.parametrize("inner", [(0, 1), (1, 2), (2, 3), (0, 3)])
def test_markers_of_nested_mentions_do_not_cross(names: tuple[str, str], inner: tuple[int, int]) -> None:
    for order in (1, -1):
        focus = ((names[0], at(0, 3, "abc")), (names[1], at(*inner, "abc")))[::order]
        open_tags: list[str] = []
        for closing, name in re.findall(r"<(/?)(\w+)>", marked("abc", *focus)):
            if closing:
                assert open_tags.pop() == name
            else:
                open_tags.append(name)
        assert not open_tags


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("task", TASKS)
def test_every_task_and_format(task: str, format: str) -> None:
    schema = ROLES if task == "ee" else () if task in ("openie", "odie") else LABELS
    for description in descriptions(task) or [""]:
        text = request(
            ask(task, schema=schema, instruction="" if description else "A table."), description, format, schema
        )
        lines = text.split("\n")
        assert lines[0] == (description or "A table.")
        assert all(line.strip() == line != "" for line in lines)
        assert not re.search(r"\{\w*\}|%s|None|: \.|, ,|<\w+>", text), "a slot is left open"
        assert (lines[1].endswith(f": {show_schema(schema)}.")) == bool(schema)
        assert '"[Answer]:' in text
        assert ("JSON" in text) == (format == "json")


def test_a_schema_shows_roles_and_is_left_out_when_empty() -> None:
    assert show_schema(ROLES) == "buy (buyer, bought), rain"
    assert show_schema(ROLES[:1]) == "buy (buyer, bought)"
    same = (Label("buy", roles=("who", "what")), Label("sell", roles=("who", "what")))
    assert show_schema(same) == "buy, sell, each with who, what"
    query = ask("eae", (("event", at(5, 11)),), schema=(), event_type="buy")
    assert "Roles" not in request(query, "Find the arguments.", "text", ())


def test_descriptions_are_complete_and_differ() -> None:
    every = [description for task in TASKS for description in descriptions(task)]
    assert len(every) == len({description.lower() for description in every})
    assert {len(descriptions(task)) for task in TASKS if task != "odie"} == {5}
    assert descriptions("odie") == []
    assert all(description == " ".join(description.split()) for description in every)


def test_descriptions_are_a_copy() -> None:
    descriptions("ner").clear()
    assert len(descriptions("ner")) == 5


def test_a_request_differs_by_task_and_format() -> None:
    wordings = [request(ask(task), "", format, LABELS) for task in TASKS for format in FORMATS]
    assert len(set(wordings)) >= len(TASKS) * len(FORMATS) - 1  # RC and RE may share one


def test_unknown_names() -> None:
    with pytest.raises(InputError, match="unknown format 'xml'"):
        request(ask("ner"), "Find.", "xml", LABELS)
    with pytest.raises(InputError, match="unknown task 'nre'"):
        descriptions("nre")
