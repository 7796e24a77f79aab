"""The tree of a data set: Parquet shards that a plain `load_dataset` reads, and the card that declares them."""

from __future__ import annotations

from collections import Counter
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adelie_hf.errors import InputError
from adelie_hf.files import file_digest, read_json
from adelie_hf.hub.data_card import card
from adelie_hf.hub.origins import origin
from adelie_hf.hub.tree import CARD, Tree, with_manifest

if TYPE_CHECKING:
    from pyarrow import Table

KINDS = ("ieinstruct", "iefeedback")
SHARD = 500_000_000  # bytes of a shard in memory; the Hub asks for files of a few hundred megabytes
_ROWS_AT_ONCE = 1000  # a small row group is what the Hub's viewer reads for one page


def tree(run: Path, repo_id: str, scratch: Path, drop_licensed: bool) -> Tree:
    """The tree of a build of IEInstruct or IEFeedback.

    Shards lie in `data/<task>-<source>/<split>-00000-of-00001.parquet`, the rows of each in the order of the build.

    Args:
        run: what `adelie-hf build` wrote, or a data set that was pulled.
        repo_id: where it goes, for the card.
        scratch: a folder for the shards.
        drop_licensed: leave out the rows of sources that need a licence; without it they refuse the whole.

    Raises:
        InputError: for a folder that is no build, files that are not those of its manifest, or licensed rows.
    """
    manifest = _manifest(run)
    splits = {split: _read(run, files) for split, files in _splits(manifest).items()}
    removed = _licensed(splits)
    if removed and not drop_licensed:
        told = "; ".join(f"{name} ({origin(name).licensed})" for name in removed)
        raise InputError(
            f"{run}: holds rows of {told}, which may not be passed on; push with --drop-licensed to leave them out, "
            "or build data that is your own and only looks like it by its format's name, such as bio"
        )
    shards: Tree = {}
    counts: dict[str, Counter[tuple[str, str]]] = {}
    examples: dict[str, dict[str, Any]] = {}
    for split, table in splits.items():
        counts[split] = Counter()
        for task, source in sorted(_pairs(table)):
            if source not in removed:
                rows = _of(table, task, source)
                counts[split][task, source] = rows.num_rows
                examples.setdefault(task, rows.slice(0, 1).to_pylist()[0])
                shards |= _shards(rows, f"data/{task}-{source}/{split}", scratch)
    if not shards:
        raise InputError(f"{run}: no row may be passed on: all are of {', '.join(removed)}")
    about = {
        **{key: manifest[key] for key in ("kind", "settings", "parts", "inputs", "environment")},
        "removed": manifest.get("removed", {}) | removed,
        "configs": configs(counts),
    }
    made_with = run.parent / "manifest.json"
    model = read_json(made_with).get("inputs", {}).get("model") if made_with.is_file() else None
    columns = next(iter(splits.values())).column_names
    return with_manifest(shards | {CARD: card(about, repo_id, counts, examples, columns, model).encode()}, about)


def configs(counts: dict[str, Counter[tuple[str, str]]]) -> list[dict[str, Any]]:
    """The configurations that the card declares: all rows, those of each task, and those of a task's source."""
    pairs = sorted({pair for of_split in counts.values() for pair in of_split})
    tasks = sorted({task for task, _ in pairs})
    names = {"default": "*"}
    if len(tasks) > 1:
        names |= {task: f"{task}-*" for task in tasks}
    if len(pairs) > 1:
        names |= {f"{task}-{source}": f"{task}-{source}" for task, source in pairs}
    return [
        {
            "config_name": name,
            "data_files": [
                {"split": split, "path": f"data/{folder}/{split}-*.parquet"}
                for split, of_split in counts.items()
                if any(folder in ("*", f"{task}-*", f"{task}-{source}") for task, source in of_split)
            ],
        }
        for name, folder in names.items()
    ]


def _manifest(run: Path) -> dict[str, Any]:
    manifest = read_json(run / "manifest.json")
    if manifest.get("kind") not in KINDS:
        raise InputError(f"{run}: not a data set of ours; give a folder that `adelie-hf build` wrote")
    for name, known in manifest["outputs"].items():
        if not (run / name).is_file() or file_digest(run / name) != known:
            raise InputError(f"{run / name}: not the file that manifest.json was written with; build it again")
    return manifest


def _splits(manifest: dict[str, Any]) -> dict[str, list[str]]:
    """Split -> its files: `train.parquet` in a build, `data/.../train-00000-of-00001.parquet` in a pulled one."""
    splits: dict[str, list[str]] = {}
    for name in manifest["outputs"]:
        if name.endswith(".parquet"):
            splits.setdefault(Path(name).stem.partition("-")[0], []).append(name)
    return splits


def _read(run: Path, files: list[str]) -> Table:
    import pyarrow
    import pyarrow.parquet

    return pyarrow.concat_tables([pyarrow.parquet.ParquetFile(run / file).read() for file in files])


def _pairs(table: Table) -> set[tuple[str, str]]:
    return set(zip(table["task"].to_pylist(), table["source"].to_pylist(), strict=True))


def _of(table: Table, task: str, source: str) -> Table:
    import pyarrow.compute as compute

    return table.filter(compute.and_(compute.equal(table["task"], task), compute.equal(table["source"], source)))


def _licensed(splits: dict[str, Table]) -> dict[str, int]:
    """Source -> number of rows, of those that need a licence."""
    rows = Counter(name for table in splits.values() for name in table["source"].to_pylist())
    return {name: number for name, number in sorted(rows.items()) if origin(name).licensed}


def _shards(rows: Table, stem: str, scratch: Path) -> Tree:
    import pyarrow.parquet

    number = max(1, ceil(rows.nbytes / SHARD))
    size = ceil(rows.num_rows / number)
    shards: Tree = {}
    for at in range(number):
        name = f"{stem}-{at:05}-of-{number:05}.parquet"
        file = scratch / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(rows.slice(at * size, size), file, row_group_size=_ROWS_AT_ONCE)
        shards[name] = file
    return shards
