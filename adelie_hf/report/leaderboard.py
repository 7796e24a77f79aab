"""All run folders below a directory on one page, with their benchmarks: their systems by score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.evaluation.results import MeasureScore, RunScores, SystemScore, mean_closed
from adelie_hf.files import atomic_write, read_json
from adelie_hf.report.rendering import render
from adelie_hf.report.score_tables import number_cell, score_cell, warnings_as_text
from adelie_hf.run_folder import RunFolder

_LEFT_OUT = "empty"  # the baseline that is 0 by definition


class Board(NamedTuple):
    """What a column compares: a task of a source or a measure of a benchmark, on so many held-out rows.

    `items` are the gold items of a task: rows of as many items are taken for the same.
    """

    name: str
    rows: int
    items: int = 0


Scores = Mapping[Board, SystemScore | MeasureScore]


class Entry(NamedTuple):
    """A system of a run or of a benchmark: its mean over the closed tasks, if any, and its score on each board.

    `title` names the held-out rows; `order` is the score that systems are ordered by.
    """

    run: str
    system: str
    title: str
    mean: float | None
    scores: Scores
    order: float
    warning: str


def read_leaderboard(folder: str | Path) -> list[Entry]:
    """Return the systems of all run folders below a directory, and of their benchmarks, the best first.

    The mean over the closed tasks orders them; where there is none, that over all tasks, or over the measures with an
    interval.

    Raises:
        InputError: for a directory without scores of a run, and for a file of scores that cannot be read.

    Example:
        [(entry.run, entry.system, entry.mean) for entry in read_leaderboard("runs")]
    """
    files = sorted(Path(folder).rglob("scores.json"))
    if not files:
        raise InputError(f"{folder}: no run with scores below it; `adelie-hf align` makes one")
    entries = [
        entry
        for file in files
        for scores in (file, *RunFolder(file.parent).benchmarks)
        for entry in _entries(scores, file.parent, Path(folder))
    ]
    return sorted(entries, key=lambda entry: (-entry.order, entry.run, entry.system))


def _entries(file: Path, place: Path, folder: Path) -> list[Entry]:
    content: RunScores = read_json(file)
    try:
        name = place.relative_to(folder).as_posix()
        run = folder.resolve().name if name == "." else name
        return [_entry(content, run, system) for system in _systems(content) if system != _LEFT_OUT]
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise InputError(f"{file}: not the scores of a run ({type(error).__name__}: {error})") from None


def _systems(content: RunScores) -> list[str]:
    of_benchmarks = content.get("benchmarks")
    return list(of_benchmarks[0]["scores"] if of_benchmarks else content["results"][0]["scores"])


def _entry(content: RunScores, run: str, system: str) -> Entry:
    results = content["results"]
    warned = {warning["system"] for warning in content.get("warnings", ())}
    warning = warnings_as_text(content) if system in warned else ""
    scores: Scores
    if benchmarks := content.get("benchmarks"):
        asked = {f"{each['title']}, {each['shots']}-shot": each for each in benchmarks}
        title = "; ".join(f"{name}, {each['rows']:,} rows" for name, each in asked.items())
        scores = {
            Board(f"{name}: {measure}" if len(asked) > 1 else measure, each["rows"]): score
            for name, each in asked.items()
            for measure, score in each["scores"].get(system, {}).items()
        }
        return Entry(run, system, title, None, scores, _order(scores), warning)
    title = ", ".join(sorted({result["source"] for result in results}))
    title += f": {sum(result['rows'] for result in results):,} held-out rows"
    scores = {
        Board(f"{result['source']} {result['task']}", result["rows"], result["items"]): result["scores"][system]
        for result in results
    }
    mean = mean_closed(results, system)
    return Entry(run, system, title, mean, scores, _order(scores) if mean is None else mean, warning)


def _order(scores: Scores) -> float:
    """Return the mean of the scores with an interval, which are those that systems are compared by."""
    values = [score["value"] for score in scores.values() if score.get("interval")]
    return fsum(values) / len(values) if values else 0.0


def leaderboard_tables(entries: Sequence[Entry]) -> list[tuple[str, list[list[str]]]]:
    """Return a table for the runs with the same held-out rows, with its title, those of most systems first.

    A table is rows of cells, header first: run, system, the mean over the closed tasks where there are such, and a
    column for each task or measure.
    """
    groups: dict[tuple[str, frozenset[Board]], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.title, frozenset(entry.scores)), []).append(entry)
    tables = []
    for (title, boards), group in sorted(groups.items(), key=lambda pair: (-len(pair[1]), sorted(pair[0][1]))):
        columns = sorted(boards)
        has_mean = group[0].mean is not None
        header = ["run", "system", *(["mean of the closed tasks"] if has_mean else [])]
        table = [[*header, *(board.name for board in columns)]]
        for entry in group:
            mean = [number_cell(entry.mean)] if has_mean else []
            table.append([entry.run, entry.system, *mean, *(score_cell(entry.scores[board]) for board in columns)])
        tables.append((title, table))
    return tables


def write_leaderboard(file: str | Path, entries: Sequence[Entry]) -> None:
    """Write the leaderboard as a page of HTML that needs no network."""
    tables = [(title, table, _best(table)) for title, table in leaderboard_tables(entries)]
    warnings = {f"{entry.run}: {entry.warning}" for entry in entries if entry.warning}
    text = render("leaderboard.html.j2", tables=tables, warnings=sorted(warnings))
    with atomic_write(Path(file)) as partial:
        partial.write_text(text, encoding="utf-8", errors="replace")


def _best(table: Sequence[Sequence[str]]) -> list[str]:
    """Return the largest score of each column, as it is written."""
    return [max(cell.split(" ")[0] for cell in column) for column in zip(*table[1:], strict=True)]
