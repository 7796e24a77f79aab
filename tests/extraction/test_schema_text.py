"""Schemas as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.extraction import ExtractionSchema, load_schema, read_schema
from adelie_hf.extraction.schema import entity_schema, event_schema, table_schema, triple_schema

SCHEMAS = [
    entity_schema({"organization": "a company: or an institution", "person": None}),
    event_schema({"attack": ["attacker", "place"]}),
    triple_schema(),
    table_schema("the price of each dish"),
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.task)
def test_the_text_of_a_file_has_the_schema_of_the_file(schema: ExtractionSchema, tmp_path: Path) -> None:
    file = tmp_path / "schema.yaml"
    file.write_text(schema.to_yaml(), encoding="utf-8")
    assert read_schema(schema.to_yaml()) == load_schema(file) == schema


@pytest.mark.parametrize(
    "names", ["person, place", "person\nplace\n", "- person\n- place", "[person, place]", "person,place,"]
)
def test_names_alone_are_entity_types(names: str) -> None:
    assert read_schema(names) == entity_schema(["person", "place"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "give a list of names, or YAML with one of the keys entities"),
        ("7", "give a list of names"),
        ("entities: [", "the schema is no YAML"),
        ("entity: [a]", "the schema: unknown key 'entity'; did you mean 'entities'"),
        ("events: {a: b}", "the schema: events: the roles of 'a' are no list"),
        ("person, person", "'person' twice"),
        ("- 3", "no name"),
    ],
)
def test_other_text_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_schema(text)
