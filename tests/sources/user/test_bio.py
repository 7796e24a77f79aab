"""Tagged tokens of users."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from adelie_hf.records import Mention
from adelie_hf.sources import find_sources, load_records
from tests.sources.helpers import NATIVE, categories, read_error


def test_bio() -> None:
    first, second, third = load_records("bio", NATIVE / "bio/columns")
    assert [(record.id, record.split) for record in (first, second, third)] == [
        ("train-2", "train"),  # after a comment
        ("train-9", "train"),
        ("validation-1", "validation"),
    ]
    assert first.text == "Ida met the old band Bo"
    assert first.mentions == (
        Mention("Ida", ((0, 3),), "Person"),
        Mention("the old band", ((8, 20),), "Group"),
        Mention("Bo", ((21, 23),), "Person"),
    )
    assert (second.text, second.mentions) == ("# 1", ())  # not a comment
    assert third.mentions == (Mention("Bo Lee", ((0, 6),), "Person"),)
    assert categories(first) == categories(third) == ["Group", "Person"]  # the training file's


@pytest.mark.parametrize(
    "file, text",
    [
        ("train.txt", "a O\nIda I-PER\nBo B-PER\n"),  # IOB1
        ("train.tsv", "a\tO\nIda\tB-PER\nBo\tB-PER\n"),  # IOB2
        ("train.iob", "a O\nIda S-PER\nBo S-PER\n"),  # IOBES
        ("train.bio", "a O\nIda U-PER\nBo B-PER\n"),  # BILOU
        ("train.conll", "-DOCSTART- O\n\na O\nIda B-PER\nBo B-PER\n"),
        ("train.iob2", "a\t1\tO\nIda\t2\tB-PER\nBo\t3\tB-PER\n"),
    ],
)
def test_tagging_schemes_are_detected(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    (record,) = load_records("bio", tmp_path)
    assert record.text == "a Ida Bo"
    assert record.mentions == (Mention("Ida", ((2, 5),), "PER"), Mention("Bo", ((6, 8),), "PER"))


def test_chinese_and_japanese_tokens_are_joined_without_spaces(tmp_path: Path) -> None:
    tokens = [*"我在北京", "用", "Python", "３", ".", *"東京タワー", "𠀀", "한국", "서울"]
    tags = ["O", "O", "B-LOC", "I-LOC", "O", "B-TOOL", *["O"] * 2, *["B-LOC"], *["I-LOC"] * 4, "O", "B-LOC", "I-LOC"]
    (tmp_path / "train.conll").write_text("".join(f"{a} {b}\n" for a, b in zip(tokens, tags, strict=True)))
    (record,) = load_records("bio", tmp_path)
    assert record.text == "我在北京用 Python ３ . 東京タワー𠀀 한국 서울"
    assert [mention.text for mention in record.mentions] == ["北京", "Python", "東京タワー", "한국 서울"]


def test_tags_in_several_columns_are_not_read_as_genia(tmp_path: Path) -> None:
    (tmp_path / "train.iob2").write_text("Acme NNP I-ORG\nrose VBD O\n")
    assert list(find_sources(tmp_path)) == ["bio"]
    (record,) = load_records("bio", tmp_path)
    assert categories(record) == ["ORG"]


def test_runs_of_tags_without_prefixes_are_mentions(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a O\nIda person\nBo person\nx-y odd-thing\n")
    (record,) = load_records("bio", tmp_path)
    assert [(mention.text, mention.type) for mention in record.mentions] == [
        ("Ida Bo", "person"),
        ("x-y", "odd-thing"),
    ]


def test_documents_are_groups(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("-DOCSTART- O\na B-x\n\nb O\n-DOCSTART- O\n\nc O\n")
    groups = [record.group for record in load_records("bio", tmp_path)]
    assert groups[0] == groups[1] != groups[2]


def test_a_type_that_is_not_in_the_training_file_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a B-x\n")
    (tmp_path / "test.txt").write_text("a B-y\n\na B-x\n")
    dropped: Counter[str] = Counter()
    records = load_records("bio", tmp_path, "test", dropped)
    assert [(record.id, len(record.mentions)) for record in records] == [("test-1", 0), ("test-3", 1)]
    assert dropped == {"an annotation has a category that the training part does not have": 1}
    (tmp_path / "train.txt").unlink()
    assert [categories(record) for record in load_records("bio", tmp_path)] == [["x", "y"]] * 2


@pytest.mark.parametrize(
    "text, problem",
    [
        ("a O\nb c O\n", "does not have the layout"),
        ("a\nb\n", "does not have the layout"),
        ("a O\nb B-x\nc x\n", "does not have the layout"),
        ("one two\nthree four\n", "does not have the layout"),
        ("a O\n\nb O\n", "all tags are O"),
        ("a B-x\n\n" * 1_100 + "a\n", "train.txt:2201: 'a' is not a token"),
        ("a B-x\n\n" * 1_100 + "\tO\n", r"train.txt:2201: '\tO' is not a token"),
        ("a B-x\n\n" * 1_100 + "b O\na x\n", "train.txt:2202: tag 'x' is not of the IOB2 scheme"),
        ("a B-x\n\n" * 1_100 + "a x\n" * 100, "train.txt: some tags have a prefix such as B- and others do not"),
    ],
)
def test_invalid_bio(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(text)
    assert problem in read_error("bio", tmp_path)
