"""The Space of the metric `ie_f1`: scores of answers or tuples that a user pastes."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from adelie_hf.prompts import FORMATS
from adelie_hf.report.metric_space import ScoreRows, interface, read_json_column, split_texts, text_box
from adelie_hf.rows import Category
from adelie_hf.scoring import answer_f1, exact_f1, published_scorer, reference_f1, reference_f1_of_tuples
from adelie_hf.scoring.reference import PUBLISHED_SCORERS
from adelie_hf.tasks import CLOSED_TASKS

TUPLES = "tuples"
COLUMNS = ("precision", "recall", "f1", "tp", "n_pred", "n_gold")


def score(
    task: str, predictions: str, references: str, mode: str, format: str, categories: str, text: str
) -> tuple[ScoreRows, Mapping[str, object]]:
    """Return the scores in all and by part, and the full result; `mode` may be a published scorer."""
    if task == TUPLES:
        items = read_json_column("predictions", predictions), read_json_column("references", references)
        return with_rows(exact_f1(*items) if mode == "corrected" else reference_f1_of_tuples(*items, mode))
    outputs, gold = split_texts(predictions), split_texts(references)
    if mode != "corrected":
        return with_rows(reference_f1(outputs, gold, published_scorer(task, mode)))
    schema = [read_category(line) for line in categories.strip().splitlines()]
    return with_rows(
        answer_f1(
            outputs,
            gold,
            task,
            formats=[format] * len(outputs),
            schemas=[schema] * len(outputs) if schema else None,
            texts=split_texts(text) if text.strip() else None,
        )
    )


def with_rows(result: Mapping[str, Any]) -> tuple[ScoreRows, Mapping[str, object]]:
    """Return the scores in all and by part, and the result."""
    parts = {"all": result, **{name: result[name] for name in ("trigger", "argument") if name in result}}
    parts |= result["per_type"] or {}
    return {part: {name: scores[name] for name in COLUMNS} for part, scores in parts.items()}, result


def read_category(line: str) -> Category:
    """Return the category of a line such as `attack: attacker, place`."""
    name, _, roles = line.partition(":")
    return {"name": name.strip(), "roles": [role.strip() for role in roles.split(",") if role.strip()]}


demo = interface(
    __file__,
    score,
    [
        gr.Dropdown(
            [TUPLES, *CLOSED_TASKS], value="ner", label="Task", info="The task of the answers, or tuples as JSON."
        ),
        text_box(
            "Predictions",
            info="Answers, separated by an empty line; for tuples a JSON list, one list per example.",
        ),
        text_box("References", info="The gold answers in the same order."),
    ],
    [
        gr.Dropdown(
            [("corrected", "corrected"), *((f"reference: {name}", name) for name in sorted(PUBLISHED_SCORERS))],
            value="corrected",
            label="Mode",
            info="A published scorer has its own parsing of the answers, errors included.",
        ),
        gr.Radio(FORMATS, value="text", label="Answer format"),
        text_box(
            "Categories offered", lines=3, value="", info="One per line, with roles as in `attack: attacker, place`."
        ),
        text_box("Texts", lines=3, value="", info="The text of each prompt, separated by an empty line."),
    ],
    [
        [
            "ner",
            "[Answer]: Acme: organization; Paris: person;\n\n[Answer]: Rome: location; and that is all",
            "[Answer]: Acme: organization; Paris: location;\n\n[Answer]: Rome: location;",
        ],
        ["re", "(Acme; owns; Globex);", "(Acme; owns; Globex); (Globex; based in; Paris);"],
        ["ee", "attacked: attack (rebels: attacker);", "attacked: attack (rebels: attacker; Paris: place);"],
        [TUPLES, '[[["Acme", "organization"]], []]', '[[["Acme", "organization"]], [["Rome", "location"]]]'],
    ],
)

if __name__ == "__main__":
    demo.launch()
