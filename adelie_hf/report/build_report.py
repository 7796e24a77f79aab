"""The report of a build of IEInstruct: its composition, what was dropped, and example rows of each task."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from adelie_hf.answers import EventItem, Extraction, Item, Table, Triple
from adelie_hf.draws import SmallestK, draw
from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write
from adelie_hf.manifest import MANIFEST, BuildManifest, UnitEntry
from adelie_hf.prompts import family
from adelie_hf.report.rendering import render
from adelie_hf.rows import InstructRow, gold, read_rows
from adelie_hf.tasks import GENERAL, TASKS, title_of

_EXAMPLES = 10  # rows per task
_LENGTHS = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)  # characters


class Augmentation(NamedTuple):
    """The frequency of one augmentation.

    Args:
        requested: the share that the recipe gives, of the rows that can be augmented so.
        share: the share of all rows of the information-extraction tasks.
    """

    name: str
    rows: int
    requested: float
    share: float


class EmptyAnswers(NamedTuple):
    """The rows of a task that have no answer."""

    task: str
    rows: int
    share: float


class ReasonCount(NamedTuple):
    """Queries, records or rows of a unit that were dropped for one reason, or kept with one remark."""

    unit: UnitEntry
    reason: str
    number: int


class Segment(NamedTuple):
    """A piece of a turn: plain where `label` is None, else a mention of the answer with its category."""

    text: str
    label: str | None = None


class Turn(NamedTuple):
    """One turn of an example."""

    role: str
    segments: list[Segment]


class ReportExample(NamedTuple):
    """One row as the report shows it."""

    id: str
    format: str
    turns: list[Turn]


@dataclass(frozen=True, slots=True)
class SplitReport:
    """The contents of the report on a split. The mappings are numbers of rows by name.

    Args:
        lengths: by the characters of the chat, in classes that double.
        examples: task -> rows.
    """

    name: str
    total: int
    tasks: dict[str, int]
    sources: dict[str, int]
    formats: dict[str, int]
    lengths: dict[str, int]
    augmentations: list[Augmentation]
    empty_answers: list[EmptyAnswers]
    dropped: list[ReasonCount]
    noted: list[ReasonCount]
    examples: dict[str, list[ReportExample]]


def write_build_report(folder: Path) -> Path:
    """Write `report.html` into a build of IEInstruct: one page that needs no network. Return its path.

    Raises:
        InputError: for a folder without a build of IEInstruct.
    """
    manifest = BuildManifest.load(folder / MANIFEST)
    if manifest.kind != "ieinstruct":
        raise InputError(f"{folder}: not a build of IEInstruct")
    splits = [_split_report(folder / name, manifest) for name in manifest.outputs]
    settings = {name: value for name, value in manifest.settings.items() if value not in (None, {}, False)}
    page = render(
        "build_report.html.j2",
        settings={name: value if isinstance(value, str) else json.dumps(value) for name, value in settings.items()},
        manifest=manifest,
        splits=splits,
    )
    target = folder / "report.html"
    with atomic_write(target) as partial:
        partial.write_text(page, encoding="utf-8")
    return target


@dataclass(slots=True)
class _Tally:
    """Numbers of rows of a split, and the rows with the smallest draws of each task."""

    tasks: Counter[str] = field(default_factory=Counter)
    sources: Counter[tuple[str, str]] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    augmentations: Counter[str] = field(default_factory=Counter)
    empty_answers: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    examples: dict[str, SmallestK[InstructRow]] = field(default_factory=dict)

    def add(self, row: InstructRow) -> None:
        task = row["task"]
        self.tasks[task] += 1
        self.sources[row["source"], task] += 1
        self.lengths[sum(len(message["content"]) for message in row["prompt"] + row["completion"])] += 1
        examples = self.examples.setdefault(task, SmallestK(_EXAMPLES))
        examples.add(draw(0, row["id"], "shown"), row["id"], row)
        if task != GENERAL:
            self.formats[row["format"]] += 1
            self.empty_answers[task] += not row["answer"]
            self.augmentations.update(_augmentations(row))


def _augmentations(row: InstructRow) -> Iterator[str]:
    """Yield the augmentations of a row, by their names in `_requested`."""
    choices = row["choices"]
    if choices.get("subset"):
        yield "a part of the schema"
    if choices.get("guidelines"):
        yield "guidelines"
    if choices.get("symbols"):
        yield "symbols for categories"
    if choices.get("demonstrations"):
        yield f"demonstrations {'in one prompt' if choices['one_prompt'] else 'as turns'}"
    if choices.get("explained"):
        yield "an explanation"


def _requested(settings: Mapping[str, float]) -> dict[str, float]:
    """Return augmentation -> the share of rows that a recipe requests."""
    return {
        "a part of the schema": settings["subset"],
        "guidelines": settings["guidelines"],
        "symbols for categories": settings["symbols"],
        "demonstrations as turns": settings["demonstrations"] * (1 - settings["one_prompt"]),
        "demonstrations in one prompt": settings["demonstrations"] * settings["one_prompt"],
        "an explanation": settings["explained"] if settings["explanations"] else 0.0,
    }


def _split_report(file: Path, manifest: BuildManifest) -> SplitReport:
    tally = _Tally()
    for row in read_rows(file):
        tally.add(row)
    total = tally.tasks.total()
    ie_rows = total - tally.tasks[GENERAL]
    tasks = [task for task in (*TASKS, GENERAL) if tally.tasks[task]]
    units = [unit for unit in manifest.units if unit.split == file.stem]
    formats = sorted(tally.formats, key=lambda name: (family(name), -tally.formats[name], name))
    return SplitReport(
        name=file.stem,
        total=total,
        tasks={title_of(task): tally.tasks[task] for task in tasks},
        sources={f"{source}, {task}": rows for (source, task), rows in sorted(tally.sources.items())},
        formats={f"{family(name)}: {name}": tally.formats[name] for name in formats},
        lengths=_histogram(tally.lengths),
        augmentations=[
            Augmentation(name, rows := tally.augmentations[name], float(share), rows / ie_rows if ie_rows else 0.0)
            for name, share in _requested(manifest.settings).items()
        ],
        empty_answers=[
            EmptyAnswers(title_of(task), rows := tally.empty_answers[task], rows / tally.tasks[task])
            for task in tasks
            if task != GENERAL
        ],
        dropped=[ReasonCount(unit, *entry) for unit in units for entry in unit.counts.dropped.items()],
        noted=[ReasonCount(unit, *entry) for unit in units for entry in unit.counts.noted.items()],
        examples={
            title_of(task): [_example(row) for *_, row in smallest.entries()]
            for task, smallest in sorted(tally.examples.items())
        },
    )


def _histogram(lengths: Counter[int]) -> dict[str, int]:
    """Return the numbers of rows by length, in classes that double."""
    classes: dict[str, int] = {}
    low = 0
    for high in _LENGTHS:
        classes[f"{low:,} to {high - 1:,}"] = sum(rows for length, rows in lengths.items() if low <= length < high)
        low = high
    classes[f"{low:,} and more"] = sum(rows for length, rows in lengths.items() if length >= low)
    return classes


def _example(row: InstructRow) -> ReportExample:
    """Return a row for the report: the mentions of its answer are marked in the request, with their categories."""
    labels: dict[str, str] = {}
    for item in () if row["task"] == GENERAL else gold(row):
        for mention, label in _labelled_mentions(item):
            labels.setdefault(mention, label)
    *earlier, request = row["prompt"]
    turns = [Turn(message["role"], [Segment(message["content"])]) for message in earlier]
    turns.append(Turn(request["role"], mark(request["content"], labels)))
    turns += [Turn(message["role"], [Segment(message["content"])]) for message in row["completion"]]
    return ReportExample(row["id"], row["format"], turns)


def _labelled_mentions(item: Item) -> Iterator[tuple[str, str]]:
    """Yield the mentions of an item with their categories: types, relations and roles; none for an open task."""
    match item:
        case Extraction() | Table():
            return
        case Triple():
            yield item.head, item.relation
            yield item.tail, item.relation
        case EventItem():
            yield item.trigger, item.type
            yield from item.arguments
        case _:
            yield item[0], item[1]


def mark(text: str, labels: Mapping[str, str]) -> list[Segment]:
    """Cut a text into segments: mentions, where they occur as complete words, and the text between them.

    Of mentions that start at the same place the longest is marked.

    >>> mark("Acme Inc. grew", {"Acme": "name", "Acme Inc.": "organization"})
    [Segment(text='Acme Inc.', label='organization'), Segment(text=' grew', label=None)]
    """
    mentions = sorted(filter(str.strip, labels), key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(mention)}(?!\w)" for mention in mentions) or r"(?!)")
    segments: list[Segment] = []
    end = 0
    for match in pattern.finditer(text):
        segments += [Segment(text[end : match.start()]), Segment(match[0], labels[match[0]])]
        end = match.end()
    return [segment for segment in (*segments, Segment(text[end:])) if segment.text]
