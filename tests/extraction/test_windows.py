"""Windows: the whole text, whole sentences and words as far as they fit, and never more than the limit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.extraction.windows import Window, cut


def words_in(text: str) -> int:
    return len(text.split())


def uneven(text: str) -> int:
    """A length under which two parts may be longer together than each on its own, as with tokens."""
    return len(text) + 3 * text.count(". a")


LENGTHS: list[Callable[[str], int]] = [len, words_in, uneven]
TEXTS = st.text(st.sampled_from(list("aab.?  \n。é\U0001f600\u0301\u2028")), max_size=120) | st.text(max_size=60)


@pytest.mark.parametrize("length", LENGTHS)
@given(data=st.data())
def test_windows_cover_the_text_within_the_limit_and_share_what_was_asked(length, data):
    text, limit = data.draw(TEXTS), data.draw(st.integers(1, 40))
    overlap = data.draw(st.integers(0, limit - 1))
    windows = cut(text, length, limit, overlap)
    assert [window.start for window in windows[:1]] == [0] * bool(text)
    assert [window.end for window in windows[-1:]] == [len(text)] * bool(text)
    for window in windows:
        assert window.start < window.end and length(text[window.start : window.end]) <= limit
    for one, other in pairwise(windows):
        assert one.start < other.start <= one.end < other.end
        assert length(text[other.start : one.end]) <= overlap


@given(text=TEXTS, limit=st.integers(1, 40), data=st.data())
def test_a_word_is_cut_only_if_it_alone_is_longer_than_the_limit(text, limit, data):
    for start, end in cut(text, len, limit, data.draw(st.integers(0, limit - 1))):
        for border in (start, end):
            # A full stop of Chinese ends a sentence without a space after it.
            if 0 < border < len(text) and not (text[border - 1] + text[border]).isspace() and text[border - 1] != "。":
                before, after = text[:border], text[border:]
                if before[-1].isspace() or after[0].isspace():
                    continue
                assert len(before.split()[-1] + after.split()[0]) > limit


@given(st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=20), st.integers(8, 40), st.data())
def test_sentences_that_fit_are_whole(sentences, limit, data):
    text = " ".join(f"{sentence}." for sentence in sentences)
    borders = {0, len(text), *(number + 1 for number, character in enumerate(text) if character == " ")}
    for window in cut(text, len, limit, data.draw(st.integers(0, limit - 1))):
        assert set(window) <= borders


def test_what_two_windows_share_is_whole_sentences():
    text = "One is here. Two is here! Three is here? Four."
    windows = cut(text, len, 30, 15)
    assert [text[start:end] for start, end in windows] == [
        "One is here. Two is here! ",
        "Two is here! Three is here? ",
        "Three is here? Four.",
    ]
    assert [text[start:end] for start, end in cut(text, len, 30, 0)] == [
        "One is here. Two is here! ",
        "Three is here? Four.",
    ]


def test_a_long_unit_is_no_reason_to_cut_a_word():
    text = f"{'x' * 100} {'y' * 100}"
    assert cut(text, words_in, 1, 0) == [Window(0, 101), Window(101, 201)]


def test_a_page_of_marks_and_blanks_takes_no_time_that_grows_with_its_square():
    for unit in (".", "\n", " ", '."', ". ", "a"):
        assert cut(unit * 200_000, len, 100_000, 10)[-1].end == 200_000 * len(unit)


@pytest.mark.parametrize(("limit", "overlap"), [(0, 0), (5, 5), (5, -1)])
def test_windows_that_cannot_advance_are_refused(limit, overlap):
    with pytest.raises(ValueError, match="give 0 <= overlap < limit"):
        cut("text", len, limit, overlap)
