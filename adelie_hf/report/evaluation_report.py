"""The report of an evaluation: the scores, where systems fail, and every row to read, as a page, Markdown or JSON.

The page is one file of HTML that needs no network. Its rows are data inside it, which a script of the page shows a few
at a time; so 20,000 rows are no more to open than their bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.evaluation.item_errors import ERROR_CLASSES, PAIR_KINDS, row_errors
from adelie_hf.evaluation.results import RunScores, TaskResult
from adelie_hf.extraction.page import Colour, content_policy, marks_script, page_style, palette
from adelie_hf.files import atomic_write
from adelie_hf.report.error_analysis import ErrorAnalysis, Matches
from adelie_hf.report.evaluation_items import ItemData, listed_rows
from adelie_hf.report.rendering import render
from adelie_hf.report.score_tables import (
    BASELINES,
    SCORE_VIEWS,
    comparison_tables,
    score_table,
    warnings_as_text,
)
from adelie_hf.rows import InstructRow

# The name of each error class, its sign, what it is, and what it is a share of.
CLASS_TEXTS = {
    "correct": ("correct", "✓", "equal to a gold item", "gold"),
    "wrong_type": ("wrong type", "≠", "the mentions of a gold item with another type", "gold"),
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

_SVG_LENGTH = 240  # of a bar of 100 %


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


class ReportTable(NamedTuple):
    """A table, its first row as header. A `folded` one is opened by a click."""

    title: str
    cells: TableCells
    folded: bool = False

    @property
    def plain(self) -> list[list[str]]:
        """The cells as text, without columns of plots."""
        plots = {
            at for row in self.cells for at, cell in enumerate(row) if isinstance(cell, (Stack, Whiskers))
        }
        return [[str(cell) for at, cell in enumerate(row) if at not in plots] for row in self.cells]


class ReportSection(NamedTuple):
    """A section of the report; `key` are the (sign, name, kind) of what its plots show."""

    id: str
    title: str
    note: str
    tables: list[ReportTable]
    key: Sequence[tuple[str, str, int]] = ()


def write_evaluation_report(
    file: str | Path,
    held_out: Sequence[InstructRow],
    outputs: Mapping[str, Mapping[str, str]],
    scores: RunScores,
    train: Iterable[InstructRow] = (),
) -> None:
    """Write the report of an evaluation: a page (`.html`), its tables as Markdown (`.md`), or its numbers (`.json`).

    Args:
        file: the file to write; its ending says in which form.
        held_out: rows of IEInstruct.
        outputs: system -> row id -> output, for every held-out row.
        scores: the scores of the systems on these rows.
        train: the rows that the systems were trained on; how often a mention occurs in their answers is the frequency.

    Raises:
        InputError: for another ending, and for outputs that lack a held-out row.

    Example:
        write_evaluation_report("report.html", held_out, {"sft": outputs}, score_predictions(held_out, predictions))
    """
    target = Path(file)
    if target.suffix not in (".html", ".md", ".json"):
        raise InputError(f"{file}: a report is `.html`, `.md` or `.json`", parameter="report")
    for system, answers in outputs.items():
        if missing := next((row["id"] for row in held_out if row["id"] not in answers), None):
            raise InputError(f"the outputs of {system} lack held-out rows, the first is {missing}")
    is_page = target.suffix == ".html"
    analysis, items = _compare(held_out, outputs, train, listed_rows(held_out, outputs) if is_page else set())
    if target.suffix == ".json":
        text = json.dumps({"scores": scores, **analysis.to_json()}, indent=1, ensure_ascii=False) + "\n"
    elif target.suffix == ".md":
        text = render("evaluation_report.md.j2", sections=_sections(scores, analysis), **_texts(scores))
    else:
        text = _page(_sections(scores, analysis), scores, items, len(held_out))
    with atomic_write(target) as partial:
        partial.write_text(text, encoding="utf-8", errors="replace")


def _compare(
    held_out: Sequence[InstructRow],
    outputs: Mapping[str, Mapping[str, str]],
    train: Iterable[InstructRow],
    listed: set[str],
) -> tuple[ErrorAnalysis, ItemData]:
    """Compare every answer with its gold answer, once."""
    analysis, items = ErrorAnalysis(outputs, train), ItemData(outputs)
    for row in held_out:
        answers = {system: given[row["id"]] for system, given in outputs.items()}
        errors = {system: row_errors(row, answer) for system, answer in answers.items()}
        for system, found in errors.items():
            analysis.add(row, system, found)
        if row["id"] in listed:
            items.add(row, answers, errors)
    return analysis, items


def _page(sections: list[ReportSection], scores: RunScores, items: ItemData, total: int) -> str:
    style = page_style(report_palette()) + render("evaluation_report.css")
    script = f'"use strict";\n{marks_script()}{render("evaluation_report.js")}'
    return render(
        "evaluation_report.html.j2",
        style=style,
        script=script,
        policy=content_policy(style, script),
        sections=sections,
        classes=[
            (name, *CLASS_TEXTS[name], place) for place, name in enumerate(ERROR_CLASSES)
        ],
        pair_kinds=len(PAIR_KINDS),
        svg_length=_SVG_LENGTH,
        data=items.to_json(),
        listed=len(items.rows),
        total=total,
        **_texts(scores),
    )


def _texts(scores: RunScores) -> dict[str, object]:
    return {"warnings": warnings_as_text(scores), "notes": scores.get("notes", [])}


def report_palette() -> list[Colour]:
    """Return the colours: of the error classes by their places in `ERROR_CLASSES`, then of the systems."""
    blue, red, green, violet, brown, *others = palette()
    return [green, blue, violet, brown, red, others[3], others[4], others[2], *palette()]


def _system_kind(number: int) -> int:
    return len(ERROR_CLASSES) + number


# ---- sections -------------------------------------------------------------------------------------------------------


def _sections(scores: RunScores, analysis: ErrorAnalysis) -> list[ReportSection]:
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
            "Exact-match F1 of the closed tasks by how many training answers have an item's mention, the rarest one of "
            "several.",
            "training answers",
            analysis.frequencies,
            analysis.systems,
        ),
        _parse_section(scores, analysis.systems),
    ]
    return [section for section in sections if section.tables]


def _score_section(scores: RunScores, systems: Sequence[str]) -> ReportSection:
    tables = []
    for subset, title in SCORE_VIEWS:
        header, *lines = score_table(scores, subset)
        cells: TableCells = [list(header), *map(list, lines)]
        if subset is None:
            plots = [_whiskers(result, systems) for result in scores["results"]]
            for line, plot in zip(cells, ["0 to 1", *plots, *[""] * len(lines)], strict=False):
                line.append(plot)
        tables.append(ReportTable(title, cells, folded=subset is not None))
    tables += [ReportTable(title, [list(line) for line in table]) for title, table in comparison_tables(scores)]
    key = [("", system, _system_kind(number)) for number, system in enumerate(systems)]
    return ReportSection("scores", "Scores", "", tables, key)


def _whiskers(result: TaskResult, systems: Sequence[str]) -> Whiskers:
    known = [(number, result["scores"][system]) for number, system in enumerate(systems) if system in result["scores"]]
    lines = [(_system_kind(number), score["value"], *score["interval"][:2]) for number, score in known]
    label = ", ".join(f"{systems[number]} {score['value']:.3f}" for number, score in known)
    return Whiskers(f"{label}; 95 % intervals as lines", [(kind, value, low, high) for kind, value, low, high in lines])


def _error_section(analysis: ErrorAnalysis) -> ReportSection:
    totals = {system: sum_of(analysis, system) for system in analysis.systems}
    overall: TableCells = [["class", "what it is", "share of", *analysis.systems]]
    for place, name in enumerate(ERROR_CLASSES):
        title, sign, meaning, base = CLASS_TEXTS[name]
        bars = []
        for counts in totals.values():
            share = counts[name] / counts[base] if counts[base] else 0.0
            bars.append(Bar(f"{counts[name]:,} ({share:.1%})", share, place))
        overall.append([f"{sign} {title}", meaning, _SHARES_OF[base], *bars])
    names = [CLASS_TEXTS[name][0] for name in ERROR_CLASSES]
    detailed: TableCells = [["source", "task", "system", "items", "gold", "predicted", *names]]
    for (source, task, system), counts in analysis.counts.items():
        numbers = [f"{counts[name]:,}" for name in ("gold", "predicted", *ERROR_CLASSES)]
        detailed.append([source, task, system, _stack(counts), *numbers])
    key = [(CLASS_TEXTS[name][1], CLASS_TEXTS[name][0], place) for place, name in enumerate(PAIR_KINDS)]
    return ReportSection(
        "errors",
        "Errors",
        "Items as exact match counts them (an event is its trigger and each of its arguments), extractions of open IE, "
        "and cells of tables. Each gold and each predicted item has one of the first five classes; the others say why.",
        [ReportTable("All rows", overall), ReportTable("By source and task", detailed)],
        key,
    )


def sum_of(analysis: ErrorAnalysis, system: str) -> Mapping[str, int]:
    """Return the counts of a system over all sources and tasks."""
    from collections import Counter

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

        def of(name: str, system: str, source: str = source, task: str = task) -> Matches:
            return matches.get((source, task, name, system), Matches(0, 0, 0))

        lines: list[tuple[int, list[Cell]]] = []
        for name in names:
            found = [of(name, system) for system in analysis.systems]
            items = max(each.gold for each in found)
            lines.append((items, [name, f"{items:,}", *_f1_bars(found)]))
        lines.sort(key=lambda line: -line[0])
        header: list[Cell] = ["type", "gold items", *(f"{system}: F1" for system in analysis.systems)]
        tables.append(ReportTable(f"{source}, {task}", [header, *(line for _, line in lines)], folded=len(groups) > 1))
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


def _parse_section(scores: RunScores, systems: Sequence[str]) -> ReportSection:
    columns = ("valid", "repaired", "invalid", "repeated", "off_schema", "not_in_text")
    cells: TableCells = [["source", "task", "system", *(name.replace("_", " ") for name in columns)]]
    for result in scores["results"]:
        for system in systems:
            if system in result["scores"]:
                parse = result["scores"][system]["parse"]
                numbers = ["-" if parse[name] is None else f"{parse[name]:,}" for name in columns]  # type: ignore[literal-required]
                cells.append([result["source"], result["task"], system, *numbers])
    note = "Answers by how they could be read, and items that are repeated, of a type not offered, or not in the text."
    return ReportSection("parsing", "Parse status", note, [ReportTable("", cells)] if cells[1:] else [])
