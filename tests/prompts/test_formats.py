"""What the formats write, word for word, and that reading gives it back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.prompts import FORMATS, MARKER, parse, write
from adelie_hf.records import TASKS, Answer, Argument, Entity, EventItem, Extraction, Table, Trigger, Triple

EXAMPLES: list[tuple[str, str, Answer, str]] = [
    ("ner", "text", (), "[Answer]: NA"),
    ("ner", "text", (Entity("Acme", "organization"),), "[Answer]: Acme: organization;"),
    (
        "ner",
        "text",
        (Entity("Acme", "organization"), Entity("14:30", "time"), Entity("NA", "country")),
        '[Answer]: Acme: organization; "14:30": time; NA: country;',
    ),
    (
        "ner",
        "text",
        (Entity('the "Star"', "ship"), Entity('"Star"', "ship")),
        '[Answer]: the "Star": ship; "\\"Star\\"": ship;',
    ),
    ("ner", "text", (Entity("(a) [b] | c", "code"), Entity("", " x")), '[Answer]: (a) [b] | c: code; "": " x";'),
    ("ner", "text", (Entity("a\nb", "x"), Entity("a|;b", "x")), '[Answer]: "a\\nb": x; "a\\u007c;b": x;'),
    ("rc", "text", (Triple("Acme", "owns", "Globex"),), "[Answer]: (Acme; owns; Globex);"),
    ("rc", "text", (Triple("Acme (UK)", "at", "14:30"),), '[Answer]: ("Acme (UK)"; at; 14:30);'),
    (
        "re",
        "text",
        (Triple("Acme", "owns", "Globex"), Triple("Globex", "based in", "Paris")),
        "[Answer]: (Acme; owns; Globex); (Globex; based in; Paris);",
    ),
    (
        "ed",
        "text",
        (Trigger("attacked", "attack"), Trigger("fell", "fall")),
        "[Answer]: attacked: attack; fell: fall;",
    ),
    (
        "ee",
        "text",
        (
            EventItem("attacked", "attack", (Argument("rebels", "attacker"), Argument("Paris", "place"))),
            EventItem("fell", "fall", ()),
        ),
        "[Answer]: attacked: attack (rebels: attacker; Paris: place); fell: fall;",
    ),
    ("ee", "text", (EventItem("a (b)", "x", (Argument("c: d", "y"),)),), '[Answer]: "a (b)": x ("c: d": y);'),
    ("eae", "text", (Argument("rebels", "attacker"),), "[Answer]: rebels: attacker;"),
    ("ere", "text", (Triple("attacked", "before", "fell"),), "[Answer]: (attacked; before; fell);"),
    (
        "openie",
        "text",
        (Extraction("bought", ("Acme", "Globex", "in May")), Extraction("rained", ())),
        "[Answer]: (bought; Acme; Globex; in May); (rained);",
    ),
    (
        "odie",
        "text",
        (Table(("name", "note"), (("Acme", ""), ("a|b", '"c"'))),),
        '[Answer]:\n| name | note |\n| --- | --- |\n| Acme |  |\n| "a\\u007cb" | "\\"c\\"" |',
    ),
    ("odie", "text", (), "[Answer]: NA"),
    ("ner", "json", (), "[Answer]: []"),
    ("ner", "json", (Entity("Zoë", "person"),), '[Answer]: [{"entity": "Zoë", "type": "person"}]'),
    ("rc", "json", (Triple("a", "b", "c"),), '[Answer]: [{"head": "a", "relation": "b", "tail": "c"}]'),
    ("re", "json", (Triple("a", "b", "c"),), '[Answer]: [{"head": "a", "relation": "b", "tail": "c"}]'),
    ("ed", "json", (Trigger("a", "b"),), '[Answer]: [{"trigger": "a", "type": "b"}]'),
    (
        "ee",
        "json",
        (EventItem("a", "b", (Argument("c", "d"),)), EventItem("e", "f", ())),
        '[Answer]: [{"trigger": "a", "type": "b", "arguments": [{"argument": "c", "role": "d"}]}, '
        '{"trigger": "e", "type": "f", "arguments": []}]',
    ),
    ("eae", "json", (Argument("a", "b"),), '[Answer]: [{"argument": "a", "role": "b"}]'),
    (
        "ere",
        "json",
        (Triple("a", "b", "c"),),
        '[Answer]: [{"first event": "a", "relation": "b", "second event": "c"}]',
    ),
    ("openie", "json", (Extraction("a", ("b", "c")),), '[Answer]: [{"predicate": "a", "arguments": ["b", "c"]}]'),
    ("odie", "json", (Table(("a",), (("b",),)),), '[Answer]: {"header": ["a"], "rows": [["b"]]}'),
    ("odie", "json", (), "[Answer]: null"),
]


@pytest.mark.parametrize(("task", "format", "answer", "text"), EXAMPLES)
def test_examples(task: str, format: str, answer: Answer, text: str) -> None:
    assert write(answer, task, format) == text
    parsed = parse(text, task, format)
    assert (parsed.items, parsed.status) == (answer, "valid")


def test_every_task_and_format_has_an_example() -> None:
    assert {(task, format) for task, format, *_ in EXAMPLES} == {(t, f) for t in TASKS for f in FORMATS}


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_reading_gives_back_what_was_written(task: str, format: str, answers: dict, data: st.DataObject) -> None:
    answer = data.draw(answers[task])
    text = write(answer, task, format)
    parsed = parse(text, task, format)
    assert (parsed.items, parsed.problems, parsed.status) == (answer, (), "valid")
    assert [type(item) for item in parsed.items] == [type(item) for item in answer]
    assert text == text.rstrip(), "a model learns to stop early after a space"
    # What a server or a tokenizer does to the ends of a text changes nothing.
    assert parse(f"\n {text} \n", task, format) == parsed
    # The marker may be missing, unless a value says the same.
    if MARKER not in text[len(MARKER) :]:
        assert parse(text.removeprefix(MARKER), task, format) == parsed


@settings(deadline=None)
@given(data=st.data())
def test_json_is_json(answers: dict, data: st.DataObject) -> None:
    task = data.draw(st.sampled_from(list(TASKS)))
    answer = data.draw(answers[task])
    value = json.loads(write(answer, task, "json").removeprefix(MARKER))
    assert (value is None or isinstance(value, dict)) if task == "odie" else len(value) == len(answer)


@settings(deadline=None)
@given(data=st.data())
def test_a_table_is_markdown_for_other_readers(answers: dict, data: st.DataObject) -> None:
    for table in data.draw(answers["odie"]):
        first, *lines = write((table,), "odie").split("\n")
        assert first == MARKER
        assert len(lines) == len(table.rows) + 2
        assert {line.count("|") for line in lines} == {len(table.header) + 1}


@pytest.mark.parametrize("format", FORMATS)
@given(value=st.text("abcXYZ019 .,-_'!?&/\\äß語\U0001f600", min_size=1).filter(lambda v: v == v.strip()))
def test_a_value_without_a_delimiter_is_written_as_it_stands(value: str, format: str) -> None:
    shown = value if format == "text" else json.dumps(value, ensure_ascii=False)
    assert shown in write((Entity(value, "x"),), "ner", format)
    assert shown in write((Triple("a", "b", value),), "re", format)
    assert shown in write((Table(("a",), ((value,),)),), "odie", format)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "answer",
    [
        (Table((), ()),),
        (Table(("a", "b"), (("1",),)),),
        (Table(("a",), (("1", "2"),)),),
        (Table(("a",), ()), Table(("b",), ())),
        (Entity("a", "b"),),
    ],
)
def test_what_is_no_table_is_refused(answer: Answer, format: str) -> None:
    with pytest.raises(ValueError, match="table"):
        write(answer, "odie", format)


def test_unknown_task_and_format_are_named() -> None:
    for call in (lambda: write((), "nre"), lambda: parse("", "nre")):
        with pytest.raises(InputError, match="unknown task 'nre'; the tasks are ner, rc"):
            call()
    for call in (lambda: write((), "ner", "xml"), lambda: parse("", "ner", "xml")):
        with pytest.raises(InputError, match="unknown format 'xml'; the formats are text, json"):
            call()
