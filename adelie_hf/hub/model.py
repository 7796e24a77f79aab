"""The tree of a model or an adapter: safetensors, tokenizer, template, generation settings, scores and the card."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import yaml
from huggingface_hub import EvalResult, EvalResultEntry, eval_result_entries_to_yaml
from huggingface_hub.errors import HFValidationError

from adelie_hf.errors import InputError
from adelie_hf.files import read_json
from adelie_hf.hub.client import check_repo_id
from adelie_hf.hub.model_card import model_card
from adelie_hf.hub.origins import origin
from adelie_hf.hub.trained_model import TrainedModel, find_trained_model
from adelie_hf.hub.tree import CARD, Tree, add_manifest, json_bytes
from adelie_hf.tasks import TASKS, title_of

logger = logging.getLogger(__name__)

# The files of a model folder that are pushed and pulled. All others are left out, such as training_args.bin, a pickle.
MODEL_FILES = (
    "*.safetensors",
    "*.safetensors.index.json",
    "config.json",
    "adapter_config.json",
    "generation_config.json",
    "chat_template.jinja",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
)
EVAL_RESULTS = ".eval_results/adelie_hf.yaml"

_PATH_KEYS = ("_name_or_path", "name_or_path")  # where transformers may write the folder that a model was loaded from


def model_tree(kind: Literal["model", "adapter"], path: Path, repo_id: str) -> Tree:
    """Return the tree of a model or an adapter.

    Args:
        kind: `model` or `adapter`.
        path: a run folder of `align` (its DPO model), the folder of a stage in it, or a model folder that one of the
            library's scripts wrote.
        repo_id: the repository, for the card.

    Raises:
        InputError: for a folder without such a model, weights that are pickles, or a base that is not on the Hub.
    """
    model = find_trained_model(path)
    tree = _model_files(model.folder, kind)
    if kind == "adapter":
        tree["adapter_config.json"] = _adapter_settings(model)
    results = eval_results(model)
    if on_hub := _results_on_hub(model, results):
        tree[EVAL_RESULTS] = yaml.safe_dump(
            eval_result_entries_to_yaml(on_hub), sort_keys=False, allow_unicode=True
        ).encode()
    elif results:
        logger.info("no .eval_results: they name a data set on the Hub; push the run's `ieinstruct` first")
    tree[CARD] = model_card(model, kind, repo_id, results).encode()
    add_manifest(
        tree,
        model.manifests[-1].model_copy(update={"kind": kind, "system": model.system, "stages": model.manifests}),
    )
    return tree


def _model_files(folder: Path, kind: str) -> Tree:
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    names = [name for name in names if any(fnmatch(name, pattern) for pattern in MODEL_FILES)]
    required = "adapter_config.json" if kind == "adapter" else "config.json"
    if required not in names:
        other = "model" if kind == "adapter" else "adapter"
        raise InputError(f"{folder}: has no {required}, so it is no {kind}; push it as `{other}`")
    if not any(name.endswith(".safetensors") for name in names):
        raise InputError(f"{folder}: no safetensors; save the model again with transformers 5 or newer")
    if kind == "model":
        for content, alternatives in {
            "tokenizer": ("tokenizer.json", "tokenizer.model", "vocab.json"),
            "generation settings": ("generation_config.json",),
        }.items():
            if not set(alternatives) & set(names):
                raise InputError(f"{folder}: no {content} ({' or '.join(alternatives)}); save it into this folder")
        if not _has_template(folder, names):
            raise InputError(f"{folder}: no chat template; save the tokenizer that the model was trained with")
    return {name: _settings(folder / name) if name.endswith("config.json") else folder / name for name in names}


def _has_template(folder: Path, names: list[str]) -> bool:
    return "chat_template.jinja" in names or (
        "tokenizer_config.json" in names and "chat_template" in read_json(folder / "tokenizer_config.json")
    )


def _settings(file: Path) -> bytes:
    """Return settings without the paths of folders on this machine."""
    return json_bytes({key: value for key, value in read_json(file).items() if key not in _PATH_KEYS})


def _adapter_settings(model: TrainedModel) -> bytes:
    file = model.folder / "adapter_config.json"
    settings = json.loads(_settings(file))
    base = settings.get("base_model_name_or_path") or ""
    if not _is_public(base):
        base = model.base or ""
    if not _is_public(base):
        raise InputError(
            f"{file}: its base is not on the Hub; push the base first, and write its id into base_model_name_or_path"
        )
    return json_bytes(settings | {"base_model_name_or_path": base})


def _is_public(name: str) -> bool:
    try:
        check_repo_id(name)
    except HFValidationError:
        return False
    return "/" in name and not Path(name).exists()


def eval_results(model: TrainedModel) -> list[EvalResult]:
    """Return the scores of a model in the form of the Hub's `model-index`: each source and task, each benchmark."""
    return [*_results_of_run(model), *_results_of_benchmarks(model)]


def _results_of_benchmarks(model: TrainedModel) -> Iterator[EvalResult]:
    for name, scores in model.benchmarks.items():
        for benchmark, result in zip(scores["benchmarks"], scores["results"], strict=True):
            task = benchmark["task"]
            for measure, score in benchmark["scores"].get(model.system, {}).items():
                yield EvalResult(
                    task_type="text-generation",
                    task_name=title_of(task),
                    dataset_type=result["source"],
                    dataset_name=benchmark["title"],
                    dataset_config=f"{name}-{benchmark['shots']}-shot",
                    dataset_split="test",
                    metric_type=TASKS[task].metric.name,
                    metric_name=measure,
                    metric_value=round(score["value"], 4),
                )


def _results_of_run(model: TrainedModel) -> list[EvalResult]:
    results = []
    for result in model.scores["results"] if model.scores else ():
        score = result["scores"].get(model.system)
        if score is None:
            continue
        source, task = result["source"], result["task"]
        on_hub = model.pushed if model.pushed and source not in model.pushed["removed"] else None
        metric = TASKS[task].metric
        results.append(
            EvalResult(
                task_type="text-generation",
                task_name=title_of(task),
                dataset_type=on_hub["repo_id"] if on_hub else source,
                dataset_name=origin(source).title,
                dataset_config=f"{task}-{source}",
                dataset_split="test",
                dataset_revision=on_hub["revision"] if on_hub else None,
                metric_type=metric.name,
                metric_name=metric.title,
                metric_value=round(score["value"], 4),
            )
        )
    return results


def _results_on_hub(model: TrainedModel, results: list[EvalResult]) -> list[EvalResultEntry]:
    """Return the scores on data that is on the Hub, in the form of `.eval_results/*.yaml`."""
    return [
        EvalResultEntry(
            dataset_id=result.dataset_type,
            task_id=result.dataset_config or "default",
            value=result.metric_value,
            dataset_revision=result.dataset_revision,
            notes=f"{result.metric_name}, test split, one answer per prompt",
        )
        for result in results
        if model.pushed and result.dataset_type == model.pushed["repo_id"]
    ]
