"""Outputs of systems in files without ids: matched by their texts, in both behaviours."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from adelie_hf.answers import Extraction
from adelie_hf.build import build
from adelie_hf.errors import InputError
from adelie_hf.evaluation import evaluate, read_predictions
from adelie_hf.evaluation.benchmark import load_benchmark, plan_benchmark
from adelie_hf.evaluation.held_out import rows_of_benchmark
from adelie_hf.evaluation.measures import measure
from adelie_hf.evaluation.system_outputs import clique_of
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.prompts import parse
from adelie_hf.rows import InstructRow, completion_text, read_build

CAT, DOG = "The cat slept -LRB- well -RRB- .", "The dog ran ."


@pytest.fixture(autouse=True)
def without_header_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header score has tests of its own; loading its model takes seconds."""
    monkeypatch.setattr("adelie_hf.evaluation.measures.find_spec", lambda name: None)


@pytest.fixture
def carb_rows(tmp_path: Path) -> list[InstructRow]:
    (tmp_path / "carb").mkdir()
    lines = [f"{CAT}\tslept\tThe cat", f"{DOG}\tran\tThe dog\taway"]
    (tmp_path / "carb" / "test.tsv").write_text("\n".join(lines), encoding="utf-8")
    return benchmark_rows("carb", tmp_path / "carb", tmp_path / "build")


def test_some_rows_of_robust_are_whole_cliques(tmp_path: Path) -> None:
    """Of a clique without its paraphrases the worst answer would be the only one."""
    sentences = [f"the number {clique} is {number}" for clique in range(9) for number in range(4)]
    cliques = [
        {"ori_sent": first, "ori_args": [], "paraphrases": [{"sent": text, "args": []} for text in others]}
        for first, *others in (sentences[start : start + 4] for start in range(0, 36, 4))
    ]
    (tmp_path / "ROBUST.json").write_text(json.dumps(cliques), encoding="utf-8")
    benchmark = load_benchmark("robust").model_copy(update={"rows": 10})
    held_out = rows_of_benchmark(benchmark, tmp_path, tmp_path / "work", 0, 0)
    sizes = Counter(map(clique_of, held_out.rows))
    assert list(sizes.values()) == [4, 4, 4]
    assert read_build(held_out.folder, "test")[1] == held_out.rows
    again = rows_of_benchmark(benchmark, tmp_path, tmp_path / "again", 0, 0)
    assert again.rows == held_out.rows


def benchmark_rows(name: str, data: Path, out: Path) -> list[InstructRow]:
    build(plan_benchmark(load_benchmark(name), data, shots=0), out)
    return read_build(out, "test")[1]


CLAUSIE = f'{CAT}\n1\t"The cat"\t"slept"\t"well"\t-3.5\n{DOG}\n2\t"The dog"\t"ran"\t"away"\t-9\n'
OPENIE4 = f"0.9\t\tA(The dog,List([0, 7)))\tRelation(ran,List([8, 11)))\tA(away,List([12, 13)))\t{DOG}\n"
OPENIE4_ANSWER = "[Answer]: (ran; The dog; away);"
OPENIE6 = f"The cat slept (well).\t<arg1> The cat </arg1> <rel> slept </rel> <arg2> well </arg2>\t0.4\n{DOG}\t"
OPENIE6 += "<arg1> The dog </arg1> <rel> ran </rel> <arg2> away </arg2>\t0.7\n"


@pytest.mark.parametrize(
    ("text", "confidences"),
    [
        (f"{DOG}\t0.5\tran\tThe dog\taway\nElse .\t1\tis\tit\n{CAT}\t0.25\tslept\tThe cat\n", [0.25, 0.5]),
        (CLAUSIE, [-3.5, -9.0]),
        (OPENIE6, [0.4, 0.7]),
    ],
)
def test_the_formats_of_carb(
    carb_rows: list[InstructRow], tmp_path: Path, text: str, confidences: list[float]
) -> None:
    (tmp_path / "out.txt").write_text(text, encoding="utf-8")
    given = read_predictions(tmp_path / "out.txt", carb_rows)
    assert [given.extractions[row["id"]][0]["confidence"] for row in carb_rows] == confidences
    assert given.outputs[carb_rows[1]["id"]] == "[Answer]: (ran; The dog; away);"
    assert given.others == text.count("Else") and not given.notes
    shares = min(confidences) >= 0
    assert [given.confidences.get(row["id"]) for row in carb_rows] == [
        (one,) if shares else None for one in confidences
    ]


def openie_row(second: str, sentence: str = DOG, context: str = "") -> str:
    return f"0.9\t{context}\tA(The dog,List([0, 7)))\tRelation(ran,List([8, 11)))\t{second}\t{sentence}\n"


AWAY, TODAY = "A(away,List([12, 13)))", "T(to day,List([12, 14), [15, 18)))"


@pytest.mark.parametrize(
    "foreign", [openie_row(AWAY, "he wrote f(x); g(y) ."), openie_row("A(f(x); g(y),List([12, 25)))", "he wrote .")]
)
def test_parentheses_in_a_sentence_or_an_argument_make_no_openie_5(
    carb_rows: list[InstructRow], tmp_path: Path, foreign: str
) -> None:
    """OpenIE 4's context is not used, OpenIE 5's stands before the first argument."""
    text = foreign + openie_row(AWAY, context="Context(Bob said,List([0, 8)))")
    (tmp_path / "out.txt").write_text(text, encoding="utf-8")
    assert read_predictions(tmp_path / "out.txt", carb_rows).outputs[carb_rows[1]["id"]] == OPENIE4_ANSWER


def test_arguments_of_openie_5_are_kept_wherever_they_begin(carb_rows: list[InstructRow], tmp_path: Path) -> None:
    text = openie_row(AWAY, "Else .") * 300 + openie_row(f"{AWAY};{TODAY}", context="Context(Bob said,List([0, 8)))")
    (tmp_path / "out.txt").write_text(text, encoding="utf-8")
    given = read_predictions(tmp_path / "out.txt", carb_rows)
    assert given.outputs[carb_rows[1]["id"]] == "[Answer]: (ran; Bob said The dog; away; to day);"
    assert given.notes[0] == "read as OpenIE 5: 1 of 301 rows have several second arguments"


def test_extractions_are_written_in_the_format_of_the_row(carb_rows: list[InstructRow], tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text(OPENIE4, encoding="utf-8")
    rows: list[InstructRow] = [{**row, "format": "json"} for row in carb_rows]
    given = read_predictions(tmp_path / "out.txt", rows)
    read = [parse(given.outputs[row["id"]], "openie", "json") for row in rows]
    assert [(each.status, each.items) for each in read] == [
        ("valid", ()),
        ("valid", (Extraction("ran", ("The dog", "away")),)),
    ]


def test_sentences_that_a_file_does_not_name_are_reported(carb_rows: list[InstructRow], tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text(OPENIE4, encoding="utf-8")
    given = read_predictions(tmp_path / "out.txt", carb_rows)
    assert given.outputs[carb_rows[0]["id"]] == "[Answer]: NA"
    assert given.notes == [f"1 sentences have no extraction, which counts as none found: {carb_rows[0]['id']}"]
    (tmp_path / "other.txt").write_text(OPENIE4.replace(DOG, "Elsewhere ."), encoding="utf-8")
    with pytest.raises(InputError, match="none of its 1 texts is a held-out one"):
        read_predictions(tmp_path / "other.txt", carb_rows)


def test_confidences_count(carb_rows: list[InstructRow], tmp_path: Path) -> None:
    """The wrong tuple is the least sure one, so the best threshold leaves it out."""
    text = f"{DOG}\t0.5\tran\tThe dog\taway\n{CAT}\t0.4\tslept\tThe cat\n{CAT}\t0.1\tbarked\tThe cat\n"
    (tmp_path / "out.txt").write_text(text, encoding="utf-8")
    measures = measure(carb_rows, read_predictions(tmp_path / "out.txt", carb_rows))
    assert measures["best F1"]["value"] == measures["best F1"]["published"] == 1.0
    assert measures["F1"]["value"] == pytest.approx(0.8) and "interval" not in measures["AUC"]


def test_confidences_of_json_lines_count_as_those_of_the_system_file(
    carb_rows: list[InstructRow], tmp_path: Path
) -> None:
    text = f"{CAT}\t0.4\tslept\tThe cat\n{CAT}\t0.1\tbarked\tThe cat\n{DOG}\t0.5\tran\tThe dog\taway\n"
    (tmp_path / "out.txt").write_text(text, encoding="utf-8")
    given = read_predictions(tmp_path / "out.txt", carb_rows)
    confidences = [[0.4, 0.1], 0.5]  # of each item, and of the whole answer
    lines = [
        {"id": row["id"], "prediction": given.outputs[row["id"]], "confidence": confidence}
        for row, confidence in zip(carb_rows, confidences, strict=True)
    ]
    (tmp_path / "out.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert measure(carb_rows, read_predictions(tmp_path / "out.jsonl", carb_rows)) == measure(carb_rows, given)


def test_a_text_file_answers_no_closed_task(tmp_path: Path) -> None:
    rows = benchmark_rows("fewrel", SAMPLE, tmp_path / "build")
    (tmp_path / "out.txt").write_text(CLAUSIE, encoding="utf-8")
    with pytest.raises(InputError, match=r"out.txt:1: not valid JSON"):
        read_predictions(tmp_path / "out.txt", rows)
    (tmp_path / "out.json").write_text(json.dumps(ROBUST), encoding="utf-8")
    with pytest.raises(InputError, match="extractions of an open IE system answer no row of another task"):
        read_predictions(tmp_path / "out.json", rows)


ROBUST = [
    {"ori_sent": "a b", "ori_args": [["b", "a", "c"]], "paraphrases": [{"sent": "b a", "args": [["b", "a", "c"]]}]},
    {"ori_sent": "c d", "ori_args": [["d", "c", "e"]], "paraphrases": [{"sent": "b a", "args": [["x", "y", "z"]]}]},
]


def test_cliques_of_robust(tmp_path: Path) -> None:
    """The sentence `b a` is in both cliques, so the original decides; a worst paraphrase decides the clique."""
    (tmp_path / "ROBUST.json").write_text(json.dumps(ROBUST), encoding="utf-8")
    rows = benchmark_rows("robust", tmp_path, tmp_path / "build")
    predicted = json.loads(json.dumps(ROBUST[::-1]))
    predicted[0]["paraphrases"][0]["args"] = []
    (tmp_path / "pred.json").write_text(json.dumps(predicted), encoding="utf-8")
    given = read_predictions(tmp_path / "pred.json", rows)
    assert [given.outputs[row["id"]] for row in rows] == [
        "[Answer]: (b; a; c);", "[Answer]: (b; a; c);", "[Answer]: (d; c; e);", "[Answer]: NA"
    ]  # fmt: skip
    assert not given.confidences, "a file of ROBUST has none"
    measures = measure(rows, given, "robust")
    assert measures["CaRB"]["value"] == 1.0 and measures["ROBUST"]["value"] == 0.5
    (tmp_path / "raw").mkdir()
    shutil.copy(tmp_path / "ROBUST.json", tmp_path / "raw")
    systems = {"gold": tmp_path / "ROBUST.json", "worse": tmp_path / "pred.json"}
    scores = evaluate("robust", tmp_path / "raw", predictions=systems, work=tmp_path / "work").scores
    (compared,) = scores["comparisons"]
    assert {each["measure"]: each["difference"] for each in compared["results"]} == {"CaRB": 0.0, "ROBUST": 0.5}
    with pytest.raises(InputError, match="the metric robust scores open IE"):
        measure([{**rows[0], "task": "ner"}], given, "robust")


def test_a_clique_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ROBUST.json").write_text(json.dumps(ROBUST), encoding="utf-8")
    rows = benchmark_rows("robust", tmp_path, tmp_path / "build")
    empty = {"ori_sent": "c d", "ori_args": [], "paraphrases": [{"sent": "b a", "args": []}]}
    (tmp_path / "pred.json").write_text(json.dumps([*ROBUST, empty]), encoding="utf-8")
    with pytest.raises(InputError, match=rf"pred.json: a second answer to {rows[2]['id']}, {rows[3]['id']}: the text"):
        read_predictions(tmp_path / "pred.json", rows)
    foreign = {"ori_sent": "e f", "ori_args": [], "paraphrases": []}
    (tmp_path / "pred.json").write_text(json.dumps([*ROBUST, foreign, foreign]), encoding="utf-8")
    assert read_predictions(tmp_path / "pred.json", rows).others == 2


def test_a_sentence_in_two_spellings_is_refused(carb_rows: list[InstructRow], tmp_path: Path) -> None:
    text = f"{DOG}\t0.5\tran\tThe dog\taway\nThe dog  ran.\t1\tis\tThe dog\n"
    (tmp_path / "out.txt").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"out.txt: a second answer to {carb_rows[1]['id']}: the text is there more"):
        read_predictions(tmp_path / "out.txt", carb_rows)


def test_a_table_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    table = "| who |\n| --- |\n| Bob |"
    values = [{"instruction": "Make a table.", "text": text, "table": table} for text in ("Bob", "Ann", "Bob")]
    (tmp_path / "test_data.json").write_text(json.dumps(values), encoding="utf-8")
    rows = benchmark_rows("odie", tmp_path, tmp_path / "build")
    answered = [value | {"output": table} for value in values]
    (tmp_path / "out.json").write_text(json.dumps([*answered, answered[1] | {"output": "x"}]), encoding="utf-8")
    with pytest.raises(InputError, match=f"out.json: a second answer to {rows[1]['id']}: the text is there more"):
        read_predictions(tmp_path / "out.json", rows)
    # Of some of the benchmark's rows the second may be a row of its own.
    (tmp_path / "out.json").write_text(json.dumps(answered), encoding="utf-8")
    given = read_predictions(tmp_path / "out.json", rows[:1])
    assert given.others == 1
    assert given.notes == [f"1 texts are there more than once; the first answer counts: {rows[0]['id']}"]


def test_tables_are_matched_by_instruction_and_text(tmp_path: Path) -> None:
    table = "| who |\n| --- |\n| {} |"
    asked = [("Make a table.", "Bob"), ("Make a table.", "Ann"), ("Make a table.", "Bob")]
    values = [
        {"instruction": instruction, "text": text, "table": table.format(f"{text} {number}")}
        for number, (instruction, text) in enumerate(asked)
    ]
    (tmp_path / "test_data.json").write_text(json.dumps(values), encoding="utf-8")
    rows = benchmark_rows("odie", tmp_path, tmp_path / "build")
    answered = [value | {"gold": value["table"], "output": value["table"]} for value in values]
    answered[1]["gold"] = table.format("another")
    (tmp_path / "out.json").write_text(json.dumps([answered[1], answered[0], answered[2]]), encoding="utf-8")
    given = read_predictions(tmp_path / "out.json", rows)
    assert [given.outputs[row["id"]] for row in rows] == [value["table"] for value in values]
    assert given.notes == [
        "1 gold tables of the file are not those of the benchmark; only the published scorer uses them: "
        + rows[1]["id"]
    ]
    (tmp_path / "out.json").write_text(json.dumps(answered[:2]), encoding="utf-8")
    with pytest.raises(InputError, match=f"1 of 3 held-out rows have no answer: {rows[2]['id']}"):
        read_predictions(tmp_path / "out.json", rows)
    (tmp_path / "out.json").write_text(json.dumps([*answered, {"instruction": "x"}]), encoding="utf-8")
    with pytest.raises(InputError, match="element 4 has no instruction, text and output"):
        read_predictions(tmp_path / "out.json", rows)
    (tmp_path / "out.json").write_text(json.dumps([answered[0] | {"gold": "Bob"}, *answered[1:]]), encoding="utf-8")
    with pytest.raises(InputError, match=f"out.json: the gold answer of {rows[0]['id']} contains no Markdown table"):
        read_predictions(tmp_path / "out.json", rows)


def test_a_system_is_not_measured_by_a_gold_table_of_its_own(tmp_path: Path) -> None:
    table, own = "| who |\n| --- |\n| Bob |", "| who |\n| --- |\n| Ann |"
    value = {"instruction": "Make a table.", "text": "Bob", "table": table}
    (tmp_path / "test_data.json").write_text(json.dumps([value]), encoding="utf-8")
    (tmp_path / "out.json").write_text(json.dumps([value | {"gold": own, "output": own}]), encoding="utf-8")
    result = evaluate("odie", tmp_path, predictions={"mine": tmp_path / "out.json"}, work=tmp_path / "work")
    content = result.scores["benchmarks"][0]["scores"]["mine"]["content"]
    assert content["value"] < 1.0 and content["published"] == 1.0


@pytest.mark.parametrize(
    ("system", "best", "everything", "auc", "silent"),
    [("openie4", 0.48818, 0.48776, 0.272104, 25), ("clausie", 0.44957, 0.44957, 0.223619, 6)],
)
def test_the_published_scores_of_carb(
    shared: Path, tmp_path: Path, system: str, best: float, everything: float, auc: float, silent: int
) -> None:
    rows = benchmark_rows("carb", shared / "data" / "carb", tmp_path / "build")
    given = read_predictions(shared / "golden" / f"carb_{system}_output.txt", rows)
    assert given.notes[0].startswith(f"{silent} sentences have no extraction")
    measures = measure(rows, given)
    assert measures["best F1"]["published"] == pytest.approx(best, abs=5e-6)
    assert measures["F1"]["published"] == pytest.approx(everything, abs=5e-6)
    assert measures["AUC"]["published"] == pytest.approx(auc, abs=5e-7)
    assert measures["F1"]["value"] < everything


def test_the_published_scores_of_robust(shared: Path, tmp_path: Path) -> None:
    rows = benchmark_rows("robust", shared / "data" / "robust", tmp_path / "build")
    measures = measure(rows, read_predictions(shared / "golden" / "robust_pred_noise13.json", rows), "robust")
    assert measures["CaRB"]["published"] == pytest.approx(0.721643, abs=5e-7)
    assert measures["ROBUST"]["published"] == pytest.approx(0.434816, abs=5e-7)


@pytest.mark.parametrize(("system", "content"), [("gpt4", 0.590593), ("tulu", 0.407073)])
def test_the_published_scores_of_tables(shared: Path, tmp_path: Path, system: str, content: float) -> None:
    rows = benchmark_rows("odie", shared / "data" / "odie-instructie", tmp_path / "build")
    measures = measure(rows, read_predictions(shared / "golden" / f"odie_{system}.json", rows))
    assert set(measures) == {"content"} and len(rows) == 150
    assert measures["content"]["published"] == pytest.approx(content, abs=5e-7)


def test_gold_is_perfect_in_every_own_format(tmp_path: Path) -> None:
    for name in ("carb", "odie"):
        rows = benchmark_rows(name, SAMPLE, tmp_path / name)
        lines = [json.dumps({"id": row["id"], "prediction": completion_text(row)}) for row in rows]
        (tmp_path / "p.jsonl").write_text("\n".join(lines), encoding="utf-8")
        measures = measure(rows, read_predictions(tmp_path / "p.jsonl", rows))
        assert measures["F1" if name == "carb" else "content"]["value"] == 1.0
