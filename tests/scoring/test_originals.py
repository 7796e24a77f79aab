"""Reference mode against slow transcriptions of the published algorithms, on mutated inputs.

The transcriptions follow the descriptions in the papers and use neither code nor shortcuts of the library. The inputs
are mutations of the golden files, where they exist, and of artificial ones.
"""

from __future__ import annotations

import json
import math
import random
import re
import string
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.scoring import carb, odie_table, robust, robust_sentences
from adelie_hf.scoring.openie_outputs import (
    cliques_side_by_side,
    read_carb_gold,
    read_clausie,
    read_robust,
    side_by_side,
)
from adelie_hf.scoring.rouge import rouge_lsum

Row = list[str]  # predicate, arguments
Rows = dict[str, list[tuple[float, Row]]]  # sentence -> (confidence, tuple)
EXACT: dict[str, Any] = {"abs": 1e-12, "rel": 0, "nan_ok": True}


# ---- CaRB -------------------------------------------------------------------------------------------


def tuple_score(gold: Row, predicted: Row) -> list[float]:
    def compare(gold_fields: Row, predicted_fields: Row) -> list[float]:
        left = predicted_fields[0].split()
        matched = 0
        for token in gold_fields[0].split():
            if token in left:
                left.remove(token)
                matched += 1
        if "be" in left and any(
            form in gold_fields[0].split() for form in ("be", "is", "am", "are", "was", "were", "been", "being")
        ):
            matched += 1
        if matched == 0:
            return [0, 0]
        n_predicted, n_gold = len(predicted_fields[0].split()), len(gold_fields[0].split())
        for field in range(1, len(gold_fields)):
            if field >= len(predicted_fields):
                return [0, 0]
            left = predicted_fields[field].split()
            n_predicted += len(left)
            n_gold += len(gold_fields[field].split())
            for token in gold_fields[field].split():
                if token in left:
                    left.remove(token)
                    matched += 1
        return [matched / n_predicted if n_predicted else 0, matched / n_gold if n_gold else 0]

    def joined(row: Row) -> Row:
        return row if len(row) < 3 else [row[0], row[1], " ".join(row[2:])]

    gold_fields, predicted_fields = joined(gold), joined(predicted)
    score = compare(gold_fields, predicted_fields)
    if any(word in gold[0] for word in ("said", "told", "added", "adds", "says")) and len(predicted_fields) == 3:
        score = max(score, compare(gold_fields, [predicted_fields[0], predicted_fields[2], predicted_fields[1]]))
    return score


def key(sentence: str) -> str:
    sentence = sentence.replace(" ", "")
    for escaped, bracket in zip(("-LRB-", "-RRB-", "-LSB-", "-RSB-", "-LCB-", "-RCB-"), "()[]{}", strict=True):
        sentence = sentence.replace(escaped, bracket)
    return "".join(character for character in sentence if character not in string.punctuation)


def sentence_sums(table: list[list[list[float]]], kept: list[int]) -> tuple[float, float]:
    """Return the numerators of precision and recall of a sentence with the predictions `kept`."""
    precision = recall = 0.0
    for row in table:
        recall += max((row[p][1] for p in kept), default=0)
    used_gold: list[int] = []
    used: list[int] = []
    for _ in range(min(len(table), len(kept))):
        best, where = -1.0, (-1, -1)
        for g, row in enumerate(table):
            for p in kept:
                if g not in used_gold and p not in used and row[p][0] > best:
                    best, where = row[p][0], (g, p)
        used_gold.append(where[0])
        used.append(where[1])
        precision += best
    return precision, recall


def harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else math.nan


def carb_original(predictions: Rows, references: Rows) -> dict:
    predicted = {key(sentence): rows for sentence, rows in predictions.items()}
    gold = {key(sentence): rows for sentence, rows in references.items()}
    thresholds = sorted({confidence for rows in predicted.values() for confidence, _ in rows})
    if not thresholds:
        return {"points": [], "auc": 0, "best": (0, 0, 0, None)}
    tables = {
        sentence: [
            [tuple_score(gold_row, predicted_row) for _, predicted_row in predicted.get(sentence, [])]
            for _, gold_row in rows
        ]
        for sentence, rows in gold.items()
    }
    points = []
    for threshold in thresholds:
        right = kept = recalled = size = 0.0
        for sentence, table in tables.items():
            places = [at for at, (c, _) in enumerate(predicted.get(sentence, [])) if c >= threshold]
            more_right, more_recalled = sentence_sums(table, places)
            right, kept = right + more_right, kept + len(places)
            recalled, size = recalled + more_recalled, size + len(table)
        points.append((threshold, right / kept if kept else 1.0, recalled / size if size else 0.0))
    best: tuple[float, float, float, float | None] = (0, 0, 0, None)
    for threshold, precision, recall in points:
        f1 = harmonic(precision, recall)
        if f1 > best[2] + 1e-13 or (best[3] is None and not math.isnan(f1)):
            best = (precision, recall, f1, threshold)
    ends = [*points, (math.inf, 1.0, 0.0)]
    auc = sum((a[2] - b[2]) * (a[1] + b[1]) / 2 for a, b in zip(ends, ends[1:], strict=False))
    return {"points": points, "auc": auc, "best": best}


# ---- ROBUST -----------------------------------------------------------------------------------------


def robust_original(predicted: list[list[tuple[str, list[Row]]]], gold: list[list[tuple[str, list[Row]]]]) -> tuple:
    def rounded(value: float) -> float:
        return round(value * 1000) / 1000

    golds = {clique[0][0]: dict(clique) for clique in gold}
    table: dict[str, dict[str, list[float]]] = {}
    for clique in predicted:
        original = clique[0][0]
        table[original] = {}
        for sentence, predicted_rows in dict(clique).items():
            gold_rows = golds[original][sentence]
            if not predicted_rows:
                table[original][sentence] = [0, 0, 0, 0]
                continue
            sums = sentence_sums(
                [[tuple_score(g, p) for p in predicted_rows] for g in gold_rows], list(range(len(predicted_rows)))
            )
            precision, recall = sums[0] / len(predicted_rows), sums[1] / len(gold_rows) if gold_rows else 0.0
            if not gold_rows:
                precision = 1.0
            f1 = harmonic(precision, recall)
            scores = [recall * (1 + precision) / 2, precision, recall, 0.0 if math.isnan(f1) else f1]
            table[original][sentence] = [rounded(score) for score in scores]
    firsts, worsts = [], []
    for scored in table.values():
        vectors = list(scored.values())
        firsts.append(vectors[0])
        worst = vectors[0]
        for vector in vectors:
            if vector[3] < worst[3]:
                worst = vector
        worsts.append(worst)

    def line(vectors: list[list[float]]) -> list[float]:
        auc, precision, recall = (sum(vector[at] for vector in vectors) / len(vectors) for at in range(3))
        return [auc, precision, recall, harmonic(precision, recall)]

    return line(firsts), line(worsts), [list(scored.values()) for scored in table.values()]


# ---- inputs -----------------------------------------------------------------------------------------

WORDS = ["be", "was", "is", "said", "told", "padded", "added", "ran", "a", "b", "c", "the", "C:", ""]


def made_up(draw: random.Random, sentences: int) -> Rows:
    def row() -> Row:
        return [" ".join(draw.choices(WORDS, k=draw.randint(1, 3))) for _ in range(draw.randint(1, 5))]

    return {
        f"Sentence {number} ( x ) .": [(draw.choice([-3.0, 0.25, 0.5, 1.0]), row()) for _ in range(draw.randint(0, 5))]
        for number in range(sentences)
    }


def mutated_row(draw: random.Random, row: Row) -> Row:
    row = [" ".join(token for token in field.split() if draw.random() < 0.9) for field in row]
    at = draw.randrange(len(row))
    change = draw.randrange(8)
    if change == 0:
        row[at] = f"{row[at]} {draw.choice(WORDS)}"
    elif change == 1:
        row[0] = draw.choice(["was", "be", "he said", "unsaid", "", f"{row[0]} be", f"was {row[0]}"])
    elif change == 2 and len(row) > 2:
        row[1], row[2] = row[2], row[1]
    elif change == 3:
        row = row[: draw.randint(1, len(row))]
    elif change == 4:
        row = [*row, row[at]]
    return row


def mutated(draw: random.Random, rows: Rows) -> Rows:
    changed: Rows = {}
    for sentence, sentence_rows in rows.items():
        kept = [
            (draw.choice([confidence, round(confidence, 1), 0.5]), mutated_row(draw, row))
            for confidence, row in sentence_rows * draw.choice([1, 1, 1, 2])
            if draw.random() < 0.85
        ]
        draw.shuffle(kept)
        name = sentence.replace("(", "-LRB-") if draw.random() < 0.5 else sentence.replace(" ", "  ")
        changed[name if draw.random() < 0.95 else f"{sentence} More"] = kept
    return {sentence: sentence_rows for sentence, sentence_rows in changed.items() if sentence_rows}


def extractions(rows: list[tuple[float, Row]]) -> list[dict]:
    return [{"predicate": row[0], "arguments": row[1:], "confidence": confidence} for confidence, row in rows]


def rows_of(sentences: Mapping[str, Sequence[Mapping]]) -> Rows:
    return {
        sentence: [
            (extraction["confidence"], [extraction["predicate"], *extraction["arguments"]])
            for extraction in extractions_of_sentence
        ]
        for sentence, extractions_of_sentence in sentences.items()
    }


Corpus = Callable[[random.Random], tuple[Rows, Rows]]


@pytest.fixture(params=["made up", "golden"])
def corpus(request: pytest.FixtureRequest) -> Corpus:
    """Return mutated predictions and gold."""
    if request.param == "made up":

        def made(draw: random.Random) -> tuple[Rows, Rows]:
            gold = made_up(draw, 25)
            return mutated(draw, gold), {
                sentence: extractions_of_sentence
                for sentence, extractions_of_sentence in gold.items()
                if extractions_of_sentence
            }

        return made
    shared = request.getfixturevalue("shared")
    gold = rows_of(read_carb_gold(shared / "data" / "carb" / "gold" / "test.tsv").sentences)
    system = rows_of(read_clausie(shared / "golden" / "carb_clausie_output.txt").sentences)

    def sampled(draw: random.Random) -> tuple[Rows, Rows]:
        references = {sentence: gold[sentence] for sentence in draw.sample(sorted(gold), 40)}
        predictions = {
            sentence: draw.choice([system.get(sentence, rows), rows]) for sentence, rows in references.items()
        }
        return mutated(draw, predictions), references

    return sampled


@pytest.mark.parametrize("seed", range(6))
def test_carb_is_the_transcription(corpus: Corpus, seed: int) -> None:
    predicted_rows, gold_rows = corpus(random.Random(seed))
    expected = carb_original(predicted_rows, gold_rows)
    predicted, gold = (
        {s: extractions(sentence_rows) for s, sentence_rows in rows.items()} for rows in (predicted_rows, gold_rows)
    )
    result = carb(**side_by_side(predicted, gold), mode="reference")
    points = list(zip(*result["curve"].values(), strict=True))
    assert len(points) == len(expected["points"]) > 1
    for actual, point in zip(points, expected["points"], strict=True):
        assert actual == pytest.approx(point, **EXACT)
    assert result["auc"] == pytest.approx(expected["auc"], **EXACT)
    best = [result[name] for name in ("precision", "recall", "f1")]
    assert best == pytest.approx(list(expected["best"][:3]), **EXACT) and result["threshold"] == expected["best"][3]


@pytest.mark.parametrize("seed", range(6))
def test_robust_is_the_transcription(corpus: Corpus, seed: int) -> None:
    draw = random.Random(seed)
    _, gold_rows = corpus(draw)
    names = sorted(gold_rows)
    gold = [[(name, gold_rows[name]) for name in names[start : start + 4]] for start in range(0, len(names), 4)]
    predicted_rows = [
        [(name, [(1.0, mutated_row(draw, row)) for _, row in rows if draw.random() < 0.8]) for name, rows in clique]
        for clique in gold
    ]
    gold[0][1] = (gold[0][1][0], [])  # a sentence without tuples
    plain = (
        [[(s, [row for _, row in rows]) for s, rows in clique] for clique in side] for side in (predicted_rows, gold)
    )
    first, worst, sentences = robust_original(*plain)
    columns = cliques_side_by_side(
        *([[(s, extractions(rows)) for s, rows in c] for c in side] for side in (predicted_rows, gold))
    )
    result = robust(**columns, mode="reference")
    assert [result[name] for name in ("auc", "precision", "recall", "f1")] == pytest.approx(worst, **EXACT)
    assert [result["carb"][name] for name in ("auc", "precision", "recall", "f1")] == pytest.approx(first, **EXACT)
    scores_of_cliques = robust_sentences(**columns, mode="reference")
    assert [[list(scores or ()) for scores in clique] for clique in scores_of_cliques] == sentences


def test_robust_is_the_transcription_on_its_data(shared: Path) -> None:
    """A fifth of the cliques of ROBUST, with mutated gold as predictions."""
    draw = random.Random(11)
    gold = draw.sample(read_robust(shared / "data" / "robust" / "ROBUST.json"), 250)
    gold_rows = [
        [(s, [row for _, row in rows_of({s: extractions_of_sentence})[s]]) for s, extractions_of_sentence in clique]
        for clique in gold
    ]
    predicted_rows = [
        [(s, [mutated_row(draw, row) for row in rows if draw.random() < 0.8]) for s, rows in c] for c in gold_rows
    ]
    first, worst, _ = robust_original(predicted_rows, gold_rows)
    predicted = [[(s, extractions([(1.0, row) for row in rows])) for s, rows in clique] for clique in predicted_rows]
    result = robust(**cliques_side_by_side(predicted, gold), mode="reference")
    assert [result[name] for name in ("auc", "precision", "recall", "f1")] == pytest.approx(worst, **EXACT)
    assert [result["carb"][name] for name in ("auc", "precision", "recall", "f1")] == pytest.approx(first, **EXACT)


# ---- on-demand tables -------------------------------------------------------------------------------


def subsequence(line: list[str], other: list[str]) -> set[int]:
    """Return the places in `line` of the common subsequence found by reading the table of lengths from its end.

    A match is taken, otherwise the column is left where that keeps more, otherwise the row.
    """
    size = [[0] * (len(other) + 1) for _ in range(len(line) + 1)]
    for i, token in enumerate(line):
        for j, second in enumerate(other):
            size[i + 1][j + 1] = size[i][j] + 1 if token == second else max(size[i][j + 1], size[i + 1][j])
    i, j, places = len(line), len(other), set()
    while i and j:
        if line[i - 1] == other[j - 1]:
            i, j = i - 1, j - 1
            places.add(i)
        elif size[i][j - 1] > size[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return places


def plain_rouge_lsum(prediction: str, reference: str) -> float:
    predicted, gold = (
        [re.findall("[a-z0-9]+", line) for line in text.lower().split("\n")] for text in (prediction, reference)
    )
    left = Counter(token for line in predicted for token in line)
    total, hits = left.total() + sum(map(len, gold)), 0
    for line in gold:
        for at in set[int]().union(*(subsequence(line, other) for other in predicted)):
            if left[line[at]] > 0:
                left[line[at]] -= 1
                hits += 1
    return 2 * hits / total if total else 0.0


LINES = st.lists(st.lists(st.sampled_from("abcd"), max_size=7).map(" ".join), max_size=4).map("\n".join)


@given(LINES, LINES)
def test_rouge_lsum_is_that_of_the_plain_table(prediction: str, reference: str) -> None:
    assert rouge_lsum(prediction, reference) == pytest.approx(plain_rouge_lsum(prediction, reference), **EXACT)


def filled(table: str, *words: str) -> str:
    for empty in ("| |", "|  |", "|   |", "|-|", "| - |", *(f"| {word} |" for word in words)):
        table = table.replace(empty, "| N/A |")
    return table


def header_original(text: str) -> list[str] | str:
    text = text.lower()
    if "|" not in text:
        return ""
    table = filled(text[text.index("|") : text.rindex("|") + 1], "not specified", "none")
    return table.split("\n")[0].strip("|").strip().split(" | ")


def content_original(text: str) -> str:
    words = ("Not specified", "not specified", "Not Specified", "None", "none")
    return filled(text[text.index("|") :], *words) if "|" in text else ""


def odie_original(predictions: list[str], references: list[str], vector: Callable[[str], list[float]]) -> list[float]:
    found_predicted = found_gold = 0.0
    n_predicted = n_gold = 0
    content = []
    for prediction, reference in zip(predictions, references, strict=True):
        predicted, gold = header_original(prediction), header_original(reference)
        cosines = [
            [
                sum(x * y for x, y in zip(vector(g), vector(p), strict=True))
                for p in ([predicted] if predicted == "" else predicted)
            ]
            for g in ([gold] if gold == "" else gold)
        ]
        found_gold += sum(max(row) for row in cosines)
        found_predicted += sum(max(row[at] for row in cosines) for at in range(len(cosines[0])))
        n_predicted += len(predicted)
        n_gold += len(gold)
        content.append(plain_rouge_lsum(content_original(prediction), content_original(reference)))
    precision = found_predicted / n_predicted if n_predicted else math.inf
    recall = found_gold / n_gold if n_gold else math.inf
    return [sum(content) / len(content), precision, recall, harmonic(precision, recall)]


def vector(text: str) -> list[float]:
    """Return a unit vector of any text, similar for texts that share letters."""
    values = [text.count(letter) + 0.1 * at for at, letter in enumerate("aeinorst ")]
    length = math.hypot(*values)
    return [value / length for value in values]


def mutated_table(draw: random.Random, table: str) -> str:
    for _ in range(draw.randint(0, 6)):
        at = draw.randrange(len(table) + 1)
        change = draw.randrange(6)
        if change == 0:
            table = (
                table[:at]
                + draw.choice(["|", " | ", "| |", "||", "|  |", "\n", "| None |", "| - |", "A"])
                + table[at:]
            )
        elif change == 1:
            table = table[:at] + table[at + draw.randint(1, 9) :]
        elif change == 2:
            cells = table.split(" | ")
            cells[draw.randrange(len(cells))] = draw.choice(["", "-", "none", "Not specified", " x "])
            table = " | ".join(cells)
        elif change == 3:
            lines = table.split("\n")
            draw.shuffle(lines)
            table = "\n".join(lines)
        elif change == 4 and draw.random() < 0.2:
            table = draw.choice(["", "nothing", "|"])
    return draw.choice(["", "Here it is:\n\n"]) + table


@pytest.fixture(params=["made up", "golden"])
def tables(request: pytest.FixtureRequest) -> tuple[list[str], list[str]]:
    if request.param == "made up":
        gold = "| Name | Age | City |\n| --- | --- | --- |\n| Ann Lee | 3 | Rome |\n| Bo | N/A | the city of Oslo |"
        return [gold] * 40, [gold] * 40
    golden = request.getfixturevalue("shared") / "golden"
    rows = [
        row
        for system in ("gpt4", "tulu")
        for row in json.loads((golden / f"odie_{system}.json").read_text(encoding="utf-8"))
    ]
    return [row["output"] for row in rows], [row["gold"] for row in rows]


@pytest.mark.parametrize("seed", range(4))
def test_odie_is_the_transcription(tables: tuple[list[str], list[str]], seed: int) -> None:
    draw = random.Random(seed)
    pairs = draw.sample(list(zip(*tables, strict=True)), 40)
    predicted, gold = ([mutated_table(draw, text) for text in side] for side in zip(*pairs, strict=True))
    expected = odie_original(predicted, gold, vector)
    result = odie_table(predicted, gold, mode="reference", header_model=lambda texts: [vector(text) for text in texts])
    actual = [result[name] for name in ("content", "header_precision", "header_recall", "header_f1")]
    assert actual == pytest.approx(expected, **EXACT)
