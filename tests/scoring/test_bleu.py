"""BLEU of one answer, equal to the last bit to NLTK's."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adelie_hf.scoring.bleu import bleu_scorer

nltk = pytest.importorskip("nltk.translate.bleu_score", reason="needs the extra `test`")


def of_nltk(reference, candidate) -> float:
    return nltk.sentence_bleu([reference], candidate, smoothing_function=nltk.SmoothingFunction().method3)


@given(st.text("ab; :", max_size=30), st.text("ab; :", max_size=30))
@example("NA", "NA")
@example("", "")
def test_characters_as_nltk(reference, candidate):
    assert bleu_scorer(reference)(candidate) == of_nltk(list(reference), list(candidate))


_WORDS = st.lists(st.sampled_from(["Acme:", "company;", "Paris:", "place;", "NA"]), max_size=12)


@given(_WORDS, st.lists(_WORDS, min_size=1, max_size=4))
def test_words_as_nltk_for_each_of_several_candidates(reference, candidates):
    score = bleu_scorer(reference)
    for candidate in candidates:
        assert score(candidate) == of_nltk(reference, candidate)
        assert 0 <= score(candidate) <= 1 or math.isclose(score(candidate), 1)
