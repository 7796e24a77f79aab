"""A look at a build of IEInstruct: what it is made of, what was left out, and some rows of each task."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from adelie_hf.draws import SmallestK, draw
from adelie_hf.files import atomic_write, read_json
from adelie_hf.ieinstruct.round_trip import stored_rows
from adelie_hf.prompts import family
from adelie_hf.report.html import bars, page, section, table, turn
from adelie_hf.tasks import GENERAL, TASKS, title_of

_SHOWN = 10  # rows a task
_LENGTHS = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)  # characters


def write_build_report(folder: Path) -> Path:
    """Writes `report.html` into a build of IEInstruct, for a browser without a network. Returns its path."""
    manifest = read_json(folder / "manifest.json")
    of_split = {file.stem: _Seen() for file in sorted(folder.glob("*.parquet"))}
    for split, seen in of_split.items():
        for row in stored_rows(folder / f"{split}.parquet"):
            seen.add(row)
    parts = [_about(manifest)]
    for split, seen in of_split.items():
        parts += [_composition(split, seen, manifest), _left_out(split, manifest)]
    parts += [
        section(f"{title_of(task)} ({split})", *map(_row, shown))
        for split, seen in of_split.items()
        for task, shown in seen.examples().items()
    ]
    target = folder / "report.html"
    with atomic_write(target) as partial:
        partial.write_text(page("IEInstruct: what was built", *parts), encoding="utf-8")
    return target


class _Seen:
    """Counts of a split's rows, and the rows to show: those with the lowest lots."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()  # by task
        self.sources: Counter[tuple[str, str]] = Counter()
        self.formats: Counter[str] = Counter()
        self.ways: Counter[str] = Counter()
        self.empty: Counter[str] = Counter()
        self.lengths: Counter[int] = Counter()
        self._shown: dict[str, SmallestK[dict[str, Any]]] = {}

    def add(self, row: dict[str, Any]) -> None:
        task, choices = row["task"], row["choices"]
        self.rows[task] += 1
        self.sources[row["source"], task] += 1
        self.lengths[sum(len(message["content"]) for message in row["prompt"] + row["completion"])] += 1
        self._shown.setdefault(task, SmallestK(_SHOWN)).add(draw(0, row["id"], "shown"), row["id"], row)
        if task == GENERAL:
            return
        self.formats[row["format"]] += 1
        self.empty[task] += not row["answer"]
        shown = len(choices.get("demonstrations", ()))
        self.ways.update(
            way
            for way, is_so in {
                "a part of the schema": choices.get("subset"),
                "guidelines": choices.get("guidelines"),
                "symbols for categories": choices.get("symbols"),
                "demonstrations as turns": shown and not choices["one_prompt"],
                "demonstrations in one prompt": shown and choices["one_prompt"],
                "an explanation": choices.get("explained"),
            }.items()
            if is_so
        )

    def examples(self) -> dict[str, list[dict[str, Any]]]:
        return {task: [row for *_, row in lowest.entries()] for task, lowest in sorted(self._shown.items())}


def _about(manifest: dict[str, Any]) -> str:
    settings = {name: value for name, value in manifest["settings"].items() if value not in (None, {}, False)}
    environment = manifest["environment"]
    return section(
        "How",
        table(
            ("setting", "value"),
            [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in settings.items()],
        ),
        f'<p class="said">{len(manifest["inputs"]):,} files were read; the manifest has their digests. '
        f"adelie_hf {environment.get('adelie_hf', '')}</p>",
    )


def _composition(split: str, seen: _Seen, manifest: dict[str, Any]) -> str:
    total = seen.rows.total()
    settings = manifest["settings"]
    asked = {
        "a part of the schema": settings["subset"],
        "guidelines": settings["guidelines"],
        "symbols for categories": settings["symbols"],
        "demonstrations as turns": settings["demonstrations"] * (1 - settings["one_prompt"]),
        "demonstrations in one prompt": settings["demonstrations"] * settings["one_prompt"],
        "an explanation": settings["explained"] if settings["explanations"] else 0.0,
    }
    ours = total - seen.rows[GENERAL]
    return section(
        f"{split}: {total:,} rows",
        bars({title_of(task): seen.rows[task] for task in (*TASKS, GENERAL) if seen.rows[task]}, "task"),
        bars({f"{source}, {task}": number for (source, task), number in sorted(seen.sources.items())}, "source"),
        bars({_named(format): seen.formats[format] for format in _in_families(seen.formats)}, "format"),
        table(
            ("written with", "rows", "asked for", "got"),
            [
                (way, seen.ways[way], float(rate), seen.ways[way] / ours if ours else 0.0)
                for way, rate in asked.items()
            ],
        ),
        '<p class="said">Got is of all rows, asked for of those that can have it: tables and open IE have no schema, '
        "symbols need something that explains them, an explained row has no demonstrations.</p>",
        bars(_histogram(seen.lengths), "characters"),
        table(
            ("task", "rows without an answer", "share"),
            [
                (title_of(task), seen.empty[task], seen.empty[task] / seen.rows[task])
                for task in TASKS
                if seen.rows[task]
            ],
        ),
    )


def _in_families(formats: Counter[str]) -> list[str]:
    return sorted(formats, key=lambda format: (family(format), -formats[format], format))


def _named(format: str) -> str:
    return f"{family(format)}: {format}"


def _histogram(lengths: Counter[int]) -> dict[str, int]:
    """Lengths in classes that double."""
    classes: dict[str, int] = {}
    low = 0
    for high in (*_LENGTHS, None):
        number = sum(n for length, n in lengths.items() if low <= length and (high is None or length < high))
        classes[f"{low:,} to {high - 1:,}" if high else f"{low:,} and more"] = number
        low = high or low
    return classes


def _left_out(split: str, manifest: dict[str, Any]) -> str:
    rows = [
        (part["source"], part["task"], name.removeprefix("dropped: "), number)
        for part in manifest["parts"]
        if part["split"] == split
        for name, number in part["counts"].items()
        if name not in ("read", "kept") and number
    ]
    return section(
        f"{split}: left out, and noted",
        table(("source", "task", "why", "queries or records"), rows) if rows else "<p>Nothing.</p>",
    )


def _row(row: dict[str, Any]) -> str:
    """A row: its answer's mentions are marked in the request, with their categories to hover over."""
    marks: dict[str, str] = {}
    for item in row["answer"] if row["task"] not in ("openie", "odie", GENERAL) else ():
        for text, said in _mentions(item):
            marks.setdefault(text, said)
    turns = row["prompt"] + row["completion"]
    last = len(row["prompt"]) - 1
    return (
        f'<details open><summary>{escape(row["id"])} <span class="said">{escape(row["format"])}</span></summary>'
        + "".join(turn(each["role"], each["content"], marks if at == last else {}) for at, each in enumerate(turns))
        + "</details>"
    )


def _mentions(item: list[Any]) -> Iterator[tuple[str, str]]:
    """The mentions of an item, and what it says of each."""
    first, label, *rest = item
    yield first, label
    for other in rest:
        if isinstance(other, str):
            yield other, label
        else:
            yield from ((argument, role) for argument, role in other)
