"""The tree of a model or an adapter: safetensors, tokenizer, template, generation settings, scores and the card."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import EvalResult, EvalResultEntry, eval_result_entries_to_yaml
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from adelie_hf.errors import InputError
from adelie_hf.files import read_json
from adelie_hf.hub.model_card import card
from adelie_hf.hub.origins import origin
from adelie_hf.hub.tree import CARD, Say, Tree, as_json, with_manifest
from adelie_hf.tasks import title_of

# The files of a model folder that others need. What is not here stays at home, such as training_args.bin, a pickle.
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
METRICS = {"openie": "carb", "odie": "odie_table"}  # all other tasks: ie_f1
PUSHED = "pushed.json"

_LOCAL_NAMES = ("_name_or_path", "name_or_path")  # where transformers may write the folder that a model came from


@dataclass(frozen=True, slots=True)
class Run:
    """A model folder and what is known of how it came to be; all but the folder may be missing.

    Args:
        folder: the model.
        stages: the manifests of its training, the last stage last.
        system: its name among the scores, `sft` or `dpo`.
        scores: what is in `scores.json`.
        data: the manifests of the data that it was trained on.
        pushed: repository and revision of its data on the Hub.
        seconds: stage -> how long it took.
        emissions: kilograms of CO2, where codecarbon measured them.
    """

    folder: Path
    stages: list[dict[str, Any]]
    system: str
    scores: dict[str, Any] | None
    data: list[dict[str, Any]]
    pushed: dict[str, Any] | None
    seconds: dict[str, float]
    emissions: float | None

    @property
    def base(self) -> str | None:
        """A Hub id, `scratch`, or None for a base that the Hub does not have."""
        return self.stages[-1].get("base")

    @property
    def sources(self) -> list[str]:
        """The sources of its data, as they are named in rows."""
        parts = (part for manifest in self.data for part in manifest["parts"] if part["split"] == "train")
        return sorted({part["source"] for part in parts if "source" in part})


def tree(kind: str, run: Path, repo_id: str, say: Say) -> Tree:
    """The tree of a model or an adapter.

    Args:
        kind: `model` or `adapter`.
        run: the run folder of `adelie-hf align` or `demo` (its DPO model), a stage's folder in it (`RUN/sft`), or the
            folder of a model that one of the recipes trained.
        repo_id: where it goes, for the card.
        say: takes a line about what is not there.

    Raises:
        InputError: for a folder without such a model, weights that are pickles, or a base that nobody can fetch.
    """
    of = _find(run)
    files = _files(of.folder, kind)
    if kind == "adapter":
        files["adapter_config.json"] = _with_base(of)
    results = eval_results(of)
    extra: Tree = {}
    if entries := _entries(of, results):
        extra[".eval_results/adelie_hf.yaml"] = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True).encode()
    elif results:
        say("no .eval_results: they name a data set on the Hub; push the run's `ieinstruct` first")
    about = of.stages[-1] | {"kind": kind, "system": of.system, "stages": of.stages}
    made = card(of, kind, repo_id, results).encode()
    return with_manifest(files | extra | {CARD: made}, about)


def _find(run: Path) -> Run:
    places = (run, run / "model", run / "dpo" / "model", run / "sft" / "model")
    found = (place for place in places if any((place / f"{kind}config.json").is_file() for kind in ("", "adapter_")))
    folder = next(found, None)
    if folder is None:
        raise InputError(f"{run}: no model in it; give a run folder, a stage's folder in it, or a model folder")
    if not (folder / "manifest.json").is_file():
        raise InputError(f"{folder}: no manifest.json; only what our recipes train says enough for a card")
    stage = folder.parent
    root = stage.parent if (stage.parent / "scores.json").is_file() else None
    stages = [read_json(folder / "manifest.json")]
    if "stages" in stages[0]:  # a model that was pulled
        stages = stages[0]["stages"]
    elif root and stage.name == "dpo":
        stages.insert(0, read_json(root / "sft" / "model" / "manifest.json"))
    return Run(
        folder,
        stages,
        stages[-1].get("system", stage.name),
        read_json(root / "scores.json") if root else None,
        [read_json(root / name / "manifest.json") for name in ("ieinstruct", "iefeedback")] if root else [],
        _read(root / "ieinstruct" / PUSHED) if root else None,
        (_read(root / "seconds.json") or {}) if root else {},
        _emissions(stage / "emissions.csv"),
    )


def _read(file: Path) -> dict[str, Any] | None:
    return read_json(file) if file.is_file() else None


def _emissions(file: Path) -> float | None:
    """What codecarbon, which transformers calls where it is installed, has measured over all calls."""
    if not file.is_file():
        return None
    with open(file, newline="", encoding="utf-8") as stream:
        return sum(float(row["emissions"]) for row in csv.DictReader(stream))


def _files(folder: Path, kind: str) -> Tree:
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    wanted = [name for name in names if any(fnmatch(name, pattern) for pattern in MODEL_FILES)]
    needed = "adapter_config.json" if kind == "adapter" else "config.json"
    if needed not in wanted:
        other = "model" if kind == "adapter" else "adapter"
        raise InputError(f"{folder}: no {needed}, so no {kind}; is it `push {other}`?")
    if not any(name.endswith(".safetensors") for name in wanted):
        raise InputError(f"{folder}: no safetensors; save the model again with transformers 5 or newer")
    if kind == "model":
        for what, some in {
            "tokenizer": ("tokenizer.json", "tokenizer.model", "vocab.json"),
            "generation settings": ("generation_config.json",),
        }.items():
            if not set(some) & set(wanted):
                raise InputError(f"{folder}: no {what} ({' or '.join(some)}); save it into this folder")
        if not _has_template(folder, wanted):
            raise InputError(f"{folder}: no chat template; save the tokenizer that it was trained with")
    return {name: _settings(folder / name) if name.endswith("config.json") else folder / name for name in wanted}


def _has_template(folder: Path, names: list[str]) -> bool:
    return "chat_template.jinja" in names or (
        "tokenizer_config.json" in names and "chat_template" in read_json(folder / "tokenizer_config.json")
    )


def _settings(file: Path) -> bytes:
    """Settings without the names of folders on this machine."""
    settings = read_json(file)
    return as_json({key: value for key, value in settings.items() if key not in _LOCAL_NAMES})


def _with_base(of: Run) -> bytes:
    settings = json.loads(_settings(of.folder / "adapter_config.json"))
    base = settings.get("base_model_name_or_path") or ""
    if not _is_public(base):
        base = of.base or ""
    if not _is_public(base):
        raise InputError(
            f"{of.folder / 'adapter_config.json'}: its base is not on the Hub; push the base first, and write "
            "its id into base_model_name_or_path"
        )
    return as_json(settings | {"base_model_name_or_path": base})


def _is_public(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return "/" in name and not Path(name).exists()


def eval_results(of: Run) -> list[EvalResult]:
    """The scores of a run's model as the Hub's `model-index` has them, one for each source and task."""
    results = []
    for result in of.scores["results"] if of.scores else ():
        value = result["scores"].get(of.system, {}).get("value")
        if value is not None:
            source, task = result["source"], result["task"]
            here = of.pushed is not None and source not in of.pushed["removed"]
            results.append(
                EvalResult(
                    task_type="text-generation",
                    task_name=title_of(task),
                    dataset_type=of.pushed["repo_id"] if of.pushed and here else source,
                    dataset_name=origin(source).title,
                    dataset_config=f"{task}-{source}",
                    dataset_split="test",
                    dataset_revision=of.pushed["revision"] if of.pushed and here else None,
                    metric_type=METRICS.get(task, "ie_f1"),
                    metric_name=result["metric"],
                    metric_value=round(value, 4),
                )
            )
    return results


def _entries(of: Run, results: list[EvalResult]) -> list[dict[str, Any]]:
    """The scores in the form of `.eval_results/*.yaml`, those on data that the Hub has."""
    entries = [
        EvalResultEntry(
            dataset_id=result.dataset_type,
            task_id=result.dataset_config or "default",
            value=result.metric_value,
            dataset_revision=result.dataset_revision,
            notes=f"{result.metric_name}, test split, one answer a prompt",
        )
        for result in results
        if of.pushed and result.dataset_type == of.pushed["repo_id"]
    ]
    return eval_result_entries_to_yaml(entries)
