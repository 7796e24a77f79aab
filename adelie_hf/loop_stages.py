"""The stages of the loop, in their order: what each makes, what it needs, and how it is run.

A stage leaves one result in the run folder, complete or absent, and has nothing to do when its result exists.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from adelie_hf import iefeedback
from adelie_hf.build import BuildPlan, build
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.evaluation import RunScores, score_run
from adelie_hf.files import read_json, write_json
from adelie_hf.ieinstruct import BuildUnit
from adelie_hf.launch import last_error, run_script
from adelie_hf.manifest import SCRATCH, LaunchEntry, RunManifest
from adelie_hf.report import write_run_report
from adelie_hf.run_folder import STAGES, SYSTEMS, RunFolder, Stage, System
from adelie_hf.run_settings import Launch
from adelie_hf.settings import nearest

logger = logging.getLogger(__name__)

# Stage -> the stages whose results it needs, in the order of the loop.
NEEDS: dict[str, tuple[str, ...]] = {
    "ieinstruct": (),
    "base": ("ieinstruct",),
    "sft": ("ieinstruct", "base"),
    "samples": ("ieinstruct", "sft"),
    "iefeedback": ("samples",),
    "dpo": ("sft", "iefeedback"),
    "outputs/base": ("ieinstruct", "base"),
    "outputs/sft": ("ieinstruct", "sft"),
    "outputs/dpo": ("ieinstruct", "dpo"),
    "scores": ("ieinstruct",),  # and the answers of at least one system
}
_OUTPUTS = tuple(f"outputs/{system}" for system in SYSTEMS)


def choose_stages(names: Sequence[str] | None) -> list[str]:
    """Return the stages of a call in the order of the loop: all for None; `outputs` stands for those of all systems.

    Raises:
        InputError: for an unknown name, and without a name.
    """
    if names is None:
        return list(NEEDS)
    for name in names:
        if name not in (*NEEDS, "outputs"):
            known = ", ".join(NEEDS)
            raise InputError(
                f"unknown stage {name!r}{nearest(name, (*NEEDS, 'outputs'))}; the stages are {known}",
                parameter="stages",
            )
    chosen = {stage for name in names for stage in (_OUTPUTS if name == "outputs" else (name,))}
    if not chosen:
        raise InputError(f"no stage is named; the stages are {', '.join(NEEDS)}", parameter="stages")
    return [stage for stage in NEEDS if stage in chosen]


@dataclass(frozen=True, slots=True)
class LoopStages:
    """The stages of one run.

    Args:
        run: the run folder.
        recipe: the recipe folder.
        plan: the build of IEInstruct.
        model: the model to start from, or `scratch`.
        launch: how scripts are started.
        seed: the seed of every stage.
    """

    run: RunFolder
    recipe: Path
    plan: BuildPlan[BuildUnit]
    model: str
    launch: Launch
    seed: int

    def check(self, stages: Sequence[str]) -> None:
        """Check that every stage finds what it needs, there already or made by a stage before it.

        Raises:
            InputError: for a stage whose input is missing, with the stage that makes it.
        """
        for position, stage in enumerate(stages):
            if self._is_done(stage):
                continue
            if stage == "scores" and not self.run.systems and not set(_OUTPUTS) & set(stages[:position]):
                raise InputError(
                    f"{self.run.path}: the stage scores needs answers to score; run outputs first, or with it",
                    parameter="stages",
                )
            for needed in NEEDS[stage]:
                if needed not in stages[:position] and not self._is_done(needed):
                    raise InputError(
                        f"{self.run.path}: the stage {stage} needs the result of {needed}, which is missing; run "
                        f"{needed} first, or with it",
                        parameter="stages",
                    )

    def run_stage(self, stage: str) -> None:
        """Run one stage; nothing happens where its result exists."""
        actions: dict[str, Callable[[], None]] = {
            "ieinstruct": self._build_ieinstruct,
            "base": self._make_base,
            "sft": partial(self._train, "sft", "base", self.run.ieinstruct),
            "samples": self._sample_for_feedback,
            "iefeedback": self._build_iefeedback,
            "dpo": partial(self._train, "dpo", "sft", self.run.iefeedback),
            **{f"outputs/{system}": partial(self._answer, system) for system in SYSTEMS},
            "scores": self._score,
        }
        if not self._is_done(stage):
            actions[stage]()

    def _is_done(self, stage: str) -> bool:
        """Return whether a stage has its result, or has nothing to do in this run."""
        run = self.run
        if stage == "base" and self.model != SCRATCH:
            return True
        if stage in ("dpo", "outputs/dpo") and run.iefeedback.is_dir() and not run.has_pairs:
            return True
        results = {
            "ieinstruct": [run.ieinstruct / f"{split}.parquet" for split in ("train", "test")],
            "base": [run.base],
            "sft": [run.model("sft")],
            "samples": [run.samples_file],
            "iefeedback": [run.iefeedback],
            "dpo": [run.model("dpo")],
            **{f"outputs/{system}": [run.outputs(system)] for system in SYSTEMS},
            "scores": [run.scores, run.report],
        }
        done = all(path.exists() for path in results[stage])
        return done and (stage != "scores" or self._scores_are_complete())

    def _scores_are_complete(self) -> bool:
        """Return whether every system that has answered is scored: single stages may add one after the scores."""
        scores: RunScores = read_json(self.run.scores)
        return set(self.run.systems) <= scores["results"][0]["scores"].keys()

    def _model_of(self, system: System) -> str:
        if system != "base":
            return str(self.run.model(system))
        if self.model == SCRATCH:
            return str(self.run.base)
        return str(Path(self.model).resolve()) if Path(self.model).is_dir() else self.model

    def _build_ieinstruct(self) -> None:
        with self._timed("ieinstruct"):
            build(self.plan, self.run.ieinstruct)
        for split in ("train", "test"):
            if not (self.run.ieinstruct / f"{split}.parquet").is_file():
                raise InputError(
                    f"{self.run.ieinstruct}: no rows in {split}; give more data, or a recipe that keeps more of it"
                )

    def _make_base(self) -> None:
        arguments = {"dataset_name": self.run.ieinstruct, "output_dir": self.run.base}
        with self._timed("base"):
            self._start([sys.executable], "base", "scratch.py", "model.yaml", arguments)

    def _train(self, stage: Stage, start: System, rows: Path) -> None:
        arguments: dict[str, str | Path] = {
            "model_name_or_path": self._model_of(start),
            "dataset_name": rows,
            "output_dir": self.run.stage(stage),
        }
        with self._timed(stage):
            self._launch(stage, f"{stage}.py", f"{stage}.yaml", arguments)

    def _answer(self, system: System) -> None:
        self._sample(f"outputs/{system}", "evaluate", self._model_of(system), "test", self.run.outputs(system))

    def _sample_for_feedback(self) -> None:
        """Sample from the prompts that are kept for it, which SFT has not seen; without such from those of SFT."""
        self._sample("samples", "sample", self._model_of("sft"), self.run.training_splits[-1], self.run.samples_file)

    def _sample(self, stage: str, config: str, model: str, split: str, out: Path) -> None:
        arguments: dict[str, str | Path] = {
            "model_name_or_path": model,
            "dataset_name": self.run.ieinstruct,
            "dataset_split": split,
            "output_file": out,
        }
        with self._timed(stage):
            self._launch(stage, "sample.py", f"{config}.yaml", arguments)

    def _build_iefeedback(self) -> None:
        recipe = iefeedback.load_recipe(self.recipe / "iefeedback.yaml", self.seed)
        with self._timed("iefeedback"):
            counts = build(iefeedback.plan(self.run.samples, recipe), self.run.iefeedback, allow_empty=True)
        if not self.run.has_pairs:
            logger.info("iefeedback: no pair, so there is no DPO (%s)", counts["train"])

    def _score(self) -> None:
        if not self.run.scores.is_file() or not self._scores_are_complete():
            with self._timed("scores"):
                scores = score_run(self.run, self.seed)
                for warning in scores.get("warnings", ()):
                    logger.warning("%s", warning["message"])
                write_json(self.run.scores, scores)
        write_run_report(self.run)

    def _launch(self, stage: str, script: str, config: str, arguments: Mapping[str, str | Path]) -> None:
        """Run a script that uses a model, through `accelerate launch`, and record how."""
        manifest = RunManifest.load(self.run.manifest)
        before, entry = manifest.launches.get(stage), self.launch.entry
        if before and before != entry:
            self._check_restart(stage, before, entry)
        launches = manifest.launches | {stage: entry}
        manifest.model_copy(update={"launches": launches}).save(self.run.manifest)
        self._start(self.launch.command, stage, script, config, arguments)

    def _check_restart(self, stage: str, before: LaunchEntry, now: LaunchEntry) -> None:
        """Handle a stage that was begun with another launch.

        Training goes on only as it began: the number of processes decides the size of a batch and the order of rows.
        Samples do not depend on it, but each process keeps its own part of them, so they start again.
        """
        folder = self.run.path / stage
        if stage not in STAGES:
            logger.info("%s: begun with %s; starts again with %s", stage, before, now)
        elif any(folder.glob("checkpoint-*")):
            raise InputError(
                f"{stage} was begun with {before}, and would go on with {now}, which changes its batches; give the "
                f"same again, or delete {folder}",
                parameter="accelerate",
            )

    def _start(
        self, launcher: list[str], stage: str, script: str, config: str, arguments: Mapping[str, str | Path]
    ) -> None:
        """Run a script in the run folder, and keep its log."""
        command = [*launcher, str(bundled("recipes", script).resolve()), "--config", str(self.recipe / config)]
        command += ["--seed", str(self.seed)]
        for name, value in arguments.items():
            command += [f"--{name}", str(value)]
        logger.info("%s: starting %s", stage, script)
        log = self.run.log(stage)
        status = run_script(command, self.run.path, log, stage)
        if status:
            raise InputError(f"{stage} failed with status {status}: {last_error(log)}; its log is {log}")

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self.run.add_seconds(stage, time.monotonic() - start)
