"""brat annotations of users."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adelie_hf.queries import queries
from adelie_hf.records import Event, Mention, Relation
from adelie_hf.sources import load_records
from tests.sources.helpers import NATIVE, categories, read_error


def test_brat() -> None:
    first, empty, other = load_records("brat", NATIVE / "brat/standoff")
    assert [(record.id, record.split, record.group) for record in (first, empty, other)] == [
        ("train-a", "train", "a"),
        ("train-b", "train", "b"),
        ("validation-c", "validation", "c"),
    ]
    ida, bo, acme = (
        Mention("Ida", ((0, 3),), "Person"),
        Mention("Bo Lee", ((8, 14),), "Person"),
        Mention("Acme", ((23, 27),), "Company"),
    )
    left = Mention("left shoes", ((37, 41), (52, 57)), "Thing")
    right = Mention("right shoes", ((46, 57),), "Thing")
    founded, made = Mention("founded", ((15, 22),), "Found"), Mention("made", ((32, 36),), "Make")
    assert first.mentions == (ida, bo, acme, left, right)  # without triggers
    assert first.relations == (Relation(bo, "Works_for", acme),)
    assert first.events == (
        Event(founded, "Found", ((ida, "Founder"), (bo, "Founder"), (acme, "What"))),
        Event(made, "Make", ((acme, "Maker"), (left, "Product"), (right, "Product"), (founded, "After"))),
    )
    assert (empty.text, list(empty.all_mentions())) == ("Nothing here.", [])
    assert other.mentions == (Mention("Ida", ((8, 11),), "Person"),)  # offsets are in code points
    for record in (first, empty, other):
        assert {task: categories(record, task) for task in record.schemas} == {
            "ner": ["Company", "Person", "Thing"],
            "re": ["Works_for"],
            "ee": ["Found", "Make"],
        }
        assert all(list(queries(record, task)) for task in record.schemas)
    assert first.schemas["ee"][1].roles == ("After", "Maker", "Product")


def test_brat_in_one_folder(tmp_path: Path) -> None:
    shutil.copytree(NATIVE / "brat/standoff/train", tmp_path, dirs_exist_ok=True)
    assert [(record.id, record.split) for record in load_records("brat", tmp_path)] == [
        ("train-a", "train"),
        ("train-b", "train"),
    ]


def test_brat_reads_the_training_files_again_when_they_change(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ida and Bo")
    (tmp_path / "a.ann").write_text("T1\tPerson 0 3\tIda\n")
    assert [categories(record) for record in load_records("brat", tmp_path)] == [["Person"]]
    (tmp_path / "a.ann").write_text("T1\tHuman 0 3\tIda\n")
    assert [categories(record) for record in load_records("brat", tmp_path)] == [["Human"]]


def test_brat_numbers_give_the_direction_of_a_relation(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ida and Bo")
    (tmp_path / "a.ann").write_text("T1\tPerson 0 3\tIda\nT2\tPerson 8 10\tBo\nR1\tKnows Arg2:T2 Arg1:T1\n")
    (record,) = load_records("brat", tmp_path)
    assert [(r.head.text, r.tail.text) for r in record.relations] == [("Ida", "Bo")]


def test_brat_across_a_line_end(tmp_path: Path) -> None:
    """Older versions of brat write one fragment with a space for the line end."""
    (tmp_path / "a.txt").write_text("The New\nYork Times")
    (tmp_path / "a.ann").write_text("T1\tPaper 4 18\tNew York Times\n")
    (record,) = load_records("brat", tmp_path)
    assert record.mentions == (Mention("New York Times", ((4, 7), (8, 18)), "Paper"),)


@pytest.mark.parametrize(
    "line, problem",
    [
        (
            "T1\tPerson 0 4\tIda",
            "a.ann:2: 'T1 Person 0 4 Ida' is not an annotation of brat (the text at its offsets is 'Ida '",
        ),
        ("T1\tPerson 0 99\tIda", "a.ann:2: 'T1 Person 0 99 Ida' is not an annotation of brat (offsets [0, 99) lie"),
        ("T1\tPerson -3 0\tIda", "a.ann:2: "),
        ("T1\tPerson 3 0\tIda", "a.ann:2: "),
        ("T1\tPerson 0 x\tIda", "a.ann:2: "),
        ("T1\tPerson 0\tIda", "a.ann:2: "),
        ("T1\tPerson 0 3", "a.ann:2: "),
        ("T1", "a.ann:2: "),
        ("X1\tPerson 0 3\tIda", "a.ann:2: "),
        ("T0\tPerson 0 3\tIda", "a.ann:2: 'T0 Person 0 3 Ida' is not an annotation of brat (T0 occurs twice)"),
        ("R1\tKnows Arg1:T0", "a.ann:2: "),
        ("R1\tKnows Arg1:T0 Arg2:T9", "a.ann:1: not a record of brat stand-off annotations ('T9' is not one of T0)"),
        ("E1\tMeet:T9 Who:T0", "a.ann:1: not a record of brat stand-off annotations ('T9' is not one of T0)"),
    ],
)
def test_invalid_brat(line: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ida and Bo")
    (tmp_path / "a.ann").write_text(f"T0\tPerson 8 10\tBo\n{line}\n")
    assert problem in read_error("brat", tmp_path)


def test_brat_without_its_text(tmp_path: Path) -> None:
    (tmp_path / "a.ann").write_text("T0\tPerson 8 10\tBo\n")
    assert f"{tmp_path / 'a.txt'}: missing; it has to contain the text of a.ann" in read_error("brat", tmp_path)
