"""The tasks of lm-evaluation-harness: their files and functions, and real runs where the harness is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet
import pytest
import yaml

from adelie_hf.build import build
from adelie_hf.errors import InputError
from adelie_hf.evaluation import harness, read_predictions, score_predictions
from adelie_hf.evaluation.harness import functions
from adelie_hf.ieinstruct import Recipe, plan
from adelie_hf.rows import completion_text, gold, instruct_features, read_build, to_table
from adelie_hf.scoring.answers import read_answers
from adelie_hf.scoring.intervals import standard_error
from adelie_hf.scoring.task_metric import score_corpus
from adelie_hf.tasks import CLOSED_TASKS, TASKS

FOLDER = Path(harness.__path__[0])
GUIDE = Path(__file__).parent.parent.parent / "docs" / "guides" / "evaluate.md"

needs_harness = pytest.mark.skipif(not find_spec("lm_eval"), reason="needs the extra `harness`")


@pytest.fixture(scope="module")
def rows_build(tmp_path_factory):
    """A small build whose held-out rows have a demonstration as turns."""
    folder = tmp_path_factory.mktemp("harness") / "build"
    build(plan(recipe=Recipe(cap=2, held_out_cap=3, held_out_demonstrations=1, one_prompt=0.0)), folder)
    return folder


@pytest.fixture(scope="module")
def rows(rows_build):
    return read_build(rows_build, "test")[1]


# ---- files --------------------------------------------------------------------------------------


def read_task(file):
    """A YAML file as the harness reads it, with the names of functions as they are."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!function", lambda loader, node: node.value)
    content = yaml.load(file.read_text(encoding="utf-8"), Loader)
    return read_task(file.parent / content.pop("include")) | content if "include" in content else content


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_file_with_its_metric(task):
    settings = read_task(FOLDER / f"{task}.yaml")
    assert (settings["task"], settings["dataset_kwargs"]) == (f"adelie_{task}", {"task": task})
    metric = TASKS[task].metric.name
    score, error = settings["metric_list"]
    assert (score["metric"], error["metric"]) == (metric, f"{metric}_stderr")
    assert score["aggregation"].endswith(f".{metric}") and error["aggregation"].endswith(f".{metric}_stderr")
    names = [settings[key] for key in ("custom_dataset", "doc_to_target", "process_results")]
    for name in (*names, score["aggregation"], error["aggregation"]):
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function))


def test_the_group_has_every_task():
    assert read_task(FOLDER / "adelie.yaml")["task"] == [f"adelie_{task}" for task in TASKS]


# ---- functions ----------------------------------------------------------------------------------


def test_the_documents_of_a_task_are_its_held_out_rows(rows, rows_build):
    documents = functions.held_out_rows("ee", build=str(rows_build), pretrained="model")["test"]
    assert list(documents) == [row for row in rows if row["task"] == "ee"] != []


def test_a_build_that_cannot_be_asked_is_one_line(tmp_path, rows):
    with pytest.raises(InputError, match="--metadata build=FOLDER"):
        functions.held_out_rows("ner")
    with pytest.raises(InputError, match="test.parquet: no such file"):
        functions.held_out_rows("ner", build=str(tmp_path))
    some = [row for row in rows if row["task"] in ("rc", "ed")]
    pyarrow.parquet.write_table(to_table(some, instruct_features()), tmp_path / "test.parquet")
    with pytest.raises(InputError, match="no rows of the task ner; it has those of --tasks adelie_ed,adelie_rc$"):
        functions.held_out_rows("ner", build=str(tmp_path))


@pytest.mark.parametrize("task", TASKS)
def test_counts_add_up_to_the_score_of_the_corpus(rows, task):
    """Every second answer is right, the first is cut in the middle of its items."""
    asked = [row for row in rows if row["task"] == task]
    outputs = [completion_text(row) if number % 2 else "[Answer]: NA" for number, row in enumerate(asked)]
    outputs[0] = completion_text(asked[0])[:40]
    counted = [functions.count(row, [output]) for row, output in zip(asked, outputs, strict=True)]
    metric = TASKS[task].metric.name
    assert all(set(counts) == {metric, f"{metric}_stderr"} for counts in counted)
    expected = our_score(task, rows, {row["id"]: output for row, output in zip(asked, outputs, strict=True)})
    value = getattr(functions, metric)([counts[metric] for counts in counted])
    assert value == same(expected.value) and 0 < value < 1
    error = getattr(functions, f"{metric}_stderr")([counts[f"{metric}_stderr"] for counts in counted])
    assert error == standard_error(expected.per_example, expected.statistic) > 0


@pytest.mark.parametrize("task", TASKS)
def test_gold_against_itself_is_1(rows, task):
    metric = TASKS[task].metric.name
    counts = [functions.count(row, [completion_text(row)])[metric] for row in rows if row["task"] == task]
    assert getattr(functions, metric)(counts) == 1.0


# ---- the harness itself -------------------------------------------------------------------------


def documented(tasks):
    """The command of the guide that runs these tasks."""
    commands = re.findall(r"^```bash\n(lm_eval .*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    (command,) = [command for command in commands if f"--tasks {tasks} " in command]
    return command


@needs_harness
@pytest.mark.train
def test_the_documented_command_gives_our_score(tmp_path, rows, rows_build):
    """A tiny model without training: its answers are nonsense, but they are asked for, read, logged and scored."""
    from adelie_hf.training import build_tiny_llama

    texts = [turn["content"] for row in rows for turn in row["prompt"]]
    size = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "initializer_range": 0.5}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    build_tiny_llama(texts, tmp_path / "model", {"vocab_size": 600, **size, **heads}, seed=1)
    command = documented("adelie").replace("BUILD", str(rows_build)).replace("MODEL", str(tmp_path / "model"))
    run(f"{command.rstrip()} --gen_kwargs max_gen_toks=8 --device cpu --batch_size 8", tmp_path)
    results, samples = logged(tmp_path / "runs" / "harness")
    predictions = read_predictions(samples, rows)
    assert len(set(predictions.outputs.values())) > 1
    assert all(value == same(our_score(task, rows, predictions.outputs).value) for task, value, _ in results)
    (first, *_) = [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()]
    asked = first["arguments"]["gen_args_0"]["arg_0"]
    turns = [turn["content"] for turn in first["doc"]["prompt"]]
    assert len(turns) == 3 and asked.count("<|user|>") == 2 and all(turn in asked for turn in turns)
    assert asked.endswith("<|assistant|>\n")


SCRIPTED = """
import json
from pathlib import Path

from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

from adelie_hf.rows import completion_text


class Scripted(LM):
    "Answers every RIGHT-th row rightly, and the others with nothing."

    tokenizer_name = "none"

    def __init__(self, right):
        super().__init__()
        self.right = right

    def apply_chat_template(self, messages, add_generation_prompt=True):
        return json.dumps(messages)

    def generate_until(self, requests):
        return [completion_text(r.doc) if n % self.right == 0 else "[Answer]: NA" for n, r in enumerate(requests)]

    def loglikelihood(self, requests):
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


for right in (1, 2):
    manager = TaskManager(include_path=FOLDER, include_defaults=False, metadata={"build": BUILD})
    result = simple_evaluate(Scripted(right), tasks=["adelie"], task_manager=manager, apply_chat_template=True)
    out = Path(f"right-{right}")
    out.mkdir()
    (out / "results_.json").write_text(json.dumps({key: result[key] for key in ("results", "groups")}))
    for task, samples in result["samples"].items():
        lines = [json.dumps(sample, default=str) + "\\n" for sample in samples]
        (out / f"samples_{task}_.jsonl").write_text("".join(lines))
"""


@needs_harness
def test_right_and_wrong_answers_have_our_score(tmp_path, rows, rows_build):
    (tmp_path / "scripted.py").write_text(f"FOLDER, BUILD = {str(FOLDER)!r}, {str(rows_build)!r}\n{SCRIPTED}")
    run(f"{sys.executable} scripted.py", tmp_path)
    results, _ = logged(tmp_path / "right-1")
    assert [value for _, value, _ in results] == [1.0] * len(TASKS)
    results, samples = logged(tmp_path / "right-2")
    predictions = read_predictions(samples, rows)
    assert all(value == same(our_score(task, rows, predictions.outputs).value) for task, value, _ in results)
    assert sum(0 < value < 1 and error > 0 for _, value, error in results) > len(TASKS) / 2
    group = json.loads((tmp_path / "right-2" / "results_.json").read_text())["groups"]["adelie"]
    closed = [value for task, value, _ in results if task in CLOSED_TASKS]
    assert group["ie_f1,none"] == pytest.approx(sum(closed) / len(closed))
    # Our own table has one score for each source: those of tasks with one source are the harness's.
    ours = {(each["source"], each["task"]): each for each in score_predictions(rows, {"it": predictions})["results"]}
    tasks = [task for _, task in ours]
    for (_, task), each in ours.items():
        if tasks.count(task) == 1:
            (value,) = [value for name, value, _ in results if name == task]
            assert value == same(each["scores"]["it"]["value"])


@needs_harness
def test_the_general_benchmarks_get_the_shots_of_the_paper(monkeypatch):
    """Their data lies on the Hub, so that their tasks are looked up and configured, but not made."""
    from lm_eval.tasks import TaskManager

    manager = TaskManager(include_path=str(FOLDER))
    assert "--tasks adelie_general " in documented("adelie_general") and "adelie_general" in manager.all_groups
    shots = {}

    def configure(entry, overrides):
        settings = manager._factory._load_full_config(entry, overrides)
        shots[settings["task"]] = settings["num_fewshot"]
        return type("Configured", (), {"task_name": settings["task"]})()

    monkeypatch.setattr(manager._factory, "_build_task", configure)
    manager._load_spec("adelie_general")
    names = ("hellaswag", "winogrande", "piqa", "social_iqa", "arc_easy", "arc_challenge", "openbookqa")
    assert {name: shots.pop(name) for name in names} == dict.fromkeys(names, 0)
    assert {name: number for name, number in shots.items() if number != 5} == {
        name: 3 for name in shots if name.startswith("bbh_cot_fewshot_")
    }
    assert sum(name.startswith("mmlu_") for name in shots) == 57 and len(shots) == 57 + 27


def run(command, folder):
    """Runs a command without a network; `lm_eval` and `python` are those of this environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def logged(folder):
    """(task, score, error) for each task, and one file with all samples."""
    (file,) = folder.rglob("results_*.json")
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    samples = folder / "samples.jsonl"
    samples.write_text("".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("samples_*.jsonl"))))
    scores = []
    for task in TASKS:
        metric, result = TASKS[task].metric.name, results[f"adelie_{task}"]
        scores.append((task, result[f"{metric},none"], result[f"{metric}_stderr,none"]))
    return scores, samples


def our_score(task, rows, outputs):
    """Our score of these outputs to all rows of a task."""
    asked = [row for row in rows if row["task"] == task]
    answers, _ = read_answers(
        [outputs[row["id"]] for row in asked],
        task,
        formats=[row["format"] for row in asked],
        schemas=[row["schema"] for row in asked],
        texts=[row["text"] for row in asked],
    )
    return score_corpus(answers, [gold(row) for row in asked], task)


def same(score):
    """A score but for the order in which it was added up."""
    return pytest.approx(score, abs=1e-12)
