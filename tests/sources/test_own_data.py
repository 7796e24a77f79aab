"""Users' own data: tagged tokens, rows of the Hub, brat, and our own records."""

from __future__ import annotations

import json
import shutil
import string
from collections import Counter
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Extraction, Table
from adelie_hf.errors import InputError
from adelie_hf.queries import queries
from adelie_hf.record_columns import from_columns, to_columns, write_records
from adelie_hf.records import Event, Label, Mention, Record, Relation
from adelie_hf.sources import find_sources, get_source, load_records
from adelie_hf.sources.label_sets import with_roles
from adelie_hf.sources.user.hub_ner import records_of
from adelie_hf.tasks import TASKS

NATIVE = Path(__file__).parent / "native"
NAMES = ("bio", "brat", "hub-ner", "records")


def refusal(name: str, folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        list(load_records(name, folder))
    message = str(caught.value)
    assert "\n" not in message
    assert ";" in message
    return message


def shown(record: Record, task: str = "ner") -> list[str]:
    return [label.name for label in record.schemas[task]]


@pytest.mark.parametrize("name", NAMES)
def test_they_are_found_where_no_published_set_is(name: str) -> None:
    assert get_source(name).role == "own"
    for layout in (NATIVE / name).iterdir():
        assert list(find_sources(layout)) == [name]


def test_a_published_set_comes_first_unless_the_format_is_asked_for_by_name() -> None:
    folder = NATIVE / "conll2003/copy"
    assert list(find_sources(folder)) == list(find_sources(folder, ("conll2003",))) == ["conll2003"]
    assert list(find_sources(folder, ("bio",))) == ["bio"]


# ---- tagged tokens --------------------------------------------------------------------------------


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
    assert shown(first) == shown(third) == ["Group", "Person"]  # the training file's


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
def test_schemes_are_told_apart(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    (record,) = load_records("bio", tmp_path)
    assert record.text == "a Ida Bo"
    assert record.mentions == (Mention("Ida", ((2, 5),), "PER"), Mention("Bo", ((6, 8),), "PER"))


def test_chinese_and_japanese_tokens_stand_side_by_side(tmp_path: Path) -> None:
    tokens = [*"我在北京", "用", "Python", "３", ".", *"東京タワー", "𠀀", "한국", "서울"]
    tags = ["O", "O", "B-LOC", "I-LOC", "O", "B-TOOL", *["O"] * 2, *["B-LOC"], *["I-LOC"] * 4, "O", "B-LOC", "I-LOC"]
    (tmp_path / "train.conll").write_text("".join(f"{a} {b}\n" for a, b in zip(tokens, tags, strict=True)))
    (record,) = load_records("bio", tmp_path)
    assert record.text == "我在北京用 Python ３ . 東京タワー𠀀 한국 서울"
    assert [mention.text for mention in record.mentions] == ["北京", "Python", "東京タワー", "한국 서울"]


def test_own_tags_in_several_columns_are_not_taken_for_genia(tmp_path: Path) -> None:
    (tmp_path / "train.iob2").write_text("Acme NNP I-ORG\nrose VBD O\n")
    assert list(find_sources(tmp_path)) == ["bio"]
    (record,) = load_records("bio", tmp_path)
    assert shown(record) == ["ORG"]


def test_tags_without_prefixes_are_runs(tmp_path: Path) -> None:
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


def test_a_type_that_the_training_file_lacks_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("a B-x\n")
    (tmp_path / "test.txt").write_text("a B-y\n\na B-x\n")
    dropped: Counter[str] = Counter()
    assert [record.id for record in load_records("bio", tmp_path, "test", dropped)] == ["test-3"]
    assert list(dropped.values()) == [1]
    (tmp_path / "train.txt").unlink()
    assert [shown(record) for record in load_records("bio", tmp_path)] == [["x", "y"]] * 2


@pytest.mark.parametrize(
    "text, problem",
    [
        ("a O\nb c O\n", "does not have the layout"),
        ("a\nb\n", "does not have the layout"),
        ("a O\nb B-x\nc x\n", "does not have the layout"),
        ("one two\nthree four\n", "does not have the layout"),
        ("a O\n\nb O\n", "no token has another tag than O"),
        ("a B-x\n\n" * 1_100 + "a\n", "train.txt:2201: 'a' is not a token"),
        ("a B-x\n\n" * 1_100 + "a x\n", "train.txt: some tags have a prefix such as B- and others have not"),
    ],
)
def test_bio_that_is_wrong(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text(text)
    assert problem in refusal("bio", tmp_path)


# ---- rows of the Hub ------------------------------------------------------------------------------

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
    assert shown(first) == shown(second) == list(schema)
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
def test_json_lines_with_the_older_card(card: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "dataset_infos.json").write_text(json.dumps(card))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_json_lines_of_names(tmp_path: Path) -> None:
    rows = [row | {"ner_tags": [TAGS[tag] for tag in row["ner_tags"]]} for row in ROWS]
    (tmp_path / "train.json").write_text("".join(json.dumps(row) + "\n" for row in rows))
    check_rows(list(load_records("hub-ner", tmp_path)), "tool")


@pytest.mark.parametrize("where", ["train.parquet", "data/train-00000-of-00001.parquet", "default/train/0000.parquet"])
def test_parquet(where: str, tmp_path: Path) -> None:
    (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_list(ROWS, features=FEATURES).to_parquet(tmp_path / where)
    assert list(find_sources(tmp_path)) == ["hub-ner"]
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


def test_parquet_in_pieces(tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        file = tmp_path / f"train-{number:05}-of-00002.parquet"
        datasets.Dataset.from_list([row], features=FEATURES).to_parquet(file)
    check_rows(list(load_records("hub-ner", tmp_path)), "tool", "part")


@pytest.mark.parametrize("cut", [8, 100, -20, -1])
def test_parquet_that_is_cut_off(cut: int, tmp_path: Path) -> None:
    file = tmp_path / "train.parquet"
    datasets.Dataset.from_list(ROWS, features=FEATURES).to_parquet(file)
    file.write_bytes(file.read_bytes()[:cut])
    assert str(file) in refusal("hub-ner", tmp_path)


def test_a_loaded_data_set() -> None:
    part = datasets.Dataset.from_list(ROWS, features=FEATURES)
    check_rows(list(records_of(part)), "tool", "part")
    both = datasets.DatasetDict({"train": part, "dev": part.select([1])})
    records = list(records_of(both, source="mine"))
    check_rows(records[:2], "tool", "part")
    assert [(record.source, record.split, record.id) for record in records] == [
        ("mine", "train", "train-0"),
        ("mine", "train", "train-1"),
        ("mine", "validation", "validation-0"),
    ]
    named = [{"words": row["tokens"], "tags": [TAGS[tag] for tag in row["ner_tags"]]} for row in ROWS]
    check_rows(list(records_of(datasets.Dataset.from_list(named), tokens="words", tags="tags")), "tool")
    check_rows(list(records_of(named, split="test", tokens="words", tags="tags")), "tool")


def test_a_loaded_data_set_that_is_wrong() -> None:
    part = datasets.Dataset.from_list(ROWS, features=FEATURES)
    for call in (
        lambda: records_of(part, tags="tags"),
        lambda: records_of([{"tokens": ["a"], "ner_tags": ["B-x", "O"]}]),
        lambda: records_of([{"tokens": ["a"], "ner_tags": [1]}]),
        lambda: records_of([{"tokens": "a", "ner_tags": ["B-x"]}]),
        lambda: records_of([{"tokens": ["a"], "ner_tags": ["O"]}]),
    ):
        with pytest.raises(InputError, match="row 0 of the split train: "):
            list(call())


@pytest.mark.parametrize(
    "row, problem",
    [
        ({"tokens": ["a"], "ner_tags": [1]}, "train.jsonl:1: ner_tags are not a list of strings, and no README.md"),
        ({"tokens": ["a"], "ner_tags": ["B-x", "O"]}, "train.jsonl:1: not a record of"),
        ({"tokens": "a", "ner_tags": ["B-x"]}, "train.jsonl:1: not a record of"),
        ({"tokens": ["a"], "ner_tags": ["B-x"], "tags": None}, ""),
        ({"tokens": ["a", "b"], "ner_tags": ["B-x", "x"]}, "train.jsonl: some tags have a prefix"),
        ({"tokens": ["a"], "ner_tags": ["O"]}, "there is no tag but O"),
    ],
)
def test_rows_that_are_wrong(row: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(json.dumps(row) + "\n")
    if problem:
        assert problem in refusal("hub-ner", tmp_path)
    else:
        assert list(load_records("hub-ner", tmp_path))


def test_a_card_that_is_wrong(tmp_path: Path) -> None:
    shutil.copytree(NATIVE / "hub-ner/json-lines", tmp_path, dirs_exist_ok=True)
    (tmp_path / "README.md").write_text("---\na: [\n---\n")
    assert f"{tmp_path / 'README.md'}: what it says at its top is not YAML" in refusal("hub-ner", tmp_path)
    # References that double a list again and again.
    bomb = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]\n" for n in range(60))
    (tmp_path / "README.md").write_text(f"---\n{bomb}---\n")
    assert "ner_tags are not a list of strings" in refusal("hub-ner", tmp_path)


# ---- brat -----------------------------------------------------------------------------------------


def test_brat() -> None:
    first, empty, other = load_records("brat", NATIVE / "brat/standoff")
    assert [(record.id, record.split, record.group) for record in (first, empty, other)] == [
        ("train-a", "train", "a"),
        ("train-b", "train", "b"),
        ("validation-c", "validation", "c"),
    ]
    ida, bo, acme = (
        Mention("Ida", ((0, 3),), "Person"),
        Mention("Bo Lee", ((8, 14),), "Person"),
        Mention("Acme", ((23, 27),), "Company"),
    )
    left = Mention("left shoes", ((37, 41), (52, 57)), "Thing")
    right = Mention("right shoes", ((46, 57),), "Thing")
    founded, made = Mention("founded", ((15, 22),), "Found"), Mention("made", ((32, 36),), "Make")
    assert first.mentions == (ida, bo, acme, left, right)  # triggers are none
    assert first.relations == (Relation(bo, "Works_for", acme),)
    assert first.events == (
        Event(founded, "Found", ((ida, "Founder"), (bo, "Founder"), (acme, "What"))),
        Event(made, "Make", ((acme, "Maker"), (left, "Product"), (right, "Product"), (founded, "After"))),
    )
    assert (empty.text, list(empty.all_mentions())) == ("Nothing here.", [])
    assert other.mentions == (Mention("Ida", ((8, 11),), "Person"),)  # in code points
    for record in (first, empty, other):
        assert {task: shown(record, task) for task in record.schemas} == {
            "ner": ["Company", "Person", "Thing"],
            "re": ["Works_for"],
            "ee": ["Found", "Make"],
        }
        assert all(list(queries(record, task)) for task in record.schemas)
    assert first.schemas["ee"][1].roles == ("After", "Maker", "Product")


def test_brat_in_one_folder(tmp_path: Path) -> None:
    shutil.copytree(NATIVE / "brat/standoff/train", tmp_path, dirs_exist_ok=True)
    assert [(record.id, record.split) for record in load_records("brat", tmp_path)] == [
        ("train-a", "train"),
        ("train-b", "train"),
    ]


def test_brat_reads_the_training_files_again_when_they_change(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ida and Bo")
    (tmp_path / "a.ann").write_text("T1\tPerson 0 3\tIda\n")
    assert [shown(record) for record in load_records("brat", tmp_path)] == [["Person"]]
    (tmp_path / "a.ann").write_text("T1\tHuman 0 3\tIda\n")
    assert [shown(record) for record in load_records("brat", tmp_path)] == [["Human"]]


def test_brat_relations_run_as_their_numbers_say(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ida and Bo")
    (tmp_path / "a.ann").write_text("T1\tPerson 0 3\tIda\nT2\tPerson 8 10\tBo\nR1\tKnows Arg2:T2 Arg1:T1\n")
    (record,) = load_records("brat", tmp_path)
    assert [(r.head.text, r.tail.text) for r in record.relations] == [("Ida", "Bo")]


def test_brat_across_a_line_end(tmp_path: Path) -> None:
    """Older versions write one stretch with a space for the line end."""
    (tmp_path / "a.txt").write_text("The New\nYork Times")
    (tmp_path / "a.ann").write_text("T1\tPaper 4 18\tNew York Times\n")
    (record,) = load_records("brat", tmp_path)
    assert record.mentions == (Mention("New York Times", ((4, 7), (8, 18)), "Paper"),)


@pytest.mark.parametrize(
    "line, problem",
    [
        ("T1\tPerson 0 4\tIda", "a.ann:2: 'T1 Person 0 4 Ida' is not an annotation of brat (the text reads 'Ida '"),
        ("T1\tPerson 0 99\tIda", "a.ann:2: 'T1 Person 0 99 Ida' is not an annotation of brat (offsets [0, 99) lie"),
        ("T1\tPerson -3 0\tIda", "a.ann:2: "),
        ("T1\tPerson 3 0\tIda", "a.ann:2: "),
        ("T1\tPerson 0 x\tIda", "a.ann:2: "),
        ("T1\tPerson 0\tIda", "a.ann:2: "),
        ("T1\tPerson 0 3", "a.ann:2: "),
        ("T1", "a.ann:2: "),
        ("X1\tPerson 0 3\tIda", "a.ann:2: "),
        ("T0\tPerson 0 3\tIda", "a.ann:2: 'T0 Person 0 3 Ida' is not an annotation of brat (T0 occurs twice)"),
        ("R1\tKnows Arg1:T0", "a.ann:2: "),
        ("R1\tKnows Arg1:T0 Arg2:T9", "a.ann:1: not a record of annotations of your own (brat) ('T9' is none of T0)"),
        ("E1\tMeet:T9 Who:T0", "a.ann:1: not a record of annotations of your own (brat) ('T9' is none of T0)"),
    ],
)
def test_brat_that_is_wrong(line: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Ida and Bo")
    (tmp_path / "a.ann").write_text(f"T0\tPerson 8 10\tBo\n{line}\n")
    assert problem in refusal("brat", tmp_path)


def test_brat_without_its_text(tmp_path: Path) -> None:
    (tmp_path / "a.ann").write_text("T0\tPerson 8 10\tBo\n")
    assert f"{tmp_path / 'a.txt'}: missing; brat keeps the text" in refusal("brat", tmp_path)


# ---- our own records ------------------------------------------------------------------------------

_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@st.composite
def _records(draw: st.DrawFn) -> Record:
    text = draw(st.text(string.ascii_letters + " é😀\n", min_size=3, max_size=30))
    spans = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda span: span[0] < span[1])

    @st.composite
    def mentions(draw: st.DrawFn) -> Mention:
        fragments = tuple(draw(st.lists(spans, max_size=3)))
        surface = " ".join(text[start:end] for start, end in fragments) or draw(_words)
        return Mention(surface, fragments, draw(_words | st.just("")))

    named = _words.filter(str.strip)
    bare = st.builds(Label, named, _words, _words, st.lists(_words, max_size=2).map(tuple))
    roles = st.lists(st.builds(Label, named, _words, _words), max_size=2).map(tuple)
    labels = bare | st.builds(with_roles, bare, roles)
    arguments = st.lists(st.tuples(mentions(), _words), max_size=2).map(tuple)
    width = draw(st.integers(1, 3))
    row = st.lists(_words, min_size=width, max_size=width).map(tuple)
    return Record(
        id=draw(_words),
        source=draw(_words),
        split=draw(st.sampled_from(["train", "validation", "test"])),
        group=draw(_words),
        text=text,
        schemas=draw(st.dictionaries(st.sampled_from(list(TASKS)), st.lists(labels, max_size=2).map(tuple))),
        mentions=tuple(draw(st.lists(mentions(), max_size=3))),
        relations=tuple(draw(st.lists(st.builds(Relation, mentions(), _words, mentions()), max_size=2))),
        pairs=tuple(draw(st.lists(st.tuples(mentions(), mentions()), max_size=2))),
        events=tuple(draw(st.lists(st.builds(Event, mentions(), _words, arguments), max_size=2))),
        extractions=tuple(
            draw(st.lists(st.builds(Extraction, _words, st.lists(_words, max_size=2).map(tuple)), max_size=2))
        ),
        instruction=draw(_words | st.just("")),
        table=draw(st.none() | st.builds(Table, row, st.lists(row, max_size=2).map(tuple))),
    )


@settings(max_examples=150, deadline=None)
@given(record=_records())
def test_columns_give_the_record_back(record: Record) -> None:
    row = to_columns(record)
    assert from_columns(row) == record
    assert from_columns(json.loads(json.dumps(row))) == record
    as_in_parquet = {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()}
    assert from_columns(as_in_parquet) == record


def test_records() -> None:
    first, second, third = load_records("records", NATIVE / "records/json-lines")
    ida, bo = Mention("Ida", ((0, 3),), "person"), Mention("Bo", ((8, 10),), "person")
    assert (first.id, first.source, first.group, first.mentions) == ("1", "mine", "g", (ida, bo))
    assert [(query.task, list(query.answer)) for task in first.schemas for query in queries(first, task)] == [
        ("ner", [("Ida", "person"), ("Bo", "person")]),
        ("re", [("Ida", "met", "Bo")]),
        ("ee", [("met", "meet", (("Ida", "who"),))]),
    ]
    # What a user may leave out.
    assert (second.source, second.split, second.group) == ("records", "train", "2")
    assert third.table == Table(("cats",), (("2",),))
    assert third.extractions == (Extraction("has", ("Ida", "2 cats")),)


@pytest.mark.parametrize("file", ["train.jsonl", "train.parquet"])
def test_written_records_are_read(file: str, tmp_path: Path) -> None:
    records = list(load_records("records", NATIVE / "records/json-lines", "train"))
    records += load_records("brat", NATIVE / "brat/standoff", "train")
    assert write_records(tmp_path / file, records) == 4
    assert list(find_sources(tmp_path)) == ["records"]
    assert list(load_records("records", tmp_path)) == records
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_records_are_not_written_in_part(tmp_path: Path) -> None:
    def broken() -> Any:
        yield from load_records("records", NATIVE / "records/json-lines")
        raise RuntimeError("halfway")

    for file in ("train.jsonl", "train.parquet"):
        with pytest.raises(RuntimeError):
            write_records(tmp_path / file, broken())
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="name the file so"):
        write_records(tmp_path / "train.csv", [])


GOOD: dict[str, Any] = {"id": "1", "text": "Ida met Bo.", "schemas": {"ner": [{"name": "person"}]}}
IDA: dict[str, Any] = {"text": "Ida", "type": "person", "fragments": [[0, 3]]}
BARE: dict[str, Any] = {"text": "Ida", "fragments": [[0, 3]]}
BO: dict[str, Any] = {"text": "Bo", "fragments": [[8, 10]]}
MET = {"schemas": {"rc": [{"name": "met"}]}, "relations": [{"head": BARE, "type": "met", "tail": BO}]}


@pytest.mark.parametrize(
    "change, problem",
    [
        ({"split": "test"}, "its split is 'test', its file's 'train'"),
        ({"id": ""}, "the id is empty"),
        ({"id": 3}, "id is not a string but int"),
        ({"text": None}, "text is not a string"),
        ({"schemas": {"nre": []}}, "the task 'nre' is none of ner,"),
        ({"schemas": {"ner": [{"name": 3}]}}, "3 is not a string"),
        (
            {"schemas": {"ee": [{"name": "met", "roles": ["who"], "role_labels": [{"name": "where"}]}]}},
            "'where' is among the role_labels of 'met', but not among its roles",
        ),
        ({"schemas": "{"}, "Expecting"),
        ({"mentions": [IDA | {"fragments": [[0, 99]]}]}, "offsets [0, 99) lie outside"),
        ({"mentions": [IDA | {"fragments": [[1, 3]]}]}, "mention 'Ida' at ((1, 3),) reads 'da' in the text"),
        ({"mentions": [IDA | {"fragments": [[False, 3]]}]}, "are not all whole numbers"),
        ({"mentions": [IDA | {"type": "place"}]}, "'place' is none of the categories of its schema for ner"),
        ({"mentions": IDA}, "is not a list"),
        ({"mentions": [{"type": "person"}]}, "the field 'text' is missing"),
        ({"mentions": '[{"text": "\\ud800"}]'}, "surrogates not allowed"),
        ({"table": {"header": ["a"], "rows": [["1", "2"]]}}, "rows of another width"),
        ({"schemas": {"ner": [{"name": "a"}, {"name": "a"}]}}, "its schema for ner has a category twice"),
        (MET, "the relation between 'Ida' and 'Bo' is none of the pairs that rc asks about"),
        (MET | {"pairs": [[IDA, BO]]}, "the relation between 'Ida' and 'Bo' is none of the pairs"),
        (MET | {"pairs": [[BO, BARE]]}, "the relation between 'Ida' and 'Bo' is none of the pairs"),
    ],
)
def test_records_that_are_wrong(change: dict[str, Any], problem: str, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(json.dumps(GOOD | {"id": "0"}) + "\n" + json.dumps(GOOD | change) + "\n")
    message = refusal("records", tmp_path)
    assert "train.jsonl:2: " in message
    assert problem in message
