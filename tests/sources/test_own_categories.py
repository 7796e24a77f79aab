"""`schema.yaml` beside a set of a user's own data: names, definitions, roles and instructions, for every form."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import Recipe, make_rows, plan
from adelie_hf.manifest import MANIFEST, BuildManifest
from adelie_hf.records import Label, Record
from adelie_hf.sources import find_sources, load_records
from adelie_hf.sources.own_categories import OwnCategories
from adelie_hf.sources.reader import read_split
from adelie_hf.sources.schema_file import as_yaml_values, event_yaml_values, labels_of_key, schema_of_keys
from adelie_hf.sources.source import Noted

PERSON = "entities: {PER: {name: person, definition: a human being}}\n"

# Form -> the files of a set with one sentence, in which Ida is a PER.
FORMS: dict[str, dict[str, str]] = {
    "bio": {"train.conll": "Ida B-PER\nleft O\n"},
    "brat": {"train/a.txt": "Ida left", "train/a.ann": "T1\tPER 0 3\tIda\n"},
    "hub-ner": {"train.jsonl": json.dumps({"tokens": ["Ida", "left"], "ner_tags": ["B-PER", "O"]})},
    "spans": {"train.jsonl": json.dumps({"text": "Ida left", "label": [[0, 3, "PER"]]})},
    "iepile": {
        "train.json": json.dumps({"text": "Ida left", "entity": [{"entity": "Ida", "entity_type": "PER"}]}),
        "schema.json": '["PER"]\n[]\n{}\n',
    },
    "records": {
        "train.jsonl": json.dumps(
            {
                "id": "1",
                "text": "Ida left",
                "schemas": {"ner": [{"name": "PER"}]},
                "mentions": [{"text": "Ida", "type": "PER", "fragments": [[0, 3]]}],
            }
        )
    },
}
BRAT = {
    "train/a.txt": "Acme fired Ida",
    "train/a.ann": "T1\tORG 0 4\tAcme\nT2\tFire 5 10\tfired\nT3\tPER 11 14\tIda\nR1\temp Arg1:T1 Arg2:T3\n"
    "E1\tFire:T2 Who:T1 Whom:T3\n",
}
EVENTS = """
entities: {ORG: a firm}
relations: {emp: {name: employs}}
events:
  Fire:
    name: dismissal
    definition: the end of a job
    roles: {Who: {name: employer, definition: the one who dismisses}, Whom: the one who goes, When: null}
instruction: {re: 'Who employs whom?'}
"""

Write = Callable[[Mapping[str, str], str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a set and its schema."""

    def write_set(files: Mapping[str, str], schema: str) -> Path:
        for name, content in {**files, "schema.yaml": schema}.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
        return tmp_path

    return write_set


def remarks_of(folder: Path) -> list[str]:
    """Return the remarks on all splits below a folder."""
    splits = [split for found in find_sources(folder).values() for split in found.splits.values()]
    return [result.remark for split in splits for result in read_split(split) if isinstance(result, Noted)]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_takes_names_and_definitions(write: Write, form: str) -> None:
    folder = write(FORMS[form], PERSON)
    (record,) = load_records(form, folder)
    assert [(mention.text, mention.type) for mention in record.mentions] == [("Ida", "person")]
    assert record.schemas == {"ner": (Label("person", "PER", "a human being"),)}
    assert remarks_of(folder) == []


def test_relations_events_and_roles(write: Write) -> None:
    folder = write(BRAT, EVENTS)
    (record,) = load_records("brat", folder)
    (relation,), (event,) = record.relations, record.events
    assert (relation.head.text, relation.type, relation.tail.text) == ("Acme", "employs", "Ida")
    assert (event.type, [role for _, role in event.arguments]) == ("dismissal", ["employer", "Whom"])
    (label,) = record.schemas["ee"]
    assert (label.name, label.raw, label.definition) == ("dismissal", "Fire", "the end of a job")
    assert label.roles == ("employer", "Whom")
    assert [role.definition for role in label.role_labels] == ["the one who dismisses", "the one who goes"]
    assert remarks_of(folder) == [
        "entity types that schema.yaml does not have, kept as they are: PER",
        "roles of Fire of schema.yaml that the data do not have: When",
    ]


def test_the_check_shows_what_the_file_gives(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(FORMS["bio"], "entities: {ORG: a firm}\ninstruction: Find all.\n")
    assert main(["sources", "check", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert f"  {folder}/schema.yaml: 1 entity types, the instruction for ner\n" in printed
    assert "noted: 1: entity types that schema.yaml does not have, kept as they are: PER\n" in printed
    assert "noted: 1: entity types of schema.yaml that the data do not have: ORG\n" in printed
    assert "not read" not in printed and "skipped" not in printed


def test_it_is_no_data_even_where_the_user_says_what_a_folder_is(write: Write) -> None:
    folder = write({"part/a.conll": "Ida B-PER\nleft O\n", "part/schema.yaml": PERSON}, "entities: {PER: unused}\n")
    (found,) = find_sources(folder, splits={"part": "train"}).values()
    assert found.splits["train"].files == (folder / "part/a.conll",)
    assert found.splits["train"].schema_file == folder / "part/schema.yaml"  # the nearest
    assert not found.skipped and not found.unsplit


def test_sets_below_a_file_share_it_and_their_own_comes_first(write: Write) -> None:
    files = {f"{name}/{split}.conll": "Ida B-PER\nleft O\n" for name in "ab" for split in ("train", "test")}
    folder = write({**files, "b/schema.yaml": "entities: {PER: {name: human}}"}, PERSON)
    names = {name: [record.mentions[0].type for record in load_records(name, folder)] for name in "ab"}
    assert names == {"a": ["person", "person"], "b": ["human", "human"]}


def test_a_file_that_counts_for_nothing_is_named(write: Write) -> None:
    files = {f"{split}/{split}.conll": "Ida B-PER\nleft O\n" for split in ("train", "dev")}
    folder = write({**files, "dev/schema.yaml": "entities: {PER: other}"}, PERSON)
    (found,) = find_sources(folder).values()
    assert found.splits["validation"].schema_file == folder / "schema.yaml"
    assert found.skipped == (folder / "dev/schema.yaml",)


def test_an_instruction_that_no_row_gets_is_named(write: Write) -> None:
    folder = write(FORMS["bio"], PERSON + "instruction: {ner: Find all., re: Who knows whom.}\n")
    assert remarks_of(folder) == ["instruction of schema.yaml for re, a task that no record has"]


def test_builds_use_definitions_and_instruction(write: Write, tmp_path: Path) -> None:
    files = {"train.conll": "Ida B-PER\nleft O\n\nBo B-PER\n", "test.conll": "Lena B-PER\n"}
    folder = write(files, PERSON + "instruction: Find the people.\n")
    recipe = Recipe(guidelines=1.0, demonstrations=0.0, symbols=0.0, text=1.0)
    units = plan("bio", folder, recipe).units
    first, _ = (row for unit in units["train"] for row in make_rows(unit))
    lines = first["prompt"][0]["content"].splitlines()
    assert lines[:3] == ["Find the people.", "Entity types:", "- person: a human being (such as Bo)"]
    assert first["completion"][0]["content"] == "[Answer]: Ida: person;"
    assert first["label_map"] == {"person": "PER"} and first["choices"]["description"] is None
    (held_out,) = (row for unit in units["test"] for row in make_rows(unit))
    assert held_out["prompt"][0]["content"].startswith("Find the people.\nEntity types: person.\n")
    assert main(["build", "ieinstruct", "bio", "--data-dir", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert "schema.yaml" in BuildManifest.load(tmp_path / "out" / MANIFEST).inputs


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        (
            "entity: {PER: x}",
            "unknown key 'entity'; did you mean 'entities'?; the keys are entities, relations, events",
        ),
        ("triples: true", "unknown key 'triples'"),
        ("entities: {PER: 3}", "entities: the definition of 'PER' is no text: 3"),
        ("entities: {PER: {title: x}}", "entities: 'PER' has the key 'title'; it takes name, definition"),
        ("entities: {PER: {name: ORG}}", "two categories of the data would have the name 'ORG'"),
        ("entities: {PER: {name: x}, ORG: {name: x}}", "entities: the schema has 'x' twice"),
        ("instruction: Find all.", "instruction: say of which task it is"),
        ("instruction: {nerr: Find all.}", "instruction: unknown task 'nerr'; did you mean 'ner'?"),
        ("extends: other.yaml", "extends"),
        ("entities: [", "not valid YAML"),
        ("[PER]", "has a list where"),
    ],
)
def test_what_is_wrong_is_said_with_the_file(write: Write, schema: str, problem: str) -> None:
    folder = write({"train.conll": "Ida B-PER\nAcme B-ORG\n"}, schema)
    with pytest.raises(InputError) as raised:
        list(load_records("bio", folder))
    assert problem in str(raised.value)
    assert str(raised.value).count("schema.yaml") == 1


_TEXTS = st.sampled_from(["PER", "person", "name", "definition", "roles", "ner", "", " "]) | st.text(max_size=3)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS | st.integers(), inner, max_size=3),
)
_KEYS = st.sampled_from(["entities", "relations", "events", "instruction"]) | _TEXTS


@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_any_content_is_a_schema_or_an_error_with_a_reason(content: dict[str, object]) -> None:
    try:
        found = schema_of_keys(content)
    except InputError as error:
        assert "\n" not in repr(str(error)) and str(error)
    else:
        assert set(found.schemas) == set(content) - {"instruction"}
        for key, schema in found.schemas.items():
            values = event_yaml_values(schema) if key == "events" else as_yaml_values(schema)
            assert labels_of_key(key, values) == schema


def test_two_names_of_the_file_are_one_too_many(write: Write) -> None:
    folder = write({**FORMS["bio"], "schema.yml": PERSON}, PERSON)
    with pytest.raises(InputError, match="schema.yaml: schema.yml is there, too; keep one of the two"):
        find_sources(folder)


def test_a_definition_of_the_data_stays_where_the_file_has_none(write: Write) -> None:
    row = {"id": "1", "text": "Ida", "schemas": {"ner": [{"name": "PER", "definition": "a human"}]}}
    folder = write({"train.jsonl": json.dumps(row)}, "entities: {PER: {name: person}}")
    (record,) = load_records("records", folder)
    assert record.schemas["ner"] == (Label("person", "PER", "a human"),)


def test_a_record_without_the_keys_of_the_file_stays_as_it_is() -> None:
    record = Record("1", "x", "train", "1", "Ida", {"re": (Label("owns", "owns"),), "openie": ()})
    assert OwnCategories(Path("schema.yaml"), schema_of_keys({"entities": {"PER": "a human"}}))(record) == record
