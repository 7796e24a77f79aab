"""Relations of users' own, in the forms of SpERT, CoType, CasRel, DyGIE++, DocRED, TACRED and OpenNRE."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.cli import main
from adelie_hf.queries import queries
from adelie_hf.records import Event, Mention, Record, Relation
from adelie_hf.sources import find_sources, load_records
from adelie_hf.sources.inventory import take_inventory
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.sources.listing import inventory_as_text
from adelie_hf.sources.readers.drop_reasons import ABSENT, OTHER_WORDS, RELATION_LACKS_MENTION
from adelie_hf.sources.user.annotated import NO_TASK
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from tests.sources.helpers import NATIVE, categories, read_error

COTYPE: dict[str, Any] = {
    "sentText": "Bob owns Acme .",
    "relationMentions": [{"em1Text": "Bob", "em2Text": "Acme", "label": "owns"}],
}
SPERT: dict[str, Any] = {
    "tokens": ["Bob", "owns", "Acme", "."],
    "entities": [{"type": "person", "start": 0, "end": 1}, {"type": "firm", "start": 2, "end": 3}],
    "relations": [{"type": "owns", "head": 0, "tail": 1}],
}
TACRED: dict[str, Any] = {
    "docid": "D",
    "relation": "owns",
    "token": ["Bob", "owns", "Acme", "Inc"],
    **{"subj_start": 0, "subj_end": 0, "obj_start": 2, "obj_end": 3, "subj_type": "PERSON", "obj_type": "FIRM"},
}
DOCRED: dict[str, Any] = {
    "title": "Acme",
    "sents": [["Bo", "left", "."], ["Acme", "Inc", ".", "hired", "Bo", "."]],
    "vertexSet": [
        [{"name": "Bo", "pos": [4, 5], "sent_id": 1, "type": "person"}],
        [{"name": "Acme Inc.", "pos": [0, 3], "sent_id": 1, "type": "firm"}],
    ],
    "labels": [{"h": 1, "t": 0, "r": "hired", "evidence": [1]}],
}


def at(text: str, start: int, type: str = "") -> Mention:
    return Mention(text, ((start, start + len(text)),), type)


def write(folder: Path, *rows: Any, file: str = "train.json") -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def write_array(folder: Path, *rows: Any, file: str = "train.json") -> Path:
    (folder / file).write_text(json.dumps(rows))
    return folder


def triples(record: Record) -> list[tuple[str, str, str]]:
    return [(relation.head.text, relation.type, relation.tail.text) for relation in record.relations]


# ---- the forms ------------------------------------------------------------------------------------


def test_json_lines() -> None:
    cotype, casrel, empty, dygie, opennre, test = load_records("relations", NATIVE / "relations/json-lines")
    # A surface that occurs twice has no place; `None` is no relation.
    ida, acme = Mention("Ida", (), "person"), at("Acme", 9, "firm")
    assert (cotype.id, cotype.text) == ("train-1", "Ida owns Acme and Ida left Rome .")
    assert cotype.mentions == (acme, ida)
    assert cotype.relations == (Relation(ida, "owns", acme), Relation(ida, "left", at("Rome", 27)))
    assert {task: categories(cotype, task) for task in cotype.schemas} == {
        "ner": ["firm", "name", "person"],
        "re": ["left", "owns", "sold"],
    }
    assert (list(casrel.schemas), triples(casrel)) == (["re"], [("Bo", "sold", "Globex")])
    assert casrel.mentions == (at("Bo", 0), at("Globex", 8))
    assert [(r.id, r.group, r.text) for r in (empty, dygie)] == [
        ("train-3-0", "D1", "It rained ."),
        ("train-3-1", "D1", "Ida Lee bought Acme ."),
    ]
    ida, acme = at("Ida Lee", 0, "person"), at("Acme", 15, "firm")
    assert dygie.mentions == (ida, at("Lee", 4, "name"), acme)
    assert dygie.relations == (Relation(ida, "owns", acme),)
    assert dygie.events == (Event(at("bought", 8), "Buy", ((ida, "Buyer"), (acme, "Thing"))),)
    assert dygie.schemas["ee"][0].roles == ("Buyer", "Thing")
    assert list(opennre.schemas) == ["rc"]
    assert opennre.pairs == ((at("Ida Lee", 0), at("Acme", 13)),)
    assert triples(opennre) == [("Ida Lee", "runs", "Acme")]
    assert (test.id, test.split, triples(test)) == ("validation-1", "validation", [("Bo", "sold", "Globex")])


def test_one_array() -> None:
    spert, docred, tacred, unrelated, test = load_records("relations", NATIVE / "relations/json")
    ida, acme = at("Ida", 0, "person"), at("Acme", 9, "firm")
    assert (spert.mentions, spert.relations) == ((ida, acme), (Relation(ida, "owns", acme),))
    assert (docred.group, docred.text) == ("Acme", "Bo left . Acme Inc . hired Bo .")
    bo, again, acme = at("Bo", 0, "person"), at("Bo", 27, "person"), at("Acme Inc .", 10, "firm")
    assert docred.mentions == (bo, acme, again)
    assert docred.relations == (Relation(acme, "hired", bo),)  # the first mention of each entity
    ida, acme = at("Ida Lee", 0, "PERSON"), at("Acme", 13, "FIRM")
    assert (tacred.group, tacred.pairs, tacred.relations) == ("N1", ((ida, acme),), (Relation(ida, "runs", acme),))
    assert (unrelated.pairs, unrelated.relations) == (tacred.pairs, ())
    assert [list(query.answer) for query in queries(unrelated, "rc")] == [[]]
    assert (test.id, test.relations) == ("test-1", ())


def test_tagged_tokens_with_other_columns_are_no_relations(tmp_path: Path) -> None:
    write(tmp_path, {"tokens": ["Bob"], "ner_tags": ["B-person"], "entities": ["Bob"], "labels": ["x"]})
    assert list(find_sources(tmp_path)) == ["hub-ner"]


@pytest.mark.parametrize("row", [COTYPE, SPERT, TACRED, DOCRED])
def test_a_form_may_have_either_container(row: Any, tmp_path: Path) -> None:
    (lines,) = load_records("relations", write(tmp_path, row))
    (array,) = load_records("relations", write_array(tmp_path, row))
    assert lines == array


def test_check_shows_what_was_understood(tmp_path: Path) -> None:
    rows = [COTYPE, {"text": "Ida left", "triple_list": []}, SPERT]
    (inventory,) = (found for found in take_inventory(write(tmp_path, *rows)) if found.state == "read")
    assert inventory_as_text(inventory).splitlines() == [
        "relations: json-lines",
        "  rows in the form of CoType, CasRel, SpERT",
        f"  train: 3 records, 2 groups, 4 mentions, 2 relations; {tmp_path / 'train.json'}",
        "    mentions: Bob, Acme, Bob (person), Acme (firm)",
        "    record: [Bob] owns [Acme] .; Bob owns Acme",
        "    record: [Bob|person] owns [Acme|firm] .; Bob owns Acme",
    ]


def test_clusters_are_counted() -> None:
    (inventory,) = take_inventory(NATIVE / "relations/json-lines", ("relations",))
    assert inventory.splits["train"].noted == {"documents with coreference clusters, which are not read": 1}


# ---- files of published data sets -----------------------------------------------------------------


def test_relations_of_ones_own_in_the_form_of_cotype(tmp_path: Path) -> None:
    write(tmp_path, COTYPE)
    assert list(find_sources(tmp_path)) == ["relations"]
    (record,) = load_records("relations", tmp_path)
    assert record.relations == (Relation(at("Bob", 0), "owns", at("Acme", 9)),)


def test_relations_of_ones_own_in_a_file_of_scierc(tmp_path: Path) -> None:
    write_array(tmp_path, SPERT, file="scierc_train.json")
    assert list(find_sources(tmp_path)) == ["relations"]
    (record,) = load_records("relations", tmp_path)
    assert record.relations == (Relation(at("Bob", 0, "person"), "owns", at("Acme", 9, "firm")),)


# Layout -> the tasks whose labels its files have.
PUBLISHED = {
    "scierc/native": ("ner", "re"),
    "scierc/dygie": ("ner", "re"),
    "scierc/spert": ("ner", "re"),
    "nyt11/cotype": ("re",),
    "tacred/native": ("rc",),
    "ace2005/DyGIE++": ("ner", "re", "ed"),
    "ace2005/OneIE": ("ner", "re", "ed"),
}


def renamed(layout: str, folder: Path) -> Path:
    """Write the files of a published data set with other labels."""
    name = layout.partition("/")[0]
    raw = [label.raw for task in PUBLISHED[layout] for label in load_schemas(name)[task]]
    spellings = {spelling for label in raw for spelling in (label, label.capitalize(), label.replace(".", ":"))}
    for file in (NATIVE / layout).glob("*train*"):
        text = file.read_text()
        for spelling in sorted(spellings, key=len, reverse=True):
            text = text.replace(f'"{spelling}', f'"my {spelling}')
        (folder / file.name).write_text(text)
    return folder


@pytest.mark.parametrize("layout", PUBLISHED)
def test_a_file_with_foreign_labels_is_ones_own_and_reads_as_the_published_one(layout: str, tmp_path: Path) -> None:
    name = layout.partition("/")[0]
    assert list(find_sources(NATIVE / layout)) == [name]
    own = find_sources(renamed(layout, tmp_path))
    assert list(own) == ["events" if layout == "ace2005/OneIE" else "relations"]
    published = list(load_records(name, NATIVE / layout, "train"))
    found = list(load_records(next(iter(own)), tmp_path))
    if layout == "scierc/dygie":  # of a document without lists of annotations, it is not known whether it has some
        published = [record for record in published if record.group != "D2"]
    for theirs, ours in zip(published, found, strict=True):
        assert (ours.text, ours.split) == (theirs.text, theirs.split)
        # Without `entityMentions` of CoType, mentions without a type stand for the ends of relations.
        if "ner" in ours.schemas and "ner" in theirs.schemas:
            assert {m.fragments for m in ours.mentions} == {m.fragments for m in theirs.mentions}
        assert [(r.head.fragments, r.tail.fragments) for r in ours.relations] == [
            (r.head.fragments, r.tail.fragments)
            for r in theirs.relations
            if {r.head.text in theirs.text, r.tail.text in theirs.text} == {True}
        ]
        assert [event.trigger for event in ours.events] == [event.trigger for event in theirs.events]
        assert [[m.fragments for m in pair] for pair in ours.pairs] == [
            [m.fragments for m in pair] for pair in theirs.pairs
        ]


def test_one_fault_does_not_make_a_published_file_ones_own(tmp_path: Path) -> None:
    text = (NATIVE / "scierc/spert/scierc_train.json").read_text()
    (tmp_path / "scierc_train.json").write_text(text.replace("Used-for", "owns"))
    assert list(find_sources(tmp_path)) == ["scierc"]
    assert "'owns' is not one of" in read_error("scierc", tmp_path)


def test_a_file_without_labels_belongs_to_those_beside_it(tmp_path: Path) -> None:
    for folder, row, empty, name in (
        ("nyt", COTYPE, {**COTYPE, "relationMentions": []}, "nyt11"),
        ("tac", TACRED, {**TACRED, "relation": "no_relation"}, "tacred"),
    ):
        write(tmp_path / folder, empty, file="test.json")
        assert list(find_sources(tmp_path / folder)) == [name]
        write(tmp_path / folder, row)
        assert {name: list(found.splits) for name, found in find_sources(tmp_path / folder).items()} == {
            "relations": ["train", "test"]
        }


def test_a_folder_with_own_relations_beside_a_published_set(tmp_path: Path) -> None:
    write(tmp_path / "nyt", COTYPE)
    write(tmp_path / "news", SPERT, file="train.jsonl")
    write(tmp_path / "news", SPERT, file="dev.jsonl")
    (tmp_path / "scierc").mkdir()
    for file in (NATIVE / "scierc/native").iterdir():
        (tmp_path / "scierc" / file.name).write_text(file.read_text())
    found = find_sources(tmp_path)
    assert {name: list(source.splits) for name, source in found.items()} == {
        "nyt": ["train"],
        "news": ["train", "validation"],
        "scierc": ["train"],
    }
    # Asked for by name, all files in the form are one's own.
    sources = {record.source for record in load_records("relations", tmp_path)}
    assert sources == {"nyt", "news", "scierc-relations"}


# ---- what is left out -----------------------------------------------------------------------------


def test_the_categories_are_those_of_the_training_files(tmp_path: Path) -> None:
    write(tmp_path, SPERT)
    entities = [{"type": "place", "start": 0, "end": 1}, *SPERT["entities"][1:]]
    eats = [{"type": "eats", "head": 1, "tail": 0}]
    write(tmp_path, {**SPERT, "entities": entities}, {**SPERT, "relations": eats}, file="dev.json")
    dropped: Counter[str] = Counter()
    first, second = load_records("relations", tmp_path, "validation", dropped)
    assert (first.mentions, first.relations) == ((at("Acme", 9, "firm"),), ())
    assert (len(second.mentions), second.relations) == (2, ())
    assert dropped == {UNSEEN_CATEGORY: 2, RELATION_LACKS_MENTION: 1}


def test_a_pair_with_an_unknown_relation_is_not_one_without_a_relation(tmp_path: Path) -> None:
    write(tmp_path, TACRED)
    write(tmp_path, {**TACRED, "relation": "eats"}, {**TACRED, "relation": "no_relation"}, file="test.json")
    dropped: Counter[str] = Counter()
    (record,) = load_records("relations", tmp_path, "test", dropped)
    assert (record.id, record.relations, len(record.pairs)) == ("test-2", (), 1)
    assert dropped == {UNSEEN_CATEGORY: 1}


def test_what_a_row_does_not_annotate_is_no_part_of_its_tasks(tmp_path: Path) -> None:
    surfaces = {**COTYPE, "entityMentions": [{"text": "Bob", "label": "person"}]}
    unlabelled = {key: value for key, value in DOCRED.items() if key != "labels"}
    dygie = {"doc_key": 3, "sentences": [["Bob", "left"]], "ner": [[[0, 0, "person"]]]}
    write(tmp_path, COTYPE, surfaces, unlabelled, dygie)
    records = list(load_records("relations", tmp_path))
    assert [list(record.schemas) for record in records] == [["re"], ["ner", "re"], ["ner"], ["ner"]]
    assert records[-1].group == "3"


def test_a_row_of_a_task_that_the_training_part_does_not_have(tmp_path: Path) -> None:
    write(tmp_path, SPERT)
    write(tmp_path, SPERT, TACRED, file="dev.json")
    dropped: Counter[str] = Counter()
    (record,) = load_records("relations", tmp_path, "validation", dropped)
    assert record.id == "validation-1"
    assert dropped == {UNSEEN_CATEGORY: 1, NO_TASK: 1}


def test_a_mention_of_docred_that_reads_otherwise_is_left_out(tmp_path: Path) -> None:
    vertices = [[*DOCRED["vertexSet"][0], {"name": "Bo", "pos": [1, 2], "sent_id": 0, "type": "person"}]]
    other = [{**DOCRED["vertexSet"][1][0], "name": "Globex"}]
    write(tmp_path, DOCRED, {**DOCRED, "vertexSet": [*vertices, other]})
    dropped: Counter[str] = Counter()
    _, record = load_records("relations", tmp_path, dropped=dropped)
    assert (record.mentions, record.relations) == ((at("Bo", 27, "person"),), ())
    assert dropped == {OTHER_WORDS: 2, RELATION_LACKS_MENTION: 1}


@pytest.mark.parametrize("typed", [True, False])
def test_a_mention_that_the_text_does_not_have_is_left_out(typed: bool, tmp_path: Path) -> None:
    triple = {"em1Text": "Bob", "em2Text": "Acmé", "label": "owns"}
    entities = [{"text": "Bob", "label": "person"}, {"text": "Acmé", "label": "firm"}]
    row = {**COTYPE, "relationMentions": [triple, *COTYPE["relationMentions"]]}
    dropped: Counter[str] = Counter()
    write(tmp_path, {**row, "entityMentions": entities} if typed else row)
    (record,) = load_records("relations", tmp_path, dropped=dropped)
    assert [mention.text for mention in record.mentions] == (["Bob"] if typed else ["Bob", "Acme"])
    assert triples(record) == [("Bob", "owns", "Acme")]
    assert dropped == {ABSENT: 1, RELATION_LACKS_MENTION: 1}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({**SPERT, "relations": [{"type": "owns", "head": -1, "tail": 1}]}, "position -1 lies outside of 2"),
        ({**SPERT, "entities": [{"type": "person", "start": 0, "end": 9}]}, "token offsets [0, 9) lie outside"),
        ({**SPERT, "entities": [{"type": " ", "start": 0, "end": 1}], "relations": []}, "' ' is not a label"),
        ({**SPERT, "relations": [{"type": ["owns"], "head": 0, "tail": 1}]}, "['owns'] is not a label"),
        ({**COTYPE, "relationMentions": [{"em1Text": "Bob"}]}, "the field 'label' is missing"),
        ({"text": "Bob", "triple_list": [["Bob", "owns"]]}, "a list another length"),
        ({"text": "Bob", "triple_list": [["Bob", "owns", ""]]}, "a mention is empty"),
        ({"text": "Bob", "triple_list": ["B o"]}, "'B o' is not a list of strings"),
        ({**TACRED, "obj_end": 4}, "token offsets [2, 5) lie outside 4 tokens"),
        ({**TACRED, "subj_type": 3}, "3 is not a label"),
        ({**DOCRED, "labels": [{"h": 7, "t": 0, "r": "hired"}]}, "position 7 lies outside of 2"),
        ({**DOCRED, "vertexSet": [[{"name": "Bo", "pos": [0, True], "sent_id": 0, "type": "x"}]]}, "True is not"),
        ({**DOCRED, "title": None}, "None is not the name of a document"),
        ({"tokens": ["Bob"]}, "none of the forms has the keys tokens"),
        (["Bob"], "none of the forms has such a row: ['Bob']"),
    ],
)
def test_a_bad_row_costs_itself(row: Any, problem: str, tmp_path: Path) -> None:
    write(tmp_path, SPERT, row, COTYPE)
    dropped: Counter[str] = Counter()
    assert [record.id for record in load_records("relations", tmp_path, dropped=dropped)] == ["train-1", "train-3"]
    assert dropped == {"cannot be read: a record does not have the form of its source": 1}
    message = read_error("relations", tmp_path)
    assert message.startswith(f"{tmp_path / 'train.json'}:2: ")
    assert problem in message


def test_a_broken_document_leaves_none_of_its_sentences(tmp_path: Path) -> None:
    broken = {"doc_key": "b", "sentences": [["Bob"], ["left"]], "ner": [[[0, 0, "person"]], [[5, 5, "person"]]]}
    write(tmp_path, SPERT, broken)
    assert [record.id for record in load_records("relations", tmp_path)] == ["train-1"]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw").mkdir()
    write(tmp_path / "raw", COTYPE, TACRED, SPERT)
    assert main(["sources", "check", str(tmp_path / "raw")]) == 0
    assert "rows in the form of CoType, TACRED, SpERT" in capsys.readouterr().out
    out = tmp_path / "built"
    assert main(["build", "ieinstruct", "mixture", "--data-dir", str(tmp_path / "raw"), "--out", str(out)]) == 0
    assert main(["build", "check", str(out)]) == 0
