"""The baselines that are reported beside every score."""

from __future__ import annotations

from adelie_hf.evaluation import empty_answers, nearest_answers


def row(text, *answer, format="text"):
    return {"task": "ner", "text": text, "format": format, "answer": answer}


TRAIN = [
    row("red fish swims", ("red fish", "a")),
    row("old oak grows tall", ("old oak", "b")),
    row("nothing here"),
]
HELD_OUT = [row("the red fish swims again"), row("an old oak")]


def test_the_empty_baseline():
    assert empty_answers(HELD_OUT) == ["[Answer]: NA", "[Answer]: NA"]


def test_the_nearest_baseline():
    assert nearest_answers(HELD_OUT, TRAIN) == ["[Answer]: red fish: a;", "[Answer]: old oak: b;"]
    assert nearest_answers([row("quite unlike")], TRAIN) == ["[Answer]: NA"]
    assert nearest_answers([row("red fish", format="iepile")], TRAIN) == ['[Answer]: {"a": ["red fish"]}']
    assert nearest_answers(HELD_OUT, []) == ["[Answer]: NA", "[Answer]: NA"]
