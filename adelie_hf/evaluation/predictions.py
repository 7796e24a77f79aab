"""Predictions from files: one answer a held-out row, however the file calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.evaluation.adelie_files import PREFIX, gold_text, published_reference
from adelie_hf.evaluation.confidences import Confidence, read_confidence
from adelie_hf.evaluation.system_outputs import SystemAnswers, match_extractions, match_tables, named
from adelie_hf.prompts import write
from adelie_hf.rows import InstructRow
from adelie_hf.scoring.validation import CarbExtraction
from adelie_hf.text_files import read_json_array, read_json_lines, read_lines


class Predictions(NamedTuple):
    """The predictions of a system.

    Args:
        outputs: row id -> answer, for every held-out row.
        finishes: why answers end, where the file says so.
        others: how many predictions are for rows that are not held out.
        extractions: row id -> the extractions of a file of an open IE system, with their confidences.
        references: row id -> the gold answer that the file carries with it, as it is; only published scorers use it.
        notes: what has to be said of them.
        confidences: row id -> how sure the system is of its answer, or of each item of it; of rows where it says so.
    """

    outputs: dict[str, str]
    finishes: list[str]
    others: int
    extractions: Mapping[str, Sequence[CarbExtraction]] = MappingProxyType({})
    references: Mapping[str, str] = MappingProxyType({})
    notes: Sequence[str] = ()
    confidences: Mapping[str, Confidence] = MappingProxyType({})


def read_predictions(file: str | Path, held_out: Sequence[InstructRow]) -> Predictions:
    """Read the answers to held-out rows, in any order.

    JSON lines, or an array of them, have `id` and `prediction`, and may have `confidence`: a number from 0 to 1 for
    the answer, or a list with one for each of its items. Or they are those of a samples file, whose first sample
    counts; or of the samples that lm-evaluation-harness logs, where the id is that of the document; or of ADELIE's
    test files with `output`. Files without ids are matched by the sentence, or by the instruction and the text: the
    output of an open IE system in one of CaRB's formats, a file of ROBUST, the outputs of On-Demand IE.

    Raises:
        InputError: for a line in another form, a confidence that is none, a row that has two answers, rows without an
            answer, by their ids, and answers to other rows than the held-out ones.
    """
    file = Path(file)
    first = next((line.lstrip()[:1] for _, line in read_lines(file) if line.strip()), "")
    if first == "[":
        values = [value for _, value in read_json_array(file)]
        if values and isinstance(values[0], dict) and "ori_sent" in values[0]:
            return _matched(file, match_extractions(file, held_out), held_out)
        if values and isinstance(values[0], dict) and {"instruction", "output"} <= values[0].keys():
            return _matched(file, match_tables(file, values, held_out), held_out)
        return _with_ids(file, enumerate(values, 1), held_out)
    if first != "{" and all(row["task"] == "openie" for row in held_out):
        return _matched(file, match_extractions(file, held_out), held_out)
    return _with_ids(file, read_json_lines(file), held_out)


def _with_ids(file: Path, lines: Iterator[tuple[int, Any]], held_out: Sequence[InstructRow]) -> Predictions:
    known = {row["id"]: row for row in held_out}
    outputs: dict[str, str] = {}
    references: dict[str, str] = {}
    finishes: list[str] = []
    confidences: dict[str, Confidence] = {}
    others = 0
    for number, line in lines:
        read = _read(line) if isinstance(line, dict) else None
        if read is None:
            raise InputError(
                f"{file}:{number}: not a prediction; a line has `id` and `prediction`, or is one of a samples file, "
                "of lm-evaluation-harness or of ADELIE's test files with `output`"
            )
        row_id, answer, finish = read
        if row_id in outputs:
            raise InputError(f"{file}:{number}: a second answer to {row_id!r}; keep one")
        if row_id not in known:
            others += 1
            continue
        outputs[row_id] = answer
        finishes += [finish] if finish else []
        if (gold := gold_text(line)) is not None:
            references[row_id] = gold
        if "prediction" in line and (confidence := line.get("confidence")) is not None:
            confidences[row_id] = read_confidence(confidence, known[row_id], answer, f"{file}:{number}")
    _check_complete(file, outputs, held_out)
    _check_same_gold(file, references, known)
    return Predictions(outputs, finishes, others, confidences=confidences)


def _read(line: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return the id, the answer and why it ends; None for a line in another form."""
    match line:
        # The ids of ADELIE's test files are numbers.
        case {"id": int() | str() as number, "prediction": str(answer)}:
            return str(number), answer, ""
        case {"id": str(row_id), "samples": [str(answer), *_]}:
            return row_id, answer, next(iter(line.get("finish") or ()), "")
        case {"doc": {"id": str(row_id)}, "filtered_resps": [str(answer), *_]}:
            return row_id, answer, ""
        case {"doc": {"id": str(row_id)}, "filtered_resps": [[str(answer), *_], *_]}:
            return row_id, answer, ""
        case {"id": int() | str() as number, "output": str(answer)}:
            return str(number), answer, ""
    return None


def _check_complete(file: Path, outputs: Mapping[str, str], held_out: Sequence[InstructRow]) -> None:
    missing = [row["id"] for row in held_out if row["id"] not in outputs]
    if missing:
        raise InputError(
            f"{file}: {len(missing):,} of {len(held_out):,} held-out rows have no answer: {named(missing)}; answer "
            "them, with an empty text where the system gave nothing"
        )


def _check_same_gold(file: Path, references: Mapping[str, str], known: Mapping[str, InstructRow]) -> None:
    """Raise InputError for predictions whose own gold answers are those of other rows with the same ids."""
    published = {row_id: gold for row_id, gold in references.items() if known[row_id]["source"].startswith(PREFIX)}
    other = [row_id for row_id, gold in published.items() if published_reference(known[row_id]).strip() != _bare(gold)]
    if other:
        raise InputError(
            f"{file}: the gold answers in it are not those of the held-out rows, for {named(other)}; give the "
            "predictions for this test file"
        )


def _bare(gold: str) -> str:
    text = gold.removeprefix("[Answer]:").strip()
    return "" if text in ("NA", "none") else text


def _matched(file: Path, answers: SystemAnswers, held_out: Sequence[InstructRow]) -> Predictions:
    """Return the predictions of a file without ids: a sentence that it does not name has no extraction."""
    if not answers.outputs:
        raise InputError(f"{file}: none of its {answers.others:,} texts is a held-out one; give the benchmark's own")
    notes = list(answers.notes)
    missing = [row["id"] for row in held_out if row["id"] not in answers.outputs]
    if missing and any(row["task"] != "openie" for row in held_out):
        _check_complete(file, answers.outputs, held_out)
    if missing:
        notes.append(f"{len(missing):,} sentences have no extraction, which counts as none found: {named(missing)}")
    outputs = {row["id"]: answers.outputs.get(row["id"], write((), row["task"], row["format"])) for row in held_out}
    return Predictions(
        outputs, [], answers.others, answers.extractions, answers.references, notes, answers.confidences
    )
