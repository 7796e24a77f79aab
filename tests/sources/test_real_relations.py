"""Readers of relations on real files: published counts, and independent counts."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from html import unescape
from pathlib import Path

import pytest

from adelie_hf.queries import queries
from adelie_hf.records import Record
from adelie_hf.sources import find_sources, get_source, load_records

Counts = dict[str, dict[str, int]]

# (source, folder) -> split -> counts. The shared files are complete with these exceptions: of FewRel the first 250
# instances of each relation (20 in the biomedical file), of SpERT's version of SciERC the validation split, of ADE's
# negatives the first lines, of MATRES all rows, but only the texts of the test split.
EXPECTED: dict[tuple[str, str], Counts] = {
    ("semeval2010-task8", "semeval2010-task8"): {
        "train": {"records": 8000, "mentions": 16000, "relations": 8000 - 1410, "pairs": 8000},
        "test": {"records": 2717, "mentions": 5434, "relations": 2717 - 454, "pairs": 2717},
    },
    ("fewrel", "fewrel"): {"validation": {"records": 4000, "mentions": 8155, "relations": 4000, "pairs": 4000}},
    ("scierc", "scierc"): {
        "train": {"records": 1861, "groups": 350, "mentions": 5598, "relations": 3219},
        "validation": {"records": 275, "groups": 50, "mentions": 811, "relations": 455},
        "test": {"records": 551, "groups": 100, "mentions": 1685, "relations": 974},
    },
    ("scierc", "scierc/spert-json"): {"validation": {"records": 275, "mentions": 811, "relations": 455}},
    ("ade", "ade"): {"train": {"records": 4272, "groups": 1644, "mentions": 10839, "relations": 6821}},
    ("matres", "matres"): {
        "test": {"records": 20, "groups": 20, "mentions": 384, "relations": 837, "pairs": 837},
    },
}
DROPPED = {
    "matres": {
        "the TimeML file (.tml) of the document is missing below the folder of the annotation": 73 + 182,
    }
}


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


def count(records: list[Record]) -> Counts:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    groups: dict[str, set[str]] = defaultdict(set)
    for record in records:
        groups[record.split].add(record.group)
        counts[record.split].update(
            records=1,
            mentions=len(record.mentions),
            relations=len(record.relations),
            pairs=len(record.pairs),
        )
    return {split: dict(counts[split]) | {"groups": len(groups[split])} for split in counts}


@pytest.mark.parametrize(("name", "folder"), EXPECTED)
def test_counts(name: str, folder: str, data: Path) -> None:
    dropped: Counter[str] = Counter()
    records = list(load_records(name, data / folder, dropped=dropped))
    counts, expected = count(records), EXPECTED[name, folder]
    assert {split: {kind: counts[split][kind] for kind in numbers} for split, numbers in expected.items()} == expected
    assert list(counts) == list(expected)
    assert dropped == DROPPED.get(name, {})
    for record in records:
        assert all(mention.fragments for mention in record.all_mentions())
        for task, schema in record.schemas.items():
            categories = {label.name for label in schema}
            assert {item[1] for query in queries(record, task) for item in query.answer} <= categories


@pytest.mark.parametrize(("name", "folder"), EXPECTED)
def test_published_counts(name: str, folder: str, data: Path) -> None:
    counts = count(list(load_records(name, data / folder)))
    for split, published in get_source(name).counts.items():
        if split in counts and name != "fewrel":  # which is incomplete
            assert {kind: counts[split][kind] for kind in published} == published


def test_one_layout_of_each_source_is_read(data: Path) -> None:
    """In a folder with several data sets and layouts, the other layouts are skipped."""
    sources = find_sources(data, ("ade", "fewrel", "matres", "scierc", "semeval2010-task8"))
    assert {name: sorted(file.name for file in source.skipped) for name, source in sources.items()} == {
        "ade": ["ADE-NEG.txt", "DRUG-DOSE.rel"],
        "fewrel": ["val_pubmed.json"],
        "matres": [],
        "scierc": ["scierc_joint_er_dev.json"],
        "semeval2010-task8": [],
    }


def test_semeval(data: Path) -> None:
    """Comparison with a regular expression, and with the key file, which has relations without directions."""
    folder = data / "semeval2010-task8"
    records = {record.id: record for record in load_records("semeval2010-task8", folder)}
    item = re.compile(r'^(\d+)\t"(.*?)<e1>(.*?)</e1>(.*?)<e2>(.*?)</e2>(.*)"\r\n(\S+)\r$', re.MULTILINE)
    count = 0
    for file in ("TRAIN_FILE.TXT", "TEST_FILE_FULL.TXT"):
        for match in item.finditer((folder / file).read_bytes().decode("utf-8")):
            number, *pieces, raw_label = match.groups()
            record = records[number]
            ((first, second),) = record.pairs
            assert record.text == "".join(pieces)
            assert [first.fragments[0][0], second.fragments[0][0]] == [len(pieces[0]), len("".join(pieces[:3]))]
            assert [first.text, second.text] == pieces[1::2]
            raw = {label.name: label.raw for label in record.schemas["rc"]}
            assert ([raw[r.type] for r in record.relations] or ["Other"]) == [raw_label]
            assert all((r.head, r.tail) == (first, second) for r in record.relations)
            count += 1
    assert count == len(records) == 10_717
    key = (folder / "SemEval2010_task8_testing_keys/TEST_FILE_KEY.TXT").read_text(encoding="utf-8").split()
    for number, label in zip(key[::2], key[1::2], strict=True):
        raw = {category.name: category.raw.partition("(")[0] for category in records[number].schemas["rc"]}
        assert [raw[r.type] for r in records[number].relations] == ([label] if label != "Other" else [])


def test_fewrel_pubmed(data: Path, tmp_path: Path) -> None:
    content = (data / "fewrel/val_pubmed.json").read_text(encoding="utf-8")
    (tmp_path / "val_pubmed.json").write_text(content, encoding="utf-8")
    records = {record.id: record for record in load_records("fewrel", tmp_path)}
    instances = [
        (raw, position, instance)
        for raw, raw_instances in json.loads(content).items()
        for position, instance in enumerate(raw_instances)
    ]
    assert len(records) == len(instances) == 200
    for raw, position, instance in instances:
        record = records[f"validation-{raw}-{position}"]
        ((head, tail),) = record.pairs
        assert [head.text, tail.text] == [
            " ".join(instance["tokens"][i] for i in instance[side][2][0]) for side in ("h", "t")
        ]
        assert [r.type for r in record.relations] == [raw.replace("_", " ")]


def test_scierc_of_spert_has_the_same_annotations(data: Path) -> None:
    """It has the sentences, entities and relations of the native file, with other names for brackets."""
    brackets = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}

    def plain(text: str) -> str:
        return " ".join(brackets.get(token, token) for token in text.split(" "))

    def contents(folder: str) -> Counter[tuple]:
        return Counter(
            (
                plain(record.text),
                *sorted((plain(mention.text), mention.type) for mention in record.mentions),
                *sorted((plain(r.head.text), r.type, plain(r.tail.text)) for r in record.relations),
            )
            for record in load_records("scierc", data / folder, "validation")
        )

    assert contents("scierc/spert-json") == contents("scierc")


def test_ade(data: Path) -> None:
    """Each line has both surfaces, and their distance in the sentence is that in the abstract."""
    triples: Counter[tuple[str, str, str, str, int]] = Counter()
    for record in load_records("ade", data / "ade"):
        for relation in record.relations:
            head, tail = (mention.fragments[0][0] for mention in (relation.head, relation.tail))
            triples[record.group, record.text, relation.head.text, relation.tail.text, head - tail] += 1
    lines = (data / "ade/DRUG-AE.rel").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines]
    assert triples == Counter((r[0], r[1], r[2], r[5], int(r[3]) - int(r[6])) for r in rows)
    assert triples.total() == 6_821


def test_ade_other_files(data: Path, tmp_path: Path) -> None:
    """There are 279 doses in 213 sentences, and the first negatives."""
    for file in ("DRUG-DOSE.rel", "ADE-NEG.txt"):
        (tmp_path / file).mkdir()
        (tmp_path / file / file).write_bytes((data / "ade" / file).read_bytes())
    doses = list(load_records("ade", tmp_path / "DRUG-DOSE.rel"))
    assert (len(doses), sum(len(record.relations) for record in doses)) == (213, 279)
    negatives = list(load_records("ade", tmp_path / "ADE-NEG.txt"))
    lines = (data / "ade/ADE-NEG.txt").read_text(encoding="utf-8").splitlines()
    assert [f"{record.group} NEG {record.text}" for record in negatives] == lines
    assert len(negatives) == 2_180


def test_matres(data: Path) -> None:
    """Comparison of all pairs with regular expressions on the TimeML files."""
    records = {record.id: record for record in load_records("matres", data / "matres")}
    rows = [line.split("\t") for line in (data / "matres/platinum.txt").read_text(encoding="utf-8").splitlines()]
    triples = Counter(
        (record.id, *((m.text, m.fragments[0][0]) for m in (r.head, r.tail)), r.type)
        for record in records.values()
        for r in record.relations
    )
    ends: dict[tuple[str, str], tuple[str, int]] = {}  # document and instance -> verb and its start
    for document, record in records.items():
        xml = (data / f"matres/te3-platinum/{document}.tml").read_text(encoding="utf-8")
        raw_text = xml[xml.index("<TEXT>") + 6 : xml.index("</TEXT>")].strip()
        assert record.text == unescape(re.sub("<[^>]*>", "", raw_text))
        for instance, event in re.findall(r'<MAKEINSTANCE [^>]*?eiid="ei(\d+)"[^>]*?eventID="(e\d+)"', xml):
            if match := re.search(rf'<EVENT [^>]*?eid="{event}"[^>]*>([^<]*)<', raw_text):
                before = unescape(re.sub("<[^>]*>", "", raw_text[: match.start(1)]))
                ends[document, instance] = (match[1], len(before))
    assert triples == Counter((row[0], ends[row[0], row[3]], ends[row[0], row[4]], row[5].lower()) for row in rows)
    assert all((ends[row[0], row[3]][0], ends[row[0], row[4]][0]) == (row[1], row[2]) for row in rows)
