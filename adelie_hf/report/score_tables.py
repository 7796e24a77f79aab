"""Tables of the scores of a run: systems beside baselines, and items seen in training apart from unseen ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.evaluation.results import Subset, mean_closed, score_value
from adelie_hf.report.benchmark_table import benchmark_remarks, benchmark_tables
from adelie_hf.tasks import CLOSED_TASKS

if TYPE_CHECKING:
    from adelie_hf.evaluation import RunScores, SystemScore, TaskResult
    from adelie_hf.evaluation.results import BenchmarkScores, Comparison, MeasureScore

BASELINES = ("empty", "nearest")
_FIRST = ("base", "sft", "dpo")  # of a run, before all other systems
_SIGNIFICANT = 0.05


class ScoreView(NamedTuple):
    """One table of a run: the scores on all items (None), or on a subset of them, and its title."""

    subset: Subset | None
    title: str


_VIEWS = (
    ScoreView(None, "All items (95 % bootstrap intervals over texts)"),
    ScoreView("seen", "Items whose mentions all occur in training answers"),
    ScoreView("unseen", "Items with a mention that occurs in no training answer"),
)


def score_views(scores: RunScores) -> Sequence[ScoreView]:
    """Return the views that have items: without training rows no mention is seen, and the first shows all."""
    everything = [score for result in scores["results"] for score in result["scores"].values()]
    return _VIEWS if any("seen" in score and score["seen"]["items"] for score in everything) else _VIEWS[:1]


def score_table(scores: RunScores, subset: Subset | None = None) -> list[list[str]]:
    """Return the scores as rows of cells, header first.

    Args:
        scores: the content of `scores.json`.
        subset: `seen` or `unseen` for the items of the closed tasks whose mentions all occur, or do not all occur, in
            training answers; None for all items of all tasks, with 95 % intervals for the models.
    """
    known = scores["results"][0]["scores"]
    columns = [system for system in (*BASELINES, *_FIRST) if system in known]
    columns += [system for system in known if system not in columns]  # of later rounds, or of given predictions
    results = [result for result in scores["results"] if subset is None or result["task"] in CLOSED_TASKS]
    table = [["source", "task", "metric", "items", *columns]]
    for result in results:
        source = result["source"] + (" (own split)" if result["own_split"] else "")
        cells = [_cell(result["scores"][system], system, subset) for system in columns]
        items = _item_count(result, columns[-1], subset)
        table.append([source, result["task"], result["metric"], items, *cells])
    closed = [result for result in results if result["task"] in CLOSED_TASKS]
    if closed:
        means = [mean_closed(closed, system, subset) for system in columns]
        table.append(["mean of the closed tasks", "", "exact-match F1", "", *map(number_cell, means)])
    return table


def comparison_tables(scores: RunScores) -> list[tuple[str, list[list[str]]]]:
    """Return all comparisons of two systems: what may be concluded as title, and rows of cells, header first."""
    tables = []
    run = scores.get("dpo_against_sft")
    compared = [("DPO", "SFT", run)] if run else []
    compared += [(each["first"], each["second"], each["results"]) for each in scores.get("comparisons", ())]
    for first, second, results in compared:
        title = f"{first} against {second}, by a paired randomisation test: {conclusion(results, first, second)}"
        tables.append((title, _comparisons(results, f"{first} - {second}")))
    return tables


def _comparisons(comparisons: Sequence[Comparison], name: str) -> list[list[str]]:
    by_measure = any("measure" in comparison for comparison in comparisons)
    rows = [
        [
            comparison["source"] or "mean",
            comparison["task"] or "",
            *([comparison.get("measure", "")] if by_measure else []),
            f"{comparison['difference']:+.3f}{_signed_interval(comparison.get('interval'))}",
            f"{comparison['p_value']:.4f}",
        ]
        for comparison in comparisons
    ]
    return [["source", "task", *(["measure"] if by_measure else []), name, "p"], *rows]


def _signed_interval(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f" [{interval[0]:+.3f}, {interval[1]:+.3f}]"


def conclusion(comparisons: Sequence[Comparison], first: str, second: str) -> str:
    """Return what a comparison allows to conclude: of the mean, of the only task, or of a benchmark's last measure."""
    result = comparisons[-1]
    value, p = abs(result["difference"]), result["p_value"]
    measure = result.get("measure") or ("" if result["source"] else "the mean")
    within = f" in {measure}" if measure else ""
    if p >= _SIGNIFICANT:
        return f"no difference between {first} and {second} is shown{within} ({value:.3f}, p = {p:.3f})"
    better, worse = (first, second) if result["difference"] > 0 else (second, first)
    return f"{better} is better than {worse} on these rows, by {value:.3f}{within} (p = {p:.4f})"


def _item_count(result: TaskResult, system: str, subset: Subset | None) -> str:
    return str(result["items"] if subset is None else result["scores"][system][subset]["items"])


def _cell(score: SystemScore, system: str, subset: Subset | None) -> str:
    return number_cell(score_value(score, subset)) if subset is not None or system in BASELINES else score_cell(score)


def score_cell(score: SystemScore | MeasureScore) -> str:
    """Return a score with its interval, where it has one."""
    if not (interval := score.get("interval")):
        return number_cell(score["value"])
    low, high = interval
    return f"{number_cell(score['value'])} [{number_cell(low)}, {number_cell(high)}]"


def number_cell(value: float | None) -> str:
    """Return a score with three decimals, or a dash for none."""
    return "-" if value is None else f"{value:.3f}"


def text_table(table: Sequence[Sequence[str]]) -> str:
    """Return a table in aligned columns, for a terminal; its first row is the header."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def scores_as_text(scores: RunScores) -> str:
    """Return the result of a run for a terminal: its warnings in the first line, its notes, and the three tables."""
    warnings = [f"warning: {text}"] if (text := warnings_as_text(scores)) else []
    tables = [text for each in scores.get("benchmarks", ()) for text in benchmark_as_text(each)]
    tables += [f"{title}\n\n{text_table(score_table(scores, subset))}" for subset, title in score_views(scores)]
    tables += [f"{title}\n\n{text_table(table)}" for title, table in comparison_tables(scores)]
    return "\n\n".join([*warnings, *scores.get("notes", ()), *tables])


def benchmark_as_text(benchmark: BenchmarkScores) -> list[str]:
    """Return the tables of a benchmark for a terminal, after the first one the known errors of its scorer."""
    first, *others = [f"{title}\n\n{text_table(table)}" for title, table in benchmark_tables(benchmark)]
    remarks = benchmark_remarks(benchmark)
    return [first, *(["\n".join(remarks)] if remarks else []), *others]


def warnings_as_text(scores: RunScores) -> str:
    """Return all warnings about a result in one line; empty without one."""
    return "; ".join(warning["message"] for warning in scores.get("warnings", ()))
