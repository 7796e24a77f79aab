"""Builds on disk: one Parquet file per split, and a manifest of what went in and came out."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from adelie_hf.batched import batched
from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write, file_digest, read_json
from adelie_hf.manifest import MANIFEST, BuildManifest, Counts, CountsEntry, UnitEntry, environment
from adelie_hf.rows import to_table

if TYPE_CHECKING:
    import datasets
    import pyarrow

logger = logging.getLogger(__name__)

ROW_GROUP = 2000

# A function of a module: worker processes get it by name.
Features = Callable[[], "datasets.Features"]


class Unit(Protocol):
    """A piece of a build that can be made on its own, in any process and order: it has all that its rows depend on."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it reads."""

    def entry(self) -> dict[str, str]:
        """Return its description for the manifest: fields of `UnitEntry`."""


UnitT = TypeVar("UnitT", bound=Unit)


@dataclass(frozen=True, slots=True)
class BuildPlan(Generic[UnitT]):
    """The plan of a build: its units, and how their rows are made.

    Args:
        kind: what it is a build of.
        features: returns the features of its rows.
        units: split -> units, in the order of the rows.
        make_rows: yields the rows of a unit and counts what it reads, keeps and drops.
        inputs: name -> file, for every file whose content can change a row.
        settings: the recipe, for the manifest.
        splits: what the user says of files and folders whose names do not tell their split, for the manifest.
        columns: what the user says of the columns of tagged tokens, for the manifest.
    """

    kind: Literal["ieinstruct", "iefeedback"]
    features: Features
    units: Mapping[str, Sequence[UnitT]]
    make_rows: Callable[[UnitT, Counts], Iterator[Mapping[str, Any]]]
    inputs: Mapping[str, Path]
    settings: Mapping[str, Any]
    splits: Mapping[str, str] = field(default_factory=dict)
    columns: str = ""


def build(plan: BuildPlan[UnitT], out: Path, num_proc: int = 1, *, allow_empty: bool = False) -> dict[str, Counts]:
    """Write the rows of a plan to `out/<split>.parquet`: the rows that `load_dataset` gives for the same plan.

    A split without rows has no file; the manifest has its counts.

    Args:
        out: a folder that appears when it is complete.
        num_proc: processes that share the units; the bytes are the same for any number.
        allow_empty: write a folder with nothing but the manifest when no row is kept.

    Returns:
        split -> what was read, kept and dropped, by reason.

    Raises:
        InputError: for bad input, when no row is kept, and when `out` exists and is not a build of the same kind.
    """
    import pyarrow.parquet

    _check_replaceable(out, plan.kind)
    schema = plan.features().arrow_schema
    counts: dict[str, Counts] = {}
    entries = []
    rows: Counter[str] = Counter()
    with atomic_write(out) as folder:
        folder.mkdir()
        for split, units in plan.units.items():
            counts[split] = Counts()
            file = folder / f"{split}.parquet"
            with pyarrow.parquet.ParquetWriter(file, schema) as writer:
                made = _tables_of_units(plan, units, num_proc, folder)
                for unit, (tables, unit_counts) in zip(units, made, strict=True):
                    written = 0
                    for table in tables:
                        writer.write_table(table)
                        written += len(table)
                    rows[split] += written
                    counts[split].add(unit_counts)
                    entries.append(UnitEntry(split=split, counts=CountsEntry.of(unit_counts), **unit.entry()))
                    log_problems(unit_counts)
                    if written or unit_counts != Counts():  # no task of own data that no record has
                        logger.info("%s: %s, %d rows", split, ", ".join(unit.entry().values()), written)
            if not rows[split]:
                file.unlink()  # `datasets` cannot load a split without rows
        if not rows.total() and not allow_empty:
            everything = Counts()
            for split_counts in counts.values():
                everything.add(split_counts)
            raise InputError(f"{out}: not written, since no row was kept ({everything})")
        splits = [split for split in plan.units if rows[split]]
        BuildManifest(
            kind=plan.kind,
            settings=dict(plan.settings),
            units=entries,
            inputs={name: file_digest(file) for name, file in sorted(plan.inputs.items())},
            splits=dict(plan.splits) or None,
            columns=plan.columns or None,
            outputs={f"{split}.parquet": file_digest(folder / f"{split}.parquet") for split in splits},
            environment=environment(),
        ).save(folder / MANIFEST)
    return counts


def log_problems(counts: Counts) -> None:
    """Log the first records of a unit that could not be read and were dropped."""
    for problem in counts.problems:
        logger.warning("dropped: %s", problem)


def _check_replaceable(out: Path, kind: str) -> None:
    """Raise InputError for a folder that a build must not replace: anything but an earlier build of its kind."""
    if not out.exists():
        return
    manifest = read_json(out / MANIFEST) if (out / MANIFEST).is_file() else None
    if not isinstance(manifest, dict) or manifest.get("kind") != kind:
        raise InputError(f"{out}: exists and is not a build of {kind}; choose another folder", parameter="out")


def name_files(files: Iterable[Path], root: Path) -> dict[str, Path]:
    """Return files by the names that a manifest gives them: their paths below `root`, or their bare names.

    Equal names are numbered: `train.json`, `train.json (2)`.
    """
    names: dict[str, Path] = {}
    for file in files:
        bare = name = str(file.relative_to(root)) if file.is_relative_to(root) else file.name
        copies = 1
        while name in names:
            copies += 1
            name = f"{bare} ({copies})"
        names[name] = file
    return names


def _tables_of_units(
    plan: BuildPlan[UnitT], units: Sequence[UnitT], num_proc: int, folder: Path
) -> Iterator[tuple[Iterable[pyarrow.Table], Counts]]:
    """Yield (tables, counts) per unit; counts are final once its tables are exhausted."""
    if num_proc == 1 or len(units) < 2:
        for unit in units:
            counts = Counts()
            yield _tables(plan.features, plan.make_rows, unit, counts), counts
        return
    files = [folder / f"unit-{number}.arrow" for number in range(len(units))]
    with ProcessPoolExecutor(num_proc) as pool:
        # The largest first, so that no process is left alone with one of them at the end.
        order = sorted(range(len(units)), key=lambda number: -_bytes(units[number]))
        jobs = {
            number: pool.submit(_write_tables, plan.features, plan.make_rows, units[number], files[number])
            for number in order
        }
        try:
            for number, file in enumerate(files):
                counts = jobs[number].result()
                yield _read_tables(file), counts
                file.unlink()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _bytes(unit: Unit) -> int:
    return sum(file.stat().st_size for file in unit.files)


MakeRows = Callable[[Any, Counts], Iterator[Mapping[str, Any]]]


def _write_tables(features: Features, make_rows: MakeRows, unit: Unit, file: Path) -> Counts:
    """Write one unit's tables to an Arrow file in a worker process: pickling rows between processes is slow."""
    import pyarrow

    counts = Counts()
    schema = features().arrow_schema
    with pyarrow.OSFile(str(file), "wb") as sink, pyarrow.ipc.new_file(sink, schema) as writer:
        for table in _tables(features, make_rows, unit, counts):
            writer.write_table(table)
    return counts


def _read_tables(file: Path) -> Iterator[pyarrow.Table]:
    import pyarrow

    with pyarrow.memory_map(str(file)) as source:
        reader = pyarrow.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            yield pyarrow.Table.from_batches([reader.get_batch(number)])


def _tables(features: Features, make_rows: MakeRows, unit: Unit, counts: Counts) -> Iterator[pyarrow.Table]:
    """Yield row groups: the same for any number of processes, and all that is in memory at a time."""
    of_rows = features()
    with _rare_garbage_collection():
        for batch in batched(make_rows(unit, counts), ROW_GROUP):
            yield to_table(batch, of_rows)


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Collect garbage rarely: rows have no cycles, and collecting takes a sixth of a build's time."""
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
