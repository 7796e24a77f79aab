"""The scores of samples: the metric of the task on one example."""

from __future__ import annotations

from adelie_hf.answers import Entity, Extraction, Table, to_json
from adelie_hf.iefeedback import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import score_answers
from adelie_hf.prompts import write

RECIPE = FeedbackRecipe()


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
    assert [sample.score for sample in score_answers(openie, RECIPE)[0]] == [1.0, 0.0, 0.0]
    table = "[Answer]:\n| a | b |\n| --- | --- |\n| x | y |"
    gold = (Table(("a", "b"), (("x", "y"),)),)
    odie = row([table, table.replace("y", "z"), "no table"], gold, "odie")
    right, close, nothing = (sample.score for sample in score_answers(odie, RECIPE)[0])
    assert right == 1.0 > close > nothing == 0.0


def test_a_sample_has_its_number_items_and_form():
    gold = (Extraction("bought", ("Acme", "Globex")),)
    (good, loose, unreadable), _ = score_answers(
        row(["[Answer]: (bought; Acme; Globex);", "(bought; Acme; Globex) and more", "?"], gold, "openie"), RECIPE
    )
    assert [sample.number for sample in (good, loose, unreadable)] == [0, 1, 2]
    assert [sample.well_formed for sample in (good, loose, unreadable)] == [True, False, False]
    assert (
        good.meaning == loose.meaning == score_answers(row([], gold, "openie"), RECIPE)[1].meaning
        and not unreadable.meaning
    )


def test_an_unreadable_sample_scores_nothing_even_for_an_empty_answer():
    (empty, unreadable), _ = score_answers(row(["[Answer]: NA", "?"], (), "ner"), RECIPE)
    assert (empty.score, unreadable.score) == (1.0, 0.0)


def test_both_criteria_are_recorded_and_the_recipe_says_which_one_counts():
    gold = (Entity("Acme", "company"), Entity("Paris", "place"))
    samples = [
        "[Answer]: Paris: place; Acme: company;",
        "[Answer]: Acme: company; Paris: city;",
        "?",
        "Acme: company;",
    ]
    sampled = row(samples, gold, "ner")
    by_f1 = score_answers(sampled, RECIPE)[0]
    assert [sample.score for sample in by_f1] == [sample.f1 for sample in by_f1] == [1.0, 0.5, 0.0, 2 / 3]
    for criterion in ("bleu", "character_bleu"):
        by_bleu = score_answers(sampled, FeedbackRecipe(score=criterion))[0]
        assert [sample.f1 for sample in by_bleu] == [sample.f1 for sample in by_f1]
        assert [sample.score for sample in by_bleu] == [sample.bleu for sample in by_bleu]


def test_what_the_published_script_cannot_read_scores_below_all():
    recipe = FeedbackRecipe(score="character_bleu", as_published=True)
    sampled = row(["?", "Acme: company;", "[Answer]: Acme: company;"], (Entity("Acme", "company"),), "ner")
    assert [sample.score for sample in score_answers(sampled, recipe)[0]] == [-1.0, -1.0, 1.0]
