"""The Space of the metric `odie_table`: paste a Markdown table and its gold table, see their scores."""

from typing import Any

import gradio as gr

from adelie_hf.report.metric_space import Rows, box, interface
from adelie_hf.scoring import odie_table
from adelie_hf.scoring.checks import MODES

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
GOLD = "| company | founded | place |\n| --- | --- | --- |\n| Acme | 1947 | Paris |\n| Globex | 1989 | N/A |"


def score(prediction: str, reference: str, mode: str, header: bool) -> tuple[Rows, dict[str, Any]]:
    result = odie_table([prediction], [reference], mode=mode, header_model=MODEL if header else None)
    rows = {"content": {"f1": result["content"]}}
    if header:
        rows["header"] = {name: result[f"header_{name}"] for name in ("f1", "precision", "recall")}
    return rows, result


demo = interface(
    __file__,
    score,
    [
        box("Model output", 8, info="A Markdown table, with or without prose around it."),
        box("Gold table", 8),
        gr.Radio(MODES, value="corrected", label="Mode", info="`reference` gives the published scorer's numbers."),
        gr.Checkbox(False, label="Score the header too", info=f"Loads {MODEL} when it is used first."),
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
