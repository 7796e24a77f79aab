"""Manifests: what a result was made from, how many records were kept and dropped, and the environment."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from adelie_hf._version import __version__
from adelie_hf.errors import InputError
from adelie_hf.files import file_digest, read_json, write_json

MANIFEST = "manifest.json"
SCRATCH = "scratch"  # the base of a model that was trained from random weights
_PACKAGES = ("datasets", "transformers", "trl", "peft", "accelerate", "torch", "tokenizers", "numpy", "pyarrow")


@dataclass(slots=True)
class Counts:
    """The accounts of a build: everything that was read was either kept or dropped for a reason.

    Args:
        read: queries, prompts or conversations read.
        kept: what became of the kept ones -> number: `rows`, `online` and `offline` pairs, ...
        dropped: reason -> number.
        noted: remark on kept rows, or on the documents that they are made from -> number; they count as kept, too.
        problems: the first records that could not be read, each with file, line and fix; not part of a manifest.
    """

    read: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    noted: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Add the counts of another unit."""
        self.read += other.read
        for name in ("kept", "dropped", "noted"):
            getattr(self, name).update(getattr(other, name))
        self.problems += other.problems

    def to_json(self) -> dict[str, Any]:
        """Return the counts with sorted reasons, so that equal counts are equal bytes."""
        return {
            "read": self.read,
            **{name: entries for name in ("kept", "dropped", "noted") if (entries := _sorted(getattr(self, name)))},
        }

    def __str__(self) -> str:
        """Return one line for a reader: `10 read, 8 rows; dropped: 2 over the cap`."""
        kept = ", ".join(f"{number:,} {name}" for name, number in _sorted(self.kept).items()) or "none kept"
        dropped = ", ".join(f"{number:,} {name}" for name, number in _sorted(self.dropped).items())
        noted = ", ".join(f"{number:,} {name}" for name, number in _sorted(self.noted).items())
        return (
            f"{self.read:,} read, {kept}"
            + (f"; dropped: {dropped}" if dropped else "")
            + (f"; noted: {noted}" if noted else "")
        )


def _sorted(counter: Counter[str]) -> dict[str, int]:
    return {name: number for name, number in sorted(counter.items()) if number}


class Manifest(BaseModel):
    """A JSON file that accounts for a result. Unknown keys are kept out, absent optional ones are not written."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def load(cls, file: Path) -> Self:
        """Read a manifest. Raises InputError for a file that is missing, not JSON, or another kind of manifest."""
        content = read_json(file)
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            raise InputError(f"{file}: not a manifest of this version ({place}: {first['msg']})") from None

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as JSON holds it, without the optional keys that are absent."""
        return self.model_dump(mode="json", exclude_none=True)

    def save(self, file: Path) -> None:
        """Write the manifest to a file."""
        write_json(file, self.to_json())


class Environment(Manifest):
    """The versions that results depend on. Nothing private: no user, host or path."""

    adelie_hf: str
    python: str
    machine: str
    packages: dict[str, str]


class CountsEntry(Manifest):
    """`Counts` in a manifest."""

    read: int = 0
    kept: dict[str, int] = {}
    dropped: dict[str, int] = {}
    noted: dict[str, int] = {}

    @classmethod
    def of(cls, counts: Counts) -> CountsEntry:
        """Return the entry of these counts."""
        return cls(**counts.to_json())


class UnitEntry(Manifest):
    """One unit of a build: a task of a split of a source, or the samples files of a folder."""

    split: str
    source: str | None = None
    task: str | None = None
    partition: str | None = None
    file: str | None = None
    counts: CountsEntry


class DataFilesEntry(Manifest):
    """The files of one split of a configuration, as a pattern."""

    split: str
    path: str


class ConfigEntry(Manifest):
    """A configuration of a pushed data set, in the form that its card declares it."""

    config_name: str
    data_files: list[DataFilesEntry]


class BuildManifest(Manifest):
    """`manifest.json` of a build of IEInstruct or IEFeedback, and of the data set that is pushed from it.

    `inputs` and `outputs` map file names to SHA-256 digests; `splits` are the splits that the user gave for files and
    folders, and `columns` what the user said of the columns of tagged tokens. A pushed data set adds `removed`
    (source -> rows left out, since its licence forbids passing them on) and `configs` (what its card declares).
    """

    kind: Literal["ieinstruct", "iefeedback"]
    settings: dict[str, Any]
    units: list[UnitEntry]
    inputs: dict[str, str]
    splits: dict[str, str] | None = None
    columns: str | None = None
    removed: dict[str, int] | None = None
    configs: list[ConfigEntry] | None = None
    outputs: dict[str, str]
    environment: Environment


class FileManifest(Manifest):
    """`<file>.manifest.json` beside a file of samples, explanations or task descriptions."""

    kind: str
    fingerprint: str | None = None
    settings: dict[str, Any]
    counts: dict[str, CountsEntry] = {}
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    environment: Environment


class TrainingEntry(Manifest):
    """The training of a model. `best_step` is the step of its weights where the best checkpoint was kept."""

    steps: int
    best_step: int | None = None
    epochs: float | None = None
    seconds_of_the_last_call: float | None = None
    processes: int
    device: str


class MergeEntry(Manifest):
    """The merge of an adapter into its base.

    `difference` is the largest absolute difference between the logits of the merged model and those of the adapter on
    the base that it was trained on, over the tokens of `prompts` prompts; None where it could not be measured.
    """

    quantized: bool
    prompts: int
    difference: float | None = None


class ModelManifest(Manifest):
    """`manifest.json` of a model folder.

    `base` is a Hub id, `scratch`, or None for a local folder that does not name its base. A pushed model adds `system`
    (its name among the scores), `stages` (the manifests of its training, the last one last) and `outputs`; a model
    that an adapter was merged into adds `system` and `merge`.
    """

    kind: Literal["model", "adapter"]
    method: str | None = None
    base: str | None = None
    hyperparameters: dict[str, Any] | None = None
    training: TrainingEntry | None = None
    environment: Environment
    system: str | None = None
    stages: list[ModelManifest] | None = None
    merge: MergeEntry | None = None
    outputs: dict[str, str] | None = None


class MetricManifest(Manifest):
    """`manifest.json` of the Space of a metric. Its environment is the version of the library alone."""

    kind: Literal["metric"]
    name: str
    environment: dict[str, str]
    outputs: dict[str, str] = {}


class PushedManifest(Manifest):
    """The part of a pushed manifest that `pull` needs, whatever version of the library wrote it."""

    model_config = ConfigDict(extra="ignore")

    outputs: dict[str, str]
    configs: list[ConfigEntry] | None = None


class RunInputs(Manifest):
    """Everything that the results of a run of `align` depend on: a run with other inputs is refused."""

    seed: int
    model: str
    files: dict[str, str]
    splits: dict[str, str] | None = None
    columns: str | None = None
    recipe: dict[str, str]
    library: str


class LaunchEntry(Manifest):
    """How a stage of a run was started: an accelerate configuration by name and digest, and the processes."""

    accelerate: str
    digest: str
    processes: int

    def __str__(self) -> str:
        """Return it for a message: `8 processes of zero2-8.yaml`."""
        return f"{self.processes} {'process' if self.processes == 1 else 'processes'} of {self.accelerate}"


class RunManifest(Manifest):
    """`manifest.json` of a run folder of `align`: what it is made from, and how each stage was started last."""

    inputs: RunInputs
    launches: dict[str, LaunchEntry] = {}
    environment: Environment


def manifest_beside(file: Path) -> Path:
    """Return the place of the manifest of a single file."""
    return file.with_name(f"{file.name}.{MANIFEST}")


def write_file_manifest(
    file: Path,
    kind: str,
    settings: Mapping[str, Any],
    counts: Mapping[str, Counts],
    inputs: Iterable[Path] = (),
) -> None:
    """Write `<file>.manifest.json`: what a file was made from, and what was kept and dropped, by reason."""
    FileManifest(
        kind=kind,
        settings=dict(settings),
        counts={name: CountsEntry.of(entry) for name, entry in counts.items()},
        inputs={source.name: file_digest(source) for source in inputs},
        outputs={file.name: file_digest(file)},
        environment=environment(),
    ).save(manifest_beside(file))


def environment() -> Environment:
    """Return the versions of Python, this library and the packages that results depend on."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    python = ".".join(map(str, sys.version_info[:3]))
    return Environment(adelie_hf=__version__, python=python, machine=platform.machine(), packages=versions)
