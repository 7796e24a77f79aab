"""The Space of the metric `odie_table`: scores of a Markdown table that a user pastes."""

from collections.abc import Mapping

import gradio as gr

from adelie_hf.report.metric_space import ScoreRows, interface, text_box
from adelie_hf.scoring import odie_table
from adelie_hf.scoring.validation import MODES

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
GOLD = "| company | founded | place |\n| --- | --- | --- |\n| Acme | 1947 | Paris |\n| Globex | 1989 | N/A |"


def score(prediction: str, reference: str, mode: str, header: bool) -> tuple[ScoreRows, Mapping[str, object]]:
    """Return the scores of the content and, on request, of the header, and the full result."""
    result = odie_table([prediction], [reference], mode=mode, header_model=MODEL if header else None)
    rows: dict[str, dict[str, object]] = {"content": {"f1": result["content"]}}
    if header:
        rows["header"] = {
            "f1": result["header_f1"],
            "precision": result["header_precision"],
            "recall": result["header_recall"],
        }
    return rows, result


demo = interface(
    __file__,
    score,
    [
        text_box("Model output", lines=8, info="A Markdown table, with or without prose around it."),
        text_box("Gold table", lines=8),
        gr.Radio(MODES, value="corrected", label="Mode", info="`reference` gives the published numbers."),
        gr.Checkbox(False, label="Score the header too", info=f"Loads {MODEL} at its first use."),
    ],
    [],
    [
        [
            "Here is the table:\n\n| name | founded | place |\n| --- | --- | --- |\n| Acme | 1947 | Paris |\n"
            "| Globex | 1990 | Rome |\n\nI hope that it helps.",
            GOLD,
            "corrected",
            False,
        ],
        ["There is no table in the text.", GOLD, "corrected", False],
    ],
)

if __name__ == "__main__":
    demo.launch()
