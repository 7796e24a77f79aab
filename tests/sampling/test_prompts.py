"""The prompts to sample for."""

from __future__ import annotations

from adelie_hf.sampling import choose_prompts


def rows(task, numbers):
    return [{"id": f"{task}/{number}", "task": task} for number in numbers]


def test_general_data_is_not_sampled():
    assert choose_prompts(rows("ner", range(23)) + rows("general", range(1)), None, 42) == rows("ner", range(23))


def test_more_prompts_include_those_of_fewer():
    all_rows = rows("ner", range(23))
    five, ten = (choose_prompts(all_rows, number, 42) for number in (5, 10))
    assert len(five) == 5 and len(ten) == 10
    assert [row for row in ten if row in five] == five
    assert choose_prompts(all_rows[::-1], 5, 42) == five[::-1]
