"""Validation of records and mentions."""

from __future__ import annotations

from typing import Any

import pytest

from adelie_hf.records import Event, Mention, Record, Relation

TEXT = "Acme and Globex left Acme UK ."
ACME, LEFT = Mention.at(TEXT, 0, 4, "org"), Mention.at(TEXT, 16, 20)
WRONG = Mention("Globex", ((0, 4),))  # the text at its offsets is "Acme"


def record(**fields: Any) -> Record:
    return Record(**{"id": "7", "source": "s", "split": "train", "group": "g", "text": TEXT, "schemas": {}} | fields)


@pytest.mark.parametrize(("start", "end"), [(-4, 4), (0, 0), (3, 2), (0, 31), (30, 31), (-1, -1)])
def test_offsets_outside_the_text(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="lie outside a text of 30 characters"):
        Mention.at(TEXT, start, end)
    with pytest.raises(ValueError, match="lie outside a text of 30 characters"):
        record(mentions=(Mention(TEXT[start:end], ((start, end),)),))


def test_negative_offsets_are_errors() -> None:
    assert TEXT[-9:-2] == "Acme UK"
    with pytest.raises(ValueError, match=r"\[-9, -2\) lie outside"):
        record(mentions=(Mention("Acme UK", ((-9, -2),)),))


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
def test_every_mention_equals_the_text_at_its_offsets(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"mention 'Globex' at \(\(0, 4\),\) reads 'Acme' in the text"):
        record(**fields)


def test_offsets_count_code_points() -> None:
    text = "\U0001f600 e\u0301tude"
    mention = Mention.at(text, 2, 8, "x")
    assert mention.text == "e\u0301tude"
    assert record(text=text, mentions=(mention,)).mentions == (mention,)


@pytest.mark.parametrize("field", ["id", "source", "split", "group", "text", "instruction"])
@pytest.mark.parametrize("value", [None, 3, ["a"], b"a"])
def test_string_fields_have_type_str(field: str, value: Any) -> None:
    found = "null" if value is None else type(value).__name__
    with pytest.raises(ValueError, match=f"{field} is not a string but {found}"):
        record(**{field: value})


def test_an_id_is_not_empty() -> None:
    with pytest.raises(ValueError, match="the id is empty"):
        record(id="")


def test_a_mention_is_not_empty() -> None:
    with pytest.raises(ValueError, match="a mention is empty"):
        record(mentions=(Mention(""),))
