"""ROBUST scores of open information extraction, as an `evaluate` module."""

from adelie_hf import scoring
from adelie_hf.scoring import evaluate_module

_SUMMARY = """
ROBUST: token-level precision, recall, F1 and area under the curve of open information extraction, where a sentence and
its paraphrases score as the worst of them; and CaRB of one sentence at a time.
"""

_INPUTS = """
Args:
    predictions, references: one list per sentence of {"predicate": "bought", "arguments": ["Acme", "Globex"]}; None
        where the predictions or the gold file do not contain the sentence.
    cliques: the clique of each sentence; its first sentence is the original.
    sentences: the sentence of each entry; of equal ones in a clique the later counts.
    mode: "corrected" (default), or "reference" for the numbers of the published scorer.
    corrections: the corrections to apply in mode "corrected", all by default.
    unicode: compare all strings in this normal form, "NFC" or "NFKC"; by default as they are.
    missing: "error" (default), "zero" or "skip": the treatment of a sentence that only one side contains.
    interval, seed: also return the 95 % bootstrap intervals of F1 over cliques, and their seed.
    per_example: also return the sums of each clique, for adelie_hf.scoring.paired_test.
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


class Robust(evaluate_module.CheckedMetric):
    """ROBUST, with its corrected behaviour unless `mode="reference"`."""

    texts = evaluate_module.Description(_SUMMARY, _INPUTS, _CITATION)
    scorer = staticmethod(scoring.robust)

    def columns(self) -> dict[str, evaluate_module.Column]:
        """Return the columns by name."""
        return {
            "predictions": evaluate_module.OPTIONAL_EXTRACTION_COLUMN,
            "references": evaluate_module.OPTIONAL_EXTRACTION_COLUMN,
            "cliques": evaluate_module.CLIQUE_COLUMN,
            "sentences": evaluate_module.STRING_COLUMN,
        }
