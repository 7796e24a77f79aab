"""brat annotations of users."""

from __future__ import annotations

import builtins
import io
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.queries import queries
from adelie_hf.records import Event, Mention, Relation
from adelie_hf.sources import find_sources, get_source, load_records, read_split
from adelie_hf.sources.inventory import take_inventory
from adelie_hf.sources.listing import inventory_as_text
from adelie_hf.sources.user.annotated import NO_TASK
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
            "T1\tPerson 0 5\tIda",
            r"'T1\tPerson 0 5\tIda' is not an annotation of brat (the text at [0, 5) is 'Ida a', not 'Ida')",
        ),
        (
            "T1\tPerson 3 4\t ",
            "(the text at [3, 4) is ' ', white space alone)",
        ),
        ("T1\tPerson 0 99\tIda", "(offsets [0, 99) lie outside a text of 10 characters)"),
        ("T1\tPerson -3 0\tIda", "(a span consists of a type and offsets)"),
        ("T1\tPerson 3 0\tIda", "(offsets [3, 0) lie outside"),
        ("T1\tPerson 0 x\tIda", "(a span consists of a type and offsets)"),
        ("T1\tPerson 0\tIda", "(a span consists of a type and offsets)"),
        (f"T1\tPerson 0 {'9' * 5_000}\tIda", "(a span consists of a type and offsets)"),
        ("T1\tPerson 0 3", "(a span has its text after a tab)"),
        ("T1", "(it does not begin with T, R, E"),
        ("X1\tPerson 0 3\tIda", "(it does not begin with T, R, E"),
        ("T0\tPerson 0 3\tIda", r"'T0\tPerson 0 3\tIda' is not an annotation of brat (T0 occurs twice)"),
        ("R1\tKnows Arg1:T0", "(a relation has two arguments)"),
        ("R1\t", "(a relation has two arguments)"),
        ("E1\t", "(an event has a type and a trigger)"),
        ("R1\tKnows Arg1:T0 Arg2:T9", "(the file has no T9)"),
        ("E1\tMeet:T9 Who:T0", "(the file has no T9, its trigger)"),
        ("E1\tMeet:T0 Who:T9", "(the file has no T9)"),
    ],
)
def test_invalid_brat(line: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ida and Bo")
    (tmp_path / "a.ann").write_text(f"T0\tPerson 8 10\tBo\n{line}\n")
    message = read_error("brat", tmp_path)
    assert message.startswith(f"{tmp_path / 'a.ann'}:2: ")
    assert problem in message


def test_brat_without_its_text(tmp_path: Path) -> None:
    (tmp_path / "a.ann").write_text("T0\tPerson 8 10\tBo\n")
    assert f"{tmp_path / 'a.txt'}: missing; it has to contain the text of a.ann" in read_error("brat", tmp_path)


def test_a_surface_may_contain_tabs(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x each\tplant y")
    (tmp_path / "a.ann").write_text("T1\tReagent 2 12\teach\tplant\n")
    (record,) = load_records("brat", tmp_path)
    assert record.mentions == (Mention("each\tplant", ((2, 12),), "Reagent"),)


@pytest.mark.parametrize(
    "text, unit",
    [
        ("Foo 😀😀 x\r\nBar y\r\n", None),
        ("Foo 😀😀 x\r\nBar y\r\n", "code points and the CR of line ends"),
        ("Foo 😀😀 x\nBar y\n", "UTF-16 units"),
        ("Foo 😀😀 x\r\nBar y\r\n", "UTF-16 units and the CR of line ends"),
        ("Foo 😀😀 x\nBar y\n", "bytes"),
        ("\ufeffFoo 😀😀 x\r\nBar y\r\n", "bytes and the CR of line ends"),
    ],
)
def test_offsets_may_count_other_units(text: str, unit: str | None, tmp_path: Path) -> None:
    """The surfaces tell what the offsets count, document by document, and the check says it."""
    before = text.removeprefix("\ufeff").partition("Bar")[0]
    before = before if unit and "CR" in unit else before.replace("\r", "")
    size = {"UTF": len(before.encode("utf-16-le")) // 2, "byt": len(before.encode())}.get(
        (unit or "")[:3], len(before)
    )
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "a.ann").write_text(f"T1\tS 0 3\tFoo\nT2\tS {size} {size + 3}\tBar\n")
    (tmp_path / "b.txt").write_text("Foo")
    (tmp_path / "b.ann").write_text("T1\tS 0 3\tFoo\n")
    first, second = load_records("brat", tmp_path)
    assert first.text == "Foo 😀😀 x\nBar y"
    assert first.mentions == (Mention("Foo", ((0, 3),), "S"), Mention("Bar", ((9, 12),), "S"))
    assert second.mentions == (Mention("Foo", ((0, 3),), "S"),)
    (inventory,) = take_inventory(tmp_path, ("brat",))
    expected = {f"documents with offsets that count {unit}": 1} if unit else {}
    assert inventory.splits["train"].noted == expected
    if unit:
        assert f"noted: 1: documents with offsets that count {unit}" in inventory_as_text(inventory)


def test_surfaces_that_agree_under_no_unit_are_not_guessed(tmp_path: Path) -> None:
    """Each of the two agrees under a unit of its own."""
    (tmp_path / "a.txt").write_text("😀 Foo 😀 Bar")
    (tmp_path / "a.ann").write_text("T1\tS 2 5\tFoo\nT2\tS 9 12\tBar\n")
    assert r"a.ann:2: 'T2\tS 9 12\tBar' is not an annotation of brat" in read_error("brat", tmp_path)


@pytest.mark.parametrize(
    "surface, offsets, fragments",
    [
        ("chloroform\xa0", "4 15", ((4, 14),)),
        ("chloroform", "4 15", ((4, 14),)),  # an editor cut the surface
        (" chloroform\xa0and", "3 18", ((4, 18),)),
        ("chloroform\xa0 and", "4 15;15 19", ((4, 14), (15, 18))),
    ],
)
def test_white_space_at_the_ends_of_a_span_is_cut(
    surface: str, offsets: str, fragments: tuple[tuple[int, int], ...], tmp_path: Path
) -> None:
    text = "Add chloroform\xa0and mix"
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "a.ann").write_text(f"T1\tReagent {offsets}\t{surface}\n")
    (record,) = load_records("brat", tmp_path)
    assert record.mentions == (Mention(" ".join(text[s:e] for s, e in fragments), fragments, "Reagent"),)
    (inventory,) = take_inventory(tmp_path, ("brat",))
    assert inventory.splits["train"].noted == {"documents in which white space at the ends of a span was cut": 1}


def test_brat_lists_no_folder_and_reads_a_file_a_fixed_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work that grows with the square of the documents would make ten thousand of them take half an hour."""
    calls: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            calls[name] += 1
            return function(*args, **kwargs)

        return call

    per_document = []
    for number in (10, 40):
        folder = tmp_path / str(number)
        folder.mkdir()
        for document in range(number):
            (folder / f"{document}.txt").write_text(f"Ida {document}")
            (folder / f"{document}.ann").write_text("T1\tPerson 0 3\tIda\n")
        split = find_sources(folder, ("brat",))["brat"].splits["train"]
        with monkeypatch.context() as patch:
            calls.clear()
            for name in ("scandir", "listdir", "stat"):
                patch.setattr(os, name, counted(name, getattr(os, name)))
            patch.setattr(io, "open", counted("open", io.open))
            patch.setattr(builtins, "open", counted("open", builtins.open))
            assert len(list(read_split(split))) == number
        assert not calls["scandir"] + calls["listdir"]
        per_document.append((calls["open"] + calls["stat"]) / number)
    assert per_document[0] > 2
    assert per_document[1] <= per_document[0]


def test_a_category_that_the_training_part_does_not_have(tmp_path: Path) -> None:
    """The annotation is dropped, and what refers to it; the others of the document are kept."""
    for name in ("train", "dev"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text("Ida met Bo at Acme")
    known = ["T1\tPerson 0 3\tIda", "T2\tPerson 8 10\tBo", "T3\tMeet 4 7\tmet", "R1\tKnows Arg1:T1 Arg2:T2"]
    (tmp_path / "train/train.ann").write_text("\n".join([*known, "E1\tMeet:T3 Who:T1"]))
    unknown = ["T4\tPlace 14 18\tAcme", "R2\tKnows Arg1:T1 Arg2:T4", "R3\tLikes Arg1:T1 Arg2:T2"]
    events = ["E1\tMeet:T3 Who:T1 Where:T2 Who2:T4 Who3:E2", "E2\tLeave:T3 Who:T1"]
    (tmp_path / "dev/dev.ann").write_text("\n".join([*known, *unknown, *events]))
    dropped: Counter[str] = Counter()
    (record,) = load_records("brat", tmp_path, "validation", dropped)
    assert [mention.text for mention in record.mentions] == ["Ida", "Bo"]
    assert [(r.head.text, r.type, r.tail.text) for r in record.relations] == [("Ida", "Knows", "Bo")]
    ida, met = Mention("Ida", ((0, 3),), "Person"), Mention("met", ((4, 7),), "Meet")
    assert record.events == (Event(met, "Meet", ((ida, "Who"),)),)
    assert dropped == {
        "an annotation has a category that the training part does not have": 4,
        "an argument has a mention that was dropped": 2,
        "a relation has a mention that was dropped": 1,
    }
    assert {*dropped, NO_TASK} == set(get_source("brat").drops)


def test_an_empty_text_is_no_fault(tmp_path: Path) -> None:
    for name, text, line in (("a", "Ida", "T1\tPerson 0 3\tIda\n"), ("b", "", "")):
        (tmp_path / f"{name}.txt").write_text(text)
        (tmp_path / f"{name}.ann").write_text(line)
    dropped: Counter[str] = Counter()
    (record,) = load_records("brat", tmp_path, dropped=dropped, strict=True)
    assert record.text == "Ida"
    assert dropped == {"the text is empty": 1}


# ---- BioNLP ---------------------------------------------------------------------------------------


def test_bionlp() -> None:
    first, empty, without_events = load_records("brat", NATIVE / "brat/bionlp")
    p53, rb, site = (
        Mention("p53", ((0, 3),), "Gene"),
        Mention("Rb", ((24, 26),), "Gene"),
        Mention("Ser1", ((30, 34),), "Site"),
    )
    inhibits, binding = Mention("inhibits", ((4, 12),), "Inhibition"), Mention("binding", ((13, 20),), "Binding")
    assert first.mentions == (p53, rb, site)
    assert first.relations == (Relation(rb, "Part-of", site),)
    assert first.events == (
        Event(inhibits, "Inhibition", ((binding, "Theme"), (p53, "Cause"))),
        Event(binding, "Binding", ((rb, "Theme"), (p53, "Theme"), (site, "Site"))),
    )
    assert list(first.schemas) == list(empty.schemas) == ["ner", "re", "ee"]
    # Without its `.a2`, nobody knows what the events of a document are.
    assert (without_events.id, list(without_events.schemas)) == ("validation-c", ["ner"])


def test_an_error_in_the_second_file_names_it(tmp_path: Path) -> None:
    for name, surface in (("a", "inhibits"), ("b", "binds")):
        (tmp_path / f"{name}.txt").write_text("p53 inhibits Rb")
        (tmp_path / f"{name}.a1").write_text("T1\tGene 0 3\tp53\n")
        (tmp_path / f"{name}.a2").write_text(f"T2\tInhibition 4 12\t{surface}\nE1\tInhibition:T2 Theme:T1\n")
    assert [record.id for record in load_records("brat", tmp_path)] == ["train-a"]
    assert read_error("brat", tmp_path).startswith(f"{tmp_path / 'b.a2'}:1: ")
    (tmp_path / "b.a2").write_text("T1\tInhibition 4 12\tinhibits\n")
    assert "b.a2:1: 'T1\\tInhibition 4 12\\tinhibits' is not an annotation of brat (T1 occurs twice)" in read_error(
        "brat", tmp_path
    )


def test_documents_without_any_task_are_counted(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "dev").mkdir()
    for file in ("train/a", "dev/b"):
        (tmp_path / f"{file}.txt").write_text("it binds")
        (tmp_path / f"{file}.a1").write_text("")
    (tmp_path / "train/a.a2").write_text("T1\tBinding 3 8\tbinds\nE1\tBinding:T1\n")
    dropped: Counter[str] = Counter()
    assert [record.id for record in load_records("brat", tmp_path, dropped=dropped)] == ["train-a"]
    assert dropped == {NO_TASK: 1}
