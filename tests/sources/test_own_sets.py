"""The sets of a user's own data below a folder: their files, splits and names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.sources import find_sources, load_records, skipped_files
from tests.sources.helpers import NATIVE

BIO = "Ida B-person\nleft O\n"
ROW = json.dumps({"tokens": ["Ida", "left"], "ner_tags": ["B-person", "O"]}) + "\n"
RECORD = '{"id": "1", "text": "Ida left", "schemas": {"ner": [{"name": "person"}]}}\n'
IEPILE = {
    "schema.json": '["person"]\n[]\n{}\n',
    "{}": json.dumps({"text": "Ida left", "entity": [{"entity": "Ida", "entity_type": "person"}]}) + "\n",
}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes files with one content below a folder, and brat's texts beside `.ann` files."""

    def write_files(*names: str, content: str = BIO) -> Path:
        for name in names:
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".ann":
                file.with_suffix(".txt").write_text("Ida left")
                content = "T1\tperson 0 3\tIda\n"
            file.write_text(content)
        return tmp_path

    return write_files


def splits_of(root: Path, splits: Mapping[str, str] | None = None) -> dict[str, dict[str, list[str]]]:
    """Return set -> split -> the paths of its files."""
    return {
        name: {
            split: [file.relative_to(root).as_posix() for file in entry.files] for split, entry in found.splits.items()
        }
        for name, found in find_sources(root, splits=splits).items()
    }


# ---- splits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "train, validation, test",
    [
        ("train.tsv", "devel.tsv", "test.tsv"),
        ("train.bio", "val.bio", "test.bio"),
        ("train", "testa", "testb"),
        ("esp.train", "esp.testa", "esp.testb"),
        ("train.char.bmes", "dev.char.bmes", "test.char.bmes"),
        ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated"),
        ("en_ewt-ud-train.iob2", "en_ewt-ud-dev.iob2", "en_ewt-ud-test.iob2"),
        ("data.train.txt", "data.eval.txt", "data.test.txt"),
        ("train/train.conll", "devel/devel.conll", "test/test.conll"),
        ("train/data.conll", "validation/data.conll", "test/data.conll"),
        ("train_data/a.conll", "dev_data/a.conll", "test_data/a.conll"),
        ("TRAIN.TXT", "Valid.txt", "Test.txt"),
    ],
)
def test_splits_of_tagged_tokens(train: str, validation: str, test: str, write: Write) -> None:
    root = write(train, validation, test)
    assert splits_of(root) == {"bio": {"train": [train], "validation": [validation], "test": [test]}}
    records = list(load_records("bio", root))
    assert [record.split for record in records] == ["train", "validation", "test"]
    assert len({record.id for record in records}) == 3


@pytest.mark.parametrize(
    "train, validation", [("train/{}", "devel/{}"), ("train_data/{}", "dev_data/{}"), ("x-train/y/{}", "x-val/y/{}")]
)
def test_splits_of_documents(train: str, validation: str, write: Write) -> None:
    root = write(*(folder.format(name) for folder in (train, validation) for name in ("1.ann", "2.ann")))
    (splits,) = splits_of(root).values()
    assert {split: len(files) for split, files in splits.items()} == {"train": 2, "validation": 2}
    assert len({record.id for record in load_records("brat", root)}) == 4


@pytest.mark.parametrize("content, name", [(ROW, "hub-ner"), (RECORD, "records")])
def test_splits_of_json_lines(content: str, name: str, write: Write) -> None:
    root = write("x_train.jsonl", "valid/data.json", "test-00000-of-00002.jsonl", content=content)
    assert splits_of(root) == {
        name: {
            "train": ["x_train.jsonl"],
            "validation": ["valid/data.json"],
            "test": ["test-00000-of-00002.jsonl"],
        }
    }


def test_the_schema_of_iepile_may_lie_above_the_folders_of_splits(write: Write) -> None:
    root = write("schema.json", content=IEPILE["schema.json"])
    write("train/train.json", "dev/dev.json", content=IEPILE["{}"])
    records = list(load_records("iepile", root))
    assert [(record.id, record.mentions[0].type) for record in records] == [
        ("train-1", "person"),
        ("validation-1", "person"),
    ]
    assert root / "schema.json" in find_sources(root)["iepile"].splits["train"].companions


def test_the_training_files_of_a_set_determine_the_categories(write: Write) -> None:
    root = write("train/a.conll", "test/a.conll")
    (root / "train/b.conll").write_text("Rome B-place\n")
    assert {label.name for record in load_records("bio", root) for label in record.schemas["ner"]} == {
        "person",
        "place",
    }
    test = find_sources(root)["bio"].splits["test"]
    assert set(test.companions) == {root / "train/a.conll", root / "train/b.conll"}  # its rows depend on them


def test_several_files_of_a_split_share_no_id(write: Write) -> None:
    root = write("train/en/a.conll", "train/de/a.conll", "train/b.conll", "test/a.conll")
    ids = [record.id for record in load_records("bio", root)]
    assert ids == ["train-b-1", "train-de-a-1", "train-en-a-1", "test-a-1"]


def test_documents_in_one_folder_are_training_data_unless_all_are_called_after_a_split(write: Write) -> None:
    root = write("x/1.ann", "x/test-results.ann")
    assert splits_of(root) == {"x": {"train": ["x/1.ann", "x/test-results.ann"]}}
    (root / "x/1.ann").rename(root / "x/train_1.ann")
    (root / "x/1.txt").rename(root / "x/train_1.txt")
    assert splits_of(root) == {"x": {"train": ["x/train_1.ann"], "test": ["x/test-results.ann"]}}
    write("x/2.ann")
    with pytest.raises(InputError, match="called after different splits"):
        find_sources(root)


# ---- what cannot be told --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ("alpha/1.ann", "beta/1.ann"),
        ("a.conll", "b.conll"),
        ("train.tsv", "dev.tsv", "eval.tsv"),
        ("train.tsv", "dev.tsv", "train_small.tsv", "other.tsv"),
        ("train.tsv", "train/a.tsv"),
    ],
)
def test_files_whose_split_cannot_be_told_are_asked_about(
    names: tuple[str, ...], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write(*names)
    for call in (
        lambda: find_sources(root),
        lambda: skipped_files(root),
        lambda: load_records("brat" if names[0].endswith(".ann") else "bio", root),
    ):
        with pytest.raises(InputError, match="--split FILE=validation") as raised:
            call()
        assert all(str(root / name) in str(raised.value) for name in names)
    assert main(["sources", "check", str(root)]) == 2
    assert "`--split FILE=validation`" in capsys.readouterr().out


def test_the_user_may_say_the_split_of_files_and_folders(write: Write) -> None:
    root = write("alpha/1.ann", "beta/1.ann")
    said = {"alpha": "train", f"{root}/beta": "dev"}
    assert splits_of(root, splits=said) == {"brat": {"train": ["alpha/1.ann"], "validation": ["beta/1.ann"]}}
    assert [record.id for record in load_records("brat", root, splits=said)] == ["train-alpha-1", "validation-beta-1"]
    # The nearest counts, and no ending matters.
    said = {"alpha": "train", "alpha/1.ann": "test", ".": "validation"}
    assert splits_of(root, splits=said) == {"brat": {"validation": ["beta/1.ann"], "test": ["alpha/1.ann"]}}


def test_what_the_user_says_wins_over_names(write: Write) -> None:
    root = write("train.tsv", "dev.tsv", "eval.tsv", "more.column")
    assert splits_of(root, splits={"eval.tsv": "test", "more.column": "train"}) == {
        "bio": {"train": ["more.column", "train.tsv"], "validation": ["dev.tsv"], "test": ["eval.tsv"]}
    }


@pytest.mark.parametrize(
    "said, problem",
    [
        ({"train.tsv": "trian"}, "train.tsv=trian: not a split; give one of train, validation, test"),
        ({"nothing.tsv": "train"}, "nothing.tsv: no such file or folder below"),
        ({"..": "train"}, "..: no such file or folder below"),
        ({"notes.md": "train"}, "notes.md: begins with 'Ida left'; it has the layout of no format of your own data"),
        ({"published/dev.tsv": "train"}, "is read as carb, a published data set"),
    ],
)
def test_what_the_user_says_is_checked(said: dict[str, str], problem: str, write: Write) -> None:
    root = write("train.tsv")
    write("notes.md", content="Ida left\n")
    write("published/dev.tsv", content="Ida left .\tleft\tIda\n")
    with pytest.raises(InputError, match=re.escape(problem)):
        find_sources(root, splits=said)


def test_nothing_that_lies_there_goes_unnamed(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    root = write("train.tsv", "devel.tsv", "train_dev.tsv", "more/extra.tsv", "devel.conll")
    (bio,) = find_sources(root).values()
    assert bio.skipped == (root / "devel.conll",)
    assert bio.unsplit == (root / "train_dev.tsv", root / "more/extra.tsv")
    assert main(["sources", "check", str(root)]) == 0
    printed = capsys.readouterr().out
    lines = skipped_files(root)
    for file in (*bio.skipped, *bio.unsplit):
        assert f"skipped: {file}" in printed
        assert sum(line.startswith(f"skipped: {file}") for line in lines) == 1
    # Own data that is asked about is named beside what can be read.
    write("a/one.ann", "b/two.ann")
    assert any("a/one.ann" in line and "--split" in line for line in skipped_files(root))


def test_hidden_folders_and_texts_beside_annotations_are_no_own_data(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write("train/1.ann", ".cache/train.tsv")
    assert main(["sources", "check", str(root)]) == 0
    first, *others, last = capsys.readouterr().out.splitlines()
    assert (first, last[:10]) == ("brat: standoff", "not found:")
    assert all(line.startswith("  ") for line in others)


# ---- several sets ---------------------------------------------------------------------------------


def test_sets_are_named_after_their_folders(write: Write) -> None:
    names = ("wnut17", "BC2GM-IOB", "a b/data", "x/raw", "x/corpus", "fewrel", "bio", "mixture", "简历")
    root = write(*(f"{name}/{split}.tsv" for name in names for split in ("train", "test")))
    assert set(splits_of(root)) == {
        "wnut17",
        "BC2GM-IOB",
        "a-b",
        "x-raw",
        "x-corpus",
        "fewrel-bio",
        "bio",
        "mixture-bio",
        "简历",
    }
    assert len(find_sources(root, ("bio",))) == len(names)  # the name of the format is that of all sets in it


def test_a_name_does_not_depend_on_other_sets(write: Write) -> None:
    root = write("train.tsv")
    assert set(splits_of(root)) == {"bio"}
    write("a/train.tsv")
    assert set(splits_of(root)) == {"bio", "a"}
    (root / "train.tsv").unlink()
    assert set(splits_of(root)) == {"a"}


def test_sets_in_two_formats_have_different_names(write: Write) -> None:
    root = write("a/train.tsv")
    write("a/train.jsonl", content=ROW)
    write("a/x.ann")
    assert set(splits_of(root)) == {"a-bio", "a-brat", "a-hub-ner"}


def test_sets_of_one_folder_are_told_apart_by_their_names(write: Write) -> None:
    root = write("x/a_train.tsv", "x/a_dev.tsv", "x/b_train.tsv", "x/b_dev.tsv")
    assert splits_of(root) == {
        "x-a": {"train": ["x/a_train.tsv"], "validation": ["x/a_dev.tsv"]},
        "x-b": {"train": ["x/b_train.tsv"], "validation": ["x/b_dev.tsv"]},
    }


def test_records_carry_the_name_of_their_set(write: Write) -> None:
    root = write("a/train.tsv", "b/train.tsv")
    write("c/train.jsonl", content=RECORD)
    write("d/train.jsonl", content=RECORD.replace('"id"', '"source": "mine", "id"'))
    assert [record.source for record in load_records("bio", root)] == ["a", "b"]
    assert [record.source for record in load_records("records", root)] == ["c", "mine"]  # a record keeps its own
    assert [record.source for record in load_records("b", root)] == ["b"]
    assert list(find_sources(root, ("b", "c"))) == ["b", "c"]
    with pytest.raises(InputError, match="unknown source 'e'; .*; the sets of your own in .* are a, b, c, d"):
        find_sources(root, ("e",))
    with pytest.raises(InputError, match="bio has no split 'test' here; it has train"):
        load_records("bio", root, split="test")


def test_own_sets_beside_published_data(write: Write) -> None:
    root = write("wnut/train.txt")
    write("published/dev.tsv", content="Ida left .\tleft\tIda\n")
    (root / "conll").mkdir()
    for file in (NATIVE / "conll2003/copy").iterdir():
        (root / "conll" / file.name).write_bytes(file.read_bytes())
    assert set(find_sources(root)) == {"carb", "conll2003", "wnut"}
    assert set(find_sources(root, ("wnut", "carb"))) == {"carb", "wnut"}
