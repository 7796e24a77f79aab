"""The round trip of a build: every completion is parsed with nothing but its row's text, format, schema and labels."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from adelie_hf.answers import item_counts, label_of
from adelie_hf.errors import InputError
from adelie_hf.files import read_json
from adelie_hf.manifest import MANIFEST
from adelie_hf.prompts import MARKER, parse, write
from adelie_hf.prompts.iepile_prompt import iepile_answer
from adelie_hf.records import Label
from adelie_hf.rows import InstructRow, completion_text, read_rows
from adelie_hf.tasks import CLOSED_TASKS, GENERAL

READ_BACK = "read back"
_COLUMNS = ("id", "task", "completion", "format", "schema", "label_map", "answer")


def check_build(folder: str | Path) -> tuple[Counter[str], list[str]]:
    """Check every row of a build.

    Returns:
        The number of rows by outcome (`read back`, `general`, or the problem), and a line per row with a problem.

    Raises:
        InputError: for a folder without a build.
    """
    files = sorted(Path(folder).glob("*.parquet"))
    manifest = Path(folder) / MANIFEST
    if not files or not manifest.is_file() or read_json(manifest).get("kind") != "ieinstruct":
        raise InputError(
            f"{folder}: not a build of IEInstruct (Parquet files and a {MANIFEST}); make one with "
            "`adelie-hf build ieinstruct`"
        )
    outcomes: Counter[str] = Counter()
    problems = []
    for file in files:
        for row in read_rows(file, _COLUMNS):
            outcome = check_row(row)
            outcomes[outcome] += 1
            if outcome not in (READ_BACK, GENERAL):
                problems.append(f"{file}: row {row['id']!r}: {outcome}")
    return outcomes, problems


def check_row(row: InstructRow) -> str:
    """Return `read back`, `general` for a row of chat data, or the problem of a row."""
    if row["task"] == GENERAL:
        return GENERAL
    task, answer_format = row["task"], row["format"]
    text = completion_text(row)
    schema = tuple(Label(label["name"], roles=tuple(label["roles"])) for label in row["schema"])
    parsed = parse(text, task, answer_format)
    if parsed.status != "valid":
        return "its completion is not written as its format requires"
    # IEPile's own rows have no marker and name every category.
    is_iepile_row = answer_format == "iepile" and MARKER not in text
    written = iepile_answer(parsed.items, schema) if is_iepile_row else write(parsed.items, task, answer_format)
    if not text.endswith(written):  # an explanation may come first
        return "its completion differs from what is written for its answer"
    names = {label.name for label in schema}
    if task in CLOSED_TASKS and not {label_of(item) for item in parsed.items} <= names:
        return "its completion has a category that its schema lacks"
    if not names <= set(row["label_map"]):
        return "its label map lacks a category of its schema"
    if item_counts(parsed.items, task) != item_counts(row["answer"], task):
        return "its completion gives another answer"
    return READ_BACK
