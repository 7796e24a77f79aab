"""Each reader on a small file in its source's native format: what comes out, to the letter."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.queries import queries
from adelie_hf.records import Label, Mention, Record, role_schema
from adelie_hf.sources import Dropped, Split, all_sources, find_sources, get_source, load_records, read_split
from adelie_hf.sources.label_sets import schemas_of, shared_roles

NAMES = ("carb", "fewrel", "maven", "maven-ere", "mit-restaurant", "odie", "phee", "rams", "scierc")
Lay = Callable[..., Path]


def load(lay: Lay, name: str, **changed: str | bytes | None) -> list[Record]:
    return list(load_records(name.partition("/")[0], lay(name, **changed)))


def answers(records: list[Record], task: str) -> list[list[tuple]]:
    return [list(query.answer) for record in records for query in queries(record, task)]


def test_the_sources() -> None:
    assert set(NAMES) <= set(all_sources())
    assert list(all_sources()) == sorted(all_sources())
    for name, item in all_sources().items():
        assert get_source(name) is item
        assert item.role in ("training", "held-out", "own")
        assert all((item.title, item.tasks, item.domain, item.licence, item.layouts))
        assert item.url.startswith("http") or bundled(item.url).is_file()
        assert set(item.counts) <= set(item.splits)


def test_what_holds_for_every_shape(shape: str, lay: Lay) -> None:
    name, folder = shape.partition("/")[0], lay(shape)
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


def test_every_label_of_a_published_set_has_a_name_and_a_definition(shape: str, lay: Lay) -> None:
    name = shape.partition("/")[0]
    if get_source(name).role == "own":
        pytest.skip("users name their labels")
    users = {"Being_destroyed", "contact.meet.n/a"}  # of the lists that lie beside the files of MAVEN and RAMS
    for record in load_records(name, lay(shape)):
        for label in chain.from_iterable(record.schemas.values()):
            assert label.name and label.raw
            assert label.raw in users or label.definition
            assert {role.name for role in label.role_labels} == set(label.roles)
            assert all(role.raw and role.definition for role in label.role_labels)


def test_every_role_of_a_published_label_set_has_a_definition_of_its_own() -> None:
    for name in ("ace2005", "casie", "phee", "richere"):
        of_types = {label: label.role_labels for schema in schemas_of(name).values() for label in schema}
        for label, roles in of_types.items():
            assert tuple(role.name for role in roles) == label.roles
            assert len({role.definition for role in roles}) == len(roles)
        used = {role.raw for roles in of_types.values() for role in roles}
        times = {role for role in shared_roles(name) if role.startswith("Time-")}  # which ACE's reader adds
        assert used >= set(shared_roles(name)) - times
    for name in ("ace2005", "casie", "maven-arg", "phee", "rams", "richere"):
        for role in shared_roles(name).values():
            assert role.name and role.definition == " ".join(role.definition.split()).rstrip(".")


def test_questions_about_arguments_say_what_their_roles_mean(lay: Lay) -> None:
    (started,) = (label for label in schemas_of("ace2005")["eae"] if label.raw == "Personnel.Start-Position")
    (met,) = (label for label in schemas_of("ace2005")["eae"] if label.raw == "Contact.Meet")
    assert [(role.raw, role.definition) for role in role_schema(started)][1] == ("Entity", "the employer")
    assert (
        role_schema(met)[0]
        == shared_roles("ace2005")["Entity"]
        == Label("entity", "Entity", "a party that takes part in the event")
    )
    first, _ = load(lay, "rams")
    (query,) = queries(first, "eae")
    assert query.schema[1] == Label("killer", "killer", "the party that kills the person")


def test_every_event_type_and_role_of_rams_and_every_type_of_maven_has_a_definition(shared: Path) -> None:
    table = (shared / "data" / "rams" / "event_role_multiplicities.txt").read_text()
    types = {".".join(line.split()[0].split(".")[:2]) for line in table.splitlines()}
    assert types == {label.raw for label in schemas_of("rams")["eae"]}
    assert {role for line in table.splitlines() for role in line.split()[1::2]} == set(shared_roles("rams"))
    maven = json.loads((shared / "data" / "maven" / "label2id.json").read_text())
    assert set(maven) - {"None"} == {label.raw for label in schemas_of("maven")["ed"]}


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(shape: str, lay: Lay, native: dict) -> None:
    plain = load(lay, shape)
    changed = {file: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode() for file, text in native[shape].items()}
    assert load(lay, shape, **changed) == plain
    unended = {file: text.rstrip("\n") for file, text in native[shape].items()}
    assert load(lay, shape, **unended) == plain


def test_fewrel(lay: Lay) -> None:
    first, second, third = load(lay, "fewrel")
    assert first.text == "Ann Lee , born in Ghent , loves Ghent ."
    assert (first.id, second.id, third.id) == ("validation-P1-0", "validation-P1-1", "validation-P2-0")
    # Of an entity that is mentioned twice the first mention is asked about.
    assert first.pairs == ((Mention("Ann Lee", ((0, 7),)), Mention("Ghent", ((18, 23),))),)
    assert [label.name for label in first.schemas["rc"]] == ["place of birth", "mayor"]
    assert first.schemas["rc"][0].definition == "where it began"
    assert first.schemas["rc"][0].raw == "P1"
    assert answers([first, second, third], "rc") == [
        [("Ann Lee", "place of birth", "Ghent")],
        [("Bo", "place of birth", "Oslo")],
        [("Oslo", "mayor", "Bo")],
    ]


def test_fewrel_keeps_instances_of_one_sentence_together(lay: Lay, native: dict) -> None:
    instances = json.loads(native["fewrel"]["val_wiki.json"])
    again = instances["P1"][1]
    instances["P2"].append({"tokens": again["tokens"], "h": again["t"], "t": again["h"]})
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


def test_mit_restaurant_opens_a_span_where_a_tag_continues_nothing(lay: Lay) -> None:
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


def test_rams_roles_that_do_not_read_well_have_another_name(lay: Lay, native: dict) -> None:
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
    for place in ("raw/scorer", "scorer"):
        folder = lay("rams", "raw/data", **{"event_role_multiplicities.txt": None})
        (folder.parent.parent / place).mkdir()
        (folder.parent.parent / place / "event_role_multiplicities.txt").write_text(table)
        if place == "raw/scorer":
            assert len(list(load_records("rams", folder))) == 2
            (folder.parent.parent / place / "event_role_multiplicities.txt").unlink()
    with pytest.raises(InputError, match="RAMS defines the roles"):
        list(load_records("rams", folder))


def test_rams_drops_a_role_that_the_event_type_does_not_have(lay: Lay, native: dict) -> None:
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


def test_maven_has_the_published_types_where_no_list_of_others_is_beside(lay: Lay, native: dict) -> None:
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
    found = {tuple(mention.text for _, mention in query.focus): list(query.answer) for query in queries(record, "ere")}
    assert found == {
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


def test_odie_drops_what_is_no_table(lay: Lay) -> None:
    rows = [{"instruction": "x", "text": "y", "table": "no table"}]
    folder = lay("odie", **{"test_data.json": json.dumps(rows)})
    (dropped,) = read_split(Split("odie", "native", "test", (folder / "test_data.json",)))
    assert dropped == Dropped("the gold table is not a Markdown table", f"{folder / 'test_data.json'}, record 1")


def test_carb(lay: Lay) -> None:
    first, second = load(lay, "carb")
    assert (first.id, first.text, second.id) == ("validation-1", "Ann sang and Bo left .", "validation-3")
    # The context is no argument, and neither is an empty column.
    assert answers([first, second], "openie") == [
        [("sang", ("Ann",)), ("left", ("Bo", "in May"))],
        [("rained", ("It",))],
    ]


def test_carb_gathers_the_tuples_of_a_sentence(lay: Lay) -> None:
    text = "A b .\tx\ty\nC d .\tx\ty\nA b . \tz\n"
    first, second = load(lay, "carb", **{"dev.tsv": text})
    assert [extraction.predicate for extraction in first.extractions] == ["x", "z"]
    assert (first.text, second.text) == ("A b .", "C d .")


def test_an_empty_text_and_a_second_id_are_dropped(lay: Lay, native: dict) -> None:
    line = native["phee"]["train.json"]
    empty = json.dumps({"id": "9_9", "context": " ", "annotations": []}) + "\n"
    folder = lay("phee", **{"train.json": line + empty + line})
    dropped: Counter[str] = Counter()
    assert len(list(load_records("phee", folder, dropped=dropped))) == 1
    assert dropped == {"the text is empty": 1, "an earlier record has the same id": 1}
