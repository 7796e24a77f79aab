"""What a confidence stands for is right or wrong as the comparison with the gold answer says."""

from __future__ import annotations

import pytest

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Table
from adelie_hf.evaluation.confidences import judge_answer
from adelie_hf.evaluation.item_errors import row_errors
from adelie_hf.prompts import write
from tests.report.test_evaluation_report import row

ADA, ULM = Entity("Ada", "person"), Entity("Ulm", "place")
SOLD = EventItem("sold", "sale", (Argument("Ada", "seller"),))
SPLIT = EventItem("sold", "sale", (Argument("Bob", "seller"),))
NEW = EventItem("left", "departure", ())
OWNS, SELLS = Extraction("owns", ("Ada", "it")), Extraction("sells", ("Ada", "it"))
TABLE = Table(("who",), (("Ada",), ("Bob",)))


@pytest.mark.parametrize(
    ("task", "gold", "answer", "right"),
    [
        ("ner", (ADA, ULM), (Entity("Ada", "place"), ULM), [False, True]),
        ("ner", (ADA,), (ADA, ADA), [True, False]),
        ("ee", (SOLD, NEW), (SPLIT, NEW), [False, True]),
        ("openie", (OWNS,), (SELLS, OWNS), [False, True]),
        ("odie", (TABLE,), (TABLE,), [True]),
        ("odie", (TABLE,), (Table(("who",), (("Ada",), ("Eve",))),), [False]),
    ],
)
def test_items(task: str, gold: Answer, answer: Answer, right: list[bool]) -> None:
    """An event with a wrong argument is wrong, and so is a table with a wrong cell."""
    asked = row("s/1", task, gold, "person", "place", text="Ada and Bob sold it and left Ulm.")
    errors = row_errors(asked, write(answer, task))
    confidences = tuple(number / 10 for number in range(len(answer)))
    assert judge_answer(asked, errors, confidences) == list(zip(confidences, right, strict=True))


@pytest.mark.parametrize(
    ("gold", "answer", "right"),
    [
        ((ADA, ULM), write((ULM, ADA), "ner"), True),
        ((ADA, ULM), write((ADA,), "ner"), False),
        ((ADA,), write((ADA, ULM), "ner"), False),
        ((), write((), "ner"), True),
        ((), "I do not know.", False),
    ],
)
def test_whole_answers(gold: Answer, answer: str, right: bool) -> None:
    asked = row("s/1", "ner", gold, "person", "place", text="Ada in Ulm")
    assert judge_answer(asked, row_errors(asked, answer), 0.5) == [(0.5, right)]
