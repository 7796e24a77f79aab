"""Two trivial baselines, reported beside every score."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from adelie_hf.prompts import write
from adelie_hf.rows import InstructRow, gold


def empty_answers(rows: Sequence[InstructRow]) -> list[str]:
    """Return the empty answer for each row."""
    return [write((), row["task"]) for row in rows]


def nearest_answers(rows: Sequence[InstructRow], train: Sequence[InstructRow]) -> list[str]:
    """Return for each row the answer of the training row with the most similar text, in the text format.

    Similarity is the TF-IDF cosine of lower-cased words; of equally similar rows the first one counts. A row that
    shares no word with a training row gets the empty answer.
    """
    bags = [_bag_of_words(row) for row in train]
    document_frequencies = Counter(word for bag in bags for word in bag)
    weights = {word: math.log(len(train) / frequency) + 1 for word, frequency in document_frequencies.items()}
    index: dict[str, list[tuple[int, float]]] = defaultdict(list)  # word -> (training row, normalised weight)
    for number, bag in enumerate(bags):
        # Python 3.12 sums floats more exactly than 3.11 does, and ties of similarity depend on the last bit.
        norm = math.sqrt(math.fsum((count * weights[word]) ** 2 for word, count in bag.items()))
        for word, count in bag.items():
            index[word].append((number, count * weights[word] / norm))
    answers = []
    for row in rows:
        similarities: dict[int, float] = defaultdict(float)
        for word, count in _bag_of_words(row).items():
            for number, weight in index.get(word, ()):
                similarities[number] += count * weights[word] * weight
        nearest = min(similarities, key=lambda number: (-similarities[number], number), default=None)
        answers.append(write(() if nearest is None else gold(train[nearest]), row["task"]))
    return answers


def _bag_of_words(row: InstructRow) -> Counter[str]:
    return Counter(row["text"].lower().split())
