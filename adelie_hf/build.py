"""Builds of IEInstruct and IEFeedback on disk: one Parquet file a split, and a manifest of what went in and out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from adelie_hf.manifest import digest, environment, whole, write_json

BUILDERS = {"ieinstruct": "IEInstruct", "iefeedback": "IEFeedback"}


def build(
    kind: str,
    parts: dict[str, list[Any]],
    inputs: dict[str, Path],
    settings: dict[str, Any],
    out: Path,
    num_proc: int = 1,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Counter[str]]:
    """Writes the rows of parts to `out/<split>.parquet`, the rows that `load_dataset` gives for the same parts.

    Args:
        kind: `ieinstruct` or `iefeedback`.
        parts: split -> parts, as the room's `plan` gives them.
        inputs: name -> file that was read, for the manifest.
        settings: the recipe, for the manifest.
        out: a folder that appears when it is whole.
        num_proc: processes that share the parts out; the bytes are the same for any number.
        say: takes one line of progress a part.

    Returns:
        split -> the counts of what was read, kept and dropped, by reason.
    """
    import pyarrow.parquet

    builder = import_module(f"adelie_hf.dataset_scripts.{kind}.{kind}")
    features = getattr(builder, BUILDERS[kind]).FEATURES
    counts: dict[str, Counter[str]] = {}
    described = []
    with whole(out) as folder:
        folder.mkdir()
        for split, of_split in parts.items():
            counts[split] = Counter()
            file = folder / f"{split}.parquet"
            with pyarrow.parquet.ParquetWriter(file, features.arrow_schema) as writer:
                for part, (table, of_part) in zip(of_split, _tables(kind, of_split, num_proc), strict=True):
                    writer.write_table(table)
                    counts[split] += of_part
                    described.append({"split": split, **part.described(), "counts": dict(sorted(of_part.items()))})
                    say(f"{split}: {', '.join(str(value) for value in part.described().values())}, {len(table)} rows")
        write_json(
            folder / "manifest.json",
            {
                "kind": kind,
                "settings": settings,
                "parts": described,
                "inputs": {name: digest(file) for name, file in sorted(inputs.items())},
                "outputs": {f"{split}.parquet": digest(folder / f"{split}.parquet") for split in parts},
                "environment": environment(),
            },
        )
    return counts


def _tables(kind: str, parts: list[Any], num_proc: int):
    make = partial(_table, kind)
    if num_proc == 1 or len(parts) < 2:
        yield from map(make, parts)
    else:
        with ProcessPoolExecutor(num_proc) as pool:
            yield from pool.map(make, parts)


def _table(kind: str, part: Any) -> tuple[Any, Counter[str]]:
    from adelie_hf.building import table

    counts: Counter[str] = Counter()
    builder = getattr(import_module(f"adelie_hf.dataset_scripts.{kind}.{kind}"), BUILDERS[kind])
    rows = import_module(f"adelie_hf.{kind}").rows(part, counts)
    return table(list(chain(rows)), builder.FEATURES), counts
