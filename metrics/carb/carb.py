"""CaRB scores of open information extraction, as an `evaluate` module."""

from adelie_hf import scoring
from adelie_hf.scoring import evaluate_module

_SUMMARY = """
CaRB: token-level precision, recall, F1 and area under the precision-recall curve of open information extraction
(default matcher, n-ary tuples).
"""

_INPUTS = """
Args:
    predictions, references: one list per sentence of
        {"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}.
    sentences: the sentence of each entry; predictions and gold tuples are then aligned by the published key.
    mode: "corrected" (default), or "reference" for the numbers of the published scorer.
    corrections: the corrections to apply in mode "corrected", all by default.
    unicode: compare all strings in this normal form, "NFC" or "NFKC"; by default as they are.
    binary: score tuples of three and more arguments as pairs.
    interval, seed: also return the 95 % bootstrap interval of F1 without a threshold, and its seed.
    per_example: also return the sums of each sentence, for adelie_hf.scoring.paired_test.
Returns:
    precision, recall, f1 at the best threshold, threshold, auc, no_threshold, curve, n_pred, n_gold, mode,
    corrections.
Examples:
    >>> metric = evaluate.load("carb")
    >>> tuples = [[{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 1.0}]]
    >>> metric.compute(predictions=tuples, references=tuples)["f1"]
    1.0
"""

_CITATION = """
@inproceedings{bhardwaj2019carb,
  title = {{CaRB}: A Crowdsourced Benchmark for Open {IE}},
  author = {Bhardwaj, Sangnie and Aggarwal, Samarth and Mausam},
  booktitle = {EMNLP-IJCNLP},
  year = {2019}
}
"""


class Carb(evaluate_module.CheckedMetric):
    """CaRB, with its corrected behaviour unless `mode="reference"`."""

    texts = evaluate_module.Description(_SUMMARY, _INPUTS, _CITATION)
    scorer = staticmethod(scoring.carb)

    def columns(self) -> dict[str, evaluate_module.Column]:
        """Return the columns by name."""
        return {
            "predictions": evaluate_module.EXTRACTION_COLUMN,
            "references": evaluate_module.EXTRACTION_COLUMN,
            "sentences": evaluate_module.STRING_COLUMN,
        }
