"""Evaluation during training: what is held out, how it is scored, and which checkpoint becomes the model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.evaluation import Benchmark
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.rows import completion_text, gold
from adelie_hf.sampling import Sample
from adelie_hf.tasks import GENERAL
from adelie_hf.training import evaluation, hold_out, log_shared_texts, parse_arguments, read_benchmarks
from adelie_hf.training.benchmarks import AskedBenchmark
from tests.training.conftest import FEW_STEPS, LORA

pytestmark = pytest.mark.train

EVALUATED = FEW_STEPS | {
    "max_steps": 6,
    "save_steps": 2,
    "eval_strategy": "steps",
    "eval_steps": 2,
    "eval_rows": 3,
    "eval_max_new_tokens": 4,
    "per_device_eval_batch_size": 2,
    "metric_for_best_model": "score",
    "load_best_model_at_end": True,
}
BENCHMARK = {"eval_benchmarks": "mit-restaurant", "eval_benchmarks_dir": SAMPLE}


@pytest.fixture
def sft(run_script, model, instruct_build, tmp_path):
    """A function that runs SFT with evaluations and returns its output folder."""

    def run(name="sft", **options):
        out = tmp_path / name
        run_script("sft", model_name_or_path=model, dataset_name=instruct_build, output_dir=out, **EVALUATED | options)
        return out

    return run


@pytest.fixture
def scores(monkeypatch):
    """A list of scores; the evaluations of a training get them one by one, instead of their own."""
    planned: list[float] = []
    monkeypatch.setattr(evaluation, "_score", lambda *args: planned.pop(0))
    return planned


def logged(out: Path, name: str) -> list[tuple[int, float]]:
    history = json.loads((out / "log.json").read_text())
    return [(entry["step"], entry[name]) for entry in history if name in entry]


def weights(folder: Path) -> bytes:
    return next(folder.glob("*model.safetensors")).read_bytes()


@pytest.fixture
def rows():
    from datasets import Dataset

    names = [f"made/{number // 2}/{number % 2}" for number in range(40)]
    return Dataset.from_dict(
        {
            "id": names,
            "text": [name.rpartition("/")[0] for name in names],  # two rows a text
            "task": ["ner"] * 36 + [GENERAL] * 4,
        }
    )


def test_held_out_rows_are_drawn_by_id_and_share_no_text_with_the_others(rows):
    train, held_out = hold_out(rows, 5, seed=1)
    assert held_out is not None and len(held_out) == 5
    assert not set(train["text"]) & set(held_out["text"]) and GENERAL not in held_out["task"]
    left_out = set(rows["id"]) - set(train["id"]) - set(held_out["id"])
    assert {name.rpartition("/")[0] for name in left_out} <= set(held_out["text"])
    shuffled_train, shuffled = hold_out(rows.shuffle(seed=3), 5, seed=1)
    assert shuffled is not None and set(shuffled["id"]) == set(held_out["id"])
    assert set(shuffled_train["id"]) == set(train["id"])
    _, other = hold_out(rows, 5, seed=2)
    assert other is not None and set(other["id"]) != set(held_out["id"])


def test_no_row_is_held_out_by_default_and_never_all(rows):
    assert hold_out(rows, 0, seed=1) == (rows, None)
    for number in (37, 100):
        with pytest.raises(InputError, match=f"eval_rows is {number}, which leaves no row of 40"):
            hold_out(rows, number, seed=1)


def test_an_evaluation_scores_answers_to_held_out_rows_of_the_training_split(sft, monkeypatch, instruct_build):
    from datasets import Dataset

    asked = []

    def answer_rightly(*args, **kwargs):
        def sample(batch, number):
            asked.append([row["id"] for row in batch])
            return [[Sample(row["completion"][-1]["content"], "stop")] for row in batch]

        return sample

    monkeypatch.setattr(evaluation, "transformers_sampler", answer_rightly)
    out = sft()
    assert logged(out, "eval_score") == [(2, 1.0), (4, 1.0), (6, 1.0)]
    assert [step for step, _ in logged(out, "eval_loss")] == [2, 4, 6]
    assert [len(batch) for batch in asked] == [2, 1] * 3
    train, test = (Dataset.from_parquet(str(instruct_build / f"{split}.parquet")) for split in ("train", "test"))
    drawn = {name for batch in asked for name in batch}
    assert len(drawn) == 3 and drawn <= set(train["id"]) and not drawn & set(test["id"])


def test_the_score_is_the_mean_over_sources_and_tasks(sft, monkeypatch):
    groups = set()

    def answer_ner(*args, **kwargs):
        def sample(batch, number):
            for row in batch:
                if gold(row):
                    groups.add((row["source"], row["task"]))
            answers = [row["completion"][-1]["content"] if row["task"] == "ner" else "[Answer]: NA" for row in batch]
            return [[Sample(answer, "stop")] for answer in answers]

        return sample

    monkeypatch.setattr(evaluation, "transformers_sampler", answer_ner)
    ((_, score),) = logged(sft(eval_rows=8, max_steps=2), "eval_score")
    right = [task == "ner" for _, task in groups]
    assert any(right) and not all(right)
    assert score == pytest.approx(sum(right) / len(right))


def test_a_model_generates_during_training_as_it_does_afterwards(sft, model, instruct_build, monkeypatch):
    from transformers import AutoTokenizer

    from adelie_hf.models import load_model
    from adelie_hf.sampling import transformers_sampler

    seen: dict[str, Any] = {}
    monkeypatch.setattr(evaluation, "score_systems", lambda rows, outputs: seen.update(rows=rows, **outputs) or RESULT)
    out = sft(max_steps=2, eval_rows=4)
    tokenizer = AutoTokenizer.from_pretrained(out / "model")
    sampler = transformers_sampler(
        load_model(str(out / "model"), tokenizer), tokenizer, n=1, temperature=0, max_new_tokens=4, seed=1
    )
    assert {row["id"]: sampler([row], 0)[0][0].text for row in seen["rows"]} == seen["model"]


RESULT = [{"items": 1, "scores": {"model": {"value": 0.5}}}]


def test_an_evaluation_measures_answers_to_a_benchmark(sft, monkeypatch):
    asked: list[list[Any]] = []

    def answer_benchmarks_only(*args, **kwargs):
        asked.append([])

        def sample(batch, number):
            asked[-1] += batch
            right = (row["id"] in of_benchmark for row in batch)
            texts = [
                completion_text(row) if is_right else "no idea" for row, is_right in zip(batch, right, strict=True)
            ]
            return [[Sample(text, "stop")] for text in texts]

        return sample

    (benchmark,) = read_benchmarks(["mit-restaurant"], str(SAMPLE), 3)
    of_benchmark = {row["id"] for row in benchmark.rows}
    monkeypatch.setattr(evaluation, "transformers_sampler", answer_benchmarks_only)
    out = sft(max_steps=4, **BENCHMARK)
    assert logged(out, "eval_mit-restaurant_f1") == [(2, 1.0), (4, 1.0)]
    assert logged(out, "eval_score") == [(2, 0.0), (4, 0.0)]
    assert [{row["id"] for row in rows} for rows in asked[1::2]] == [of_benchmark] * 2 and len(of_benchmark) == 3


def test_a_benchmark_has_few_rows_of_each_task_and_its_first_number_of_shots(tmp_path):
    text = "title: Mine\nsource: scierc\ntasks: [ner, re]\nshots: [1, 4]\n"
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(SAMPLE / "scierc", tmp_path / "scierc")
    asked = read_benchmarks(["mine.yaml"], str(tmp_path), 2)
    assert [(each.name, len(each.rows)) for each in asked] == [("mine_ner", 2), ("mine_re", 2)]
    assert {len(row["choices"]["demonstrations"]) for each in asked for row in each.rows} == {1}
    assert read_benchmarks(["mine.yaml"], str(tmp_path), 1)[0].rows[0] in asked[0].rows
    answers = {row["id"]: completion_text(row) for row in asked[1].rows}
    assert asked[1].measures(answers) == {"mine_re_f1": 1.0}
    (carb,) = read_benchmarks(["carb"], str(SAMPLE), 2)
    assert set(carb.measures({row["id"]: "no idea" for row in carb.rows})) == {"carb_f1", "carb_best_f1", "carb_auc"}


def test_rows_of_a_benchmark_whose_texts_are_trained_on_are_counted(rows, caplog):
    asked: Any = [{"text": text} for text in ("made/3", "made/3", "elsewhere")]
    with caplog.at_level("INFO", "adelie_hf"):
        log_shared_texts([AskedBenchmark("mine", Benchmark(title="", source="made"), asked)], rows)
        log_shared_texts([AskedBenchmark("other", Benchmark(title="", source="made"), asked[2:])], rows)
    assert caplog.messages == ["mine: 2 of 3 rows ask about texts of training rows, no held-out test"]


def test_a_recipe_names_benchmarks_in_a_list(tmp_path):
    from adelie_hf.training import EvaluationArguments

    (tmp_path / "sft.yaml").write_text("eval_benchmarks: [fewnerd, mine/notes.yaml]\n", encoding="utf-8")
    (given,) = parse_arguments((EvaluationArguments,), ["--config", str(tmp_path / "sft.yaml")])
    assert given.eval_benchmarks == ["fewnerd", "mine/notes.yaml"] and given.eval_benchmarks_dir is None


def test_an_evaluation_changes_no_loss(sft, monkeypatch):
    """Dropout and the order of rows go on as if nothing had been generated."""
    import torch

    generated = sft("generated", **LORA)
    monkeypatch.setattr(evaluation, "transformers_sampler", lambda *args, **kwargs: _answers_at_random)
    torch.manual_seed(5)
    assert logged(sft("guessed", **LORA), "loss") == logged(generated, "loss")


def _answers_at_random(batch, number):
    import torch

    torch.rand(number + 3)
    return [[Sample("[Answer]: NA", "stop")]] * len(batch)


def test_the_best_checkpoint_becomes_the_model(sft, scores):
    scores += [0.2, 0.7, 0.5]
    out = sft(save_total_limit=2)
    assert weights(out / "model") == weights(out / "checkpoint-4") != weights(out / "checkpoint-6")
    training = json.loads((out / "model" / "manifest.json").read_text())["training"]
    assert (training["steps"], training["best_step"]) == (6, 4)


def test_the_best_adapter_becomes_the_model(sft, scores):
    scores += [0.9, 0.7, 0.5]
    out = sft(save_total_limit=2, **LORA)
    assert weights(out / "model") == weights(out / "checkpoint-2") != weights(out / "checkpoint-6")


def test_training_ends_early_where_nothing_gets_better(sft, scores):
    scores += [0.2, 0.7, 0.7, 0.6, 0.9]
    out = sft(max_steps=12, early_stopping_patience=2)
    assert logged(out, "eval_score") == [(2, 0.2), (4, 0.7), (6, 0.7), (8, 0.6)]
    assert weights(out / "model") == weights(out / "checkpoint-4")


def test_a_resumed_training_remembers_the_best_checkpoint_and_its_patience(sft, scores):
    from transformers import Trainer

    scores += [0.2, 0.7, 0.6]
    options = {"max_steps": 12, "early_stopping_patience": 2, "save_total_limit": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "training_step", _fails_after(Trainer.training_step, 7))
        with pytest.raises(RuntimeError, match="power cut"):
            sft(**options)
    scores[:] = [0.5, 0.9]  # the second evaluation without a better score ends the training
    out = sft(**options)
    assert logged(out, "eval_score") == [(2, 0.2), (4, 0.7), (6, 0.6), (8, 0.5)]
    assert json.loads((out / "model" / "manifest.json").read_text())["training"]["best_step"] == 4
    assert weights(out / "model") == weights(out / "checkpoint-4")


def test_a_training_that_ended_early_without_saving_its_model_gives_the_same_model(sft, scores):
    scores += [0.7, 0.6, 0.5]
    options = {"max_steps": 12, "early_stopping_patience": 2}
    out = sft(**options)
    expected = weights(out / "model")
    shutil.rmtree(out / "model")
    assert weights(sft(**options) / "model") == expected
    assert logged(out, "eval_score") == [(2, 0.7), (4, 0.6), (6, 0.5)]


def _fails_after(step, calls):
    numbers = iter(range(calls))

    def training_step(*args, **kwargs):
        if next(numbers, None) is None:
            raise RuntimeError("power cut")
        return step(*args, **kwargs)

    return training_step


def test_dpo_evaluates_its_loss(run_script, model, instruct_build, pairs_build, tmp_path):
    from datasets import Dataset

    pairs = Dataset.from_parquet(str(pairs_build / "train.parquet"))
    ids = Dataset.from_parquet(str(instruct_build / "train.parquet")).select_columns(["id", "task"])
    (tmp_path / "pairs").mkdir()
    for name in ids.column_names:
        pairs = pairs.add_column(name, ids[name][:])
    pairs.to_parquet(str(tmp_path / "pairs" / "train.parquet"))
    options = EVALUATED | {"metric_for_best_model": "rewards/accuracies", "early_stopping_patience": 5}
    out = tmp_path / "dpo"
    run_script("dpo", model_name_or_path=model, dataset_name=tmp_path / "pairs", output_dir=out, **options)
    assert [step for step, _ in logged(out, "eval_loss")] == [2, 4, 6]
    assert not logged(out, "eval_score")
    with pytest.raises(InputError, match="eval_benchmarks is for SFT; DPO generates no answers"):
        other = options | BENCHMARK
        run_script("dpo", model_name_or_path=model, dataset_name="none", output_dir=tmp_path / "other", **other)
    with pytest.raises(InputError, match="metric_for_best_model: score is for SFT"):
        run_script("dpo", model_name_or_path=model, dataset_name="none", output_dir=tmp_path / "other", **EVALUATED)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"eval_rows": 0}, "eval_strategy needs rows to evaluate on; set eval_rows"),
        ({"eval_rows": -1}, "eval_rows is -1; give a number of rows"),
        ({"eval_strategy": "no", "load_best_model_at_end": False}, "eval_rows holds out rows that nothing evaluates"),
        ({"load_best_model_at_end": False, "early_stopping_patience": 1}, "early_stopping_patience needs"),
        (BENCHMARK | {"eval_benchmarks_dir": ""}, "needs the folder of their raw files; set eval_benchmarks_dir"),
        (BENCHMARK | {"eval_benchmarks_dir": "none"}, "eval_benchmarks_dir: none is no folder"),
        (BENCHMARK | {"eval_benchmarks_dir": SAMPLE / "carb"}, "no files of mit-restaurant in it"),
        (BENCHMARK | {"eval_benchmarks": "scierk"}, "unknown source 'scierk'"),
        (BENCHMARK | {"metric_for_best_model": "eval_mit-restaurant_f1"}, "on the test set of a benchmark"),
        ({"save_steps": 3}, "saving steps to be a round multiple of the evaluation steps"),
    ],
)
def test_options_that_do_not_fit_each_other_are_an_error(sft, options, message):
    with pytest.raises(InputError, match=message):
        sft(**options)


def test_two_processes_share_the_rows_and_agree(model, instruct_build, tmp_path):
    """Both end early at the same step, after which the first one saves the best checkpoint."""
    out = tmp_path / "sft"
    options = EVALUATED | {"eval_rows": 5, "max_steps": 8, "early_stopping_patience": 1, "learning_rate": 0.0}
    options |= BENCHMARK
    config, script = bundled("recipes", "accelerate", "cpu-2.yaml"), bundled("recipes", "sft.py")
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(config), str(script)]
    for option, value in options.items():
        command += [f"--{option}", str(value)]
    command += ["--model_name_or_path", str(model), "--dataset_name", str(instruct_build), "--output_dir", str(out)]
    environment = os.environ | {"PYTHONPATH": str(bundled(".").resolve())}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert [step for step, _ in logged(out, "eval_mit-restaurant_f1")] == [2, 4]
    assert [step for step, _ in logged(out, "eval_score")] == [2, 4]  # nothing gets better without a learning rate
    training = json.loads((out / "model" / "manifest.json").read_text())["training"]
    assert (training["processes"], training["best_step"], training["steps"]) == (2, 2, 4)
