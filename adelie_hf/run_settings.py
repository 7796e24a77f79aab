"""How `align` starts the scripts (`align.yaml`, or what a call gives instead), and the check of the scripts' files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.files import file_digest
from adelie_hf.manifest import LaunchEntry
from adelie_hf.settings import PositiveCount, Settings, nearest, read_settings, read_yaml


class AlignSettings(Settings):
    """The keys of `align.yaml`.

    >>> AlignSettings(accelerate="cpu-2").accelerate
    'cpu-2'
    """

    accelerate: str = "gpu"
    """The configuration of `accelerate launch`: a name in `recipes/accelerate`, or a file of the folder."""
    rounds: PositiveCount = 1
    """Rounds of samples, IEFeedback and DPO, each from the model of the one before."""
    benchmarks: list[str] = []
    """Benchmarks of `adelie-hf evaluate` that all models of the run answer at its end: names, or paths of YAML files
    from the folder of the data."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How the scripts of a run are started: a configuration of `accelerate launch`, and the number of processes."""

    file: Path
    processes: int

    @property
    def entry(self) -> LaunchEntry:
        """What the manifest of a run records."""
        return LaunchEntry(accelerate=self.file.name, digest=file_digest(self.file), processes=self.processes)

    @property
    def command(self) -> list[str]:
        """The beginning of the command that starts a script."""
        command = [sys.executable, "-m", "accelerate.commands.launch"]
        return [*command, "--config_file", str(self.file), "--num_processes", str(self.processes)]


def align_settings(recipe: Path) -> AlignSettings:
    """Read the `align.yaml` of a recipe folder.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value of another kind.
    """
    return read_settings(AlignSettings, recipe / "align.yaml")


def find_launch(recipe: Path, accelerate: str | Path | None = None, nproc: int | None = None) -> Launch:
    """Return how the scripts of a run are started.

    Args:
        recipe: the recipe folder, whose `align.yaml` names a configuration.
        accelerate: another one: a YAML file, or a name in `recipes/accelerate`.
        nproc: another number of processes, of all machines, than the configuration has.

    Raises:
        InputError: for an unknown name, a file that is no configuration, several machines, and several processes where
            the configuration starts one.
    """
    file = accelerate_file(recipe) if accelerate is None else _find_configuration(accelerate)
    settings = read_yaml(file)
    kind = str(settings.get("distributed_type", "NO"))
    processes = settings.get("num_processes", 1 if kind == "NO" else None) if nproc is None else nproc
    if not isinstance(processes, int) or processes < 1:
        raise InputError(f"{file}: num_processes is {processes!r}; give a whole number from 1", parameter="nproc")
    if settings.get("num_machines", 1) != 1:
        raise InputError(
            f"{file}: is for several machines, and a run starts its stages on one; start the scripts with accelerate "
            "launch on each machine instead",
            parameter="accelerate",
        )
    if processes > 1 and kind == "NO":
        raise InputError(
            f"{file}: has distributed_type NO, with which accelerate starts one process, not {processes}; give a "
            "configuration for several, such as cpu-2",
            parameter="accelerate" if nproc is None else "nproc",
        )
    return Launch(file, processes)


def accelerate_file(recipe: Path) -> Path:
    """Return the accelerate configuration that a recipe folder names in its `align.yaml`.

    Raises:
        InputError: for an `align.yaml` that cannot be read, and for an unknown name.
    """
    name = align_settings(recipe).accelerate
    if (recipe / name).is_file():
        return recipe / name
    files = _configurations()
    if name not in files:
        raise InputError(
            f"{recipe / 'align.yaml'}: no accelerate configuration {name!r}; "
            f"give one of {', '.join(sorted(files))}, or a YAML file in the recipe folder"
        )
    return files[name]


def check_script_settings(recipe: Path, names: Sequence[str]) -> None:
    """Check the files of a recipe folder that the scripts read: each key, and the type of each value.

    It runs in a process of its own: the classes of the keys belong to trl, whose import takes seconds.

    Args:
        recipe: the recipe folder.
        names: files without `.yaml`: `sft`, `dpo`, `sample`, `evaluate`, `model`.

    Raises:
        InputError: for the first file that a script would refuse.
    """
    command = [sys.executable, str(bundled("recipes", "check_settings.py")), str(recipe), *names]
    finished = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if finished.returncode:
        lines = finished.stderr.strip().splitlines() or ["no output"]
        raise InputError(lines[-1].removeprefix("InputError: "))


def _find_configuration(name: str | Path) -> Path:
    if Path(name).is_file():
        return Path(name).resolve()
    files = _configurations()
    if str(name) not in files:
        raise InputError(
            f"no accelerate configuration {str(name)!r}{nearest(str(name), files)}; give a YAML file, or one of "
            f"{', '.join(sorted(files))}",
            parameter="accelerate",
        )
    return files[str(name)]


def _configurations() -> dict[str, Path]:
    return {file.stem: file for file in bundled("recipes", "accelerate").glob("*.yaml")}
