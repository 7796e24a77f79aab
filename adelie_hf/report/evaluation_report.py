"""The report of an evaluation: the scores, where systems fail, and every row to read, as a page, Markdown or JSON.

The page is one file of HTML that needs no network. Its rows are data inside it, which a script of the page shows a few
at a time; so 20,000 rows are no more to open than their bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from adelie_hf.errors import InputError
from adelie_hf.evaluation.confidences import Confidence
from adelie_hf.evaluation.item_errors import ERROR_CLASSES, PAIR_KINDS, RowErrors, errors_of_outputs
from adelie_hf.evaluation.results import RunScores
from adelie_hf.files import atomic_write
from adelie_hf.report.error_analysis import ErrorAnalysis
from adelie_hf.report.evaluation_items import ItemData
from adelie_hf.report.evaluation_tables import CLASS_TEXTS, ReportSection, report_palette, report_sections
from adelie_hf.report.rendering import render
from adelie_hf.report.score_tables import warnings_as_text
from adelie_hf.rows import InstructRow

_SVG_LENGTH = 240  # of a bar of 100 %


def write_evaluation_report(
    file: str | Path,
    held_out: Sequence[InstructRow],
    outputs: Mapping[str, Mapping[str, str]],
    scores: RunScores,
    train: Iterable[InstructRow] = (),
    confidences: Mapping[str, Mapping[str, Confidence]] = MappingProxyType({}),
) -> None:
    """Write the report of an evaluation: a page (`.html`), its tables as Markdown (`.md`), or its numbers (`.json`).

    Args:
        file: the file to write; its ending says in which form.
        held_out: rows of IEInstruct.
        outputs: system -> row id -> output, for every held-out row.
        scores: the scores of the systems on these rows.
        train: the rows that the systems were trained on; how often a mention occurs in their answers is the frequency.
        confidences: system -> row id -> how sure it is, as `Predictions.confidences` has them.

    Raises:
        InputError: for another ending, and for outputs that lack a held-out row.

    Example:
        write_evaluation_report("report.html", held_out, {"sft": outputs}, score_predictions(held_out, predictions))
    """
    target = Path(file)
    if target.suffix not in (".html", ".md", ".json"):
        raise InputError(f"{file}: a report is `.html`, `.md` or `.json`", parameter="report")
    for system, answers in outputs.items():
        if missing := next((row["id"] for row in held_out if row["id"] not in answers), None):
            raise InputError(f"the outputs of {system} lack held-out rows, the first is {missing}")
    analysis, items = ErrorAnalysis(outputs, train), ItemData(outputs)
    for row, answers, errors in _compared(held_out, outputs):
        for system, found in errors.items():
            analysis.add(row, system, found, confidences.get(system, {}).get(row["id"]))
        if target.suffix == ".html":
            items.add(row, answers, errors)
    if target.suffix == ".json":
        text = json.dumps({"scores": scores, **analysis.to_json()}, indent=1, ensure_ascii=False) + "\n"
    elif target.suffix == ".md":
        text = render(
            "evaluation_report.md.j2", sections=report_sections(scores, analysis), **_texts(scores, analysis.systems)
        )
    else:
        text = _page(report_sections(scores, analysis), scores, items, len(held_out))
    with atomic_write(target) as partial:
        partial.write_text(text, encoding="utf-8", errors="replace")


def _compared(
    held_out: Sequence[InstructRow], outputs: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[InstructRow, dict[str, str], dict[str, RowErrors]]]:
    """Yield each row with the answers of the systems, compared with its gold answer once."""
    for row in held_out:
        answers = {system: given[row["id"]] for system, given in outputs.items()}
        yield row, answers, dict(zip(answers, errors_of_outputs(row, list(answers.values())), strict=True))


def _page(sections: list[ReportSection], scores: RunScores, items: ItemData, total: int) -> str:
    from adelie_hf.extraction.page import (  # on first use: only this form needs them
        content_policy,
        marks_script,
        page_style,
    )

    data, listed = items.to_json()
    style = page_style(report_palette()) + render("evaluation_report.css")
    script = f'"use strict";\n{marks_script()}{render("evaluation_report.js")}'
    return render(
        "evaluation_report.html.j2",
        style=style,
        script=script,
        policy=content_policy(style, script),
        sections=sections,
        classes=[(name, *CLASS_TEXTS[name], place) for place, name in enumerate(ERROR_CLASSES)],
        pair_kinds=len(PAIR_KINDS),
        svg_length=_SVG_LENGTH,
        data=data,
        listed=listed,
        total=total,
        **_texts(scores, items.systems),
    )


def _texts(scores: RunScores, systems: Sequence[str]) -> dict[str, object]:
    return {
        "warnings": warnings_as_text(scores),
        "notes": [_sentence(note, systems) for note in scores.get("notes", [])],
    }


def _sentence(note: str, systems: Sequence[str]) -> str:
    """Return a note as a sentence; a name at its beginning stays as it is."""
    is_name = any(note.startswith(f"{system}:") for system in systems)
    return f"{note if is_name else note[0].upper() + note[1:]}."
