"""Tables of the scores of a run: systems beside baselines, and items seen in training apart from unseen ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.evaluation.results import Subset, mean_closed, score_value
from adelie_hf.report.benchmark_table import benchmark_remarks, benchmark_table, benchmark_title, spread_table
from adelie_hf.run_folder import SYSTEMS
from adelie_hf.tasks import CLOSED_TASKS

if TYPE_CHECKING:
    from adelie_hf.evaluation import RunScores, SystemScore, TaskResult
    from adelie_hf.evaluation.results import BenchmarkScores, Comparison

BASELINES = ("empty", "nearest")
_SIGNIFICANT = 0.05


class ScoreView(NamedTuple):
    """One table of a run: the scores on all items (None), or on a subset of them, and its title."""

    subset: Subset | None
    title: str


SCORE_VIEWS = (
    ScoreView(None, "All items (95 % bootstrap intervals over texts)"),
    ScoreView("seen", "Items whose mentions all occur in training answers"),
    ScoreView("unseen", "Items with a mention that occurs in no training answer"),
)


def score_table(scores: RunScores, subset: Subset | None = None) -> list[list[str]]:
    """Return the scores as rows of cells, header first.

    Args:
        scores: the content of `scores.json`.
        subset: `seen` or `unseen` for the items of the closed tasks whose mentions all occur, or do not all occur, in
            training answers; None for all items of all tasks, with 95 % intervals for the models.
    """
    known = scores["results"][0]["scores"]
    columns = [system for system in (*BASELINES, *SYSTEMS) if system in known]
    columns += [system for system in known if system not in columns]  # of given predictions
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
        table.append(["mean of the closed tasks", "", "exact-match F1", "", *map(_number, means)])
    return table


def comparison_table(scores: RunScores) -> list[list[str]]:
    """Return DPO against SFT as rows of cells, header first; nothing for a run without DPO."""
    return _comparisons(scores.get("dpo_against_sft", ()), "DPO - SFT")


def _comparisons(comparisons: Sequence[Comparison], name: str) -> list[list[str]]:
    rows = [
        [
            comparison["source"] or "mean",
            comparison["task"] or "",
            f"{comparison['difference']:+.3f}{_signed_interval(comparison.get('interval'))}",
            f"{comparison['p_value']:.4f}",
        ]
        for comparison in comparisons
    ]
    return [["source", "task", name, "p"], *rows] if rows else []


def _signed_interval(interval: Sequence[float] | None) -> str:
    return "" if interval is None else f" [{interval[0]:+.3f}, {interval[1]:+.3f}]"


def conclusion(comparisons: Sequence[Comparison], first: str, second: str) -> str:
    """Return what a comparison of two systems allows to conclude: of their mean, or of the only task."""
    result = comparisons[-1]
    value, p = abs(result["difference"]), result["p_value"]
    if p >= _SIGNIFICANT:
        return f"no difference between {first} and {second} is shown ({value:.3f}, p = {p:.3f})"
    better, worse = (first, second) if result["difference"] > 0 else (second, first)
    return f"{better} is better than {worse} on these rows, by {value:.3f} (p = {p:.4f})"


def _item_count(result: TaskResult, system: str, subset: Subset | None) -> str:
    return str(result["items"] if subset is None else result["scores"][system][subset]["items"])


def _cell(score: SystemScore, system: str, subset: Subset | None) -> str:
    number = _number(score_value(score, subset))
    if subset is not None or system in BASELINES:
        return number
    low, high = score["interval"]
    return f"{number} [{_number(low)}, {_number(high)}]"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def text_table(table: Sequence[Sequence[str]]) -> str:
    """Return a table in aligned columns, for a terminal; its first row is the header."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def scores_as_text(scores: RunScores) -> str:
    """Return the result of a run for a terminal: its warnings in the first line, its notes, and the three tables."""
    warnings = [f"warning: {text}"] if (text := warnings_as_text(scores)) else []
    tables = _benchmark_as_text(scores["benchmark"]) if "benchmark" in scores else []
    views = SCORE_VIEWS if _has_seen_items(scores) else SCORE_VIEWS[:1]
    tables += [f"{title}\n\n{text_table(score_table(scores, subset))}" for subset, title in views]
    if comparison := comparison_table(scores):
        tables.append(f"DPO against SFT, by a paired randomisation test\n\n{text_table(comparison)}")
    for compared in scores.get("comparisons", ()):
        first, second, results = compared["first"], compared["second"], compared["results"]
        title = f"{first} against {second}, by a paired randomisation test: {conclusion(results, first, second)}"
        tables.append(f"{title}\n\n{text_table(_comparisons(results, f'{first} - {second}'))}")
    return "\n\n".join([*warnings, *scores.get("notes", ()), *tables])


def _has_seen_items(scores: RunScores) -> bool:
    """Return whether a gold item occurs in training answers: without training rows none does."""
    everything = [score for result in scores["results"] for score in result["scores"].values()]
    return any("seen" in score and score["seen"]["items"] for score in everything)


def _benchmark_as_text(benchmark: BenchmarkScores) -> list[str]:
    parts = [f"{benchmark_title(benchmark)}\n\n{text_table(benchmark_table(benchmark))}"]
    if remarks := benchmark_remarks(benchmark):
        parts.append("\n".join(remarks))
    if spread := spread_table(benchmark):
        parts.append(f"Asked in several ways: wordings, demonstrations, orders of categories\n\n{text_table(spread)}")
    return parts


def warnings_as_text(scores: RunScores) -> str:
    """Return all warnings about a result in one line; empty without one."""
    return "; ".join(warning["message"] for warning in scores.get("warnings", ()))
