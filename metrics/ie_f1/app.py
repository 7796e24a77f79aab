"""The Space of the metric `ie_f1`: paste answers or tuples, see their scores."""

from typing import Any

import gradio as gr

from adelie_hf.prompts import FORMATS
from adelie_hf.report.metric_space import Rows, box, column, interface, texts
from adelie_hf.scoring import answer_f1, exact_f1
from adelie_hf.scoring.reference import SCORERS_OF
from adelie_hf.tasks import CLOSED_TASKS

TUPLES = "tuples"
FIGURES = ("precision", "recall", "f1", "tp", "n_pred", "n_gold")
PUBLISHED = sorted({scorer for scorers in SCORERS_OF.values() for scorer in scorers})


def score(
    task: str, predictions: str, references: str, mode: str, format: str, categories: str, text: str
) -> tuple[Rows, dict[str, Any]]:
    options: dict[str, Any] = {} if mode == "corrected" else {"mode": "reference", "scorer": mode}
    if task == TUPLES:
        result = exact_f1(column("predictions", predictions), column("references", references), **options)
    else:
        outputs, gold = texts(predictions), texts(references)
        if mode == "corrected":
            options["formats"] = [format] * len(outputs)
            if categories.strip():
                options["schemas"] = [[category(line) for line in categories.strip().splitlines()]] * len(outputs)
            if text.strip():
                options["texts"] = texts(text)
        result = answer_f1(outputs, gold, task, **options)
    parts = {"all": result} | {part: result[part] for part in ("trigger", "argument") if part in result}
    parts |= result["per_type"] or {}
    return {name: {figure: part[figure] for figure in FIGURES} for name, part in parts.items()}, result


def category(line: str) -> dict[str, Any]:
    """`attack: attacker, place`"""
    name, _, roles = line.partition(":")
    return {"name": name.strip(), "roles": [role.strip() for role in roles.split(",") if role.strip()]}


demo = interface(
    __file__,
    score,
    [
        gr.Dropdown(
            [TUPLES, *CLOSED_TASKS], value="ner", label="Task", info="What the answers are; or tuples as JSON."
        ),
        box(
            "Predictions", info="Answers, with an empty line between two; for tuples a JSON list, one list an example."
        ),
        box("References", info="The gold answers in the same order."),
    ],
    [
        gr.Dropdown(
            [("corrected", "corrected"), *((f"reference: {name}", name) for name in PUBLISHED)],
            value="corrected",
            label="Mode",
            info="A published scorer reads the answers in its own way, errors included.",
        ),
        gr.Radio(FORMATS, value="text", label="Answer format"),
        box("Categories offered", 3, value="", info="One a line, with roles as in `attack: attacker, place`."),
        box("Texts asked about", 3, value="", info="One an answer, with an empty line between two."),
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
