"""The run folder of `align`: the one place that knows the names of its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from adelie_hf.files import read_json, write_json
from adelie_hf.manifest import MANIFEST

Stage = Literal["sft", "dpo"]
System = Literal["base", "sft", "dpo"]

STAGES: tuple[Stage, ...] = ("sft", "dpo")
SYSTEMS: tuple[System, ...] = ("base", "sft", "dpo")


class Pushed(TypedDict):
    """The target of a push of a build: repository, revision, and source -> rows left out."""

    repo_id: str
    revision: str
    removed: dict[str, int]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run folder. Each stage of the loop leaves one complete file or folder in it.

    >>> RunFolder(Path("runs/demo")).outputs("sft").as_posix()
    'runs/demo/outputs/sft.jsonl'
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """The manifest of the run: everything that it depends on."""
        return self.path / MANIFEST

    @property
    def ieinstruct(self) -> Path:
        """The build of IEInstruct: splits `train` and `test`."""
        return self.path / "ieinstruct"

    @property
    def samples(self) -> Path:
        """The folder of the samples that IEFeedback is made from."""
        return self.path / "samples"

    @property
    def samples_file(self) -> Path:
        """The samples of the SFT model for training prompts."""
        return self.samples / "samples.jsonl"

    @property
    def iefeedback(self) -> Path:
        """The build of IEFeedback."""
        return self.path / "iefeedback"

    @property
    def training_splits(self) -> tuple[str, ...]:
        """The splits of IEInstruct that are trained on: by SFT, and by DPO where some prompts are kept for it."""
        return ("train", "feedback") if (self.ieinstruct / "feedback.parquet").is_file() else ("train",)

    @property
    def has_pairs(self) -> bool:
        """Whether IEFeedback has a pair: a model that answers every prompt rightly gives none."""
        return (self.iefeedback / "train.parquet").is_file()

    @property
    def systems(self) -> tuple[System, ...]:
        """The systems that have answered the held-out rows."""
        return tuple(system for system in SYSTEMS if self.outputs(system).is_file())

    @property
    def base(self) -> Path:
        """The model that a run from scratch starts from."""
        return self.path / "base"

    def stage(self, stage: Stage) -> Path:
        """The output folder of a training stage: checkpoints, log and model."""
        return self.path / stage

    def model(self, stage: Stage) -> Path:
        """The model of a training stage."""
        return self.stage(stage) / "model"

    def losses(self, stage: Stage) -> Path:
        """The log history of a training stage."""
        return self.stage(stage) / "log.json"

    def outputs(self, system: System) -> Path:
        """A system's answers to the held-out rows."""
        return self.path / "outputs" / f"{system}.jsonl"

    def log(self, stage: str) -> Path:
        """The log of a script that the run started."""
        return self.path / "logs" / f"{stage.replace('/', '-')}.log"

    @property
    def scores(self) -> Path:
        """The scores of all systems and baselines."""
        return self.path / "scores.json"

    @property
    def report(self) -> Path:
        """The report in Markdown."""
        return self.path / "report.md"

    @property
    def report_page(self) -> Path:
        """The report as a page: where the systems fail, and all rows to read."""
        return self.path / "report.html"

    @property
    def loss_plot(self) -> Path:
        """The plot of the losses, beside the report."""
        return self.path / "loss.png"

    @property
    def seconds(self) -> Path:
        """The seconds that each stage took."""
        return self.path / "seconds.json"

    def add_seconds(self, stage: str, seconds: float) -> None:
        """Record the seconds that a stage took; a stage that was interrupted and resumed counts its last call."""
        known = read_json(self.seconds) if self.seconds.is_file() else {}
        write_json(self.seconds, known | {stage: round(seconds, 1)})


def pushed_file(build: Path) -> Path:
    """Return the place of the note that says where a build was pushed to."""
    return build / "pushed.json"
