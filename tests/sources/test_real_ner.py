"""Readers of named entities on real files: counts of FORMATS.md, and independent counts."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from adelie_hf.records import Record
from adelie_hf.sources import Split, find_sources, get_source, load_records, read_split


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


def load(name: str, layout: str, split: str, *files: Path) -> list[Record]:
    """Return the records of files with any names; none may be dropped."""
    records = []
    prefixes = tuple(file.stem for file in files)
    for result in read_split(Split(name, layout, split, files, prefixes=prefixes)):
        assert isinstance(result, Record), result
        records.append(result)
    return records


def count_types(records: list[Record]) -> dict[str, int]:
    return dict(Counter(mention.type for record in records for mention in record.mentions))


def read_blocks(file: Path) -> list[list[list[str]]]:
    text = file.read_text(encoding="utf-8")
    return [[line.split("\t") for line in block.split("\n")] for block in re.split(r"\n{2,}", text.strip("\n"))]


def test_all_are_found(data: Path) -> None:
    sources = find_sources(data, ("bc5cdr", "fewnerd", "genia", "mit-restaurant"))
    file_counts = {
        name: {split.name: len(split.files) for split in source.splits.values()} for name, source in sources.items()
    }
    assert file_counts == {
        "bc5cdr": {"train": 1, "validation": 1},
        "fewnerd": {"test": 1},
        "genia": {"validation": 1, "test": 1},
        "mit-restaurant": {"train": 1, "validation": 1, "test": 1},
    }
    assert [next(iter(source.splits.values())).layout for source in sources.values()] == [
        "pubtator",
        "native",
        "layered",
        "native",
    ]
    # The same data sets in other layouts, and a sample that is not a split.
    skipped = [file.relative_to(data).parts[:2] for source in sources.values() for file in source.skipped]
    assert set(skipped) == {
        ("bc5cdr", "MTL-IOB"),
        ("fewnerd", "vert-papers-sample"),
        ("genia", "event-xml"),
        ("genia", "w2ner-json"),
    }


def test_bc5cdr(data: Path) -> None:
    """The files contain 275 and 219 of 500 articles each; FORMATS.md has the counts of the complete files."""
    expected = {
        ("train", "CDR_TrainingSet.PubTator.PubTator.txt"): (275, 2772, 2283),
        ("validation", "CDR_DevelopmentSet.PubTator.txt"): (219, 2285, 1877),
    }
    for (split, file), (articles, chemicals, diseases) in expected.items():
        records = load("bc5cdr", "pubtator", split, data / "bc5cdr" / file)
        assert len({record.group for record in records}) == articles
        assert count_types(records) == {"chemical": chemicals, "disease": diseases}
        # Independent counts from the rows, and comparison of all surfaces and of the text of all articles.
        text = (data / "bc5cdr" / file).read_text(encoding="utf-8")
        rows = re.findall(r"^\d+\t\d+\t\d+\t([^\t]*)\t(Chemical|Disease)\t", text, re.MULTILINE)
        assert Counter(kind for _, kind in rows) == {"Chemical": chemicals, "Disease": diseases}
        surfaces = Counter(mention.text for record in records for mention in record.mentions)
        assert surfaces == Counter(surface for surface, _ in rows)
        article_text = "".join(re.findall(r"^\d+\|[ta]\|(.*)$", text, re.MULTILINE))
        assert "".join("".join(record.text for record in records).split()) == "".join(article_text.split())


def test_bc5cdr_in_bioc_has_the_same_records(data: Path) -> None:
    """27 of the 50 articles of the sample are also in the training file."""
    file = data / "bc5cdr/CDR_sample.BioC.xml"
    sample = load("bc5cdr", "bioc", "train", file)
    annotated_types: Counter[str] = Counter()
    for annotation in ElementTree.parse(file).iter("annotation"):
        infons = {infon.get("key"): infon.text for infon in annotation.iter("infon")}
        if infons.get("CompositeRole") != "IndividualMention":  # in PubTator these are in a separate column
            annotated_types[f"{infons['type']}".lower()] += 1
    assert count_types(sample) == annotated_types == {"chemical": 510, "disease": 424}
    assert len({record.group for record in sample}) == 50
    train = load("bc5cdr", "pubtator", "train", data / "bc5cdr/CDR_TrainingSet.PubTator.PubTator.txt")
    common = {record.group for record in sample} & {record.group for record in train}
    assert len(common) == 27
    assert [record for record in sample if record.group in common] == sorted(
        (record for record in train if record.group in common),
        key=lambda record: [sample_record.id for sample_record in sample].index(record.id),
    )


def test_bc5cdr_in_iob(data: Path) -> None:
    file = data / "bc5cdr/MTL-IOB/test.tsv"
    records = load("bc5cdr", "iob", "test", file)
    begins = Counter(row[1] for block in read_blocks(file) for row in block if row[1].startswith("B-"))
    assert count_types(records) == {"chemical": 1464, "disease": 1199}
    assert begins == {"B-Chemical": 1464, "B-Disease": 1199}
    assert len(records) == len(read_blocks(file)) == 1316


@pytest.mark.parametrize(
    "part, sentences, expected",
    [
        ("dev", 1090, {"protein": 1515, "DNA": 685, "cell type": 343, "cell line": 233, "RNA": 69}),
        ("test", 1063, {"protein": 1471, "DNA": 811, "cell type": 318, "cell line": 260, "RNA": 61}),
    ],
)
def test_genia_in_layers(part: str, sentences: int, expected: dict[str, int], data: Path) -> None:
    file = data / f"genia/layered-iob2/genia.{part}.iob2"
    records = load("genia", "layered", "test", file)
    assert (len(records), count_types(records)) == (sentences, expected)
    begins = Counter(re.findall(r"\tB-(\w+)", file.read_text(encoding="utf-8")))
    assert {type.replace("_", " "): number for type, number in begins.items()} == expected


@pytest.mark.parametrize(
    "part, sentences, expected",
    [
        ("dev", 629, {"protein": 1181, "DNA": 445, "cell type": 232, "cell line": 159, "RNA": 53}),
        ("test", 659, {"protein": 837, "DNA": 569, "cell type": 197, "cell line": 184, "RNA": 40}),
    ],
)
def test_genia_in_json(part: str, sentences: int, expected: dict[str, int], data: Path) -> None:
    file = data / f"genia/w2ner-json/{part}.json"
    records = load("genia", "json", "test", file)
    assert (len(records), count_types(records)) == (sentences, expected)
    for record, row in zip(records, json.loads(file.read_text(encoding="utf-8")), strict=True):
        surfaces = Counter(" ".join(row["sentence"][at] for at in term["index"]) for term in row["ner"])
        assert Counter(mention.text for mention in record.mentions) == surfaces


def test_genia_event_corpus(data: Path) -> None:
    """The files are 25 of 1,000 abstracts; FORMATS.md has no counts of terms."""
    files = sorted((data / "genia/event-xml").glob("*.xml"))
    records = load("genia", "event-xml", "train", *files)
    assert len({record.group for record in records}) == len(files) == 25
    xml = "".join(file.read_text(encoding="utf-8") for file in files)
    assert len(records) == len(re.findall("<sentence ", xml)) == 239
    assert count_types(records) == {"protein": 547, "cell type": 151, "DNA": 199, "cell line": 43, "RNA": 3}
    # Each coordination has two members. One of DNA, in which the first member is not marked, is one mention.
    classes = Counter(re.findall(r'sem="\(?(?:AND |OR )?(\w+)', xml))
    for coordinated in re.findall(r'sem="\((?:AND|OR) (\w+) \1\)"', xml):
        classes[coordinated] += 1
    reduced: Counter[str] = Counter()
    classes["DNA_domain_or_region"] -= 1
    for name, number in classes.items():
        kind = {"Cell_natural": "cell type", "Cell_cultured": "cell line"}.get(name) or name.split("_")[0].lower()
        reduced[kind] += number
    assert {kind: reduced[kind.lower()] for kind in count_types(records)} == count_types(records)
    discontinuous = [mention for record in records for mention in record.mentions if len(mention.fragments) > 1]
    assert len(discontinuous) == 22


def test_fewnerd(data: Path) -> None:
    file = data / "fewnerd/reconstructed-native/test.txt"
    records = load("fewnerd", "native", "test", file)
    assert len(records) == len(read_blocks(file)) == 2485
    # A mention begins at each change of tag, since adjacent mentions of one type are one mention.
    changes = 0
    for block in read_blocks(file):
        tags = ["O", *(row[1] for row in block)]
        changes += sum(tag not in ("O", previous) for previous, tag in zip(tags, tags[1:], strict=False))
    assert sum(count_types(records).values()) == changes
    labels = (data / "fewnerd/labels.txt").read_text(encoding="utf-8").split()
    assert {label.raw for label in records[0].schemas["ner"]} == {*labels} - {"O"}


def test_fewnerd_separated_by_spaces(data: Path) -> None:
    """Small samples with spaces instead of tabs; `inter` has only some of the types."""
    records = list(load_records("fewnerd", data / "fewnerd/vert-papers-sample"))
    assert Counter(record.split for record in records)
    lines = [
        line.split()
        for file in sorted((data / "fewnerd/vert-papers-sample/inter").glob("*.txt"))
        for line in file.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    assert sum(len(record.text.split(" ")) for record in records) == len(lines)


def test_mit_restaurant(data: Path) -> None:
    """The copy splits the 1,521 test queries of the release in two (FORMATS.md)."""
    splits = Counter(record.split for record in load_records("mit-restaurant", data / "mit-restaurant"))
    assert splits["train"] == get_source("mit-restaurant").counts["train"]["records"]
    assert splits["validation"] + splits["test"] == 1521


def test_published_tagged_tokens_as_own_data(data: Path) -> None:
    """Files of published data sets, read as a user's own.

    In the second file three mentions begin with I- (lines 26,754, 29,734 and 41,672), after one of another type.
    """
    for file, begins_inside in ((data / "bc5cdr/MTL-IOB/test.tsv", 0), (data / "fewnerd/structshot-bio/test.txt", 3)):
        records = load("bio", "columns", "test", file)
        begins = sum(row[-1].startswith("B-") for block in read_blocks(file) for row in block)
        assert sum(count_types(records).values()) == begins + begins_inside


def test_published_brat_as_own_data(data: Path) -> None:
    """PHEE's brat files, read as a user's own."""
    files = sorted((data / "phee/clean/train").glob("*.ann"))
    records = load("brat", "standoff", "train", *files)
    annotations = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert len(records) == len(files)
    annotation_counts = Counter(re.findall(r"^([TRE])\d+\t", annotations, re.MULTILINE))
    triggers = {
        (file, trigger)
        for file in files
        for trigger in re.findall(r"^E\d+\t[^:]+:(T\d+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert sum(len(record.mentions) for record in records) == annotation_counts["T"] - len(triggers)
    assert sum(len(record.events) for record in records) == annotation_counts["E"]
    assert sum(len(record.relations) for record in records) == annotation_counts["R"]
