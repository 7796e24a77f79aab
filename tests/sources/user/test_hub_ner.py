"""Rows with `tokens` and `ner_tags`, in files and in memory."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import datasets
import numpy
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.records import Mention, Record
from adelie_hf.sources import find_sources, load_records, records_from_dataset
from adelie_hf.sources.user.tables import parse_list, read_table
from tests.sources.helpers import NATIVE, categories, read_error

pandas: Any = pytest.importorskip("pandas")  # comes with `datasets`

ROWS: list[dict[str, Any]] = [
    {"id": "0", "tokens": ["a", "torque", "wrench", "drill"], "ner_tags": [0, 1, 2, 1]},
    {"id": "1", "tokens": ["nothing"], "ner_tags": [0]},
]
TAGS = ["O", "B-tool", "I-tool", "B-part", "I-part"]
FEATURES = datasets.Features(
    {
        "id": datasets.Value("string"),
        "tokens": datasets.List(datasets.Value("string")),
        "ner_tags": datasets.List(datasets.ClassLabel(names=TAGS)),
    }
)
MENTIONS = (Mention("torque wrench", ((2, 15),), "tool"), Mention("drill", ((16, 21),), "tool"))


def check_rows(records: list[Record], *schema: str) -> None:
    first, second = records
    assert (first.text, second.text) == ("a torque wrench drill", "nothing")
    assert (first.mentions, second.mentions) == (MENTIONS, ())
    assert categories(first) == categories(second) == list(schema)
    assert len({first.id, second.id}) == 2


def test_json_lines_with_a_card() -> None:
    first, second, third = load_records("hub-ner", NATIVE / "hub-ner/json-lines")
    check_rows([first, second], "tool", "part")
    assert (first.id, third.id, third.split) == ("train-1", "validation-1", "validation")
    assert third.mentions == (Mention("bolt", ((0, 4),), "part"),)


@pytest.mark.parametrize(
    "card",
    [
        {"ner_tags": {"feature": {"names": TAGS, "_type": "ClassLabel"}, "_type": "Sequence"}},
        {"default": {"features": {"ner_tags": {"feature": {"num_classes": 5, "names": TAGS, "_type": "ClassLabel"}}}}},
    ],
)
def test_json_lines_with_an_older_card(card: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "dataset_infos.json").write_text(json.dumps(card))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_json_lines_with_tag_names(tmp_path: Path) -> None:
    rows = [row | {"ner_tags": [TAGS[tag] for tag in row["ner_tags"]]} for row in ROWS]
    (tmp_path / "train.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool")


@pytest.mark.parametrize("path", ["train.parquet", "data/train-00000-of-00001.parquet", "default/train/0000.parquet"])
def test_parquet(path: str, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_list(ROWS, features=FEATURES).to_parquet(tmp_path / path)
    assert list(find_sources(tmp_path)) == ["hub-ner"]
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_parquet_in_several_files(tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        file = tmp_path / f"train-{number:05}-of-00002.parquet"
        datasets.Dataset.from_list([row], features=FEATURES).to_parquet(file)
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


@pytest.mark.parametrize("cut", [8, 100, -20, -1])
def test_parquet_that_is_cut_off(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "train.parquet"
    datasets.Dataset.from_list(ROWS, features=FEATURES).to_parquet(file)
    file.write_bytes(file.read_bytes()[:cut])
    assert str(file) in read_error("hub-ner", tmp_path)


def test_a_data_set_in_memory() -> None:
    dataset = datasets.Dataset.from_list(ROWS, features=FEATURES)
    check_rows(list(records_from_dataset(dataset)), "tool", "part")
    splits = datasets.DatasetDict({"train": dataset, "dev": dataset.select([1])})
    records = list(records_from_dataset(splits, source="mine"))
    check_rows(records[:2], "tool", "part")
    assert [(record.source, record.split, record.id) for record in records] == [
        ("mine", "train", "train-0"),
        ("mine", "train", "train-1"),
        ("mine", "validation", "validation-0"),
    ]
    named = [{"words": row["tokens"], "tags": [TAGS[tag] for tag in row["ner_tags"]]} for row in ROWS]
    check_rows(list(records_from_dataset(datasets.Dataset.from_list(named), tokens="words", tags="tags")), "tool")
    check_rows(list(records_from_dataset(named, split="test", tokens="words", tags="tags")), "tool")


def test_an_invalid_data_set_in_memory() -> None:
    dataset = datasets.Dataset.from_list(ROWS, features=FEATURES)
    for call in (
        lambda: records_from_dataset(dataset, tags="tags"),
        lambda: records_from_dataset([{"tokens": ["a"], "ner_tags": ["B-x", "O"]}]),
        lambda: records_from_dataset([{"tokens": ["a"], "ner_tags": [1]}]),
        lambda: records_from_dataset([{"tokens": "a", "ner_tags": ["B-x"]}]),
        lambda: records_from_dataset([{"tokens": ["a"], "ner_tags": ["O"]}]),
    ):
        with pytest.raises(InputError, match="row 0 of the split train: "):
            list(call())


@pytest.mark.parametrize(
    "row, problem",
    [
        ({"tokens": ["a"], "ner_tags": [1]}, "train.jsonl:1: ner_tags is not a list of strings, and no README.md"),
        ({"tokens": ["a"], "ner_tags": ["B-x", "O"]}, "train.jsonl:1: not a record of"),
        ({"tokens": "a", "ner_tags": ["B-x"]}, "train.jsonl:1: not a record of"),
        ({"tokens": ["a"], "ner_tags": ["B-x"], "tags": None}, ""),
        ({"tokens": ["a", "b"], "ner_tags": ["B-x", "x"]}, "train.jsonl: some tags have a prefix"),
        ({"tokens": ["a"], "ner_tags": ["O"]}, "all tags are O"),
    ],
)
def test_invalid_rows(row: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(json.dumps(row) + "\n")
    if problem:
        assert problem in read_error("hub-ner", tmp_path)
    else:
        assert list(load_records("hub-ner", tmp_path))


def test_an_invalid_card(tmp_path: Path) -> None:
    shutil.copytree(NATIVE / "hub-ner/json-lines", tmp_path, dirs_exist_ok=True)
    (tmp_path / "README.md").write_text("---\na: [\n---\n")
    assert f"{tmp_path / 'README.md'}: its header is not YAML" in read_error("hub-ner", tmp_path)
    # References that double the list at each level.
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(60))
    (tmp_path / "README.md").write_text(f"---\n{bomb}---\n")
    assert "ner_tags is not a list of strings" in read_error("hub-ner", tmp_path)


# ---- other names of columns, other files with the names of classes --------------------------------


def renamed(tokens: str, tags: str, rows: list[dict[str, Any]] = ROWS) -> list[dict[str, Any]]:
    return [{"id": row["id"], tokens: row["tokens"], tags: row["ner_tags"]} for row in rows]


def write_lines(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


NUMBERS = {tag: number for number, tag in enumerate(TAGS)}


@pytest.mark.parametrize("tokens", ["tokens", "words"])
@pytest.mark.parametrize("tags", ["ner_tags", "tags", "ner", "labels"])
def test_names_of_columns(tokens: str, tags: str, tmp_path: Path) -> None:
    rows = renamed(tokens, tags)
    write_lines(tmp_path / "lines/train.jsonl", rows)
    (tmp_path / "lines/label.json").write_text(json.dumps(NUMBERS))
    (tmp_path / "array").mkdir()
    (tmp_path / "array/train.json").write_text(json.dumps(rows, indent=1))
    (tmp_path / "array/label.json").write_text(json.dumps(NUMBERS))
    features = datasets.Features(
        {
            "id": datasets.Value("string"),
            tokens: datasets.List(datasets.Value("string")),
            tags: datasets.List(datasets.ClassLabel(names=TAGS)),
        }
    )
    (tmp_path / "parquet").mkdir()
    datasets.Dataset.from_list(rows, features=features).to_parquet(tmp_path / "parquet/train.parquet")
    for folder in ("lines", "array", "parquet"):
        assert list(find_sources(tmp_path / folder)) == ["hub-ner"]
        check_rows(list(load_records("hub-ner", tmp_path / folder)), "tool", "part")


@pytest.mark.parametrize(
    "file, content",
    [
        ("label.json", NUMBERS),
        ("labels.json", TAGS),
        ("label2id.json", NUMBERS),
        ("id2label.json", {str(number): tag for tag, number in NUMBERS.items()}),
        ("label.json", {"label2id": NUMBERS}),
        ("../label.json", NUMBERS),
        ("dataset_info.json", {"features": {"tags": {"feature": {"names": TAGS, "_type": "ClassLabel"}}}}),
    ],
)
def test_files_that_name_the_classes(file: str, content: Any, tmp_path: Path) -> None:
    write_lines(tmp_path / "dataset/train.json", renamed("tokens", "tags"))
    (tmp_path / "dataset" / file).write_text(json.dumps(content))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_tags_of_the_repository_do_not_hide_the_column(tmp_path: Path) -> None:
    """A card may have the key `tags` for the repository, and a column of this name."""
    names = "".join(f"          '{number}': {tag}\n" for tag, number in NUMBERS.items())
    (tmp_path / "README.md").write_text(
        "---\ntags:\n- biology\ndataset_info:\n  features:\n  - name: tokens\n    sequence: string\n"
        f"  - name: tags\n    sequence:\n      class_label:\n        names:\n{names}---\n"
    )
    write_lines(tmp_path / "train.jsonl", renamed("tokens", "tags"))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_numbers_that_nothing_names(tmp_path: Path) -> None:
    write_lines(tmp_path / "train.jsonl", renamed("tokens", "tags"))
    message = read_error("hub-ner", tmp_path)
    assert "train.jsonl:1: tags is not a list of strings, and no README.md, dataset_infos.json" in message
    assert (
        'names the classes in [0, 1, 2, 1]; add the card of the data set, or a label.json such as {"O": 0' in message
    )
    (tmp_path / "label.json").write_text('{"O": 0, "B-tool": 2}')
    assert "label.json: does not number its 2 names from 0 upwards; fix" in read_error("hub-ner", tmp_path)
    (tmp_path / "label.json").write_text('{"O": 0, "B-tool": 1}')
    assert "train.jsonl:1: not a record of tokens and tags" in read_error("hub-ner", tmp_path)


@pytest.mark.parametrize(
    "row",
    [
        {"tokens": ["a", "b"], "labels": [1]},
        {"tokens": ["a"], "labels": 1},
        {"tokens": ["a"], "ner": [[0, 0, "x"]]},
        {"tokens": "a", "tags": ["O"]},
        {"words": ["a"], "tags": [0.5]},
        {"tokens": ["a"], "pos_tags": ["O"]},
        {"text": "a", "labels": [[0, 1, "x"]]},
        [["a"], ["O"]],
    ],
)
def test_other_rows_are_not_claimed(row: Any, tmp_path: Path) -> None:
    for content in (json.dumps(row), json.dumps([row])):
        (tmp_path / "train.json").write_text(content + "\n")
        assert "does not have the layout" in read_error("hub-ner", tmp_path)


def test_other_columns_of_parquet_are_not_claimed(tmp_path: Path) -> None:
    for row in ({"tokens": ["a"], "labels": 1}, {"tokens": "a", "tags": ["O"]}, {"tokens": ["a"], "pos_tags": ["O"]}):
        datasets.Dataset.from_list([row]).to_parquet(tmp_path / "train.parquet")
        assert "does not have the layout" in read_error("hub-ner", tmp_path)


# ---- folders of save_to_disk ----------------------------------------------------------------------


def test_a_folder_of_save_to_disk(tmp_path: Path) -> None:
    dataset = datasets.Dataset.from_list(ROWS, features=FEATURES)
    saved = datasets.DatasetDict({"train": dataset, "validation": dataset.select([1]), "extra": dataset})
    saved.save_to_disk(tmp_path / "saved", num_shards={"train": 2, "validation": 1, "extra": 1})
    (found,) = find_sources(tmp_path).values()
    assert (found.name, found.unsplit) == ("saved", tuple((tmp_path / "saved/extra").glob("*.arrow")))
    records = list(load_records("hub-ner", tmp_path))
    check_rows(records[:2], "tool", "part")
    assert [record.split for record in records] == ["train", "train", "validation"]


def test_one_saved_data_set(tmp_path: Path) -> None:
    named = [row | {"ner_tags": [TAGS[tag] for tag in row["ner_tags"]]} for row in ROWS]
    dataset = datasets.Dataset.from_list([{**named[0], "split": "x"}, *named[1:]], split="test[:50%]")
    dataset.save_to_disk(tmp_path / "mine", num_shards=2)
    records = list(load_records("hub-ner", tmp_path))
    check_rows(records, "tool")  # the tags in all shards
    assert [record.split for record in records] == ["test", "test"]
    (tmp_path / "mine/state.json").unlink()
    assert [record.split for record in load_records("hub-ner", tmp_path)] == ["train", "train"]


@pytest.mark.parametrize("cut", [3, 100, -20])
def test_an_arrow_file_that_is_cut_off(cut: int, tmp_path: Path) -> None:
    datasets.Dataset.from_list(ROWS, features=FEATURES).save_to_disk(tmp_path)
    (file,) = tmp_path.glob("*.arrow")
    file.write_bytes(file.read_bytes()[:cut])
    assert f"{file}: not a complete Arrow file" in read_error("hub-ner", tmp_path)


# ---- tables ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("notation", [list, numpy.array, json.dumps, repr])
def test_a_row_is_a_sentence(separator: str, notation: Any, tmp_path: Path) -> None:
    for tags in (None, TAGS):
        rows = [
            {
                "id": row["id"],
                "tokens": notation(row["tokens"]),
                "ner_tags": notation([tags[tag] for tag in row["ner_tags"]] if tags else row["ner_tags"]),
            }
            for row in ROWS
        ]
        pandas.DataFrame(rows).to_csv(tmp_path / "train.csv", index=tags is None, sep=separator)
        (tmp_path / "label.json").write_text(json.dumps(NUMBERS))
        assert list(find_sources(tmp_path)) == ["hub-ner"]
        check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_the_arrays_of_numpy_may_have_several_lines(tmp_path: Path) -> None:
    tokens = [f"word-{number}" for number in range(30)]
    rows = [{"tokens": numpy.array(tokens), "ner_tags": numpy.array(["B-x"] + ["O"] * 29)}]
    pandas.DataFrame(rows).to_csv(tmp_path / "train.csv")
    assert "\n" in (tmp_path / "train.csv").read_text().partition("\n")[2].strip()
    (record,) = load_records("hub-ner", tmp_path)
    assert (record.text, record.mentions[0].text) == (" ".join(tokens), "word-0")
    tokens *= 50  # NumPy leaves out the middle
    rows = [{"tokens": numpy.array(tokens), "ner_tags": numpy.array(["B-x"] * len(tokens))}]
    pandas.DataFrame(rows).to_csv(tmp_path / "train.csv")
    assert "train.csv:2: " in (message := read_error("hub-ner", tmp_path))
    assert "is not a list of strings or numbers; write the list as JSON, with commas" in message


@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("quoting", [0, 1, 3])  # minimal, all, none
def test_a_row_is_a_token(separator: str, quoting: int, tmp_path: Path) -> None:
    cells = [[1, "Ida", "B-person"], [1, '"', "O"], [1, "said", "O"], [2, '"', "O"], [2, "Bo", "B-person"]]
    frame = pandas.DataFrame(cells, columns=["sentence_id", "token", "tag"])
    frame.to_csv(
        tmp_path / "train.csv", index=False, sep=separator, quoting=quoting, quotechar='"' if quoting < 3 else "'"
    )
    assert list(find_sources(tmp_path)) == ["hub-ner"]
    records = list(load_records("hub-ner", tmp_path))
    assert [record.text for record in records] == ['Ida " said', '" Bo']
    assert [[mention.text for mention in record.mentions] for record in records] == [["Ida"], ["Bo"]]


TABLE = st.lists(
    st.tuples(st.text("ab\"',;[] é😀", min_size=1).filter(str.strip), st.sampled_from(["O", "B-x", "I-x"])), min_size=1
)


@given(st.lists(TABLE, min_size=1, max_size=3), st.sampled_from([",", "\t", ";"]), st.booleans())
@example([[('"', "O"), (",", "B-x"), ('"', "O")]], ",", False)
def test_tables_that_are_written_are_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[tuple[str, str]]], separator: str, lists: bool
) -> None:
    file = tmp_path_factory.mktemp("raw") / "train.csv"
    columns = [[[cell[at] for cell in row] for row in rows] for at in (0, 1)]
    if lists:
        frame = pandas.DataFrame({"tokens": columns[0], "ner_tags": columns[1]})
    else:
        cells = [[number, token.strip(), tag] for number, row in enumerate(rows) for token, tag in row]
        frame = pandas.DataFrame(cells, columns=["sentence_id", "token", "tag"])
        columns[0] = [[token.strip() for token in tokens] for tokens in columns[0]]
    frame.to_csv(file, index=False, sep=separator)
    assert [sentence for _, sentence in read_table(file)] == list(zip(*columns, strict=True))


@pytest.mark.parametrize(
    "cell",
    [
        "['a''b']",
        "['a' 'b', 'c']",
        "['a', None]",
        "[1.5]",
        "['a'",
        "a b",
        "",
        "[['a']]",
        "['\\ud800']",
        "[1 ... 2]",
        "[01x]",
    ],
)
def test_lists_that_cannot_be_told(cell: str) -> None:
    with pytest.raises((SyntaxError, ValueError)):
        parse_list(cell)


@pytest.mark.parametrize(
    "text, problem",
    [
        (
            "token,tag\nIda,B-x\nleft,O\n",
            "train.csv:1: no column says which sentence a token belongs to; add one called",
        ),
        ("sentence_id,token,tag\n1,Ida,B-x\n1,O\n", "train.csv:3: '1,O' has 2 cells, the header 3; fix it"),
        ("sentence_id,token,tag\n1,Ida,B-x\n1,,O\n", "train.csv:3: '1,,O' lacks a token, its tag or its sentence"),
        ("sentence_id,token,tag\n,Ida,B-x\n1,a,O\n", "train.csv:2: ',Ida,B-x' lacks a token, its tag or its sentence"),
        (
            "sentence_id,token,tag\n1,Ida,1\n1,a,O\n",
            "train.csv:2: ner_tags is not a list of strings, and no README.md",
        ),
        ("tokens\tner_tags\n['a']\t['O', 'O']\n['a']\t['B-x']\n", "train.csv:2: not a record of"),
        ("tokens\tner_tags\n['a']\t['B-x']\n'a'\t['B-x']\n", "train.csv:3: \"'a'\" is not a list of"),
        ("tokens,ner_tags\n['a'],['B-x']\n['a'],['B-x'],x\n", "train.csv:3: a row has 3 cells, the header 2; fix it"),
        ('tokens,ner_tags\n["a"],["B-x"]\n"[\'a\']" x,["B-x"]\n', "train.csv:3: not a row of the table ("),
    ],
)
def test_invalid_tables(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(text)
    assert problem in read_error("hub-ner", tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tokens\tner_tags\n\r['a']\t['B-x']\n", "train.csv:2: not a row of the table (a carriage return in a cell"),
        ("id\ttokens\tner_tags\n\r\t0\t['a']\t['B-x']\n", "train.csv:1: no column says which sentence"),
    ],
)
def test_a_carriage_return_inside_a_line_is_no_error_of_python(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(text)
    try:
        message = " ".join(str(sentence) for _, sentence in read_table(tmp_path / "train.csv"))
    except InputError as error:
        message = str(error)
    assert problem in message


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("label.json", '{"O": 0, "B-\\ud800tool": 1, "I-tool": 2, "B-part": 3, "I-part": 4}'),
        ("README.md", '---\nner_tags:\n  names: [O, "B-\\ud800tool", I-tool, B-part, I-part]\n---\n'),
    ],
)
def test_half_a_surrogate_pair_in_a_class_name_is_named(file: str, content: str, tmp_path: Path) -> None:
    write_lines(tmp_path / "train.jsonl", ROWS)
    (tmp_path / file).write_text(content)
    assert f"{file}: contains an unpaired surrogate" in read_error("hub-ner", tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "word,label\ngood,positive\nbad,negative\n",
        "text,label\nIda left,O\n",
        "a,b,c\n1,Ida,O\n",
        "token,tag\n",
        "Ida\tB-person\nleft\tO\n",
    ],
)
def test_other_tables_are_not_claimed(text: str, tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(text)
    assert "does not have the layout" in read_error("hub-ner", tmp_path)


def test_a_table_is_no_file_of_tagged_tokens(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_text("sentence_id\ttoken\ttag\n1\tIda\tperson\n1\tleft\tO\n")
    assert list(find_sources(tmp_path)) == ["hub-ner"]
    dropped: Counter[str] = Counter()
    (record,) = load_records("hub-ner", tmp_path, dropped=dropped)
    assert (record.text, categories(record), not dropped) == ("Ida left", ["person"], True)


@pytest.mark.parametrize(
    "lines, kept",
    [
        ("1,Ida,B-x\n1,ran\n2,Bo,B-x\n2,sat,O\n3,Al,B-x\n", ["Al"]),  # it may be of the first or the second
        ("1,Ida,B-x\n1,ran\n1,off,O\n2,Bo,B-x\n", ["Bo"]),
        ("1,ran\n1,Ida,B-x\n2,Bo,B-x\n", ["Bo"]),
        ("1,Ida,B-x\n,ran\n,off,O\n2,Bo,B-x\n", ["Bo"]),
    ],
)
def test_a_wrong_line_costs_the_sentences_beside_it(lines: str, kept: list[str], tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(f"sentence_id,token,tag\n{lines}")
    dropped: Counter[str] = Counter()
    assert [record.text for record in load_records("hub-ner", tmp_path, dropped=dropped)] == kept
    assert set(dropped) == {"cannot be read: a row is not one of its table"}


def test_a_wrong_row_costs_itself_unless_it_swallows_lines(tmp_path: Path) -> None:
    rows = ["tokens\ttags", '["Ida"]\t["B-x"]', '["Bo"]\tB-x', '["Al"]\t["B-x"]']
    (tmp_path / "train.tsv").write_text("\n".join(rows))
    assert [record.text for record in load_records("hub-ner", tmp_path)] == ["Ida", "Al"]
    rows[2] = '"[]\t[]'
    (tmp_path / "train.tsv").write_text("\n".join(rows))
    assert "train.tsv:3: " in (message := read_error("hub-ner", tmp_path)) and "the row goes on to line" in message


# ---- characters -----------------------------------------------------------------------------------


def test_characters_are_joined_without_spaces(tmp_path: Path) -> None:
    rows = [{"tokens": [*"1966年在"], "ner_tags": ["B-date", *["I-date"] * 4, "O"]}]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for record in (*load_records("hub-ner", tmp_path), *records_from_dataset(rows)):
        assert (record.text, record.mentions) == ("1966年在", (Mention("1966年", ((0, 5),), "date"),))


def test_letters_stay_tokens() -> None:
    rows = [{"tokens": ["A", "b"], "ner_tags": ["B-x", "O"]}]
    (record,) = records_from_dataset(rows)
    assert record.text == "A b"
