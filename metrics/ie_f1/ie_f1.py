"""Exact-match F1 for information extraction, as an `evaluate` module."""

from collections.abc import Mapping
from typing import Any

from adelie_hf import scoring
from adelie_hf.errors import InputError
from adelie_hf.scoring import evaluate_module, validation
from adelie_hf.tasks import CLOSED_TASKS

_SUMMARY = """
Exact-match precision, recall and F1 of information extraction: entities, relations, event triggers and arguments.
Without a configuration it scores tuples of strings; with a task as configuration ("ner", "rc", "re", "ed", "ee",
"eae", "ere") it reads raw answer texts and also counts how well they are written.
"""

_INPUTS = """
Args:
    predictions, references: one list of tuples of strings per example, [["Acme", "organization"]] or
        [["Acme", "acquired", "Globex"]]. With a task as configuration: one answer text per example.
    groups: the group of each example; scores are also returned by group.
    spans: without a configuration, the offsets of the tuples:
        {"predictions": [[0, 4]], "references": [[0, 4]]} per example.
    formats, schemas, texts: with a task, for each example the answer format ("text" or "json"), the categories offered
        [{"name": "attack", "roles": ["place"]}], and the text of the prompt.
    mode, scorer: "corrected" (default), or "reference" with a published scorer: "fewnerd", "semeval", "richere-ed",
        "richere-eae", "matres", "iepile-ner", "iepile-re", "iepile-ee", "iepile-eea".
    type_index, na_label, matching, average, ignore_case, normalize_whitespace, unicode, partial, baselines,
        per_example, interval, seed: as for adelie_hf.scoring.exact_f1.
Returns:
    precision, recall, f1, tp, n_pred, n_gold, per_type, per_group, f1_interval, parse, the scores on request (partial,
    baselines, per_example), and the behaviour: mode, and matching and average, or scorer.
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


class IEF1(evaluate_module.CheckedMetric):
    """Exact-match F1; the configuration is a task, or none for tuples."""

    texts = evaluate_module.Description(_SUMMARY, _INPUTS, _CITATION)

    def columns(self) -> dict[str, evaluate_module.Column]:
        """Return the columns by name."""
        if self.config_name == "default":
            return {
                "predictions": evaluate_module.ITEM_COLUMN,
                "references": evaluate_module.ITEM_COLUMN,
                "groups": evaluate_module.STRING_COLUMN,
                "spans": evaluate_module.SPAN_COLUMN,
            }
        validation.check_choice("the configuration", self.config_name, CLOSED_TASKS)
        return {
            "predictions": evaluate_module.STRING_COLUMN,
            "references": evaluate_module.STRING_COLUMN,
            "groups": evaluate_module.STRING_COLUMN,
            "formats": evaluate_module.FORMAT_COLUMN,
            "schemas": evaluate_module.SCHEMA_COLUMN,
            "texts": evaluate_module.STRING_COLUMN,
        }

    def score(
        self, columns: dict[str, Any], *, mode: str = "corrected", scorer: Any = None, **options: Any
    ) -> Mapping[str, object]:
        """Return the result of the corrected scorer, or of a published one in mode "reference"."""
        validation.check_choice("mode", mode, validation.MODES)
        if mode == "reference":
            return {**self._reference_score(scorer, **columns, **options), "parse": None}
        if scorer is not None:
            raise InputError(f'scorer is {scorer!r}, which needs mode="reference"')
        if self.config_name == "default":
            return {**scoring.exact_f1(**columns, **options), "parse": None}
        return scoring.answer_f1(task=self.config_name, **columns, **options)

    def _reference_score(
        self, scorer: Any, *, predictions: Any, references: Any, groups: Any, **others: object
    ) -> Mapping[str, object]:
        for name, value in others.items():
            if value is not None and value is not False:
                raise InputError(f'{name} needs mode="corrected"; the published scorers take groups only')
        if self.config_name == "default":
            return scoring.reference_f1_of_tuples(predictions, references, scorer, groups=groups)
        published = scoring.published_scorer(self.config_name, scorer)
        return scoring.reference_f1(predictions, references, published, groups=groups)
