"""On-demand IE tables: soft header match and ROUGE-Lsum of the content (Jiao et al., EMNLP 2023, section 4).

The header score gives every header cell its best cosine among the other table's header cells, added up
over the corpus. The content score is ROUGE-Lsum F1 of the table's lines, the mean over items.

`mode="reference"` gives the published scorer's numbers (as fractions: the original prints percentages).
`mode="corrected"` differs in this:

- tables are read by the parser of the answer format, so prose around a table is no content, cells need
  no exact spacing, and every empty cell is one (the original fills only every other one in a row);
- an output without a table scores 0 in both scores; the original embeds an empty string in its place
  and adds the cosines to the numerators, so that missing tables raise precision and recall;
- a header score without header cells is 0; in the original it is infinite or not a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from math import fsum, inf, nan
from typing import TYPE_CHECKING, Any

from adelie_hf.errors import InputError
from adelie_hf.prompts import parse
from adelie_hf.records import Table
from adelie_hf.scoring import checks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

MODES = ("corrected", "reference")

Embed = Callable[[list[str]], "ArrayLike"]

_BLANK = "N/A"


def odie_table(
    predictions: Sequence[str],
    references: Sequence[str],
    *,
    mode: str = "corrected",
    header_model: str | Embed | None = None,
) -> dict[str, Any]:
    """Scores of Markdown tables.

    Args:
        predictions: one model output an item, explanation and all.
        references: one Markdown table an item.
        mode: `corrected`, or `reference` for the published scorer's numbers (see the module).
        header_model: what embeds header cells: a function from n strings to n unit vectors, or the name
            or folder of a sentence-embedding model. The published numbers are those of
            `sentence-transformers/all-MiniLM-L6-v2`. Without it the header is not scored.

    Returns:
        `content` (0 to 1), `header_precision, header_recall, header_f1` (None without a model),
        `n_items`, `missing` (outputs without a table) and `mode`.

    Raises:
        InputError: for input of another shape, and in `corrected` for a reference without a table.
    """
    checks.one_of("mode", mode, MODES)
    predictions, references = checks.strings("predictions", predictions), checks.strings("references", references)
    checks.same_length(predictions=predictions, references=references)
    read = _read_original if mode == "reference" else _read
    predicted, gold = [read(text) for text in predictions], [read(text) for text in references]
    if mode == "corrected" and (None, "") in gold:
        at = gold.index((None, ""))
        raise InputError(f"references[{at}] holds no Markdown table ({checks.shown(references[at])}); give one")

    content = [rouge_lsum(p, g) for (_, p), (_, g) in zip(predicted, gold, strict=True)]
    header: tuple[float | None, ...] = (None, None, None)
    if header_model is not None:
        embed = minilm(header_model) if isinstance(header_model, str) else header_model
        score = _original_header_score if mode == "reference" else _header_score
        header = score([cells for cells, _ in predicted], [cells for cells, _ in gold], embed)
    return {
        "content": fsum(content) / len(content) if content else 0.0,
        **dict(zip(("header_precision", "header_recall", "header_f1"), header, strict=True)),
        "n_items": len(content),
        "missing": sum(not cells for cells, _ in predicted),
        "mode": mode,
    }


# ---- reading a table: its header cells (None without a table), and the text that ROUGE compares -----

Read = tuple[list[str] | None, str]


def _read(text: str) -> Read:
    items = parse(text, "odie").items
    if not items:
        return None, ""
    (table,) = items
    assert isinstance(table, Table)
    lines = [[_filled(cell) for cell in line] for line in (table.header, *table.rows)]
    return [cell.lower() for cell in lines[0]], "\n".join(" | ".join(line) for line in lines)


def _filled(cell: str) -> str:
    cell = " ".join(cell.split())
    return _BLANK if cell.lower() in ("", "-", "n/a", "none", "not specified") else cell


# The original's stand-ins for an empty cell, replaced in this order.
_EMPTY = ("| |", "|  |", "|   |", "|-|", "| - |")
_EMPTY_HEADER = (*_EMPTY, "| not specified |", "| none |")
_EMPTY_CONTENT = (
    *_EMPTY,
    *(f"| {word} |" for word in ("Not specified", "not specified", "Not Specified", "None", "none")),
)


def _read_original(text: str) -> Read:
    start = text.find("|")
    if start < 0:
        return None, ""
    lowered = text.lower()
    table = _replaced(lowered[lowered.find("|") : lowered.rfind("|") + 1], _EMPTY_HEADER)
    row, _, _ = table.partition("\n")
    return row.strip("|").strip().split(" | "), _replaced(text[start:], _EMPTY_CONTENT)


def _replaced(table: str, empty: Sequence[str]) -> str:
    for cell in empty:
        table = table.replace(cell, f"| {_BLANK} |")
    return table


# ---- the header -----------------------------------------------------------------------------------


def _header_score(predicted: list[list[str] | None], gold: list[list[str] | None], embed: Embed) -> tuple[float, ...]:
    """Micro precision, recall and F1 of best cosines; a table that is not there adds nothing to numerators."""
    numerators = _best_cosines([(p or [], g or []) for p, g in zip(predicted, gold, strict=True)], embed)
    sizes = [sum(len(cells or ()) for cells in side) for side in (predicted, gold)]
    precision, recall = (found / size if size else 0.0 for found, size in zip(numerators, sizes, strict=True))
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _original_header_score(
    predicted: list[list[str] | None], gold: list[list[str] | None], embed: Embed
) -> tuple[float, ...]:
    """As the original adds up: a table that is not there is one empty string in the numerators, and 0 cells."""
    if not gold:
        return 0.0, 0.0, 0.0
    numerators = _best_cosines([(p or [""], g or [""]) for p, g in zip(predicted, gold, strict=True)], embed)
    sizes = [sum(len(cells or ()) for cells in side) for side in (predicted, gold)]
    precision, recall = (found / size if size else inf for found, size in zip(numerators, sizes, strict=True))
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else nan


def _best_cosines(pairs: list[tuple[list[str], list[str]]], embed: Embed) -> tuple[float, float]:
    """Over all items, the sums of each predicted cell's and of each gold cell's best cosine."""
    import numpy as np

    place = {cell: at for at, cell in enumerate(dict.fromkeys(c for pair in pairs for side in pair for c in side))}
    vectors = np.asarray(embed(list(place)), dtype=float) if place else np.zeros((0, 1))
    if vectors.ndim != 2 or len(vectors) != len(place):
        raise InputError(f"header_model gave {vectors.shape} for {len(place)} strings; give one vector a string")
    predicted, gold = [], []
    for pair in pairs:
        if all(pair):
            ours, theirs = (vectors[[place[cell] for cell in side]] for side in pair)
            cosines = np.minimum(theirs @ ours.T, 1.0)  # unit vectors of floats are not quite of length 1
            predicted.append(cosines.max(axis=0).sum())
            gold.append(cosines.max(axis=1).sum())
    return fsum(predicted), fsum(gold)


@cache
def minilm(name: str) -> Embed:
    """Sentence vectors of a MiniLM-style encoder, read with transformers: mean of the last layer's token
    vectors, at most 256 tokens, scaled to length 1.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(name)
    model = AutoModel.from_pretrained(name).eval()

    def embed(texts: list[str]) -> ArrayLike:
        vectors = []
        for start in range(0, len(texts), 256):
            batch = tokenizer(
                texts[start : start + 256], padding=True, truncation=True, max_length=256, return_tensors="pt"
            )
            with torch.inference_mode():
                tokens = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (tokens * mask).sum(dim=1) / mask.sum(dim=1)
            vectors.append(torch.nn.functional.normalize(mean, dim=1))
        return torch.cat(vectors).numpy()

    return embed


# ---- ROUGE-Lsum (Lin, 2004, section 3.2), with rouge_score's tokens and double-counting guard -------


def rouge_lsum(prediction: str, reference: str) -> float:
    """ROUGE-Lsum F1 of two texts, their lines as sentences: what rouge_score gives without a stemmer."""
    predicted, gold = _lines(prediction), _lines(reference)
    n_predicted, n_gold = sum(map(len, predicted)), sum(map(len, gold))
    if not n_predicted or not n_gold:
        return 0.0
    places = [_places(line) for line in predicted]
    left = Counter(token for line in predicted for token in line) & Counter(token for line in gold for token in line)
    hits = 0
    for line in gold:
        union = set[int]().union(
            *(_common(line, other, where) for other, where in zip(predicted, places, strict=True))
        )
        for at in union:
            if left[line[at]] > 0:
                left[line[at]] -= 1
                hits += 1
    return 2 * hits / (n_predicted + n_gold)


def _lines(text: str) -> list[list[str]]:
    return [re.findall("[a-z0-9]+", line) for line in text.lower().split("\n")]


def _places(line: list[str]) -> dict[str, int]:
    """Token -> a bit for each of its places in the line."""
    places: dict[str, int] = {}
    for at, token in enumerate(line):
        places[token] = places.get(token, 0) | 1 << at
    return places


def _common(line: list[str], other: list[str], places: dict[str, int]) -> list[int]:
    """The places in `line` of its longest common subsequence with `other`: of several, rouge_score's.

    The table of lengths is kept as bits (Hyyrö, 2004): the length of the common subsequence of the first
    i and j tokens is the number of zeros among the lowest j bits of row i.
    """
    if not any(token in places for token in line):
        return []
    row = full = (1 << len(other)) - 1
    rows = [row]
    for token in line:
        met = row & places.get(token, 0)
        row = ((row + met) | (row - met)) & full
        rows.append(row)

    def length(i: int, j: int) -> int:
        return j - (rows[i] & ((1 << j) - 1)).bit_count()

    i, j, common = len(line), len(other), []
    while i and j:
        if line[i - 1] == other[j - 1]:
            i, j = i - 1, j - 1
            common.append(i)
        elif length(i, j - 1) > length(i - 1, j):
            j -= 1
        else:
            i -= 1
    return common
