"""The Gradio page of a metric's Space, and the readers of its text boxes.

Needs gradio (extra `spaces`). evaluate's own widget does not run with gradio 4 or later, and has no inputs for nested
columns and options.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from html import escape
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr
from huggingface_hub import SpaceCard

from adelie_hf.errors import InputError
from adelie_hf.prompts import MARKER
from adelie_hf.scoring import read_answers
from adelie_hf.scoring.answers import ParseCounts, carb_extractions
from adelie_hf.scoring.validation import short_repr

P = ParamSpec("P")
Outputs = TypeVar("Outputs")

ScoreRows = Mapping[str, Mapping[str, object]]  # name of a row -> name of a column -> cell

_PARSE_ROWS = {
    "valid": "answers in the requested format",
    "repaired": "answers read in part, or after a repair",
    "invalid": "answers that cannot be read",
    "repeated": "items repeated in the same answer",
    "off_schema": "items of a category that was not offered",
    "not_in_text": "items with a mention that is not in the text",
}


def interface(
    app: str,
    score: Callable[..., tuple[ScoreRows, Mapping[str, object]]],
    inputs: Sequence[gr.components.Component],
    more_inputs: Sequence[gr.components.Component],
    examples: Sequence[Sequence[object]],
) -> gr.Interface:
    """Return the page of a Space; its endpoint is `/score`.

    Args:
        app: the path of `app.py`, which is next to the card of the metric.
        score: the values of all inputs -> the rows to show, and the result (with `parse` where answers were parsed).
        inputs: the inputs of the page.
        more_inputs: further inputs in an accordion.
        examples: values of `inputs`; the page opens with the first.
    """
    for component, value in zip(inputs, examples[0], strict=True):
        component.value = value
    card = SpaceCard(Path(app).with_name("README.md").read_text(encoding="utf-8"))

    @wraps(score)
    def page_outputs(*values: object) -> list[object]:
        rows, result = explained(score)(*values)
        return [_score_table(rows), _parse_table(cast(ParseCounts | None, result.get("parse"))), result]

    return gr.Interface(
        page_outputs,
        list(inputs),
        [
            gr.Dataframe(label="Scores", interactive=False),
            gr.Dataframe(
                label="Parsing of the predictions",
                interactive=False,
                visible=False,
                wrap=True,
                column_widths=["40%", "15%", "45%"],
            ),
            gr.JSON(label="Full result", open=False, max_height=400),
        ],
        additional_inputs=list(more_inputs),
        additional_inputs_accordion=gr.Accordion("More", open=False),
        examples=[[*example, *(component.value for component in more_inputs)] for example in examples],
        title=card.data.get("title"),
        description=card.data.get("description"),
        article=card.text,
        submit_btn="Score",
        api_name="score",
        flagging_mode="never",
        analytics_enabled=False,
    )


def explained(function: Callable[P, Outputs]) -> Callable[P, Outputs]:
    """Return the function of a page, whose errors in the input the page shows."""

    @wraps(function)
    def outputs(*values: P.args, **options: P.kwargs) -> Outputs:
        try:
            return function(*values, **options)
        except InputError as error:
            message = escape(str(error), quote=False)  # gradio shows the message, which quotes input, as HTML
            raise gr.Error(message, duration=None, print_exception=False) from None

    return outputs


def _score_table(rows: ScoreRows) -> dict[str, object]:
    columns = list(dict.fromkeys(name for cells in rows.values() for name in cells))
    data = [[name, *(_cell(cells.get(column)) for column in columns)] for name, cells in rows.items()]
    return {"headers": ["", *columns], "data": data}


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _parse_table(parse: ParseCounts | None) -> object:
    """Return the update of the table of parse counts, which is hidden where no answers were parsed."""
    if parse is None:
        return gr.update(visible=False)
    counts: Mapping[str, Any] = parse
    data = []
    for name, meaning in _PARSE_ROWS.items():
        if counts[name] is not None:  # None: the categories or the texts were not given
            examples = parse["examples"].get(name)
            first = f"answer {examples[0]['example']}: {_as_text(examples[0]['found'])}" if examples else ""
            data.append([meaning, counts[name], first])
    return gr.update(value={"headers": ["", "count", "first example"], "data": data}, visible=True)


def _as_text(found: object) -> str:
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


# ---- text boxes -----------------------------------------------------------------------------------------------------


def text_box(label: str, *, lines: int = 5, value: str | None = None, info: str | None = None) -> gr.Textbox:
    """Return a text box for examples."""
    return gr.Textbox(label=label, lines=lines, max_lines=20, value=value, info=info)


def split_texts(text: str) -> list[str]:
    r"""Return the texts of a box: separated by an empty line, or a JSON list of strings.

    >>> split_texts("a: x;\n\nb: y;")
    ['a: x;', 'b: y;']
    >>> split_texts('["a: x;", "b: y;"]')
    ['a: x;', 'b: y;']
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if value and isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return value
    return re.split(r"\n\s*\n", text.strip())


def read_json_column(name: str, text: str) -> Any:
    """Return a column written as JSON.

    Raises:
        InputError: for text that is no JSON, with the place.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise InputError(f"{name} is nested too deeply; give a list with one entry an example") from None
    except ValueError as error:
        raise InputError(f"{name} is no JSON ({error}); give a list with one entry an example") from None


def read_extractions(predictions: str, references: str) -> tuple[Any, Any, ParseCounts | None]:
    """Return open IE predictions and references, and the parse counts of the predictions (None for JSON).

    Args:
        predictions, references: JSON, or answers such as `(predicate; subject; object);`.

    Raises:
        InputError: for text that is no JSON, and for a reference that cannot be read in full: all gold counts.
    """
    predicted, predicted_counts = _read_side("predictions", predictions)
    gold, gold_counts = _read_side("references", references)
    if gold_counts is not None:
        for status in ("invalid", "repaired"):
            for bad in gold_counts["examples"][status] or ():
                raise InputError(
                    f"references[{bad['example']}] is no open IE answer ({short_repr(bad['found'])}); "
                    "give (predicate; subject; object);"
                )
    return predicted, gold, predicted_counts


def _read_side(name: str, text: str) -> tuple[Any, ParseCounts | None]:
    text = text.strip()
    if text.startswith(("[", "{")) and not text.startswith(MARKER):
        return read_json_column(name, text), None
    answers, counts = read_answers(split_texts(text), "openie")
    return [carb_extractions(answer) for answer in answers], counts
