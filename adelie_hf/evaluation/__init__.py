"""Scores of a model's answers on held-out rows, by source and task, beside two trivial baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum
from typing import Any

from adelie_hf.answers import Answer, Extraction
from adelie_hf.evaluation.baselines import empty_answers, nearest_answers
from adelie_hf.prompts import parse
from adelie_hf.scoring.answers import flatten, read_answers
from adelie_hf.scoring.carb import carb_sums
from adelie_hf.scoring.exact import exact_f1
from adelie_hf.scoring.intervals import bootstrap, f1_of_sums
from adelie_hf.scoring.tables import odie_table
from adelie_hf.tasks import CLOSED_TASKS

__all__ = ["METRICS", "evaluate"]

Row = dict[str, Any]

METRICS = dict.fromkeys(CLOSED_TASKS, "exact-match F1") | {"openie": "CaRB F1", "odie": "table ROUGE-L"}


def evaluate(
    held_out: Sequence[Row], train: Sequence[Row], outputs: dict[str, dict[str, str]], seed: int
) -> list[dict[str, Any]]:
    """Scores systems and the baselines on held-out rows, one result for each source and task.

    Args:
        held_out, train: rows of IEInstruct. The baselines answer from `train`; a mention counts as seen
            in training when it occurs in a training answer, of whatever task.
        outputs: system -> row id -> output.
        seed: of the bootstrap.

    Returns:
        For each source and task: `source, task, metric, rows, items` (gold items, as they are matched: an
        event is its trigger and each of its arguments), `own_split`, and `scores`:
        system -> `value, interval, parse`, and for closed tasks `seen` and `unseen`: the same metric over
        the items whose mentions all occur, or do not all occur, in training answers (None without such
        gold items), with their number of gold items as `items`.
    """
    closed = (row for row in train if row["task"] in CLOSED_TASKS)
    mentions = {mention for row in closed for item in flatten(_gold(row), row["task"]) for mention in _mentions(item)}
    results = []
    for source, task in dict.fromkeys((row["source"], row["task"]) for row in held_out):
        rows = [row for row in held_out if (row["source"], row["task"]) == (source, task)]
        pool = [row for row in train if (row["source"], row["task"]) == (source, task)]
        answers = {
            "empty": empty_answers(rows),
            "nearest": nearest_answers(rows, pool),
            **{system: [of_system[row["id"]] for row in rows] for system, of_system in outputs.items()},
        }
        gold = [_gold(row) for row in rows]
        results.append(
            {
                "source": source,
                "task": task,
                "metric": METRICS[task],
                "rows": len(rows),
                "items": sum(len(flatten(answer, task) if task in CLOSED_TASKS else answer) for answer in gold),
                "own_split": any(row["choices"]["own_split"] for row in rows),
                "scores": {name: _score(rows, texts, gold, mentions, seed) for name, texts in answers.items()},
            }
        )
    return results


def _gold(row: Row) -> Answer:
    return parse(row["completion"][0]["content"], row["task"], row["format"]).items


def _score(rows: list[Row], outputs: list[str], gold: list[Answer], mentions: set[str], seed: int) -> dict[str, Any]:
    task = rows[0]["task"]
    formats, schemas, texts = ([row[column] for row in rows] for column in ("format", "schema", "text"))
    answers, status = read_answers(outputs, task, formats=formats, schemas=schemas, texts=texts)
    if task == "openie":
        predicted, expected = ([[_extraction(item) for item in answer] for answer in side] for side in (answers, gold))
        sums = carb_sums(predicted, expected)
        value, interval = f1_of_sums(sums.sum(axis=0)), bootstrap(sums, f1_of_sums, seed=seed)
        return {"value": float(value), "interval": list(interval), "parse": status}
    if task == "odie":
        tables = [row["completion"][0]["content"] for row in rows]
        each = [odie_table([text], [table])["content"] for text, table in zip(outputs, tables, strict=True)]
        counted = [[score, 1.0] for score in each]
        interval = bootstrap(counted, lambda sums: sums[..., 0] / sums[..., 1], seed=seed)
        return {"value": fsum(each) / len(each), "interval": list(interval), "parse": status}
    ours, theirs = ([flatten(answer, task) for answer in side] for side in (answers, gold))
    whole = exact_f1(ours, theirs, interval=True, seed=seed)
    return {
        "value": whole["f1"],
        "interval": whole["f1_interval"],
        "parse": status,
        "seen": _part(ours, theirs, lambda item: mentions.issuperset(_mentions(item))),
        "unseen": _part(ours, theirs, lambda item: not mentions.issuperset(_mentions(item))),
    }


def _part(predicted: list, expected: list, belongs: Callable[[tuple[str, ...]], bool]) -> dict[str, Any]:
    """Exact match over the items that belong to a part; a predicted item belongs by its own mentions."""
    sides = [[[item for item in items if belongs(item)] for items in side] for side in (predicted, expected)]
    scored = exact_f1(*sides)
    return {"value": scored["f1"] if scored["n_gold"] else None, "items": scored["n_gold"]}


def _mentions(item: tuple[str, ...]) -> tuple[str, ...]:
    """The mentions of a flattened item: the first field of a pair, the outer ones of a triple."""
    return (item[0], item[2]) if len(item) == 3 else (item[0],)


def _extraction(item: Any) -> dict[str, Any]:
    assert isinstance(item, Extraction)
    return {"predicate": item.predicate, "arguments": list(item.arguments), "confidence": 1.0}
