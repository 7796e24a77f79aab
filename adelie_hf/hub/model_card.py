"""The card of a model or an adapter: the values that `templates/model_card.md.j2` shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from adelie_hf.evaluation.results import Subset, mean_closed
from adelie_hf.hub.origins import PAPER, Origin, origin
from adelie_hf.hub.trained_model import TrainedModel
from adelie_hf.ieinstruct import make_rows, plan
from adelie_hf.manifest import SCRATCH
from adelie_hf.report import score_table
from adelie_hf.report.benchmark_table import benchmark_tables
from adelie_hf.report.markdown import cell, markdown_table
from adelie_hf.report.score_tables import score_views, warnings_as_text
from adelie_hf.tasks import title_of

_TEMPLATE = Path(__file__).parent / "templates" / "model_card.md.j2"


class TrainingRows(NamedTuple):
    """The number of training rows of a task of a source."""

    origin: Origin
    task: str
    rows: int


def model_card(model: TrainedModel, kind: str, repo_id: str, results: list[EvalResult]) -> str:
    """Return the card of a model or an adapter.

    Args:
        model: the model.
        kind: `model` or `adapter`.
        repo_id: the repository.
        results: its scores.
    """
    example_task = (model.tasks or ["ner"])[0]
    card = ModelCard.from_template(
        _metadata(model, kind, repo_id, results),
        template_path=str(_TEMPLATE),
        cell=cell,
        markdown_table=markdown_table,
        model=model,
        kind=kind,
        repo_id=repo_id,
        tasks=[title_of(task) for task in model.tasks],
        example_task=example_task,
        example_request=json.dumps(_sample_request(example_task), ensure_ascii=False),
        score_tables=_score_tables(model),
        benchmark_tables=[
            table
            for scores in model.benchmarks.values()
            for benchmark in scores["benchmarks"]
            for table in benchmark_tables(benchmark)
        ],
        warnings=warnings_as_text(model.scores) if model.scores else "",
        hyperparameters=_hyperparameters(model),
        training_rows=_training_rows(model),
        pairs=sum(sum(unit.counts.kept.values()) for build in model.builds[1:] for unit in build.units),
        seen_f1=_mean_f1(model, "seen"),
        unseen_f1=_mean_f1(model, "unseen"),
        paper=PAPER,
    )
    return f"{card}\n"


def _metadata(model: TrainedModel, kind: str, repo_id: str, results: list[EvalResult]) -> ModelCardData:
    origins = [origin(name) for name in model.sources]
    free = model.base == SCRATCH and bool(origins) and all(source.licence == "Apache-2.0" for source in origins)
    base = model.base_on_hub
    return ModelCardData(
        model_name=repo_id.rpartition("/")[2],
        base_model=base,
        base_model_relation=None if base is None else "adapter" if kind == "adapter" else "finetune",
        datasets=[model.pushed["repo_id"]] if model.pushed else None,
        language=["en"] if origins and all(source.published for source in origins) else None,
        library_name="peft" if kind == "adapter" else "transformers",
        license="apache-2.0" if free else None,
        pipeline_tag="text-generation",
        tags=[
            "information-extraction",
            "adelie_hf",
            *(stage.method.lower() for stage in model.stages),
            *model.tasks,
        ],
        metrics=sorted({result.metric_type for result in results}) or None,
        eval_results=results or None,
        co2_eq_emissions=_emissions(model),
    )


def _emissions(model: TrainedModel) -> dict[str, float | str] | None:
    if model.emissions is None:
        return None
    return {
        "emissions": round(model.emissions * 1000, 6),  # the Hub counts in grams, codecarbon in kilograms
        "source": "codecarbon",
        "training_type": "pre-training" if model.base == SCRATCH else "fine-tuning",
        "hardware_used": model.stages[-1].training.device,
    }


def _sample_request(task: str) -> str:
    """Return a request about a text of the embedded sample, which any card may show."""
    unit = next(unit for unit in plan().units["test"] if unit.task == task)
    return next(make_rows(unit))["prompt"][0]["content"]


def _score_tables(model: TrainedModel) -> dict[str, list[list[str]]]:
    """Return title -> table of scores."""
    scores = model.scores
    return {title: score_table(scores, subset) for subset, title in score_views(scores)} if scores else {}


def _mean_f1(model: TrainedModel, subset: Subset) -> float | None:
    return mean_closed(model.scores["results"], model.system, subset) if model.scores else None


def _hyperparameters(model: TrainedModel) -> dict[str, list[str]]:
    """Return hyper-parameter -> its value in each stage."""
    names = dict.fromkeys(name for stage in model.stages for name in stage.hyperparameters)
    return {name: [_as_text(stage.hyperparameters.get(name, "-")) for stage in model.stages] for name in names}


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _training_rows(model: TrainedModel) -> list[TrainingRows]:
    return [
        TrainingRows(origin(unit.source), title_of(unit.task or ""), unit.counts.kept.get("rows", 0))
        for build in model.builds[:1]
        for unit in build.units
        if unit.split == "train" and unit.source
    ]
