"""The tree of a data set: Parquet shards that a plain `load_dataset` reads, and the card that declares them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.files import file_digest
from adelie_hf.hub.dataset_card import ExampleRow, RowCounts, dataset_card
from adelie_hf.hub.origins import origin
from adelie_hf.hub.tree import CARD, Tree, add_manifest
from adelie_hf.manifest import MANIFEST, BuildManifest, ConfigEntry, DataFilesEntry, RunManifest
from adelie_hf.report.pair_figures import PairFigures
from adelie_hf.run_folder import RunFolder

if TYPE_CHECKING:
    from pyarrow import Table

SHARD_BYTES = 500_000_000  # of a shard in memory; the Hub recommends files of a few hundred megabytes
_ROW_GROUP = 1000  # the Hub's viewer reads one row group for a page
_CHAT_COLUMNS = ("prompt", "completion", "chosen", "rejected")
_PAIR_COLUMNS = ["source", "task", "kind", "score_chosen", "score_rejected"]


class DatasetTree(NamedTuple):
    """A tree, and source -> number of rows that were left out of it."""

    tree: Tree
    removed: dict[str, int]


def dataset_tree(build: Path, repo_id: str, scratch: Path, drop_licensed: bool) -> DatasetTree:
    """Return the tree of a build of IEInstruct or IEFeedback.

    Its shards are `data/<task>-<source>/<split>-00000-of-00001.parquet`, with the rows in the order of the build.

    Args:
        build: a folder that `adelie-hf build` wrote, or a data set that was pulled.
        repo_id: the repository, for the card.
        scratch: a folder for the shards.
        drop_licensed: leave out the rows of sources that require a licence; without it they are an error.

    Raises:
        InputError: for a folder without a build, files that do not match its manifest, and licensed rows.
    """
    manifest = _load_manifest(build)
    tables = {split: _read_tables(build, files) for split, files in _split_files(manifest).items()}
    if not tables:
        raise InputError(f"{build}: has no rows; there is nothing to push")
    licensed = _licensed_rows(tables)
    if licensed and not drop_licensed:
        owners = "; ".join(f"{name} ({origin(name).licensed})" for name in licensed)
        raise InputError(
            f"{build}: has rows of {owners}, whose licences do not allow passing them on; leave them out, or build "
            "your own data by the name of its format, such as bio",
            parameter="drop_licensed",
        )
    tree: Tree = {}
    counts: dict[str, RowCounts] = {}
    examples: dict[str, ExampleRow] = {}
    for split, table in tables.items():
        counts[split] = Counter()
        for task, source in sorted(_task_source_pairs(table)):
            if source not in licensed:
                rows = _select(table, task, source)
                counts[split][task, source] = rows.num_rows
                if task not in examples:
                    examples[task] = _example_row(rows)
                tree |= _shards(rows, f"data/{task}-{source}/{split}", scratch)
    if not tree:
        raise InputError(f"{build}: no row may be passed on: all are of {', '.join(licensed)}")
    removed = (manifest.removed or {}) | licensed
    complete = manifest.model_copy(update={"removed": removed, "configs": make_configs(counts)})
    columns = next(iter(tables.values())).column_names
    figures = _pair_figures(tables.values(), licensed)
    model = _model_of_run(build.parent)
    tree[CARD] = dataset_card(complete, repo_id, counts, examples, columns, model, figures).encode()
    add_manifest(tree, complete)
    return DatasetTree(tree, removed)


def make_configs(counts: Mapping[str, RowCounts]) -> list[ConfigEntry]:
    """Return the configurations that the card declares: all rows, those of each task, and those of a task's source."""
    pairs = sorted({pair for rows in counts.values() for pair in rows})
    tasks = sorted({task for task, _ in pairs})
    patterns = {"default": "*"}
    if len(tasks) > 1:
        patterns |= {task: f"{task}-*" for task in tasks}
    if len(pairs) > 1:
        patterns |= {f"{task}-{source}": f"{task}-{source}" for task, source in pairs}
    return [
        ConfigEntry(
            config_name=name,
            data_files=[
                DataFilesEntry(split=split, path=f"data/{pattern}/{split}-*.parquet")
                for split, rows in counts.items()
                if any(pattern in ("*", f"{task}-*", f"{task}-{source}") for task, source in rows)
            ],
        )
        for name, pattern in patterns.items()
    ]


def _load_manifest(build: Path) -> BuildManifest:
    manifest = BuildManifest.load(build / MANIFEST)
    for name, digest in manifest.outputs.items():
        if not (build / name).is_file() or file_digest(build / name) != digest:
            raise InputError(f"{build / name}: does not match the digest in {MANIFEST}; build it again")
    return manifest


def _split_files(manifest: BuildManifest) -> dict[str, list[str]]:
    """Return split -> files: `train.parquet` of a build, `data/.../train-00000-of-00001.parquet` of a pulled one."""
    splits: dict[str, list[str]] = {}
    for name in manifest.outputs:
        if name.endswith(".parquet"):
            splits.setdefault(Path(name).stem.partition("-")[0], []).append(name)
    return splits


def _read_tables(build: Path, files: Sequence[str]) -> Table:
    import pyarrow
    import pyarrow.parquet

    return pyarrow.concat_tables([pyarrow.parquet.ParquetFile(build / file).read() for file in files])


def _task_source_pairs(table: Table) -> set[tuple[str, str]]:
    return set(zip(table["task"].to_pylist(), table["source"].to_pylist(), strict=True))


def _select(table: Table, task: str, source: str) -> Table:
    import pyarrow.compute as compute

    return table.filter(compute.and_(compute.equal(table["task"], task), compute.equal(table["source"], source)))


def _example_row(rows: Table) -> ExampleRow:
    (row,) = rows.slice(0, 1).to_pylist()
    return ExampleRow(row["id"], {column: row[column] for column in _CHAT_COLUMNS if column in row})


def _licensed_rows(tables: Mapping[str, Table]) -> dict[str, int]:
    """Return source -> number of rows, for the sources that require a licence."""
    rows = Counter(name for table in tables.values() for name in table["source"].to_pylist())
    return {name: number for name, number in sorted(rows.items()) if origin(name).licensed}


def _pair_figures(tables: Iterable[Table], licensed: Iterable[str]) -> PairFigures | None:
    """Return the figures of pairs that are pushed; None for rows that are no pairs."""
    figures = PairFigures()
    for table in tables:
        if not set(_PAIR_COLUMNS) <= set(table.column_names):
            return None
        for batch in table.select(_PAIR_COLUMNS).to_batches():
            for pair in batch.to_pylist():
                figures.add(pair)
    return figures.without(licensed)


def _shards(rows: Table, stem: str, scratch: Path) -> Tree:
    import pyarrow.parquet

    number = max(1, ceil(rows.nbytes / SHARD_BYTES))
    size = ceil(rows.num_rows / number)
    shards: Tree = {}
    for index in range(number):
        name = f"{stem}-{index:05}-of-{number:05}.parquet"
        file = scratch / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(rows.slice(index * size, size), file, row_group_size=_ROW_GROUP)
        shards[name] = file
    return shards


def _model_of_run(folder: Path) -> str | None:
    """Return the model that a run of `align` starts from; None for a folder without such a run."""
    try:
        return RunManifest.load(RunFolder(folder).manifest).inputs.model
    except InputError:
        return None
