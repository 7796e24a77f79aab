"""The tables of a benchmark: both behaviours of each measure, the numbers that papers report, and the spread."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adelie_hf.evaluation.results import BenchmarkScores, MeasureScore

_NONE = "-"  # no such number


def benchmark_tables(benchmark: BenchmarkScores) -> list[tuple[str, list[list[str]]]]:
    """Return the tables of a benchmark with their titles, as rows of cells, header first.

    The first has of each measure the corrected and the published behaviour. Numbers that a paper reports stand in the
    column of the published scorer, and are marked. The column is left out where there is neither. A second one has the
    spread over several ways of asking, where there are several.
    """
    source = f"; as reported: {benchmark['reported_in']}" if benchmark["reported"] and benchmark["reported_in"] else ""
    title = f"{benchmark['title']}, {benchmark['shots']}-shot, {benchmark['rows']:,} rows{source}"
    tables = [(title, _behaviours(benchmark))]
    if spread := _spread(benchmark):
        tables.append(("Asked in several ways: wordings, demonstrations, orders of categories", spread))
    return tables


def benchmark_remarks(benchmark: BenchmarkScores) -> list[str]:
    """Return the known errors of the published scorer, one a line."""
    return [f"known error of the published scorer: {error}" for error in benchmark["known_errors"]]


def _behaviours(benchmark: BenchmarkScores) -> list[list[str]]:
    names = list(next(iter(benchmark["scores"].values())))
    table = [["system", *(column for name in names for column in (name, f"{name}, published scorer"))]]
    for system, scores in benchmark["scores"].items():
        table.append([system, *(cell for name in names for cell in _cells(scores[name]))])
    for system, numbers in benchmark["reported"].items():
        reported = [f"{numbers[name]:.3f}" if name in numbers else _NONE for name in names]
        table.append([f"{system} (as reported)", *(cell for number in reported for cell in (_NONE, number))])
    shown = [column for column in zip(*table, strict=True) if set(column[1:]) != {_NONE}]
    return [list(row) for row in zip(*shown, strict=True)]


def _cells(score: MeasureScore) -> tuple[str, str]:
    interval = score.get("interval")
    between = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval and interval[1] > 0 else ""
    if "published" not in score:
        return f"{score['value']:.3f}{between}", _NONE
    published = score["published"]
    return f"{score['value']:.3f}{between}", "undefined" if published is None else f"{published:.3f}"


def _spread(benchmark: BenchmarkScores) -> list[list[str]]:
    rows = [
        [system, measure, str(len(values)), f"{fmean(values):.3f}", f"{_deviation(values):.3f}", *_range(values)]
        for system, measures in benchmark.get("repeats", {}).items()
        for measure, values in measures.items()
    ]
    return [["system", "measure", "ways", "mean", "standard deviation", "lowest", "highest"], *rows] if rows else []


def _deviation(values: Sequence[float]) -> float:
    mean = fmean(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _range(values: Sequence[float]) -> tuple[str, str]:
    return f"{min(values):.3f}", f"{max(values):.3f}"
