"""The scores of samples: the metric of the task on one example."""

from __future__ import annotations

from adelie_hf.answers import Entity, Extraction, Table, Triple, to_json
from adelie_hf.iefeedback import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import score_answers
from adelie_hf.prompts import write
from adelie_hf.scoring.bleu import bleu_scorer

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


def test_bleu_is_recorded_of_texts_that_cannot_be_read():
    gold = (Triple("Acme", "owns", "Globex"),)
    sampled = row(["I think that Acme; owns; Globex it is", "?"], gold, "rc")
    for sample in score_answers(sampled, FeedbackRecipe(score="bleu"))[0]:
        expected = bleu_scorer(["(Acme;", "owns;", "Globex);"])(sample.text.split())
        assert (sample.bleu, sample.score, sample.well_formed) == (expected, 0.0, False)


def test_as_published_an_answer_is_what_is_between_the_first_two_markers():
    recipe = FeedbackRecipe(score="character_bleu", as_published=True)
    gold = (Entity("Acme", "company"), Entity("Paris", "place"))
    right = write(gold, "ner")
    samples = [right, f"{right} {right}", "[Answer]: Acme, Paris, company, place", "[Answer]:\nAcme: company;"]
    expected = [text.split("[Answer]: ")[1] for text in samples[:3]]
    bleu = bleu_scorer(right.split("[Answer]: ")[1])
    scores = [sample.score for sample in score_answers(row(samples, gold, "ner"), recipe)[0]]
    assert scores == [*map(bleu, expected), -1.0] and scores[1] > 0.9 and scores[2] > 0.5


def test_as_published_a_table_begins_on_its_own_line():
    recipe = FeedbackRecipe(score="character_bleu", as_published=True)
    gold = (Table(("a", "b"), (("x", "y"),)),)
    samples = [write(gold, "odie"), "no table"]
    assert [sample.score for sample in score_answers(row(samples, gold, "odie"), recipe)[0]] == [1.0, -1.0]
