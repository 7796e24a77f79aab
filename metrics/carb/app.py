"""The Space of the metric `carb`: paste extractions, see their scores."""

from typing import Any

import gradio as gr

from adelie_hf.report.metric_space import Rows, box, extractions, interface
from adelie_hf.scoring import carb
from adelie_hf.scoring.checks import MODES

FIGURES = ("precision", "recall", "f1")


def score(predictions: str, references: str, mode: str, binary: bool) -> tuple[Rows, dict[str, Any]]:
    predicted, gold, status = extractions(predictions, references)
    result = carb(predicted, gold, mode=mode, binary=binary) | {"parse": status}
    everything = {name: result["no_threshold"][name] for name in FIGURES}
    best = {name: result[name] for name in FIGURES}
    return {
        "no threshold": everything,
        "best threshold": best | {"threshold": result["threshold"], "auc": result["auc"]},
    }, result


demo = interface(
    __file__,
    score,
    [
        box(
            "Predictions",
            info="Answers such as (bought; Acme; Globex); with an empty line between two sentences. Or JSON, one list "
            'a sentence: [[{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}]]',
        ),
        box("References", info="The gold tuples of the same sentences, written in either way."),
        gr.Radio(MODES, value="corrected", label="Mode", info="`reference` gives the published scorer's numbers."),
    ],
    [gr.Checkbox(False, label="Score tuples of three and more arguments as pairs")],
    [
        [
            "(bought; Acme; Globex); (is; Acme; a company);\n\n(lives; Ann; in Paris);",
            "(bought; Acme; Globex; in May);\n\n(lives in; Ann; Paris); (works; Ann; in Rome);",
            "corrected",
        ],
        [
            '[[{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9},\n'
            '  {"predicate": "sold", "arguments": ["Acme"], "confidence": 0.2}]]',
            '[[{"predicate": "bought", "arguments": ["Acme", "Globex", "in May"]}]]',
            "reference",
        ],
    ],
)

if __name__ == "__main__":
    demo.launch()
