"""Exact records of the readers of open and on-demand IE on small files in the native layouts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.answers import Extraction
from adelie_hf.errors import InputError
from adelie_hf.queries import queries
from adelie_hf.record_columns import to_columns
from adelie_hf.records import Record
from adelie_hf.sources import find_sources, load_records
from tests.sources.helpers import NATIVE, read_error

Lay = Callable[..., Path]

NO_PREDICATE = "an extraction has no predicate"
NO_SUBJECT = "an extraction has no subject"
NO_EXTRACTION = "a sentence has no usable extraction"


def load(layout: str, folder: Path | None = None) -> tuple[list[Record], Counter[str]]:
    dropped: Counter[str] = Counter()
    return list(load_records(layout.partition("/")[0], folder or NATIVE / layout, dropped=dropped)), dropped


# ---- OpenIE4 --------------------------------------------------------------------------------------


def test_openie4_labels() -> None:
    (ann, bo, rome), dropped = load("openie4/native")
    assert (ann.text, ann.group, ann.split) == ("Ann sang loudly in May .", "Ann sang loudly in May .", "train")
    assert ann.extractions == (Extraction("sang", ("Ann", "loudly", "May")),)
    assert bo.text == "Bo , mayor of Ghent , left Oslo early ."
    assert bo.extractions == (
        Extraction("is mayor of", ("Bo", "Ghent")),  # the second slot
        Extraction("left", ("Bo", "Oslo")),
        Extraction("left early", ("Bo",)),  # in two pieces
    )
    assert rome.extractions == (Extraction("rained", ("It", "Rome")),)
    assert dropped == {
        NO_PREDICATE: 2,
        NO_SUBJECT: 1,
        "an extraction has more or fewer labels than the sentence has tokens": 1,
        NO_EXTRACTION: 1,
    }


def test_openie4_tags() -> None:
    (ann,), dropped = load("openie4/extractions")
    assert ann.text == "Ann sang loudly in May ."
    assert ann.extractions == (Extraction("sang", ("Ann", "loudly", "in May")), Extraction("sang", ("Ann",)))
    assert dropped == {NO_PREDICATE: 1, NO_SUBJECT: 1, NO_EXTRACTION: 1}


@pytest.mark.parametrize(
    ("slots", "predicate"),
    [
        ("REL NONE NONE", "is born"),
        ("NONE REL NONE", "is born of"),
        ("NONE NONE REL", "is born from"),
        ("REL REL NONE", "is born of"),
        ("NONE NONE NONE", "born"),
    ],
)
def test_openie4_slots(slots: str, predicate: str, lay: Lay) -> None:
    text = f"Bo born Rome [unused1] [unused2] [unused3]\nARG1 REL ARG2 {slots}\n"
    ((record,), _) = load("openie4", lay("openie4", openie4_labels=text))
    assert record.extractions == (Extraction(predicate, ("Bo", "Rome")),)


def test_openie4_reads_identical_blocks_once(lay: Lay, native: dict) -> None:
    labels = native["openie4"]["openie4_labels"]
    records, dropped = load("openie4", lay("openie4", **{"small_extags.txt": labels}))
    assert (len(records), dropped["an earlier record has the same id"]) == (3, 3)


@pytest.mark.parametrize(
    ("layout", "old", "new", "problem"),
    [
        ("native", "ARG1 REL ARG2", "ARG1 REL ARG3", "openie4_labels:1: not a record of OpenIE4 (the label 'ARG3'"),
        ("native", " [unused3]\nARG1 REL ARG2 ", "\nARG1 REL ARG2 ", "does not have the layout of OpenIE4"),
        ("extractions", "</rel>", "<rel>", "oie4_extractions.tsv:1: not a record of OpenIE4"),
        ("extractions", "\t<arg1>", " <arg1>", "does not have the layout of OpenIE4"),
    ],
)
def test_openie4_with_a_fault(layout: str, old: str, new: str, problem: str, lay: Lay, native: dict) -> None:
    name = "openie4" if layout == "native" else f"openie4/{layout}"
    (file, text), *_ = native[name].items()
    assert problem in read_error("openie4", lay(name, **{file: text.replace(old, new, 1)}))


def test_openie4_labels_without_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "openie4_labels"
    file.write_text("Bo left [unused1] [unused2] [unused3]\nARG1 REL NONE NONE NONE\n")
    assert len(list(load_records("openie4", tmp_path))) == 1
    records = load_records("openie4", tmp_path)
    file.write_text("ARG1 REL NONE NONE NONE\n")
    with pytest.raises(InputError, match="openie4_labels:1: labels without a token line above them; download"):
        list(records)


# ---- ROBUST ---------------------------------------------------------------------------------------


def test_robust() -> None:
    """Sentences without tuples and empty fields are kept, because the published scores count them."""
    records, dropped = load("robust/native")
    assert [(record.id, record.group, record.text) for record in records] == [
        ("test-1-0", "test-1", "Ann sang in May ."),
        ("test-1-1", "test-1", "In May Ann sang."),
        ("test-1-2", "test-1", "Song came from Ann."),
        ("test-2-0", "test-2", "Bo left ."),
        ("test-2-1", "test-2", "Bo went."),
    ]
    assert [record.extractions for record in records] == [
        (Extraction("sang", ("Ann", "in May")), Extraction("sang", ("Ann", ""))),
        (Extraction("sang", ("Ann", "In May")), Extraction("", ("Ann",))),
        (),
        (Extraction("left", ("Bo",)),),
        (Extraction("went", ("Bo",)),),
    ]
    assert not dropped


@pytest.mark.parametrize("layout", ["robust/cliques", "robust/sentences"])
def test_the_other_layouts_of_robust_have_the_same_records(layout: str) -> None:
    assert load(layout) == load("robust/native")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d[0].update(ori_args=[[]]), "a list another length"),
        (lambda d: d[0].update(ori_args=["ab"]), "is not a list of strings"),
        (lambda d: d[0]["paraphrases"][0].pop("sent"), "the field 'sent' is missing"),
        (lambda d: d[0].update(ori_sent=3), "text is not a string but int"),
    ],
)
def test_robust_with_a_fault(change: Callable, problem: str, lay: Lay, native: dict) -> None:
    rows = json.loads(native["robust"]["ROBUST.json"])
    change(rows)
    folder = lay("robust", **{"ROBUST.json": json.dumps(rows)})
    message = read_error("robust", folder)
    assert message.startswith(f"{folder / 'ROBUST.json'}, record 1: ")
    assert problem in message


# ---- INSTRUCTIE -----------------------------------------------------------------------------------


def request(name: str, **fields: str) -> dict[str, Any]:
    return {"instruction": f"List {name}.", "text": f"{name} it is.", "table": f"| {name} |\n| --- |\n| 1 |"} | fields


def write_requests(folder: Path, **files: list[dict[str, Any]]) -> Path:
    for name, rows in files.items():
        (folder / f"{name}.json").write_text(json.dumps(rows))
    return folder


def test_requests_in_both_training_files_are_read_once(tmp_path: Path) -> None:
    """The two training files contain the same requests in different orders, one with explanations."""
    explained = [
        request("B", explanation="since B"),
        request("A", explanation="since A"),
        request("D", explanation=""),
    ]
    write_requests(tmp_path, training_data=[request("A"), request("B"), request("C")], training_data_cot=explained)
    records, dropped = load("odie", tmp_path)
    assert [(record.text[0], record.explanation) for record in records] == [
        ("A", "since A"),
        ("B", "since B"),
        ("C", ""),
        ("D", ""),
    ]
    assert dropped == {"an earlier record has the same id": 2}
    assert [to_columns(record)["explanation"] for record in records][:2] == ["since A", "since B"]
    ((query,),) = (queries(records[0], "odie"),)
    assert query.explanation == "since A"
    train = find_sources(tmp_path, ("odie",))["odie"].splits["train"]
    assert train.companions == (tmp_path / "training_data_cot.json",)


def test_each_training_file_can_be_read_alone(tmp_path: Path) -> None:
    write_requests(tmp_path, training_data_cot=[request("A", explanation="since A")])
    ((explained,), _) = load("odie", tmp_path)
    (tmp_path / "training_data_cot.json").unlink()
    write_requests(tmp_path, training_data=[request("A")])
    ((plain,), _) = load("odie", tmp_path)
    assert (plain.id, plain.explanation, explained.explanation) == (explained.id, "", "since A")


def test_a_request_that_is_twice_in_a_file_is_read_twice(tmp_path: Path) -> None:
    records, dropped = load("odie", write_requests(tmp_path, test_data=[request("A"), request("B"), request("A")]))
    assert records[2].id == f"{records[0].id}-2"
    assert not dropped


@pytest.mark.parametrize("broken", [{"explanation": 3}, {"text": None}, {"instruction": ["x"]}])
def test_a_broken_explanation_is_reported_in_its_own_file(broken: dict, tmp_path: Path) -> None:
    write_requests(tmp_path, training_data=[request("A")], training_data_cot=[request("A") | broken])
    assert read_error("odie", tmp_path).startswith(str(tmp_path / "training_data_cot.json"))
