"""Readers of events, open IE and on-demand IE on real files: counts as FORMATS.md has them, and a second count."""

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
from adelie_hf.sources.discovery import scan, select
from adelie_hf.sources.inventory import count_split
from adelie_hf.sources.label_sets import schemas_of
from adelie_hf.sources.source import Dropped


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


def load(name: str, folder: Path, shape: str = "native") -> tuple[list[Record], Counter[str]]:
    """Records and drops of one shape, whichever shape would be read."""
    item = get_source(name)
    hits = [hit for hit in scan(folder, [item]).hits[name] if hit.layout.name == shape]
    results = [result for split in select(item, hits).splits.values() for result in read_split(split)]
    dropped = Counter(result.reason for result in results if isinstance(result, Dropped))
    return [result for result in results if isinstance(result, Record)], dropped


def spaced(text: str) -> str:
    """A text with its words one space apart, and without a stop at its end."""
    return " ".join(text.split()).rstrip(".")


def values(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


# ---- CASIE ----------------------------------------------------------------------------------------


def test_casie(data: Path) -> None:
    """187 documents, 1,250 events, 3,425 arguments: all are read but those in another sentence than the trigger."""
    records, dropped = load("casie", data / "casie")
    assert len({record.group for record in records}) == 187
    assert sum(len(record.events) for record in records) == 1250
    assert sum(len(event.arguments) for record in records for event in record.events) == 3425 - 78
    assert dropped == {"an argument lies in another sentence than its trigger": 78}


def test_casie_loses_no_word(data: Path) -> None:
    """The sentences of a document are its text; every trigger's words are those recorded, a lost stop apart."""
    records, _ = load("casie", data / "casie")
    texts: dict[str, list[str]] = {}
    triggers: dict[str, Counter[str]] = {}
    for record in records:
        texts.setdefault(record.group, []).append(record.text)
        triggers.setdefault(record.group, Counter()).update(spaced(event.trigger.text) for event in record.events)
    moved = 0
    for file in (data / "casie/annotation").iterdir():
        row = values(file)
        assert spaced(" ".join(texts[file.stem])) == spaced(row["content"])
        events = [event for group in row["cyberevent"]["hopper"] for event in group["events"]]
        assert triggers[file.stem] == Counter(spaced(event["nugget"]["text"]) for event in events)
        spans = [span for event in events for span in (event["nugget"], *event.get("argument", ()))]
        moved += sum(row["content"][span["startOffset"] : span["endOffset"]] != span["text"] for span in spans)
    assert moved == 8


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
        both = (record, plain[record.id])
        ours, theirs = ([(e.trigger, e.type, Counter(e.arguments)) for e in each.events] for each in both)
        assert ours == theirs


# ---- MAVEN ----------------------------------------------------------------------------------------


def test_maven_types(data: Path) -> None:
    assert {label.raw for label in schemas_of("maven")["ed"]} == set(values(data / "maven/label2id.json"))


# ---- OpenIE4 --------------------------------------------------------------------------------------


def test_openie4_labels(data: Path) -> None:
    """Of 760 sentences with 1,583 extractions 279 sentences are in both files, and the rest is accounted for."""
    records, dropped = load("openie4", data / "openie6")
    assert (len(records), sum(len(record.extractions) for record in records)) == (463, 930)
    assert dropped == {
        "an earlier record has the same id": 279,
        "an extraction has no predicate": 76,
        "an extraction has a label too many or too few": 24,
        "an extraction has no subject": 4,
        "a sentence has no extraction that can be used": 18,
    }
    assert 463 + 279 + 18 == 474 + 286
    blocks: set[str] = set()
    usable = 0
    for file in ("small_extags.txt", "train_extags.txt"):
        text = (data / "openie6" / file).read_text(encoding="utf-8")
        rows = re.split(r"(.+) \[unused1\] \[unused2\] \[unused3\]\n", text)[1:]
        for sentence, labels in zip(rows[::2], rows[1::2], strict=True):
            lines = [line.split() for line in labels.splitlines()]
            good = [line for line in lines if {"REL", "ARG1"} <= set(line) and len(line) == len(sentence.split()) + 3]
            usable += len(good) if sentence + labels not in blocks and good else 0
            blocks.add(sentence + labels)
    assert usable == 930


def test_openie4_tags(data: Path) -> None:
    records, dropped = load("openie4", data / "openie6", "extractions")
    assert (len(records), sum(len(record.extractions) for record in records)) == (474, 997)
    assert not dropped
    text = (data / "openie6/small_allen.tsv").read_text(encoding="utf-8")
    subjects = Counter(" ".join(found.split()) for found in re.findall("<arg1>(.*?)</arg1>", text))
    assert Counter(each.arguments[0] for record in records for each in record.extractions) == subjects


def test_openie4_both_shapes_agree(data: Path) -> None:
    """An extraction of the label file is one of the tagged file; of its objects the labels often lack some."""
    labelled = {record.text: record for record in load("openie4", data / "openie6")[0]}
    tagged = {record.text: record for record in load("openie4", data / "openie6", "extractions")[0]}
    shared = labelled.keys() & tagged.keys()
    missing = total = 0
    for text in shared:
        pairs = {(each.predicate, each.arguments[0]) for each in tagged[text].extractions}
        total += len(labelled[text].extractions)
        missing += sum((each.predicate, each.arguments[0]) not in pairs for each in labelled[text].extractions)
    assert (len(shared), total, missing) == (455, 910, 1)  # of a subject in two pieces the labels skip a word


# ---- ROBUST ---------------------------------------------------------------------------------------


def test_robust(data: Path) -> None:
    records, dropped = load("robust", data / "robust")
    cliques = Counter(Counter(record.group for record in records).values())
    assert cliques == {2: 10, 3: 136, 4: 1126}
    assert (len(records), sum(len(record.extractions) for record in records)) == (4932, 16191)
    assert sum(not record.extractions for record in records) == 4
    extractions = [each for record in records for each in record.extractions]
    assert sum(not each.predicate for each in extractions) == 18
    lengths = Counter(1 + len(each.arguments) for each in extractions)
    assert lengths == {2: 760, 3: 11668, 4: 3190, 5: 512, 6: 53, 7: 8}
    assert not dropped
    rows = values(data / "robust/ROBUST.json")
    assert [record.text for record in records] == [
        sentence for row in rows for sentence in (row["ori_sent"], *(each["sent"] for each in row["paraphrases"]))
    ]


# ---- on-demand IE ---------------------------------------------------------------------------------


def test_odie(data: Path) -> None:
    records, dropped = load("odie", data / "odie-instructie")
    assert len({record.id for record in records}) == len(records) == 150
    assert not dropped
    assert [record.text for record in records] == [
        row["text"] for row in values(data / "odie-instructie/test_data.json")
    ]


# ---- all ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["casie", "openie4", "robust"])
def test_gold_answers_can_be_written_and_read(name: str, data: Path) -> None:
    for record in load_records(name, data):
        for task in record.schemas:
            for query in queries(record, task):
                for format in FORMATS[:2]:
                    parsed = parse(write(query.answer, task, format), task, format)
                    assert (parsed.items, parsed.status) == (query.answer, "valid")


@pytest.mark.parametrize("name", ["robust"])
def test_published_counts(name: str, data: Path) -> None:
    for split in select(get_source(name), scan(data, [get_source(name)]).hits[name]).splits.values():
        counts, _ = count_split(split)
        published = get_source(name).counts[split.name]
        assert {kind: counts[kind] for kind in published} == published
