"""Answers as models write them: thoughts, fences, remarks, bullets and broken JSON around the items of an answer."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Table, Triple
from adelie_hf.prompts import MARKER, family, formats, no_answer, parse, write
from adelie_hf.tasks import TASKS

ACME = Entity("Acme", "organization")
PARIS = Entity("Paris", "location")
BOB = (EventItem("hit", "attack", (Argument("Bob", "attacker"),)),)
EVENT = '{"attack": [{"trigger": "hit", "arguments": {%s"attacker": "Bob"}}]}'
QUOTED_REQUEST = 'The user wants "[Answer]: ENTITY: TYPE;". Let me think.'
REPAIRED: list[tuple[str, str, str, Answer, tuple[str, ...]]] = [
    # Thoughts, with and without the tags.
    ("ner", "text", f"<think>\n{QUOTED_REQUEST}\n</think>\n\n[Answer]: Acme: organization;", (ACME,), ("thoughts",)),
    ("ner", "text", f"{QUOTED_REQUEST}\n</think>\n[Answer]: Acme: organization;", (ACME,), ("thoughts",)),
    ("ner", "text", f"<think>{QUOTED_REQUEST}\n\n[Answer]: Acme: organization;", (ACME,), ("thoughts",)),
    ("ner", "text", "[THINK]A: b;[/THINK]Acme: organization;", (ACME,), ("thoughts",)),
    ("ner", "json", "<reasoning>[]</reasoning><reflection>{}</reflection>[]", (), ("thoughts",)),
    ("ner", "text", "<|channel|>analysis<|message|>A: b;<|channel|>final<|message|>NA", (), ("thoughts",)),
    ("ner", "arrows", "<think>a [Answer]: </think> [Answer]: Acme -> organization", (ACME,), ("thoughts",)),
    # Fences.
    ("ner", "json", "```json\n[]\n```", (), ("code fence",)),
    ("ner", "json", "```\n\n```", (), ("code fence",)),
    ("ner", "json", "```json []```", (), ("code fence",)),
    ("ner", "text", "~~~\nNA\n~~~", (), ("code fence",)),
    ("ner", "text", "Here you are:\n```text\nAcme: organization;\n```\nThat is all: bye.", (ACME,), ("code fence",)),
    ("ner", "text", "[Answer]: Acme: organization;\n```python\nprint(1)\n```", (ACME,), ("code fence",)),
    ("ner", "text", "```\n[Answer]: Acme: organization;\n```", (ACME,), ("code fence",)),
    ("odie", "text", "Here:\n```markdown\n| a |\n| --- |\n| b |\n```", (Table(("a",), (("b",),)),), ("code fence",)),
    (
        "ner",
        "json",
        '````\n```json\n[{"entity": "Acme", "type": "organization"}]\n```\n````',
        (ACME,),
        ("code fence",),
    ),
    ("ner", "text", "````\n```\nAcme: organization;\n```\n````", (ACME,), ("code fence",)),
    ("ner", "text", '```text title="a b.txt" n=1\r\nAcme: organization;\r\n```\r\n', (ACME,), ("code fence",)),
    ("ner", "text", "```{.text}\nAcme: organization;\n```", (ACME,), ("code fence",)),
    ("ner", "text", "`Acme: organization;`", (ACME,), ("code fence",)),
    # In a string, in HTML.
    ("ner", "text", '"Acme: organization; Paris: location;"', (ACME, PARIS), ("answer in a string",)),
    ("ner", "json", r'"[{\"entity\": \"Acme\", \"type\": \"organization\"}]"', (ACME,), ("answer in a string",)),
    ("ner", "json", r"[{\"entity\": \"Acme\", \"type\": \"organization\"}]", (ACME,), ("answer in a string",)),
    (
        "ner",
        "json",
        "[{&quot;entity&quot;: &quot;Acme&quot;, &quot;type&quot;: &quot;organization&quot;}]",
        (ACME,),
        ("HTML",),
    ),
    ("ner", "text", "A &amp; B: organization;", (Entity("A & B", "organization"),), ("HTML",)),
    ("ner", "text", "<b>Acme</b>: organization;<br>Paris: location;", (ACME, PARIS), ("HTML", "emphasis")),
    # Before the answer.
    (
        "ner",
        "text",
        "<think>A</think><answer>Acme: organization;</answer>",
        (ACME,),
        ("thoughts", "answer marker", "remark"),
    ),
    ("ner", "text", "### Reasoning\nA firm: yes.\n\n### Answer\nAcme: organization;", (ACME,), ("answer marker",)),
    ("ner", "text", "[Answer] Acme: organization;", (ACME,), ("answer marker",)),
    ("ner", "text", "答案：Acme：organization；", (ACME,), ("answer marker", "full-width punctuation")),
    ("ner", "text", "**Answer:** Acme: organization;", (ACME,), ("answer marker",)),
    ("ner", "text", "Final answer: NA", (), ("answer marker",)),
    ("re", "text", "The answer is:\n\n(NA)", (), ("answer marker", "no answer")),
    ("ner", "text", "Here are the entities: Acme: organization; Paris: location;", (ACME, PARIS), ("lead-in",)),
    # After the answer.
    ("ner", "text", "[Answer]: NA\n\nNote: nothing was found.", (), ("remark",)),
    ("ner", "text", "[Answer]: Acme: organization;\n**Explanation:** it is a company.", (ACME,), ("remark",)),
    ("ner", "text", "Acme: organization;\n\nI hope this helps: tell me more.", (ACME,), ("remark",)),
    ("ner", "text", "Acme: organization;<|im_end|>\nuser: me;", (ACME,), ("remark",)),
    (
        "ner",
        "text",
        "[Answer]: Acme: organization;\n\nText: Paris.\n[Answer]: Paris: location;",
        (ACME,),
        ("remark",),
    ),
    ("ner", "calls", "organization(Acme)\n\nNote: I left out one (Bob).", (ACME,), ("remark",)),
    ("ner", "text", "Acme: organization; Note: that is all.", (ACME,), ("remark",)),
    (
        "ner",
        "text",
        "Acme: organization; Paris: location;\n\nAcme: organization; Paris: location;",
        (ACME, PARIS),
        ("repeated answer",),
    ),
    ("ner", "json", '[{"entity": "Acme", "type": "organization"}]\n' * 2, (ACME,), ("repeated answer",)),
    # Markdown, typographic signs.
    ("ner", "text", "> Acme: organization;\n> Paris: location;", (ACME, PARIS), ("bullets",)),
    ("ner", "text", "(1) Acme: organization\n(2) Paris: location", (ACME, PARIS), ("bullets",)),
    ("ner", "text", "①Acme：organization\n②Paris：location", (ACME, PARIS), ("bullets", "full-width punctuation")),
    ("ner", "text", "1. Acme: organization; 2. Paris: location;", (ACME, PARIS), ("bullets",)),
    ("ner", "text", "«Acme»: organization; 'Paris': 「location」;", (ACME, PARIS), ("quotation marks",)),
    ("ner", "text", "- Acme: organization\n- Paris: location", (ACME, PARIS), ("bullets",)),
    ("ner", "text", "1. Acme: organization\n2) Paris: location", (ACME, PARIS), ("bullets",)),
    ("ner", "text", "- NA", (), ("no answer",)),
    ("ner", "text", "**Acme**: organization; **Paris:** *location*;", (ACME, PARIS), ("emphasis",)),
    ("re", "text", "**(Acme; owns; `Globex`)**", (Triple("Acme", "owns", "Globex"),), ("emphasis",)),
    (
        "ner",
        "text",
        "“Acme”: organization; the “A” ship: b;",
        (ACME, Entity("the “A” ship", "b")),
        ("quotation marks",),
    ),
    (
        "ner",
        "sentences",
        "* **Acme** is of type “organization”。\n* Paris is of type location.",
        (ACME, PARIS),
        ("bullets", "full-width punctuation", "emphasis", "quotation marks"),
    ),
    ("ner", "text", "Acme：organization；Paris: location;", (ACME, PARIS), ("full-width punctuation",)),
    (
        "ner",
        "text",
        "公司（北京）：organization；",
        (Entity("公司（北京）", "organization"),),
        ("full-width punctuation",),
    ),
    ("re", "text", "（Acme；owns；Globex）；", (Triple("Acme", "owns", "Globex"),), ("full-width punctuation",)),
    ("ner", "arrows", "Acme → organization", (ACME,), ("full-width punctuation",)),
    # No answer, and no argument.
    ("ner", "text", "None.", (), ("no answer",)),
    ("ner", "lists", "There are no named entities in the text.", (), ("no answer",)),
    ("ner", "text", "The text does not mention any entities of these types.", (), ("no answer",)),
    ("ner", "text", "无", (), ("no answer",)),
    ("re", "json", "no relation", (), ("no answer",)),
    ("ner", "json", '{"entities": null}', (), ("no answer",)),
    ("ner", "json", '[{"entity": null, "type": "organization"}]', (), ("absent value",)),
    ("eae", "text", "None: place; N/A: time; Bob: attacker;", (Argument("Bob", "attacker"),), ("absent value",)),
    ("eae", "json", "[{'argument': None, 'role': 'place'}]", (), ("absent value", "Python literals")),
    ("eae", "json", '[{"argument": NAN, "role": "place"}]', (), ("absent value", "Python literals")),
    ("ee", "iepile", EVENT % '"place": "NAN", ', BOB, ("absent value",)),
    ("ee", "iepile", EVENT % '"place": null, ', BOB, ("absent value",)),
    ("ee", "text", "hit: attack (NAN: place; Bob: attacker);", BOB, ("absent value",)),
    ("ee", "json-arrays", '[["hit", "attack", [[null, "place"], ["Bob", "attacker"]]]]', BOB, ("absent value",)),
    ("eae", "sentences", "NAN takes the role place.", (), ("absent value",)),
    (
        "ee",
        "json",
        '[{"trigger": "hit", "type": "attack"}]',
        (EventItem("hit", "attack", ()),),
        ("arguments missing",),
    ),
    # JSON.
    (
        "ner",
        "json",
        'In the text {about firms} [1] I found: [{"entity": "Acme", "type": "organization"}]',
        (ACME,),
        ("prose",),
    ),
    ("ner", "json", "I looked {hard} and found [] in it.", (), ("prose",)),
    (
        "ner",
        "json",
        '{"entities": [{"entity": "Acme", "type": "organization", "at": 1.50}]}',
        (ACME,),
        ("numbers", "object around", "extra keys"),
    ),
    ("ner", "json", '[{"entity": 1.50, "type": "b"}]', (Entity("1.50", "b"),), ("numbers",)),
    ("ner", "json", '{"answer": {"entities": []}}', (), ("object around",)),
    ("ner", "iepile", '{"entities": {"organization": ["Acme"]}}', (ACME,), ("object around",)),
    ("ner", "iepile", '[{"organization": ["Acme"]}, {"location": ["Paris"]}]', (ACME, PARIS), ("array around",)),
    ("ner", "iepile", '{"organization": ["Acme"], "location": null}', (ACME,), ("null",)),
    ("ner", "json-nested", '{"results": [{"name": "Acme", "category": "organization"}]}', (ACME,), ("object around",)),
    ("ner", "json-arrays", '["Acme", "organization"]', (ACME,), ("brackets missing",)),
    (
        "ner",
        "json",
        "[{“entity”：“Acme”，“type”：“organization”}]",
        (ACME,),
        ("typographic punctuation",),
    ),
    ("ner", "json", "[{”entity”: ”Acme”, ”type”: ”organization”}]", (ACME,), ("typographic punctuation",)),
    ("ner", "json", '[{“entity": "Acme", "type": "organization"}]', (ACME,), ("typographic punctuation",)),
    ("ner", "json", '[[{"entity": "Acme", "type": "organization"}]]', (ACME,), ("array around",)),
    (
        "ner",
        "iepile",
        '{"organization": ["Acme"], "ship": ["the "A", then"], "location": ["Paris"]}',
        (ACME, Entity('the "A", then', "ship"), PARIS),
        ("unescaped quotes",),
    ),
    (
        "ner",
        "json-lines",
        '- {"entity": "Acme", "type": "organization"}\n- {"entity": "Paris", "type": "location"}',
        (ACME, PARIS),
        ("prose", "brackets missing"),
    ),
]


@pytest.mark.parametrize(("task", "format", "text", "items", "repairs"), REPAIRED)
def test_what_is_taken_off_is_named(task: str, format: str, text: str, items: Answer, repairs: tuple) -> None:
    parsed = parse(text, task, format)
    assert (parsed.items, parsed.repairs, parsed.problems) == (items, repairs, ())
    assert parsed.status == "repaired"


@pytest.mark.parametrize(
    ("task", "format", "text", "item"),
    [
        ("ner", "text", "__init__: function", Entity("__init__", "function")),
        ("ner", "text", "AT&T: organization", Entity("AT&T", "organization")),
        ("ner", "text", "3. Liga: league", Entity("3. Liga", "league")),
        ("ner", "text", "a：b: x", Entity("a：b", "x")),
        ("ner", "angles", "<organization :: AT&amp;T>\r\n", Entity("AT&amp;T", "organization")),
        ("ner", "angles", "<a：b :: x>\r\n", Entity("x", "a：b")),
        ("ner", "json", '[{"entity": "- **A** <br> &amp;", "type": "“x”"}]', Entity("- **A** <br> &amp;", "“x”")),
    ],
)
def test_what_belongs_to_a_mention_is_kept(task: str, format: str, text: str, item: Entity) -> None:
    assert parse(text, task, format).items == (item,)


def test_thoughts_without_an_answer_have_no_item() -> None:
    for text in (f"<think>{QUOTED_REQUEST}", f"<think>{QUOTED_REQUEST}</think>", f"[Answer]: <think>{QUOTED_REQUEST}"):
        parsed = parse(text, "ner")
        assert (parsed.items, parsed.status) == ((), "invalid")


def test_items_before_and_after_a_broken_one_are_kept() -> None:
    broken = '{"entity": "so "a", "b" c", "type": "x"}'
    text = f'[{{"entity": "Acme", "type": "organization"}}, {broken}, {{"entity": "Paris", "type": "location"}}]'
    assert parse(text, "ner", "json").items == (ACME, PARIS)


@pytest.mark.parametrize(
    ("text", "format", "items"),
    [
        ("Acme: organization; " * 20 + "Acme:", "text", (ACME,)),
        ("Paris: location; " + "Acme: organization; " * 20 + "Acme: organ", "text", (PARIS, ACME)),
        ("Acme: organization; Paris: location; " * 20 + "Acme", "text", (ACME, PARIS)),
        ("Acme is of type organization.\n" * 20 + "Acme is", "sentences", (ACME,)),
        ("[" + '{"entity": "Acme", "type": "organization"}, ' * 20 + '{"entity": "Ac', "json", (ACME,)),
    ],
)
def test_a_loop_that_is_cut_is_read_once(text: str, format: str, items: Answer) -> None:
    parsed = parse(text, "ner", format)
    assert (parsed.items, parsed.status) == (items, "repaired") and "loop" in parsed.repairs


def test_repeated_items_that_are_not_cut_are_all_kept() -> None:
    assert parse("Acme: organization; " * 5, "ner").items == (ACME,) * 5
    assert parse("Acme: organization; " * 8 + "Acme", "ner").items == (ACME,) * 8


# ---- laws -----------------------------------------------------------------------------------------------------------

_THOUGHTS = "The {text} says [Answer]: ENTITY: TYPE; or [] -- let me see."
# Name -> what models put around an answer as it is written, with its marker.
_AROUND_TEXT: dict[str, Callable[[str], str]] = {
    "thoughts": lambda text: f"<think>\n{_THOUGHTS}\n</think>\n\n{text}",
    "two thoughts": lambda text: f"<think>{_THOUGHTS}</think><reasoning>x: y;</reasoning>\n{text}",
    "no opening tag": lambda text: f"{_THOUGHTS}\n</thinking>\n{text}",
    "no closing tag": lambda text: f"<think>{_THOUGHTS}\n{text}",
    "fence": lambda text: f"```\n{text}\n```",
    "remark": lambda text: f"{text}\n\nNote: nothing else (no {{place}}) was found.",
    "answer tags": lambda text: f"<answer>{text}</answer>",
    "next turn": lambda text: f"{text}<|im_end|>\n<|im_start|>user\nText: x: y;",
    "thoughts and remark": lambda text: f"<think>{_THOUGHTS}</think>\n{text}\n\nNote: this is all.",
}
# The same without the marker.
_AROUND_BODY: dict[str, Callable[[str], str]] = {
    "fence": lambda body: f"```json\n{body}\n```",
    "fence in a fence": lambda body: f"````\n```\n{body}\n```\n````",
    "string": lambda body: json.dumps(body, ensure_ascii=False),
    "heading": lambda body: f"## Answer\n\n{body}",
    "CRLF": lambda body: f"```\r\n{body}\r\n```\r\n",
    "fence without an end": lambda body: f"```\n{body}",
    "fence and prose": lambda body: f"Here is the answer:\n\n```text\n{body}\n```\n\nI hope this helps: x.",
    "thoughts": lambda body: f"<think>{_THOUGHTS}</think>\n{body}",
}


# The same for the lines of an answer in a format that writes lines.
_AROUND_LINES: dict[str, Callable[[list[str]], str]] = {
    "bullets": lambda lines: "\n".join(f"- {line}" for line in lines),
    "numbers": lambda lines: "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1)),
    "numbers in parentheses": lambda lines: "\n".join(f"({n}) {line}" for n, line in enumerate(lines, 1)),
    "quotation": lambda lines: "\n".join(f"> {line}" for line in lines),
}


@settings(max_examples=300, deadline=None)
@given(data=st.data(), pair=st.sampled_from([(task, format) for task in TASKS for format in formats(task)]))
def test_what_surrounds_a_written_answer_changes_no_item(
    data: st.DataObject, pair: tuple[str, str], answers: dict, multiset: Callable
) -> None:
    task, format = pair
    answer = data.draw(answers[task])
    text = write(answer, task, format)
    body = text.removeprefix(MARKER).strip()
    outputs = {name: around(text) for name, around in _AROUND_TEXT.items()}
    if MARKER not in body:
        outputs |= {f"{name}, unmarked": around(body) for name, around in _AROUND_BODY.items()}
    if family(format) != "json" and task != "odie":
        lines = body.split("\n")
        outputs |= {name: f"{MARKER}\n{around(lines)}" for name, around in _AROUND_LINES.items()}
        if len(lines) > 1 and '"' not in body:
            outputs["line breaks"] = "<br>".join(lines)
    for name, output in outputs.items():
        parsed = parse(output, task, format)
        assert multiset(parsed.items) == multiset(answer), (name, output)
        assert parsed.status == "repaired" and parsed.repairs, (name, output)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_other_json_around_the_items_changes_none(data: st.DataObject, answers: dict) -> None:
    task = data.draw(st.sampled_from([task for task in TASKS if task != "odie"]))
    answer = data.draw(answers[task])
    array = write(answer, task, "json").removeprefix(MARKER)
    assume(array.strip() == json.dumps(json.loads(array), ensure_ascii=False))  # no escaped marks
    for output in (
        f'{{"answer": {array}}}',
        f'{{"count": 3, "answer": {{"items": {array}}}}}',
        f"The {{places}} are: {array} and that's [all]",
        json.dumps(json.loads(array), indent=2),
    ):
        assert parse(output, task, "json").items == answer, output


@pytest.mark.parametrize(("task", "format"), [(task, format) for task in TASKS for format in formats(task)])
def test_no_answer_of_any_format_has_no_item(task: str, format: str) -> None:
    for other in formats(task):
        nothing = no_answer(task, other)
        for output in (nothing, nothing.upper(), f"```\n{nothing}\n```", f"- {nothing}"):
            parsed = parse(output, task, format)
            assert (parsed.items, parsed.problems) == ((), ()), (other, output)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *(
            (value, f'"{value}"')
            for value in (
                "- a",
                "> a",
                "1. FC",
                "**a**",
                "`a`",
                "“a”",
                "'a'",
                "```",
                "a：b",
                "a<br>b",
                "[Answer] a",
                "Note: a",
            )
        ),
        ("NAN", '"\\u004eAN"'),
        ("<think>", '"\\u003cthink>"'),
        ("a </think> b", '"a \\u003c/think> b"'),
        ("None", '"\\u004eone"'),
        ("a [Answer]", "a [Answer]"),
        ("a，b", "a，b"),
    ],
)
def test_a_value_that_would_be_taken_off_is_written_with_quotes(value: str, written: str) -> None:
    """So that it can be told from what a model adds, and the latter be taken off."""
    assert write((Entity(value, "x"),), "ner") == f"{MARKER} {written}: x;"


def test_marks_are_escaped_in_json_too() -> None:
    text = write((Entity("[Answer]: </s>", "NAN"),), "ner", "json")
    assert text == MARKER + r' [{"entity": "\u005bAnswer]: \u003c/s>", "type": "\u004eAN"}]'
