"""A trained model: its folder, the manifests of its training, and what its run folder adds."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.files import read_json
from adelie_hf.manifest import MANIFEST, SCRATCH, BuildManifest, Environment, ModelManifest, TrainingEntry
from adelie_hf.run_folder import Pushed, RunFolder, pushed_file
from adelie_hf.tasks import TASKS

if TYPE_CHECKING:
    from adelie_hf.evaluation import RunScores


class TrainingStage(NamedTuple):
    """One stage of the training of a model.

    Args:
        method: `SFT` or `DPO`.
        seconds: the time that it took, where it is known.
    """

    method: str
    hyperparameters: Mapping[str, object]
    training: TrainingEntry
    environment: Environment
    seconds: float | None


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model folder and the record of its training. A model outside a run folder has no scores and no builds.

    Args:
        manifests: the manifests of its training stages, the last stage last.
        stages: the same stages for its card.
        system: its name among the scores: `sft`, `dpo`, or `dpo-2` after a second round.
        scores: those of its run.
        benchmarks: benchmark -> the scores of its run on it.
        builds: the manifests of its training data: IEInstruct, then IEFeedback of each round.
        pushed: repository and revision of its IEInstruct on the Hub.
        emissions: kilograms of CO2, where codecarbon measured them.
    """

    folder: Path
    manifests: list[ModelManifest]
    stages: list[TrainingStage]
    system: str
    scores: RunScores | None
    benchmarks: Mapping[str, RunScores]
    builds: list[BuildManifest]
    pushed: Pushed | None
    emissions: float | None

    @property
    def base(self) -> str | None:
        """A Hub id, `scratch`, or None for a base that is not on the Hub."""
        return self.manifests[-1].base

    @property
    def base_on_hub(self) -> str | None:
        """The Hub id of the base; None for any other base."""
        return None if self.base == SCRATCH else self.base

    @property
    def sources(self) -> list[str]:
        """The sources of its training rows, by their names in the rows."""
        units = (unit for build in self.builds for unit in build.units if unit.split == "train")
        return sorted({unit.source for unit in units if unit.source})

    @property
    def tasks(self) -> list[str]:
        """The tasks of its rows, in the order of `TASKS`."""
        tasks = {unit.task for build in self.builds for unit in build.units if sum(unit.counts.kept.values())}
        return [task for task in TASKS if task in tasks]


def find_trained_model(path: Path) -> TrainedModel:
    """Return the model of a run folder (its last one), of a stage's folder, or of a model folder.

    Raises:
        InputError: for a folder without a model, and for a model whose manifest does not describe its training.
    """
    folder = _find_model_folder(path)
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"{folder}: has no {MANIFEST}; a card needs the one that the library's training scripts write"
        )
    manifest = ModelManifest.load(folder / MANIFEST)
    stage = folder.parent
    run = RunFolder(stage.parent) if RunFolder(stage.parent).scores.is_file() else None
    before = run.trained[: run.trained.index(stage.name)] if run and stage.name in run.trained else []
    manifests = manifest.stages or [manifest]  # a pulled model has the stages in its manifest
    if run and not manifest.stages:
        manifests = [*(ModelManifest.load(run.model(name) / MANIFEST) for name in before), manifest]
    feedback = [within.iefeedback for within in run.rounds[: max(len(before), 1)]] if run else []
    seconds: dict[str, float] = read_json(run.seconds) if run and run.seconds.is_file() else {}
    pushed: Pushed | None = None
    if run and pushed_file(run.ieinstruct).is_file():
        pushed = read_json(pushed_file(run.ieinstruct))
    return TrainedModel(
        folder=folder,
        manifests=manifests,
        stages=[
            _training_stage(folder, manifest, seconds.get(name))
            for name, manifest in zip(_stage_names(manifests), manifests, strict=True)
        ],
        system=manifest.system or stage.name,
        scores=read_json(run.scores) if run else None,
        benchmarks={file.stem: read_json(file) for file in run.benchmarks} if run else {},
        builds=[BuildManifest.load(build / MANIFEST) for build in (run.ieinstruct, *feedback)] if run else [],
        pushed=pushed,
        emissions=_emissions(stage / "emissions.csv"),
    )


def _find_model_folder(path: Path) -> Path:
    run = RunFolder(path)
    for folder in (path, path / "model", *map(run.model, reversed(run.trained))):
        if any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
            return folder
    raise InputError(f"{path}: has no model; give a run folder, the folder of a stage in it, or a model folder")


def _stage_names(manifests: Sequence[ModelManifest]) -> list[str]:
    """Return the names that the stages of a training have in a run: a method that occurs again is a later round."""
    methods = [(manifest.method or "").lower() for manifest in manifests]
    rounds = [methods[: place + 1].count(method) for place, method in enumerate(methods)]
    return [RunFolder(Path(), number).name(method) for number, method in zip(rounds, methods, strict=True)]


def _training_stage(folder: Path, manifest: ModelManifest, seconds: float | None) -> TrainingStage:
    method, hyperparameters, training = manifest.method, manifest.hyperparameters, manifest.training
    if method is None or hyperparameters is None or training is None:
        raise InputError(f"{folder / MANIFEST}: does not describe how the model was trained; push a trained model")
    known = seconds or training.seconds_of_the_last_call
    return TrainingStage(method, hyperparameters, training, manifest.environment, known)


def _emissions(file: Path) -> float | None:
    """Return the kilograms of CO2 over all calls, as codecarbon wrote them (transformers calls it where installed)."""
    if not file.is_file():
        return None
    with open(file, newline="", encoding="utf-8") as stream:
        return sum(float(row["emissions"]) for row in csv.DictReader(stream))
