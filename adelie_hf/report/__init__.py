"""Reports of a run: the table of scores as text and Markdown, and the plot of losses."""

from __future__ import annotations

from math import fsum
from pathlib import Path
from typing import Any

from adelie_hf.files import atomic_write, read_json
from adelie_hf.tasks import CLOSED_TASKS

SYSTEMS = ("empty", "nearest", "base", "sft", "dpo")
TRAINED = ("base", "sft", "dpo")


def score_table(scores: dict[str, Any], part: str | None = None) -> list[list[str]]:
    """The scores as rows of cells, header first.

    Args:
        scores: what is in `scores.json`.
        part: `seen` or `unseen` for the closed tasks' items whose mentions occur, or do not all occur, in training
            answers; none for all items of all tasks, with 95 % intervals for the models.
    """
    columns = [system for system in SYSTEMS if system in scores["results"][0]["scores"]]
    header = ["source", "task", "metric", "items", *columns]
    results = [result for result in scores["results"] if part is None or result["task"] in CLOSED_TASKS]
    table = [header]
    for result in results:
        cells = [result["source"] + (" (own split)" if result["own_split"] else ""), result["task"], result["metric"]]
        of_part = {system: score if part is None else score[part] for system, score in result["scores"].items()}
        cells.append(str(result["items"] if part is None else of_part[columns[-1]]["items"]))
        table.append(cells + [_cell(of_part[system], system) for system in columns])
    closed = [result for result in results if result["task"] in CLOSED_TASKS]
    if closed:
        means = [mean_closed(closed, system, part) for system in columns]
        table.append(["mean of the closed tasks", "", "exact-match F1", "", *map(_number, means)])
    return table


def mean_closed(results: list[dict[str, Any]], system: str, part: str | None = None) -> float | None:
    """The mean exact-match F1 of a system over the closed results that have such items."""
    values = [
        (result["scores"][system] if part is None else result["scores"][system][part])["value"]
        for result in results
        if result["task"] in CLOSED_TASKS
    ]
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def _cell(score: dict[str, Any], system: str) -> str:
    interval = score.get("interval") if system in TRAINED else None
    return _number(score["value"]) + (f" [{_number(interval[0])}, {_number(interval[1])}]" if interval else "")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def as_text(table: list[list[str]]) -> str:
    """A table in columns, for a terminal."""
    widths = [max(len(row[at]) for row in table) for at in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([lines[0], "-" * len(max(lines, key=len)), *lines[1:]])


def as_markdown(table: list[list[str]]) -> str:
    """A table in Markdown."""
    rows = [table[0], ["---"] * len(table[0]), *table[1:]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


PARTS = (
    (None, "All items (95 % bootstrap intervals over texts)"),
    ("seen", "Items whose mentions all occur in training answers"),
    ("unseen", "Items with a mention that occurs in no training answer"),
)


def scores_as_text(scores: dict[str, Any]) -> str:
    """The three tables of a run, for a terminal."""
    return "\n\n".join(f"{title}\n\n{as_text(score_table(scores, part))}" for part, title in PARTS)


def write_run_report(run: Path) -> None:
    """Writes `report.md`, and `loss.png` where matplotlib is installed (extra `report`)."""
    scores, manifest, seconds = (read_json(run / f"{name}.json") for name in ("scores", "manifest", "seconds"))
    plotted = _plot_losses(run)
    lines = ["# Run report", ""]
    for part, title in PARTS:
        lines += [f"## {title}", "", as_markdown(score_table(scores, part)), ""]
    if any(result["own_split"] for result in scores["results"]):
        lines += ["Own split: the source came without a training split, and documents of it were held out.", ""]
    lines += ["## Losses", "", "![losses](loss.png)" if plotted else "Install `adelie_hf[report]` for the plots.", ""]
    lines += ["## Data", ""]
    for kind in ("ieinstruct", "iefeedback"):
        built = read_json(run / kind / "manifest.json")
        lines += [f"`{kind}`: " + "; ".join(_describe(part) for part in built["parts"]), ""]
    lines += ["## Time", ""]
    lines += [as_markdown([["stage", "seconds"], *([name, f"{value:.0f}"] for name, value in seconds.items())]), ""]
    versions = ", ".join(f"{name} {version}" for name, version in manifest["environment"]["packages"].items())
    lines += [
        f"adelie_hf {manifest['environment']['adelie_hf']}, Python {manifest['environment']['python']}, {versions}"
    ]
    with atomic_write(run / "report.md") as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _describe(part: dict[str, Any]) -> str:
    counts = ", ".join(f"{name} {number}" for name, number in part["counts"].items())
    return f"{' '.join(part[key] for key in ('split', 'source', 'task') if key in part)} ({counts})"


def _plot_losses(run: Path) -> bool:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    panels = figure.subplots(1, 3)
    curves = (
        ("sft", "loss", "SFT: loss by step"),
        ("dpo", "loss", "DPO: loss by step"),
        ("dpo", "rewards/margins", "DPO: reward margin by step"),
    )
    for panel, (stage, key, title) in zip(panels, curves, strict=True):
        logged = [entry for entry in read_json(run / stage / "log.json") if key in entry]
        panel.plot([entry["step"] for entry in logged], [float(entry[key]) for entry in logged], color="#3b6ea5")
        panel.set_title(title, fontsize=10, loc="left")
        panel.set_xlabel("step")
        panel.spines[["top", "right"]].set_visible(False)
        panel.set_ylim(bottom=0 if key == "loss" else None)
    with atomic_write(run / "loss.png") as partial:
        figure.savefig(partial, format="png", dpi=110)
    return True
