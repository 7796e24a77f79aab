"""Readers of events, open IE and on-demand IE on real files: counts of FORMATS.md, and independent counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.prompts import FORMATS, parse, write
from adelie_hf.queries import queries
from adelie_hf.records import Record
from adelie_hf.sources import get_source, load_records, read_split
from adelie_hf.sources.discovery import select_files
from adelie_hf.sources.inventory import count_split
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.sources.scan import scan_folder
from adelie_hf.sources.source import Dropped


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


def load(name: str, folder: Path, layout: str = "native") -> tuple[list[Record], Counter[str]]:
    """Return the records and drops of a layout, also if another one is preferred."""
    source = get_source(name)
    matches = [match for match in scan_folder(folder, [source]).matches[name] if match.layout.name == layout]
    results = [result for split in select_files(source, matches).splits.values() for result in read_split(split)]
    dropped = Counter(result.reason for result in results if isinstance(result, Dropped))
    return [result for result in results if isinstance(result, Record)], dropped


def normalised(text: str) -> str:
    """Return a text with single spaces between words, and without a full stop at its end."""
    return " ".join(text.split()).rstrip(".")


def read_json(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


# ---- CASIE ----------------------------------------------------------------------------------------


def test_casie(data: Path) -> None:
    """Of 187 documents, 1,250 events and 3,425 arguments, only arguments in another sentence are dropped."""
    records, dropped = load("casie", data / "casie")
    assert len({record.group for record in records}) == 187
    assert sum(len(record.events) for record in records) == 1250
    assert sum(len(event.arguments) for record in records for event in record.events) == 3425 - 78
    assert dropped == {"an argument is in another sentence than its trigger": 78}


def test_casie_keeps_all_words(data: Path) -> None:
    """The sentences are the document; triggers have the recorded words, except for a missing full stop."""
    records, _ = load("casie", data / "casie")
    texts: dict[str, list[str]] = {}
    triggers: dict[str, Counter[str]] = {}
    for record in records:
        texts.setdefault(record.group, []).append(record.text)
        triggers.setdefault(record.group, Counter()).update(normalised(event.trigger.text) for event in record.events)
    corrected = 0
    for file in (data / "casie/annotation").iterdir():
        row = read_json(file)
        assert normalised(" ".join(texts[file.stem])) == normalised(row["content"])
        events = [event for group in row["cyberevent"]["hopper"] for event in group["events"]]
        assert triggers[file.stem] == Counter(normalised(event["nugget"]["text"]) for event in events)
        spans = [span for event in events for span in (event["nugget"], *event.get("argument", ()))]
        corrected += sum(row["content"][span["startOffset"] : span["endOffset"]] != span["text"] for span in spans)
    assert corrected == 8


# ---- PHEE -----------------------------------------------------------------------------------------


def test_phee_brat_gives_the_events_of_the_json(data: Path) -> None:
    brat, dropped = load("phee", data / "phee", "brat")
    plain = {record.id: record for record in load("phee", data / "phee")[0]}
    assert Counter(record.split for record in brat) == {"train": 15, "test": 15}
    assert not dropped
    for record in brat:
        assert (record.text, record.split, record.group, record.schemas) == (
            plain[record.id].text,
            plain[record.id].split,
            plain[record.id].group,
            plain[record.id].schemas,
        )
        brat_events, json_events = (
            [(event.trigger, event.type, Counter(event.arguments)) for event in events]
            for events in (record.events, plain[record.id].events)
        )
        assert brat_events == json_events


# ---- MAVEN ----------------------------------------------------------------------------------------


def test_maven_types(data: Path) -> None:
    assert {label.raw for label in load_schemas("maven")["ed"]} == set(read_json(data / "maven/label2id.json"))


# ---- OpenIE4 --------------------------------------------------------------------------------------


def test_openie4_labels(data: Path) -> None:
    """Of 760 sentences with 1,583 extractions, 279 sentences are in both files; all others are read or dropped."""
    records, dropped = load("openie4", data / "openie6")
    assert (len(records), sum(len(record.extractions) for record in records)) == (463, 930)
    assert dropped == {
        "an earlier record has the same id": 279,
        "an extraction has no predicate": 76,
        "an extraction has more or fewer labels than the sentence has tokens": 24,
        "an extraction has no subject": 4,
        "a sentence has no usable extraction": 18,
    }
    assert 463 + 279 + 18 == 474 + 286
    blocks: set[str] = set()
    usable = 0
    for file in ("small_extags.txt", "train_extags.txt"):
        text = (data / "openie6" / file).read_text(encoding="utf-8")
        rows = re.split(r"(.+) \[unused1\] \[unused2\] \[unused3\]\n", text)[1:]
        for sentence, labels in zip(rows[::2], rows[1::2], strict=True):
            lines = [line.split() for line in labels.splitlines()]
            complete = [
                line for line in lines if {"REL", "ARG1"} <= set(line) and len(line) == len(sentence.split()) + 3
            ]
            usable += len(complete) if sentence + labels not in blocks else 0
            blocks.add(sentence + labels)
    assert usable == 930


def test_openie4_tags(data: Path) -> None:
    records, dropped = load("openie4", data / "openie6", "extractions")
    assert (len(records), sum(len(record.extractions) for record in records)) == (474, 997)
    assert not dropped
    text = (data / "openie6/small_allen.tsv").read_text(encoding="utf-8")
    subjects = Counter(" ".join(subject.split()) for subject in re.findall("<arg1>(.*?)</arg1>", text))
    assert Counter(extraction.arguments[0] for record in records for extraction in record.extractions) == subjects


def test_openie4_layouts_agree(data: Path) -> None:
    """Extractions of the label file are in the tagged file; the labels often lack some of the objects."""
    labelled = {record.text: record for record in load("openie4", data / "openie6")[0]}
    tagged = {record.text: record for record in load("openie4", data / "openie6", "extractions")[0]}
    shared = labelled.keys() & tagged.keys()
    missing = total = 0
    for text in shared:
        pairs = {(extraction.predicate, extraction.arguments[0]) for extraction in tagged[text].extractions}
        total += len(labelled[text].extractions)
        missing += sum(
            (extraction.predicate, extraction.arguments[0]) not in pairs for extraction in labelled[text].extractions
        )
    assert (len(shared), total, missing) == (455, 910, 1)  # the labels omit a word of a discontinuous subject


# ---- ROBUST ---------------------------------------------------------------------------------------


def test_robust(data: Path) -> None:
    records, dropped = load("robust", data / "robust")
    cliques = Counter(Counter(record.group for record in records).values())
    assert cliques == {2: 10, 3: 136, 4: 1126}
    assert (len(records), sum(len(record.extractions) for record in records)) == (4932, 16191)
    assert sum(not record.extractions for record in records) == 4
    extractions = [extraction for record in records for extraction in record.extractions]
    assert sum(not extraction.predicate for extraction in extractions) == 18
    lengths = Counter(1 + len(extraction.arguments) for extraction in extractions)
    assert lengths == {2: 760, 3: 11668, 4: 3190, 5: 512, 6: 53, 7: 8}
    assert not dropped
    rows = read_json(data / "robust/ROBUST.json")
    assert [record.text for record in records] == [
        sentence
        for row in rows
        for sentence in (row["ori_sent"], *(paraphrase["sent"] for paraphrase in row["paraphrases"]))
    ]


# ---- on-demand IE ---------------------------------------------------------------------------------


def test_odie(data: Path) -> None:
    records, dropped = load("odie", data / "odie-instructie")
    assert len({record.id for record in records}) == len(records) == 150
    assert not dropped
    assert [record.text for record in records] == [
        row["text"] for row in read_json(data / "odie-instructie/test_data.json")
    ]


# ---- all data sets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["casie", "openie4", "robust"])
def test_gold_answers_can_be_written_and_parsed(name: str, data: Path) -> None:
    for record in load_records(name, data):
        for task in record.schemas:
            for query in queries(record, task):
                for format in FORMATS[:2]:
                    parsed = parse(write(query.answer, task, format), task, format)
                    assert (parsed.items, parsed.status) == (query.answer, "valid")


@pytest.mark.parametrize("name", ["robust"])
def test_published_counts(name: str, data: Path) -> None:
    source = get_source(name)
    for split in select_files(source, scan_folder(data, [source]).matches[name]).splits.values():
        counts, *_ = count_split(split)
        published = source.counts[split.name]
        assert {kind: counts[kind] for kind in published} == published
