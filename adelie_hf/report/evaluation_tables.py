"""The tables and plots of the report of an evaluation, section by section."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.evaluation.item_errors import ERROR_CLASSES, PAIR_KINDS
from adelie_hf.evaluation.results import RunScores, TaskResult
from adelie_hf.report.benchmark_table import benchmark_tables
from adelie_hf.report.error_analysis import ErrorAnalysis, Matches
from adelie_hf.report.score_tables import comparison_tables, score_table, score_views
from adelie_hf.scoring.calibration import Bin, expected_calibration_error, reliability

if TYPE_CHECKING:
    from adelie_hf.extraction.page import Colour

# The name of each error class, its sign, what it is, and what it is a share of.
CLASS_TEXTS = {
    "correct": ("correct", "✓", "equal to a gold item", "gold"),
    "wrong_type": ("wrong type", "×", "the mentions of a gold item with another type", "gold"),
    "wrong_span": ("wrong span", "↔", "the type of a gold item, with mentions that overlap its own", "gold"),
    "missed": ("missed", "−", "a gold item that no predicted one is paired with", "gold"),
    "spurious": ("spurious", "+", "a predicted item that no gold one is paired with", "predicted"),
    "invalid": ("invalid answer", "!", "nothing could be read from the answer", "answers"),
    "off_schema": ("off-schema", "§", "a predicted item of a type that the prompt does not offer", "asked"),
    "not_in_text": ("not in text", "?", "a predicted item with a mention that the text does not contain", "asked"),
}
_SHARES_OF = {
    "gold": "gold items",
    "predicted": "predicted items",
    "answers": "answers",
    "asked": "predicted items of closed tasks",
}


class Bar(NamedTuple):
    """A cell with a share as a bar; `text` says the same."""

    text: str
    share: float
    kind: int

    def __str__(self) -> str:
        return self.text


class Stack(NamedTuple):
    """A cell with shares side by side, by their kinds; `label` says the same. Only a page has it."""

    label: str
    shares: list[tuple[int, float]]


class Whiskers(NamedTuple):
    """A cell with scores and their intervals below each other, by their kinds. Only a page has it."""

    label: str
    scores: list[tuple[int, float, float, float]]


Cell = str | Bar | Stack | Whiskers
TableCells = list[list[Cell]]


class Diagram(NamedTuple):
    """The share of right items over confidences, which lies on a line for a system that is well calibrated.

    `label` says the same; `kind` is the system's.
    """

    label: str
    bins: list[Bin]
    kind: int


class ReportTable(NamedTuple):
    """A table, its first row as header. A `folded` one is opened by a click; a page shows the `diagram` beside it."""

    title: str
    cells: TableCells
    folded: bool = False
    diagram: Diagram | None = None

    @property
    def plain(self) -> list[list[str]]:
        """The cells as text, without columns of plots."""
        plots = {at for row in self.cells for at, cell in enumerate(row) if isinstance(cell, (Stack, Whiskers))}
        return [[str(cell) for at, cell in enumerate(row) if at not in plots] for row in self.cells]


class ReportSection(NamedTuple):
    """A section of the report; `key` are the (sign, name, kind) of what its plots show."""

    id: str
    title: str
    note: str
    tables: list[ReportTable]
    key: Sequence[tuple[str, str, int]] = ()


def report_palette() -> list[Colour]:
    """Return the colours: of the error classes by their places in `ERROR_CLASSES`, then of the systems."""
    from adelie_hf.extraction.page import palette  # on first use: only a page needs it

    blue, red, green, violet, brown, *others = palette()
    return [green, blue, violet, brown, red, others[3], others[4], others[2], *palette()]


def _system_kind(number: int) -> int:
    return len(ERROR_CLASSES) + number


def report_sections(scores: RunScores, analysis: ErrorAnalysis) -> list[ReportSection]:
    """Return the sections of a report that have something to show."""
    sections = [
        _score_section(scores, analysis.systems),
        _error_section(analysis),
        _type_section(analysis),
        _class_section(
            "lengths",
            "Length of the text",
            "Exact-match F1 of the closed tasks by the characters of the text.",
            "characters",
            analysis.lengths,
            analysis.systems,
        ),
        _class_section(
            "frequencies",
            "Frequency in training",
            "Exact-match F1 of the closed tasks by how often training answers have an item's mention (the rarest of "
            "several).",
            "training answers",
            analysis.frequencies,
            analysis.systems,
        ),
        _calibration_section(analysis),
        _parse_section(scores, analysis.systems),
    ]
    return [section for section in sections if section.tables]


def _score_section(scores: RunScores, systems: Sequence[str]) -> ReportSection:
    benchmarks = scores.get("benchmarks", ())
    tables = [_plain_table(*table) for benchmark in benchmarks for table in benchmark_tables(benchmark)]
    errors = benchmarks[0]["known_errors"] if benchmarks else []
    note = f"Known errors of the published scorer: {'; '.join(errors)}." if errors else ""
    for subset, title in score_views(scores):
        cells: TableCells = [list(line) for line in score_table(scores, subset)]
        if subset is None:
            plots: list[Cell] = ["0 to 1", *(_whiskers(result, systems) for result in scores["results"])]
            plots += [""] * (len(cells) - len(plots))  # the mean has none
            for line, plot in zip(cells, plots, strict=True):
                line.insert(2, plot)  # beside the names, where a phone shows it
        tables.append(ReportTable(title, cells, folded=subset is not None))
    tables += [_plain_table(*table) for table in comparison_tables(scores)]
    key = [("", system, _system_kind(number)) for number, system in enumerate(systems)]
    return ReportSection("scores", "Scores", note, tables, key)


def _plain_table(title: str, cells: Sequence[Sequence[str]]) -> ReportTable:
    return ReportTable(title, [list(line) for line in cells])


def _whiskers(result: TaskResult, systems: Sequence[str]) -> Whiskers:
    known = [(number, result["scores"][system]) for number, system in enumerate(systems) if system in result["scores"]]
    label = ", ".join(f"{systems[number]} {score['value']:.3f}" for number, score in known)
    return Whiskers(
        f"{label}; 95 % intervals as lines",
        [
            (_system_kind(number), score["value"], score["interval"][0], score["interval"][1])
            for number, score in known
        ],
    )


def _error_section(analysis: ErrorAnalysis) -> ReportSection:
    totals = {system: _sum_of(analysis, system) for system in analysis.systems}
    overall: TableCells = [["class", *analysis.systems, "share of", "what it is"]]
    for place, name in enumerate(ERROR_CLASSES):
        title, sign, meaning, base = CLASS_TEXTS[name]
        bars = []
        for counts in totals.values():
            share = counts[name] / counts[base] if counts[base] else 0.0
            bars.append(Bar(f"{counts[name]:,} ({share:.1%})", share, place))
        overall.append([f"{sign} {title}", *bars, _SHARES_OF[base], meaning])
    names = [CLASS_TEXTS[name][0] for name in ERROR_CLASSES]
    detailed: TableCells = [["source", "task", "system", "items", "gold", "predicted", *names]]
    for (source, task, system), counts in analysis.counts.items():
        numbers = [f"{counts[name]:,}" for name in ("gold", "predicted", *ERROR_CLASSES)]
        detailed.append([source, task, system, _stack(counts), *numbers])
    key = [(CLASS_TEXTS[name][1], CLASS_TEXTS[name][0], place) for place, name in enumerate(PAIR_KINDS)]
    return ReportSection(
        "errors",
        "Errors",
        "Items are those that exact match counts (the trigger and each argument of an event are one each), "
        "extractions of open IE, and cells of tables. Each has one of the first five classes; the other classes say "
        "why it is wrong. The section Parse status counts a whole event or table as one.",
        [ReportTable("All rows", overall), ReportTable("By source and task", detailed)],
        key,
    )


def _sum_of(analysis: ErrorAnalysis, system: str) -> Mapping[str, int]:
    """Return the counts of a system over all sources and tasks."""
    total: Counter[str] = Counter()
    for (*_, name), counts in analysis.counts.items():
        if name == system:
            total.update(counts)
    return total


def _stack(counts: Mapping[str, int]) -> Stack:
    total = sum(counts[name] for name in PAIR_KINDS)
    label = ", ".join(f"{CLASS_TEXTS[name][0]} {counts[name]:,}" for name in PAIR_KINDS)
    return Stack(label, [(place, counts[name] / total) for place, name in enumerate(PAIR_KINDS) if counts[name]])


def _type_section(analysis: ErrorAnalysis) -> ReportSection:
    matches = analysis.types
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for source, task, name, _ in matches:
        groups.setdefault((source, task), {})[name] = None
    tables = []
    for (source, task), names in groups.items():
        lines: list[tuple[int, list[Cell]]] = []
        without_gold: list[list[Matches]] = []
        for name in names:
            found = [matches.get((source, task, name, system), Matches(0, 0, 0)) for system in analysis.systems]
            items = max(each.gold for each in found)
            if items:
                lines.append((items, [name, f"{items:,}", *_f1_bars(found)]))
            else:
                without_gold.append(found)
        lines.sort(key=lambda line: -line[0])
        if without_gold:
            predicted = [sum(each.predicted for each in found) for found in zip(*without_gold, strict=True)]
            others = f"others, which gold does not have ({len(without_gold):,})"
            lines.append((0, [others, "0", *(f"{number:,} predicted" for number in predicted)]))
        header: list[Cell] = ["type", "gold items", *(f"{system}: F1" for system in analysis.systems)]
        known = len(names) - len(without_gold)
        title = f"{source}, {task}: {known:,} {'type' if known == 1 else 'types'}"
        tables.append(ReportTable(title, [header, *(line for _, line in lines)], folded=len(groups) > 1))
    note = "Exact-match F1 of each type of the closed tasks."
    return ReportSection("types", "Types", note, tables)


def _class_section(
    id: str, title: str, note: str, column: str, matches: Mapping[tuple[str, str], Matches], systems: Sequence[str]
) -> ReportSection:
    names = dict.fromkeys(name for name, _ in matches)
    cells: TableCells = [[column, "gold items", *(f"{system}: F1" for system in systems)]]
    for name in names:
        found = [matches.get((name, system), Matches(0, 0, 0)) for system in systems]
        cells.append([name, f"{max(each.gold for each in found):,}", *_f1_bars(found)])
    return ReportSection(id, title, note, [ReportTable("", cells)] if names else [])


def _f1_bars(found: Sequence[Matches]) -> list[Bar]:
    return [Bar(f"{each.f1:.3f}", each.f1, _system_kind(number)) for number, each in enumerate(found)]


def _calibration_section(analysis: ErrorAnalysis) -> ReportSection:
    tables = []
    for (system, kind), judged in analysis.judged.items():
        bins = reliability(judged)
        title = (
            f"{system}: expected calibration error {expected_calibration_error(judged):.3f}, {len(judged):,} {kind}"
        )
        cells: TableCells = [["confidence", kind, "mean confidence", "right"]]
        cells += [
            [f"{each.low} to {each.high}", f"{each.items:,}", f"{each.confidence:.3f}", f"{each.right:.3f}"]
            for each in bins
        ]
        diagram = Diagram(f"Reliability diagram of {title}", bins, _system_kind(analysis.systems.index(system)))
        tables.append(ReportTable(title, cells, diagram=diagram))
    note = (
        "Of what a well calibrated system gives a confidence of about 0.8, about 80 % are right, so its points lie on "
        "the dashed line; below the line it is too sure, above it not sure enough. An item is right if it equals one "
        "of the gold answer, in open IE word for word."
    )
    return ReportSection("calibration", "Calibration", note, tables)


def _parse_section(scores: RunScores, systems: Sequence[str]) -> ReportSection:
    columns = ("valid", "repaired", "invalid", "repeated", "off_schema", "not_in_text")
    cells: TableCells = [["source", "task", "system", *(name.replace("_", " ") for name in columns)]]
    for result in scores["results"]:
        for system in systems:
            if system in result["scores"]:
                parse = result["scores"][system]["parse"]
                numbers = ["-" if parse[name] is None else f"{parse[name]:,}" for name in columns]  # type: ignore[literal-required]
                cells.append([result["source"], result["task"], system, *numbers])
    note = (
        "Answers by how they could be read, and items that are repeated, of a type not offered, or not in the text. "
        "An event with all its arguments is one item here, and so is a table; the section Errors counts their parts."
    )
    return ReportSection("parsing", "Parse status", note, [ReportTable("", cells)] if cells[1:] else [])
