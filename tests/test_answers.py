"""Items of answers."""

from __future__ import annotations

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Table, item_counts


def test_items_equal_plain_tuples() -> None:
    assert Entity("a", "b") == ("a", "b")
    assert EventItem("a", "b", (Argument("c", "d"),)) == ("a", "b", (("c", "d"),))


def test_items_and_arguments_have_no_order() -> None:
    first, second = Entity("a", "b"), Entity("c", "d")
    assert item_counts([first, second], "ner") == item_counts([["c", "d"], ["a", "b"]], "ner")
    assert item_counts([first, first], "ner") != item_counts([first], "ner")
    event = EventItem("a", "b", (Argument("c", "d"), Argument("e", "f")))
    assert item_counts([event], "ee") == item_counts([["a", "b", [["e", "f"], ["c", "d"]]]], "ee")
    assert item_counts([event], "ee") != item_counts([event._replace(arguments=event.arguments[:1])], "ee")
    assert item_counts([Extraction("a", ("b", "c"))], "openie") != item_counts([Extraction("a", ("c", "b"))], "openie")
    assert item_counts([Table(("a",), (("b",), ("c",)))], "odie") == item_counts([[["a"], [["b"], ["c"]]]], "odie")
