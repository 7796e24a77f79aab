"""Samples files: reading them, and the fingerprint that ties a file to what it was sampled from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adelie_hf.errors import InputError
from adelie_hf.manifest import FileManifest, manifest_beside
from adelie_hf.prompts import formats
from adelie_hf.rows import InstructRow, SampledRow, gold
from adelie_hf.tasks import GENERAL, TASKS
from adelie_hf.text_files import decode_lines, open_lines, parse_json_lines


class _Turn(BaseModel):
    """What is read of a turn of a chat."""

    model_config = ConfigDict(strict=True)

    role: str
    content: str


_Turns = Annotated[list[_Turn], Field(min_length=1)]


class _Line(BaseModel):
    """What is read of a line of a samples file. Its row may have no gold answer, its prompt may have no samples."""

    model_config = ConfigDict(strict=True)

    id: str
    source: str
    task: str
    prompt: _Turns
    completion: _Turns | None = None
    format: str
    answer: list[Any] | None = None
    samples: list[Any] | None = None
    finish: list[Any] = []


class Sample(NamedTuple):
    """An answer, and why it ends: `stop`, or `length` at the limit of tokens."""

    text: str
    finish: str


def sampled_row(row: InstructRow, samples: Sequence[tuple[str, str]]) -> SampledRow:
    """Return a line of a samples file: a row with its samples, each as a text and the reason for its end."""
    return {**row, "samples": [text for text, _ in samples], "finish": [finish for _, finish in samples]}


class PlacedSamples(NamedTuple):
    """A row of a samples file, and where it is.

    Args:
        offset: what `samples_at` takes.
        row: the row; its `samples` are a list, which may be empty.
        not_texts: how many of its samples are no text.
        has_gold: whether it has a gold answer, as `completion` and as `answer`.
    """

    offset: int
    row: SampledRow
    not_texts: int
    has_gold: bool


def read_samples(file: str | Path) -> Iterator[SampledRow]:
    """Yield the rows of a samples file.

    A row needs the columns `id`, `source`, `task`, `prompt`, `completion`, `format`, `answer` and `samples`; it may
    have `finish`.

    Raises:
        InputError: for a missing or empty file, for a line that lacks a column or has a value of another form, and for
            a row without a gold answer, without a sample, or with one that is no text.
    """
    for number, placed in _read_rows(file):
        row = placed.row
        if placed.not_texts:
            raise InputError(f"{file}:{number}: a sample of {row['id']!r} is no text; sample this prompt again")
        if not row["samples"]:
            raise InputError(f"{file}:{number}: {row['id']!r} has no sample; sample this prompt again")
        if not placed.has_gold and row["task"] != GENERAL:
            raise InputError(f"{file}:{number}: {row['id']!r} has no gold answer; add its completion and its answer")
        yield row


def read_placed_samples(file: str | Path) -> Iterator[PlacedSamples]:
    """Yield the rows of a samples file as `read_samples` does, also those with samples that are no text.

    Rows without a gold answer are among them.

    Raises:
        InputError: for a missing or empty file, and for a line that lacks a column or has a value of another form.
    """
    return (placed for _, placed in _read_rows(file))


def samples_at(file: str | Path, offsets: Iterable[int]) -> Iterator[SampledRow]:
    """Yield the rows at offsets that `read_placed_samples` gave, without reading the others."""
    with open_lines(Path(file)) as stream:
        for offset in offsets:
            stream.seek(offset)
            _, row = next(parse_json_lines(decode_lines(stream, Path(file)), Path(file)))
            yield row


def _read_rows(file: str | Path) -> Iterator[tuple[int, PlacedSamples]]:
    with open_lines(Path(file)) as stream:
        offset = 0
        for number, value in parse_json_lines(decode_lines(stream, Path(file)), Path(file)):
            if problem := _problem(value):
                raise InputError(
                    f"{file}:{number}: not a line of a samples file ({problem}); write it with recipes/sample.py"
                )
            row = value | {"samples": value.get("samples") or []}
            not_texts = len(row["samples"]) - len(text_samples(row))
            yield number, PlacedSamples(offset, row, not_texts, _has_gold(value))
            offset = stream.tell()


def text_samples(row: SampledRow) -> list[tuple[int, str]]:
    """Return the samples of a row that are texts, with their numbers: another program may leave null for a failed one.

    >>> text_samples({"samples": [None, "[Answer]: NA"]})
    [(1, '[Answer]: NA')]
    """
    return [(number, sample) for number, sample in enumerate(row["samples"]) if isinstance(sample, str)]


def _has_gold(row: Mapping[str, Any]) -> bool:
    return row.get("completion") is not None and row.get("answer") is not None


def _problem(value: Any) -> str:
    """Return why a JSON value is not a line of a samples file; nothing where it is one."""
    if not isinstance(value, dict):
        return "no JSON object"
    try:
        line = _Line.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    if "finish" in value and not _are_reasons(line.finish, line.samples or []):
        return "finish: not a text for each sample"
    if line.task == GENERAL:
        return ""
    if line.task not in TASKS:
        return f"task: {line.task!r} is none of {', '.join(TASKS)}"
    if line.format not in formats(line.task):
        return f"format: {line.format!r} is none of {', '.join(formats(line.task))}"
    return "" if not _has_gold(value) or _is_answer(value) else f"answer: not one of the task {line.task}"


def _are_reasons(finish: list[Any], samples: list[Any]) -> bool:
    """Return whether each sample that is a text has the reason for its end."""
    return len(finish) == len(samples) and all(
        isinstance(reason, str) for reason, sample in zip(finish, samples, strict=True) if isinstance(sample, str)
    )


def _is_answer(row: Mapping[str, Any]) -> bool:
    try:
        gold(row)  # type: ignore[arg-type]  # whether the row has this type is checked here
    except (TypeError, ValueError):
        return False
    return True


def fingerprint(rows: Sequence[InstructRow], model: str, settings: Mapping[str, object]) -> str:
    """Return a digest of everything that samples depend on, so that a run never resumes the samples of another one.

    For a model in a folder the names, sizes and times of its files count: reading its weights may take minutes.
    """
    files = sorted(Path(model).iterdir()) if Path(model).is_dir() else []
    states = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]
    prompts = [(row["id"], row["prompt"]) for row in rows]
    return hashlib.sha256(json.dumps([model, states, settings, prompts]).encode()).hexdigest()[:16]


def is_complete(file: Path, run_fingerprint: str) -> bool:
    """Return whether a samples file exists. Raises InputError for a file with another fingerprint."""
    if not file.is_file():
        return False
    manifest = manifest_beside(file)
    if manifest.is_file() and FileManifest.load(manifest).fingerprint == run_fingerprint:
        return True
    raise InputError(
        f"{file}: has samples of another model, other rows or settings; delete it, or choose another file"
    )
