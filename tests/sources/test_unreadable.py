"""Records that cannot be read: dropped and counted in own data, an error where reading is strict or many are bad."""

from __future__ import annotations

import json
import logging
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import adelie_hf
from adelie_hf.cli import main
from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.ieinstruct import make_rows, plan
from adelie_hf.sources import Dropped, find_sources, load_records, read_split, records_from_dataset

Write = Callable[[Path, int, int], None]  # folder, number of good records, number of bad ones after the first good one


def write_bio(folder: Path, good: int, bad: int) -> None:
    sentences = ["Bob\tB-per\nruns\tO\n"] * good
    sentences[1:1] = ["Bob\tB-per\n\tO\nruns\tO\n"] * bad
    (folder / "train.tsv").write_text("\n".join(sentences))


def write_brat(folder: Path, good: int, bad: int) -> None:
    for number in range(good + bad):
        (folder / f"{number:04}.txt").write_text(f"Bob {number}")
        offset = 9 if 1 <= number <= bad else 0
        (folder / f"{number:04}.ann").write_text(f"#1\tnote\nT1\tPer {offset} 3\tBob\n")


def write_hub_ner(folder: Path, good: int, bad: int) -> None:
    rows: list[Any] = [{"tokens": ["Bob", str(number)], "ner_tags": ["B-per", "O"]} for number in range(good)]
    rows[1:1] = [{"tokens": ["Bob"], "ner_tags": ["B-per", "O"]}] * bad
    (folder / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_iepile(folder: Path, good: int, bad: int) -> None:
    (folder / "schema.json").write_text('["per"]\n[]\n{}\n')
    rows: list[Any] = [{"text": f"Bob {n}", "entity": [{"entity": "Bob", "entity_type": "per"}]} for n in range(good)]
    rows[1:1] = [{"text": "Bob", "entity": None}] * bad
    (folder / "train.json").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_records(folder: Path, good: int, bad: int) -> None:
    schemas = {"ner": [{"name": "per"}]}
    mention = {"text": "Bob", "type": "per", "fragments": [[0, 3]]}
    rows: list[Any] = [
        {"id": str(number), "text": f"Bob {number}", "schemas": schemas, "mentions": [mention]}
        for number in range(good)
    ]
    rows[1:1] = [rows[0] | {"text": "Eve"}] * bad
    (folder / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_relations(folder: Path, good: int, bad: int) -> None:
    entity = {"type": "per", "start": 0, "end": 1}
    rows: list[Any] = [{"tokens": ["Bob", str(n)], "entities": [entity], "relations": []} for n in range(good)]
    rows[1:1] = [{"tokens": ["Bob"], "entities": [{**entity, "end": 2}], "relations": []}] * bad
    (folder / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_events(folder: Path, good: int, bad: int) -> None:
    entity = {"id": "T1", "start": 0, "end": 1, "entity_type": "per"}
    rows: list[Any] = [
        {"tokens": ["Bob", str(n)], "entity_mentions": [entity], "event_mentions": []} for n in range(good)
    ]
    rows[1:1] = [{"tokens": ["Bob"], "entity_mentions": [{}], "event_mentions": []}] * bad
    (folder / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def write_pubtator(folder: Path, good: int, bad: int) -> None:
    articles = [f"{n}|t|Bob {n}\n{n}|a|\n{n}\t0\t3\tBob\tper\tP1\n" for n in range(good)]
    articles[1:1] = ["x|t|Bob\nx|a|\nx\t0\t3\tEve\tper\tP1\n"] * bad
    (folder / "train.pubtator").write_text("\n".join(articles))


# Form -> how it is written, the place of its first bad record, what is said of it, and the reason by which it counts.
FORMS: dict[str, tuple[Write, str, str, str]] = {
    "bio": (
        write_bio,
        "train.tsv:5: ",
        r"'\tO' is not a token and its tag in 2 columns, as in the lines above",
        "a line is not a token and its tag",
    ),
    "brat": (
        write_brat,
        "0001.ann:2: ",
        r"'T1\tPer 9 3\tBob' is not an annotation of brat (offsets [9, 3) lie outside a text of 5 characters)",
        "the text at the offsets of a span differs from the recorded words",
    ),
    "hub-ner": (
        write_hub_ner,
        "train.jsonl:2: ",
        "not a record of tokens and tags (Hugging Face) (1 tokens have 2 tags)",
        "a record does not have the form of its source",
    ),
    "iepile": (
        write_iepile,
        "train.json:2: ",
        "not a record of IEPile input format (a value has another type: {'text': 'Bob', 'entity': None})",
        "a record does not have the form of its source",
    ),
    "relations": (
        write_relations,
        "train.jsonl:2: ",
        "not a record of texts with relations (SpERT, CoType, CasRel, DyGIE++, DocRED, TACRED, OpenNRE) "
        "(token offsets [0, 2) lie outside 1 tokens)",
        "a record does not have the form of its source",
    ),
    "events": (
        write_events,
        "train.jsonl:2: ",
        "the field 'id' is missing",
        "a record does not have the form of its source",
    ),
    "pubtator": (
        write_pubtator,
        "train.pubtator:5: ",
        "not a record of documents of PubTator and BioC (the text at [0, 3) is 'Bob', not 'Eve')",
        "a record does not have the form of its source",
    ),
    "records": (
        write_records,
        "train.jsonl:2: ",
        "not a record of adelie_hf records (mention 'Bob' at ((0, 3),) reads 'Eve' in the text)",
        "a record does not have the form of its source",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_bad_record_is_dropped_counted_and_named(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write, place, problem, reason = FORMS[name]
    write(tmp_path, 3, 2)
    dropped: Counter[str] = Counter()
    with caplog.at_level(logging.WARNING):
        records = list(load_records(name, tmp_path, dropped=dropped))
    assert [[mention.text for mention in record.mentions] for record in records] == [["Bob"]] * 3
    assert dropped == {f"cannot be read: {reason}": 2}
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == f"{name}, train: 2 records cannot be read and are dropped; the first:"
    assert len(said) == 3
    assert said[1].startswith(f"{tmp_path}/{place}{problem}; ")


@pytest.mark.parametrize("name", FORMS)
def test_a_strict_reading_stops_at_the_first_bad_record(name: str, tmp_path: Path) -> None:
    write, place, problem, _ = FORMS[name]
    write(tmp_path, 3, 2)
    records = load_records(name, tmp_path, strict=True)
    next(records)
    with pytest.raises(InputError) as caught:
        list(records)
    assert str(caught.value).startswith(f"{tmp_path}/{place}{problem}; ")


@pytest.mark.parametrize("name", FORMS)
def test_too_many_bad_records_are_an_error_that_lists_their_places(name: str, tmp_path: Path) -> None:
    write, place, problem, _ = FORMS[name]
    for good, bad in ((399, 21), (3, 20)):  # not more than 5 %; not more than 20
        write(tmp_path, good, bad)
        assert len(list(load_records(name, tmp_path))) == good
        for file in tmp_path.iterdir():
            file.unlink()
    write(tmp_path, 398, 21)
    with pytest.raises(InputError) as caught:
        list(load_records(name, tmp_path))
    message = str(caught.value)
    assert message.startswith(f"21 of 419 records cannot be read, more than 5%: {tmp_path}/{place[:-2]}, ")
    assert f" and 11 more; the first: {problem}; fix them" in message


def test_a_split_of_which_nothing_can_be_read_is_an_error(tmp_path: Path) -> None:
    write_records(tmp_path, 1, 2)
    lines = (tmp_path / "train.jsonl").read_text().splitlines()
    (tmp_path / "train.jsonl").write_text("\n".join(lines[1:]))
    with pytest.raises(
        InputError, match="^2 of 2 records cannot be read, all of them: .*train.jsonl:1, train.jsonl:2;"
    ):
        list(load_records("records", tmp_path))
    (tmp_path / "train.jsonl").write_text(lines[1])
    with pytest.raises(InputError, match="^.*train.jsonl:1: not a record of"):
        list(load_records("records", tmp_path))


def test_a_line_that_is_not_text_or_not_json_costs_its_record(tmp_path: Path) -> None:
    write_records(tmp_path, 3, 0)
    first, *others = (tmp_path / "train.jsonl").read_bytes().splitlines()
    bad = [first.replace(b"Bob", b"B\xe9b"), first.replace(b"Bob", b"B\0b"), first[:-1], b"[3]", b"3"]
    (tmp_path / "train.jsonl").write_bytes(b"\n".join([*bad, first, *others]))
    dropped: Counter[str] = Counter()
    assert len(list(load_records("records", tmp_path, dropped=dropped))) == 3
    assert dropped == {
        "cannot be read: a line is not UTF-8 text": 2,
        "cannot be read: a line is not JSON": 1,
        "cannot be read: a record does not have the form of its source": 2,
    }


def test_a_sentence_that_is_not_text_costs_itself(tmp_path: Path) -> None:
    good = b"Bob\tB-per\nruns\tO\n"
    sentences = [
        good,
        good.replace(b"runs", b"r\xfcns"),
        good.replace(b"per", b"p\xe9r"),
        good.replace(b"runs", b"\0"),
    ]
    (tmp_path / "train.tsv").write_bytes(b"\n".join([*sentences, good]))
    (split,) = find_sources(tmp_path, ("bio",))["bio"].splits.values()
    results = list(read_split(split))
    problems = [result.problem for result in results if isinstance(result, Dropped)]
    assert len(results) == 5
    assert [problem.partition(":")[2].partition(" (")[0] for problem in problems] == [
        "5: not UTF-8",
        "7: not UTF-8",
        "11: not UTF-8 text",
    ]


def test_a_wrong_tag_costs_its_sentence(tmp_path: Path) -> None:
    sentences = ["Bob\tB-per\nruns\tO\n"] * 30
    sentences[3] = "Bob\tB-per\nAcme\torg\n"
    (tmp_path / "train.tsv").write_text("\n".join(sentences))
    dropped: Counter[str] = Counter()
    records = list(load_records("bio", tmp_path, dropped=dropped))
    assert [label.name for label in records[0].schemas["ner"]] == ["per"]
    assert (len(records), dropped) == (29, {"cannot be read: a tag is not of the scheme of the others": 1})
    with pytest.raises(InputError, match=r"train.tsv:11: tag 'org' is not of the IOB2 scheme .*; fix the tag"):
        list(load_records("bio", tmp_path, strict=True))


def test_a_brat_document_without_its_text_costs_itself(tmp_path: Path) -> None:
    write_brat(tmp_path, 3, 0)
    (tmp_path / "0001.txt").unlink()
    (tmp_path / "0001.ann").write_text("T1\tOther 0 3\tBob\n")
    dropped: Counter[str] = Counter()
    records = list(load_records("brat", tmp_path, dropped=dropped))
    assert [label.name for label in records[0].schemas["ner"]] == ["Per"]
    assert (len(records), dropped) == (2, {"cannot be read: the text of a file with annotations is missing": 1})


def test_what_is_said_is_in_the_words_of_the_file(tmp_path: Path) -> None:
    """No type of Python's, and no field that the file does not have: the group of a record is its text."""
    (tmp_path / "schema.json").write_text('["p"]\n[]\n{}\n')
    (tmp_path / "train.json").write_text('{"text": "Bo", "entity": []}\n{"text": null, "entity": []}\n')
    with pytest.raises(InputError, match=r"train.json:2: .*\(text is not a string but null\)"):
        list(load_records("iepile", tmp_path, strict=True))


def test_the_form_of_records_is_described_where_it_is_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.jsonl").write_text('{"a": 1}\n')
    assert main(["build", "ieinstruct", "records", "--data-dir", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    place = capsys.readouterr().err.split("; see ")[1].split(" and fix the file")[0]
    assert Path(place).is_file() and Path(place).name == "README.md"


def test_rows_in_memory() -> None:
    good: dict[str, Any] = {"tokens": ["Bob"], "ner_tags": ["B-per"]}
    rows = [good, {"tokens": ["Bob"]}, {"tokens": "Bob", "ner_tags": ["B-per"]}, good]
    dropped: Counter[str] = Counter()
    assert len(list(records_from_dataset(rows, dropped=dropped))) == 2
    assert dropped == {"cannot be read: a record does not have the form of its source": 2}
    with pytest.raises(InputError, match="row 1 of the split train: the field 'ner_tags' is missing; give the names"):
        list(records_from_dataset(rows, strict=True))


def test_a_category_that_the_schema_of_iepile_does_not_have(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text('["sale"]\n["seller"]\n{"sale": ["seller"]}\n')
    arguments = [{"argument": "Bob", "role": "seller"}, {"argument": "Acme", "role": "buyer"}]
    event = {"event_trigger": "sold", "event_type": "sale", "arguments": arguments}
    row = {"text": "Bob sold Acme", "event": [event, event | {"event_type": "war"}]}
    (tmp_path / "train.json").write_text(json.dumps(row))
    dropped: Counter[str] = Counter()
    (record,) = load_records("iepile", tmp_path, dropped=dropped)
    assert [(e.type, [(m.text, role) for m, role in e.arguments]) for e in record.events] == [
        ("sale", [("Bob", "seller")])
    ]
    assert dropped == {"an annotation has a category that schema.json does not have": 2}


@pytest.mark.parametrize("schema", ['["sale"]\n[]\n{}\n', '["sale"]\n[]\n{"sale": []}\n'])
def test_events_without_roles_are_detected_and_nothing_else(schema: str, tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(schema)
    event = {"event_trigger": "sold", "event_type": "sale", "arguments": [{"argument": "Bob", "role": "seller"}]}
    (tmp_path / "train.json").write_text(json.dumps({"text": "Bob sold Acme", "event": [event]}))
    dropped: Counter[str] = Counter()
    (record,) = load_records("iepile", tmp_path, dropped=dropped)
    assert list(record.schemas) == ["ed"]
    assert [(found.trigger.text, found.type, found.arguments) for found in record.events] == [("sold", "sale", ())]
    assert dropped == {"an argument, since schema.json has event types without roles, for event detection": 1}
    (row,) = (row for unit in plan("iepile", tmp_path).units["train"] for row in make_rows(unit))
    assert (row["task"], row["answer"]) == ("ed", [["sold", "sale"]])


def test_a_published_data_set_is_always_strict(lay: Callable[..., Path], native: dict[str, dict[str, str]]) -> None:
    folder = lay("scierc", **{"train.json": native["scierc"]["train.json"] + "\n{}\n"})
    with pytest.raises(InputError, match="train.json:3: the field 'doc_key' is missing"):
        list(load_records("scierc", folder))


@pytest.mark.parametrize("num_proc", [1, 2])
def test_a_build(num_proc: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "raw").mkdir()
    write_brat(tmp_path / "raw", 4, 2)
    out = tmp_path / "built"
    with caplog.at_level(logging.WARNING):
        counts = adelie_hf.build_ieinstruct("brat", tmp_path / "raw", out=out, num_proc=num_proc)
    reason = "cannot be read: the text at the offsets of a span differs from the recorded words"
    assert counts["train"].kept["rows"] == 4
    assert counts["train"].dropped == {reason: 2}
    assert f"2 {reason}" in str(counts["train"])
    said = [record.getMessage() for record in caplog.records]
    assert [message.partition("raw/")[2][:10] for message in said] == ["0001.ann:2", "0002.ann:2"]
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["settings"]["strict"] is False
    assert manifest["units"][0]["counts"]["dropped"] == {reason: 2}
    with pytest.raises(InputError, match="0001.ann:2: "):
        adelie_hf.build_ieinstruct("brat", tmp_path / "raw", out=out, num_proc=num_proc, strict=True)
    for file in (tmp_path / "raw").glob("000[12].*"):
        file.unlink()
    adelie_hf.build_ieinstruct("brat", tmp_path / "raw", out=tmp_path / "strict", num_proc=num_proc, strict=True)
    assert json.loads((tmp_path / "strict/manifest.json").read_text())["settings"]["strict"] is True
    assert (tmp_path / "strict/train.parquet").read_bytes() == (out / "train.parquet").read_bytes()


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "raw").mkdir()
    write_brat(tmp_path / "raw", 4, 7)
    reason = "cannot be read: the text at the offsets of a span differs from the recorded words"
    assert main(["sources", "check", str(tmp_path / "raw"), "--sources", "brat"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = lines.index(f"    dropped: 7: {reason}")
    assert [line.partition("raw/")[2][:10] for line in lines[at + 1 : at + 6]] == [
        f"000{n}.ann:2" for n in range(1, 6)
    ]
    assert main(["sources", "check", str(tmp_path / "raw"), "--sources", "brat", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["splits"]["train"]["problems"]) == 5
    assert main(["sources", "check", str(tmp_path / "raw"), "--sources", "brat", "--strict"]) == 2
    assert "brat: " in (printed := capsys.readouterr()).out and "0001.ann:2: " in printed.out
    build = ["build", "ieinstruct", "brat", "--data-dir", str(tmp_path / "raw"), "--out", str(tmp_path / "built")]
    assert main(build) == 0
    assert f"7 {reason}" in (printed := capsys.readouterr()).out
    assert "0001.ann:2: " in printed.err
    assert main([*build, "--strict"]) == 2
    assert "0001.ann:2: " in capsys.readouterr().err
    monkeypatch.setattr("adelie_hf.loop.check_script_settings", lambda *settings: None)  # it imports torch
    run = ["align", str(tmp_path / "raw"), "--model", "scratch", "--recipe", "tiny", "--out", str(tmp_path / "run")]
    assert main([*run, "--stages", "ieinstruct", "--strict"]) == 2
    assert "0001.ann:2: " in capsys.readouterr().err
    assert main([*run, "--stages", "ieinstruct"]) == 0


def test_the_error_passes_from_one_process_to_another() -> None:
    error = UnreadableRecord("a.ann:3", "'x' is wrong", "fix it", "a line is wrong")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.place, copy.reason) == ("a.ann:3: 'x' is wrong; fix it", "a.ann:3", "a line is wrong")
