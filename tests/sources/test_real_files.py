"""The readers on real files: published counts, every offset, and what a second way of counting gives."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.prompts import FORMATS, parse, write
from adelie_hf.queries import queries
from adelie_hf.records import Record
from adelie_hf.sources import find_sources, get_source, load_records
from adelie_hf.sources.label_sets import shared_roles

# Source -> split -> records in the files that are there, and items of each task.
EXPECTED: dict[str, dict[str, tuple[int, dict[str, int]]]] = {
    "carb": {"validation": (638, {"openie": 2548}), "test": (634, {"openie": 2715})},
    "fewrel": {"validation": (4000, {"rc": 4000})},
    "mit-restaurant": {
        "train": (7660, {"ner": 15363}),
        "validation": (815, {"ner": 1712}),
        "test": (706, {"ner": 1439}),
    },
    "odie": {"test": (150, {"odie": 150})},
    "phee": {"train": (1336, {"ee": 1383}), "validation": (359, {"ee": 375}), "test": (600, {"ee": 626})},
    "rams": {"validation": (924, {"eae": 2188}), "test": (260, {"eae": 600})},
    "scierc": {
        "train": (1861, {"ner": 5598, "re": 3219}),
        "validation": (275, {"ner": 811, "re": 455}),
        "test": (551, {"ner": 1685, "re": 974}),
    },
}
NAMES = tuple(EXPECTED)
# Complete in the shared files; of the others the first records are there.
COMPLETE = ("carb", "mit-restaurant", "odie", "scierc")


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


def values(file: Path) -> list[Any]:
    with open(file, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def by_id(name: str, data: Path) -> dict[str, Record]:
    return {record.id: record for record in load_records(name, data)}


def test_all_are_found(data: Path) -> None:
    found = find_sources(data)
    assert {name: list(found[name].splits) for name in EXPECTED} == {
        name: list(splits) for name, splits in EXPECTED.items()
    }
    assert {name for name in EXPECTED if found[name].skipped} == {
        "fewrel",
        "phee",
        "scierc",
    }  # other shapes
    with pytest.raises(ValueError, match="no file of maven below it"):
        find_sources(data, ("maven",))


@pytest.mark.parametrize("name", NAMES)
def test_counts_and_offsets(name: str, data: Path) -> None:
    dropped: Counter[str] = Counter()
    found: Counter[str] = Counter()
    items: dict[str, Counter[str]] = {split: Counter() for split in EXPECTED[name]}
    ids = set()
    for record in load_records(name, data, dropped=dropped):
        ids.add(record.id)
        found[record.split] += 1
        for mention in record.all_mentions():
            assert mention.fragments
            assert " ".join(record.text[start:end] for start, end in mention.fragments) == mention.text
        for task in record.schemas:
            for query in queries(record, task):
                items[record.split][task] += len(query.answer)
                shown = {label.name for label in query.schema}
                assert task in ("openie", "odie") or shown
                if task in ("ner", "eae", "re", "rc"):
                    assert {item[1] for item in query.answer} <= shown
    assert not dropped
    assert {split: (found[split], dict(items[split])) for split in found} == EXPECTED[name]
    assert len(ids) == sum(found.values())
    if name in COMPLETE:
        published = get_source(name).counts
        assert all(number == published.get(split, {}).get("records", number) for split, number in found.items())


@pytest.mark.parametrize("name", NAMES)
def test_every_gold_answer_can_be_written_and_read(name: str, data: Path) -> None:
    for record in load_records(name, data):
        for task in record.schemas:
            for query in queries(record, task):
                for format in FORMATS[:2]:
                    parsed = parse(write(query.answer, task, format), task, format)
                    assert (parsed.items, parsed.status) == (query.answer, "valid")


def test_fewrel(data: Path) -> None:
    records = by_id("fewrel", data)
    names = json.loads((data / "fewrel/pid2name.json").read_text(encoding="utf-8"))
    raw = json.loads((data / "fewrel/val_wiki.json").read_text(encoding="utf-8"))
    several = 0
    for pid, instances in raw.items():
        for index, instance in enumerate(instances):
            record = records[f"validation-{pid}-{index}"]
            assert record.text == " ".join(instance["tokens"])
            ((head, tail),) = record.pairs
            for mention, side in ((head, "h"), (tail, "t")):
                first = instance[side][2][0]
                before = instance["tokens"][: first[0]]
                assert mention.fragments[0][0] == len(" ".join([*before, ""]))
                assert mention.text == " ".join(instance["tokens"][at] for at in first)
                several += len(instance[side][2]) > 1
            assert [relation.type for relation in record.relations] == [names[pid][0]]
    assert several == 150
    assert {tuple(label.raw for label in record.schemas["rc"]) for record in records.values()} == {tuple(raw)}


def test_mit_restaurant(data: Path) -> None:
    first, second, *_ = load_records("mit-restaurant", data, "train")
    assert (first.id, first.text) == ("train-1", "2 start restaurants with inside dining")
    assert [(mention.text, mention.type) for mention in first.mentions] == [
        ("2 start", "rating"),
        ("inside dining", "amenity"),
    ]
    assert second.id == "train-8"  # the line that its first token stands on
    begins = (data / "mit-restaurant/restauranttrain.bio").read_text(encoding="utf-8").count("B-")
    assert begins == EXPECTED["mit-restaurant"]["train"][1]["ner"]


def test_scierc(data: Path) -> None:
    records = by_id("scierc", data)
    for file in ("train", "dev", "test"):
        for document in values(data / f"scierc/{file}.json"):
            tokens = [token for sentence in document["sentences"] for token in sentence]
            for number, (entities, relations) in enumerate(zip(document["ner"], document["relations"], strict=True)):
                record = records[f"{document['doc_key']}-{number}"]
                assert record.text == " ".join(document["sentences"][number])
                assert [mention.text for mention in record.mentions] == [
                    " ".join(tokens[start : end + 1]) for start, end, _ in entities
                ]
                assert [(r.head.text, r.type.upper().replace(" ", "-"), r.tail.text) for r in record.relations] == [
                    (" ".join(tokens[a : b + 1]), raw, " ".join(tokens[c : d + 1])) for a, b, c, d, raw in relations
                ]
                assert all(relation.head in record.mentions for relation in record.relations)


def test_rams(data: Path) -> None:
    records = by_id("rams", data)
    without: Counter[str] = Counter()
    for file in ("dev", "test"):
        for window in values(data / f"rams/{file}.jsonlines"):
            record = records[window["doc_key"]]
            tokens = [token for sentence in window["sentences"] for token in sentence]
            assert record.text == " ".join(tokens)
            (event,) = record.events
            start, end, ((event_type, _),) = window["evt_triggers"][0]
            assert event.trigger.text == " ".join(tokens[start : end + 1])
            assert event_type.startswith(f"{event.type}.")
            assert [(mention.text, role) for mention, role in event.arguments] == [
                (" ".join(tokens[a : b + 1]), shared_roles("rams")[role[len("evt000arg00") :]].name)
                for _, (a, b), role in window["gold_evt_links"]
            ]
            without[file] += not event.arguments
    assert without == {"dev": 28, "test": 6}


def test_rams_roles(data: Path) -> None:
    for record in load_records("rams", data):
        for query in queries(record, "eae"):
            assert query.schema and all(role.raw and role.definition for role in query.schema)
            assert {item[1] for item in query.answer} <= {role.name for role in query.schema}
    assert len({label for each in load_records("rams", data) for label in each.schemas["eae"]}) <= 139


def test_phee(data: Path) -> None:
    """Every span of the three arguments and what is below them, and the trigger; no span of anything else."""
    records = by_id("phee", data)
    for file in ("train", "dev", "test"):
        for row in values(data / f"phee/json/{file}.json"):
            record = records[row["id"]]
            assert record.text == row["context"]
            raw = [event for annotation in row["annotations"] for event in annotation["events"]]
            assert len(raw) == len(record.events)
            for event, read in zip(raw, record.events, strict=True):
                expected: Counter[tuple[str, str]] = Counter()
                for main in ("Subject", "Treatment", "Effect"):
                    for name, part in {"": event.get(main, {}), **event.get(main, {})}.items():
                        if name == "Combination":
                            texts = [text for each in part for text in each["Drug"]["text"]]
                        elif isinstance(part, dict):
                            texts = part.get("text", [])
                        else:
                            continue
                        role = f"{main} {name}".replace("_", " ").strip().lower()
                        expected.update((" ".join(text), role) for text in texts)
                got = Counter(
                    (mention.text, role.replace("combination drug", "combination")) for mention, role in read.arguments
                )
                assert got == expected
                assert [read.trigger.text] == [" ".join(text) for text in event["Trigger"]["text"]]
                assert read.type == event["event_type"].replace("_", " ").lower()


def test_carb(data: Path) -> None:
    first = next(load_records("carb", data, "validation"))
    rows = (data / "carb/gold/dev.tsv").read_text(encoding="utf-8").split("\n")[: len(first.extractions)]
    for row, extraction in zip(rows, first.extractions, strict=True):
        sentence, predicate, *arguments = (column.strip() for column in row.split("\t"))
        assert (sentence, predicate, tuple(arguments)) == (first.text, *extraction)
    every = [extraction for record in load_records("carb", data) for extraction in record.extractions]
    assert min(len(extraction.arguments) for extraction in every) == 1
    assert not any("C: " in argument for extraction in every for argument in extraction.arguments)


def test_odie(data: Path) -> None:
    rows = json.loads((data / "odie-instructie/test_data.json").read_text(encoding="utf-8"))
    for row, record in zip(rows, load_records("odie", data), strict=True):
        assert (record.text, record.instruction) == (row["text"], row["instruction"])
        assert record.table is not None
        lines = [line for line in row["table"].split("\n") if line.strip()]
        assert len(record.table.rows) == len(lines) - 2
        assert [list(map(str.strip, line.strip().strip("|").split("|"))) for line in (lines[0], lines[2])] == [
            list(record.table.header),
            list(record.table.rows[0]),
        ]


def test_ids_are_the_same_each_time(data: Path) -> None:
    for name in ("mit-restaurant", "fewrel", "carb"):
        assert list(by_id(name, data)) == list(by_id(name, data))
