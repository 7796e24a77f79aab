"""The queries that tasks ask about a record, and their gold answers."""

from __future__ import annotations

from typing import Any

import pytest

from adelie_hf.answers import Argument, Extraction, Table, Trigger, Triple
from adelie_hf.queries import Query, queries
from adelie_hf.records import Event, Label, Mention, Record, Relation
from adelie_hf.tasks import TASKS

#       0         1         2
#       01234567890123456789012345678
TEXT = "Acme and Globex left Acme UK ."
ACME, GLOBEX, LEFT = Mention.at(TEXT, 0, 4, "org"), Mention.at(TEXT, 9, 15, "org"), Mention.at(TEXT, 16, 20)
AGAIN, UNIT = Mention.at(TEXT, 21, 25, "org"), Mention.at(TEXT, 21, 28, "org")
BOTH = Mention("Acme UK", ((0, 4), (26, 28)), "org")  # discontinuous
SCHEMA = (Label("org", "ORG"),)
EVENTS = (
    Label("leave", roles=("leaver", "place"), role_labels=(Label("place", "Place", "where it happens"),)),
    Label("rain", roles=()),
)


def record(**fields: Any) -> Record:
    return Record(**{"id": "7", "source": "s", "split": "train", "group": "g", "text": TEXT, "schemas": {}} | fields)


def ask(task: str, **fields: Any) -> list[Query]:
    return list(queries(record(**{"schemas": {task: SCHEMA}} | fields), task))


def test_a_query_has_the_fields_of_its_record() -> None:
    (query,) = ask("ner", mentions=(ACME,))
    assert (query.id, query.source, query.task, query.split, query.group) == ("s/7/ner/0", "s", "ner", "train", "g")
    assert (query.text, query.schema, query.focus) == (TEXT, SCHEMA, ())


def test_ner_keeps_nested_repeated_and_discontinuous_mentions() -> None:
    (query,) = ask("ner", mentions=(ACME, AGAIN, UNIT, BOTH))
    assert query.answer == (("Acme", "org"), ("Acme", "org"), ("Acme UK", "org"), ("Acme UK", "org"))


def test_re_has_one_query_for_all_relations() -> None:
    (query,) = ask("re", relations=(Relation(ACME, "owns", GLOBEX), Relation(GLOBEX, "of", ACME)))
    assert query.answer == (Triple("Acme", "owns", "Globex"), Triple("Globex", "of", "Acme"))


@pytest.mark.parametrize(("task", "names"), [("rc", ("head", "tail")), ("ere", ("first", "second"))])
def test_pairs(task: str, names: tuple[str, str]) -> None:
    """There is one query per pair; its answer contains every relation of the two, in either direction."""
    pair_queries = ask(
        task,
        relations=(
            Relation(GLOBEX, "of", ACME),
            Relation(ACME, "owns", GLOBEX),
            Relation(ACME, "knows", AGAIN),
            Relation(UNIT, "is", UNIT),
        ),
        pairs=((ACME, GLOBEX), (ACME, AGAIN), (GLOBEX, AGAIN), (UNIT, UNIT)),
    )
    assert [query.answer for query in pair_queries] == [
        (("Globex", "of", "Acme"), ("Acme", "owns", "Globex")),
        (("Acme", "knows", "Acme"),),
        (),  # the same surface form at another position is another mention
        (("Acme UK", "is", "Acme UK"),),
    ]
    assert [query.focus for query in pair_queries][0] == ((names[0], ACME), (names[1], GLOBEX))
    assert [query.id for query in pair_queries] == [f"s/7/{task}/{number}" for number in range(4)]


def test_many_pairs_take_little_time() -> None:
    """19,900 related pairs; comparing each with every relation would take minutes."""
    text = "x " * 200
    mentions = [Mention.at(text, 2 * number, 2 * number + 1) for number in range(200)]
    pairs = tuple((a, b) for n, a in enumerate(mentions) for b in mentions[n + 1 :])
    fields: dict[str, Any] = {"text": text, "pairs": pairs, "relations": tuple(Relation(a, "r", b) for a, b in pairs)}
    assert all(len(query.answer) == 1 for query in ask("ere", **fields))


def test_events() -> None:
    events = (Event(LEFT, "leave", ((ACME, "leaver"), (BOTH, "leaver"))), Event(LEFT, "rain"), Event(UNIT, "odd"))
    schemas = dict.fromkeys(("ed", "ee", "eae"), EVENTS)
    (detection,) = ask("ed", events=events, schemas=schemas)
    assert detection.answer == (Trigger("left", "leave"), Trigger("left", "rain"), Trigger("Acme UK", "odd"))
    (extraction,) = ask("ee", events=events, schemas=schemas)
    assert extraction.answer == (
        ("left", "leave", (("Acme", "leaver"), ("Acme UK", "leaver"))),
        ("left", "rain", ()),
        ("Acme UK", "odd", ()),
    )
    first, second, third = ask("eae", events=events, schemas=schemas)
    assert first.answer == (Argument("Acme", "leaver"), Argument("Acme UK", "leaver"))
    assert first.focus == (("event", LEFT),)
    assert first.event_type == "leave"
    assert first.schema == (Label("leaver"), Label("place", "Place", "where it happens"))
    assert (second.answer, second.schema, second.event_type) == ((), (), "rain")
    assert (third.answer, third.schema) == ((), ())


def test_open_tasks() -> None:
    extraction = Extraction("left", ("Acme",))
    assert [query.answer for query in ask("openie", extractions=(extraction, extraction))] == [(extraction,) * 2]
    table = Table(("who",), (("Acme",),))
    (query,) = ask("odie", instruction="Who left?", table=table)
    assert (query.answer, query.instruction) == ((table,), "Who left?")
    assert ask("odie", instruction="Who left?")[0].answer == ()


@pytest.mark.parametrize("task", TASKS)
def test_records_without_annotations(task: str) -> None:
    assert [query.answer for query in ask(task)] == ([] if task in ("rc", "ere", "eae") else [()])


def test_a_task_that_the_record_does_not_support() -> None:
    with pytest.raises(ValueError, match="record 7 of s serves ner, re, not ed"):
        list(queries(record(schemas={"ner": SCHEMA, "re": ()}), "ed"))


def test_a_mention_without_a_position_is_in_the_answer() -> None:
    assert ask("ner", mentions=(Mention("elsewhere", (), "org"),))[0].answer == (("elsewhere", "org"),)
