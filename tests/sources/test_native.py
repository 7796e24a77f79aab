"""Exact records of readers on small files in the native layouts, and properties of all sources."""

from __future__ import annotations

import ast
import inspect
import json
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pyarrow
import pyarrow.parquet
import pytest

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.queries import queries
from adelie_hf.records import Label, Mention, Record, role_schema
from adelie_hf.sources import Dropped, Split, all_sources, corpora, find_sources, get_source, load_records, read_split
from adelie_hf.sources.label_sets import load_schemas, shared_roles
from adelie_hf.sources.source import Head
from tests.sources.helpers import SAMPLE_SOURCES

Lay = Callable[..., Path]


def load(lay: Lay, name: str, **changed: str | bytes | None) -> list[Record]:
    return list(load_records(name.partition("/")[0], lay(name, **changed)))


def answers(records: list[Record], task: str) -> list[list[tuple]]:
    return [list(query.answer) for record in records for query in queries(record, task)]


def test_metadata() -> None:
    assert set(SAMPLE_SOURCES) <= set(all_sources())
    assert list(all_sources()) == sorted(all_sources())
    for name, source in all_sources().items():
        assert get_source(name) is source
        assert source.role in ("training", "held-out", "own")
        assert all((source.title, source.tasks, source.domain, source.licence, source.layouts))
        assert source.url.startswith("http") or bundled(source.url).is_file()
        assert set(source.counts) <= set(source.splits)


def corpus_modules() -> dict[str, ModuleType]:
    """Return the name of each published data set -> its module."""
    modules = [import_module(f"{corpora.__name__}.{module.name}") for module in iter_modules(corpora.__path__)]
    return {module.SOURCE.name: module for module in modules}


@pytest.mark.parametrize("name", corpus_modules())
def test_every_published_data_set_has_notes(name: str) -> None:
    notes = get_source(name).notes
    assert notes
    assert len(set(notes)) == len(notes)
    for note in notes:
        assert note.endswith(".") and note == " ".join(note.split())


@pytest.mark.parametrize("name", corpus_modules())
def test_every_reason_in_a_module_is_in_the_drops_of_its_source(name: str) -> None:
    """A reason is the argument of `Dropped` or of `RecordBuilder.drop`: a string or a constant."""
    module, reasons = corpus_modules()[name], set()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Dropped", "builder.drop"):
            reasons.add(eval(ast.unparse(node.args[0]), vars(module)))  # in the namespace of our own module
    drops = get_source(name).drops
    assert reasons <= set(drops)
    assert len(set(drops)) == len(drops)


def test_every_reason_of_a_drop_is_in_the_drops_of_the_source(layout: str, lay: Lay) -> None:
    name = layout.partition("/")[0]
    dropped: Counter[str] = Counter()
    list(load_records(name, lay(layout), dropped=dropped))
    assert set(dropped) <= {*get_source(name).drops, "the text is empty", "an earlier record has the same id"}


def test_the_head_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "train.parquet"
    assert Head(file, '{"a": 1, "b": {"c": 2}}\n{"d": 3}').json_keys == {"a", "b"}
    assert Head(file, '{"a": 1, "b": {"c": 2').json_keys == {"a", "b", "c"}
    assert Head(file, "[]").json_keys == frozenset()
    assert Head(file, '{"a": 1}').columns == ()
    pyarrow.parquet.write_table(pyarrow.table({"tokens": [["a"]], "ner_tags": [[0]]}), file)
    assert Head(file, "PAR1").columns == ("tokens", "ner_tags")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InputError, match="train.parquet: not a complete Parquet file .*; download it again"):
        _ = Head(file, "PAR1").columns


def test_properties_of_every_layout(layout: str, lay: Lay) -> None:
    name, folder = layout.partition("/")[0], lay(layout)
    dropped: Counter[str] = Counter()
    records = list(load_records(name, folder, dropped=dropped))
    assert records
    assert len({(record.split, record.id) for record in records}) == len(records)
    splits = find_sources(folder, (name,))[name].splits
    tasks: set[str] = set()
    for record in records:
        assert record.split in splits
        tasks |= set(record.schemas)
        for task, schema in record.schemas.items():
            labels = [label.name for label in schema]
            assert len(set(labels)) == len(labels)
            assert bool(labels) == (task not in ("openie", "odie"))
            for query in queries(record, task):
                assert query.id.startswith(f"{record.source}/")
    assert tasks <= set(get_source(name).tasks)


def test_every_label_of_a_published_data_set_has_a_name_and_a_definition(layout: str, lay: Lay) -> None:
    name = layout.partition("/")[0]
    if get_source(name).role == "own":
        pytest.skip("users define their labels")
    users = {"Being_destroyed", "contact.meet.n/a"}  # in the companion files of MAVEN and RAMS
    for record in load_records(name, lay(layout)):
        for label in chain.from_iterable(record.schemas.values()):
            assert label.name and label.raw
            assert label.raw in users or label.definition
            assert {role.name for role in label.role_labels} == set(label.roles)
            assert all(role.raw and role.definition for role in label.role_labels)


def test_every_role_of_a_label_set_has_its_own_definition() -> None:
    for name in ("ace2005", "casie", "phee", "richere"):
        roles_of_types = {label: label.role_labels for schema in load_schemas(name).values() for label in schema}
        for label, roles in roles_of_types.items():
            assert tuple(role.name for role in roles) == label.roles
            assert len({role.definition for role in roles}) == len(roles)
        used_roles = {role.raw for roles in roles_of_types.values() for role in roles}
        times = {role for role in shared_roles(name) if role.startswith("Time-")}  # added by the reader of ACE 2005
        assert used_roles >= set(shared_roles(name)) - times
    for name in ("ace2005", "casie", "maven-arg", "phee", "rams", "richere"):
        for role in shared_roles(name).values():
            assert role.name and role.definition == " ".join(role.definition.split()).rstrip(".")


def test_queries_about_arguments_define_the_roles(lay: Lay) -> None:
    (start_position,) = (label for label in load_schemas("ace2005")["eae"] if label.raw == "Personnel.Start-Position")
    (meet,) = (label for label in load_schemas("ace2005")["eae"] if label.raw == "Contact.Meet")
    assert [(role.raw, role.definition) for role in role_schema(start_position)][1] == ("Entity", "the employer")
    assert (
        role_schema(meet)[0]
        == shared_roles("ace2005")["Entity"]
        == Label("entity", "Entity", "a party that takes part in the event")
    )
    first, _ = load(lay, "rams")
    (query,) = queries(first, "eae")
    assert query.schema[1] == Label("killer", "killer", "the party that kills the person")


def test_all_event_types_and_roles_of_rams_and_all_types_of_maven_are_defined(shared: Path) -> None:
    table = (shared / "data" / "rams" / "event_role_multiplicities.txt").read_text()
    types = {".".join(line.split()[0].split(".")[:2]) for line in table.splitlines()}
    assert types == {label.raw for label in load_schemas("rams")["eae"]}
    assert {role for line in table.splitlines() for role in line.split()[1::2]} == set(shared_roles("rams"))
    maven = json.loads((shared / "data" / "maven" / "label2id.json").read_text())
    assert set(maven) - {"None"} == {label.raw for label in load_schemas("maven")["ed"]}


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(layout: str, lay: Lay, native: dict) -> None:
    plain = load(lay, layout)
    changed = {file: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for file, text in native[layout].items()}
    assert load(lay, layout, **changed) == plain
    without_last_line_end = {file: text.rstrip("\n") for file, text in native[layout].items()}
    assert load(lay, layout, **without_last_line_end) == plain


def test_fewrel(lay: Lay) -> None:
    first, second, third = load(lay, "fewrel")
    assert first.text == "Ann Lee , born in Ghent , loves Ghent ."
    assert (first.id, second.id, third.id) == ("validation-P1-0", "validation-P1-1", "validation-P2-0")
    # The first mention of an entity with two mentions is the head.
    assert first.pairs == ((Mention("Ann Lee", ((0, 7),)), Mention("Ghent", ((18, 23),))),)
    assert [label.name for label in first.schemas["rc"]] == ["place of birth", "mayor"]
    assert first.schemas["rc"][0].definition == "where it began"
    assert first.schemas["rc"][0].raw == "P1"
    assert answers([first, second, third], "rc") == [
        [("Ann Lee", "place of birth", "Ghent")],
        [("Bo", "place of birth", "Oslo")],
        [("Oslo", "mayor", "Bo")],
    ]


def test_fewrel_groups_instances_of_one_sentence(lay: Lay, native: dict) -> None:
    instances = json.loads(native["fewrel"]["val_wiki.json"])
    instance = instances["P1"][1]
    instances["P2"].append({"tokens": instance["tokens"], "h": instance["t"], "t": instance["h"]})
    records = load(lay, "fewrel", **{"val_wiki.json": json.dumps(instances)})
    assert records[1].group == records[3].group != records[0].group


def test_mit_restaurant(lay: Lay) -> None:
    records = load(lay, "mit-restaurant")
    assert [(record.id, record.text) for record in records] == [
        ("train-1", "good cheap thai"),
        ("train-5", "34"),
        ("train-7", "joe pie tart"),
    ]
    assert answers(records, "ner") == [
        [("good cheap", "rating")],
        [],
        [("joe", "restaurant name"), ("pie", "dish"), ("tart", "dish")],
    ]


def test_mit_restaurant_begins_a_span_at_an_inside_tag_that_continues_none(lay: Lay) -> None:
    text = "I-Dish\tpie\nI-Price\tcheap\nO\tat\nI-Hours\tnoon\nI-Hours\tsharp\n"
    records = load(lay, "mit-restaurant", **{"restauranttrain.bio": text})
    assert answers(records, "ner") == [[("pie", "dish"), ("cheap", "price"), ("noon sharp", "hours")]]


def test_scierc(lay: Lay) -> None:
    first, second = load(lay, "scierc")
    assert (first.id, first.group, second.id) == ("D1-0", "D1", "D1-1")
    assert (first.text, second.text) == ("Deep nets parse text .", "They win .")
    assert first.mentions == (
        Mention("Deep nets", ((0, 9),), "method"),
        Mention("nets", ((5, 9),), "generic"),
        Mention("text", ((16, 20),), "material"),
    )
    assert answers([first, second], "re") == [
        [("Deep nets", "used for", "text"), ("nets", "part of", "Deep nets")],
        [],
    ]
    assert second.mentions == (Mention("They", ((0, 4),), "generic"),)
    assert [label.raw for label in first.schemas["re"]][:2] == ["USED-FOR", "FEATURE-OF"]


def test_rams(lay: Lay) -> None:
    first, second = load(lay, "rams")
    assert first.text == "Rebels shot him dead . It was in Aden ."
    assert (first.id, first.group, second.group) == ("nw_1", "http://example.org/1", "nw_2")
    (query,) = queries(first, "eae")
    assert query.focus == (("event", Mention("shot him dead", ((7, 20),))),)
    assert query.event_type == "life.die"
    assert [label.name for label in query.schema] == ["victim", "killer", "place"]
    assert query.answer == (("Aden", "place"), ("Rebels", "killer"))
    assert answers([second], "eae") == [[]]


def test_rams_has_readable_names_of_roles(lay: Lay, native: dict) -> None:
    changed = {file: text.replace("killer", "judgecourt") for file, text in native["rams"].items()}
    first, _ = load(lay, "rams", **changed)
    (query,) = queries(first, "eae")
    assert query.answer == (("Aden", "place"), ("Rebels", "judge or court"))
    assert query.schema[1] == shared_roles("rams")["judgecourt"]
    unknown, _ = load(
        lay, "rams", **{file: text.replace("killer", "shooter") for file, text in native["rams"].items()}
    )
    assert next(queries(unknown, "eae")).schema[1] == Label("shooter", "shooter")


def test_rams_table_in_the_folders_of_the_release(lay: Lay, native: dict) -> None:
    table = native["rams"]["event_role_multiplicities.txt"]
    for table_folder in ("raw/scorer", "scorer"):
        folder = lay("rams", "raw/data", **{"event_role_multiplicities.txt": None})
        (folder.parent.parent / table_folder).mkdir()
        (folder.parent.parent / table_folder / "event_role_multiplicities.txt").write_text(table)
        if table_folder == "raw/scorer":
            assert len(list(load_records("rams", folder))) == 2
            (folder.parent.parent / table_folder / "event_role_multiplicities.txt").unlink()
    with pytest.raises(InputError, match="it defines the roles"):
        list(load_records("rams", folder))


def test_rams_drops_a_role_that_its_event_type_does_not_have(lay: Lay, native: dict) -> None:
    roles = native["rams"]["event_role_multiplicities.txt"].replace("killer 1 ", "")
    folder = lay("rams", **{"event_role_multiplicities.txt": roles})
    dropped: Counter[str] = Counter()
    assert [record.id for record in load_records("rams", folder, dropped=dropped)] == ["nw_2"]
    assert dropped == {"an argument has a role that its event type does not have": 1}
    first, _ = read_split(Split("rams", "native", "train", (folder / "train.jsonlines",)))
    assert isinstance(first, Dropped)
    assert first.where == f"{folder / 'train.jsonlines'}:1"


def test_phee(lay: Lay) -> None:
    (record,) = load(lay, "phee")
    assert (record.id, record.group) == ("123_4", "123")
    (answer,) = answers([record], "ee")
    assert answer == [
        (
            "after",
            "adverse event",
            (
                ("a boy", "subject"),
                ("boy", "subject gender"),
                ("oral A with B", "treatment"),
                ("A", "treatment drug"),
                ("B", "treatment drug"),
                ("oral", "treatment route"),
                ("A", "treatment combination drug"),
                ("B", "treatment combination drug"),
                ("Rash fever", "effect"),
                ("fever", "effect"),
            ),
        )
    ]
    effect = record.events[0].arguments[-2][0]
    assert effect.fragments == ((0, 4), (15, 20))
    assert {role for _, role in record.events[0].arguments} <= set(record.schemas["ee"][0].roles)


def test_maven(lay: Lay) -> None:
    first, second = load(lay, "maven")
    assert (first.id, first.group, second.id) == ("m1-0", "m1", "m1-1")
    assert answers([first, second], "ed") == [
        [("attacked", "attack")],
        [("fell apart", "being destroyed"), ("burned", "being destroyed")],  # in the order of the text
    ]
    assert [label.raw for label in first.schemas["ed"]] == ["Attack", "Being_destroyed"]


def test_maven_has_the_published_types_without_a_list_of_others(lay: Lay, native: dict) -> None:
    document = json.loads(native["maven"]["train.jsonl"])
    document["events"] = document["events"][:1]
    changed = {"train.jsonl": json.dumps(document), "label2id.json": None}
    published = load(lay, "maven", **changed)[0].schemas["ed"]
    assert len(published) == 168
    assert all(label.definition for label in published)
    numbered = {label.raw: number for number, label in enumerate(published)}
    assert load(lay, "maven", **changed | {"label2id.json": json.dumps(numbered)})[0].schemas["ed"] == published


def test_maven_ere(lay: Lay) -> None:
    (record,) = load(lay, "maven-ere")
    assert record.text == "They attacked it in May . It fell apart and burned ."
    answers_by_pair = {
        tuple(mention.text for _, mention in query.focus): list(query.answer) for query in queries(record, "ere")
    }
    assert answers_by_pair == {
        ("attacked", "May"): [("May", "contains", "attacked")],
        ("attacked", "fell apart"): [("attacked", "before", "fell apart"), ("attacked", "cause", "fell apart")],
        ("attacked", "burned"): [("attacked", "before", "burned"), ("attacked", "cause", "burned")],
        ("May", "fell apart"): [],
        ("May", "burned"): [],
        ("fell apart", "burned"): [("fell apart", "coreference", "burned")],
    }


def test_odie(lay: Lay) -> None:
    first, second = load(lay, "odie")
    assert (first.instruction, first.text, first.explanation) == ("Who does what?", "Ann sings.", "")
    assert first.table == (("who", "what"), (("Ann", "sings"),))
    assert answers([second], "odie") == [[(("a",), (("1",),))]]


def test_odie_drops_a_gold_answer_that_is_not_a_table(lay: Lay) -> None:
    rows = [{"instruction": "x", "text": "y", "table": "no table"}]
    folder = lay("odie", **{"test_data.json": json.dumps(rows)})
    (dropped,) = read_split(Split("odie", "native", "test", (folder / "test_data.json",)))
    assert dropped == Dropped("the gold table is not a Markdown table", f"{folder / 'test_data.json'}, record 1")


def test_carb(lay: Lay) -> None:
    first, second = load(lay, "carb")
    assert (first.id, first.text, second.id) == ("validation-1", "Ann sang and Bo left .", "validation-3")
    # A context and an empty column are not arguments.
    assert answers([first, second], "openie") == [
        [("sang", ("Ann",)), ("left", ("Bo", "in May"))],
        [("rained", ("It",))],
    ]


def test_carb_gathers_the_tuples_of_a_sentence(lay: Lay) -> None:
    text = "A b .\tx\ty\nC d .\tx\ty\nA b . \tz\n"
    first, second = load(lay, "carb", **{"dev.tsv": text})
    assert [extraction.predicate for extraction in first.extractions] == ["x", "z"]
    assert (first.text, second.text) == ("A b .", "C d .")


def test_empty_texts_and_repeated_ids_are_dropped(lay: Lay, native: dict) -> None:
    line = native["phee"]["train.json"]
    empty = json.dumps({"id": "9_9", "context": " ", "annotations": []}) + "\n"
    folder = lay("phee", **{"train.json": line + empty + line})
    dropped: Counter[str] = Counter()
    assert len(list(load_records("phee", folder, dropped=dropped))) == 1
    assert dropped == {"the text is empty": 1, "an earlier record has the same id": 1}
