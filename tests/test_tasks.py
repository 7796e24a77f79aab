"""The table of tasks."""

from __future__ import annotations

from adelie_hf.tasks import CLOSED_TASKS, TASKS


def test_tasks() -> None:
    assert list(TASKS) == ["ner", "rc", "re", "ed", "ee", "eae", "ere", "openie", "odie"]
    assert CLOSED_TASKS == ("ner", "rc", "re", "ed", "ee", "eae", "ere")
