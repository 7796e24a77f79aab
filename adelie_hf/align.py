"""The whole loop: raw files -> IEInstruct -> SFT -> samples -> IEFeedback -> DPO -> scores.

Every stage leaves one thing in the run folder, written whole or not at all, and is skipped when that
thing is there: a run that was stopped in any way goes on with the same call. A run whose settings or
inputs have changed is refused, never mixed.
"""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adelie_hf.build import build, named
from adelie_hf.bundled import bundled
from adelie_hf.digests import cached_digest
from adelie_hf.errors import InputError
from adelie_hf.evaluation.run import score_run
from adelie_hf.files import file_digest, folder_lock, read_json, write_json
from adelie_hf.iefeedback import load_recipe as load_feedback_recipe
from adelie_hf.iefeedback import plan as plan_feedback
from adelie_hf.ieinstruct import SAMPLE, BuildUnit, inputs, load_recipe, plan, recipe_settings
from adelie_hf.manifest import environment
from adelie_hf.report import write_run_report
from adelie_hf.settings import read_yaml
from adelie_hf.sources import skipped_files
from adelie_hf.training import PROGRESS

SCRATCH = "scratch"
SYSTEMS = ("base", "sft", "dpo")

# Threads that wait in a loop make a busy machine several times slower (measured: 0.37 s a step against 0.13 s).
# glibc gives memory back after every step and fetches it again (0.26 s a step without, 0.31 s with).
_QUICK = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "MALLOC_MMAP_THRESHOLD_": str(2**32),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
    "MALLOC_TOP_PAD_": str(2**28),
}

_RANK = re.compile(r"^\[rank\d+\]:")
_ERROR = re.compile(r"[\w.]*(Error|Exception|Interrupt|Exit)\b")
_LAUNCHERS = ("subprocess.", "torch.distributed.elastic.")


def align(
    data_dir: str | Path | None,
    model: str,
    out: str | Path,
    recipe: str | Path,
    sources: tuple[str, ...] = (),
    seed: int | None = None,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """Aligns a model on the data of a folder and scores it.

    Args:
        data_dir: raw files of sources; none for the embedded sample.
        model: a model folder or id, or `scratch` for a small one that is built from the recipe's `model.yaml`.
        out: the run folder.
        recipe: a folder of YAML files (`recipes/tiny`, or the name of one that comes with the library).
        sources: only these sources.
        seed: overrides the seed of `ieinstruct.yaml`.
        say: takes one line of progress at a time.

    Returns:
        What is in `scores.json`.

    Raises:
        InputError: for bad input, or a stage that fails: with the place of its log.
    """
    run, folder = Path(out), _recipe_folder(recipe)
    settings = load_recipe(folder / "ieinstruct.yaml", seed)
    kind = "sample" if data_dir is None else "align"
    parts = plan(kind, data_dir, settings, sources)
    _check_recipe(folder, model)
    root = SAMPLE if data_dir is None else Path(data_dir)
    files = named(inputs(parts, settings, folder / "ieinstruct.yaml"), root)
    identity = {
        "seed": settings.seed,
        "model": _model_identity(model),
        "files": {name: file_digest(file) for name, file in files.items()},
        "recipe": {file.name: file_digest(file) for file in sorted(folder.glob("*.yaml"))},
        "library": _library(),
    }
    with folder_lock(run):
        _same_run(run, identity)
        if not (run / "scores.json").is_file():
            for line in skipped_files(root, sources):
                say(line)
        stages = _Stages(run, folder, settings.seed, say)
        stages.build(parts, files, recipe_settings(settings))
        base = stages.base(model)
        sft = stages.train("sft", base, "ieinstruct")
        stages.sample("samples", "sample", sft, "train")
        stages.feedback()
        dpo = stages.train("dpo", sft, "iefeedback")
        for name, system in zip(SYSTEMS, (base, sft, dpo), strict=True):
            stages.sample(f"outputs/{name}", "evaluate", system, "test")
        return stages.score()


def _recipe_folder(recipe: str | Path) -> Path:
    if Path(recipe).is_dir():
        return Path(recipe)
    with suppress(InputError):
        return bundled("recipes", str(recipe))
    names = ", ".join(sorted(path.parent.name for path in bundled("recipes").glob("*/ieinstruct.yaml")))
    raise InputError(f"no recipe folder {str(recipe)!r}; give a folder, or one of {names}")


def _check_recipe(folder: Path, model: str) -> None:
    """Everything that a later stage would stumble over, found before the first one starts."""
    needed = ["ieinstruct", "sft", "sample", "iefeedback", "dpo", "evaluate", "accelerate"]
    for name in needed + ["model"] * (model == SCRATCH):
        if not (folder / f"{name}.yaml").is_file():
            raise InputError(f"{folder / name}.yaml: missing; a recipe folder holds {', '.join(needed)} and a README")
        read_yaml(folder / f"{name}.yaml")
    load_feedback_recipe(folder / "iefeedback.yaml")


def _model_identity(model: str) -> str:
    if model == SCRATCH or not Path(model).is_dir():
        return model
    if not (Path(model) / "config.json").is_file():
        raise InputError(f"{model}: no config.json in this folder; give a model folder of transformers, or a model id")
    files = sorted(path for path in Path(model).iterdir() if path.is_file())
    return _digest_of(f"{path.name} {cached_digest(path)}" for path in files)


def _library() -> str:
    """A digest of the library's code and data: results of other code are never taken for this code's."""
    package = Path(__file__).parent
    files = (path for end in ("py", "yaml") for path in package.rglob(f"*.{end}"))
    recipes = bundled("recipes").glob("*.py")
    return _digest_of(f"{path.name} {file_digest(path)}" for path in sorted([*files, *recipes]))


def _digest_of(lines: Iterator[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _same_run(run: Path, identity: dict[str, Any]) -> None:
    file = run / "manifest.json"
    if not file.is_file():
        write_json(file, {"inputs": identity, "environment": environment()})
        return
    known = read_json(file)["inputs"]
    changed = [key for key in identity if identity[key] != known.get(key)]
    if changed:
        raise InputError(
            f"{run}: holds a run with another {' and '.join(changed)}; delete the folder, or choose another with --out"
        )


class _Stages:
    """The stages of one run. Each looks for its result first, and makes it where it is not there."""

    def __init__(self, run: Path, recipe: Path, seed: int, say: Callable[[str], None]):
        # Recipes run in the run folder: a path relative to where the user stands would mean another place there.
        self.run, self.recipe, self.seed, self.say = run.resolve(), recipe.resolve(), seed, say

    def build(self, parts: dict[str, list[BuildUnit]], files: dict[str, Path], settings: dict[str, Any]) -> None:
        if not (self.run / "ieinstruct").is_dir():
            with self._timed("ieinstruct"):
                build("ieinstruct", parts, files, settings, self.run / "ieinstruct", say=self.say)
        self._check_rows("ieinstruct", "give more data, or a recipe that keeps more of it")

    def base(self, model: str) -> str:
        """The model to start from: the one that is given, or a new one."""
        if model != SCRATCH:
            return str(Path(model).resolve()) if Path(model).is_dir() else model
        if not (self.run / "base").is_dir():
            with self._timed("base"):
                self._launch("base", "scratch.py", "model.yaml", dataset_name="ieinstruct", output_dir="base")
        return str(self.run / "base")

    def train(self, name: str, model: str, rows: str) -> str:
        if not (self.run / name / "model").is_dir():
            with self._timed(name):
                self._launch(
                    name, f"{name}.py", f"{name}.yaml", model_name_or_path=model, dataset_name=rows, output_dir=name
                )
        return str(self.run / name / "model")

    def sample(self, name: str, config: str, model: str, split: str) -> None:
        file = f"{name}.jsonl" if name.startswith("outputs") else f"{name}/samples.jsonl"
        if not (self.run / file).is_file():
            with self._timed(name):
                self._launch(
                    name,
                    "sample.py",
                    f"{config}.yaml",
                    model_name_or_path=model,
                    dataset_name="ieinstruct",
                    dataset_split=split,
                    output_file=file,
                )

    def feedback(self) -> None:
        if not (self.run / "iefeedback").is_dir():
            recipe = load_feedback_recipe(self.recipe / "iefeedback.yaml", self.seed)
            parts = plan_feedback(self.run / "samples", recipe)
            files = {file.name: file for part in parts["train"] for file in part.files}
            with self._timed("iefeedback"):
                build("iefeedback", parts, files, asdict(recipe), self.run / "iefeedback", say=self.say)
        self._check_rows("iefeedback", "every sample is as good as the gold answer, so there is nothing to prefer")

    def _check_rows(self, kind: str, mend: str) -> None:
        import pyarrow.parquet

        for file in sorted((self.run / kind).glob("*.parquet")):
            if not pyarrow.parquet.read_metadata(file).num_rows:
                raise InputError(f"{file}: no rows; {mend}")

    def score(self) -> dict[str, Any]:
        file = self.run / "scores.json"
        if not file.is_file():
            with self._timed("scores"):
                write_json(file, score_run(self.run, SYSTEMS, self.seed))
        if not (self.run / "report.md").is_file():
            write_run_report(self.run)
        return read_json(file)

    def _launch(self, name: str, recipe: str, config: str, **arguments: str) -> None:
        """Runs a recipe in the run folder, through `accelerate launch` where a model is at work, and keeps its log."""
        command = [sys.executable]
        if recipe != "scratch.py":
            command += ["-m", "accelerate.commands.launch"]
            command += ["--config_file", str(self.recipe / "accelerate.yaml")]
        command += [str(bundled("recipes", recipe).resolve()), "--config", str(self.recipe / config)]
        command += ["--seed", str(self.seed)]
        for key, value in arguments.items():
            local = key != "dataset_split" and (self.run / value).exists()
            command += [f"--{key}", str(self.run / value) if local else value]
        log = self.run / "logs" / f"{name.replace('/', '-')}.log"
        log.parent.mkdir(exist_ok=True)
        self.say(f"{name}: starting {recipe}")
        status = _run(command, self.run, log, lambda line: self.say(f"{name}: {line}"))
        if status:
            raise InputError(f"{name} failed with status {status}: {_last_line(log)}; its log is {log}")

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        """Notes how long a stage took, for the report; a stage that was stopped and went on counts its last call."""
        start = time.monotonic()
        yield
        file = self.run / "seconds.json"
        seconds = read_json(file) if file.is_file() else {}
        write_json(file, seconds | {name: round(time.monotonic() - start, 1)})


def _run(command: list[str], folder: Path, log: Path, progress: Callable[[str], None]) -> int:
    """Runs a command in a process group of its own, which ends with this process however that ends.

    A killed parent closes the pipe, and the next line of progress that the recipe writes ends the recipe.
    """
    surroundings = _QUICK | os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        with open(log, "a", encoding="utf-8") as kept:
            for line in process.stdout:
                kept.write(line)
                kept.flush()
                if line.startswith(PROGRESS):
                    progress(line.removeprefix(PROGRESS).strip())
        return process.wait()
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise


def _last_line(log: Path) -> str:
    """What went wrong, in a line of a log: the last error that is not a launcher's."""
    lines = [_RANK.sub("", line).strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    told = [line for line in lines if _ERROR.match(line) and not line.startswith(_LAUNCHERS)]
    return (told or [line for line in lines if line] or ["no output"])[-1][:300]
