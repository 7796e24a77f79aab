"""Tables of scores: their columns, subsets and means."""

from __future__ import annotations

import pytest

from adelie_hf.evaluation import RunScores, SystemScore, TaskResult, mean_closed
from adelie_hf.report import score_table, scores_as_text
from adelie_hf.report.markdown import markdown_table
from adelie_hf.report.score_tables import score_views, text_table
from adelie_hf.scoring.answers import ParseCounts

PARSE: ParseCounts = {
    "valid": 9,
    "repaired": 0,
    "invalid": 0,
    "items": 10,
    "repeated": 0,
    "off_schema": None,
    "not_in_text": None,
    "repairs": {},
    "examples": {},
}


def score(value: float, unseen: float | None = 0.5) -> SystemScore:
    return {
        "value": value,
        "interval": [value - 0.1, value + 0.1],
        "parse": PARSE,
        "seen": {"value": value, "items": 3},
        "unseen": {"value": unseen, "items": 2},
    }


def result(task: str, source: str, own_split: bool = False, **scores: SystemScore) -> TaskResult:
    return {
        "source": source,
        "task": task,
        "metric": "a metric",
        "rows": 9,
        "items": 5,
        "own_split": own_split,
        "scores": scores,
    }


RUN: RunScores = {
    "seed": 1,
    "results": [
        result("ner", "a", empty=score(0.0), nearest=score(0.25), sft=score(0.5)),
        result("re", "b", True, empty=score(0.0, None), nearest=score(0.75), sft=score(0.7, None)),
        result("openie", "c", empty=score(0.0), nearest=score(0.1), sft=score(0.2)),
    ],
}


def test_all_items():
    header, first, second, _, mean = score_table(RUN)
    assert header == ["source", "task", "metric", "items", "empty", "nearest", "sft"]
    assert first == ["a", "ner", "a metric", "5", "0.000", "0.250", "0.500 [0.400, 0.600]"]
    assert second[0] == "b (own split)"
    assert mean == ["mean of the closed tasks", "", "exact-match F1", "", "0.000", "0.500", "0.600"]


def test_unseen_items():
    table = score_table(RUN, "unseen")
    assert [row[0] for row in table[1:]] == ["a", "b (own split)", "mean of the closed tasks"]
    assert table[1][3:] == ["2", "0.500", "0.500", "0.500"] and table[2][3:] == ["2", "-", "0.500", "-"]
    assert mean_closed(RUN["results"], "sft", "unseen") == pytest.approx(0.5)
    assert mean_closed(RUN["results"][2:], "sft") is None


def test_warnings_and_notes_precede_the_tables():
    warned: RunScores = {
        **RUN,
        "warnings": [
            {"kind": "below_nearest", "system": "sft", "value": 0.1, "limit": 0.2, "message": "SFT is bad"},
            {"kind": "cut_answers", "system": "sft", "value": 0.9, "limit": 0.2, "message": "SFT is cut"},
        ],
        "notes": ["DPO was not run"],
    }
    lines = scores_as_text(warned).splitlines()
    assert lines[:4] == ["warning: SFT is bad; SFT is cut", "", "DPO was not run", ""]
    assert "\n".join(lines[4:]) == scores_as_text(RUN)


def test_tables_have_one_width():
    for subset, title in score_views(RUN):
        table = score_table(RUN, subset)
        assert len({len(row) for row in table}) == 1
        assert text_table(table).count("\n") == len(table)
        assert markdown_table(table).splitlines()[1].count("---") == len(table[0])
        assert f"{title}\n\n{text_table(table)}" in scores_as_text(RUN)
