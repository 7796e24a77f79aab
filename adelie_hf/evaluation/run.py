"""The scores of a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adelie_hf.evaluation import evaluate
from adelie_hf.sampling import read_samples


def score_run(run: Path, systems: Sequence[str], seed: int) -> dict[str, Any]:
    """Scores the outputs of systems (`outputs/<system>.jsonl`) on the held-out rows of a run."""
    import datasets

    train, held_out = (
        list(datasets.Dataset.from_parquet(str(run / "ieinstruct" / f"{split}.parquet"), keep_in_memory=True))
        for split in ("train", "test")
    )
    outputs = {
        system: {line["id"]: line["samples"][0] for line in read_samples(run / "outputs" / f"{system}.jsonl")}
        for system in systems
    }
    return {"seed": seed, "results": evaluate(held_out, train, outputs, seed)}
