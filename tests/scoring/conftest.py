"""The golden cases of exact match in the form of the scorers' input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SENTENCE = ["Acme", "attacked", "Paris", "bank", "in", "Paris", "and", "NASA", "left", "."]


@pytest.fixture
def span_cases(shared: Path) -> list[dict]:
    """Return 27 cases: `name`, `predicted` and `gold` as (surface, type), `spans` in words, and `results` of peers."""
    cases = _golden(shared, "span_cases")
    assert len(cases) == 27
    return [{"name": case["name"], "results": case["results"], **_sides(case)} for case in cases]


@pytest.fixture
def relation_cases(shared: Path) -> list[dict]:
    """Return 12 cases: six with relations as `gold` and `pred`, six with `rows` of gold and output texts."""
    return _golden(shared, "relation_cases")


def _golden(shared: Path, kind: str) -> list[dict]:
    return json.loads((shared / "golden" / "exact_f1.json").read_text(encoding="utf-8"))[kind]


def _sides(case: dict) -> dict[str, list]:
    sides: dict[str, list] = {"predicted": [], "gold": [], "spans": []}
    for sentence in case["sents"]:
        for name, column in (("pred", sides["predicted"]), ("gold", sides["gold"])):
            column.append(
                [(given[0] if given else " ".join(SENTENCE[a : b + 1]), t) for a, b, t, *given in sentence[name]]
            )
        offsets = {name: [[a, b + 1] for a, b, *_ in sentence[name]] for name in ("pred", "gold")}
        sides["spans"].append({"predictions": offsets["pred"], "references": offsets["gold"]})
    return sides
