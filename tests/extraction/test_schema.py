"""Schemas: the same from Python, YAML and data sets, and a clear refusal of everything else."""

from __future__ import annotations

import pytest

from adelie_hf import ExtractionSchema, load_schema, schema_of
from adelie_hf.errors import InputError
from adelie_hf.extraction.schema import entity_schema, event_schema, relation_schema, table_schema, triple_schema
from adelie_hf.records import Label

SCHEMAS = [
    entity_schema(["person", "a: b; c", "#5", "yes"]),
    entity_schema({"organization": "a company or an institution", "person": None}),
    relation_schema({"owns": "has bought", "北京": None}),
    event_schema({"attack": ["attacker", "place"], "rain": {"definition": "water: from the sky", "roles": []}}),
    event_schema({"Att": {"name": "attack", "roles": {"Agt": {"name": "attacker"}, "place": "where it happens"}}}),
    entity_schema({"PER": {"name": "person", "definition": "a human being"}, "ORG": {"name": "firm"}}),
    ExtractionSchema("ner", (Label("drug"),), "Find what the patient took."),
    triple_schema(),
    table_schema("the price of each dish"),
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.task)
def test_a_schema_is_what_its_yaml_says(schema, tmp_path):
    file = tmp_path / "schema.yaml"
    file.write_text(schema.to_yaml(), encoding="utf-8")
    assert load_schema(file) == schema


def test_a_list_of_names_is_enough_in_yaml(tmp_path):
    file = tmp_path / "schema.yaml"
    file.write_text("entities: [person, place]\n", encoding="utf-8")
    assert load_schema(file) == entity_schema(["person", "place"])


def test_data_sets_have_schemas_with_definitions():
    scierc = schema_of("scierc")
    assert scierc.task == "ner" and "task" in scierc.names and all(label.definition for label in scierc.labels)
    assert schema_of("scierc", "re").names != scierc.names
    assert all(label.roles for label in schema_of("casie", "ee").labels)
    assert not any(label.definition for label in scierc.without_definitions().labels)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: entity_schema({}), "the schema for named entity recognition is empty"),
        (lambda: entity_schema([]), "is empty"),
        (lambda: entity_schema(["a", "b", "a"]), "has 'a' twice"),
        (lambda: entity_schema("person"), "categories are a list of names"),
        (lambda: entity_schema(["a", " "]), "the category ' ' is no name"),
        (lambda: entity_schema({"a": 1}), "the definition of 'a' is no text"),  # type: ignore[dict-item]
        (lambda: event_schema({"a": ["b", "b"]}), "the event type 'a' has 'b' twice"),
        (lambda: event_schema({"a": "bc"}), "the roles of 'a' are no list"),
        (
            lambda: event_schema({"a": {"role": []}}),
            "has the key 'role'; did you mean 'roles'?; it takes name, definition, roles",
        ),
        (
            lambda: event_schema({"a": {"roles": {"b": {"names": "c"}}}}),
            "'b' has the key 'names'; did you mean 'name'",
        ),
        (lambda: entity_schema({"a": {"name": "c"}, "b": {"name": "c"}}), "has 'c' twice"),
        (lambda: event_schema(["a"]), "event types are a mapping"),  # type: ignore[arg-type]
        (lambda: table_schema("  "), "a table needs an instruction"),
        (lambda: ExtractionSchema("nr", (Label("a"),)), "unknown task 'nr'; did you mean 'ner'?"),
        (lambda: schema_of("scierc", "ee"), "scierc has no task 'ee'; its tasks are "),
        (lambda: schema_of("sciercs"), "unknown source 'sciercs'"),
        (lambda: schema_of("brat"), "the categories of brat are in its files alone"),
        (lambda: schema_of("odie"), "a table needs an instruction"),
    ],
)
def test_what_is_no_schema_is_refused(make, problem):
    with pytest.raises(InputError, match=problem.replace("?", r"\?")):
        make()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("entity: [a]", "unknown key 'entity'"),
        ("entities: [a]\nrelations: [b]", "has entities, relations; an extraction has one of them: name its task"),
        ("instruction: x", "has none of the keys entities, "),
        ("entities: [a]\ninstruction: {nerr: x}", "instruction: unknown task 'nerr'; did you mean 'ner'?"),
        ("entities: [a]\ninstruction: 3", "instruction: 3 is neither a text nor a mapping"),
        ("entities:", "entities: categories are a list"),
        ("triples: [a]", "open IE has no categories; write `triples: true`"),
        ("table: [a]", "give one sentence"),
        ("entities: [a, a]", "has 'a' twice"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_name(content, problem, tmp_path):
    file = tmp_path / "schema.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="schema.yaml") as raised:
        load_schema(file)
    assert problem in str(raised.value)


def test_one_file_has_schemas_for_several_tasks(tmp_path):
    file = tmp_path / "schema.yaml"
    file.write_text("entities: [a]\nrelations: {b: c}\ninstruction: {re: 'Who owns\n  what?'}\n", encoding="utf-8")
    assert load_schema(file, "ner") == entity_schema(["a"])
    assert load_schema(file, "re") == ExtractionSchema("re", (Label("b", definition="c"),), "Who owns what?")
    with pytest.raises(InputError, match="has no categories for the task 'ee', but for ner, re"):
        load_schema(file, "ee")
