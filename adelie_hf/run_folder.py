"""The run folder of `align`: the one place that knows the names of its files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import count, takewhile
from pathlib import Path
from typing import TypedDict

from adelie_hf.files import read_json, write_json
from adelie_hf.manifest import MANIFEST

_TRAINING = re.compile(r"sft|dpo(-\d+)?")


class Pushed(TypedDict):
    """The target of a push of a build: repository, revision, and source -> rows left out."""

    repo_id: str
    revision: str
    removed: dict[str, int]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run folder. Each stage of the loop leaves one complete file or folder in it.

    Args:
        path: the folder.
        round: the round of samples, IEFeedback and DPO that is meant; the names of the first have no number.

    >>> RunFolder(Path("runs/demo")).outputs("sft").as_posix()
    'runs/demo/outputs/sft.jsonl'
    >>> RunFolder(Path("runs/demo"), round=2).iefeedback.as_posix()
    'runs/demo/iefeedback-2'
    """

    path: Path
    round: int = 1

    def in_round(self, number: int) -> RunFolder:
        """Return the same run in another round."""
        return replace(self, round=number)

    def name(self, stage: str) -> str:
        """Return the name of a stage in this round, which is the name of its folder as well."""
        return stage if self.round == 1 else f"{stage}-{self.round}"

    @property
    def start(self) -> str:
        """The system that this round samples from and trains: SFT, then DPO of the round before."""
        return "sft" if self.round == 1 else self.in_round(self.round - 1).name("dpo")

    @property
    def rounds(self) -> list[RunFolder]:
        """The run in each round that has a build of IEFeedback, and in the first in any case."""
        later = takewhile(lambda run: run.iefeedback.is_dir(), map(self.in_round, count(2)))
        return [self.in_round(1), *later]

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
        return self.path / self.name("samples")

    @property
    def samples_file(self) -> Path:
        """The samples of the model that the round starts from, for training prompts."""
        return self.samples / "samples.jsonl"

    @property
    def iefeedback(self) -> Path:
        """The build of IEFeedback."""
        return self.path / self.name("iefeedback")

    @property
    def training_splits(self) -> tuple[str, ...]:
        """The splits of IEInstruct that are trained on."""
        return training_splits(self.ieinstruct)

    @property
    def has_pairs(self) -> bool:
        """Whether IEFeedback has a pair: a model that answers every prompt rightly gives none."""
        return (self.iefeedback / "train.parquet").is_file()

    @property
    def is_without_pairs(self) -> bool:
        """Whether IEFeedback was built and has no pair: this round has no DPO, and there is none after it."""
        return self.iefeedback.is_dir() and not self.has_pairs

    @property
    def trained(self) -> list[str]:
        """The names of the training stages, and of the systems that they make: SFT, then DPO in each round."""
        return ["sft", *(run.name("dpo") for run in self.rounds)]

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems that have answered the held-out rows."""
        return tuple(system for system in ("base", *self.trained) if self.outputs(system).is_file())

    @property
    def base(self) -> Path:
        """The model that a run from scratch starts from."""
        return self.path / "base"

    def stage(self, stage: str) -> Path:
        """The output folder of a training stage: checkpoints, log and model."""
        return self.path / stage

    def model(self, stage: str) -> Path:
        """The model of a training stage."""
        return self.stage(stage) / "model"

    def losses(self, stage: str) -> Path:
        """The log history of a training stage."""
        return self.stage(stage) / "log.json"

    def outputs(self, system: str) -> Path:
        """A system's answers to the held-out rows."""
        return self.path / "outputs" / f"{system}.jsonl"

    @property
    def benchmarks(self) -> list[Path]:
        """The scores of all systems on each benchmark that they have answered."""
        return sorted(self.benchmark("").parent.glob("*.json"))

    def benchmark(self, name: str) -> Path:
        """The scores of all systems on a benchmark; its page, rows and answers lie beside it."""
        return self.path / "benchmarks" / f"{name}.json"

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


def is_training(stage: str) -> bool:
    """Return whether a stage trains a model: SFT, or DPO in whatever round.

    >>> is_training("dpo-2"), is_training("outputs/dpo-2")
    (True, False)
    """
    return _TRAINING.fullmatch(stage) is not None


def training_splits(build: Path) -> tuple[str, ...]:
    """Return the splits of IEInstruct that are trained on: by SFT, and by DPO where some prompts are kept for it."""
    return ("train", "feedback") if (build / "feedback.parquet").is_file() else ("train",)


def pushed_file(build: Path) -> Path:
    """Return the place of the note that says where a build was pushed to."""
    return build / "pushed.json"
