"""The whole loop: raw files -> IEInstruct -> SFT -> samples -> IEFeedback -> DPO -> scores.

Every stage leaves one result in the run folder, complete or absent, and is skipped when its result exists: the same
call resumes an interrupted run. A run whose settings or inputs have changed is refused, never mixed.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pyarrow.parquet

from adelie_hf import iefeedback, ieinstruct
from adelie_hf.build import BuildPlan, build
from adelie_hf.bundled import bundled
from adelie_hf.digests import cached_digest
from adelie_hf.errors import InputError
from adelie_hf.evaluation import RunScores, score_run
from adelie_hf.files import file_digest, folder_lock, read_json, write_json
from adelie_hf.ieinstruct import SAMPLE, BuildUnit
from adelie_hf.launch import last_error, run_script
from adelie_hf.manifest import SCRATCH, RunInputs, RunManifest, environment
from adelie_hf.models import local_model
from adelie_hf.report import write_run_report
from adelie_hf.run_folder import SYSTEMS, RunFolder, Stage
from adelie_hf.run_settings import accelerate_file, check_script_settings
from adelie_hf.settings import read_yaml, yaml_files
from adelie_hf.sources import skipped_files

logger = logging.getLogger(__name__)

# The files of a recipe folder whose keys are the options of a script.
SCRIPT_FILES = ("sft", "sample", "dpo", "evaluate")


def align(
    data_dir: str | Path | None,
    model: str,
    out: str | Path,
    recipe: str | Path = "llama-3.2-3b",
    *,
    sources: tuple[str, ...] = (),
    seed: int | None = None,
) -> RunScores:
    """Align a model on the data of a folder and score it beside its base and two trivial baselines.

    Args:
        data_dir: raw files of sources, at any depth; None for the embedded sample.
        model: the folder, Hub id or GGUF file of a model, the folder or Hub id of an adapter, or `scratch` for a small
            model that is built from the recipe's `model.yaml`.
        out: the run folder.
        recipe: a folder of YAML files, or the name of one of the library's, such as `llama-3.2-3b` or `tiny`.
        sources: only these sources.
        seed: overrides the seed of `ieinstruct.yaml`.

    Returns:
        The content of `scores.json`.

    Raises:
        InputError: for bad input, and for a stage that fails, with the place of its log.

    Example:
        align("raw/", "meta-llama/Llama-3.2-1B", "runs/mine")["results"][0]["scores"]["dpo"]["value"]
    """
    run, folder = RunFolder(Path(out).resolve()), _recipe_folder(recipe).resolve()
    settings = ieinstruct.load_recipe(folder / "ieinstruct.yaml", seed)
    config = "sample" if data_dir is None else "align"
    plan = ieinstruct.plan(config, data_dir, settings, sources, folder / "ieinstruct.yaml")
    _check_recipe(folder, model)
    identity = _model_identity(model)
    model = local_model(model)
    inputs = RunInputs(
        seed=settings.seed,
        model=identity,
        files={name: file_digest(file) for name, file in plan.inputs.items()},
        recipe=_recipe_digests(folder),
        library=_library_digest(),
    )
    with folder_lock(run.path):
        if not run.scores.is_file():
            check_script_settings(folder, SCRIPT_FILES + ("model",) * (identity == SCRATCH))
        _check_same_run(run, inputs)
        if not run.scores.is_file():
            for line in skipped_files(SAMPLE if data_dir is None else data_dir, sources):
                logger.info(line)
        stages = _Stages(run, folder, settings.seed)
        stages.build_ieinstruct(plan)
        base = stages.base(model)
        sft = stages.train("sft", base, run.ieinstruct)
        stages.sample("samples", "sample", sft, "train", run.samples_file)
        stages.build_iefeedback()
        dpo = stages.train("dpo", sft, run.iefeedback)
        for system, path in zip(SYSTEMS, (base, sft, dpo), strict=True):
            stages.sample(f"outputs/{system}", "evaluate", path, "test", run.outputs(system))
        return stages.score()


def _recipe_folder(recipe: str | Path) -> Path:
    if Path(recipe).is_dir():
        return Path(recipe)
    with suppress(InputError):
        return bundled("recipes", str(recipe))
    names = ", ".join(sorted(path.parent.name for path in bundled("recipes").glob("*/ieinstruct.yaml")))
    raise InputError(f"no recipe folder {str(recipe)!r}; give a folder, or one of {names}")


def _check_recipe(folder: Path, model: str) -> None:
    """Find everything that a later stage would fail on before the first one starts."""
    needed = ["ieinstruct", "sft", "sample", "iefeedback", "dpo", "evaluate", "align"]
    for name in needed + ["model"] * (model == SCRATCH):
        if not (folder / f"{name}.yaml").is_file():
            raise InputError(f"{folder / name}.yaml: missing; a recipe folder has {', '.join(needed)} and a README")
        read_yaml(folder / f"{name}.yaml")
    iefeedback.load_recipe(folder / "iefeedback.yaml")
    accelerate_file(folder)


def _model_identity(model: str) -> str:
    if model.endswith(".gguf") and Path(model).is_file():
        return cached_digest(Path(model))
    if model == SCRATCH or not Path(model).is_dir():
        return model
    folder = Path(model)
    if not any((folder / name).is_file() for name in ("config.json", "adapter_config.json")):
        raise InputError(f"{model}: no config.json in this folder; give a model folder of transformers, or a model id")
    files = sorted(path for path in folder.iterdir() if path.is_file())
    lines = [f"{path.name} {cached_digest(path)}" for path in files]
    if (folder / "adapter_config.json").is_file():
        base = read_json(folder / "adapter_config.json").get("base_model_name_or_path")
        lines.append(f"base {_model_identity(str(base))}")
    return _digest_of_lines(lines)


def _recipe_digests(folder: Path) -> dict[str, str]:
    """Return file -> digest for the files of a recipe, each with those that it extends."""
    files = [*sorted(folder.glob("*.yaml")), accelerate_file(folder)]
    return {file.name: _digest_of_lines(map(file_digest, yaml_files(file))) for file in files}


def _library_digest() -> str:
    """Return a digest of the library's code and data, so results computed by another version are never reused."""
    package = Path(__file__).parent
    files = [path for suffix in ("py", "yaml", "j2") for path in package.rglob(f"*.{suffix}")]
    scripts = bundled("recipes").glob("*.py")
    return _digest_of_lines(f"{path.name} {file_digest(path)}" for path in sorted([*files, *scripts]))


def _digest_of_lines(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _check_same_run(run: RunFolder, inputs: RunInputs) -> None:
    """Write the manifest of a new run; raise InputError for a run that was made from other inputs."""
    if not run.manifest.is_file():
        RunManifest(inputs=inputs, environment=environment()).save(run.manifest)
        return
    known = RunManifest.load(run.manifest).inputs
    changed = [name for name in RunInputs.model_fields if getattr(inputs, name) != getattr(known, name)]
    if changed:
        raise InputError(
            f"{run.path}: has a run with another {' and '.join(changed)}; delete the folder, or choose another",
            parameter="out",
        )


class _Stages:
    """The stages of one run. Each looks for its result first, and makes it when it is absent."""

    def __init__(self, run: RunFolder, recipe: Path, seed: int):
        self.run, self.recipe, self.seed = run, recipe, seed

    def build_ieinstruct(self, plan: BuildPlan[BuildUnit]) -> None:
        if not self.run.ieinstruct.is_dir():
            with self._timed("ieinstruct"):
                build(plan, self.run.ieinstruct)
        _check_rows(self.run.ieinstruct, "give more data, or a recipe that keeps more of it")

    def base(self, model: str) -> str:
        """Return the model to start from: the given one, or a new one."""
        if model != SCRATCH:
            return str(Path(model).resolve()) if Path(model).is_dir() else model
        if not self.run.base.is_dir():
            arguments = {"dataset_name": self.run.ieinstruct, "output_dir": self.run.base}
            with self._timed("base"):
                self._launch("base", "scratch.py", "model.yaml", arguments)
        return str(self.run.base)

    def train(self, stage: Stage, model: str, rows: Path) -> str:
        if not self.run.model(stage).is_dir():
            arguments: dict[str, str | Path] = {
                "model_name_or_path": model,
                "dataset_name": rows,
                "output_dir": self.run.stage(stage),
            }
            with self._timed(stage):
                self._launch(stage, f"{stage}.py", f"{stage}.yaml", arguments)
        return str(self.run.model(stage))

    def sample(self, stage: str, config: str, model: str, split: str, out: Path) -> None:
        if not out.is_file():
            arguments: dict[str, str | Path] = {
                "model_name_or_path": model,
                "dataset_name": self.run.ieinstruct,
                "dataset_split": split,
                "output_file": out,
            }
            with self._timed(stage):
                self._launch(stage, "sample.py", f"{config}.yaml", arguments)

    def build_iefeedback(self) -> None:
        if not self.run.iefeedback.is_dir():
            recipe = iefeedback.load_recipe(self.recipe / "iefeedback.yaml", self.seed)
            with self._timed("iefeedback"):
                build(iefeedback.plan(self.run.samples, recipe), self.run.iefeedback)
        _check_rows(
            self.run.iefeedback, "every sample is as good as the gold answer, so there is no preference to learn"
        )

    def score(self) -> RunScores:
        if not self.run.scores.is_file():
            with self._timed("scores"):
                write_json(self.run.scores, score_run(self.run, self.seed))
        if not self.run.report.is_file():
            write_run_report(self.run)
        scores: RunScores = read_json(self.run.scores)
        return scores

    def _launch(self, stage: str, script: str, config: str, arguments: Mapping[str, str | Path]) -> None:
        """Run a script in the run folder, through `accelerate launch` where a model is used, and keep its log."""
        command = [sys.executable]
        if script != "scratch.py":
            command += ["-m", "accelerate.commands.launch"]
            command += ["--config_file", str(accelerate_file(self.recipe))]
        command += [str(bundled("recipes", script).resolve()), "--config", str(self.recipe / config)]
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


def _check_rows(folder: Path, hint: str) -> None:
    for file in sorted(folder.glob("*.parquet")):
        if not pyarrow.parquet.read_metadata(file).num_rows:
            raise InputError(f"{file}: no rows; {hint}")
