"""All run folders below a directory on one page: their systems by score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.evaluation.results import RunScores, SystemScore, TaskResult, mean_closed
from adelie_hf.files import atomic_write, read_json
from adelie_hf.report.rendering import render
from adelie_hf.report.score_tables import number_cell, score_cell, warnings_as_text

_LEFT_OUT = "empty"  # the baseline that is 0 by definition


class Board(NamedTuple):
    """Held-out rows of one task of a source, told apart by their number and that of the gold items."""

    source: str
    task: str
    rows: int
    items: int


class Entry(NamedTuple):
    """A system of a run: its mean over the closed tasks, and its score on each board."""

    run: str
    system: str
    mean: float | None
    scores: dict[Board, SystemScore]
    warning: str


def read_leaderboard(folder: str | Path) -> list[Entry]:
    """Return the systems of all run folders below a directory, the best mean over the closed tasks first.

    Raises:
        InputError: for a directory without scores of a run, and for a file of scores that cannot be read.

    Example:
        [(entry.run, entry.system, entry.mean) for entry in read_leaderboard("runs")]
    """
    files = sorted(Path(folder).rglob("scores.json"))
    if not files:
        raise InputError(f"{folder}: no run with scores below it; `adelie-hf align` makes one", parameter="folder")
    entries = [entry for file in files for entry in _entries(file, Path(folder))]
    return sorted(entries, key=lambda entry: (entry.mean is None, -(entry.mean or 0), entry.run, entry.system))


def _entries(file: Path, folder: Path) -> list[Entry]:
    scores: RunScores = read_json(file)
    try:
        results = scores["results"]
        run = file.parent.relative_to(folder).as_posix()
        warned = {warning["system"] for warning in scores.get("warnings", ())}
        return [
            Entry(
                folder.resolve().name if run == "." else run,
                system,
                mean_closed(results, system),
                {_board(result): result["scores"][system] for result in results},
                warnings_as_text(scores) if system in warned else "",
            )
            for system in results[0]["scores"]
            if system != _LEFT_OUT
        ]
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise InputError(f"{file}: not the scores of a run ({type(error).__name__}: {error})") from None


def _board(result: TaskResult) -> Board:
    return Board(result["source"], result["task"], result["rows"], result["items"])


def leaderboard_tables(entries: Sequence[Entry]) -> list[tuple[str, list[list[str]]]]:
    """Return a table for the runs with the same held-out rows, with its title, those of most systems first.

    A table is rows of cells, header first: run, system, mean over the closed tasks, and a column for each task.
    """
    groups: dict[frozenset[Board], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(frozenset(entry.scores), []).append(entry)
    tables = []
    for boards, group in sorted(groups.items(), key=lambda pair: (-len(pair[1]), sorted(pair[0]))):
        columns = sorted(boards)
        table = [["run", "system", "mean of the closed tasks", *(f"{board.source} {board.task}" for board in columns)]]
        for entry in group:
            cells = [score_cell(entry.scores[board]) for board in columns]
            table.append([entry.run, entry.system, number_cell(entry.mean), *cells])
        sources = ", ".join(dict.fromkeys(board.source for board in columns))
        tables.append((f"{sources}: {sum(board.rows for board in columns):,} held-out rows", table))
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
