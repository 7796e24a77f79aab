"""Scores of on-demand information extraction tables, as an `evaluate` module."""

from adelie_hf import scoring
from adelie_hf.scoring import evaluate_module

_SUMMARY = """
On-demand information extraction: ROUGE-Lsum of the content of a Markdown table and, with an embedding model, the soft
match of its header.
"""

_INPUTS = """
Args:
    predictions: one output of a model per item, with or without an explanation.
    references: one Markdown table per item.
    groups: the groups of each item, one or several.
    mode: "corrected" (default), or "reference" for the numbers of the published scorer.
    corrections: the corrections to apply in mode "corrected", all by default.
    unicode: compare all strings in this normal form, "NFC" or "NFKC"; by default as they are.
    header_model: the name, folder or installed package of a sentence-embedding model, or a function of n strings that
        returns n unit vectors. Without it the header is not scored.
    interval, seed: also return the 95 % bootstrap intervals of content and header F1, and their seed.
    per_example: also return the sums of each item, for adelie_hf.scoring.paired_test.
Returns:
    content, header_precision, header_recall, header_f1, n_items, missing, content_interval, header_f1_interval,
    per_group, mode, corrections; scores are from 0 to 1.
Examples:
    >>> metric = evaluate.load("odie_table")
    >>> table = "| name |\\n| --- |\\n| Acme |"
    >>> metric.compute(predictions=[table], references=[table])["content"]
    1.0
"""

_CITATION = """
@inproceedings{jiao2023instruct,
  title = {Instruct and Extract: Instruction Tuning for On-Demand Information Extraction},
  author = {Jiao, Yizhu and Zhong, Ming and Li, Sha and Zhao, Ruining and Ouyang, Siru and Ji, Heng and Han, Jiawei},
  booktitle = {EMNLP},
  year = {2023}
}
"""


class OdieTable(evaluate_module.CheckedMetric):
    """On-demand tables, with their corrected behaviour unless `mode="reference"`."""

    texts = evaluate_module.Description(_SUMMARY, _INPUTS, _CITATION)
    scorer = staticmethod(scoring.odie_table)

    def columns(self) -> dict[str, evaluate_module.Column]:
        """Return the columns by name."""
        return {
            "predictions": evaluate_module.STRING_COLUMN,
            "references": evaluate_module.STRING_COLUMN,
            "groups": evaluate_module.GROUP_COLUMN,
        }
