"""The scores of samples: the metric of the task on one example."""

from __future__ import annotations

from adelie_hf.answers import Extraction, Table, to_json
from adelie_hf.iefeedback.scored_samples import score_gold, score_samples
from adelie_hf.prompts import write


def row(samples, gold, task):
    return {
        "id": "a",
        "source": "made-up",
        "task": task,
        "prompt": [{"role": "user", "content": "?"}],
        "completion": [{"role": "assistant", "content": write(gold, task)}],
        "format": "text",
        "answer": to_json(gold),
        "samples": samples,
    }


def test_scores_of_open_and_on_demand_answers():
    samples = ["[Answer]: (bought; Acme; Globex);", "[Answer]: (sold; Acme; x);", "?"]
    openie = row(samples, (Extraction("bought", ("Acme", "Globex")),), "openie")
    assert [sample.score for sample in score_samples(openie)] == [1.0, 0.0, 0.0]
    table = "[Answer]:\n| a | b |\n| --- | --- |\n| x | y |"
    gold = (Table(("a", "b"), (("x", "y"),)),)
    odie = row([table, table.replace("y", "z"), "no table"], gold, "odie")
    right, close, nothing = (sample.score for sample in score_samples(odie))
    assert right == 1.0 > close > nothing == 0.0


def test_a_sample_has_its_number_items_and_form():
    gold = (Extraction("bought", ("Acme", "Globex")),)
    good, loose, unreadable = score_samples(
        row(["[Answer]: (bought; Acme; Globex);", "(bought; Acme; Globex) and more", "?"], gold, "openie")
    )
    assert [sample.number for sample in (good, loose, unreadable)] == [0, 1, 2]
    assert [sample.well_formed for sample in (good, loose, unreadable)] == [True, False, False]
    assert good.meaning == loose.meaning == score_gold(row([], gold, "openie")).meaning and not unreadable.meaning


def test_an_unreadable_sample_scores_nothing_even_for_an_empty_answer():
    empty, unreadable = score_samples(row(["[Answer]: NA", "?"], (), "ner"))
    assert (empty.score, unreadable.score) == (1.0, 0.0)
