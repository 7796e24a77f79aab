"""Tagged tokens of users."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from adelie_hf.cli import main
from adelie_hf.cli.parser import make_parser
from adelie_hf.errors import InputError
from adelie_hf.manifest import MANIFEST, BuildManifest
from adelie_hf.records import Mention, Record
from adelie_hf.sources import find_sources, load_records
from adelie_hf.sources.readers.columns import SCHEMES, ColumnChoice
from adelie_hf.sources.readers.offsets import locate_surface
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
        (
            "a B-x\nd I-x\n\nb Q-x\ne B-x\n\nc Ö\nf B-x\n",
            "train.txt: some tags have a prefix such as B- and others do not, such as 'Q-x', 'Ö'",
        ),
    ],
)
def test_invalid_bio(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(text)
    assert problem in read_error("bio", tmp_path)


# ---- columns --------------------------------------------------------------------------------------


def mentions_of(record: Record) -> list[tuple[str, str]]:
    return [(mention.text, mention.type) for mention in record.mentions]


@pytest.mark.parametrize(
    "text, read, mentions",
    [
        ("1\tAnna\tB-PER\tO\n2\tlebt\tO\tO\n", "Anna lebt", [("Anna", "PER")]),
        ("0\tBob\tB-PER\n1\tleft\tO\n", "Bob left", [("Bob", "PER")]),
        (
            "1 New B-ORG B-LOC\n2 York I-ORG I-LOC\n3 Times I-ORG O\n4 Rome B-LOC O",
            "New York Times Rome",
            [("New York Times", "ORG"), ("New York", "LOC"), ("Rome", "LOC")],
        ),
        ("en:Alice\tB-PER\nen:left\tO\n", "Alice left", [("Alice", "PER")]),
        ("Cystic B\nfibrosis I\nis O\n", "Cystic fibrosis is", [("Cystic fibrosis", "entity")]),
        ("Bob B_per\nLee I_per\nruns O\n", "Bob Lee runs", [("Bob Lee", "per")]),
        ("Bob per-B\nLee per-I\nruns O\n", "Bob Lee runs", [("Bob Lee", "per")]),
        (
            "# text = al bar\n1-2\tal\t_\t_\n1\ta\tADP\tO\n2\tel\tDET\tO\n3\tbar\tNOUN\tB-LOC\n",
            "a el bar",
            [("bar", "LOC")],
        ),
        ("Ada NNP B-NP B-PER\nran VB B-VP O\n", "Ada ran", [("Ada", "PER")]),
    ],
)
def test_columns_and_schemes_are_found_out(
    text: str, read: str, mentions: list[tuple[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "train.tsv").write_text(text)
    (record,) = load_records("bio", tmp_path)
    assert (record.text, mentions_of(record)) == (read, mentions)
    assert all(mention.text == read[slice(*mention.fragments[0])] for mention in record.mentions)


@pytest.mark.parametrize(
    "text, problem, choice",
    [
        ("4 Ada B-PER\n5 ran O\n", "the first of 3 columns has numbers that do not count", ColumnChoice(token=2)),
        (
            "s1 Ada B-PER\ns1 ran O\n\ns2 Ada B-PER\ns2 sat O\n",
            "the first of 3 columns has the same value",
            ColumnChoice(token=2, tags=(3,)),
        ),
        ("Ada B-NP PER\nran B-VP O\n", "column 3 may have the tags, as type, or column 2", ColumnChoice(tags=(3,))),
        ("Ada B-a B-PER\nran B-b O\n", "columns 2 and 3 both have tags, with different", ColumnChoice(tags=(3,))),
        (
            "Ada B-NP PER\nran B-VP O\n",
            "column 3 may have the tags, as type, or column 2",
            ColumnChoice(scheme="type"),
        ),
    ],
)
def test_columns_that_are_not_clear_are_asked_about(
    text: str, problem: str, choice: ColumnChoice, tmp_path: Path
) -> None:
    (tmp_path / "train.conll").write_text(text)
    message = read_error("bio", tmp_path)
    assert problem in message and "say which columns have the tokens and the tags" in message
    first, *_ = load_records("bio", tmp_path, columns=choice)
    assert mentions_of(first) == [("Ada", "PER")]
    assert first.text.startswith("Ada ")


def test_the_user_may_say_what_would_not_be_recognised(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("PER Ada x\nO ran y\n")
    with pytest.raises(InputError, match="has the layout of no"):
        find_sources(tmp_path)
    (record,) = load_records("bio", tmp_path, columns=ColumnChoice(2, (1,), "type"))
    assert (record.text, mentions_of(record)) == ("Ada ran", [("Ada", "PER")])
    with pytest.raises(InputError, match="has the layout of no"):
        find_sources(tmp_path, columns=ColumnChoice(token=2, tags=(4,)))


def test_the_training_file_determines_the_columns_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("1\tAnna\tB-PER\tO\n2\tlebt\tO\tO\n")
    (tmp_path / "dev.tsv").write_text("1\t1\tB-PER\tO\n")
    (record,) = load_records("bio", tmp_path, "validation")
    assert (record.text, mentions_of(record)) == ("1", [("1", "PER")])
    (tmp_path / "dev.tsv").write_text("Anna\tB-PER\nlebt\tO\n")
    assert "dev.tsv:1: 2 columns, and 4 in " in read_error("bio", tmp_path, "validation")


@pytest.mark.parametrize(
    "good, bad, problem, reason",
    [
        ("1 Ada B-x\n2 ran O\n\n", "1 Bo B-x\n3 sat O\n", "'3' in the first column does not count", "a row does not"),
        (
            "en:Ada B-x\nen:ran O\n\n",
            "en:Bo B-x\nsat O\n",
            "'sat' is not a token that begins with 'en:'",
            "a row does",
        ),
        ("Ada x-B\nran O\n\n", "Bo x-B\nsat x\n", "tag 'x' is not `O` or written as type-B", "a tag is not"),
    ],
)
def test_a_row_of_another_form_costs_its_sentence(
    good: str, bad: str, problem: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "train.txt").write_text(good * 30 + bad)
    dropped: Counter[str] = Counter()
    assert len(list(load_records("bio", tmp_path, dropped=dropped))) == 30
    ((dropped_reason, number),) = dropped.items()
    assert number == 1 and dropped_reason.startswith(f"cannot be read: {reason}")
    assert f"train.txt:92: {problem}" in read_error("bio", tmp_path)


def test_what_was_understood_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.tsv").write_text("1\tAnna\tB-PER\tO\n2\tlebt\tO\tO\n\n" * 12)
    assert main(["sources", "check", str(tmp_path)]) == 0
    name, form, _, mentions, *records = capsys.readouterr().out.splitlines()[:7]
    assert name == "bio: columns"
    assert form == "  of 4 columns, 2 has the tokens and 3 the tags, as B-type; the first counts the tokens"
    assert mentions == f"    mentions: {', '.join(['Anna (PER)'] * 10)}, ..."
    assert records == ["    record: [Anna|PER] lebt"] * 3


def test_the_commands_take_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/train.conll").write_text("s Ada PER\ns ran O\n\nt Bo PER\nt sat O\n")
    said = ["--columns", "token=2,tag=3", "--scheme", "type"]
    assert main(["sources", "check", str(tmp_path / "raw"), *said]) == 0
    assert "    record: [Ada|PER] ran" in capsys.readouterr().out
    build = ["build", "ieinstruct", "bio", "--data-dir", str(tmp_path / "raw"), "--out", str(tmp_path / "out")]
    assert main([*build, *said]) == 0
    assert BuildManifest.load(tmp_path / "out" / MANIFEST).columns == "token=2,tag=3,scheme=type"
    assert main([*build]) == 2
    assert "(option --columns)" in capsys.readouterr().err
    assert main([*build, "--columns", "tokens=2"]) == 2
    assert "tokens=2: name columns by their numbers from 1, as in token=2,tag=3" in capsys.readouterr().err


def test_the_schemes_of_the_option_are_those_of_the_reader() -> None:
    for scheme in SCHEMES:
        assert make_parser().parse_args(["sources", "check", "x", "--scheme", scheme]).scheme == scheme


# ---- scripts without spaces -----------------------------------------------------------------------


def test_characters_are_joined_without_spaces(tmp_path: Path) -> None:
    tags = ["B-DATE", *["M-DATE"] * 3, "E-DATE", "O", *["B-ORG", "E-ORG"], "O"]
    (tmp_path / "train.char.bmes").write_text("".join(f"{a} {b}\n" for a, b in zip("1966年在PM!", tags, strict=True)))
    (record,) = load_records("bio", tmp_path)
    assert record.text == "1966年在PM!"
    assert mentions_of(record) == [("1966年", "DATE"), ("PM", "ORG")]


@pytest.mark.parametrize(
    "tokens, text",
    [
        (["สวัสดี", "ครับ", "ABC", "12"], "สวัสดีครับ ABC 12"),
        (["ສະບາຍດີ", "ລາວ"], "ສະບາຍດີລາວ"),
        (["ភ្នំពេញ", "កម្ពុជា"], "ភ្នំពេញកម្ពុជា"),
        (["မြန်မာ", "နိုင်ငံ"], "မြန်မာနိုင်ငံ"),
        (["東京", "タワー", "へ", "3", "回"], "東京タワーへ 3 回"),
        (["我", "在", "北京"], "我在北京"),
        (["서울", "에서"], "서울 에서"),
        (["محمد", "في", "بيروت"], "محمد في بيروت"),
        (["דוד", "גר", "בחיפה"], "דוד גר בחיפה"),
    ],
)
def test_texts_of_other_scripts(tokens: list[str], text: str, tmp_path: Path) -> None:
    """Each token is a mention, and the text has spaces where its script has them."""
    (tmp_path / "train.conll").write_text("".join(f"{token}\tB-t{at}\n" for at, token in enumerate(tokens)))
    (record,) = load_records("bio", tmp_path)
    assert record.text == text
    assert mentions_of(record) == [(token, f"t{at}") for at, token in enumerate(tokens)]
    assert all(
        locate_surface(text, token).fragments == mention.fragments
        for token, mention in zip(tokens, record.mentions, strict=True)
    )
