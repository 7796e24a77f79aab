"""Exact match beside nervaluate and seqeval, on the same made-up corpus: `python benchmarks/exact.py [EXAMPLES]`.

A peer that is not installed (extra `benchmark`) is left out. Best of five runs each.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adelie_hf.scoring import exact_f1

TYPES = ["person", "organization", "location", "date", "event", "product", "law", "language"]
TOKENS = 30  # of a sentence


def main() -> None:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    draw = random.Random(0)
    gold = [_sentence(draw) for _ in range(examples)]
    predicted = [[_changed(mention, draw) for mention in mentions if draw.random() < 0.9] for mentions in gold]
    sides = [[[(f"w{a}", type) for a, _, type in m] for m in side] for side in (predicted, gold)]
    spans = [
        {"predictions": [[a, b] for a, b, _ in ours], "references": [[a, b] for a, b, _ in theirs]}
        for ours, theirs in zip(predicted, gold, strict=True)
    ]
    print(f"{examples:,} examples, {sum(map(len, gold)):,} gold items; micro and per type")
    ours = _time("exact_f1, offsets", examples, lambda: exact_f1(*sides, spans=spans)["f1"])
    _time("exact_f1, strings", examples, lambda: exact_f1(*sides)["f1"], ours)
    _time("exact_f1, partial", examples, lambda: exact_f1(*sides, spans=spans, partial=True)["f1"], ours)
    _time("exact_f1, interval", examples, lambda: exact_f1(*sides, spans=spans, interval=True)["f1"], ours)
    if importlib.util.find_spec("nervaluate"):
        _time("nervaluate", examples, _nervaluate(predicted, gold), ours)
    if importlib.util.find_spec("seqeval"):
        _time("seqeval, default", examples, _seqeval(predicted, gold), ours)
    _adapter(sides, spans, examples, ours)


def _sentence(draw: random.Random) -> list[tuple[int, int, str]]:
    """Up to five mentions (start, end, type) that do not overlap."""
    ends = sorted(draw.sample(range(TOKENS), 2 * draw.randrange(6)))
    return [(a, b, draw.choice(TYPES)) for a, b in zip(ends[::2], ends[1::2], strict=True)]


def _changed(mention: tuple[int, int, str], draw: random.Random) -> tuple[int, int, str]:
    start, end, type = mention
    return start, end, draw.choice(TYPES) if draw.random() < 0.2 else type


def _nervaluate(predicted: list, gold: list) -> Callable[[], float]:
    import nervaluate

    theirs, ours = (
        [[{"label": type, "start": a, "end": b - 1} for a, b, type in mentions] for mentions in side]
        for side in (gold, predicted)
    )

    def score() -> float:
        return nervaluate.Evaluator(theirs, ours, tags=TYPES, loader="dict").evaluate()["overall"]["strict"].f1

    return score


def _seqeval(predicted: list, gold: list) -> Callable[[], float]:
    """Its report: the scores of each type, and micro F1."""
    from seqeval.metrics import classification_report

    ours, theirs = ([_tags(mentions) for mentions in side] for side in (predicted, gold))

    def score() -> float:
        return float(classification_report(theirs, ours, output_dict=True, zero_division=0)["micro avg"]["f1-score"])

    return score


def _tags(mentions: list[tuple[int, int, str]]) -> list[str]:
    tags = ["O"] * TOKENS
    for start, end, type in mentions:
        tags[start:end] = [f"B-{type}"] + [f"I-{type}"] * (end - start - 1)
    return tags


def _adapter(sides: list, spans: list, examples: int, ours: float) -> None:
    """What evaluate adds: the columns go through Arrow, and a file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HF_HOME"] = folder
        import evaluate

        columns = {"predictions": sides[0], "references": sides[1], "spans": spans}
        metric = evaluate.load(str(Path(__file__).parent.parent / "metrics" / "ie_f1"), cache_dir=folder)
        whole = _time("evaluate.compute", examples, lambda: metric.compute(**columns)["f1"], ours)
        print(f"the adapter adds {whole - ours:.3f} s")


def _time(name: str, examples: int, score: Callable[[], Any], ours: float | None = None) -> float:
    seconds = []
    for _ in range(5):
        gc.collect()
        start = time.perf_counter()
        value = score()
        seconds.append(time.perf_counter() - start)
    best = min(seconds)
    ratio = "" if ours is None else f"{best / ours:8.1f} times exact_f1"
    print(f"{name:20} {best:8.3f} s {examples / best:10,.0f} examples a second   f1 {value:.6f} {ratio}", flush=True)
    return best


if __name__ == "__main__":
    main()
