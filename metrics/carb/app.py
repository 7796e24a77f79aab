"""The Space of the metric `carb`: scores of extractions that a user pastes."""

from collections.abc import Mapping

import gradio as gr

from adelie_hf.report.metric_space import ScoreRows, interface, read_extractions, text_box
from adelie_hf.scoring import carb
from adelie_hf.scoring.validation import MODES


def score(predictions: str, references: str, mode: str, binary: bool) -> tuple[ScoreRows, Mapping[str, object]]:
    """Return the scores at the best threshold and without one, and the full result."""
    predicted, gold, parse = read_extractions(predictions, references)
    result = carb(predicted, gold, mode=mode, binary=binary)
    columns = ("precision", "recall", "f1")
    no_threshold: Mapping[str, object] = result["no_threshold"]
    full: Mapping[str, object] = {**result, "parse": parse}
    rows = {
        "no threshold": {name: no_threshold[name] for name in columns},
        "best threshold": {name: full[name] for name in (*columns, "threshold", "auc")},
    }
    return rows, full


demo = interface(
    __file__,
    score,
    [
        text_box(
            "Predictions",
            info="Answers such as (bought; Acme; Globex); with an empty line between sentences. Or JSON, one list per "
            'sentence: [[{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}]]',
        ),
        text_box("References", info="The gold tuples of the same sentences, in either form."),
        gr.Radio(MODES, value="corrected", label="Mode", info="`reference` gives the published numbers."),
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
