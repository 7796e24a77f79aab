"""Records as one line, with their mentions marked."""

from __future__ import annotations

from adelie_hf.records import Event, Mention, Record, Relation
from adelie_hf.sources.marked import marked_text


def record_of(
    text: str, *mentions: Mention, relations: tuple[Relation, ...] = (), events: tuple[Event, ...] = ()
) -> Record:
    return Record(
        id="1",
        source="x",
        split="train",
        group="1",
        text=text,
        schemas={},
        mentions=mentions,
        relations=relations,
        events=events,
    )


def test_nested_adjacent_and_crossing_mentions() -> None:
    text = "New York Times"
    city, paper, rest = Mention.at(text, 0, 8, "city"), Mention.at(text, 0, 14, "org"), Mention.at(text, 8, 14, "x")
    assert marked_text(record_of(text, city, paper)) == "[[New York|city] Times|org]"
    assert marked_text(record_of(text, city, rest)) == "[New York|city][ Times|x]"
    crossing = Mention.at(text, 4, 14, "x")
    assert marked_text(record_of(text, city, crossing)) == "[New [York|city] Times|x]"


def test_triggers_relations_and_mentions_without_a_place() -> None:
    text = "Ida met Bo\nat noon"
    ida, met = Mention.at(text, 0, 3, "person"), Mention.at(text, 4, 7)
    record = record_of(
        text,
        ida,
        Mention("Acme", (), "firm"),
        relations=(Relation(ida, "knows", Mention.at(text, 8, 10)),),
        events=(Event(met, "Meet"),),
    )
    assert marked_text(record) == "[Ida|person] [met|Meet] Bo at noon; [Acme|firm] somewhere; Ida knows Bo"


def test_arguments_and_mentions_without_a_type() -> None:
    text = "Ida met Bo"
    ida, bo = Mention.at(text, 0, 3), Mention.at(text, 8, 10)
    event = Event(Mention.at(text, 4, 7), "Meet", ((ida, "who"), (bo, "whom")))
    record = record_of(text, ida, Mention("Bo"), events=(event,))
    assert marked_text(record) == "[Ida] [met|Meet] Bo; [Bo] somewhere; met: Ida (who), Bo (whom)"


def test_a_long_text_is_cut_behind_a_mention() -> None:
    text = "a" * 190 + " " + "b" * 20 + " " + "c" * 50
    assert marked_text(record_of(text, Mention.at(text, 191, 211, "x"), Mention.at(text, 212, 262, "y"))) == (
        "a" * 190 + " [" + "b" * 20 + "|x] ..."
    )
