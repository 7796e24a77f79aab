"""What the metrics' Spaces share: one page of boxes, and the ways to write examples into a box.

Needs gradio (extra `spaces`). evaluate's own widget is not used: it asks for parts of gradio that are gone since
gradio 4, and has no place for nested columns and options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import wraps
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from huggingface_hub import SpaceCard

from adelie_hf.errors import InputError
from adelie_hf.prompts import MARKER
from adelie_hf.scoring import checks, read_answers

Rows = dict[str, dict[str, Any]]  # a name and its scores, one row each
_STATUS = {
    "valid": "answers read as they stand",
    "repaired": "answers read in part, or after a repair",
    "invalid": "answers that cannot be read",
    "repeated": "items given before in the same answer",
    "off_schema": "items of a category that was not offered",
    "not_in_text": "items with a mention that is not in the text",
}


def interface(
    app: str,
    score: Callable[..., tuple[Rows, dict[str, Any]]],
    inputs: Sequence[gr.components.Component],
    more: Sequence[gr.components.Component],
    examples: Sequence[Sequence[Any]],
) -> gr.Interface:
    """The page of a Space; its end point is `/score`.

    Args:
        app: the path of `app.py`, which stands beside the metric's card.
        score: what the boxes hold -> the rows to show, and the whole result (with `parse` where answers were read).
        inputs, more: the boxes, and those that are folded away.
        examples: what `inputs` may hold; the first is filled in.
    """
    for filled, value in zip(inputs, examples[0], strict=True):
        filled.value = value
    card = SpaceCard(Path(app).with_name("README.md").read_text(encoding="utf-8"))

    @wraps(score)
    def shown(*boxes: Any) -> list[Any]:
        try:
            rows, result = score(*boxes)
        except InputError as error:
            message = escape(str(error), quote=False)  # gradio shows it as HTML, and it quotes what was pasted
            raise gr.Error(message, duration=None, print_exception=False) from None
        return [_scores(rows), _status(result.get("parse")), result]

    return gr.Interface(
        shown,
        list(inputs),
        [
            gr.Dataframe(label="Scores", interactive=False),
            gr.Dataframe(
                label="How well the answers are written",
                interactive=False,
                visible=False,
                wrap=True,
                column_widths=["40%", "15%", "45%"],
            ),
            gr.JSON(label="The whole result", open=False, max_height=400),
        ],
        additional_inputs=list(more),
        additional_inputs_accordion=gr.Accordion("More", open=False),
        examples=[[*example, *(folded.value for folded in more)] for example in examples],
        title=card.data.get("title"),
        description=card.data.get("description"),
        article=card.text,
        submit_btn="Score",
        api_name="score",
        flagging_mode="never",
        analytics_enabled=False,
    )


def _scores(rows: Rows) -> dict[str, Any]:
    columns = list(dict.fromkeys(name for scores in rows.values() for name in scores))
    cells = [[name, *(_cell(scores.get(column)) for column in columns)] for name, scores in rows.items()]
    return {"headers": ["", *columns], "data": cells}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _status(parse: dict[str, Any] | None) -> dict[str, Any]:
    if parse is None:
        return gr.update(visible=False)
    cells = []
    for name, meaning in _STATUS.items():
        if parse[name] is not None:  # else its input, the categories or the texts, was not given
            first = next(iter(parse["examples"].get(name, ())), None)
            cells.append([meaning, parse[name], "" if first is None else _shown(**first)])
    return gr.update(value={"headers": ["", "count", "the first one"], "data": cells}, visible=True)


def _shown(example: int, found: Any) -> str:
    return f"answer {example}: {found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)}"


# ---- what a box holds -----------------------------------------------------------------------------


def box(label: str, lines: int = 5, **options: Any) -> gr.Textbox:
    """A box for examples."""
    return gr.Textbox(label=label, lines=lines, max_lines=20, **options)


def texts(written: str) -> list[str]:
    """Texts with an empty line between them, or a JSON list of strings."""
    try:
        read = json.loads(written)
    except (ValueError, RecursionError):
        read = None
    if read and isinstance(read, list) and all(isinstance(text, str) for text in read):
        return read
    return re.split(r"\n\s*\n", written.strip())


def column(name: str, written: str) -> Any:
    """A column as JSON. Raises InputError with the place that is not."""
    try:
        return json.loads(written)
    except RecursionError:
        raise InputError(f"{name} is nested too deeply; give a list with one entry an example") from None
    except ValueError as error:
        raise InputError(f"{name} is no JSON ({error}); give a list with one entry an example") from None


def extractions(predictions: str, references: str) -> tuple[Any, Any, dict[str, Any] | None]:
    """Open IE predictions and references, each as JSON or as answers `(predicate; subject; object);`, and how well
    the predicted answers are written (None for JSON).

    Raises:
        InputError: for JSON that is none, and for a reference answer that cannot be read in full: gold must count.
    """
    ours, status = _extractions("predictions", predictions)
    theirs, of_gold = _extractions("references", references)
    unread = [*of_gold["examples"]["invalid"], *of_gold["examples"]["repaired"]] if of_gold else []
    for bad in unread[:1]:
        raise InputError(
            f"references[{bad['example']}] is no open IE answer ({checks.shown(bad['found'])}); "
            "give (predicate; subject; object);"
        )
    return ours, theirs, status


def _extractions(name: str, written: str) -> tuple[Any, dict[str, Any] | None]:
    written = written.strip()
    if written.startswith(("[", "{")) and not written.startswith(MARKER):
        return column(name, written), None
    answers, status = read_answers(texts(written), "openie")
    return [[item._asdict() for item in answer] for answer in answers], status
