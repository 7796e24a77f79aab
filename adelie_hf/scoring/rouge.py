"""ROUGE-Lsum (Lin, 2004, section 3.2), with the tokens and the double-counting guard of the package rouge_score."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence

ASCII_TOKEN = re.compile("[a-z0-9]+")
ANY_TOKEN = re.compile(r"[^\W_]+")  # letters and digits of any script


def rouge_lsum(prediction: str, reference: str, token: re.Pattern[str] = ASCII_TOKEN) -> float:
    """Return the ROUGE-Lsum F1 of two texts, their lines as sentences, as rouge_score gives it without a stemmer.

    >>> rouge_lsum("a cat\\nsat down", "sat down\\na cat")
    1.0
    >>> rouge_lsum("the cat", "the cat sat down")
    0.6666666666666666

    Args:
        prediction, reference: the two texts.
        token: the pattern of a token of the lower-cased text.
    """
    predicted_lines, gold_lines = _token_lines(prediction, token), _token_lines(reference, token)
    n_predicted, n_gold = sum(map(len, predicted_lines)), sum(map(len, gold_lines))
    if not n_predicted or not n_gold:
        return 0.0
    predicted_counts = Counter(token for line in predicted_lines for token in line)
    remaining = predicted_counts & Counter(token for line in gold_lines for token in line)
    distinct_lines = list(dict.fromkeys(map(tuple, predicted_lines)))  # a repeated line adds nothing to the union
    hits = 0
    for line in gold_lines:
        for at in _union(line, distinct_lines, predicted_counts):
            if remaining[line[at]] > 0:
                remaining[line[at]] -= 1
                hits += 1
    return 2 * hits / (n_predicted + n_gold)


def _token_lines(text: str, token: re.Pattern[str]) -> list[list[str]]:
    return [token.findall(line) for line in text.lower().split("\n")]


def _union(line: list[str], others: Sequence[Sequence[str]], tokens: Container[str]) -> set[int]:
    """Return the places in `line` of its longest common subsequences with the other lines.

    Args:
        line: the tokens of a line.
        others: the other lines.
        tokens: all tokens of the other lines.
    """
    places: dict[str, int] = {}
    for at, token in enumerate(line):
        places[token] = places.get(token, 0) | 1 << at
    most = sum(token in tokens for token in line)
    union: set[int] = set()
    for other in others:
        if len(union) == most:
            break
        if not places.keys().isdisjoint(other):
            union.update(_common_subsequence(line, places, other))
    return union


def _common_subsequence(line: list[str], places: dict[str, int], other: Sequence[str]) -> list[int]:
    """Return the places in `line` of its longest common subsequence with `other`: of several, the one of rouge_score.

    `places` has a bit for each place of a token in the line. The table of lengths is stored as bits (Hyyrö, 2004): the
    length of the common subsequence of the first i and j tokens is the number of zeros among the lowest i bits of row
    j. A run of tokens that do not occur in the line has one row, since their rows are equal.
    """
    row = full = (1 << len(line)) - 1
    rows, tokens, in_foreign_run = [row], [""], False
    for token in other:
        matches = row & places.get(token, 0)
        if token in places:
            row = ((row + matches) | (row - matches)) & full
        elif in_foreign_run:
            continue
        in_foreign_run = token not in places
        tokens.append(token)
        rows.append(row)

    def length(i: int, j: int) -> int:
        return i - (rows[j] & ((1 << i) - 1)).bit_count()

    i, j, common = len(line), len(rows) - 1, []
    while i and j:
        if line[i - 1] == tokens[j]:
            i, j = i - 1, j - 1
            common.append(i)
        elif length(i, j - 1) > length(i - 1, j):
            j -= 1
        else:
            i -= 1
    return common
