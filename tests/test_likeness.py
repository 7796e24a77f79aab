"""The texts that are most like another one, beside the definition of TF-IDF's cosine."""

from __future__ import annotations

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.likeness import TextIndex

TEXTS = st.lists(st.text("ab c", max_size=8), max_size=8)


@given(TEXTS, st.text("ab cd", max_size=8), st.integers(1, 4))
def test_the_nearest_texts_have_the_largest_cosines(texts: list[str], text: str, most: int) -> None:
    nearest = TextIndex(texts).nearest(text, most)
    cosines = [_cosine(other, text, texts) for other in texts]
    assert len(nearest) == min(most, sum(cosine > 0 for cosine in cosines))
    expected = sorted(cosines, reverse=True)[: len(nearest)]
    assert all(math.isclose(cosines[number], value) for number, value in zip(nearest, expected, strict=True))


def test_of_equal_texts_the_first_counts() -> None:
    assert TextIndex(["b", "a c", "a c", "a c"]).nearest("c a", 2) == [1, 2]


def _cosine(first: str, second: str, texts: list[str]) -> float:
    """Return the cosine of two texts, less the norm of the second, which is the same for all."""
    bags = [Counter(text.lower().split()) for text in texts]
    weight = {word: math.log(len(bags) / sum(word in bag for bag in bags)) + 1 for bag in bags for word in bag}
    one, other = Counter(first.lower().split()), Counter(second.lower().split())
    norm = math.sqrt(sum((count * weight[word]) ** 2 for word, count in one.items()))
    product = sum(count * other[word] * weight[word] ** 2 for word, count in one.items())
    return product / norm if product else 0.0
