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
from typing import Any

from adelie_hf import iefeedback
from adelie_hf.build import BuildPlan, build
from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.evaluation import RunScores, evaluate, score_run
from adelie_hf.evaluation.benchmark import load_benchmarks, plan_benchmark, reference_of
from adelie_hf.files import read_json, write_json
from adelie_hf.ieinstruct import BuildUnit
from adelie_hf.ieinstruct.plan import hold_out_more
from adelie_hf.launch import last_error, run_script
from adelie_hf.manifest import SCRATCH, LaunchEntry, RunManifest
from adelie_hf.report import write_evaluation_report, write_run_report
from adelie_hf.rows import read_build
from adelie_hf.run_folder import RunFolder, is_training
from adelie_hf.run_settings import AlignSettings, Launch
from adelie_hf.settings import nearest, read_yaml

logger = logging.getLogger(__name__)

# Stage -> the stages whose results it needs, in the order of the loop.
Needs = Mapping[str, tuple[str, ...]]

_OUTPUTS = "outputs/"
_BENCHMARKS = "benchmarks/"


def stages_of(settings: AlignSettings) -> Needs:
    """Return the stages of a loop with its rounds of samples, IEFeedback and DPO, and its benchmarks.

    >>> stages_of(AlignSettings(rounds=2))["dpo-2"]
    ('dpo', 'iefeedback-2')
    """
    stages: dict[str, tuple[str, ...]] = {
        "ieinstruct": (),
        "base": ("ieinstruct",),
        "sft": ("ieinstruct", "base"),
    }
    systems = ["base", "sft"]
    for number in range(1, settings.rounds + 1):
        run = RunFolder(Path(), number)
        samples, feedback, dpo = map(run.name, ("samples", "iefeedback", "dpo"))
        stages |= {samples: ("ieinstruct", run.start), feedback: (samples,), dpo: (run.start, feedback)}
        systems.append(dpo)
    stages |= {f"{_OUTPUTS}{system}": ("ieinstruct", system) for system in systems}
    stages["scores"] = ("ieinstruct",)  # and the answers of at least one system
    return stages | {f"{_BENCHMARKS}{Path(name).stem}": tuple(systems) for name in settings.benchmarks}


def choose_stages(names: Sequence[str] | None, needs: Needs) -> list[str]:
    """Return the stages of a call in the order of the loop: all for None.

    `outputs` stands for those of all systems, `benchmarks` for all benchmarks.

    Raises:
        InputError: for an unknown name, and without a name.
    """
    if names is None:
        return list(needs)
    groups = {folder.rstrip("/"): folder for folder in (_OUTPUTS, _BENCHMARKS)}
    for name in names:
        if name not in (*needs, *groups):
            known = ", ".join(needs)
            raise InputError(
                f"unknown stage {name!r}{nearest(name, (*needs, *groups))}; the stages are {known}",
                parameter="stages",
            )
    folders = tuple(groups[name] for name in names if name in groups)
    if _BENCHMARKS in folders and not any(stage.startswith(_BENCHMARKS) for stage in needs):
        raise InputError("the recipe names no benchmark; add `benchmarks` to align.yaml", parameter="stages")
    if not names:
        raise InputError(f"no stage is named; the stages are {', '.join(needs)}", parameter="stages")
    return [stage for stage in needs if stage in names or stage.startswith(folders)]


def hold_out_benchmarks(benchmarks: Sequence[str], data_dir: Path, plan: BuildPlan[BuildUnit]) -> BuildPlan[BuildUnit]:
    """Return the build of a run without training rows about the texts of its benchmarks.

    Raises:
        InputError: for a benchmark without its files or a name of its own, and for one that asks about documents that
            the run trains on: of a source without a published training split these are some of a split that the
            benchmark holds out whole.
    """
    cut = {unit.split.source for units in plan.units.values() for unit in units if unit.own_split}
    for name, benchmark in load_benchmarks(benchmarks, data_dir).items():
        asked = plan_benchmark(benchmark, data_dir, benchmark.shots[0]).units["test"]
        plan = hold_out_more(plan, asked, data_dir)
        if benchmark.source in cut:
            raise InputError(
                f"the benchmark {name} asks about documents that the run trains on: {benchmark.source} has no "
                "published training and test split, so the run cuts it itself; leave the source or the benchmark out"
            )
    return plan


def check_training_benchmarks(settings: Mapping[str, Any], data_dir: Path) -> None:
    """Check that each benchmark that `sft.yaml` asks during training has its files.

    Args:
        settings: the content of `sft.yaml`, whose types are checked.
        data_dir: the folder with the raw files of the run, which the settings may replace.

    Raises:
        InputError: for one that has not.
    """
    place = Path(settings.get("eval_benchmarks_dir") or data_dir)
    for benchmark in load_benchmarks(settings.get("eval_benchmarks", ()), place).values():
        plan_benchmark(benchmark, place, benchmark.shots[0])


def _kind_and_round(stage: str) -> tuple[str, int]:
    """Return a stage without its round, and the round: `("dpo", 2)` for `dpo-2`."""
    if stage.startswith(_BENCHMARKS):
        return stage, 1
    kind, _, number = stage.partition("-")
    return kind, int(number or 1)


@dataclass(frozen=True, slots=True)
class LoopStages:
    """The stages of one run.

    Args:
        run: the run folder.
        recipe: the recipe folder.
        plan: the build of IEInstruct.
        data_dir: the folder with the raw files.
        benchmarks: the benchmarks, as `align.yaml` names them.
        model: the model to start from, or `scratch`.
        launch: how scripts are started.
        seed: the seed of every stage; those of a later round count on from it.
        needs: the stages, with what each needs (`stages_of`).
    """

    run: RunFolder
    recipe: Path
    plan: BuildPlan[BuildUnit]
    data_dir: Path
    benchmarks: Sequence[str]
    model: str
    launch: Launch
    seed: int
    needs: Needs

    def check(self, stages: Sequence[str]) -> None:
        """Check that every stage finds what it needs, there already or made by a stage before it.

        Raises:
            InputError: for a stage whose input is missing, with the stage that makes it.
        """
        for position, stage in enumerate(stages):
            if self._is_done(stage):
                continue
            answers = any(before.startswith(_OUTPUTS) for before in stages[:position])
            if stage == "scores" and not self.run.systems and not answers:
                raise InputError(
                    f"{self.run.path}: the stage scores needs answers to score; run outputs first, or with it",
                    parameter="stages",
                )
            for needed in self.needs[stage]:
                if needed not in stages[:position] and not self._is_done(needed):
                    raise InputError(
                        f"{self.run.path}: the stage {stage} needs the result of {needed}, which is missing; run "
                        f"{needed} first, or with it",
                        parameter="stages",
                    )

    def run_stage(self, stage: str) -> None:
        """Run one stage; nothing happens where its result exists."""
        kind, number = _kind_and_round(stage)
        run = self.run.in_round(number)
        actions: dict[str, Callable[[], None]] = {
            "ieinstruct": self._build_ieinstruct,
            "base": self._make_base,
            "sft": partial(self._train, stage, kind, "base", run.ieinstruct),
            "samples": partial(self._sample_for_feedback, run),
            "iefeedback": partial(self._build_iefeedback, run),
            "dpo": partial(self._train, stage, kind, run.start, run.iefeedback),
            "scores": self._score,
        }
        if not self._is_done(stage):
            answer = self._run_benchmark if stage.startswith(_BENCHMARKS) else self._answer
            actions.get(kind, partial(answer, stage))()

    def _is_done(self, stage: str) -> bool:
        """Return whether a stage has its result, or has nothing to do in this run."""
        kind, number = _kind_and_round(stage)
        run = self.run.in_round(number)
        if kind == "base" and self.model != SCRATCH:
            return True
        if self._is_left_out(kind, number):
            return True
        results = {
            "ieinstruct": [run.ieinstruct / f"{split}.parquet" for split in ("train", "test")],
            "base": [run.base],
            "sft": [run.model(stage)],
            "samples": [run.samples_file],
            "iefeedback": [run.iefeedback],
            "dpo": [run.model(stage)],
            "scores": [run.scores, run.report],
        }
        name = stage.rpartition("/")[2]
        answered = run.benchmark(name) if stage.startswith(_BENCHMARKS) else run.outputs(name)
        done = all(path.exists() for path in results.get(kind, [answered]))
        return done and (stage != "scores" or self._scores_are_complete())

    def _is_left_out(self, kind: str, number: int) -> bool:
        """Return whether an earlier round, or for DPO the same one, has no pairs."""
        last = {"samples": number - 1, "iefeedback": number - 1, "dpo": number, f"{_OUTPUTS}dpo": number}.get(kind, 0)
        return any(self.run.in_round(earlier).is_without_pairs for earlier in range(1, last + 1))

    def _scores_are_complete(self) -> bool:
        """Return whether every system that has answered is scored: single stages may add one after the scores."""
        scores: RunScores = read_json(self.run.scores)
        return set(self.run.systems) <= scores["results"][0]["scores"].keys()

    def _model_of(self, system: str) -> str:
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

    def _train(self, stage: str, method: str, start: str, rows: Path) -> None:
        arguments: dict[str, str | Path] = {
            "model_name_or_path": self._model_of(start),
            "dataset_name": rows,
            "output_dir": self.run.stage(stage),
        }
        config = f"{method}.yaml"
        settings = read_yaml(self.recipe / config)
        if "eval_benchmarks" in settings and "eval_benchmarks_dir" not in settings:
            arguments["eval_benchmarks_dir"] = self.data_dir
        with self._timed(stage):
            self._launch(stage, f"{method}.py", config, arguments)

    def _answer(self, stage: str) -> None:
        system = stage.removeprefix(_OUTPUTS)
        self._sample(stage, "evaluate", self._model_of(system), "test", self.run.outputs(system))

    def _sample_for_feedback(self, run: RunFolder) -> None:
        """Sample from the prompts that are kept for it, which SFT has not seen; without such from those of SFT."""
        split = run.training_splits[-1]
        self._sample(run.name("samples"), "sample", self._model_of(run.start), split, run.samples_file)

    def _sample(self, stage: str, config: str, model: str, split: str, out: Path) -> None:
        arguments: dict[str, str | Path] = {
            "model_name_or_path": model,
            "dataset_name": self.run.ieinstruct,
            "dataset_split": split,
            "output_file": out,
        }
        with self._timed(stage):
            self._launch(stage, "sample.py", f"{config}.yaml", arguments)

    def _build_iefeedback(self, run: RunFolder) -> None:
        stage = run.name("iefeedback")
        recipe = iefeedback.load_recipe(self.recipe / "iefeedback.yaml", self._seed_of(stage))
        with self._timed(stage):
            counts = build(iefeedback.plan(run.samples, recipe), run.iefeedback, allow_empty=True)
        if not run.has_pairs:
            logger.info("%s: no pair, so there is no DPO (%s)", stage, counts["train"])

    def _seed_of(self, stage: str) -> int:
        """Return the seed of a stage: another one in each round, for other prompts and other samples.

        The held-out prompts of all systems are the same.
        """
        return self.seed if stage.startswith(_OUTPUTS) else self.seed + _kind_and_round(stage)[1] - 1

    def _score(self) -> None:
        if not self.run.scores.is_file() or not self._scores_are_complete():
            with self._timed("scores"):
                scores = score_run(self.run, self.seed)
                for warning in scores.get("warnings", ()):
                    logger.warning("%s", warning["message"])
                write_json(self.run.scores, scores)
        write_run_report(self.run)

    def _run_benchmark(self, stage: str) -> None:
        """Let all models of the run answer a benchmark, and write its scores and its page."""
        name = stage.removeprefix(_BENCHMARKS)
        reference = next(given for given in self.benchmarks if Path(given).stem == name)
        systems = ["base", *(system for system in self.run.trained if self.run.model(system).is_dir())]
        out = self.run.benchmark(name)
        with self._timed(stage):
            evaluation = evaluate(
                reference_of(reference, self.data_dir),
                self.data_dir,
                models={system: partial(self._answer_benchmark, stage, system) for system in systems},
                train=[row for split in self.run.training_splits for row in read_build(self.run.ieinstruct, split)[1]],
                work=out.parent,
                seed=self.seed,
            )
            found = evaluation.scores.get("warnings", ())
            # The base model has not learned the task.
            warnings = [warning for warning in found if warning["system"] in self.run.trained]
            scores: RunScores = {**evaluation.scores, "warnings": warnings}
            outputs = {system: given.outputs for system, given in evaluation.predictions.items()}
            write_evaluation_report(out.with_suffix(".html"), evaluation.rows, outputs, scores, evaluation.train)
            write_json(out, scores)
        if self.run.scores.is_file():
            write_run_report(self.run)

    def _answer_benchmark(
        self, stage: str, system: str, build: Path, split: str, out: Path, temperature: float, max_new_tokens: int
    ) -> None:
        arguments: dict[str, str | Path] = {
            "model_name_or_path": self._model_of(system),
            "dataset_name": build.resolve(),
            "dataset_split": split,
            "output_file": out.resolve(),
            "temperature": str(temperature),
            "max_new_tokens": str(max_new_tokens),
        }
        self._launch(stage, "sample.py", "evaluate.yaml", arguments)

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
        if not is_training(stage):
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
        command += ["--seed", str(self._seed_of(stage))]
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
