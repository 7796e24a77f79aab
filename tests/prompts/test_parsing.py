"""Parsers on outputs of models: in another form than requested, broken, or without an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Table, Triple
from adelie_hf.prompts import FORMATS, formats, parse, write
from adelie_hf.prompts.formats.examples import EXAMPLES
from adelie_hf.prompts.formats.template_data import load_template
from adelie_hf.prompts.wordings import literals, read_data
from adelie_hf.tasks import TASKS

A_B = (Entity("a", "b"),)
C_D = (EventItem("a", "b", (Argument("c", "d"),)),)
SEVERAL: list[tuple[str, str, str, Answer, str]] = [
    # No answer, in words or not.
    ("ner", "text", "", (), "invalid"),
    ("ner", "text", "[Answer]:", (), "invalid"),
    ("ner", "text", "[Answer]: NA", (), "valid"),
    ("ner", "text", "NA", (), "valid"),
    ("ner", "text", "NA;", (), "repaired"),
    ("ner", "text", "There is none.", (), "repaired"),
    ("ner", "text", ";;", (), "invalid"),
    ("ner", "text", ":", (), "invalid"),
    ("re", "text", ";", (), "invalid"),
    ("ee", "text", "()", (), "repaired"),
    ("ner", "json", "", (), "invalid"),
    ("ner", "json", "NA", (), "repaired"),
    ("ner", "json", "null", (), "repaired"),
    ("odie", "json", "[]", (), "repaired"),
    ("odie", "text", "|", (), "invalid"),
    # Pairs.
    ("ner", "text", "a: b", A_B, "valid"),
    ("ner", "text", "a: b\n", A_B, "valid"),
    ("ner", "text", "I think\n[Answer]: a: b;", A_B, "valid"),
    ("ner", "text", "a: b\nc: d\n", (*A_B, Entity("c", "d")), "valid"),
    ("ner", "text", "14:30: time;", (Entity("14:30", "time"),), "repaired"),
    ("ner", "text", "a: b; and so on", A_B, "repaired"),
    ("ner", "text", "a: b; : c; d: ;", A_B, "repaired"),
    ("ner", "text", '"a": b; "c: d;', (Entity("a", "b"), Entity('"c', "d")), "valid"),
    ("ner", "text", 'a: b;\n"c;d"\n: e', (*A_B,), "repaired"),
    ("ner", "text", '"\\ud800": b;', (Entity('"\\ud800"', "b"),), "valid"),
    # Tuples.
    ("re", "text", "(a; b; c)", (Triple("a", "b", "c"),), "valid"),
    ("re", "text", "(a; b; c)\n(d; e; f)", (Triple("a", "b", "c"), Triple("d", "e", "f")), "valid"),
    ("re", "text", "(a; b; c (UK));", (Triple("a", "b", "c (UK)"),), "repaired"),
    ("re", "text", "(a; b; c\nd);", (Triple("a", "b", "c\nd"),), "repaired"),
    ("re", "text", "(a; b; c", (Triple("a", "b", "c"),), "repaired"),
    ("re", "text", "(a; b);", (), "invalid"),
    ("re", "text", "(a; ; c); (;;); ();", (), "invalid"),
    ("re", "text", "a; b; c;", (), "invalid"),
    ("openie", "text", "(a; ; c);", (Extraction("a", ("", "c")),), "repaired"),
    ("openie", "text", '(a; ""; c);', (Extraction("a", ("", "c")),), "valid"),
    ("openie", "text", "(); (;)", (), "invalid"),
    # Events.
    ("ee", "text", "a: b", (EventItem("a", "b", ()),), "valid"),
    ("ee", "text", "a: b (c: d)", (EventItem("a", "b", (Argument("c", "d"),)),), "valid"),
    ("ee", "text", "a: b (c: d", (EventItem("a", "b", (Argument("c", "d"),)),), "repaired"),
    ("ee", "text", "a: b (c (x): d);", (EventItem("a", "b", (Argument("c (x)", "d"),)),), "repaired"),
    ("ee", "text", "a: b (c);", (EventItem("a", "b", ()),), "repaired"),
    ("ee", "text", "a: b);", (EventItem("a", "b", ()),), "repaired"),
    ("ee", "text", "1:2: b;", (EventItem("1:2", "b", ()),), "repaired"),
    ("ee", "text", "(c: d); a: b;", (EventItem("a", "b", ()),), "repaired"),
    # Tables.
    ("odie", "text", "a | b\n-|-\n1 | 2", (Table(("a", "b"), (("1", "2"),)),), "valid"),
    ("odie", "text", "|a|b|\r\n|:-:|--:|\r\n|1|2|\r\n", (Table(("a", "b"), (("1", "2"),)),), "valid"),
    ("odie", "text", "|a|\n|-|\n|1\\|2|", (Table(("a",), (("1|2",),)),), "valid"),
    ("odie", "text", "|a|b|\n|-|-|\n|1|\n|1|2|3|", (Table(("a", "b"), (("1", ""), ("1", "2"))),), "repaired"),
    ("odie", "text", "Here:\n\n|a|\n|-|\n|1|\n\nDone.", (Table(("a",), (("1",),)),), "repaired"),
    ("odie", "text", "|a|b|\n|-|\n|1|2|", (Table(("a", "b"), (("1", "2"),)),), "repaired"),
    ("odie", "text", "|a|b|", (), "invalid"),
    # JSON.
    ("ner", "json", 'Sure:\n```json\n[{"entity": "a", "type": "b"}]\n```', A_B, "repaired"),
    ("ner", "json", '{"entity": "a", "type": "b"}', A_B, "repaired"),
    ("ner", "json", "It's [{'entity': 'a', 'type': 'b'}]", A_B, "repaired"),
    ("ner", "json", "[{'entity': 'it\\'s \"x\"', 'type': \"o'k\"}]", (Entity('it\'s "x"', "o'k"),), "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "b"}, {"entity": "c"', A_B, "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "b"},]', A_B, "repaired"),
    ("ner", "json", 'see [1]: [{"entity": "a", "type": "b"}]', A_B, "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "b"}, {"entity": "c"}, 7, null]', A_B, "repaired"),
    ("ner", "json", '[{"entity": "a", "type": 3}]', (Entity("a", "3"),), "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "b", "more": "c"}]', A_B, "repaired"),
    ("ner", "json", '[{"entity": "\\ud800", "type": "b"}]', (), "invalid"),
    ("ner", "json", '[{"entity": "a", "type": "b"', A_B, "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "b"]', A_B, "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "b"] and {"more', A_B, "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "b",}, ]', A_B, "repaired"),
    (
        "ner",
        "json",
        '[{"entity": "a", "type": "b", {"entity": "c", "type": "d"}]',
        (*A_B, Entity("c", "d")),
        "repaired",
    ),
    ("ner", "json", "[{'entity': 'a', 'type': 'b'} {'entity': 'c', 'type': 'd'", (*A_B, Entity("c", "d")), "repaired"),
    ("ner", "json", '[{"entity": "[a", "type": "}b,"}, {"entity"', (Entity("[a", "}b,"),), "repaired"),
    ("ner", "json", '[{"entity": "a", "type": "organiz', (), "invalid"),  # a label that breaks off is no label
    ("ner", "json", '[{"entity": "a", "type": }]', (), "invalid"),
    ("ee", "json", '[{"trigger": "a", "type": "b", "arguments": [{"argument": "c", "role": "d"', C_D, "repaired"),
    ("ee", "json", '[{"trigger": "a", "type": "b", "arguments": [{"argument": "c", "role": "d"}}]', C_D, "repaired"),
    ("odie", "json", '{"header": ["a"], "rows": [["1"} Done.', (Table(("a",), (("1",),)),), "repaired"),
    ("odie", "json", '{"header": ["a"], "rows": [["1"', (Table(("a",), (("1",),)),), "repaired"),
    ("ee", "json", '[{"trigger": "a", "type": "b", "arguments": [{}]}]', (), "invalid"),
    ("ee", "json", '[{"trigger": "a", "type": "b", "arguments": {}}]', (), "invalid"),
    ("openie", "json", '[{"predicate": "a", "arguments": "b"}]', (), "invalid"),
    ("openie", "json", '[{"predicate": ["a"], "arguments": ["b"]}]', (), "invalid"),
    ("odie", "json", '{"header": ["a", "b"], "rows": [["1"]]}', (), "invalid"),
    ("odie", "json", '{"header": [], "rows": []}', (), "invalid"),
    ("odie", "json", '{"header": 3, "rows": [[]]}', (), "invalid"),
    ("odie", "json", '[{"header": ["a"], "rows": []}]', (Table(("a",), ()),), "repaired"),
    # Templates.
    ("ner", "arrows", "a -> b; c->d", (*A_B, Entity("c", "d")), "valid"),
    ("ner", "arrows", "a -> b\nc -> d;", (*A_B, Entity("c", "d")), "valid"),
    ("ner", "arrows", "a -> b; c; d -> e -> f; -> g; h ->", A_B, "repaired"),
    ("ner", "arrows", "no entity", (), "valid"),
    ("ner", "arrows", "No entity.", (), "repaired"),
    ("ner", "arrows", ";;", (), "invalid"),
    ("ner", "arrows", "", (), "invalid"),
    (
        "openie",
        "arrows",
        'a -> nothing; a -> "nothing"',
        (Extraction("a", ()), Extraction("a", ("nothing",))),
        "valid",
    ),
    ("ee", "arrows", "a -> b [c -> d + e]", C_D, "repaired"),
    ("ee", "arrows", "a -> b [c -> d", C_D, "repaired"),
    ("ee", "arrows", "a -> b", (), "invalid"),
    ("ner", "bars", "|a|b|\n\n| c | d", (*A_B, Entity("c", "d")), "repaired"),
    ("ner", "bars", "Here:\n| a | b |\n", A_B, "repaired"),
    ("ner", "angles", "<b::a>", A_B, "valid"),
    ("ner", "angles", "x <b :: a>", A_B, "repaired"),
    ("re", "calls", "b(a; c)\nb(a)", (Triple("a", "b", "c"),), "repaired"),
    ("ner", "sentences", "a is of type b", A_B, "repaired"),
    ("ner", "sentences", "a is of type b. ", A_B, "valid"),
    ("ner", "sentences", "U.S. is of type St..", (Entity("U.S.", "St."),), "valid"),
    (
        "ner",
        "sentences",
        'This is of type is of types.\n"a"  is of type  "b" .',
        (Entity("This", "is of types"), *A_B),
        "valid",
    ),
    ("ner", "sentences", "Sure!\na is of type b.\nThat is all.", A_B, "repaired"),
    ("ner", "lists", "Of type b there are these entities: a; c.", (*A_B, Entity("c", "b")), "valid"),
    ("ner", "lists", "Of type b there are these entities: a; ; c", (*A_B, Entity("c", "b")), "repaired"),
    ("ner", "lists", "Of type b there are these entities: .", (), "invalid"),
    ("openie", "lists", "With the predicate a there are these arguments: none.", (Extraction("a", ()),), "valid"),
    # The other JSON formats.
    (
        "ner",
        "json-lines",
        '{"entity": "a", "type": "b"}\n\n{"entity": "c", "type": "d"}',
        (*A_B, Entity("c", "d")),
        "valid",
    ),
    ("ner", "json-lines", '{"entity": "x"\n{"entity": "a", "type": "b"}\nDone.', A_B, "repaired"),
    ("ner", "json-lines", '{\n"entity": "a",\n"type": "b"\n}', A_B, "repaired"),
    ("ner", "json-lines", '[{"entity": "a", "type": "b"}]', A_B, "repaired"),
    ("ner", "json-lines", "null\nnull", (), "invalid"),
    ("ner", "json-arrays", 'See [1]: [["a", "b"], ["c"', A_B, "repaired"),
    ("ner", "json-arrays", '["a", "b"]', A_B, "repaired"),
    ("ner", "json-arrays", 'It is ["a", "b"]', A_B, "repaired"),
    ("ner", "json-arrays", '[["a", "b", "c"], ["a", "b"]]', A_B, "repaired"),
    ("ee", "json-arrays", "[['a', 'b', [['c', 'd']]", C_D, "repaired"),
    ("openie", "json-arrays", '[[], ["a"]]', (Extraction("a", ()),), "repaired"),
    ("ner", "json-nested", '{"entities": [{"name": "a", "category": "b"}, {"name": "c', A_B, "repaired"),
    ("ner", "json-nested", '[{"name": "a", "category": "b"}]', A_B, "repaired"),
    ("ner", "json-nested", '{"name": "a", "category": "b"}', A_B, "repaired"),
    ("ner", "json-nested", "[]", (), "repaired"),
    ("ner", "iepile", '{"b": ["a"], "d": []}', A_B, "valid"),
    ("ner", "iepile", '{"b": ["a"], "b": ["c"]}', (*A_B, Entity("c", "b")), "valid"),
    ("ner", "iepile", "Here: {'b': ['a', 'c", A_B, "repaired"),
    ("ner", "iepile", '{"b": ["a"], "d": ["c"', (*A_B, Entity("c", "d")), "repaired"),
    ("ner", "iepile", '{"b": ["a"], "d":', A_B, "repaired"),
    ("ner", "iepile", '{"b": ["a", 3, null]}', (*A_B, Entity("3", "b")), "repaired"),
    ("ner", "iepile", "[]", (), "repaired"),
    ("ee", "iepile", '{"b": [{"trigger": "a", "arguments": {"d": ["c"]}}, {"word": "x"}]}', C_D, "repaired"),
    ("eae", "iepile", '{"d": "c"}', (Argument("c", "d"),), "valid"),
    ("re", "iepile", '{"b": [{"subject": "a", "object": "c"}, {}]}', (Triple("a", "b", "c"),), "repaired"),
]


@pytest.mark.parametrize(("task", "format", "text", "items", "status"), SEVERAL)
def test_other_than_requested(task: str, format: str, text: str, items: Answer, status: str) -> None:
    parsed = parse(text, task, format)
    assert (parsed.items, parsed.status) == (items, status), parsed.problems


def test_problems_quote_what_could_not_be_read() -> None:
    assert parse("a: b; c d e; f: g: h;", "ner").problems == ("c d e", "f: g: h")
    assert parse("x (a; b; c) (d; e)", "re").problems == ("x (", "(d; e)")
    assert parse(f"{'x' * 200}", "ner").problems == ("x" * 79 + "…",)


def _check(text: str, task: str, format: str, multiset: Callable[[Answer], Counter]) -> None:
    parsed = parse(text, task, format)
    assert parsed.status in ("valid", "repaired", "invalid")
    assert all(isinstance(problem, str) and problem and len(problem) <= 80 for problem in parsed.problems)
    # The items can be written and parsed again: a sampled answer may become a chosen one.
    again = parse(write(parsed.items, task, format), task, format)
    assert (multiset(again.items), again.status) == (multiset(parsed.items), "valid")


@settings(max_examples=300, deadline=None)
@given(data=st.data(), task=st.sampled_from(sorted(set(TASKS) - {"odie"})))
def test_json_that_breaks_off_gives_the_items_that_are_whole(data: st.DataObject, task: str, answers: dict) -> None:
    """Also where its brackets are missing, in a code fence, and with a comma too many."""
    answer = data.draw(answers[task])
    text = write(answer, task, "json")
    assert parse(text.rstrip("}]"), task, "json").items in (answer, answer[:-1])
    fenced = f"[Answer]: ```json\n{text.removeprefix('[Answer]: ')}\n```"
    assert parse(fenced, task, "json").items == answer
    assert parse(f"{text[:-1]},]", task, "json").items == answer
    end = data.draw(st.integers(0, len(text)))
    read = parse(text[:end], task, "json").items
    assert read[:-1] == answer[: len(read)][:-1] and len(read) <= len(answer)


_PAIRS = st.sampled_from([(task, format) for task in TASKS for format in formats(task)])
_FRAGMENTS = (
    *(" -> ", "| ", " |", "<", " :: ", ">", " = ", " is of type ", ".", " is linked to ", "I found ", "[[", '{"a": ['),
    "; ",
    ": ",
    " | ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    '"',
    "\\",
    "'",
    ",",
    "\n",
    "NA",
    "|-|",
    "```",
    "a",
    "[Answer]: ",
)


@settings(max_examples=1000, deadline=None)
@given(
    text=st.text(max_size=60) | st.lists(st.sampled_from(_FRAGMENTS), max_size=25).map("".join),
    pair=_PAIRS,
)
def test_any_text_is_read(text: str, pair: tuple[str, str], multiset: Callable) -> None:
    _check(text, *pair, multiset)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), pair=_PAIRS)
def test_broken_answers_are_read(
    data: st.DataObject, pair: tuple[str, str], answers: dict, multiset: Callable
) -> None:
    task, format = pair
    text = write(data.draw(answers[task]), task, format)
    first, second = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    start, middle, end = text[:first], text[first:second], text[second:]
    fragment = data.draw(st.sampled_from(_FRAGMENTS))
    other = data.draw(st.sampled_from([task for task in TASKS if format in formats(task)]))
    for broken in (start, end, start + end, end + start, start + middle * 2 + end, start + fragment + end):
        _check(broken, task, format, multiset)
        _check(broken, other, format, multiset)


_LONG = 50_000
_MONSTERS = {
    **{
        repr(unit): unit * (_LONG // len(unit)) for unit in list("\"()[]{}:;\\|\n' -") + ['";', "a\n", "|\n", "x: y ("]
    },
    **{
        repr(unit): unit * (_LONG // len(unit))
        for unit in ('"\\', "\\'", "{'\\'", '{"a":', '[{"a":', "```json\n", "|-")
    },
    "blank lines": "a: b" + "\n" * _LONG + "c",
    "wide table": "|" * _LONG + "\n" + "|-" * _LONG + "|\n" + "|\n" * _LONG,
    "nested lists": '[{"entity": ' + "[" * 900 + "]" * 900 + ', "type": "x"}]',
    "digits": '[{"entity": ' + "9" * 5000 + ', "type": "x"}]',
    "unterminated": '[{"a":' * 900 + "[0," + "0," * _LONG,
}


@pytest.mark.parametrize("prefix", ["[Answer]: ", "[{"])
@pytest.mark.parametrize("monster", _MONSTERS)
def test_huge_answers_are_read(monster: str, prefix: str) -> None:
    """A reader that backtracks would take minutes."""
    for task in ("ner", "re", "openie", "ee", "odie"):
        parse(prefix + _MONSTERS[monster], task)
    for task in ("ee", "odie"):
        parse(prefix + _MONSTERS[monster], task, "json")
    for format in FORMATS[2:]:
        parse(prefix + _MONSTERS[monster][:20_000], "ee", format)


@pytest.mark.parametrize("format", read_data("templates"))
@pytest.mark.parametrize("filler", ["", " ", "a", '"', '"a" ', "\\"])
def test_huge_answers_of_a_templates_own_words_are_read(format: str, filler: str) -> None:
    for task in ("ner", "ee"):
        text = write(EXAMPLES[task], task, format)
        template = load_template(format, task)
        for piece in (text, *literals(template.item), template.element_separator):
            parse((filler + piece) * (20_000 // len(filler + piece + "x")), task, format)


def test_deep_nesting_in_a_shallow_stack() -> None:
    """Python's JSON reader accepts deeper nesting than other functions do."""
    for format in ("json-arrays", "json-lines", "json-nested", "iepile"):
        for unit in ("[", '{"a":', '{"a": ['):
            assert parse(unit * 5_000, "ner", format).status == "invalid"
            assert parse(unit * 900 + "]}" * 900, "ee", format).status == "invalid"
    for depth in (100, 900, 960, 980, 990, 1000, 5_000):
        for left, right in ("[]", "{}"):
            text = (
                '[{"entity": ' + ('{"a":' if left == "{" else left) * depth + "0" + right * depth + ', "type": "x"}]'
            )
            assert parse(text, "ner", "json").status == "invalid"
