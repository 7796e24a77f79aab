"""ADELIE's published test files, and predictions for them: the scores of its scorers, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.errors import InputError
from adelie_hf.evaluation import read_predictions
from adelie_hf.evaluation.adelie_files import read_test_file
from adelie_hf.evaluation.benchmark import load_benchmark
from adelie_hf.evaluation.evaluating import evaluate
from adelie_hf.evaluation.held_out import rows_of_benchmark
from adelie_hf.evaluation.item_errors import row_errors
from adelie_hf.evaluation.measures import measure
from adelie_hf.evaluation.predictions import Predictions
from adelie_hf.rows import completion_text, gold


def write_lines(file: Path, lines: list[Any]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def chat(row_id: int, asked: str, answer: str) -> dict[str, Any]:
    turns = [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]
    return {"datasets": "made up", "id": row_id, "messages": turns}


NER = [
    chat(0, "Find them. Text: 'Bob saw A ; B: C.'", "Bob: person_actor; A ; B: C: art_film; "),
    chat(1, "Find them. Text: 'Nothing.'", ""),
    chat(2, "Find them. Text: 'Ulm.'", "Ulm: location_GPE; "),
]


def test_gold_answers_are_read_with_the_categories(tmp_path: Path) -> None:
    rows, notes = read_test_file(write_lines(tmp_path / "t.jsonl", NER), "ner", "fewnerd")
    assert [[tuple(item) for item in gold(row)] for row in rows] == [
        [("Bob", "person_actor"), ("A ; B: C", "art_film")],
        [],
        [("Ulm", "location_GPE")],
    ]
    assert [row["text"] for row in rows] == ["Bob saw A ; B: C.", "Nothing.", "Ulm."]
    assert completion_text(rows[1]) == "[Answer]: NA"


def test_a_gold_answer_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lines = [*NER, chat(7, "Text: 'x'", "Bob: no such type; ")]
    rows, notes = read_test_file(write_lines(tmp_path / "t.jsonl", lines), "ner", "fewnerd")
    assert len(rows) == 3 and len(notes) == 2 and notes[0] == "1 gold answers cannot be read; left out: 7"
    with pytest.raises(InputError, match="no gold answer can be read as one of event detection"):
        read_test_file(write_lines(tmp_path / "t.jsonl", lines[:1]), "ed", "richere")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([NER[0], NER[0]], r"t.jsonl:2: a second row '0'; keep one"),
        ([{"id": 0, "text": "x"}], r"t.jsonl:1: not a line of ADELIE's test files"),
        ([NER[0], {"messages": []}], r"t.jsonl:2: not a line of ADELIE's test files"),
    ],
)
def test_broken_files(tmp_path: Path, lines: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_test_file(write_lines(tmp_path / "t.jsonl", lines), "ner", "fewnerd")


def test_the_events_of_a_pair_are_those_of_the_prompt(tmp_path: Path) -> None:
    asked = "Which order? Text: 'He ran and fell.\n\nThe first event: ran\nThe second event: fell\n'"
    file = write_lines(tmp_path / "t.jsonl", [chat(0, asked, "before"), {"id": 1, "gold": "", "output": "x"}])
    rows, _ = read_test_file(file, "ere", "matres")
    assert [completion_text(row) for row in rows] == ["[Answer]: (ran; before; fell);", "[Answer]: NA"]


def test_both_behaviours_of_one_answer(tmp_path: Path) -> None:
    """The published scorer does not see `location_GPE`, neither in gold nor in answers."""
    test_file = write_lines(tmp_path / "t.jsonl", NER)
    outputs = ["[Answer]: Bob: person_actor;", "[Answer]: NA", "[Answer]: Ulm: location_GPE;"]
    lines = [line | {"output": output} for line, output in zip(NER, outputs, strict=True)]
    predictions = write_lines(tmp_path / "p.jsonl", lines[::-1])
    result = evaluate("fewnerd", test_file, predictions={"mine": predictions}, work=tmp_path / "work")
    table = result.scores["benchmarks"][0]
    assert table["scores"]["mine"]["F1"]["value"] == pytest.approx(4 / 5)  # two of three, none wrong
    assert table["scores"]["mine"]["F1"]["published"] == 1.0  # Bob, of Bob: the film has a colon
    assert table["scores"]["empty"]["F1"] == {"value": 0.0, "interval": [0.0, 0.0], "published": 0.0}
    assert table["reported"]["ADELIE-SFT"] == {"F1": 0.327} and table["rows"] == 3
    assert "1 gold answers are ambiguous as text" in result.scores["notes"][0]


def few_shot(line: dict[str, Any], shots: int) -> dict[str, Any]:
    """Return a line with demonstrations as earlier turns."""
    return line | {"messages": NER[2]["messages"] * shots + line["messages"]}


def test_the_number_of_shots_is_that_of_the_prompts(tmp_path: Path) -> None:
    given = {"mine": write_lines(tmp_path / "p.jsonl", [line | {"output": "[Answer]: NA"} for line in NER])}
    for folder, lines in {
        "zero": NER, "few": [few_shot(line, 4) for line in NER], "mixed": [few_shot(NER[0], 3), *NER[1:]],
        "bare": [{"id": line["id"], "gold": line["messages"][-1]["content"]} for line in NER],
    }.items():  # fmt: skip
        (tmp_path / folder).mkdir()
        write_lines(tmp_path / folder / "t.jsonl", lines)

    def scores(folder: str, **options: Any) -> Any:
        file = tmp_path / folder / "t.jsonl"
        return evaluate("fewnerd", file, predictions=given, work=tmp_path / "work", **options).scores

    shown = scores("few")["benchmarks"][0]
    assert shown["shots"] == 4 and shown["reported"]["ADELIE-SFT"] == {"F1": 0.39}
    assert scores("zero", shots=0)["benchmarks"][0]["shots"] == 0
    assert "2 of 3 rows have fewer than 3 demonstrations" in scores("mixed")["notes"]
    assert scores("bare", shots=4)["benchmarks"][0]["shots"] == 4  # without prompts nothing else is known
    for folder, shots in (("zero", 4), ("few", 0)):
        with pytest.raises(InputError, match=f"has {4 - shots} demonstrations a prompt, not {shots}; leave"):
            scores(folder, shots=shots)
    with pytest.raises(InputError, match=r"t.jsonl has fixed rows, which are all asked; leave it out"):
        scores("zero", rows=2)


def test_files_of_one_name_have_folders_of_their_own(tmp_path: Path) -> None:
    benchmark = load_benchmark("fewnerd")
    folders = set()
    for name, lines in (("zero", NER), ("few", [few_shot(line, 4) for line in NER]), ("other", NER[:2])):
        (tmp_path / name).mkdir()
        file = write_lines(tmp_path / name / "t.jsonl", lines)
        folders |= {rows_of_benchmark(benchmark, file, tmp_path / "work", None, 0).folder for _ in range(2)}
    assert sorted(folder.name.rpartition("-")[0] for folder in folders) == ["t-0-shot", "t-0-shot", "t-4-shot"]


def test_without_texts_no_mention_is_said_to_be_missing_from_them(tmp_path: Path) -> None:
    """Of files of predictions some have `gold` in place of the messages."""
    lines = [{"id": 0, "gold": "Bob: person_actor; ", "output": "[Answer]: Bob: person_actor;"}]
    file = write_lines(tmp_path / "p.jsonl", lines)
    result = evaluate("fewnerd", file, predictions={"mine": file}, work=tmp_path / "work")
    assert not result.scores["warnings"]
    assert not row_errors(result.rows[0], "[Answer]: Bob: person_actor;").not_in_text


def test_predictions_for_another_test_file_with_the_same_ids_are_refused(tmp_path: Path) -> None:
    rows, _ = read_test_file(write_lines(tmp_path / "t.jsonl", NER), "ner", "fewnerd")
    other = [line | {"output": "[Answer]: NA"} for line in NER]
    other[2] = chat(2, "Text: 'Rome.'", "Rome: location_GPE; ") | {"output": "x"}
    with pytest.raises(InputError, match="the gold answers in it are not those of the held-out rows, for 2; give"):
        read_predictions(write_lines(tmp_path / "p.jsonl", other), rows)
    with pytest.raises(InputError, match="1 of 3 held-out rows have no answer: 1; answer them"):
        read_predictions(write_lines(tmp_path / "p.jsonl", [other[0], NER[2] | {"output": "x"}]), rows)


def test_predictions_with_the_numbers_of_the_file_as_ids(tmp_path: Path) -> None:
    rows, _ = read_test_file(write_lines(tmp_path / "t.jsonl", NER), "ner", "fewnerd")
    lines: list[Any] = [{"id": number, "prediction": f"answer {number}"} for number in range(3)]
    given = read_predictions(write_lines(tmp_path / "p.jsonl", lines), rows)
    assert given.outputs == {"0": "answer 0", "1": "answer 1", "2": "answer 2"}
    with pytest.raises(InputError, match=r"p.jsonl:4: a second answer to '2'; keep one"):
        read_predictions(write_lines(tmp_path / "p.jsonl", [*lines, {"id": "2", "prediction": "x"}]), rows)


@pytest.mark.parametrize(
    ("name", "file", "published", "corrected"),
    [
        ("fewnerd", "fewnerd", 0.8176645895421294, 0.672),
        ("semeval2010-task8", "semeval", 0.9271613341909986, 0.711),
        ("matres", "matres", 0.6467, 0.659),
    ],
)
def test_the_published_scores(shared: Path, name: str, file: str, published: float, corrected: float) -> None:
    one, path = load_benchmark(name), shared / "golden" / f"adelie_{file}_pred.jsonl"
    rows, _ = read_test_file(path, one.tasks[0], one.source)
    score = measure(rows, read_predictions(path, rows), scorer=one.scorer)["F1"]
    assert len(rows) == 1000
    assert score["published"] == pytest.approx(published, abs=5e-5 if name == "matres" else 1e-12)
    assert score["value"] == pytest.approx(corrected, abs=5e-4)


@pytest.mark.parametrize(
    ("name", "file", "unreadable"),
    [
        ("fewnerd", "fewshot/few-nerd-supervised", 1),
        ("fewnerd", "zeroshot/few-nerd-supervised", 0),
        ("semeval2010-task8", "fewshot/semeval", 0),
        ("semeval2010-task8", "zeroshot/semeval", 0),
        ("matres", "zeroshot/MATRES", 0),
    ],
)
def test_the_gold_of_test_files_against_itself(shared: Path, name: str, file: str, unreadable: int) -> None:
    one = load_benchmark(name)
    rows, notes = read_test_file(shared / "data" / "adelie-test" / f"{file}.jsonl", one.tasks[0], one.source)
    given = Predictions({row["id"]: completion_text(row) for row in rows}, [], 0)
    score = measure(rows, given, scorer=one.scorer)["F1"]
    assert len(rows) == 100 and len(notes) == unreadable
    assert score["published"] == pytest.approx(1.0)
    assert score["value"] == (1.0 if not unreadable else pytest.approx(0.99, abs=0.01))


def test_the_constant_answer_of_matres(shared: Path) -> None:
    """`before` for every pair has 45.4 on the published rows; the best model of the paper has 47.9 zero-shot."""
    path = shared / "golden" / "adelie_matres_pred.jsonl"
    rows, _ = read_test_file(path, "ere", "matres")
    given = Predictions({row["id"]: "[Answer]: (first; before; second);" for row in rows}, [], 0)
    assert measure(rows, given, scorer="matres")["F1"]["published"] == pytest.approx(0.454, abs=5e-4)
