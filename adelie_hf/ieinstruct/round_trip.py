"""Reads a build back: every completion is parsed with nothing but its row's text, format, schema and label map."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adelie_hf.answers import item_counts, label_of
from adelie_hf.errors import InputError
from adelie_hf.files import read_json
from adelie_hf.prompts import MARKER, parse, write
from adelie_hf.prompts.iepile import iepile_answer
from adelie_hf.records import Label
from adelie_hf.tasks import CLOSED_TASKS, GENERAL

_FREE = ("label_map", "answer", "choices")  # stored as JSON
_HELD = 2_000  # rows in memory at a time
_COLUMNS = ["id", "task", "completion", "format", "schema", "label_map", "answer"]


def check_build(folder: str | Path) -> tuple[Counter[str], list[str]]:
    """Checks every row of a build.

    Returns:
        The number of rows by outcome (`read back`, `general`, or what is wrong), and a line on each row that is wrong.

    Raises:
        InputError: for a folder without a build.
    """
    files = sorted(Path(folder).glob("*.parquet"))
    manifest = Path(folder) / "manifest.json"
    if not files or not manifest.is_file() or read_json(manifest).get("kind") != "ieinstruct":
        raise InputError(
            f"{folder}: holds no build of IEInstruct (Parquet files and a manifest.json); make one with "
            "`adelie-hf build ieinstruct`"
        )
    outcomes: Counter[str] = Counter()
    wrong = []
    for file in files:
        for row in stored_rows(file, _COLUMNS):
            outcome = check_row(row)
            outcomes[outcome] += 1
            if outcome not in ("read back", GENERAL):
                wrong.append(f"{file}: row {row['id']!r}: {outcome}")
    return outcomes, wrong


def stored_rows(file: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a build's file, or these columns of them. Raises InputError for what is not Parquet."""
    import pyarrow.parquet

    try:
        for batch in pyarrow.parquet.ParquetFile(file).iter_batches(_HELD, columns=columns):
            for row in batch.to_pylist():
                yield row | {name: json.loads(row[name]) for name in _FREE if name in row}
    except pyarrow.ArrowException as error:
        said = " ".join(str(error).split())
        raise InputError(f"{file}: cannot be read as Parquet ({said}); build it again") from None


def check_row(row: dict[str, Any]) -> str:
    """`read back`, `general` for a row of chat data, or what is wrong with a row."""
    if row["task"] == GENERAL:
        return GENERAL
    task, format = row["task"], row["format"]
    said = row["completion"][-1]["content"]
    schema = tuple(Label(label["name"], roles=tuple(label["roles"])) for label in row["schema"])
    parsed = parse(said, task, format)
    if parsed.status != "valid":
        return "its completion is not written as its format says"
    of_iepile = format == "iepile" and MARKER not in said  # IEPile's own rows have no marker, and all categories
    written = iepile_answer(parsed.items, task, schema) if of_iepile else write(parsed.items, task, format)
    if not said.endswith(written):  # an explanation may stand before it
        return "its completion is not what its answer is written as"
    names = {label.name for label in schema}
    if task in CLOSED_TASKS and not {label_of(item) for item in parsed.items} <= names:
        return "its completion has a category that its schema lacks"
    if not names <= set(row["label_map"]):
        return "its label map lacks a category of its schema"
    if item_counts(parsed.items, task) != item_counts(row["answer"], task):
        return "its completion says another answer"
    return "read back"
