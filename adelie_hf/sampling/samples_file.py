"""Samples files: reading them, and the fingerprint that ties a file to what it was sampled from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeGuard

from adelie_hf.errors import InputError
from adelie_hf.manifest import FileManifest, manifest_beside
from adelie_hf.rows import InstructRow, SampledRow, gold
from adelie_hf.tasks import GENERAL, TASKS
from adelie_hf.text_files import decode_lines, open_lines, parse_json_lines

# The columns that are read from a samples file.
_COLUMNS = frozenset({"id", "source", "task", "prompt", "completion", "format", "answer", "samples"})


class Sample(NamedTuple):
    """An answer, and why it ends: `stop`, or `length` at the limit of tokens."""

    text: str
    finish: str


def sampled_row(row: InstructRow, samples: Sequence[tuple[str, str]]) -> SampledRow:
    """Return a line of a samples file: a row with its samples, each as a text and the reason for its end."""
    return {**row, "samples": [text for text, _ in samples], "finish": [finish for _, finish in samples]}


class PlacedSamples(NamedTuple):
    """A row of a samples file, the offset that `samples_at` takes, and how many of its samples are no text."""

    offset: int
    row: SampledRow
    not_texts: int


def read_samples(file: str | Path) -> Iterator[SampledRow]:
    """Yield the rows of a samples file.

    A row needs the columns `id`, `source`, `task`, `prompt`, `completion`, `format`, `answer` and `samples`; it may
    have `finish`.

    Raises:
        InputError: for a missing or empty file, for a line that lacks a column or has a value of another form, and for
            a sample that is no text.
    """
    for number, placed in _read_rows(file):
        if placed.not_texts:
            raise InputError(f"{file}:{number}: a sample of {placed.row['id']!r} is no text; sample this prompt again")
        yield placed.row


def read_placed_samples(file: str | Path) -> Iterator[PlacedSamples]:
    """Yield the rows of a samples file as `read_samples` does, also those with samples that are no text.

    Raises:
        InputError: for a missing or empty file, and for a line that lacks a column or has a value of another form.
    """
    return (placed for _, placed in _read_rows(file))


def samples_at(file: str | Path, offsets: Iterable[int]) -> Iterator[SampledRow]:
    """Yield the rows at offsets that `read_placed_samples` gave, without reading the others."""
    with open_lines(Path(file)) as stream:
        for offset in offsets:
            stream.seek(offset)
            line = next(line for line in stream if line.strip())
            yield json.loads(line.decode("utf-8-sig" if offset == 0 else "utf-8"))


def _read_rows(file: str | Path) -> Iterator[tuple[int, PlacedSamples]]:
    with open_lines(Path(file)) as stream:
        offset = 0
        for number, value in parse_json_lines(decode_lines(stream, Path(file)), Path(file)):
            if not _is_sampled_row(value):
                raise InputError(f"{file}:{number}: not a line of a samples file; write it with recipes/sample.py")
            yield number, PlacedSamples(offset, value, len(value["samples"]) - len(text_samples(value)))
            offset = stream.tell()


def text_samples(row: SampledRow) -> list[tuple[int, str]]:
    """Return the samples of a row that are texts, with their numbers: another program may leave null for a failed one.

    >>> text_samples({"samples": [None, "[Answer]: NA"]})
    [(1, '[Answer]: NA')]
    """
    return [(number, sample) for number, sample in enumerate(row["samples"]) if _is_text(sample)]


def _is_text(sample: object) -> bool:
    return isinstance(sample, str)


def _is_sampled_row(value: object) -> TypeGuard[SampledRow]:
    if not isinstance(value, dict) or not value.keys() >= _COLUMNS:
        return False
    samples, task = value["samples"], value["task"]
    if not isinstance(samples, list):
        return False
    finish = value.get("finish", ["stop"] * len(samples))
    if not isinstance(finish, list) or len(finish) != len(samples):
        return False
    if not all(isinstance(reason, str) for sample, reason in zip(samples, finish, strict=True) if _is_text(sample)):
        return False
    return task == GENERAL or (task in TASKS and _has_gold_answer(value))


def _has_gold_answer(row: Mapping[str, object]) -> bool:
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
