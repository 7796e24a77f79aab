"""The Space of the metric `robust`: paste extractions of sentences and their paraphrases, see their scores."""

from typing import Any

import gradio as gr

from adelie_hf.report.metric_space import Rows, box, extractions, interface
from adelie_hf.scoring import robust
from adelie_hf.scoring.checks import MODES

FIGURES = ("precision", "recall", "f1", "auc")


def score(predictions: str, references: str, cliques: str, mode: str) -> tuple[Rows, dict[str, Any]]:
    predicted, gold, status = extractions(predictions, references)
    result = robust(predicted, gold, cliques.split(), mode=mode) | {"parse": status}
    lines = {"worst of clique": result, "originals (CaRB)": result["carb"]}
    return {name: {figure: line[figure] for figure in FIGURES} for name, line in lines.items()}, result


demo = interface(
    __file__,
    score,
    [
        box(
            "Predictions",
            info="Answers such as (bought; Acme; Globex); with an empty line between two sentences. Or JSON, one list "
            'a sentence: [[{"predicate": "bought", "arguments": ["Acme", "Globex"]}]]',
        ),
        box("References", info="The gold tuples of the same sentences, written in either way."),
        gr.Textbox(label="Cliques", info="The clique of each sentence; its first sentence is the original."),
        gr.Radio(MODES, value="corrected", label="Mode", info="`reference` gives the published scorer's numbers."),
    ],
    [],
    [
        [
            "(bought; Acme; Globex);\n\n(was bought; Globex; by Acme);\n\n(lives in; Ann; Paris);",
            "(bought; Acme; Globex);\n\n(bought; Acme; Globex);\n\n(lives in; Ann; Paris);",
            "deal deal home",
            "corrected",
        ],
        [
            '[[{"predicate": "bought", "arguments": ["Acme", "Globex"]}], []]',
            '[[{"predicate": "bought", "arguments": ["Acme", "Globex"]}],\n'
            ' [{"predicate": "bought", "arguments": ["Acme", "Globex"]}]]',
            "1 1",
            "reference",
        ],
    ],
)

if __name__ == "__main__":
    demo.launch()
