"""Answers about windows as one result: never a wrong offset, each item once, and a status for every answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.extraction.found import item_from_dict
from adelie_hf.extraction.generate import Generated
from adelie_hf.extraction.reading import result_of
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.extraction.results import Result
from adelie_hf.extraction.schema import entity_schema, event_schema, relation_schema, table_schema, triple_schema
from adelie_hf.extraction.windows import Window, cut
from adelie_hf.prompts import write
from adelie_hf.records import Mention
from adelie_hf.scoring import exact_f1

SCHEMAS = [
    entity_schema(["a", "b"]),
    relation_schema(["a"]),
    event_schema({"a": ["b"]}),
    triple_schema(),
    table_schema("a table"),
]
PERSONS = entity_schema(["person"])


def read(text: str, *answers: str, schema=PERSONS, windows=None, cut_off: bool = False) -> Result:
    """The result of a text whose windows got these answers."""
    parts = windows or [Window(0, len(text))]
    asked = [
        (window, ExtractionRequest(schema, text[window.start : window.end]), Generated(answer, cut_off))
        for window, answer in zip(parts, answers, strict=True)
    ]
    return result_of(text, schema, asked)


def outputs(text: str) -> st.SearchStrategy[str]:
    """What a model may write: parts of the text and delimiters in any order, or anything."""
    words = st.sampled_from(
        [": a; ", ": b (", "; ", "(", "); ", "[Answer]: ", '"', "NA", "| a | b |\n|---|---|\n", " "]
    )
    part = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda ends: text[ends[0] : ends[1]])
    pair = part.map(lambda mention: f"{mention}: a; ")
    triple = st.tuples(part, part).map(lambda both: f"({both[0]}; a; {both[1]}); ")
    return st.lists(words | part | pair | triple, max_size=8).map("".join) | st.text(max_size=30)


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.task)
@given(data=st.data())
def test_no_output_leads_to_a_wrong_offset(schema, data, any_text):
    text = data.draw(any_text)
    windows = cut(text, len, data.draw(st.integers(2, 30)), 1)
    answers = [data.draw(outputs(text[start:end])) for start, end in windows]
    result = read(text, *answers, schema=schema, windows=windows) if windows else read(text, "", schema=schema)
    assert result.text == text and result.status in ("valid", "repaired", "invalid")
    for item in result:
        for _, mention in item.mentions:
            assert mention.grounded or mention.text == mention.answered
            if mention.grounded:
                assert mention.text == " ".join(text[start:end] for start, end in mention.fragments)
                assert len(mention.fragments) > 1 or text[mention.start : mention.end] == mention.text
        assert item.grounded == all(mention.grounded for _, mention in item.mentions)
    assert [item for item in result if item.grounded] == list(result.grounded())
    # What is written as JSON is read again as it was.
    assert Result.from_dict(json.loads(json.dumps(result.to_dict())), schema) == Result(
        text, schema, result.items, result.status, result.problems
    )


def test_what_two_windows_give_counts_once_with_offsets_of_the_whole_text():
    text = "Bob left. Ada met Eve. Ada slept."
    windows = [Window(0, 23), Window(10, 33)]
    result = read(
        text, "[Answer]: Bob: person; Ada: person; Eve: person;", "[Answer]: Ada: person; Eve: person; Ada: person;",
        windows=windows,
    )  # fmt: skip
    assert [(item.text, item.start, item.end) for item in result] == [
        *(("Bob", 0, 3), ("Ada", 10, 13), ("Eve", 18, 21), ("Ada", 23, 26)),
    ]
    assert result.status == "valid" and len(result.outputs) == 2


def test_what_one_answer_gives_twice_stays_twice():
    assert len(read("Ada left.", "[Answer]: Ada: person; Ada: person;")) == 2


def test_what_no_text_has_counts_once_and_comes_last():
    windows = [Window(0, 10), Window(10, 20)]
    result = read("Ada left. Eve slept.", *["[Answer]: Zoe Zimt: person; Ada: person;"] * 2, windows=windows)
    assert [(item.text, item.grounded) for item in result] == [("Ada", True), ("Zoe Zimt", False), ("Ada", False)]
    assert [item.text for item in result.grounded()] == ["Ada"]


@pytest.mark.parametrize(
    ("answer", "cut_off", "status"),
    [
        ("[Answer]: NA", False, "valid"),
        ("[Answer]: Ada: person; and", False, "repaired"),
        ("I do not know", False, "invalid"),
        ("", False, "invalid"),
        ("[Answer]: Ada: person;", True, "cut"),
    ],
)
def test_the_status_is_that_of_the_worst_window(answer, cut_off, status):
    assert read("Ada left.", answer, cut_off=cut_off).status == status
    windows = [Window(0, 4), Window(4, 9)]
    assert read("Ada left.", "[Answer]: NA", answer, windows=windows, cut_off=cut_off).status == status
    assert result_of("Ada left.", PERSONS, []).status == "empty"


def test_scores_take_the_answer():
    result = read("Ada left.", "[Answer]: ada: person;")
    assert result.items[0].text == "Ada" and result.items[0].answered == "ada"
    assert exact_f1([list(result.answer)], [[("ada", "person")]])["f1"] == 1.0  # type: ignore[arg-type]


def test_a_pair_is_found_where_it_was_asked_about():
    text = "Paris saw Paris again, said Paris"
    pair = (Mention.at(text, 28, 33), Mention.at(text, 10, 15))
    schema = relation_schema(["near"])
    request = ExtractionRequest(schema, text, pair=pair)
    result = result_of(text, schema, [(Window(0, len(text)), request, Generated("[Answer]: (Paris; near; Paris);"))])
    assert [mention.start for _, mention in result.items[0].mentions] == [28, 10]


def test_items_say_what_they_are():
    text = "Rebels attacked Ulm."
    (event,) = read(text, "[Answer]: attacked: attack (Rebels: by; Ulm: place);", schema=event_schema({"attack": []}))
    assert event.to_dict() == {
        "type": "attack",
        "trigger": {"text": "attacked", "start": 7, "end": 15, "match": "exact"},
        "arguments": [
            {"role": "by", "text": "Rebels", "start": 0, "end": 6, "match": "exact"},
            {"role": "place", "text": "Ulm", "start": 16, "end": 19, "match": "exact"},
        ],
    }
    (extraction,) = read(text, "[Answer]: (attacked; Rebels; Ulm; today);", schema=triple_schema())
    assert [role for role, _ in extraction.mentions] == ["predicate", "subject", "object", "argument"]
    assert extraction.type == "attacked" and not extraction.grounded
    answer = write((extraction.item,), "openie")
    assert read(text, answer, schema=triple_schema()).items == (extraction,)
    assert item_from_dict(extraction.to_dict(), type(extraction.item)) == extraction
