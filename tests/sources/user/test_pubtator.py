"""Documents of users' own in PubTator and BioC."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.records import Mention, Relation
from adelie_hf.sources import find_sources, load_records
from adelie_hf.sources.inventory import take_inventory
from adelie_hf.sources.readers.drop_reasons import RELATION_LACKS_MENTION
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from tests.sources.helpers import NATIVE, categories, read_error

ARTICLE = "1|t|Bob owns Acme.\n1|a|Acme pays.\n1\t0\t3\tBob\tperson\tP1\n1\t9\t13\tAcme\tfirm\tF1\n1\towns\tP1\tF1\n"
BIOC = json.loads((NATIVE / "pubtator/bioc-json/train.json").read_text())
XML = (NATIVE / "pubtator/bioc/train.xml").read_text()


def at(text: str, start: int, type: str) -> Mention:
    return Mention(text, ((start, start + len(text)),), type)


def write(folder: Path, content: str, file: str = "train.pubtator") -> Path:
    (folder / file).write_text(content, encoding="utf-8")
    return folder


def test_pubtator() -> None:
    first, empty, test = load_records("pubtator", NATIVE / "pubtator/pubtator")
    assert (first.id, first.group) == ("train-1", "7")
    assert first.text == "Ida owns Acme.\nAcme Inc pays Ida Lee."
    ida, acme = at("Ida", 0, "person"), at("Acme", 9, "firm")
    assert first.mentions == (ida, acme, at("Acme Inc", 15, "firm"), at("Ida Lee", 29, "person"))
    # A relation holds between concepts: head and tail are the first mentions of them.
    assert first.relations == (Relation(ida, "owns", acme), Relation(acme, "pays", ida))
    assert {task: categories(first, task) for task in first.schemas} == {
        "ner": ["firm", "person"],
        "re": ["owns", "pays"],
    }
    assert (empty.id, empty.group, empty.text, empty.mentions) == ("train-10", "x-8", "Nothing.", ())
    assert test.mentions == (at("Bo", 0, "person"), at("Acme", 17, "firm"))
    assert test.relations == ()  # no mention has its concept


def test_bioc_in_xml() -> None:
    (record,) = load_records("pubtator", NATIVE / "pubtator/bioc")
    assert (record.group, record.text) == ("7", "Ida & Bo own Acme.\nIt pays Ida.")
    ida, acme = at("Ida", 0, "person"), at("Acme", 13, "firm")
    assert record.mentions == (ida, acme, at("Ida", 27, "person"))
    assert record.relations == (Relation(ida, "owns", acme), Relation(acme, "pays", ida))


def test_bioc_in_json() -> None:
    (record,) = load_records("pubtator", NATIVE / "pubtator/bioc-json")
    ida, acme = at("Ida", 0, "person"), at("Acme", 9, "firm")
    shoes = Mention("left shoes", ((15, 19), (30, 35)), "thing")
    assert record.text == "Ida owns Acme.\nleft and right shoes"
    assert (record.mentions, record.relations) == ((ida, acme, shoes), (Relation(ida, "owns", acme),))


@pytest.mark.parametrize("file", ["train.txt", "Train.PubTator", "x.train.pubtator", "train/a.txt"])
def test_names_of_files(file: str, tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    assert list(find_sources(write(tmp_path, ARTICLE, file))) == ["pubtator"]


def test_bc5cdr_stays_bc5cdr() -> None:
    for layout in ("pubtator", "bioc"):
        assert list(find_sources(NATIVE / "bc5cdr" / layout)) == ["bc5cdr"]


def test_the_sample_of_bc5cdr_is_no_set_of_ones_own(tmp_path: Path) -> None:
    write(tmp_path, ARTICLE, "CDR_sample.PubTator.txt")
    write(tmp_path, XML, "CDR_sample.BioC.xml")
    assert {inventory.state for inventory in take_inventory(tmp_path, ("pubtator",))} == {"absent"}


def test_articles_need_no_blank_line_between_them(tmp_path: Path) -> None:
    write(tmp_path, ARTICLE + ARTICLE.replace("1|", "a-2|").replace("1\t", "a-2\t"))
    assert [record.group for record in load_records("pubtator", tmp_path)] == ["1", "a-2"]


@pytest.mark.parametrize(
    ("unit", "start"),
    [("UTF-16 units", 6), ("bytes", 8)],
)
def test_units_are_found_out_by_the_surfaces(unit: str, start: int, tmp_path: Path) -> None:
    write(tmp_path, f"1|t|😀 by Bob\n1|a|\n1\t{start}\t{start + 3}\tBob\tperson\tP1\n")
    (record,) = load_records("pubtator", tmp_path)
    assert record.mentions == (at("Bob", 5, "person"),)
    (inventory,) = take_inventory(tmp_path, ("pubtator",))
    assert inventory.splits["train"].noted == {f"documents with offsets that count {unit}": 1}


def test_the_categories_are_those_of_the_training_files(tmp_path: Path) -> None:
    write(tmp_path, ARTICLE)
    write(tmp_path, ARTICLE.replace("person", "robot") + "1\teats\tF1\tF1\n", "test.pubtator")
    dropped: Counter[str] = Counter()
    (record,) = load_records("pubtator", tmp_path, "test", dropped)
    assert ([mention.text for mention in record.mentions], record.relations) == (["Acme"], ())
    assert dropped == {UNSEEN_CATEGORY: 2, RELATION_LACKS_MENTION: 1}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("\t0\t3\t", "\t0\t4\t", "the text at [0, 4) is 'Bob ', not 'Bob'"),
        ("\t0\t3\tBob", "\t0\t4\tEve", "the text at [0, 4) is 'Bob ', not 'Eve'"),
        ("\t9\t13\t", "\t9\t99\t", "offsets [9, 99) lie outside a text of 25 characters"),
        ("\t9\t13\t", "\t-9\t13\t", "offsets [-9, 13) lie outside a text of 25 characters"),
        ("1\t0\t3", "2\t0\t3", "line 9 is neither a mention nor a relation of article '1'"),
        ("1\towns\tP1\tF1", "1\towns", "line 11 is neither"),
        ("\tperson", "\t ", "' ' is not a label"),
        ("1|t|", "|t|", "line 7 is not the title of an article: '|t|Bob owns Acme.'"),
    ],
)
def test_a_bad_article_costs_itself(old: str, new: str, problem: str, tmp_path: Path) -> None:
    assert old in ARTICLE
    if new == "\t0\t4\t":  # white space at the end is cut
        write(tmp_path, ARTICLE.replace(old, new))
        (record,) = load_records("pubtator", tmp_path)
        assert record.mentions[0] == at("Bob", 0, "person")
        return
    write(tmp_path, f"{ARTICLE}\n{ARTICLE.replace(old, new)}\n{ARTICLE}")
    dropped: Counter[str] = Counter()
    records = list(load_records("pubtator", tmp_path, dropped=dropped))
    assert [record.id for record in records] == ["train-1", "train-13"]
    assert dropped == {"cannot be read: a record does not have the form of its source": 1}
    message = read_error("pubtator", tmp_path)
    assert message.startswith(f"{tmp_path / 'train.pubtator'}:7: ")
    assert problem in message


def test_an_article_that_is_not_text_costs_itself(tmp_path: Path) -> None:
    article = ARTICLE.encode()
    (tmp_path / "train.pubtator").write_bytes(article + b"\n" + article.replace(b"pays", b"p\xe9ys") + b"\n" + article)
    dropped: Counter[str] = Counter()
    assert [record.id for record in load_records("pubtator", tmp_path, dropped=dropped)] == ["train-1", "train-13"]
    assert dropped == {"cannot be read: a line is not UTF-8 text": 1}
    assert "train.pubtator:8: not UTF-8" in read_error("pubtator", tmp_path)


def bioc(change: Any) -> str:
    document = json.loads(json.dumps(BIOC))
    change(document["documents"][0])
    document["documents"].insert(0, BIOC["documents"][0])
    return json.dumps(document)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda d: d["passages"][0]["annotations"][0].update(text="Eve"),
            "in the passage at 0, the text at [0, 3) is",
        ),
        (lambda d: d["passages"][0]["annotations"][0].update(locations=[]), "an annotation has no location"),
        (lambda d: d["passages"][0]["annotations"][0]["infons"].pop("type"), "the field 'type' is missing"),
        (lambda d: d["passages"][0].update(offset="x"), "'x' is not an offset"),
        (lambda d: d["passages"][0].update(text=3, annotations=[]), "a value has another type"),
        (lambda d: d.pop("id"), "None is not the name of a document"),
    ],
)
def test_a_bad_document_costs_itself(change: Any, problem: str, tmp_path: Path) -> None:
    write(tmp_path, bioc(change), "train.json")
    dropped: Counter[str] = Counter()
    assert [record.id for record in load_records("pubtator", tmp_path, dropped=dropped)] == ["train-1"]
    assert dropped == {"cannot be read: a record does not have the form of its source": 1}
    message = read_error("pubtator", tmp_path)
    assert message.startswith(f"{tmp_path / 'train.json'}, record 2: ")
    assert problem in message


def test_relations_of_bioc_that_are_left_out(tmp_path: Path) -> None:
    nodes = [{"refid": id, "role": ""} for id in ("1", "2", "3")]
    relations = [
        {"infons": {"type": "owns"}, "nodes": nodes[:2]},
        {"infons": {"type": "owns"}, "nodes": nodes},
        {"infons": {}, "nodes": nodes[:2]},
        {"infons": {"type": "owns"}, "nodes": [nodes[0], {"refid": "R1"}]},
        {"infons": {"type": "owns", "entity1": "P1", "entity2": "-1"}, "nodes": []},
    ]
    document = {**BIOC["documents"][0], "relations": relations}
    write(tmp_path, json.dumps([document]), "train.json")
    dropped: Counter[str] = Counter()
    (record,) = load_records("pubtator", tmp_path, dropped=dropped)
    assert [(r.head.text, r.tail.text) for r in record.relations] == [("Ida", "Acme")]
    assert dropped == {"a relation does not have two ends and a type": 2, RELATION_LACKS_MENTION: 2}


def test_annotations_beside_the_passages_and_ids_that_occur_twice(tmp_path: Path) -> None:
    document = json.loads(json.dumps(BIOC["documents"][0]))
    document["annotations"] = document["passages"][1].pop("annotations")
    document["annotations"][0]["id"] = "2"
    write(tmp_path, json.dumps([document]), "train.json")
    dropped: Counter[str] = Counter()
    (record,) = load_records("pubtator", tmp_path, dropped=dropped)
    assert [mention.text for mention in record.mentions] == ["Ida", "Acme", "left shoes"]
    assert (record.relations, dropped) == ((), {RELATION_LACKS_MENTION: 1})


def test_a_passage_may_begin_where_the_one_before_it_ends(tmp_path: Path) -> None:
    """As in BC5CDR, whose files count `&apos;` as six characters in the offsets of passages."""
    (record,) = load_records("pubtator", write(tmp_path, XML.replace("<offset>19<", "<offset>24<"), "train.xml"))
    assert [mention.text for mention in record.mentions] == ["Ida", "Acme", "Ida"]
    assert "not well-formed XML" in read_error(
        "pubtator", write(tmp_path, XML.replace("</document>", ""), "train.xml")
    )
