"""Readers on real files: published counts, all offsets, and independent counts."""

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

# Source -> split -> records in the available files, and items of each task.
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
# Complete in the shared files, which contain only the first records of the others.
COMPLETE = ("carb", "mit-restaurant", "odie", "scierc")


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


def read_rows(file: Path) -> list[Any]:
    with open(file, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def by_id(name: str, data: Path) -> dict[str, Record]:
    return {record.id: record for record in load_records(name, data)}


def test_all_are_found(data: Path) -> None:
    discovered = find_sources(data)
    assert {name: list(discovered[name].splits) for name in EXPECTED} == {
        name: list(splits) for name, splits in EXPECTED.items()
    }
    assert {name for name in EXPECTED if discovered[name].skipped} == {
        "fewrel",
        "phee",
        "scierc",
    }  # other layouts
    with pytest.raises(ValueError, match="no files of maven in it"):
        find_sources(data, ("maven",))


@pytest.mark.parametrize("name", NAMES)
def test_counts_and_offsets(name: str, data: Path) -> None:
    dropped: Counter[str] = Counter()
    record_counts: Counter[str] = Counter()
    items: dict[str, Counter[str]] = {split: Counter() for split in EXPECTED[name]}
    ids = set()
    for record in load_records(name, data, dropped=dropped):
        ids.add(record.id)
        record_counts[record.split] += 1
        for mention in record.all_mentions():
            assert mention.fragments
            assert " ".join(record.text[start:end] for start, end in mention.fragments) == mention.text
        for task in record.schemas:
            for query in queries(record, task):
                items[record.split][task] += len(query.answer)
                categories = {label.name for label in query.schema}
                assert task in ("openie", "odie") or categories
                if task in ("ner", "eae", "re", "rc"):
                    assert {item[1] for item in query.answer} <= categories
    assert not dropped
    assert {split: (count, dict(items[split])) for split, count in record_counts.items()} == EXPECTED[name]
    assert len(ids) == record_counts.total()
    if name in COMPLETE:
        published = get_source(name).counts
        assert all(
            number == published.get(split, {}).get("records", number) for split, number in record_counts.items()
        )


@pytest.mark.parametrize("name", NAMES)
def test_gold_answers_can_be_written_and_parsed(name: str, data: Path) -> None:
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
    assert second.id == "train-8"  # the line of its first token
    begins = (data / "mit-restaurant/restauranttrain.bio").read_text(encoding="utf-8").count("B-")
    assert begins == EXPECTED["mit-restaurant"]["train"][1]["ner"]


def test_scierc(data: Path) -> None:
    records = by_id("scierc", data)
    for file in ("train", "dev", "test"):
        for document in read_rows(data / f"scierc/{file}.json"):
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
    without_arguments: Counter[str] = Counter()
    for file in ("dev", "test"):
        for window in read_rows(data / f"rams/{file}.jsonlines"):
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
            without_arguments[file] += not event.arguments
    assert without_arguments == {"dev": 28, "test": 6}


def test_rams_roles(data: Path) -> None:
    for record in load_records("rams", data):
        for query in queries(record, "eae"):
            assert query.schema and all(role.raw and role.definition for role in query.schema)
            assert {item[1] for item in query.answer} <= {role.name for role in query.schema}
    assert len({label for record in load_records("rams", data) for label in record.schemas["eae"]}) <= 139


def test_phee(data: Path) -> None:
    """The arguments are the spans of the three main arguments and of their sub-arguments, and no others."""
    records = by_id("phee", data)
    for file in ("train", "dev", "test"):
        for row in read_rows(data / f"phee/json/{file}.json"):
            record = records[row["id"]]
            assert record.text == row["context"]
            raw_events = [event for annotation in row["annotations"] for event in annotation["events"]]
            assert len(raw_events) == len(record.events)
            for raw_event, event in zip(raw_events, record.events, strict=True):
                expected: Counter[tuple[str, str]] = Counter()
                for main in ("Subject", "Treatment", "Effect"):
                    for name, part in {"": raw_event.get(main, {}), **raw_event.get(main, {})}.items():
                        if name == "Combination":
                            texts = [text for drugs in part for text in drugs["Drug"]["text"]]
                        elif isinstance(part, dict):
                            texts = part.get("text", [])
                        else:
                            continue
                        role = f"{main} {name}".replace("_", " ").strip().lower()
                        expected.update((" ".join(text), role) for text in texts)
                arguments = Counter(
                    (mention.text, role.replace("combination drug", "combination"))
                    for mention, role in event.arguments
                )
                assert arguments == expected
                assert [event.trigger.text] == [" ".join(text) for text in raw_event["Trigger"]["text"]]
                assert event.type == raw_event["event_type"].replace("_", " ").lower()


def test_carb(data: Path) -> None:
    first = next(load_records("carb", data, "validation"))
    rows = (data / "carb/gold/dev.tsv").read_text(encoding="utf-8").split("\n")[: len(first.extractions)]
    for row, extraction in zip(rows, first.extractions, strict=True):
        sentence, predicate, *arguments = (column.strip() for column in row.split("\t"))
        assert (sentence, predicate, tuple(arguments)) == (first.text, *extraction)
    extractions = [extraction for record in load_records("carb", data) for extraction in record.extractions]
    assert min(len(extraction.arguments) for extraction in extractions) == 1
    assert not any("C: " in argument for extraction in extractions for argument in extraction.arguments)


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


def test_ids_are_reproducible(data: Path) -> None:
    for name in ("mit-restaurant", "fewrel", "carb"):
        assert list(by_id(name, data)) == list(by_id(name, data))
