"""CaRB scores of open information extraction, as an `evaluate` module."""

import datasets
import evaluate

from adelie_hf import scoring
from adelie_hf.scoring import checks, evaluate_module

_DESCRIPTION = """
CaRB: token-level precision, recall, F1 and area under the precision-recall curve of open information
extraction (default matcher, n-ary tuples).
"""

_INPUTS = """
Args:
    predictions, references: one list a sentence of
        {"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}.
    sentences: the sentence of each position; predictions and gold tuples then meet by the original's key.
    mode: "corrected" (default), or "reference" for the published scorer's numbers.
    corrections: those that "corrected" makes, all of them unless given.
    binary: whether to score tuples of three and more arguments as pairs.
    interval, seed: whether to give the 95 % bootstrap interval of F1 at no threshold, and its seed.
    per_example: whether to give what each sentence adds, for adelie_hf.scoring.paired_test.
Returns:
    precision, recall, f1 at the best threshold, threshold, auc, no_threshold, curve, n_pred, n_gold,
    mode, corrections.
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

_STRING = datasets.Value("string")


class Carb(evaluate_module.CheckedMetric):
    """CaRB, with the corrected behaviour unless `mode="reference"`."""

    def _info(self):
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": evaluate_module.EXTRACTIONS,
                    "references": evaluate_module.EXTRACTIONS,
                    "sentences": _STRING,
                }
            ),
        )

    def check(self, columns):
        return {
            name: checks.strings(name, column) if name == "sentences" else checks.extractions(name, column)
            for name, column in columns.items()
        }

    def score(self, columns, **options):
        return scoring.carb(**columns, **options)
