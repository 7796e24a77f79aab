"""The Space of the metric `robust`: scores of extractions that a user pastes, with paraphrases."""

from collections.abc import Mapping

import gradio as gr

from adelie_hf.report.metric_space import ScoreRows, interface, read_extractions, text_box
from adelie_hf.scoring import robust
from adelie_hf.scoring.validation import MODES


def score(predictions: str, references: str, cliques: str, mode: str) -> tuple[ScoreRows, Mapping[str, object]]:
    """Return the scores of the worst sentences and of the originals, and the full result."""
    predicted, gold, parse = read_extractions(predictions, references)
    result = robust(predicted, gold, cliques.split(), mode=mode)
    scores: dict[str, Mapping[str, object]] = {"worst of clique": result, "originals (CaRB)": result["carb"]}
    columns = ("precision", "recall", "f1", "auc")
    return {row: {name: cells[name] for name in columns} for row, cells in scores.items()}, {**result, "parse": parse}


demo = interface(
    __file__,
    score,
    [
        text_box(
            "Predictions",
            info="Answers such as (bought; Acme; Globex); with an empty line between sentences. Or JSON, one list per "
            'sentence: [[{"predicate": "bought", "arguments": ["Acme", "Globex"]}]]',
        ),
        text_box("References", info="The gold tuples of the same sentences, in either form."),
        gr.Textbox(label="Cliques", info="The clique of each sentence; its first sentence is the original."),
        gr.Radio(MODES, value="corrected", label="Mode", info="`reference` gives the published numbers."),
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
