"""Exact records of the readers of relations on small files in the native layouts."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.errors import InputError
from adelie_hf.queries import queries
from adelie_hf.records import Mention, Record
from adelie_hf.sources import find_sources, get_source, load_records
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.sources.readers.offsets import DocumentText, locate_surface, occurrences
from tests.sources.helpers import NATIVE

LAYOUTS = (
    *(("tacred", layout) for layout in ("native", "opennre")),
    *(("semeval2010-task8", layout) for layout in ("native", "opennre")),
    *(("fewrel", layout) for layout in ("native", "pubmed")),
    *(("scierc", layout) for layout in ("native", "dygie", "spert")),
    *(("nyt11", layout) for layout in ("hrl", "cotype")),
    *(("ade", layout) for layout in ("effects", "doses", "negatives")),
    ("matres", "native"),
    ("maven-ere", "native"),
    *(("maven-arg", layout) for layout in ("native", "tokens")),
    ("iepile", "native"),
)


def load(name: str, layout: str, dropped: Counter[str] | None = None) -> list[Record]:
    return list(load_records(name, NATIVE / name / layout, dropped=dropped))


def answers(records: list[Record], task: str) -> list[list[tuple]]:
    return [list(query.answer) for record in records for query in queries(record, task)]


def at(text: str, start: int, type: str = "") -> Mention:
    """Return a mention that begins at `start`."""
    return Mention(text, ((start, start + len(text)),), type)


# ---- all layouts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_layouts_are_recognised_by_content(name: str, layout: str) -> None:
    """Many data sets have a `train.json`; each of these folders is recognised as one data set and layout."""
    discovered = find_sources(NATIVE / name / layout)
    assert list(discovered) == [name]
    assert {split.layout for split in discovered[name].splits.values()} == {layout}
    assert not discovered[name].skipped


@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_labels_and_groups(name: str, layout: str) -> None:
    records = load(name, layout)
    assert records
    assert len({record.id for record in records}) == len(records)
    for record in records:
        assert record.source == name
        assert record.group
        assert set(record.schemas) <= set(get_source(name).tasks)
        for task, schema in record.schemas.items():
            categories = [label.name for label in schema]
            assert len(set(categories)) == len(categories) > 0
            assert all(label.raw for label in schema)
            if task in ("re", "rc", "ere"):
                assert {relation.type for relation in record.relations} <= set(categories)
            if task == "ner":
                assert {mention.type for mention in record.mentions} <= set(categories)


@pytest.mark.parametrize(
    ("name", "task", "number"),
    [
        ("tacred", "rc", 41),  # and no_relation
        ("semeval2010-task8", "rc", 18),
        ("fewrel", "rc", 10),
        ("nyt11", "re", 24),
        ("ade", "ner", 2),
        ("ade", "re", 1),
        ("matres", "ere", 4),
        ("maven-ere", "ere", 10),
    ],
)
def test_every_label_is_defined(name: str, task: str, number: int) -> None:
    schema = load_schemas(name)[task]
    assert len(schema) == number
    assert all(20 < len(label.definition) < 120 or name in ("ade", "maven-ere") for label in schema)
    assert len({label.definition for label in schema}) == number


# ---- helpers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "surface", "start"),
    [
        ("Annual Ann", "Ann", 7),
        ("Ann and Ann", "Ann", None),
        ("Annual", "Ann", None),
        ("Ann's", "Ann", 0),
        ("X-Ann-Y", "Ann", 2),
        ("(5 mg)", "5 mg", 1),
        ("15 mg", "5 mg", None),
        ("naïveté", "naïve", None),
        ("李明住在北京。", "北京", 4),
        ("北京北京", "北京", None),
        ("iPhone手机", "iPhone", 0),
        ("aXa", "b", None),
        ("\U0001f600 Ann", "Ann", 2),
    ],
)
def test_locate_surface(text: str, surface: str, start: int | None) -> None:
    mention = locate_surface(text, surface, "x")
    assert mention == (Mention(surface, (), "x") if start is None else at(surface, start, "x"))


def test_occurrences() -> None:
    assert list(occurrences("aaa b aa", "aa")) == [0, 1, 6]
    with pytest.raises(ValueError, match="empty"):
        list(occurrences("aaa", ""))


def test_document_text() -> None:
    text = DocumentText([["A", "b"], [], ["c", "dd"]])
    assert text.text == "A b c dd"
    assert text.mention_in_sentence(2, 1, 2) == at("dd", 6)
    for sentence_start_end in ((2, 0, 3), (0, 0, 3), (1, 0, 1), (3, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 1, 1)):
        with pytest.raises(ValueError, match="lie[s]? outside"):
            text.mention_in_sentence(*sentence_start_end)


# ---- TACRED ---------------------------------------------------------------------------------------


def test_tacred() -> None:
    first, second, third, test = load("tacred", "native")
    assert [(r.id, r.split, r.group) for r in (first, second, third, test)] == [
        ("a1", "train", "D1"),
        ("a2", "train", "D1"),
        ("a3", "train", "D2"),
        ("b1", "test", "D3"),
    ]
    assert first.text == "Ana Ruiz left Lima , where Ana was born ."
    assert first.pairs == ((at("Ana Ruiz", 0, "person"), at("Lima", 14, "city")),)
    assert second.pairs == ((at("Ana", 27, "person"), at("Lima", 14, "state or province")),)
    assert third.pairs == ((at("Rail -LRB- North -RRB-", 17, "organization"), at("Bo", 11, "person")),)
    assert answers([first, second, third, test], "rc") == [
        [("Ana Ruiz", "person city of birth", "Lima")],
        [],
        [("Rail -LRB- North -RRB-", "organization top member or employee", "Bo")],
        [("Bo", "person age", "9")],
    ]
    raw = {label.name: label.raw for label in first.schemas["rc"]}
    assert raw["person city of birth"] == "per:city_of_birth"
    assert raw["organization top member or employee"] == "org:top_members/employees"
    assert "no_relation" not in raw.values()


def test_tacred_opennre() -> None:
    first, second, third = load("tacred", "opennre")
    assert [(r.id, r.split) for r in (first, second, third)] == [
        ("train-1", "train"),
        ("train-3", "train"),
        ("validation-1", "validation"),
    ]
    assert first.text == first.group == "Bo leads Rail North ."
    assert first.pairs == ((at("Rail North", 9, "organization"), at("Bo", 0, "person")),)
    assert second.pairs == ((at("Bo", 7), at("Bo", 0)),)
    assert answers([first, second], "rc") == [[("Rail North", "organization top member or employee", "Bo")], []]


# ---- SemEval-2010 Task 8 --------------------------------------------------------------------------


def test_semeval() -> None:
    first, second, third, test = load("semeval2010-task8", "native")
    assert [(r.id, r.split) for r in (first, second, third, test)] == [
        ("1", "train"),
        ("2", "train"),
        ("3", "train"),
        ("8001", "test"),
    ]
    assert first.text == "The rain came with a flood."
    assert first.pairs == ((at("rain", 4), at("flood", 21)),)
    # Quotes around the sentence are removed; (e2,e1) is a relation of its own with the first noun as head.
    assert second.text == 'A burn of a burn, from the "hot" stove.'
    assert second.pairs == ((at("burn", 2), at("stove", 33)),)
    assert second.relations[0].head == at("burn", 2)
    assert third.text == "Cups, and cups of tea"
    assert third.pairs == ((at("Cups", 0), at("cups of tea", 10)),)
    assert test.text == "The “naïve” crate of \U0001f34e."
    assert answers([first, second, third, test], "rc") == [
        [("rain", "cause and effect", "flood")],
        [("burn", "effect and cause", "stove")],
        [],
        [("naïve", "content and container", "crate")],
    ]
    assert [label.raw for label in first.schemas["rc"]][:2] == ["Cause-Effect(e1,e2)", "Cause-Effect(e2,e1)"]


def test_semeval_opennre() -> None:
    records = load("semeval2010-task8", "opennre")
    assert answers(records, "rc") == [
        [("keys", "component and whole", "piano")],
        [("piano", "whole and component", "black keys")],
        [],
    ]
    assert records[1].pairs == ((at("piano", 2), at("black keys", 12)),)


def test_semeval_in_the_folders_of_the_release(tmp_path: Path) -> None:
    native = NATIVE / "semeval2010-task8/native"
    for name, folder in (
        ("TRAIN_FILE.TXT", "SemEval2010_task8_training"),
        ("TEST_FILE_FULL.TXT", "SemEval2010_task8_testing_keys"),
    ):
        (tmp_path / folder).mkdir()
        shutil.copy(native / name, tmp_path / folder)
    assert list(load_records("semeval2010-task8", tmp_path)) == load("semeval2010-task8", "native")


def test_semeval_reads_tags_in_either_order(tmp_path: Path) -> None:
    (tmp_path / "TRAIN_FILE.TXT").write_text('1\t"<e2>A</e2> of <e1>b</e1>"\nCause-Effect(e1,e2)\n')
    (record,) = load_records("semeval2010-task8", tmp_path)
    assert record.pairs == ((at("b", 5), at("A", 0)),)


# ---- FewRel ---------------------------------------------------------------------------------------


def test_fewrel_keeps_all_mentions() -> None:
    first, *_ = load("fewrel", "native")
    assert first.mentions == (at("Ann Lee", 0), at("Ghent", 18), at("Ghent", 32))
    assert first.pairs == ((at("Ann Lee", 0), at("Ghent", 18)),)


def test_fewrel_pubmed() -> None:
    first, second = load("fewrel", "pubmed")
    assert (first.id, first.split, first.text) == (
        "validation-occurs_in-0",
        "validation",
        "sepsis in foals is not sepsis in cows",
    )
    assert first.pairs == ((at("foals", 10), at("sepsis", 23)),)  # the first one in the list
    assert first.mentions == (at("foals", 10), at("sepsis", 23), at("sepsis", 0))
    assert answers([first, second], "rc") == [
        [("foals", "occurs in", "sepsis")],
        [("red pills", "ingredient of", "iron")],
    ]
    assert [(label.raw, bool(label.definition)) for label in second.schemas["rc"]] == [
        ("occurs_in", True),
        ("ingredient_of", True),
    ]


# ---- SciERC ---------------------------------------------------------------------------------------


def test_scierc_dygie() -> None:
    first, second, third, fourth = load("scierc", "dygie")
    assert [(r.id, r.group, r.split) for r in (first, second, third, fourth)] == [
        ("D1-0", "D1", "train"),
        ("D1-1", "D1", "train"),
        ("D2-0", "D2", "train"),
        ("D3-0", "D3", "validation"),
    ]
    assert second.mentions == (at("Trees of nets", 0, "method"), at("nets", 9, "method"))
    assert answers([first, second, third], "re") == [
        [("Nets", "compare", "trees")],
        [("nets", "part of", "Trees of nets")],
        [],
    ]


def test_scierc_spert() -> None:
    first, second = load("scierc", "spert")
    assert (first.id, first.split, first.text, second.id) == ("s1", "train", "Nets use nets for text .", "s2")
    assert first.mentions == (at("nets", 9, "method"), at("text", 18, "material"), at("Nets", 0, "method"))
    assert [(r.head, r.type, r.tail) for r in first.relations] == [
        (at("nets", 9, "method"), "used for", at("text", 18, "material")),
        (at("nets", 9, "method"), "used for", at("Nets", 0, "method")),
    ]
    assert answers([second], "re") == [[]]


# ---- NYT11 ----------------------------------------------------------------------------------------


def test_nyt11_hrl() -> None:
    first, second, third = load("nyt11", "hrl")
    assert (first.id, first.text) == ("train-1", "Lima is where Ana Ruiz of Lima lives .")
    # The tags determine which Lima is meant; without them it has no offsets.
    assert [(r.head, r.tail) for r in first.relations] == [
        (at("Ana Ruiz", 14), at("Lima", 26)),
        (at("Ana Ruiz", 14), Mention("Lima")),
    ]
    assert [(r.head, r.tail) for r in second.relations] == [(at("Peru", 0), at("New Lima", 23))]
    assert answers([first, second, third], "re") == [
        [("Ana Ruiz", "place lived", "Lima"), ("Ana Ruiz", "nationality", "Lima")],
        [("Peru", "location contains", "New Lima")],
        [],
    ]
    assert {label.name: label.raw for label in first.schemas["re"]}["place lived"] == "/people/person/place_lived"


def test_nyt11_cotype() -> None:
    first, second, test = load("nyt11", "cotype")
    assert (first.id, first.group, first.text) == (
        "train-1",
        "a/1.xml",
        "Annual talks took Ann from Oslo , Norway , to York , not New York .",
    )
    assert first.mentions == (
        at("Ann", 18, "person"),
        at("Oslo", 27, "location"),
        at("Norway", 34, "location"),
        Mention("York", (), "location"),  # it occurs twice
    )
    assert answers([first], "re") == [
        [
            ("Norway", "location contains", "Oslo"),
            ("Norway", "capital of country", "Oslo"),
            ("Ann", "place lived", "York"),
        ]
    ]
    assert (second.mentions, second.relations) == ((at("Ana Ruiz", 7),), ())  # "Bo Li" is not in the text
    assert (test.split, test.relations, test.mentions) == ("test", (), (Mention("Bo"),))  # twice
    assert not test.relations


def test_nyt11_drops_are_counted() -> None:
    dropped: Counter[str] = Counter()
    load("nyt11", "cotype", dropped)
    assert dropped == {"a mention is not in the text": 1, "a relation has a mention that was dropped": 1}


# ---- ADE ------------------------------------------------------------------------------------------


def test_ade() -> None:
    dropped: Counter[str] = Counter()
    first, second, third = load("ade", "effects", dropped)
    assert [(r.id, r.group) for r in (first, second, third)] == [("101-1", "101"), ("101-3", "101"), ("202-4", "202")]
    assert first.text == "Rash after rashin: severe rash."
    assert first.mentions == (
        at("rashin", 11, "drug"),
        at("severe rash", 19, "adverse effect"),
        at("rash", 26, "adverse effect"),
    )
    assert third.mentions == (at("zinoxin", 8, "drug"), at("zinoxin-induced cough", 8, "adverse effect"))
    assert answers([first, second, third], "re") == [
        [("rash", "adverse effect of", "rashin"), ("severe rash", "adverse effect of", "rashin")],
        [("Fever", "adverse effect of", "zinoxin")],
        [("zinoxin-induced cough", "adverse effect of", "zinoxin")],
    ]
    assert dropped == {"the offsets match no position of the sentence, or several": 1}


def test_ade_doses() -> None:
    (record,) = load("ade", "doses")
    assert record.mentions == (at("5 mg", 9, "dose"), at("zinoxin", 17, "drug"))
    assert answers([record], "re") == [[("5 mg", "dose of", "zinoxin")]]


def test_ade_negatives() -> None:
    first, second = load("ade", "negatives")
    assert (first.id, first.group, first.text) == ("101-1", "101", "No NEG rash was seen.")
    assert second.text == "All went well (4 x 5 g/m2)."
    assert answers([first, second], "re") == [[], []]
    assert set(first.schemas) == {"re"}  # their drugs are not annotated


def test_ade_reads_effects_if_all_three_files_exist(tmp_path: Path) -> None:
    for file in sorted((NATIVE / "ade").glob("*/*")):
        shutil.copy(file, tmp_path)
    discovered = find_sources(tmp_path)["ade"]
    assert [file.name for file in discovered.splits["train"].files] == ["DRUG-AE.rel"]
    assert {file.name for file in discovered.skipped} == {"DRUG-DOSE.rel", "ADE-NEG.txt"}


# ---- MATRES ---------------------------------------------------------------------------------------


def test_matres() -> None:
    dropped: Counter[str] = Counter()
    second, first, test = load("matres", "native", dropped)
    assert [(r.id, r.group, r.split) for r in (first, second, test)] == [
        ("D1", "D1", "train"),
        ("D2", "D2", "train"),
        ("D3", "D3", "test"),
    ]
    assert first.text == "Bo said shares fell on\nMonday, & he sold."
    said, fell, sold = at("said", 3, "reporting"), at("fell", 15, "occurrence"), at("sold", 36, "i action")
    assert first.pairs == ((said, fell), (said, sold))
    assert first.mentions == (said, fell, sold)
    assert answers([first, second, test], "ere") == [
        [("said", "after", "fell")],
        [("said", "vague", "sold")],
        [("lost", "equal", "said")],
        [("won", "before", "lost")],
    ]
    assert [label.raw for label in first.schemas["ere"]] == ["BEFORE", "AFTER", "EQUAL", "VAGUE"]
    assert dropped == {
        "the TimeML file (.tml) of the document is missing below the folder of the annotation": 1,
        "a verb of a pair is not an event of the TimeML file, or both are the same event": 2,
    }


def test_matres_expands_no_entities(tmp_path: Path) -> None:
    shutil.copytree(NATIVE / "matres/native", tmp_path, dirs_exist_ok=True)
    timeml = tmp_path / "te3/D3.tml"
    content = timeml.read_text()
    for entity in ('<!ENTITY a "b">', '<!ENTITY a SYSTEM "/etc/passwd">'):
        timeml.write_text(f"<!DOCTYPE TimeML [{entity}]>{content.replace('They', '&a;')}")
        with pytest.raises(InputError, match=r"D3\.tml:1: declares entities"):
            list(load_records("matres", tmp_path, "test"))
    timeml.write_text(content.replace("</TEXT>", ""))
    with pytest.raises(InputError, match=r"D3\.tml:\d+: not well-formed XML"):
        list(load_records("matres", tmp_path, "test"))


# ---- MAVEN-ERE ------------------------------------------------------------------------------------


def test_maven_ere() -> None:
    (record,) = load("maven-ere", "native")
    assert record.text == "They attacked it in May . It fell apart and burned ."
    attacked, may = at("attacked", 5, "attack"), at("May", 20, "date")
    fell, burned = at("fell apart", 29, "destroying"), at("burned", 44, "destroying")
    assert record.mentions == (attacked, may, fell, burned)
    # All pairs of mentions are asked about, and a relation of two events holds for all of their mentions.
    assert record.pairs == (
        (attacked, may),
        (attacked, fell),
        (attacked, burned),
        (may, fell),
        (may, burned),
        (fell, burned),
    )
    assert answers([record], "ere") == [
        [("May", "contains", "attacked")],
        [("attacked", "before", "fell apart"), ("attacked", "cause", "fell apart")],
        [("attacked", "before", "burned"), ("attacked", "cause", "burned")],
        [],
        [],
        [("fell apart", "coreference", "burned")],
    ]


def test_maven_ere_relations_of_all_kinds(tmp_path: Path) -> None:
    """The same words as an event and as a time are two mentions; a document without mentions has no pairs."""

    def event(id: str, type: str, start: int, end: int) -> dict[str, Any]:
        return {"id": id, "type": type, "mention": [{"id": f"{id}m", "sent_id": 0, "offset": [start, end]}]}

    annotated = {
        "id": "d1",
        "tokens": [["The", "fall", "ended", "the", "war", "."]],
        "sentences": ["The fall ended the war."],
        "events": [event("E1", "Fall", 1, 2), event("E2", "War", 4, 5)],
        "TIMEX": [{"id": "T1", "type": "DATE", "sent_id": 0, "offset": [1, 2]}],
        "temporal_relations": {"ENDS-ON": [["E2", "E1"]], "SIMULTANEOUS": [["E1", "T1"]], "BEGINS-ON": [["E1", "E2"]]},
        "causal_relations": {"PRECONDITION": [["E2", "E1"]]},
        "subevent_relations": [["E2", "E1"]],
    }
    empty = {"id": "d2", "tokens": [["All", "quiet"]], "events": [], "TIMEX": []}
    no_relations: dict[str, Any] = {"temporal_relations": {}, "causal_relations": {}, "subevent_relations": []}
    lines = (json.dumps(document) for document in (annotated, annotated | empty | no_relations))
    (tmp_path / "valid.jsonl").write_text("\n".join(lines), encoding="utf-8")
    first, second = load_records("maven-ere", tmp_path)
    assert (first.split, first.mentions) == (
        "validation",
        (at("fall", 4, "fall"), at("fall", 4, "date"), at("war", 19, "war")),
    )
    assert answers([first], "ere") == [
        [("fall", "simultaneous", "fall")],
        [
            ("war", "ends on", "fall"),
            ("fall", "begins on", "war"),
            ("war", "precondition", "fall"),
            ("war", "subevent", "fall"),
        ],
        [],
    ]
    assert answers([second], "ere") == []


def test_maven_ere_drops_a_document_with_too_many_mentions(tmp_path: Path) -> None:
    line = (NATIVE / "maven-ere/native/train.jsonl").read_text(encoding="utf-8").splitlines()[0]
    mention = '{"id": "t1", "trigger_word": "attacked", "sent_id": 0, "offset": [1, 2]}'
    for number, kept in ((997, 1), (998, 0)):  # in addition to three others
        (tmp_path / "train.jsonl").write_text(line.replace(mention, ", ".join([mention] * number)))
        dropped: Counter[str] = Counter()
        assert sum(1 for _ in load_records("maven-ere", tmp_path, dropped=dropped)) == kept
        assert dropped.total() == 1 - kept


# ---- MAVEN-Arg ------------------------------------------------------------------------------------


def test_maven_arg() -> None:
    dropped: Counter[str] = Counter()
    first, second = load("maven-arg", "native", dropped)
    rebels, they, aden = at("Rebels", 0, "organization"), at("they", 27, "organization"), at("Aden", 12, "location")
    conquered = ((rebels, "attacker"), (they, "attacker"), (aden, "place"), (at("In Aden", 19), "place"))
    # Events are in the order of the text; all triggers of an event have its arguments.
    assert [(event.trigger, event.type, event.arguments) for event in first.events] == [
        (at("took", 7), "conquering", conquered),
        (at("held", 32), "conquering", conquered),
        (at("left", 53), "departing", ()),
    ]
    assert first.mentions == (rebels, they, aden)
    assert [(label.raw, label.roles) for label in first.schemas["eae"]] == [
        ("Conquering", ("attacker", "cause", "place")),
        ("Departing", ("agent",)),
    ]
    # The definitions are the published ones, or this library's if there are none.
    assert [(role.raw, role.definition) for label in first.schemas["eae"] for role in label.role_labels] == [
        ("Attacker", "who takes the place"),
        ("Cause", "why it happens"),
        ("Place", "what is taken"),
        ("Agent", "who or what does it"),
    ]
    # The roles are those of the training file.
    assert second.schemas == first.schemas
    assert answers([second], "eae") == [[("They", "agent")]]
    assert dropped == {"an event has a type or a role that the training file does not have": 1}


@pytest.mark.parametrize(
    "content", ["{}", "[1]", '[{"type": "Departing"}]', '[{"type": "a", "argument_role": {"b": 1}}]']
)
def test_maven_arg_with_wrong_definitions(content: str, tmp_path: Path) -> None:
    shutil.copytree(NATIVE / "maven-arg/native", tmp_path, dirs_exist_ok=True)
    (tmp_path / "English_EventSchema.json").write_text(content)
    with pytest.raises(InputError, match=r"English_EventSchema\.json: .*; download it again"):
        list(load_records("maven-arg", tmp_path))


def test_the_definitions_of_maven_arg_are_a_companion_file() -> None:
    train = find_sources(NATIVE / "maven-arg/native", ("maven-arg",))["maven-arg"].splits["train"]
    assert "English_EventSchema.json" in {file.name for file in train.companions}


def test_maven_arg_tokens() -> None:
    (record,) = load("maven-arg", "tokens")
    assert record.text == "Rebels took Aden . Then rebels held the port of Aden ."
    rebels = [(at("Rebels", 0, "organization"), "attacker"), (at("rebels", 24, "organization"), "attacker")]
    places = [(at("the port", 36), "place"), (Mention("Aden"), "place")]  # Aden occurs twice
    assert [(event.trigger, list(event.arguments)) for event in record.events] == [
        (at("took", 7), [*rebels, *places]),
        (at("held", 31), [*rebels, *places]),
    ]


# ---- IEPile ---------------------------------------------------------------------------------------


def test_iepile() -> None:
    english, chinese, empty, related, event = load("iepile", "native")
    assert (english.id, english.split, english.group) == ("train-1", "train", english.text)
    assert english.mentions == (at("Ann", 0, "person"), at("New York", 32, "place"), Mention("York", (), "place"))
    assert [label.name for label in english.schemas["ner"]] == ["person", "place"]
    assert chinese.mentions == (at("李明", 0, "person"), at("北京", 4, "place"))
    assert answers([empty], "ner") == [[]]
    assert set(related.schemas) == {"re"}
    assert answers([related], "re") == [[("Ann", "lives in", "York"), ("Bo", "lives in", "Old York")]]
    assert related.relations[1].tail == at("Old York", 25)
    assert [(label.name, label.roles) for label in event.schemas["ee"]] == [("meet", ("who", "where")), ("rest", ())]
    assert answers([event], "ee") == [
        [("met", "meet", (("Bo", "who"), ("Ann", "who"), ("Lima", "where"))), ("slept", "rest", ())]
    ]
    assert event.events[0].trigger == at("met", 3)


def test_what_a_row_of_iepile_has_and_its_text_has_not(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('["person"]\n["knows"]\n{"meet": ["who"]}\n')
    row = {
        "text": "Bo met Li",
        "entity": [{"entity": name, "entity_type": "person"} for name in ("Bo", "Bö")],
        "relation": [{"head": "Bo", "relation": "knows", "tail": name} for name in ("Li", "Lï")],
        "event": [
            {
                "event_trigger": trigger,
                "event_type": "meet",
                "arguments": [{"argument": name, "role": "who"} for name in ("Bo", "Bö")],
            }
            for trigger in ("met", "mets")
        ],
    }
    (tmp_path / "train.json").write_text(json.dumps(row))
    dropped: Counter[str] = Counter()
    (record,) = load_records("iepile", tmp_path, dropped=dropped)
    assert answers([record], "ner") == [[("Bo", "person")]]
    assert answers([record], "re") == [[("Bo", "knows", "Li")]]
    assert answers([record], "ee") == [[("met", "meet", (("Bo", "who"),))]]
    assert dropped == {
        "a mention is not in the text": 1,
        "a relation has a mention that was dropped": 1,
        "an argument has a mention that was dropped": 1,
        "an event has a trigger that was dropped": 1,
    }


@pytest.mark.parametrize(
    "content", ["", "[]\n", "[]\n[]\n[]\n", '["a"]\n"b"\n{}\n', "[1]\n[]\n{}\n", '[]\n[]\n{"a": 3}\n']
)
def test_iepile_with_a_wrong_schema(content: str, tmp_path: Path) -> None:
    shutil.copy(NATIVE / "iepile/native/train.json", tmp_path)
    (tmp_path / "schema.json").write_text(content)
    with pytest.raises(InputError, match=r"schema\.json: (not three lines|the file is empty).*; "):
        list(load_records("iepile", tmp_path))
    (tmp_path / "schema.json").unlink()
    with pytest.raises(InputError, match=r"schema\.json: missing; write the types"):
        list(load_records("iepile", tmp_path))


# ---- faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "problem"),
    [
        ("tacred/native/train.json", "per:city_of_birth", "per:shoe_size", ", record 1: ", "'per:shoe_size'"),
        ("tacred/native/train.json", '"subj_end": 6', '"subj_end": 10', ", record 2: ", "token offsets [6, 11)"),
        ("tacred/native/train.json", '"obj_start": 3', '"obj_start": -1', ", record 1: ", "token offsets [-1, 4)"),
        ("tacred/native/train.json", '"docid": "D1", ', "", ", record 1: ", "the field 'docid' is missing"),
        ("tacred/opennre/train.txt", '"pos": [2, 4]', '"pos": [2, 6]', ":1: ", "token offsets [2, 6)"),
        ("tacred/opennre/train.txt", '"pos": [2, 4]', '"pos": [2]', ":1: ", "a list another length"),
        ("semeval2010-task8/native/TRAIN_FILE.TXT", "</e2>", "", ":1: ", "does not contain the tags"),
        ("semeval2010-task8/native/TRAIN_FILE.TXT", "(e2,e1)", "(e2)", ":5: ", "'Cause-Effect(e2)' is neither"),
        ("semeval2010-task8/native/TRAIN_FILE.TXT", "Cause-Effect(e2", "Cause(e2", ":5: ", "'Cause(e2,e1)' is nei"),
        ("semeval2010-task8/native/TRAIN_FILE.TXT", "\r\n\r\n", "\r\n", ":1: ", "not a number"),
        ("semeval2010-task8/native/TRAIN_FILE.TXT", "<e1>rain</e1>", "<e1></e1>", ":1: ", "offsets [4, 4)"),
        ("fewrel/pubmed/val_pubmed.json", "occurs_in", "occurs_at", ": ", "its relation 'occurs_at' is not one of"),
        ("scierc/spert/scierc_train.json", '"head": 0', '"head": -1', ", record 1: ", "position -1"),
        ("scierc/spert/scierc_train.json", "Used-for", "USED-FOR", ", record 1: ", "'USED-FOR' is not one"),
        ("scierc/spert/scierc_train.json", '"end": 3', '"end": 7', ", record 1: ", "token offsets [2, 7)"),
        ("scierc/dygie/train.json", "[6, 6, 4, 6,", "[6, 6, 4, 9,", ":1: ", "token offsets [0, 6)"),
        ("nyt11/hrl/train.json", "/people/person/place_lived", "/people/x", ":1: ", "'/people/x' is not one of"),
        ("nyt11/hrl/train.json", ', "tags": [4, 0, 6, 0, 5, 2, 0]', "", ":2: ", "the field 'tags' is missing"),
        ("nyt11/hrl/train.json", "[4, 0, 6, 0, 5, 2, 0]", "[4, 0, 6, 0, 5, 2, 0, 5]", ":2: ", "token offsets [7, 8)"),
        ("nyt11/cotype/train.json", '"em1Text": "Bo Li"', '"em1Text": ""', ":2: ", "a mention is empty)"),
        ("ade/effects/DRUG-AE.rel", "|111|117\n101|F", "|111\n101|F", ":2: ", "not a PMID, a sentence"),
        ("ade/effects/DRUG-AE.rel", "|119|", "|-19|", ":2: ", "not a PMID, a sentence"),
        ("ade/effects/DRUG-AE.rel", "|0|5|zin", "|0|6|zin", ":3: ", "'Fever' does not have the length"),
        ("ade/negatives/ADE-NEG.txt", "404 NEG", "404", ":2: ", "not a PMID, NEG"),
        ("matres/native/platinum.txt", "\t9\tBEFORE", "\t9", ":2: ", "not a document, two verbs"),
        ("matres/native/platinum.txt", "\t3\tBEFORE", "\t3\tNEVER", ":1: ", "'NEVER' is not one of"),
        ("maven-ere/native/train.jsonl", '"sent_id": 1', '"sent_id": 2', ":1: ", "position 2"),
        ("maven-arg/native/train.jsonl", "[53, 57]", "[53, 61]", ":1: ", "offsets [53, 61) lie outside"),
        ("maven-arg/native/train.jsonl", "[53, 57]", "[52, 56]", ":1: ", "mention 'left'"),
        ("maven-arg/native/train.jsonl", '"entity_id": "N2"', '"entity_id": "N3"', ":1: ", "'N3' is not one of N1"),
        ("maven-arg/native/train.jsonl", '"type": "Departing"', '"type": 3', ":1: ", "not a document of MAVEN-Arg"),
        ("maven-arg/tokens/train.jsonl", '"offset": [2, 3]', '"offset": [2, 9]', ":1: ", "token offsets"),
        ("iepile/native/train.json", ', "entity": []', "", ":3: ", "a row has none of the fields"),
    ],
)  # fmt: skip
def test_a_fault_is_reported_with_its_place(
    file: str, old: str, new: str, place: str, problem: str, tmp_path: Path
) -> None:
    shutil.copytree((NATIVE / file).parent, tmp_path, dirs_exist_ok=True)
    broken = tmp_path / Path(file).name
    content = broken.read_bytes()
    assert old.encode() in content
    broken.write_bytes(content.replace(old.encode(), new.encode(), 1))
    with pytest.raises(InputError) as caught:
        list(load_records(file.split("/")[0], tmp_path, strict=True))
    message = str(caught.value)
    assert message.startswith(f"{broken}{place}")
    assert problem in message
    assert "\n" not in message
    assert ";" in message


@pytest.mark.parametrize(("name", "layout"), LAYOUTS)
def test_a_truncated_file(name: str, layout: str, tmp_path: Path) -> None:
    """Reading a truncated file raises an error, or yields records of the complete file; mentions are correct."""
    complete: dict[str, Any] = {record.id: record for record in load(name, layout)}
    for file in sorted((NATIVE / name / layout).rglob("*.*")):
        shutil.copytree(NATIVE / name / layout, tmp_path, dirs_exist_ok=True)
        content = file.read_bytes()
        for end in range(0, len(content), max(1, len(content) // 40)):
            (tmp_path / file.relative_to(NATIVE / name / layout)).write_bytes(content[:end])
            try:
                for record in load_records(name, tmp_path):
                    assert record.id in complete
                    assert complete[record.id].text.startswith(record.text)
            except InputError as error:
                assert str(tmp_path) in str(error)
