"""Scores of on-demand information extraction tables, as an `evaluate` module."""

import datasets
import evaluate

from adelie_hf import scoring
from adelie_hf.scoring import checks, evaluate_module

_DESCRIPTION = """
On-demand information extraction: ROUGE-Lsum of a Markdown table's content and, where an embedding model
is named, the soft match of its header.
"""

_INPUTS = """
Args:
    predictions: one model output an item, explanation and all.
    references: one Markdown table an item.
    mode: "corrected" (default), or "reference" for the published scorer's numbers.
    groups: the groups that each item belongs to, one or several.
    corrections: those that "corrected" makes, all of them unless given.
    header_model: the name, folder or installed package of a sentence-embedding model, or a function from n
        strings to n unit vectors. Without it the header is not scored.
    interval, seed: whether to give the 95 % bootstrap intervals of content and header F1, and their seed.
    per_example: whether to give what each item adds, for adelie_hf.scoring.paired_test.
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


_STRING = datasets.Value("string")


class OdieTable(evaluate_module.CheckedMetric):
    """On-demand tables, with the corrected behaviour unless `mode="reference"`."""

    def _info(self):
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {"predictions": _STRING, "references": _STRING, "groups": datasets.List(_STRING)}
            ),
        )

    def check(self, columns):
        return {
            name: checks.labels(name, column) if name == "groups" else checks.strings(name, column)
            for name, column in columns.items()
        }

    def score(self, columns, **options):
        return scoring.odie_table(**columns, **options)
