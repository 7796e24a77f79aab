"""The evaluate modules: the results of the plain functions, for examples added in any way."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adelie_hf.errors import InputError
from adelie_hf.scoring import answer_f1, carb, exact_f1, odie_table, reference_f1, reference_f1_of_tuples, robust

evaluate = pytest.importorskip("evaluate")
METRICS = Path(__file__).parent.parent / "metrics"

PAIRS: dict[str, Any] = {
    "predictions": [[["Acme", "organization"], ["Paris", "person"]], [], [["Rome", "location"]]],
    "references": [[["Acme", "organization"], ["Paris", "location"]], [["Oslo", "location"]], []],
    "groups": ["a", "b", "a"],
}
SPANS = [
    {"predictions": [[0, 4], [8, 13]], "references": [[0, 4], [8, 13]]},
    {"predictions": [], "references": [[3, 7]]},
    {"predictions": [[1, 5]], "references": []},
]
TEXTS: dict[str, Any] = {
    "predictions": ["[Answer]: Acme: organization; Paris: person;", '[Answer]: [{"entity": "x", "type": "y"}]'],
    "references": ["[Answer]: Acme: organization; Paris: location;", "[Answer]: []"],
    "formats": ["text", "json"],
    "schemas": [[{"name": "organization", "roles": []}, {"name": "location"}], []],
    "texts": ["Acme of Paris", "nothing"],
}
TUPLES: dict[str, Any] = {
    "predictions": [[{"predicate": "ran", "arguments": ["a", "b"], "confidence": 0.5}], []],
    "references": [[{"predicate": "ran", "arguments": ("a", "c")}], [{"predicate": "ate", "arguments": []}]],
    "sentences": ["a ran b", "c ate"],
}
CLIQUES: dict[str, Any] = {
    "predictions": [TUPLES["predictions"][0], None, [], TUPLES["predictions"][0]],
    "references": [*TUPLES["references"], TUPLES["references"][0], None],
    "cliques": ["x", "x", "y", "y"],
    "sentences": ["a ran b", "c ate", "b ran", "b ran"],
}
TABLES: dict[str, Any] = {
    "predictions": ["| a |\n|---|\n| x |", "none"],
    "references": ["| a |\n|---|\n| x y |"] * 2,
    "groups": [["easy", "news"], "hard"],
}

DRAWN: dict[str, Any] = {"interval": True, "per_example": True, "seed": 7}

# metric, configuration, columns, options, the result of the plain function
CASES: dict[str, tuple[str, str | None, dict, dict, Callable[[], Mapping]]] = {
    "tuples": ("ie_f1", None, PAIRS, {}, lambda: {**exact_f1(**PAIRS), "parse": None}),
    "spans": (
        "ie_f1",
        None,
        PAIRS | {"spans": SPANS},
        {"interval": True, "seed": 3},
        lambda: {**exact_f1(**PAIRS, spans=SPANS, interval=True, seed=3), "parse": None},
    ),
    "texts": ("ie_f1", "ner", TEXTS, {"matching": "set"}, lambda: answer_f1(**TEXTS, task="ner", matching="set")),
    "reference": (
        "ie_f1",
        "ner",
        {name: TEXTS[name] for name in ("predictions", "references")},
        {"mode": "reference", "scorer": "fewnerd"},
        lambda: {**reference_f1(TEXTS["predictions"], TEXTS["references"], "fewnerd"), "parse": None},
    ),
    "reference of tuples": (
        "ie_f1",
        None,
        PAIRS,
        {"mode": "reference", "scorer": "iepile-ner"},
        lambda: {**reference_f1_of_tuples(**PAIRS, scorer="iepile-ner"), "parse": None},
    ),
    "everything": (
        "ie_f1",
        None,
        PAIRS | {"spans": SPANS},
        {"partial": True, "baselines": True, "per_example": True, "ignore_case": True},
        lambda: {
            **exact_f1(**PAIRS, spans=SPANS, partial=True, baselines=True, per_example=True, ignore_case=True),
            "parse": None,
        },
    ),
    "carb": ("carb", None, TUPLES, {"mode": "reference"}, lambda: carb(**TUPLES, mode="reference")),
    "carb corrected": (
        "carb",
        None,
        TUPLES,
        {"corrections": ["words", "copies"], "binary": True},
        lambda: carb(**TUPLES, corrections=["words", "copies"], binary=True),
    ),
    "robust": ("robust", None, CLIQUES, {"missing": "zero"}, lambda: robust(**CLIQUES, missing="zero")),
    "odie_table": ("odie_table", None, TABLES, {}, lambda: odie_table(**TABLES)),
    "carb drawn": ("carb", None, TUPLES, DRAWN, lambda: carb(**TUPLES, **DRAWN)),
    "robust drawn": (
        "robust",
        None,
        CLIQUES,
        {"missing": "skip", **DRAWN},
        lambda: robust(**CLIQUES, missing="skip", **DRAWN),
    ),
    "odie_table drawn": ("odie_table", None, TABLES, DRAWN, lambda: odie_table(**TABLES, **DRAWN)),
}


def load(name: str, config: str | None = None, **options: Any) -> Any:
    return evaluate.load(str(METRICS / name), config, **options)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, str | None, dict, dict, dict]:
    *given, expected = CASES[request.param]
    return (*given, expected())  # type: ignore[return-value]


def batches(columns: dict[str, list], size: int) -> Iterator[dict[str, list]]:
    for start in range(0, len(columns["predictions"]), size):
        yield {name: column[start : start + size] for name, column in columns.items()}


@pytest.mark.parametrize("keep_in_memory", [False, True])
def test_compute_gives_what_the_function_gives(case: tuple, keep_in_memory: bool) -> None:
    name, config, columns, options, expected = case
    metric = load(name, config, keep_in_memory=keep_in_memory)
    assert metric.compute(**columns, **options) == expected
    assert metric.compute(**columns, **options) == expected  # a second use of a metric starts empty


def test_batches_and_single_examples_add_up(case: tuple) -> None:
    name, config, columns, options, expected = case
    metric = load(name, config)
    first, *rest = batches(columns, 1)
    metric.add_batch(**first)
    for batch in rest:
        singular = {"predictions": "prediction", "references": "reference"}
        metric.add(**{singular.get(name, name): column[0] for name, column in batch.items()})
    assert metric.compute(**options) == expected


def test_two_processes_share_one_score(case: tuple, tmp_path: Path) -> None:
    """Locks and files belong to the metric object, so that two threads behave as two processes."""
    name, config, columns, options, expected = case
    results: dict[int, Any] = {}

    def work(process: int, batch: dict[str, list]) -> None:
        metric = load(
            name, config, num_process=2, process_id=process, experiment_id="two", cache_dir=str(tmp_path), timeout=30
        )
        metric.add_batch(**batch)
        results[process] = metric.compute(**options)

    halves = list(batches(columns, -(-len(columns["predictions"]) // 2)))
    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(halves)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {0: expected, 1: None}


_PROCESS = """
import json, sys, evaluate
process, cache = int(sys.argv[1]), sys.argv[2]
for number, (folder, config, parts, options) in enumerate(json.load(sys.stdin)):
    metric = evaluate.load(
        folder, config, num_process=2, process_id=process, experiment_id=str(number), cache_dir=cache, timeout=60
    )
    for example in parts[process]:
        metric.add(**example)
    print("result", json.dumps(metric.compute(**options)))
"""


def test_two_real_processes_share_one_score(tmp_path: Path) -> None:
    """Every module with its optional columns, one example at a time, in processes that share only files."""
    singular = {"predictions": "prediction", "references": "reference"}
    work, expected = [], []
    for case in ("spans", "texts", "carb", "robust drawn", "odie_table"):
        name, config, columns, options, function_result = CASES[case]
        examples = [
            {singular.get(column, column): value for column, value in zip(columns, row, strict=True)}
            for row in zip(*columns.values(), strict=True)
        ]
        half = -(-len(examples) // 2)
        work.append([str(METRICS / name), config, [examples[:half], examples[half:]], options])
        expected.append(json.loads(json.dumps(function_result())))
    started = [
        subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(number), str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write(json.dumps(work))
        process.stdin.close()
        process.stdin = None
    printed = [process.communicate(timeout=300)[0].splitlines() for process in started]
    results = [[json.loads(line[7:]) for line in lines if line.startswith("result ")] for lines in printed]
    assert results == [expected, [None] * len(expected)]


@pytest.mark.train
def test_a_trainer_reports_the_scores_of_generated_answers(tmp_path: Path) -> None:
    """The recipe of the card: `compute_metrics` of a Trainer that generates."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["<pad>", "</s>", "<unk>", "Acme", ":", "organization", ";", "NA"]
    raw = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=len(words), d_model=8, d_ff=8, d_kv=4, num_layers=1, num_heads=2, decoder_start_token_id=0
    )
    gold = [[3, 4, 5, 6, 1], [7, 1, -100, -100, -100]]
    rows = [{"input_ids": ids, "labels": labels} for ids, labels in zip(([3, 3, 1], [3, 7, 1]), gold, strict=True)]

    card = (METRICS / "ie_f1" / "README.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"tokenizer": tokenizer}
    exec(card.split("```py\n")[1].partition("```")[0], names)
    trainer = transformers.Seq2SeqTrainer(
        model=transformers.T5ForConditionalGeneration(config),
        args=transformers.Seq2SeqTrainingArguments(
            output_dir=str(tmp_path), predict_with_generate=True, generation_max_length=4, use_cpu=True, report_to=[]
        ),
        eval_dataset=rows,
        data_collator=transformers.default_data_collator,
        compute_metrics=names["compute_metrics"],
    )
    scores = trainer.evaluate()
    assert [scores[f"eval_{name}"] for name in ("precision", "recall", "f1")] == [0.0] * 3
    perfect = names["compute_metrics"](
        transformers.EvalPrediction(predictions=np.array(gold), label_ids=np.array(gold))
    )
    assert perfect["f1"] == 1.0


def test_optional_columns_can_be_left_out() -> None:
    columns = {name: PAIRS[name] for name in ("predictions", "references")}
    assert load("ie_f1").compute(**columns)["per_group"] is None
    metric = load("ie_f1")
    metric.add_batch(**PAIRS)
    metric.add_batch(**columns)
    with pytest.raises(InputError, match="groups was given for 3 of 6 examples; give it for all"):
        metric.compute()


@pytest.mark.parametrize("keep_in_memory", [False, True])
@pytest.mark.parametrize(
    ("name", "config", "score"),
    [
        ("ie_f1", None, "f1"),
        ("ie_f1", "ee", "f1"),
        ("carb", None, "f1"),
        ("robust", None, "f1"),
        ("odie_table", None, "content"),
    ],
)
def test_no_examples_are_zero(name: str, config: str | None, score: str, keep_in_memory: bool) -> None:
    result = load(name, config, keep_in_memory=keep_in_memory).compute(predictions=[], references=[])
    assert result[score] == 0.0


@pytest.mark.parametrize(
    ("name", "config", "columns", "message"),
    [
        # The bad entry is not the first one, which is the only one that evaluate checks.
        (
            "ie_f1",
            None,
            {"predictions": [[], [["Acme", 3]]], "references": [[], []]},
            r"predictions\[1\]\[0\] contains 3",
        ),
        ("ie_f1", None, {"predictions": [[], None], "references": [[], []]}, r"predictions\[1\] is None"),
        ("ie_f1", None, {"predictions": [[]], "references": [[], []]}, "1 predictions, 2 references"),
        ("ie_f1", None, {"predictions": [[]]}, "references is None"),
        ("ie_f1", None, {"predictions": [[]], "references": [[]], "groups": [7]}, r"groups\[0\] is 7"),
        ("ie_f1", "ner", {"predictions": ["NA", 3], "references": ["NA", "NA"]}, r"predictions\[1\] is 3"),
        ("ie_f1", "ner", {"predictions": ["NA"], "references": ["NA"], "formats": ["xml"]}, r"formats\[0\] is 'xml'"),
        (
            "ie_f1",
            "ner",
            {"predictions": ["NA", "\ud800"], "references": ["NA", "NA"]},
            r"predictions\[1\] contains half of a surrogate pair, .*: '\\ud800'",
        ),
        (
            "ie_f1",
            None,
            {"predictions": [[], [["\udfff", "x"]]], "references": [[], []]},
            r"predictions\[1\] contains half of a surrogate pair",
        ),
        ("carb", None, {"predictions": [[], [{"predicate": "a"}]], "references": [[], []]}, r"predictions\[1\]\[0\]"),
        ("carb", None, {"predictions": [[], ["a"]], "references": [[], []]}, r"predictions\[1\]\[0\] is 'a'"),
        ("carb", None, {"predictions": ["a\ud800"], "references": [[]]}, r"predictions\[0\] is 'a\\ud800'"),
        (
            "carb",
            None,
            {"predictions": [[]], "references": [[]], "sentences": ["a\ud800"]},
            r"sentences\[0\] contains half of a surrogate pair",
        ),
        (
            "robust",
            None,
            {"predictions": [[], 3], "references": [[], []], "cliques": [0, 0]},
            r"predictions\[1\] is 3",
        ),
        ("robust", None, {"predictions": [[]], "references": [[]], "cliques": [None]}, r"cliques\[0\] is None"),
        ("odie_table", None, {"predictions": [""], "references": [""], "groups": [[3]]}, r"groups\[0\]\[0\] is 3"),
        ("odie_table", None, {"predictions": ["", 3], "references": ["", ""]}, r"predictions\[1\] is 3"),
    ],
)
def test_bad_input_is_named_before_arrow_sees_it(name: str, config: str | None, columns: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(name, config).compute(**columns)
    with pytest.raises(InputError, match=message):
        load(name, config).add_batch(**columns)


RAN = {"predicate": "ran", "arguments": ["a"]}


@pytest.mark.parametrize(
    ("name", "config", "good", "bad", "message"),
    [
        ("ie_f1", None, [], [["Acme", 3]], r"\[0\] contains 3; give strings only"),
        ("ie_f1", None, [], [["Acme", None]], r"\[0\] contains None"),
        ("ie_f1", None, [], None, " is None; give a list of tuples"),
        ("ie_f1", None, [], 3, " is 3; give a list of tuples"),
        ("ie_f1", None, [], [["a", "x"], ["Acme"]], r"\[1\] has 1 fields; give a mention and its type"),
        ("ie_f1", None, [], [[]], r"\[0\] has 0 fields"),
        ("ie_f1", "ner", "NA", 3, " is 3; give a string"),
        ("ie_f1", "ner", "NA", None, " is None; give a string"),
        ("ie_f1", "ner", "NA", ["NA"], r" is \['NA'\]; give a string"),
        ("carb", None, [], None, " is None; give a list of extractions"),
        ("carb", None, [], 3, " is 3; give a list of extractions"),
        ("carb", None, [], [RAN, ["ran", "a"]], r"\[1\] is \['ran', 'a'\]; give"),
        ("carb", None, [], [RAN, {"predicate": None, "arguments": []}], r"\[1\] is None; give a string"),
        ("carb", None, [], [{"predicate": "ran", "arguments": ["a", 3]}], r"\[0\] is 3; give a string"),
        ("robust", None, [], 3, " is 3; give a list of extractions"),
        ("robust", None, [], [RAN, None], r"\[1\] is None; give"),
        ("robust", None, [], [RAN, {"predicate": "ran", "arguments": "a"}], r"\[1\] are 'a'; give a list of strings"),
        ("odie_table", None, "", None, " is None; give a string"),
        ("odie_table", None, "", 3, " is 3; give a string"),
        ("odie_table", None, "", ["| a |"], r" is \['\| a \|'\]; give a string"),
    ],
)
def test_a_bad_example_is_named_when_it_is_added(
    name: str, config: str | None, good: Any, bad: Any, message: str
) -> None:
    """On either side, alone and in a batch; earlier examples are kept."""
    metric = load(name, config)
    optional = {"cliques": "x"} if name == "robust" else {}
    batch = {"cliques": ["x", "x"]} if name == "robust" else {}
    for side in ("predictions", "references"):
        sides = {"prediction": good, "reference": good} | {side.removesuffix("s"): bad}
        with pytest.raises(InputError, match=rf"{side}\[0\]{message}"):
            metric.add(**sides, **optional)
        columns = {"predictions": [good, good], "references": [good, good]} | {side: [good, bad]}
        with pytest.raises(InputError, match=rf"{side}\[1\]{message}"):
            metric.add_batch(**columns, **batch)
    gold = "| a |\n|---|" if name == "odie_table" else good
    metric.add(prediction=gold, reference=gold, **optional)
    assert isinstance(metric.compute(), dict)


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(InputError, match="a column's name is 'group'; give one of predictions, references"):
        load("ie_f1").add(prediction=[], reference=[], group="a")


def test_a_tuple_of_the_wrong_length_is_named() -> None:
    """A tuple of four only in `compute`, whose `type_index` determines the length."""
    metric = load("ie_f1")
    metric.add(prediction=[], reference=[])
    metric.add(prediction=[["a", "x"], ["a", "b", "c", "x"]], reference=[])
    with pytest.raises(InputError, match=r"predictions\[1\]\[1\] has 4 fields; .* as type_index="):
        metric.compute()


class Word(str):
    """A string of another class, as XML and HTML parsers return them."""


class Offset(int):
    """An integer of another class."""


def test_values_of_other_classes_are_scored() -> None:
    """Only the checks stand between the entries and Arrow, which takes them as they are."""
    names, numbers = load("ie_f1"), load("carb")
    pair, spans = [Word("Acme"), np.str_("organization")], [(Offset(0), 4)]
    columns: dict[str, Any] = {
        "predictions": [[pair]],
        "references": [[pair]],
        "spans": [{"predictions": spans, "references": spans}],
    }
    assert names.compute(**columns) == {**exact_f1(**columns), "parse": None}
    ran = {"predicate": np.str_("ran"), "arguments": (Word("a"), "b"), "confidence": np.float32(0.5), "source": 3}
    half = {**ran, "confidence": 1}
    assert numbers.compute(predictions=[[ran, half]], references=[[ran]]) == carb([[ran, half]], [[ran]])
    texts = np.array(["[Answer]: Acme: person;", "NA"])
    assert load("ie_f1", "ner").compute(predictions=texts, references=texts)["f1"] == 1.0


def test_a_huge_answer_is_scored() -> None:
    huge = "[Answer]: " + "(((: ;" * 35_000 + "x" * 2_000_000
    result = load("ie_f1", "ner").compute(predictions=[huge, "NA"], references=["NA", "NA"])
    assert len(huge) > 2_000_000 and result["f1"] == 0.0 and result["n_gold"] == 0


def test_configurations_are_the_closed_tasks() -> None:
    with pytest.raises(InputError, match="the configuration is 'openie'; give one of ner, rc"):
        load("ie_f1", "openie")


@pytest.mark.parametrize(
    ("config", "options", "message"),
    [
        (None, {"mode": "strict"}, "mode is 'strict'; give one of corrected, reference"),
        ("ner", {"mode": "strict"}, "mode is 'strict'; give one of corrected, reference"),
        (None, {"scorer": "semeval"}, "scorer is 'semeval', which needs mode=\"reference\""),
        ("rc", {"scorer": "semeval"}, "scorer is 'semeval', which needs mode=\"reference\""),
        (None, {"mode": "reference"}, "the scorer is None; give one of fewnerd, semeval"),
        ("ner", {"mode": "reference"}, "the scorer for ner is None; give one of fewnerd, iepile-ner"),
        ("ere", {"mode": "reference", "scorer": "fewnerd"}, "the scorer for ere is 'fewnerd'; give one of matres"),
        (None, {"mode": "reference", "scorer": "iepile-ee"}, "iepile-ee scores events"),
        (None, {"mode": "reference", "scorer": "fewnerd", "interval": True}, 'interval needs mode="corrected"'),
        ("ner", {"mode": "reference", "scorer": "fewnerd", "matching": "set"}, 'matching needs mode="corrected"'),
        (
            None,
            {"mode": "reference", "scorer": "fewnerd", "spans": [{"predictions": [], "references": []}]},
            'spans needs mode="corrected"',
        ),
        ("ner", {"mode": "reference", "scorer": "fewnerd", "formats": ["text"]}, 'formats needs mode="corrected"'),
    ],
)
def test_options_that_exclude_each_other_are_named(config: str | None, options: dict, message: str) -> None:
    entry: Any = [] if config is None else "NA"
    with pytest.raises(InputError, match=message):
        load("ie_f1", config).compute(predictions=[entry], references=[entry], **options)


def test_the_only_published_scorer_of_a_task_is_the_default() -> None:
    result = load("ie_f1", "ere").compute(predictions=["(a; before; b)"], references=["before"], mode="reference")
    assert (result["mode"], result["scorer"]) == ("reference", "matres")


def test_robust_needs_its_cliques() -> None:
    columns = {name: CLIQUES[name] for name in ("predictions", "references")}
    with pytest.raises(InputError, match="cliques is None; give a list"):
        load("robust").compute(**columns)


def test_a_metric_that_failed_can_be_used_again() -> None:
    metric = load("ie_f1")
    with pytest.raises(InputError):
        metric.compute(**PAIRS, matching="bag")
    assert metric.compute(**PAIRS)["tp"] == 1


@pytest.mark.parametrize("name", ["ie_f1", "carb", "robust", "odie_table"])
def test_the_examples_of_the_card_are_true(name: str) -> None:
    """Run the code of the card; an expression with a comment after it must have the value in the comment."""
    card = (METRICS / name / "README.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    checked = 0
    for block in card.split("```python\n")[1:]:
        code = block.partition("```")[0]
        lines = code.splitlines()
        for statement in ast.parse(code).body:
            source = ast.get_source_segment(code, statement) or ""
            _, comment, value = lines[(statement.end_lineno or 1) - 1].partition("  # ")
            if isinstance(statement, ast.Expr) and comment:
                assert eval(source, names) == ast.literal_eval(value), source
                checked += 1
            else:
                exec(source, names)
    assert checked >= 3
