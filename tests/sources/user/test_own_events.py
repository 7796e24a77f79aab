"""Events of users' own, in the forms of RAMS, WikiEvents and OneIE."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.queries import queries
from adelie_hf.records import Event, Mention, Relation
from adelie_hf.sources import find_sources, load_records
from adelie_hf.sources.readers.drop_reasons import (
    ARGUMENT_LACKS_MENTION,
    EVENT_LACKS_TRIGGER,
    OTHER_WORDS,
    RELATION_LACKS_MENTION,
)
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from tests.sources.helpers import NATIVE, read_error

RAMS, WIKI = (json.loads(line) for line in (NATIVE / "events/json-lines/train.jsonl").read_text().splitlines())


def at(text: str, start: int, type: str = "") -> Mention:
    return Mention(text, ((start, start + len(text)),), type)


def write(folder: Path, *rows: Any, file: str = "train.jsonl") -> Path:
    (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def changed(row: Any, change: Callable[[Any], object]) -> Any:
    row = copy.deepcopy(row)
    change(row)
    return row


def test_rams_and_wikievents() -> None:
    window, document, test = load_records("events", NATIVE / "events/json-lines")
    assert (window.id, window.group) == ("train-1", "http://example.org/1")
    assert window.text == "Ida bought Acme . She paid in Rome ."
    bought = at("bought", 4)
    assert window.events == (Event(bought, "trade.buy.n/a", ((at("Ida", 0), "buyer"), (at("Rome", 30), "place"))),)
    assert list(window.schemas) == ["eae"]
    (query,) = queries(window, "eae")
    assert (query.focus, query.answer) == ((("event", bought),), (("Ida", "buyer"), ("Rome", "place")))
    assert [label.name for label in query.schema] == ["buyer", "place"]
    ida, acme = at("Ida Lee", 0, "person"), at("Acme", 15, "firm")
    assert (document.group, document.mentions) == ("n1", (ida, acme))
    assert document.relations == (Relation(ida, "owns", acme),)
    assert document.events == (Event(at("bought", 8), "Buy", ((ida, "Buyer"), (acme, "Thing"))),)
    assert {task: [label.name for label in schema] for task, schema in document.schemas.items()} == {
        "ner": ["firm", "person"],
        "re": ["owns"],
        "ee": ["Buy"],
        "eae": ["Buy", "trade.buy.n/a"],
    }
    assert test.events[0].arguments == ()  # the training part has no such role


def test_events_of_ones_own_in_files_of_rams(tmp_path: Path) -> None:
    write(tmp_path, RAMS, file="train.jsonlines")
    assert list(find_sources(tmp_path)) == ["events"]
    assert list(find_sources(NATIVE / "rams/native")) == ["rams"]
    text = (NATIVE / "rams/native/train.jsonlines").read_text()
    (tmp_path / "train.jsonlines").write_text(text.replace("life.die", "my.die"))
    assert list(find_sources(tmp_path)) == ["events"]
    ours = list(load_records("events", tmp_path))
    theirs = list(load_records("rams", NATIVE / "rams/native"))
    assert [(r.text, r.group, r.events[0].trigger) for r in ours] == [
        (r.text, r.group, r.events[0].trigger) for r in theirs
    ]
    assert [e.arguments for r in ours for e in r.events] == [e.arguments for r in theirs for e in r.events]


def test_a_table_of_roles_makes_types_of_ones_own_those_of_rams(tmp_path: Path) -> None:
    write(tmp_path, RAMS, file="train.jsonlines")
    (tmp_path / "event_role_multiplicities.txt").write_text("trade.buy.n/a buyer 1 place 1\n")
    assert list(find_sources(tmp_path)) == ["rams"]
    (tmp_path / "event_role_multiplicities.txt").write_text("life.die.n/a place 1\n")
    assert list(find_sources(tmp_path)) == ["events"]


def test_several_triggers_of_a_window(tmp_path: Path) -> None:
    two = changed(RAMS, lambda row: row["evt_triggers"].append([5, 5, [["pay", 1.0]]]))
    two["gold_evt_links"].append([[5, 5], [4, 4], "evt002arg01payer"])
    (record,) = load_records("events", write(tmp_path, two))
    assert [(e.type, [(m.text, role) for m, role in e.arguments]) for e in record.events] == [
        ("trade.buy.n/a", [("Ida", "buyer"), ("Rome", "place")]),
        ("pay", [("She", "payer")]),
    ]


def test_what_does_not_read_as_it_says_is_left_out(tmp_path: Path) -> None:
    mention = changed(WIKI, lambda row: row["entity_mentions"][1].update(start=0, end=1))
    trigger = changed(WIKI, lambda row: row["event_mentions"][0]["trigger"].update(start=4, end=5))
    unknown = changed(WIKI, lambda row: row["event_mentions"][0]["arguments"][0].update(entity_id="n1-T9"))
    dropped: Counter[str] = Counter()
    first, second, third, _ = load_records("events", write(tmp_path, mention, trigger, unknown, WIKI), dropped=dropped)
    assert [m.text for m in first.mentions] == ["Ida Lee"]
    assert [(m.text, role) for m, role in first.events[0].arguments] == [("Ida Lee", "Buyer")]
    assert (len(second.mentions), second.events) == (2, ())
    assert [(m.text, role) for m, role in third.events[0].arguments] == [("Acme", "Thing")]
    assert dropped == {
        OTHER_WORDS: 1,
        RELATION_LACKS_MENTION: 1,
        ARGUMENT_LACKS_MENTION: 2,
        EVENT_LACKS_TRIGGER: 1,
    }


def test_events_without_roles_are_not_asked_for_arguments(tmp_path: Path) -> None:
    write(tmp_path, changed(WIKI, lambda row: row["event_mentions"][0].update(arguments=[])))
    (record,) = load_records("events", tmp_path)
    assert list(record.schemas) == ["ner", "re", "ee"]


def test_the_categories_are_those_of_the_training_files(tmp_path: Path) -> None:
    write(tmp_path, WIKI)
    other = changed(WIKI, lambda row: row["event_mentions"][0].update(event_type="Sell"))
    write(tmp_path, other, file="test.jsonl")
    dropped: Counter[str] = Counter()
    (record,) = load_records("events", tmp_path, "test", dropped)
    assert (record.events, dropped) == ((), {UNSEEN_CATEGORY: 1})


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (changed(RAMS, lambda row: row["evt_triggers"][0].__setitem__(1, 9)), "token offsets [1, 10) lie outside 9"),
        (changed(RAMS, lambda row: row["gold_evt_links"][0].__setitem__(2, 5)), "a value has another type"),
        (changed(RAMS, lambda row: row["evt_triggers"].append([1, 1, [["x", 1.0]]])), "the same trigger"),
        (
            changed(RAMS, lambda row: row["evt_triggers"][0].__setitem__(2, "buy")),
            "'buy' is not a list of event types",
        ),
        (changed(RAMS, lambda row: row["evt_triggers"][0].__setitem__(2, ["buy"])), "['buy'] is not a list of event"),
        (changed(RAMS, lambda row: row["evt_triggers"].append([5, 5, [[3, 1.0]]])), "3 is not a label"),
        (changed(RAMS, lambda row: row.pop("doc_key")), "none of the forms has the keys sentences, evt_triggers"),
        (changed(WIKI, lambda row: row["entity_mentions"][0].update(end=9)), "token offsets [0, 9) lie outside 5"),
        (changed(WIKI, lambda row: row["entity_mentions"][0].update(text=3)), "a value has another type"),
        (changed(WIKI, lambda row: row["event_mentions"][0].pop("trigger")), "the field 'trigger' is missing"),
    ],
)
def test_a_bad_row_costs_itself(row: Any, problem: str, tmp_path: Path) -> None:
    write(tmp_path, WIKI, row, RAMS)
    dropped: Counter[str] = Counter()
    assert [record.id for record in load_records("events", tmp_path, dropped=dropped)] == ["train-1", "train-3"]
    assert dropped == {"cannot be read: a record does not have the form of its source": 1}
    message = read_error("events", tmp_path)
    assert message.startswith(f"{tmp_path / 'train.jsonl'}:2: ")
    assert problem in message
