"""Which texts are most like another one."""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Sequence


class TextIndex:
    """Texts to compare others with: the likeness of two texts is the TF-IDF cosine of their lower-cased words.

    >>> TextIndex(["a red fish", "an old oak"]).nearest("the old house")
    [1]
    """

    def __init__(self, texts: Sequence[str]):
        bags = [_bag_of_words(text) for text in texts]
        document_frequencies = Counter(word for bag in bags for word in bag)
        self._weights = {word: math.log(len(bags) / count) + 1 for word, count in document_frequencies.items()}
        self._index: dict[str, list[tuple[int, float]]] = defaultdict(list)  # word -> (text, normalised weight)
        for number, bag in enumerate(bags):
            # Python 3.12 sums floats more exactly than 3.11 does, and ties of likeness depend on the last bit.
            norm = math.sqrt(math.fsum((count * self._weights[word]) ** 2 for word, count in bag.items()))
            for word, count in bag.items():
                self._index[word].append((number, count * self._weights[word] / norm))

    def nearest(self, text: str, most: int = 1) -> list[int]:
        """Return the numbers of the texts that are most like another one, the most similar one first.

        Of equally similar texts the first one counts. Texts that share no word with it are left out.
        """
        likeness: dict[int, float] = defaultdict(float)
        for word, count in _bag_of_words(text).items():
            for number, weight in self._index.get(word, ()):
                likeness[number] += count * self._weights[word] * weight
        return heapq.nsmallest(most, likeness, key=lambda number: (-likeness[number], number))


def _bag_of_words(text: str) -> Counter[str]:
    return Counter(text.lower().split())
