"""Exact-match F1 for information extraction, as an `evaluate` module."""

import datasets
import evaluate

from adelie_hf import scoring
from adelie_hf.scoring import checks, evaluate_module
from adelie_hf.tasks import CLOSED_TASKS

_DESCRIPTION = """
Exact-match precision, recall and F1 of information extraction: entities, relations, event triggers and
arguments. Without a configuration it scores tuples of strings; with a task as configuration ("ner", "rc",
"re", "ed", "ee", "eae", "ere") it reads raw answer texts and also counts how well they are written.
"""

_INPUTS = """
Args:
    predictions, references: one list of tuples of strings an example, [["Acme", "organization"]] or
        [["Acme", "acquired", "Globex"]]. With a task as configuration: one answer text an example.
    groups: a name for each example; scores are also given by group.
    spans: without a configuration, the tuples' offsets:
        {"predictions": [[0, 4]], "references": [[0, 4]]} for each example.
    formats, schemas, texts: with a task, for each example the answer format ("text" or "json"), the
        categories offered [{"name": "attack", "roles": ["place"]}], and the text asked about.
    mode, scorer: "corrected", or "reference" with the published scorer whose figures to give: "fewnerd",
        "semeval", "richere-ed", "richere-eae", "matres", "iepile-ner", "iepile-re", "iepile-ee", "iepile-eea".
    type_index, na_label, matching, average, ignore_case, normalize_whitespace, partial, baselines, per_example,
        interval, seed: as in adelie_hf.scoring.exact_f1.
Returns:
    precision, recall, f1, tp, n_pred, n_gold, per_type, per_group, f1_interval, parse, what was asked for besides
    (partial, baselines, per_example), and the behaviour: mode, and matching and average or scorer.
Examples:
    >>> metric = evaluate.load("ie_f1")
    >>> metric.compute(predictions=[[["Acme", "organization"]]], references=[[["Acme", "organization"]]])["f1"]
    1.0
"""

_CITATION = """
@article{qi2024adelie,
  title = {{ADELIE}: Aligning Large Language Models on Information Extraction},
  author = {Qi, Yunjia and Peng, Hao and Wang, Xiaozhi and Xu, Bin and Hou, Lei and Li, Juanzi},
  year = {2024}
}
"""

_STRING = datasets.Value("string")
_TUPLES = datasets.List(datasets.List(_STRING))
_OFFSETS = datasets.List(datasets.List(datasets.Value("int64")))
_SCHEMA = datasets.List({"name": _STRING, "roles": datasets.List(_STRING)})


class IEF1(evaluate_module.CheckedMetric):
    """Exact-match F1; the configuration is a task, or none for tuples."""

    def _info(self):
        if self.config_name == "default":
            columns = {"predictions": _TUPLES, "references": _TUPLES, "groups": _STRING}
            columns["spans"] = {"predictions": _OFFSETS, "references": _OFFSETS}
        else:
            checks.one_of("the configuration", self.config_name, CLOSED_TASKS)
            columns = dict.fromkeys(("predictions", "references", "groups", "formats", "texts"), _STRING)
            columns["schemas"] = _SCHEMA
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(columns),
        )

    def check(self, columns):
        checkers = {"formats": checks.formats, "schemas": checks.schemas, "spans": checks.spans}
        if self.config_name == "default":
            checkers |= {"predictions": checks.tuples, "references": checks.tuples}
        return {name: checkers.get(name, checks.strings)(name, column) for name, column in columns.items()}

    def score(self, columns, **options):
        if self.config_name == "default":
            return scoring.exact_f1(**columns, **options) | {"parse": None}
        return scoring.answer_f1(task=self.config_name, **columns, **options)
