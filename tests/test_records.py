"""Records and the queries that they yield."""

from __future__ import annotations

from typing import Any

import pytest

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Table, Trigger, Triple, item_counts
from adelie_hf.queries import Query, queries
from adelie_hf.records import Event, Label, Mention, Record, Relation
from adelie_hf.tasks import CLOSED_TASKS, TASKS

#       0         1         2
#       01234567890123456789012345678
TEXT = "Acme and Globex left Acme UK ."
ACME, GLOBEX, LEFT = Mention.at(TEXT, 0, 4, "org"), Mention.at(TEXT, 9, 15, "org"), Mention.at(TEXT, 16, 20)
AGAIN, UNIT = Mention.at(TEXT, 21, 25, "org"), Mention.at(TEXT, 21, 28, "org")
BOTH = Mention("Acme UK", ((0, 4), (26, 28)), "org")  # with a gap
SCHEMA = (Label("org", "ORG"),)
EVENTS = (
    Label("leave", roles=("leaver", "place"), role_labels=(Label("place", "Place", "where it happens"),)),
    Label("rain", roles=()),
)


def record(**fields: Any) -> Record:
    return Record(**{"id": "7", "source": "s", "split": "train", "group": "g", "text": TEXT, "schemas": {}} | fields)


def ask(task: str, **fields: Any) -> list[Query]:
    return list(queries(record(**{"schemas": {task: SCHEMA}} | fields), task))


def test_tasks() -> None:
    assert list(TASKS) == ["ner", "rc", "re", "ed", "ee", "eae", "ere", "openie", "odie"]
    assert CLOSED_TASKS == ("ner", "rc", "re", "ed", "ee", "eae", "ere")


def test_items_equal_plain_tuples() -> None:
    assert Entity("a", "b") == ("a", "b")
    assert EventItem("a", "b", (Argument("c", "d"),)) == ("a", "b", (("c", "d"),))


def test_what_answers_say_is_in_no_order() -> None:
    one, other = Entity("a", "b"), Entity("c", "d")
    assert item_counts([one, other], "ner") == item_counts([["c", "d"], ["a", "b"]], "ner")
    assert item_counts([one, one], "ner") != item_counts([one], "ner")
    event = EventItem("a", "b", (Argument("c", "d"), Argument("e", "f")))
    assert item_counts([event], "ee") == item_counts([["a", "b", [["e", "f"], ["c", "d"]]]], "ee")
    assert item_counts([event], "ee") != item_counts([event._replace(arguments=event.arguments[:1])], "ee")
    assert item_counts([Extraction("a", ("b", "c"))], "openie") != item_counts([Extraction("a", ("c", "b"))], "openie")
    assert item_counts([Table(("a",), (("b",), ("c",)))], "odie") == item_counts([[["a"], [["b"], ["c"]]]], "odie")


def test_a_query_carries_the_record() -> None:
    (query,) = ask("ner", mentions=(ACME,))
    assert (query.id, query.source, query.task, query.split, query.group) == ("s/7/ner/0", "s", "ner", "train", "g")
    assert (query.text, query.schema, query.focus) == (TEXT, SCHEMA, ())


def test_ner_keeps_nested_repeated_and_discontinuous_mentions() -> None:
    (query,) = ask("ner", mentions=(ACME, AGAIN, UNIT, BOTH))
    assert query.answer == (("Acme", "org"), ("Acme", "org"), ("Acme UK", "org"), ("Acme UK", "org"))


def test_re_asks_once_for_all_relations() -> None:
    (query,) = ask("re", relations=(Relation(ACME, "owns", GLOBEX), Relation(GLOBEX, "of", ACME)))
    assert query.answer == (Triple("Acme", "owns", "Globex"), Triple("Globex", "of", "Acme"))


@pytest.mark.parametrize(("task", "names"), [("rc", ("head", "tail")), ("ere", ("first", "second"))])
def test_pairs(task: str, names: tuple[str, str]) -> None:
    """Each pair is asked about once; its answer holds every relation of the two, in either direction."""
    found = ask(
        task,
        relations=(
            Relation(GLOBEX, "of", ACME),
            Relation(ACME, "owns", GLOBEX),
            Relation(ACME, "knows", AGAIN),
            Relation(UNIT, "is", UNIT),
        ),
        pairs=((ACME, GLOBEX), (ACME, AGAIN), (GLOBEX, AGAIN), (UNIT, UNIT)),
    )
    assert [query.answer for query in found] == [
        (("Globex", "of", "Acme"), ("Acme", "owns", "Globex")),
        (("Acme", "knows", "Acme"),),
        (),  # the same surface elsewhere is another mention
        (("Acme UK", "is", "Acme UK"),),
    ]
    assert [query.focus for query in found][0] == ((names[0], ACME), (names[1], GLOBEX))
    assert [query.id for query in found] == [f"s/7/{task}/{number}" for number in range(4)]


def test_many_pairs_take_little_time() -> None:
    """19,900 related pairs: compared one by one with the relations they would take minutes."""
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
def test_nothing_annotated(task: str) -> None:
    assert [query.answer for query in ask(task)] == ([] if task in ("rc", "ere", "eae") else [()])


def test_a_task_that_is_not_served() -> None:
    with pytest.raises(ValueError, match="record 7 of s serves ner, re, not ed"):
        list(queries(record(schemas={"ner": SCHEMA, "re": ()}), "ed"))


@pytest.mark.parametrize(("start", "end"), [(-4, 4), (0, 0), (3, 2), (0, 31), (30, 31), (-1, -1)])
def test_offsets_outside_the_text(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="lie outside a text of 30 characters"):
        Mention.at(TEXT, start, end)
    with pytest.raises(ValueError, match="lie outside a text of 30 characters"):
        record(mentions=(Mention(TEXT[start:end], ((start, end),)),))


def test_negative_offsets_are_refused_though_python_reads_them() -> None:
    assert TEXT[-9:-2] == "Acme UK"
    with pytest.raises(ValueError, match=r"\[-9, -2\) lie outside"):
        record(mentions=(Mention("Acme UK", ((-9, -2),)),))


WRONG = Mention("Globex", ((0, 4),))


@pytest.mark.parametrize(
    "fields",
    [
        {"mentions": (WRONG,)},
        {"relations": (Relation(ACME, "r", WRONG),)},
        {"relations": (Relation(WRONG, "r", ACME),)},
        {"pairs": ((ACME, WRONG),)},
        {"events": (Event(WRONG, "leave"),)},
        {"events": (Event(LEFT, "leave", ((WRONG, "leaver"),)),)},
    ],
)
def test_a_mention_reads_as_it_says_wherever_it_stands(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"mention 'Globex' at \(\(0, 4\),\) reads 'Acme' in the text"):
        record(**fields)


def test_a_mention_without_a_place_is_kept() -> None:
    assert ask("ner", mentions=(Mention("elsewhere", (), "org"),))[0].answer == (("elsewhere", "org"),)


def test_offsets_count_code_points() -> None:
    text = "\U0001f600 e\u0301tude"
    mention = Mention.at(text, 2, 8, "x")
    assert mention.text == "e\u0301tude"
    assert record(text=text, mentions=(mention,)).mentions == (mention,)


@pytest.mark.parametrize("field", ["id", "source", "split", "group", "text", "instruction"])
@pytest.mark.parametrize("value", [None, 3, ["a"], b"a"])
def test_strings_are_strings(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field} is not a string but {type(value).__name__}"):
        record(**{field: value})


def test_an_id_is_not_empty() -> None:
    with pytest.raises(ValueError, match="the id is empty"):
        record(id="")


def test_a_mention_is_not_empty() -> None:
    with pytest.raises(ValueError, match="a mention is empty"):
        record(mentions=(Mention(""),))
