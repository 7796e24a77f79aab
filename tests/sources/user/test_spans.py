"""Texts with character spans of users, in the forms of annotation tools."""

from __future__ import annotations

import json
import sys
import types
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.cli import main
from adelie_hf.queries import queries
from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources import find_sources, load_records
from adelie_hf.sources.inventory import take_inventory
from adelie_hf.sources.readers.drop_reasons import RELATION_LACKS_MENTION
from adelie_hf.sources.readers.offset_units import Surface, place_surfaces
from adelie_hf.sources.user.common import UNSEEN_CATEGORY
from adelie_hf.sources.user.span_forms import Annotated, has_form, read_row
from tests.sources.helpers import NATIVE, categories, read_error
from tests.sources.user.span_writers import WITH_RELATIONS, WRITERS, Example, examples

BOB = Example("Bob owns Acme.", [(0, 3, "person"), (9, 13, "firm")], [(0, "owns", 1)])


def write(folder: Path, *rows: Any, file: str = "train.jsonl") -> Path:
    (folder / file).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return folder


def read(row: Any) -> Annotated:
    (annotated,) = read_row(row)
    assert isinstance(annotated, Annotated)
    return annotated


# ---- the forms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", WRITERS)
def test_a_row_of_each_tool(tool: str, tmp_path: Path) -> None:
    example = BOB if tool != "GLiNER" else BOB._replace(text="Bob owns Acme .")
    write(tmp_path, WRITERS[tool](example))
    assert list(find_sources(tmp_path)) == ["spans"]
    (record,) = load_records("spans", tmp_path)
    bob, acme = Mention("Bob", ((0, 3),), "person"), Mention("Acme", ((9, 13),), "firm")
    assert (record.text, record.mentions) == (example.text, (bob, acme))
    assert categories(record) == ["firm", "person"]
    if tool in WITH_RELATIONS:
        assert record.relations == (Relation(bob, "owns", acme),)
        assert categories(record, "re") == ["owns"]
        assert [tuple(query.answer) for query in queries(record, "re")] == [(("Bob", "owns", "Acme"),)]
    else:
        assert list(record.schemas) == ["ner"]


@pytest.mark.parametrize("tool", WRITERS)
@given(data=st.data())
def test_what_a_tool_writes_is_read(tool: str, data: st.DataObject) -> None:
    is_gliner = tool == "GLiNER"
    example = data.draw(examples("ab é😀" if is_gliner else "abc é😀北京\n\r\t\u00a0.", tool in WITH_RELATIONS))
    if is_gliner:  # a span consists of whole words, which are separated by single spaces
        words = example.text.split()
        example = Example(" ".join(words), [(0, len(words[0]), "x"), (0, len(" ".join(words)), "y")], [])
    annotated = read(json.loads(json.dumps(WRITERS[tool](example))))
    assert annotated.text == example.text
    found = [(span.start, span.end, label) for span in annotated.spans for label in span.labels]
    assert sorted(found) == sorted(example.spans)
    assert [(head[:2], label, tail[:2]) for head, label, tail in annotated.relations] == [
        (example.spans[head][:2], label, example.spans[tail][:2]) for head, label, tail in example.relations
    ]


@given(st.lists(examples(), min_size=1, max_size=4), st.sampled_from(["train.jsonl", "train.json"]))
def test_files_of_several_forms(tmp_path_factory: pytest.TempPathFactory, drawn: list[Example], file: str) -> None:
    folder = tmp_path_factory.mktemp("raw")
    drawn = [BOB, *drawn]
    tools = [tool for tool in WRITERS if tool != "GLiNER"]
    rows = [WRITERS[tools[number % len(tools)]](example) for number, example in enumerate(drawn)]
    if file == "train.json":
        (folder / file).write_text(json.dumps(rows), encoding="utf-8")
    else:
        write(folder, *rows)
    records = list(load_records("spans", folder))
    assert [record.text for record in records] == [example.text for example in drawn]
    for record, example in zip(records, drawn, strict=True):
        assert {(*mention.fragments[0], mention.type) for mention in record.mentions} == {*example.spans}


def test_one_file_may_be_an_array_or_the_object_of_ner_annotator() -> None:
    records = list(load_records("spans", NATIVE / "spans/json"))
    assert [(record.id, [(m.text, m.type) for m in record.mentions]) for record in records] == [
        ("train-1", [("Ida", "person"), ("Ida", "owner"), ("Acme", "firm")]),
        ("test-1", [("Bo", "person")]),
    ]


def test_overlapping_spans_are_kept_in_the_order_of_the_text(tmp_path: Path) -> None:
    spans = [[4, 8, "b"], [0, 8, "a"], [4, 8, "a"], [0, 3, "a"], [4, 8, "b"]]
    write(tmp_path, {"text": "New York", "label": spans})
    (record,) = load_records("spans", tmp_path)
    assert [(m.text, m.type) for m in record.mentions] == [
        ("New York", "a"),
        ("New", "a"),
        ("York", "b"),
        ("York", "a"),
    ]


def test_white_space_at_the_ends_is_not_part_of_a_mention(tmp_path: Path) -> None:
    write(tmp_path, {"text": "by Bob\u00a0 .", "label": [[2, 8, "person"]]})
    (record,) = load_records("spans", tmp_path)
    assert record.mentions == (Mention("Bob", ((3, 6),), "person"),)


# ---- what annotators do not stand by --------------------------------------------------------------


def test_rejected_and_ignored_answers_are_counted(tmp_path: Path) -> None:
    row = WRITERS["Prodigy"](BOB)
    write(tmp_path, row, {**row, "answer": "reject"}, {**row, "answer": "ignore"})
    dropped: Counter[str] = Counter()
    assert len(list(load_records("spans", tmp_path, dropped=dropped))) == 1
    assert dropped == {"its answer was rejected or ignored": 2}


def test_one_annotation_of_a_task_is_read(tmp_path: Path) -> None:
    task = WRITERS["Label Studio"](BOB)
    (first,) = task["annotations"]
    other = WRITERS["Label Studio"](BOB._replace(spans=BOB.spans[:1], relations=[]))["annotations"][0]
    task["annotations"] = [
        {**first, "was_cancelled": True},
        first,
        {**other, "ground_truth": True},
    ]
    write(tmp_path, task, {**task, "annotations": []})
    dropped: Counter[str] = Counter()
    (record,) = load_records("spans", tmp_path, dropped=dropped)
    assert [mention.text for mention in record.mentions] == ["Bob"]
    assert dropped == {
        "its annotation was cancelled": 1,
        "it is a further annotation of the same text": 1,
        "it has no annotation": 1,
    }


@pytest.mark.parametrize(
    "direction, expected",
    [("right", ["Bob owns Acme"]), ("left", ["Acme owns Bob"]), ("bi", ["Bob owns Acme", "Acme owns Bob"])],
)
def test_the_direction_of_a_relation(direction: str, expected: list[str], tmp_path: Path) -> None:
    task = WRITERS["Label Studio"](BOB)
    task["annotations"][0]["result"][-1]["direction"] = direction
    (record,) = load_records("spans", write(tmp_path, task))
    assert [f"{r.head.text} {r.type} {r.tail.text}" for r in record.relations] == expected


def test_a_relation_without_a_label_is_left_out(tmp_path: Path) -> None:
    task = WRITERS["Label Studio"](BOB)
    del task["annotations"][0]["result"][-1]["labels"]
    dropped: Counter[str] = Counter()
    (record,) = load_records("spans", write(tmp_path, task), dropped=dropped)
    assert (len(record.mentions), record.relations) == (2, ())
    assert dropped == {"a relation has no label": 1}


def test_the_text_of_a_task_may_have_another_name(tmp_path: Path) -> None:
    task = WRITERS["Label Studio"](BOB)
    task["data"] = {"sentence": task["data"]["text"], "number": 3}
    assert read(task).text == BOB.text
    task["data"]["title"] = "x"
    write(tmp_path, WRITERS["Label Studio"](BOB), task)
    assert "train.jsonl:2: " in (message := read_error("spans", tmp_path))
    assert "which of sentence, number, title is the text of its data is not clear" in message


# ---- categories -----------------------------------------------------------------------------------


def test_the_categories_are_those_of_the_training_files(tmp_path: Path) -> None:
    write(tmp_path, WRITERS["doccano"](BOB), file="train-1.jsonl")
    write(tmp_path, ["Rex barked", {"entities": [[0, 3, "dog"]]}], file="train-2.jsonl")
    rows = [["Rex is Bob", {"entities": [[0, 3, label], [7, 10, "person"]]}] for label in ("dog", "cat")]
    write(tmp_path, *rows, file="test.jsonl")
    dropped: Counter[str] = Counter()
    records = list(load_records("spans", tmp_path, dropped=dropped))
    assert [record.id for record in records] == ["train-train-1-1", "train-train-2-1", "test-1", "test-2"]
    assert [categories(record) for record in records] == [["dog", "firm", "person"]] * 4
    assert [mention.text for mention in records[-1].mentions] == ["Bob"]
    assert dropped == {UNSEEN_CATEGORY: 1}


def test_a_relation_that_the_training_files_cannot_express_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, WRITERS["Prodigy"](BOB))
    other_type = BOB._replace(spans=[(0, 3, "dog"), (9, 13, "firm")])
    other_relation = BOB._replace(relations=[(0, "sells", 1), (0, "owns", 1)])
    write(tmp_path, WRITERS["Prodigy"](other_type), WRITERS["Prodigy"](other_relation), file="dev.jsonl")
    dropped: Counter[str] = Counter()
    first, second = load_records("spans", tmp_path, "validation", dropped)
    assert ([mention.text for mention in first.mentions], first.relations) == (["Acme"], ())
    assert [relation.type for relation in second.relations] == ["owns"]
    assert dropped == {UNSEEN_CATEGORY: 2, RELATION_LACKS_MENTION: 1}


def test_a_line_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    good = [{"text": f"Bob {number}", "spans": [[0, 3, "x"]]} for number in range(3)]
    write(tmp_path, *good, {"text": "Bob", "spans": [[0, 9, "x"]]})
    with open(tmp_path / "train.jsonl", "a") as stream:
        stream.write('{"text": "Bo\n')
    dropped: Counter[str] = Counter()
    assert len(list(load_records("spans", tmp_path, dropped=dropped))) == 3
    assert dropped == {
        "cannot be read: a record does not have the form of its source": 1,
        "cannot be read: a line is not JSON": 1,
    }


# ---- offsets that count something else ------------------------------------------------------------


@pytest.mark.parametrize(
    "unit, size",
    [
        ("UTF-16 units", lambda text: len(text.encode("utf-16-le")) // 2),
        ("bytes", lambda text: len(text.encode())),
        ("code points and the CR of line ends", lambda text: len(text.replace("\n", "\r\n"))),
    ],
)
def test_units_are_found_out_by_the_surfaces(unit: str, size: Any, tmp_path: Path) -> None:
    text = "é\n😀 Bob owns\nAcme"
    spans = [
        {"start": size(text[:at]), "end": size(text[: at + len(surface)]), "label": "x", "text": surface}
        for surface in ("Bob", "Acme")
        for at in (text.index(surface),)
    ]
    write(tmp_path, *[{"text": text, "spans": spans}] * 3)
    records = list(load_records("spans", tmp_path))
    assert [[mention.text for mention in record.mentions] for record in records] == [["Bob", "Acme"]] * 3
    (inventory,) = take_inventory(tmp_path, ("spans",))
    assert inventory.splits["train"].noted == {f"documents with offsets that count {unit}": 3}
    # Without surfaces, nothing says that offsets count anything else than code points.
    for span in spans:
        del span["text"]
    assert [text[span.start : span.end] for span in read({"text": f"{text}....", "spans": spans}).spans] != [
        "Bob",
        "Acme",
    ]


@given(st.text("a😀é\n ", max_size=12), st.integers(-2, 14), st.integers(-2, 14), st.text("a😀é\n ", max_size=4))
def test_aligned_offsets_read_as_the_surface(text: str, start: int, end: int, surface: str) -> None:
    for given_surface in (surface, None):
        try:
            placed = place_surfaces([Surface(((start, end),), given_surface)], text, lambda: text)
        except ValueError:
            continue
        (((first, last),),) = placed.spans
        found = text[first:last]
        assert found and found == found.strip()
        assert given_surface is None or found.split() == surface.split()
        assert not placed.unit or given_surface is not None


# ---- what is not of these forms -------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        {"text": "good", "label": "positive"},
        {"text": "good", "label": ["positive"]},
        {"text": "good", "labels": [0, 1]},
        {"text": "good", "label": []},
        {"text": "a b", "tokens": ["a", "b"], "entities": [{"start": 0, "end": 1, "type": "x"}]},
        {"tokens": ["a", "b"], "entities": [{"start": 0, "end": 1, "type": "x"}]},
        {"tokens": ["a"], "ner": [[0, 0, "x"]]},
        {"id": "1", "text": "a", "schemas": {}, "spans": [[0, 1, "x"]]},
        {"sentences": [["a"]], "ner": [[[0, 0, "x"]]]},
        {"text": "a", "spans": [{"from": 0, "to": 1, "label": "x"}]},
        {"context": "a", "annotations": [[0, 1, "x"]]},
        ["a", {"cats": {"x": 1}}],
        ["a", "b"],
        {},
        [],
        3,
    ],
)
def test_other_rows_are_not_claimed(row: Any, tmp_path: Path) -> None:
    write(tmp_path, row)
    assert "does not have the layout of" in read_error("spans", tmp_path)


def test_a_row_without_spans_does_not_hide_the_form(tmp_path: Path) -> None:
    write(tmp_path, {"text": "It rained", "label": []}, {"text": "Bob", "label": [[0, 3, "x"]]})
    assert [len(record.mentions) for record in load_records("spans", tmp_path)] == [0, 1]


TWO = {"text": "Bob met Al", "entities": [{"start": 0, "end": 3, "label": "x", "id": 1}]}


@pytest.mark.parametrize(
    "row, problem",
    [
        ({"text": "Bob", "label": [[0, 4, "x"]]}, "offsets [0, 4) lie outside a text of 3 characters"),
        ({"text": "Bob", "label": [[2, 2, "x"]]}, "offsets [2, 2) lie outside"),
        ({"text": "Bob", "label": [[2, 1, "x"]]}, "offsets [2, 1) lie outside"),
        ({"text": "Bob", "label": [[-1, 2, "x"]]}, "offsets [-1, 2) lie outside"),
        ({"text": "a  b", "label": [[1, 3, "x"]]}, "the text at [1, 3) is ' ', white space alone"),
        ({"text": "Bob", "label": [["0", "3", "x"]]}, "'0' is not an offset in characters"),
        ({"text": "Bob", "label": [[0, True, "x"]]}, "True is not an offset in characters"),
        ({"text": "Bob", "label": [[0, 3]]}, "a value has another form, or a list another length"),
        ({"text": "Bob", "label": [[0, 3, ""]]}, "'' is not a label"),
        ({"text": "Bob", "label": [[0, 3, 7]]}, "7 is not a label"),
        ({"text": "Bob", "spans": [{"start": 0, "end": 3}]}, "a span has no label"),
        ({"text": "Bob", "spans": [{"start": 0, "label": "x"}]}, "the field 'end' is missing"),
        ({"text": "Bob", "spans": [{"start": 0, "end": 2, "text": "Bob", "label": "x"}]}, "is 'Bo', not 'Bob'"),
        ({"text": "Bob", "label": {"x": {"Bo": [[0, 2]]}}}, "the text at [0, 3) is 'Bob', not 'Bo'"),
        ({"text": "Bob", "label": {"x": {"Bob": [[0, 3]]}}}, "offsets [0, 4) lie outside"),
        ({"tokenized_text": ["Bob"], "ner": [[0, 1, "x"]]}, "token offsets [0, 2) lie outside 1 tokens"),
        ({"tokenized_text": ["Bob"], "ner": [[0, -1, "x"]]}, "token offsets [0, 0) lie outside 1 tokens"),
        ({"text": None, "spans": []}, "its text is None"),
        ({"text": "Bob"}, "None is not a list of spans or relations"),
        (TWO | {"spans": [[0, 3, "x"]]}, "it has both spans and entities"),
        (TWO | {"relations": [{"from_id": 1, "to_id": 2, "type": "x"}]}, "'2' is not one of 1"),
        (TWO | {"relations": [{"from_id": 1, "to_id": 1}]}, "a relation has no label"),
        (TWO | {"relations": [{"head": 1, "tail": 1, "type": "x"}]}, "the field 'head_span' is missing"),
        (TWO | {"entities": [*TWO["entities"], {"start": 8, "end": 10, "label": "x", "id": 1}]}, "have the id 1"),
        (["Bob", {"entities": [[0, 9, "x"]]}], "offsets [0, 9) lie outside"),
        (["Bob"], "a value has another form, or a list another length"),
        (3, "3 is not a text with spans"),
    ],
)
def test_invalid_rows(row: Any, problem: str, tmp_path: Path) -> None:
    write(tmp_path, TWO, row)
    message = read_error("spans", tmp_path)
    assert "train.jsonl:2: " in message
    assert problem in message


def test_invalid_files(tmp_path: Path) -> None:
    write(tmp_path, {"text": "a", "label": [[0, 1, "x"]]})
    with open(tmp_path / "train.jsonl", "a") as stream:
        stream.write("{\n")
    assert "train.jsonl:2: not valid JSON" in read_error("spans", tmp_path)
    (tmp_path / "train.jsonl").unlink()
    for text in ("[]", "[1, 2]", '{"classes": ["x"], "annotations": [null]}', '{"classes": ["x"], "annotations": {}}'):
        (tmp_path / "train.json").write_text(text)
        assert "does not have the layout" in read_error("spans", tmp_path)
    (tmp_path / "train.json").write_text('[["Bob", {"entities": [[0, 3, "x"]]}], ["Al", {"entities": [[0, 3, "x"]]}]]')
    assert "train.json, record 2: " in read_error("spans", tmp_path)


def test_a_file_without_spans_is_not_claimed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, {"text": "Bob", "spans": [[0, 3, "x"]]}, file="test.jsonl")
    write(tmp_path, {"text": "Bob", "spans": []})
    assert list(find_sources(tmp_path)["spans"].splits) == ["test"]
    assert main(["sources", "check", str(tmp_path)]) == 0
    assert f"not read: {tmp_path / 'train.jsonl'}: it has JSON with the keys spans, text; " in capsys.readouterr().out


def test_the_outline_of_a_row_does_not_depend_on_its_values() -> None:
    for write_row in WRITERS.values():
        assert has_form(write_row(BOB))
        assert has_form(write_row(BOB._replace(spans=[], relations=[])))


# ---- spaCy's own files ----------------------------------------------------------------------------


def check_spacy_records(records: list[Record]) -> None:
    assert [record.text for record in records] == ["Bob owns Acme.", "It rained."]
    assert [(m.text, m.type) for m in records[0].mentions] == [("Bob", "person"), ("Acme", "firm")]


def test_files_of_spacy(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    language = spacy.blank("en")
    first, second = (language(text) for text in ("Bob owns Acme.", "It rained."))
    first.ents = [first.char_span(0, 3, label="person")]
    first.spans["sc"] = [first.char_span(9, 13, label="firm")]
    spacy.tokens.DocBin(docs=[first, second]).to_disk(tmp_path / "train.spacy")
    assert list(find_sources(tmp_path)) == ["spans"]
    check_spacy_records(list(load_records("spans", tmp_path)))
    (tmp_path / "train.spacy").write_bytes((tmp_path / "train.spacy").read_bytes()[:-20])
    assert "train.spacy: spaCy cannot read it" in read_error("spans", tmp_path)


def test_files_of_spacy_without_spacy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    (tmp_path / "train.spacy").write_bytes(b"x\x9c")
    message = read_error("spans", tmp_path)
    assert "train.spacy: only spaCy reads this file" in message
    assert "pip install spacy" in message


def test_documents_of_spacy_become_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for spaCy that has what the reader uses: spaCy need not be installed."""

    def span(start: int, end: int, label: str) -> Any:
        return types.SimpleNamespace(start_char=start, end_char=end, label_=label, text="Bob owns Acme."[start:end])

    class DocBin:
        def from_disk(self, file: Path) -> DocBin:
            if file.read_bytes() != b"x\x9c":
                raise RuntimeError("broken")
            return self

        def get_docs(self, vocab: str) -> list[Any]:
            assert vocab == "vocab of xx"
            first = {"text": "Bob owns Acme.", "ents": (span(0, 3, "person"),), "spans": {"sc": [span(9, 13, "firm")]}}
            documents = [first, {"text": "It rained.", "ents": (), "spans": {"other": [span(0, 2, "x")]}}]
            return [types.SimpleNamespace(**document) for document in documents]

    tokens = types.SimpleNamespace(DocBin=DocBin)
    spacy = types.SimpleNamespace(
        blank=lambda name: types.SimpleNamespace(vocab=f"vocab of {name}"), tokens=tokens, __path__=[]
    )
    monkeypatch.setitem(sys.modules, "spacy", spacy)
    monkeypatch.setitem(sys.modules, "spacy.tokens", tokens)
    (tmp_path / "train.spacy").write_bytes(b"x\x9c")
    check_spacy_records(list(load_records("spans", tmp_path)))
    (tmp_path / "train.spacy").write_bytes(b"x\x9c\x00")
    assert "train.spacy: spaCy cannot read it (broken); write it again" in read_error("spans", tmp_path)
