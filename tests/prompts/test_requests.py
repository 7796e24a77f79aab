"""Requests: their lines, and the tags around the mentions in question."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.prompts import FORMATS, descriptions, formats, no_answer, question, request, show_schema, slots, write
from adelie_hf.queries import Query
from adelie_hf.records import Label, Mention, Schema
from adelie_hf.tasks import TASKS

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
    """Return the line of a request that shows the text."""
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


def test_an_instruction_replaces_the_description() -> None:
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


FOCUS = {
    "rc": (("head", at(0, 4)), ("tail", at(12, 18))),
    "eae": (("event", at(5, 11)),),
    "ere": (("first", at(0, 4)), ("second", at(5, 11))),
}
SCHEMAS = {"ee": ROLES, "openie": (), "odie": ()}


def usual(task: str, text: str = TEXT) -> Query:
    return ask(task, FOCUS.get(task, ()), text, SCHEMAS.get(task, LABELS), "buy" if task == "eae" else "", "")


@pytest.mark.parametrize("task", [task for task in TASKS if task != "odie"])
def test_every_description(task: str) -> None:
    """Each slot is filled, what fills one has no line below, and every part occurs exactly once."""
    query = usual(task)
    for description in descriptions(task, query.schema):
        lines = request(query, description, "text", query.schema).split("\n")
        text = "\n".join(lines)
        assert all(line.strip() == line != "" for line in lines)
        assert not re.search(r"\{\w*\}|%s|None|: \.|, ,", text), "an empty slot"
        assert text.count("Globex") - ("tail" in dict(query.focus)) == 1, "the text occurs once"
        assert text.count(show_schema(query.schema) or "[Answer]: NA") == 1
        for name, mention in query.focus:
            assert (f"\n{name.capitalize()}: {mention.text}" in text) != (f"{{{name}}}" in description)
        named = [name for name in slots(description) if name != "schema"]
        assert ("\n".join(lines[-1 - len(query.focus) :]) == question(query)) == (not named)


@pytest.mark.parametrize(("task", "format"), [(task, format) for task in TASKS for format in formats(task)])
def test_every_instruction_contains_the_body_of_an_empty_answer(task: str, format: str) -> None:
    query = usual(task)
    text = request(query, "Do it.", format, query.schema)
    (line,) = (line for line in text.split("\n") if "[Answer]:" in line)
    phrase = line.rpartition('"[Answer]: ')[2].rpartition('"')[0]
    assert phrase == no_answer(task, format)
    assert write((), task, format) == f"[Answer]: {phrase}"
    assert not re.search(r"\{\w+\}|<\w+>", line)


_BRACES = st.lists(st.sampled_from(["{text}", "{schema}", "{head}", "{", "}", "{}", "{0}", "%s", "a", " "])).map(
    "".join
)


@given(text=_BRACES, name=_BRACES)
def test_a_text_may_look_like_a_slot(text: str, name: str) -> None:
    """Slots are filled in a single pass: a value is never read as a slot."""
    name = name.strip() or "x"
    head = Mention(name)
    query = ask("rc", (("head", head), ("tail", head)), text)
    filled = request(query, "A {head} B {text} C {schema} D", "text", (Label(name),))
    assert filled.startswith(f'A "{head.text}" B {text} C {name} D\n')
    assert request(query, "Do it.", "text", LABELS).endswith(f"\n{question(query)}")
    assert request(ask("odie", text=text, instruction=text or "x"), "", "text", ()).startswith(text or "x")


def test_a_slot_without_a_value() -> None:
    with pytest.raises(ValueError, match=r"no value for the slot \{head\}"):
        request(ask("ner"), "Relate {head}.", "text", LABELS)
    with pytest.raises(ValueError, match=r"no value for the slot \{schema\}"):
        request(ask("ner"), "Find {schema}.", "text", ())


def test_guidelines() -> None:
    schema = (Label("buy", definition="to get\nfor money", roles=("who", "what")), Label("rain"))
    query = ask("ee", schema=schema)
    lines = request(query, "Find {schema}.", "text", schema, guidelines={"rain": ["drizzle", "a\nshower"]}).split("\n")
    assert lines[:4] == [
        "Find buy (who, what), rain.",
        "Event types and their roles:",
        "- buy (who, what): to get for money",
        "- rain (such as drizzle, a shower)",
    ]
    lines = request(query, "Find.", "text", schema[:1], guidelines={"buy": ["bought"]}).split("\n")
    assert lines[2] == "- buy (who, what): to get for money (such as bought)"


def test_an_explanation_is_requested_before_the_format() -> None:
    plain = request(ask("ner"), "Find.", "text", LABELS).split("\n")
    explained = request(ask("ner"), "Find.", "text", LABELS, explain=True).split("\n")
    assert [line for line in explained if line not in plain] == [explained[2]]
    assert '"[Explanation]:"' in explained[2] and '"[Answer]:' in explained[3]


def test_a_schema_shows_roles_and_is_left_out_when_empty() -> None:
    assert show_schema(ROLES) == "buy (buyer, bought), rain"
    assert show_schema(ROLES[:1]) == "buy (buyer, bought)"
    same = (Label("buy", roles=("who", "what")), Label("sell", roles=("who", "what")))
    assert show_schema(same) == "buy, sell, each with who, what"
    query = ask("eae", (("event", at(5, 11)),), schema=(), event_type="buy")
    assert "Roles" not in request(query, "Find the arguments.", "text", ())


def test_a_request_differs_by_task_and_format() -> None:
    wordings = {request(usual(task), "", format, LABELS) for task in TASKS for format in formats(task)}
    assert len(wordings) == (len(TASKS) - 1) * len(FORMATS) + 2


def test_an_unknown_format() -> None:
    with pytest.raises(InputError, match="unknown format 'xml'"):
        request(ask("ner"), "Find.", "xml", LABELS)
