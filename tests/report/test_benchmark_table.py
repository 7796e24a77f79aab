"""The table of a benchmark: both behaviours, reported numbers, and the spread over ways of asking."""

from __future__ import annotations

from adelie_hf.evaluation import BenchmarkScores
from adelie_hf.report.benchmark_table import benchmark_tables

SCORES: BenchmarkScores = {
    "title": "Made up",
    "task": "openie",
    "shots": 4,
    "rows": 1000,
    "scores": {
        "empty": {"F1": {"value": 0.0, "interval": [0.0, 0.0], "published": None}, "AUC": {"value": 0.0}},
        "mine": {"F1": {"value": 0.5, "interval": [0.4, 0.6], "published": 0.75}, "AUC": {"value": 0.25}},
    },
    "reported": {"theirs": {"F1": 0.125}},
    "reported_in": "a paper",
    "known_errors": [],
    "repeats": {"mine": {"F1": [0.5, 0.4]}},
}


def test_a_column_without_a_number_is_left_out() -> None:
    (title, table), _ = benchmark_tables(SCORES)
    assert title == "Made up, 4-shot, 1,000 rows; as reported: a paper"
    assert table == [
        ["system", "F1", "F1, published scorer", "AUC"],
        ["empty", "0.000", "undefined", "0.000"],
        ["mine", "0.500 [0.400, 0.600]", "0.750", "0.250"],
        ["theirs (as reported)", "-", "0.125", "-"],
    ]


def test_the_spread_over_several_ways_of_asking_is_a_table_of_its_own() -> None:
    _, (_, table) = benchmark_tables(SCORES)
    assert table[1:] == [["mine", "F1", "2", "0.450", "0.071", "0.400", "0.500"]]
    assert len(benchmark_tables({**SCORES, "repeats": {}})) == 1
