"""Which texts are most like another one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np


class TextIndex:
    """Texts to compare others with: the likeness of two texts is the TF-IDF cosine of their lower-cased words.

    >>> TextIndex(["a red fish", "an old oak"]).nearest("the old house")
    [1]
    """

    def __init__(self, texts: Sequence[str]):
        bags = [_bag_of_words(text) for text in texts]
        document_frequencies = Counter(word for bag in bags for word in bag)
        self._weights = {word: math.log(len(bags) / count) + 1 for word, count in document_frequencies.items()}
        postings: dict[str, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        for number, bag in enumerate(bags):
            # Python 3.12 sums floats more exactly than 3.11 does, and ties of likeness depend on the last bit.
            norm = math.sqrt(math.fsum((count * self._weights[word]) ** 2 for word, count in bag.items()))
            for word, count in bag.items():
                numbers, weights = postings[word]
                numbers.append(number)
                weights.append(count * self._weights[word] / norm)
        self._size = len(bags)
        # Word -> the texts that have it, and its normalised weight in each.
        self._index = {word: (np.array(numbers), np.array(weights)) for word, (numbers, weights) in postings.items()}

    def nearest(self, text: str, most: int = 1) -> list[int]:
        """Return the numbers of the texts that are most like another one, the most similar one first.

        Of equally similar texts the first one counts. Texts that share no word with it are left out.
        """
        likeness = np.zeros(self._size)
        for word, count in _bag_of_words(text).items():
            if word in self._index:
                numbers, weights = self._index[word]
                likeness[numbers] += count * self._weights[word] * weights
        candidates = np.flatnonzero(likeness)
        if len(candidates) > most:
            lowest = np.partition(likeness, -most)[-most]
            candidates = np.flatnonzero(likeness >= lowest)
        order = np.argsort(-likeness[candidates], kind="stable")[:most]
        return [int(number) for number in candidates[order]]


def _bag_of_words(text: str) -> Counter[str]:
    return Counter(text.lower().split())
