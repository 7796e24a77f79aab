"""The report of a run of `align`: its scores, losses, data and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.files import atomic_write, read_json
from adelie_hf.manifest import MANIFEST, BuildManifest, RunManifest
from adelie_hf.report.benchmark_table import benchmark_tables
from adelie_hf.report.evaluation_report import write_evaluation_report
from adelie_hf.report.rendering import render
from adelie_hf.report.score_tables import comparison_tables, score_table, score_views, warnings_as_text
from adelie_hf.rows import read_build
from adelie_hf.sampling import read_samples

if TYPE_CHECKING:
    from adelie_hf.evaluation import RunScores
    from adelie_hf.run_folder import RunFolder


class _Curve(NamedTuple):
    """A panel of the plot: a column of a stage's log history by step."""

    stage: str
    column: str
    title: str


# Method -> column -> title.
_COLUMNS = {
    "sft": {
        "loss": "loss by step",
        "eval_loss": "loss on held-out rows",
        "eval_score": "score on held-out rows",
    },
    "dpo": {
        "loss": "loss by step",
        "rewards/margins": "reward margin by step",
        "eval_loss": "loss on held-out pairs",
    },
}


def write_run_report(run: RunFolder) -> None:
    """Write `report.md` and `report.html` into a run folder, and `loss.png` where matplotlib is installed.

    Warnings about the result come first in both. The page has the scores, the errors of the systems, and all rows.

    Raises:
        InputError: for a run that is not complete.
    """
    scores: RunScores = read_json(run.scores)
    _, held_out = read_build(run.ieinstruct, "test")
    train = [row for split in run.training_splits for row in read_build(run.ieinstruct, split)[1]]
    outputs: dict[str, dict[str, str]] = {
        system: {row["id"]: row["samples"][0] for row in read_samples(run.outputs(system))} for system in run.systems
    }
    write_evaluation_report(run.report_page, held_out, outputs, scores, train)
    builds = [run.ieinstruct, *(within.iefeedback for within in run.rounds)]
    report = render(
        "run_report.md.j2",
        warnings=warnings_as_text(scores),
        notes=scores.get("notes", []),
        tables={title: score_table(scores, subset) for subset, title in score_views(scores)},
        comparisons=comparison_tables(scores),
        benchmarks={
            file.with_suffix(".html").relative_to(run.path).as_posix(): [
                table for each in read_json(file)["benchmarks"] for table in benchmark_tables(each)
            ]
            for file in run.benchmarks
        },
        own_split=any(result["own_split"] for result in scores["results"]),
        curves=any(run.losses(stage).is_file() for stage in run.trained),
        page=run.report_page.name,
        plot=run.loss_plot.name if _plot_losses(run) else None,
        builds={folder.name: BuildManifest.load(folder / MANIFEST) for folder in builds if folder.is_dir()},
        seconds=read_json(run.seconds),
        environment=RunManifest.load(run.manifest).environment,
    )
    with atomic_write(run.report) as partial:
        partial.write_text(report, encoding="utf-8")


def _plot_losses(run: RunFolder) -> bool:
    """Write the plot of the losses and scores of training; return False without them or without matplotlib."""
    histories = {stage: read_json(run.losses(stage)) for stage in run.trained if run.losses(stage).is_file()}
    curves = [
        _Curve(stage, column, f"{stage.upper()}: {title}")
        for stage, history in histories.items()
        for column, title in _COLUMNS[stage.partition("-")[0]].items()
        if any(column in entry for entry in history)
    ]
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    if not curves:
        return False
    figure = Figure(figsize=(3 * len(curves), 3.2), layout="constrained")
    panels = figure.subplots(1, len(curves), squeeze=False)[0]
    for panel, (stage, column, title) in zip(panels, curves, strict=True):
        entries = [entry for entry in histories[stage] if column in entry]
        evaluated = column.startswith("eval_")
        panel.plot(
            [entry["step"] for entry in entries],
            [float(entry[column]) for entry in entries],
            color="#3b6ea5",
            marker="o" if evaluated else None,  # few points, of which there may be one
        )
        panel.set_title(title, fontsize=10, loc="left")
        panel.set_xlabel("step")
        panel.spines[["top", "right"]].set_visible(False)
        if column == "eval_score":
            panel.set_ylim(0, 1)
        elif column.endswith("loss"):
            panel.set_ylim(bottom=0)
    with atomic_write(run.loss_plot) as partial:
        figure.savefig(partial, format="png", dpi=110)
    return True
