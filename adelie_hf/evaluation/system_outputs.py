"""Outputs of systems in files without ids: their texts say which held-out rows they answer."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any, NamedTuple

from adelie_hf.answers import Extraction
from adelie_hf.errors import InputError
from adelie_hf.evaluation.confidences import Confidence
from adelie_hf.prompts import parse, write
from adelie_hf.rows import InstructRow
from adelie_hf.rows import gold as gold_answer
from adelie_hf.scoring.carb import sentence_key
from adelie_hf.scoring.openie_outputs import (
    CliqueExtractions,
    SentenceExtractions,
    read_clausie,
    read_openie4,
    read_openie5,
    read_openie6,
    read_robust,
    read_tabbed,
)
from adelie_hf.scoring.validation import CarbExtraction
from adelie_hf.sources.readers.raw_values import record_id
from adelie_hf.text_files import read_lines

_HEAD = 200  # lines that tell the format of a file
_SHOWN = 3  # ids in a message
_SEVERAL = re.compile(r",List\(\[[\d\[\], )]*\)\);\s*\w+\(")  # the end of an argument, and the start of the next one

# (original sentence of the clique or "", sentence) -> what was found in it, once for each time that it is there
Extractions = dict[tuple[str, str], list[list[CarbExtraction]]]


class SystemAnswers(NamedTuple):
    """What a file without ids answers; the fields are those of `Predictions`."""

    outputs: dict[str, str]
    others: int
    extractions: dict[str, Sequence[CarbExtraction]] = {}
    references: dict[str, str] = {}
    notes: Sequence[str] = ()
    confidences: dict[str, Confidence] = {}


def named(ids: Sequence[str]) -> str:
    """Return the first ids as text, and how many there are more.

    >>> named(["a", "b", "c", "d"])
    'a, b, c and 1 more'
    """
    return ", ".join(ids[:_SHOWN]) + (f" and {len(ids) - _SHOWN:,} more" if ids[_SHOWN:] else "")


def clique_of(row: InstructRow) -> str:
    """Return the clique of a row of ROBUST, whose record ids are `<split>-<clique>-<number of the sentence>`."""
    return _record(row).rpartition("-")[0]


def _record(row: InstructRow) -> str:
    """Return the id of a row's record: the second part of `<source>/<record>/<task>/<number>`."""
    return row["id"].split("/")[-3:][0]


class _Found(NamedTuple):
    """The extractions of a file, and what has to be said of its form."""

    extractions: SentenceExtractions | list[CliqueExtractions]
    notes: Sequence[str] = ()


def _read_extractions(file: Path) -> _Found:
    """Read the output of an open IE system in one of CaRB's formats, or a file of ROBUST, found out by its content."""
    head = [line for _, line in islice(read_lines(file), _HEAD) if line.strip()]
    text = "\n".join(head)
    if text.startswith("["):
        return _Found(read_robust(file))
    if "<rel>" in text:
        return _Found(read_openie6(file).sentences)
    if ",List([" in text:
        return _read_openie4_or_5(file)
    return _Found((read_tabbed(file) if head and "\t" in head[0] else read_clausie(file)).sentences)


def _read_openie4_or_5(file: Path) -> _Found:
    """Read OpenIE 4 or 5, which differ in the column of second arguments: a row with several makes the file OpenIE 5.

    Other rows of OpenIE 5 have one, too, so that a file of both systems cannot be told apart; the counts are a note.
    """
    columns = [columns for _, line in read_lines(file) if len(columns := line.strip().split("\t")) > 1]
    several = sum(bool(_SEVERAL.search(row[4])) for row in columns if len(row) > 4)
    if not several:
        return _Found(read_openie4(file).sentences)
    note = f"read as OpenIE 5: {several:,} of {len(columns):,} rows have several second arguments"
    return _Found(read_openie5(file).sentences, [note])


def match_extractions(file: Path, held_out: Sequence[InstructRow]) -> SystemAnswers:
    """Match the extractions of sentences to rows: by the sentence as CaRB compares it, in ROBUST also by the original.

    Raises:
        InputError: for rows of another task, a file of another form, and a row that has two answers.
    """
    found, notes = _read_extractions(file)
    if any(row["task"] != "openie" for row in held_out):
        raise InputError("extractions of an open IE system answer no row of another task; name an open IE benchmark")
    by_clique = isinstance(found, list)
    originals: dict[str, str] = {}
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in held_out:
        original = originals.setdefault(clique_of(row), row["text"]) if by_clique else ""
        ids[original, row["text"] if by_clique else sentence_key(row["text"])].append(row["id"])
    matched: dict[str, Sequence[CarbExtraction]] = {}
    doubled: list[str] = []
    others = 0
    for key, answers in _by_key(found).items():
        row_ids = ids.get(key, [])
        others += 0 if row_ids else len(answers)
        doubled += row_ids if len(answers) > len(row_ids) else []
        matched |= zip(row_ids, chain(answers, repeat(answers[-1])), strict=False)
    if doubled:
        raise _doubled(file, doubled)
    outputs = {row["id"]: _written(matched[row["id"]], row["format"]) for row in held_out if row["id"] in matched}
    # A file of ROBUST has none: its reader gives each extraction the confidence 1.
    confidences = {} if by_clique else _confidences(matched)
    return SystemAnswers(outputs, others, matched, notes=notes, confidences=confidences)


def _confidences(matched: Mapping[str, Sequence[CarbExtraction]]) -> dict[str, Confidence]:
    """Return row id -> the confidences of its extractions; none of a system whose confidences are no shares."""
    of_rows = {row_id: tuple(one["confidence"] for one in extractions) for row_id, extractions in matched.items()}
    return dict(of_rows) if all(0 <= one <= 1 for row in of_rows.values() for one in row) else {}


def _doubled(file: Path, ids: Sequence[str]) -> InputError:
    return InputError(
        f"{file}: a second answer to {named(ids)}: the text is there more than once, perhaps with other spaces or "
        "punctuation; keep one answer, in one spelling"
    )


def _by_key(found: SentenceExtractions | list[CliqueExtractions]) -> Extractions:
    by_key: Extractions = defaultdict(list)
    if isinstance(found, list):
        for clique in found:
            for sentence, extractions in clique:
                by_key[clique[0][0], sentence].append(extractions)
    else:
        for sentence, extractions in found.items():
            by_key["", sentence_key(sentence)].append(extractions)
    return by_key


def _written(extractions: Sequence[CarbExtraction], format: str) -> str:
    items = [Extraction(one["predicate"].strip(), tuple(map(str.strip, one["arguments"]))) for one in extractions]
    return write(tuple(items), "openie", format)


def match_tables(file: Path, values: Sequence[Mapping[str, Any]], held_out: Sequence[InstructRow]) -> SystemAnswers:
    """Match the outputs of On-Demand IE to rows by instruction and text, of which the ids of the rows are made.

    Raises:
        InputError: for an element without instruction, text and output, with its number, a gold answer without a
            table, and a row that has two answers.
    """
    ids = {_record(row).partition("-")[2]: row for row in held_out if row["task"] == "odie"}
    occurrences: Counter[str] = Counter()
    outputs, references, changed, doubled = {}, {}, [], []
    others = 0
    for number, value in enumerate(values, 1):
        match value:
            case {"instruction": str(instruction), "text": str(text), "output": str(output)}:
                content = record_id(instruction, text)
            case _:
                raise InputError(f"{file}: element {number} has no instruction, text and output; fix it")
        occurrences[content] += 1
        row = ids.get(content if occurrences[content] == 1 else f"{content}-{occurrences[content]}")
        if row is None and content in ids:
            doubled.append(ids[content]["id"])
            continue
        if row is None:
            others += 1
            continue
        outputs[row["id"]] = output
        if isinstance(gold := value.get("gold", value.get("table")), str):
            references[row["id"]] = gold
            own = parse(gold, "odie").items
            if not own:
                raise InputError(f"{file}: the gold answer of {row['id']} contains no Markdown table; give one")
            changed += [row["id"]] if own != gold_answer(row) else []
    if doubled and not others:
        raise _doubled(file, doubled)
    notes = []
    if changed:
        notes.append(
            f"{len(changed):,} gold tables of the file are not those of the benchmark; only the published scorer uses "
            f"them: {named(changed)}"
        )
    if doubled:
        # On-Demand IE asks the same twice; where only some of its rows are held out, the second may be another row.
        notes.append(f"{len(doubled):,} texts are there more than once; the first answer counts: {named(doubled)}")
    return SystemAnswers(outputs, others, references=references, notes=notes)
