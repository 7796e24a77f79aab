"""ROBUST scores of open information extraction, as an `evaluate` module."""

import datasets
import evaluate

from adelie_hf import scoring
from adelie_hf.scoring import checks, evaluate_module
from adelie_hf.scoring.robust import ids, sides

_DESCRIPTION = """
ROBUST: token-level precision, recall, F1 and area under the curve of open information extraction, where a
sentence and its paraphrases score as the worst of them; and CaRB of one sentence at a time.
"""

_INPUTS = """
Args:
    predictions, references: one list a sentence of {"predicate": "bought", "arguments": ["Acme", "Globex"]}; None
        where the predictions or the gold file do not hold the sentence.
    cliques: the clique of each sentence; its first sentence is the original.
    sentences: the sentence of each position; of equal ones in a clique the later counts.
    mode: "corrected" (default), or "reference" for the published scorer's numbers.
    corrections: those that "corrected" makes, all of them unless given.
    missing: "error" (default), "zero" or "skip": what becomes of a sentence that only one side holds.
    interval, seed: whether to give the 95 % bootstrap intervals of F1 over cliques, and their seed.
    per_example: whether to give what each clique adds, for adelie_hf.scoring.paired_test.
Returns:
    precision, recall, f1, auc, f1_interval of the worst sentences; carb, the same of the originals; n_cliques,
    n_sentences, missing, extra, mode, corrections.
Examples:
    >>> metric = evaluate.load("robust")
    >>> tuples = [[{"predicate": "bought", "arguments": ["Acme", "Globex"]}]] * 2
    >>> metric.compute(predictions=tuples, references=tuples, cliques=[1, 1])["f1"]
    1.0
"""

_CITATION = """
@inproceedings{qi2023preserving,
  title = {Preserving Knowledge Invariance: Rethinking Robustness Evaluation of Open Information Extraction},
  author = {Qi, Ji and Zhang, Chuchun and Wang, Xiaozhi and Zeng, Kaisheng and Yu, Jifan and Liu, Jinxin
    and Hou, Lei and Li, Juanzi and Xu, Bin},
  booktitle = {EMNLP},
  year = {2023}
}
"""

_STRING = datasets.Value("string")


class Robust(evaluate_module.CheckedMetric):
    """ROBUST, with the corrected behaviour unless `mode="reference"`."""

    def _info(self):
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": evaluate_module.EXTRACTIONS,
                    "references": evaluate_module.EXTRACTIONS,
                    "cliques": _STRING,
                    "sentences": _STRING,
                }
            ),
        )

    def check(self, columns):
        checkers = {"cliques": ids, "sentences": checks.strings}
        return {name: checkers.get(name, sides)(name, column) for name, column in columns.items()}

    def score(self, columns, **options):
        cliques = columns.pop("cliques", None)
        # evaluate cannot tell a column without entries from one that was left out.
        return scoring.robust(**columns, cliques=cliques if columns["predictions"] else [], **options)
