"""One call each for what the command line does: build IEInstruct, build IEFeedback; `align` runs the whole loop."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from adelie_hf import iefeedback, ieinstruct
from adelie_hf.build import build
from adelie_hf.manifest import Counts
from adelie_hf.sources.cutting import Cut
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice

logger = logging.getLogger(__name__)


def build_ieinstruct(
    config: str = "sample",
    data_dir: str | Path | None = None,
    *,
    out: str | Path,
    recipe: ieinstruct.Recipe | str | Path | None = None,
    seed: int | None = None,
    tokenizer: str | None = None,
    sources: tuple[str, ...] = (),
    num_proc: int = 1,
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
    strict: bool = False,
    cut: Cut | None = None,
) -> dict[str, Counts]:
    """Build IEInstruct: one Parquet file per split, and a manifest (paper, section 3).

    Args:
        config: `sample` (the embedded corpus), `mixture` (the training splits of all training sources and of your own
            data below `data_dir`), `align` (a training and a held-out part of every source), or the name of a source,
            of a set of your own or of a format.
        data_dir: the folder with the raw files, at any depth.
        out: the folder to write; it appears when it is complete. An earlier build is replaced.
        recipe: a `Recipe`, a YAML file, or the name of one of the library's: `paper`, `reference_code`, `iepile`.
        seed: overrides the recipe's seed.
        tokenizer: overrides the recipe's tokenizer: rows of more than `max_tokens` tokens are dropped.
        sources: for `mixture` and `align`, only these sources.
        num_proc: processes; the bytes are the same for any number.
        splits: of your own data, file or folder below `data_dir` -> split, where names do not tell it.
        columns: of your own tagged tokens, what the columns have, where it is not found out.
        strict: the first record of own data that cannot be read is an error, whatever the recipe says; otherwise it is
            dropped, counted and logged.
        cut: where long documents of own data are cut, in place of the recipe's `cut`: `sentences`, or a number of
            characters for pieces of whole sentences.

    Returns:
        split -> `Counts`: what was read, kept, and dropped by reason.

    Raises:
        InputError: for bad input, and when no row is kept.

    >>> counts = build_ieinstruct("sample", out=folder / "ieinstruct", recipe=Recipe(cap=2))
    >>> counts["train"].kept["rows"]
    20
    """
    if isinstance(recipe, ieinstruct.Recipe):
        changes = {"seed": seed, "tokenizer": tokenizer, "strict": strict or None, "cut": cut}
        changed = {key: value for key, value in changes.items() if value is not None}
        settings, recipe_file = (
            ieinstruct.Recipe(**recipe.model_dump(by_alias=True, exclude_unset=True) | changed),
            None,
        )
    else:
        settings = ieinstruct.load_recipe(recipe, seed, tokenizer=tokenizer, strict=strict or None, cut=cut)
        recipe_file = recipe
    plan = ieinstruct.plan(config, data_dir, settings, sources, recipe_file, splits, columns)
    if "max_tokens" in settings.model_fields_set and not settings.tokenizer:
        # Training checks lengths itself, so that the loop needs no such line.
        logger.warning("lengths are not checked: max_tokens is %d, and there is no tokenizer", settings.max_tokens)
    return build(plan, Path(out), num_proc)


def build_iefeedback(
    data_dir: str | Path,
    *,
    out: str | Path,
    recipe: iefeedback.FeedbackRecipe | str | Path | None = None,
    seed: int | None = None,
) -> dict[str, Counts]:
    """Build IEFeedback: preference pairs from a model's samples and the gold answers (paper, section 4).

    Args:
        data_dir: a folder with samples files (`*.jsonl`), such as `recipes/sample.py` and `adelie-hf sample` write.
        out: the folder to write; it appears when it is complete. An earlier build is replaced.
        recipe: a `FeedbackRecipe`, a YAML file, or one of the library's by its name (`paper`, `reference_code`). The
            defaults are those of `paper` without its caps.
        seed: overrides the recipe's seed.

    Returns:
        split -> `Counts`: prompts read, pairs kept by kind, and prompts dropped by reason.

    Raises:
        InputError: for bad input, and when no pair is kept.

    >>> counts = build_iefeedback(samples, out=folder / "iefeedback")
    >>> sorted(counts["train"].kept)
    ['offline', 'online']
    """
    if isinstance(recipe, iefeedback.FeedbackRecipe):
        changed = {} if seed is None else {"seed": seed}
        settings, recipe_file = iefeedback.FeedbackRecipe(**recipe.model_dump() | changed), None
    else:
        settings, recipe_file = iefeedback.load_recipe(recipe, seed), recipe
    return build(iefeedback.plan(data_dir, settings, recipe_file), Path(out))
