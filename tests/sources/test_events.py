"""Exact records of the readers of events on small files in the native layouts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.queries import queries
from adelie_hf.records import Event, Mention, Record
from adelie_hf.sources import find_sources, load_records
from adelie_hf.sources.label_sets import load_schemas
from tests.sources.helpers import NATIVE, read_error

Lay = Callable[..., Path]

OTHER_SENTENCE = "an argument is in another sentence than its trigger"
UNKNOWN_ROLE = "an argument has a role that its event type does not have"
NO_MENTION = "an argument has a mention that was dropped"
OTHER_WORDS = "the text at the offsets of a span differs from the recorded words"
OUTSIDE_SENTENCE = "a span crosses sentences or lies outside of the text"


def load(layout: str, folder: Path | None = None) -> tuple[list[Record], Counter[str]]:
    dropped: Counter[str] = Counter()
    return list(load_records(layout.partition("/")[0], folder or NATIVE / layout, dropped=dropped)), dropped


def at(text: str, start: int, type: str = "") -> Mention:
    return Mention(text, ((start, start + len(text)),), type)


# ---- ACE 2005 -------------------------------------------------------------------------------------


def test_ace() -> None:
    """Offsets skip tags and count all characters of `&amp;`; line ends within a sentence become spaces."""
    records, dropped = load("ace2005/native")
    assert [(record.id, record.split, record.group, record.text) for record in records] == [
        ("X_1-0", "train", "X_1", "Gen. Ann Lee, head of Smith & Co., was jailed in Ghent on Monday."),
        ("X_1-1", "train", "X_1", "Rebels attacked the town."),
        ("X_1-2", "train", "X_1", "They attacked again."),
        ("X_1-3", "train", "X_1", "Bo met her and then met Cy"),
        ("X_2-0", "test", "X_2", "it rained all day"),
    ]
    first, second, third, fourth, without_annotation = records
    ann, ghent = at("Ann Lee", 5, "person"), at("Ghent", 49, "geopolitical entity")
    head, smith = at("head", 14, "person"), at("Smith & Co.", 22, "organization")
    assert first.mentions == (ann, head, smith, ghent)
    ((relation,),) = (first.relations,)
    assert (relation.head, relation.type, relation.tail) == (head, "organization affiliation", smith)
    assert first.events == (
        Event(
            at("was jailed", 35),
            "justice.arrest jail",
            ((ann, "person"), (ghent, "place"), (at("Monday", 58), "time within")),
        ),
    )
    rebels, town = at("Rebels", 0, "person"), at("town", 20, "geopolitical entity")
    assert second.events == (Event(at("attacked", 7), "conflict.attack", ((rebels, "attacker"), (town, "target"))),)
    assert third.events == (Event(at("attacked", 5), "conflict.attack"),)
    bo, her = at("Bo", 0, "person"), at("her", 7, "person")
    assert fourth.events == (
        Event(at("met", 3), "contact.meet", ((bo, "entity"), (her, "entity"))),
        Event(at("then met", 15), "contact.meet"),
    )
    assert (without_annotation.mentions, without_annotation.relations, without_annotation.events) == ((), (), ())
    assert dropped == {
        OUTSIDE_SENTENCE: 2,  # the company and the crime in the headline
        NO_MENTION: 1,
        "a relation crosses sentences": 1,
        "a relation has the type METONYMY, which no task uses": 1,
        OTHER_SENTENCE: 1,
        UNKNOWN_ROLE: 1,
        "the document is not in any of the lists of documents": 1,
    }


def test_ace_without_lists_is_all_training_data(lay: Lay) -> None:
    folder = lay("ace2005", **{"train.doc.txt": None, "test.doc.txt": None})
    records, dropped = load("ace2005", folder)
    assert {(record.group, record.split) for record in records} == {
        ("X_1", "train"),
        ("X_2", "train"),
        ("X_3", "train"),
    }
    assert "the document is not in any of the lists of documents" not in dropped


def test_ace_names_all_files_that_it_reads() -> None:
    train = find_sources(NATIVE / "ace2005/native", ("ace2005",))["ace2005"].splits["train"]
    assert [file.name for file in train.files] == ["X_3.apf.xml", "X_1.apf.xml"]
    assert {file.name for file in train.companions} >= {"X_1.sgm", "X_3.sgm", "train.doc.txt", "test.doc.txt"}


def test_ace_with_a_word_at_other_offsets(lay: Lay, native: dict) -> None:
    apf = native["ace2005"]["nw/X_1.apf.xml"].replace(">Bo<", ">Ba<")
    _, dropped = load("ace2005", lay("ace2005", **{"nw/X_1.apf.xml": apf}))
    assert (dropped[OTHER_WORDS], dropped[NO_MENTION]) == (1, 2)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('SUBTYPE="Attack"', 'SUBTYPE="Quarrel"', "'Conflict.Quarrel' is not one of Life.Be-Born"),
        ('<entity ID="X_1-E2" TYPE="ORG"', '<entity ID="X_1-E2" TYPE="GOD"', "'GOD' is not one of PER"),
        ('TYPE="PHYS"', 'TYPE="NEAR"', "'NEAR' is not one of PHYS"),
        ('ROLE="Buyer"', 'ROLE="Lender"', "'lender' is not one of"),
        ('REFID="X_1-E5-1"', 'REFID="X_1-E9-1"', "'X_1-E9-1' is not one of"),
        ("<anchor>", "<anker>", "not well-formed XML"),
        (' START="', ' BEGIN="', "the field 'START' is missing"),
        (' START="', ' START="-', "is not an offset"),
        ("</document>\n</source_file>\n", "", "not well-formed XML"),
        ("<!DOCTYPE source_file ", '<!DOCTYPE source_file [<!ENTITY a "b">]><!-- ', "X_1.apf.xml"),
    ],
)
def test_ace_with_a_fault(old: str, new: str, problem: str, lay: Lay, native: dict) -> None:
    folder = lay("ace2005", **{"nw/X_1.apf.xml": native["ace2005"]["nw/X_1.apf.xml"].replace(old, new)})
    message = read_error("ace2005", folder)
    assert f"{folder / 'nw/X_1.apf.xml'}:" in message
    assert problem in message


def test_ace_without_its_text(lay: Lay) -> None:
    folder = lay("ace2005", **{"nw/X_1.sgm": None})
    assert read_error("ace2005", folder).startswith(f"{folder / 'nw/X_1.sgm'}: cannot be read")


BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL_ENTITY = '<!DOCTYPE d [<!ENTITY b SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declaration", [BOMB, EXTERNAL_ENTITY])
@pytest.mark.parametrize(
    ("layout", "file", "opening"),
    [("ace2005", "bn/X_2.apf.xml", "<source_file"), ("richere", "ere/F1.rich_ere.xml", "<deft_ere")],
)
def test_entities_are_not_expanded(
    declaration: str, layout: str, file: str, opening: str, lay: Lay, native: dict
) -> None:
    text = native[layout][file].replace(opening, declaration + opening, 1)
    assert "declares entities, which are not expanded" in read_error(layout, lay(layout, **{file: text}))


def test_oneie() -> None:
    (first, second), dropped = load("ace2005/OneIE")
    assert (first.id, first.group, first.text) == ("D1-0", "D1", "Rebels shot at Ann Lee 's car and shot again .")
    rebels, ann, car = at("Rebels", 0, "person"), at("Ann Lee", 15, "person"), at("Ann Lee 's car", 15, "vehicle")
    assert first.mentions == (rebels, ann, car)
    assert [(r.head, r.type, r.tail) for r in first.relations] == [(ann, "agent artifact", car)]
    assert first.events == (
        Event(at("shot at", 7), "conflict.attack", ((rebels, "attacker"), (car, "target"))),
        Event(at("shot", 34), "conflict.attack"),
    )
    assert dropped == {UNKNOWN_ROLE: 1}
    assert not any("time" in role or role == "crime" for label in first.schemas["eae"] for role in label.roles)
    assert (second.id, second.mentions, second.events) == ("D1-1", (), ())


def test_dygie() -> None:
    (first, second), dropped = load("ace2005/DyGIE++")
    assert (first.id, first.text, first.mentions, first.events) == ("D1-0", "Rain fell .", (), ())
    assert (second.id, second.group, second.text) == ("D1-1", "D1", "Rebels of Ghent shot Ann and shot .")
    rebels, ghent, ann = at("Rebels", 0, "person"), at("Ghent", 10, "geopolitical entity"), at("Ann", 21, "person")
    assert second.mentions == (rebels, ghent, at("Rebels of Ghent", 0, "person"), ann)
    assert [(r.head, r.type, r.tail) for r in second.relations] == [(rebels, "general affiliation", ghent)]
    assert second.events == (
        Event(at("shot", 16), "conflict.attack", ((rebels, "attacker"), (ann, "target"))),
        Event(at("shot", 29), "conflict.attack"),
        Event(at("shot Ann", 16), "life.injure", ((ann, "victim"),)),
    )
    assert not dropped


def test_omnievent() -> None:
    (first, second), dropped = load("ace2005/OmniEvent")
    assert first.events == (
        Event(
            at("shot", 7),
            "conflict.attack",
            ((at("Rebels", 0), "attacker"), (at("Ann", 12), "target"), (at("her", 25), "target")),
        ),
        Event(at("shot Ann", 7), "life.injure"),
        Event(at("shot", 20), "conflict.attack"),
    )
    assert set(first.schemas) == {"ed", "ee", "eae"}
    assert (second.text, second.events) == ("It rained.", ())
    assert dropped == {UNKNOWN_ROLE: 1}
    (richere,), dropped = load("richere/OmniEvent")
    assert richere.events == (Event(at("told", 10), "contact.broadcast", ((at("the town", 15), "audience"),)),)
    assert not dropped


def test_omnievent_files_are_recognised_by_their_event_types(tmp_path: Path) -> None:
    for layout in ("ace2005/OmniEvent", "richere/OmniEvent"):
        for file in (NATIVE / layout).iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    assert {name: list(discovered.splits) for name, discovered in find_sources(tmp_path).items()} == {
        "ace2005": ["train"],
        "richere": ["test"],
    }


def changed_lines(native: dict, layout: str, change: Callable[[Any], object]) -> dict[str, str]:
    file, content = next(iter(native[layout].items()))
    rows = [json.loads(line) for line in content.splitlines()]
    change(rows[0])
    return {file: "\n".join(map(json.dumps, rows))}


@pytest.mark.parametrize(
    ("layout", "change", "problem"),
    [
        ("ace2005/OneIE", lambda d: d["entity_mentions"][0].update(entity_type="GOD"), "'GOD' is not one of"),
        ("ace2005/OneIE", lambda d: d["entity_mentions"][0].update(end=99), "lie outside 11 tokens"),
        ("ace2005/OneIE", lambda d: d["event_mentions"][0].update(event_type="A:B"), "'A.B' is not one of"),
        ("ace2005/OneIE", lambda d: d["event_mentions"][0]["arguments"][0].update(entity_id="x"), "'x' is not one of"),
        ("ace2005/OneIE", lambda d: d["event_mentions"][0]["arguments"][0].update(role="x"), "'x' is not one of"),
        ("ace2005/OneIE", lambda d: d["event_mentions"][0].pop("trigger"), "the field 'trigger' is missing"),
        ("ace2005/DyGIE++", lambda d: d["events"].pop(), "a list another length"),
        ("ace2005/DyGIE++", lambda d: d["events"][1][1][0].__setitem__(0, 1), "lie outside 8 tokens"),
        ("ace2005/DyGIE++", lambda d: d["events"][1].append([]), "a list another length"),
        ("ace2005/OmniEvent", lambda d: d["events"][0]["triggers"][0].update(position=[20, 99]), "lie outside"),
        ("richere/OmniEvent", lambda d: d["events"][0].update(type="a.b"), "does not have the layout of Rich ERE"),
    ],
)
def test_json_lines_with_a_fault(layout: str, change: Callable, problem: str, lay: Lay, native: dict) -> None:
    folder = lay(layout, **changed_lines(native, layout, change))
    message = read_error(layout.partition("/")[0], folder)
    assert message.startswith(str(folder))
    assert problem in message


def test_omnievent_with_words_at_other_offsets(lay: Lay, native: dict) -> None:
    changes = changed_lines(
        native, "ace2005/OmniEvent", lambda d: d["events"][0]["triggers"][0].update(position=[21, 25])
    )
    records, dropped = load("ace2005", lay("ace2005/OmniEvent", **changes))
    assert (len(records[0].events), dropped[OTHER_WORDS]) == (2, 1)


# ---- Rich ERE -------------------------------------------------------------------------------------


def test_richere() -> None:
    """Offsets count tags; attributes of tags are not part of the text."""
    (headline, killed, sold, told), dropped = load("richere/native")
    assert (headline.text, headline.events) == ("Floods & fires", ())
    assert (killed.id, killed.split, killed.group) == ("F1-1", "test", "F1")
    assert killed.text == "The mayor of Ghent was killed."
    assert killed.events == (Event(at("was killed", 19), "life.die", ((at("The mayor of Ghent", 0), "victim"),)),)
    assert sold.text == "Bo sold her car to Cy and sold more."
    assert sold.events == (
        Event(
            at("sold", 3),
            "transaction.transfer ownership",
            ((at("Bo", 0), "giver"), (at("Cy", 19), "recipient"), (at("her car", 8), "thing")),
        ),
        Event(at("sold", 26), "transaction.transfer ownership"),
    )
    assert told.events == (Event(at("told", 3), "contact.contact"),)
    assert dropped == {OUTSIDE_SENTENCE: 1, NO_MENTION: 1, OTHER_SENTENCE: 1, UNKNOWN_ROLE: 1}


def test_richere_with_its_text_in_the_same_folder(lay: Lay, native: dict) -> None:
    text = native["richere"]["source/F1.cmp.txt"]
    expected = load("richere/native")
    for ending in (".txt", ".xml", ".cmp.txt"):
        folder = lay("richere", f"raw{ending}", **{"source/F1.cmp.txt": None, f"ere/F1{ending}": text})
        assert load("richere", folder) == expected
        test = find_sources(folder, ("richere",))["richere"].splits["test"]
        assert folder / f"ere/F1{ending}" in test.companions
    folder = lay("richere", "without", **{"source/F1.cmp.txt": None})
    assert "no F1.txt or .xml in the same folder or in ../source" in read_error("richere", folder)


# ---- CASIE ----------------------------------------------------------------------------------------


def test_casie() -> None:
    (other, first, second, third), dropped = load("casie/native")
    assert other.events == (
        Event(
            at("found", 22),
            "discover vulnerability",
            ((at("A hole in Ace 2.0", 0), "vulnerability"), (at("Ace 2.0", 10), "vulnerable system")),
        ),
    )
    assert (first.id, first.group, first.text) == ("7-0", "7", "Crooks stole data of Acme on Monday.")
    assert first.events == (
        Event(
            at("stole data", 7),
            "data breach",
            # The recorded offsets of "Acme" are one character too high.
            ((at("Crooks", 0), "attacker"), (at("data of Acme", 13), "compromised data"), (at("Acme", 21), "victim")),
        ),
    )
    assert (second.text, second.events) == ("Acme paid.", (Event(at("paid", 5), "ransom"),))
    # The full stop of "by guile." is missing at the end of the text.
    assert third.events == (Event(at("stole", 5), "data breach", ((at("by guile", 17), "attack pattern"),)),)
    assert dropped == {OTHER_SENTENCE: 1, OTHER_WORDS: 1, NO_MENTION: 1}


def test_casie_with_offsets_that_are_more_than_one_too_high(lay: Lay, native: dict) -> None:
    row = json.loads(native["casie"]["annotation/7.json"])
    row["content"] = "A gang met. Later a gang hit Acme."
    event = row["cyberevent"]["hopper"][0]["events"][0]

    def span(text: str, start: int) -> dict[str, Any]:
        return {"startOffset": start, "endOffset": start + len(text), "text": text}

    spans = [span("hit Acme", 37), span("Later", 24), span("A", 12)]  # 12 too high; "A" is in another sentence
    event |= {
        "nugget": span("gang", 32),
        "argument": [{**argument, "role": {"type": "Attacker"}} for argument in spans],
    }
    unclear = {**event, "nugget": span("gang", 22)}  # both of them lie before it
    row["cyberevent"]["hopper"] = [{"events": [event, unclear]}]
    folder = lay("casie", **{"annotation/7.json": json.dumps(row), "annotation/12.json": None})
    dropped: Counter[str] = Counter()
    (found,) = (event for record in load_records("casie", folder, dropped=dropped) for event in record.events)
    assert found.trigger == at("gang", 8)
    assert found.arguments == ((at("hit Acme", 13), "attacker"), (at("Later", 0), "attacker"))
    assert dropped == {OTHER_SENTENCE: 1, OTHER_WORDS: 1, "an event has a trigger that was dropped": 1}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda e: e.update(subtype="Flood"), "'Flood' is not one of Databreach"),
        (lambda e: e["argument"][0]["role"].update(type="Judge"), "'judge' is not one of"),
        (lambda e: e["nugget"].update(startOffset=-1), "-1 is not an offset"),
        (lambda e: e["nugget"].update(startOffset="x"), "'x' is not an offset"),
        (lambda e: e.pop("nugget"), "the field 'nugget' is missing"),
    ],
)
def test_casie_with_a_fault(change: Callable, problem: str, lay: Lay, native: dict) -> None:
    row = json.loads(native["casie"]["annotation/7.json"])
    change(row["cyberevent"]["hopper"][0]["events"][0])
    folder = lay("casie", **{"annotation/7.json": json.dumps(row)})
    message = read_error("casie", folder)
    assert message.startswith(f"{folder / 'annotation/7.json'}, record 1: ")
    assert problem in message


# ---- PHEE -----------------------------------------------------------------------------------------


def test_phee_brat() -> None:
    (one, two), dropped = load("phee/brat")
    assert (one.id, one.split, one.group) == ("123_4", "train", "123")
    assert one.text == "Rash and later fever in a boy after oral A with B."
    (event,) = one.events
    assert (event.trigger, event.type) == (at("after", 30), "adverse event")
    assert event.arguments == (
        (at("a boy", 24), "subject"),
        (at("boy", 26), "subject gender"),
        (at("oral A with B", 36), "treatment"),
        (at("A", 41), "treatment drug"),
        (at("B", 48), "treatment drug"),
        (at("oral", 36), "treatment route"),
        (at("Rash", 0), "treatment disorder"),
        (Mention("Rash fever", ((0, 4), (15, 20))), "effect"),
        (at("fever", 15), "effect"),
        (at("A", 41), "treatment combination drug"),
        (at("B", 48), "treatment combination drug"),
    )
    assert (two.id, two.split) == ("9_1", "test")
    # Two events with one trigger: each has its linked arguments, and the sub-arguments in or related to them.
    assert [[(mention.text, role) for mention, role in event.arguments] for event in two.events] == [
        [("A man", "subject"), ("man", "subject gender"), ("A", "treatment"), ("A", "treatment drug")],
        [("a woman", "subject"), ("woman", "subject gender"), ("B", "treatment"), ("B", "treatment drug")],
    ]
    assert not dropped


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Effect 0 4;15 20", "Effect 0 4;15 99", "is not an annotation of brat (offsets [15, 99) lie outside"),
        (
            "Effect 0 4;15 20",
            "Effect 0 4,15 20",
            "annotation of brat (a span consists of a type and offsets)",
        ),
        ("\tRash fever", "\tRash", "is not an annotation of brat (the text at its offsets is 'Rash fever')"),
        ("T2\t", "T1\t", "is not an annotation of brat (T1 occurs twice)"),
        (
            "T2\t",
            "two ",
            "is not an annotation of brat (it does not begin with T, R, E",
        ),
        ("Adverse_event:T10", "Adverse_event:T99", "'T99' is not one of"),
        ("E1\tAdverse_event", "E1\tGood_event", "'Good_event' is not one of Adverse_event"),
    ],
)
def test_phee_brat_with_a_fault(old: str, new: str, problem: str, lay: Lay, native: dict) -> None:
    file = "clean/train/123_4.ann"
    folder = lay("phee/brat", **{file: native["phee/brat"][file].replace(old, new, 1)})
    message = read_error("phee", folder)
    assert message.startswith(str(folder / file))
    assert problem in message


def test_phee_prefers_json_to_brat(lay: Lay) -> None:
    lay("phee/brat")
    discovered = find_sources(lay("phee"), ("phee",))["phee"]
    assert [file.name for file in discovered.splits["train"].files] == ["train.json"]
    assert [file.suffix for file in discovered.skipped] == [".ann", ".ann"]


# ---- label sets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("ace2005", {"ner": 7, "re": 6, "ed": 33, "ee": 33, "eae": 33}),
        ("richere", {"ed": 38, "eae": 38}),
        ("casie", {"ed": 5, "ee": 5, "eae": 5}),
        ("phee", {"ee": 2}),
        ("maven", {"ed": 168}),
    ],
)
def test_label_sets(name: str, sizes: dict[str, int]) -> None:
    schemas = load_schemas(name)
    assert {task: len(schema) for task, schema in schemas.items()} == sizes
    for schema in schemas.values():
        definitions = [label.definition for label in schema]
        assert all(definitions)
        assert len(set(definitions)) == len(definitions)


def test_the_number_of_roles_is_the_published_one() -> None:
    def roles(records: list[Record]) -> set[str]:
        return {role for label in records[0].schemas["eae"] for role in label.roles}

    assert len(roles(load("ace2005/native")[0])) == 35
    assert len(roles(load("ace2005/OneIE")[0])) == 22
    assert len(roles(load("richere/native")[0])) == 26
    assert len(roles(load("casie/native")[0])) == 26


def test_event_types_of_event_detection_have_no_roles() -> None:
    for layout in ("ace2005/native", "ace2005/OneIE", "richere/native", "casie/native"):
        assert not any(label.roles or label.role_labels for label in load(layout)[0][0].schemas["ed"])


@pytest.mark.parametrize("layout", ["ace2005/native", "ace2005/OmniEvent", "richere/native", "casie/native"])
def test_every_query_about_arguments_offers_their_roles(layout: str) -> None:
    for record in load(layout)[0]:
        for query in queries(record, "eae"):
            assert {item[1] for item in query.answer} <= {label.name for label in query.schema}
