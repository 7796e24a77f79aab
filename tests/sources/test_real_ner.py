"""The readers of named entities on real files: counts of FORMATS.md, and what a second way of counting gives."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from adelie_hf.records import Record
from adelie_hf.sources import Dropped, Split, find_sources, get_source, load_records, read_split


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    return shared / "data"


def load(name: str, layout: str, split: str, *files: Path) -> list[Record]:
    """The records of files, whatever they are called; none may be dropped."""
    records = []
    for result in read_split(Split(name, layout, split, files)):
        assert not isinstance(result, Dropped), result
        records.append(result)
    return records


def types(records: list[Record]) -> dict[str, int]:
    return dict(Counter(mention.type for record in records for mention in record.mentions))


def blocks(file: Path) -> list[list[list[str]]]:
    text = file.read_text(encoding="utf-8")
    return [[line.split("\t") for line in block.split("\n")] for block in re.split(r"\n{2,}", text.strip("\n"))]


def test_all_are_found(data: Path) -> None:
    found = find_sources(data, ("bc5cdr", "fewnerd", "genia", "mit-restaurant"))
    read_split = {name: {split: len(each.files) for split, each in of.splits.items()} for name, of in found.items()}
    assert read_split == {
        "bc5cdr": {"train": 1, "validation": 1},
        "fewnerd": {"test": 1},
        "genia": {"validation": 1, "test": 1},
        "mit-restaurant": {"train": 1, "validation": 1, "test": 1},
    }
    assert [next(iter(each.splits.values())).layout for each in found.values()] == [
        "pubtator",
        "native",
        "layered",
        "native",
    ]
    # The same sets in other shapes, and a sample that is no split.
    skipped = [file.relative_to(data).parts[:2] for each in found.values() for file in each.skipped]
    assert set(skipped) == {
        ("bc5cdr", "MTL-IOB"),
        ("fewnerd", "vert-papers-sample"),
        ("genia", "event-xml"),
        ("genia", "w2ner-json"),
    }


def test_bc5cdr(data: Path) -> None:
    """275 of 500 and 219 of 500 articles are there; FORMATS.md has the counts of the whole files."""
    expected = {
        ("train", "CDR_TrainingSet.PubTator.PubTator.txt"): (275, 2772, 2283),
        ("validation", "CDR_DevelopmentSet.PubTator.txt"): (219, 2285, 1877),
    }
    for (split, file), (articles, chemicals, diseases) in expected.items():
        records = load("bc5cdr", "pubtator", split, data / "bc5cdr" / file)
        assert len({record.group for record in records}) == articles
        assert types(records) == {"chemical": chemicals, "disease": diseases}
        # Counted from the rows, and every surface and every article's text put together again.
        text = (data / "bc5cdr" / file).read_text(encoding="utf-8")
        rows = re.findall(r"^\d+\t\d+\t\d+\t([^\t]*)\t(Chemical|Disease)\t", text, re.MULTILINE)
        assert Counter(kind for _, kind in rows) == {"Chemical": chemicals, "Disease": diseases}
        surfaces = Counter(mention.text for record in records for mention in record.mentions)
        assert surfaces == Counter(surface for surface, _ in rows)
        written = "".join(re.findall(r"^\d+\|[ta]\|(.*)$", text, re.MULTILINE))
        assert "".join("".join(record.text for record in records).split()) == "".join(written.split())


def test_bc5cdr_in_bioc_is_the_same(data: Path) -> None:
    """27 of the 50 articles of the sample are in the training file too."""
    file = data / "bc5cdr/CDR_sample.BioC.xml"
    sample = load("bc5cdr", "bioc", "train", file)
    kinds: Counter[str] = Counter()
    for annotation in ElementTree.parse(file).iter("annotation"):
        infons = {infon.get("key"): infon.text for infon in annotation.iter("infon")}
        if infons.get("CompositeRole") != "IndividualMention":  # PubTator has them in a column of their own
            kinds[f"{infons['type']}".lower()] += 1
    assert types(sample) == kinds == {"chemical": 510, "disease": 424}
    assert len({record.group for record in sample}) == 50
    train = load("bc5cdr", "pubtator", "train", data / "bc5cdr/CDR_TrainingSet.PubTator.PubTator.txt")
    both = {record.group for record in sample} & {record.group for record in train}
    assert len(both) == 27
    assert [record for record in sample if record.group in both] == sorted(
        (record for record in train if record.group in both),
        key=lambda record: [each.id for each in sample].index(record.id),
    )


def test_bc5cdr_in_iob(data: Path) -> None:
    file = data / "bc5cdr/MTL-IOB/test.tsv"
    records = load("bc5cdr", "iob", "test", file)
    begins = Counter(row[1] for block in blocks(file) for row in block if row[1].startswith("B-"))
    assert types(records) == {"chemical": 1464, "disease": 1199}
    assert begins == {"B-Chemical": 1464, "B-Disease": 1199}
    assert len(records) == len(blocks(file)) == 1316


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
    assert (len(records), types(records)) == (sentences, expected)
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
    assert (len(records), types(records)) == (sentences, expected)
    for record, row in zip(records, json.loads(file.read_text(encoding="utf-8")), strict=True):
        surfaces = Counter(" ".join(row["sentence"][at] for at in each["index"]) for each in row["ner"])
        assert Counter(mention.text for mention in record.mentions) == surfaces


def test_genia_of_events(data: Path) -> None:
    """25 of 1,000 abstracts are there; FORMATS.md has no counts of terms."""
    files = sorted((data / "genia/event-xml").glob("*.xml"))
    records = load("genia", "event-xml", "train", *files)
    assert len({record.group for record in records}) == len(files) == 25
    marked = "".join(file.read_text(encoding="utf-8") for file in files)
    assert len(records) == len(re.findall("<sentence ", marked)) == 239
    assert types(records) == {"protein": 547, "cell type": 151, "DNA": 199, "cell line": 43, "RNA": 3}
    # The classes, and of each coordination two members: none has more. One of DNA, where the file does not say which
    # word is the first member, stays one mention.
    classes = Counter(re.findall(r'sem="\(?(?:AND |OR )?(\w+)', marked))
    for both in re.findall(r'sem="\((?:AND|OR) (\w+) \1\)"', marked):
        classes[both] += 1
    collapsed: Counter[str] = Counter()
    classes["DNA_domain_or_region"] -= 1
    for name, number in classes.items():
        kind = {"Cell_natural": "cell type", "Cell_cultured": "cell line"}.get(name) or name.split("_")[0].lower()
        collapsed[kind] += number
    assert {kind: collapsed[kind.lower()] for kind in types(records)} == types(records)
    scattered = [mention for record in records for mention in record.mentions if len(mention.fragments) > 1]
    assert len(scattered) == 22


def test_fewnerd(data: Path) -> None:
    file = data / "fewnerd/reconstructed-native/test.txt"
    records = load("fewnerd", "native", "test", file)
    assert len(records) == len(blocks(file)) == 2485
    # Counted by the changes of tag; neighbours of one type are one mention.
    changes = 0
    for block in blocks(file):
        tags = ["O", *(row[1] for row in block)]
        changes += sum(tag not in ("O", before) for before, tag in zip(tags, tags[1:], strict=False))
    assert sum(types(records).values()) == changes
    listed = (data / "fewnerd/labels.txt").read_text(encoding="utf-8").split()
    assert {label.raw for label in records[0].schemas["ner"]} == {*listed} - {"O"}


def test_fewnerd_between_spaces(data: Path) -> None:
    """The tiny samples that show spaces instead of tabs; `inter` marks some of the types only."""
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
    """FORMATS.md: the copy splits the 1,521 test queries of the release in two."""
    splits = Counter(record.split for record in load_records("mit-restaurant", data / "mit-restaurant"))
    assert splits["train"] == get_source("mit-restaurant").counts["train"]["records"]
    assert splits["validation"] + splits["test"] == 1521


def test_own_tagged_tokens(data: Path) -> None:
    """Real files of published sets, read as if they were a user's own.

    Three mentions of the second begin with I- (lines 26,754, 29,734 and 41,672), after a mention of another type.
    """
    for file, continued in ((data / "bc5cdr/MTL-IOB/test.tsv", 0), (data / "fewnerd/structshot-bio/test.txt", 3)):
        records = load("bio", "columns", "test", file)
        begins = sum(row[-1].startswith("B-") for block in blocks(file) for row in block)
        assert sum(types(records).values()) == begins + continued


def test_own_brat(data: Path) -> None:
    """PHEE's brat files, read as if they were a user's own."""
    files = sorted((data / "phee/clean/train").glob("*.ann"))
    records = load("brat", "standoff", "train", *files)
    written = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert len(records) == len(files)
    marks = Counter(re.findall(r"^([TRE])\d+\t", written, re.MULTILINE))
    triggers = {
        (file, trigger)
        for file in files
        for trigger in re.findall(r"^E\d+\t[^:]+:(T\d+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert sum(len(record.mentions) for record in records) == marks["T"] - len(triggers)
    assert sum(len(record.events) for record in records) == marks["E"]
    assert sum(len(record.relations) for record in records) == marks["R"]
