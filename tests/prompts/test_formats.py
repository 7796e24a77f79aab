"""The output of the formats, and the round trip. `docs/formats.md` pins one answer of each format."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Table, Trigger, Triple
from adelie_hf.errors import InputError
from adelie_hf.prompts import EXPLANATION, FORMATS, MARKER, family, formats, no_answer, parse, write
from adelie_hf.prompts.formats.catalogue import ANSWER_FORMATS
from adelie_hf.prompts.formats.markup import is_ambiguous
from adelie_hf.scoring.reference import reference_f1
from adelie_hf.tasks import TASKS

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
    assert {(task, format) for task, format, *_ in EXAMPLES} == {(t, f) for t in TASKS for f in FORMATS[:2]}


def test_the_formats_of_a_task() -> None:
    assert FORMATS[:2] == ("text", "json") and len(set(FORMATS)) == 15
    assert sorted(map(family, FORMATS)) == ["json"] * 5 + ["natural"] * 5 + ["triplet"] * 5
    assert {formats(task) for task in TASKS if task != "odie"} == {FORMATS}
    assert formats("odie") == ("text", "json")
    with pytest.raises(InputError, match="odie has no format 'iepile'; its formats are text, json"):
        write((), "odie", "iepile")


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_parsing_inverts_writing(format: str, answers: dict, data: st.DataObject, multiset: Callable) -> None:
    task = data.draw(st.sampled_from([task for task in TASKS if format in formats(task)]))
    answer = data.draw(answers[task])
    text = write(answer, task, format)
    parsed = parse(text, task, format)
    assert (multiset(parsed.items), parsed.problems, parsed.status) == (multiset(answer), (), "valid")
    assert sorted(type(item).__name__ for item in parsed.items) == sorted(type(item).__name__ for item in answer)
    if not ANSWER_FORMATS[format].grouped:
        assert parsed.items == answer
    assert text == text.rstrip(), "a model learns to stop early after a space"
    # Servers and tokenizers may change the white space at the ends.
    assert parse(f"\n {text} \n", task, format) == parsed
    # The marker may be missing, unless a value contains it.
    if MARKER not in text[len(MARKER) :]:
        assert parse(text.removeprefix(MARKER), task, format) == parsed
    assert parse(write(answer, task, format, explanation="First: (a; b)."), task, format) == parsed


def test_an_explanation_precedes_the_answer() -> None:
    text = write((Entity("a", "b"),), "ner", explanation="It is.")
    assert text == f"{EXPLANATION} It is.\n{MARKER} a: b;"
    with pytest.raises(ValueError, match="explanation"):
        write((), "ner", explanation=f"so\n{MARKER} a: b;")


@pytest.mark.parametrize(("task", "format"), [(task, format) for task in TASKS for format in formats(task)])
def test_no_answer(task: str, format: str) -> None:
    assert write((), task, format) == f"{MARKER} {no_answer(task, format)}"
    assert parse(no_answer(task, format), task, format).status == "valid"
    assert parse(no_answer(task, format), task, format).items == ()
    assert parse(f"{no_answer(task, format)} and more", task, format).status != "valid"


@settings(deadline=None)
@given(data=st.data())
def test_json_is_json(answers: dict, data: st.DataObject) -> None:
    task = data.draw(st.sampled_from(list(TASKS)))
    answer = data.draw(answers[task])
    value = json.loads(write(answer, task, "json").removeprefix(MARKER))
    assert (value is None or isinstance(value, dict)) if task == "odie" else len(value) == len(answer)
    for format in set(formats(task)) & {"iepile", "json-arrays", "json-nested"}:
        assert isinstance(json.loads(write(answer, task, format).removeprefix(MARKER)), (dict, list))
    if task != "odie" and answer:
        lines = write(answer, task, "json-lines").removeprefix(MARKER).split("\n")
        assert [json.loads(line) for line in lines] == value


def test_iepile_is_read_by_its_scorer() -> None:
    """The published scorer reads the shapes; a role with two arguments has a list."""
    arguments = (Argument("c", "r"), Argument("d", "r"), Argument("e", "s"))
    gold = [{"argument": argument, "role": role} for argument, role in arguments]
    for task, item, label in (
        ("ner", Entity("a", "b"), {"entity": "a", "entity_type": "b"}),
        ("re", Triple("a", "b", "c"), {"head": "a", "relation": "b", "tail": "c"}),
        ("ee", EventItem("a", "b", arguments), {"event_trigger": "a", "event_type": "b", "arguments": gold}),
    ):
        written = write((item,), task, "iepile").removeprefix(MARKER)
        scores = reference_f1([written], [json.dumps([label])], f"iepile-{task}")
        assert scores["precision"] == scores["recall"] == 1.0, (task, written)
    assert json.loads(write((EventItem("a", "b", arguments),), "ee", "iepile").removeprefix(MARKER)) == {
        "b": [{"trigger": "a", "arguments": {"r": ["c", "d"], "s": "e"}}]
    }


@settings(deadline=None)
@given(data=st.data())
def test_a_table_is_markdown_for_other_readers(answers: dict, data: st.DataObject) -> None:
    for table in data.draw(answers["odie"]):
        first, *lines = write((table,), "odie").split("\n")
        assert first == MARKER
        assert len(lines) == len(table.rows) + 2
        assert {line.count("|") for line in lines} == {len(table.header) + 1}


_PLAIN = st.text("abcXYZ019 .,_'!?/\\äß語\U0001f600", min_size=1).filter(
    lambda value: value == value.strip() and not is_ambiguous(value)
)


@pytest.mark.parametrize("format", FORMATS)
@given(value=_PLAIN)
def test_a_value_without_a_delimiter_is_written_as_it_stands(value: str, format: str) -> None:
    shown = json.dumps(value, ensure_ascii=False) if family(format) == "json" else value
    assert shown in write((Entity(value, "x"),), "ner", format)
    assert shown in write((Triple("a", "b", value),), "re", format)
    if format in formats("odie"):
        assert shown in write((Table(("a",), ((value,),)),), "odie", format)


@pytest.mark.parametrize("format", formats("odie"))
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
