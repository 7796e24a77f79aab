"""Time exact match, nervaluate and seqeval on the same artificial corpus: `python benchmarks/exact.py [EXAMPLES]`.

A peer that is not installed (extra `benchmark`) is skipped. Each time is the best of five runs.
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
SENTENCE_LENGTH = 30  # tokens


def main() -> None:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    generator = random.Random(0)
    gold = [_sentence(generator) for _ in range(examples)]
    predicted = [
        [_with_errors(mention, generator) for mention in mentions if generator.random() < 0.9] for mentions in gold
    ]
    columns = [
        [[(f"w{start}", label) for start, _, label in mentions] for mentions in side] for side in (predicted, gold)
    ]
    spans = [
        {"predictions": [[a, b] for a, b, _ in predictions], "references": [[a, b] for a, b, _ in references]}
        for predictions, references in zip(predicted, gold, strict=True)
    ]
    print(f"{examples:,} examples, {sum(map(len, gold)):,} gold items; micro and per type")
    baseline = _time("exact_f1, offsets", examples, lambda: exact_f1(*columns, spans=spans)["f1"])
    _time("exact_f1, strings", examples, lambda: exact_f1(*columns)["f1"], baseline)
    _time("exact_f1, partial", examples, lambda: exact_f1(*columns, spans=spans, partial=True)["f1"], baseline)
    _time("exact_f1, interval", examples, lambda: exact_f1(*columns, spans=spans, interval=True)["f1"], baseline)
    if importlib.util.find_spec("nervaluate"):
        _time("nervaluate", examples, _nervaluate(predicted, gold), baseline)
    if importlib.util.find_spec("seqeval"):
        _time("seqeval, default", examples, _seqeval(predicted, gold), baseline)
    _time_evaluate(columns, spans, examples, baseline)


Mentions = list[tuple[int, int, str]]  # start, end, type


def _sentence(generator: random.Random) -> Mentions:
    """Return up to five mentions that do not overlap."""
    ends = sorted(generator.sample(range(SENTENCE_LENGTH), 2 * generator.randrange(6)))
    return [(start, end, generator.choice(TYPES)) for start, end in zip(ends[::2], ends[1::2], strict=True)]


def _with_errors(mention: tuple[int, int, str], generator: random.Random) -> tuple[int, int, str]:
    start, end, label = mention
    return start, end, generator.choice(TYPES) if generator.random() < 0.2 else label


def _nervaluate(predicted: list[Mentions], gold: list[Mentions]) -> Callable[[], float]:
    import nervaluate

    gold_entities, predicted_entities = (
        [[{"label": label, "start": start, "end": end - 1} for start, end, label in mentions] for mentions in side]
        for side in (gold, predicted)
    )

    def score() -> float:
        evaluator = nervaluate.Evaluator(gold_entities, predicted_entities, tags=TYPES, loader="dict")
        return evaluator.evaluate()["overall"]["strict"].f1

    return score


def _seqeval(predicted: list[Mentions], gold: list[Mentions]) -> Callable[[], float]:
    """Return seqeval's report: the scores of each type, and micro F1."""
    from seqeval.metrics import classification_report

    predicted_tags, gold_tags = ([_tags(mentions) for mentions in side] for side in (predicted, gold))

    def score() -> float:
        report = classification_report(gold_tags, predicted_tags, output_dict=True, zero_division=0)
        return float(report["micro avg"]["f1-score"])

    return score


def _tags(mentions: Mentions) -> list[str]:
    tags = ["O"] * SENTENCE_LENGTH
    for start, end, label in mentions:
        tags[start:end] = [f"B-{label}"] + [f"I-{label}"] * (end - start - 1)
    return tags


def _time_evaluate(sides: list, spans: list, examples: int, baseline: float) -> None:
    """Time the evaluate module, which writes the columns to an Arrow file."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HF_HOME"] = folder
        import evaluate

        columns = {"predictions": sides[0], "references": sides[1], "spans": spans}
        metric = evaluate.load(str(Path(__file__).parent.parent / "metrics" / "ie_f1"), cache_dir=folder)
        seconds = _time("evaluate.compute", examples, lambda: metric.compute(**columns)["f1"], baseline)
        print(f"the evaluate module adds {seconds - baseline:.3f} s")


def _time(name: str, examples: int, score: Callable[[], Any], baseline: float | None = None) -> float:
    seconds = []
    for _ in range(5):
        gc.collect()
        start = time.perf_counter()
        value = score()
        seconds.append(time.perf_counter() - start)
    best = min(seconds)
    ratio = "" if baseline is None else f"{best / baseline:8.1f} times exact_f1"
    print(f"{name:20} {best:8.3f} s {examples / best:10,.0f} examples a second   f1 {value:.6f} {ratio}", flush=True)
    return best


if __name__ == "__main__":
    main()
