"""Builds of IEInstruct and IEFeedback on disk: one Parquet file a split, and a manifest of what went in and out."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adelie_hf.errors import InputError
from adelie_hf.files import atomic_write, file_digest, read_json, write_json
from adelie_hf.manifest import environment

if TYPE_CHECKING:
    import pyarrow

BUILDERS = {"ieinstruct": "IEInstruct", "iefeedback": "IEFeedback"}
ROW_GROUP = 2000


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

    Raises:
        InputError: for bad input, where no row is kept, and where `out` is there and is no build of the same kind.
    """
    import pyarrow.parquet

    _check_replaceable(out, kind)
    features = _builder(kind).FEATURES
    counts: dict[str, Counter[str]] = {}
    described = []
    total = 0
    with atomic_write(out) as folder:
        folder.mkdir()
        for split, of_split in parts.items():
            counts[split] = Counter()
            file = folder / f"{split}.parquet"
            with pyarrow.parquet.ParquetWriter(file, features.arrow_schema) as writer:
                for part, (tables, of_part) in zip(of_split, _made(kind, of_split, num_proc, folder), strict=True):
                    written = 0
                    for table in tables:
                        writer.write_table(table)
                        written += len(table)
                    total += written
                    counts[split] += of_part
                    described.append({"split": split, **part.described(), "counts": dict(sorted(of_part.items()))})
                    say(f"{split}: {', '.join(str(value) for value in part.described().values())}, {written} rows")
        if not total:
            reasons = sum(counts.values(), Counter())
            said = ", ".join(f"{number:,} {reason}" for reason, number in sorted(reasons.items()))
            raise InputError(f"{out}: not written, since no row was kept ({said or 'no record was read'})")
        write_json(
            folder / "manifest.json",
            {
                "kind": kind,
                "settings": settings,
                "parts": described,
                "inputs": {name: file_digest(file) for name, file in sorted(inputs.items())},
                "outputs": {f"{split}.parquet": file_digest(folder / f"{split}.parquet") for split in parts},
                "environment": environment(),
            },
        )
    return counts


def _check_replaceable(out: Path, kind: str) -> None:
    """Raises InputError for what a build must not replace: anything but an earlier build of its kind."""
    if out.exists():
        manifest = out / "manifest.json"
        about = read_json(manifest) if manifest.is_file() else {}
        if about.get("kind") != kind:
            raise InputError(f"{out}: exists and is no build of {kind}; choose another --out")


def named(files: Iterable[Path], root: Path) -> dict[str, Path]:
    """Files by the names that a manifest gives them: their paths below a folder, or just their names, told apart."""
    found: dict[str, Path] = {}
    for file in files:
        bare = name = str(file.relative_to(root)) if file.is_relative_to(root) else file.name
        copies = 1
        while name in found:
            copies += 1
            name = f"{bare} ({copies})"
        found[name] = file
    return found


def _builder(kind: str) -> Any:
    return getattr(import_module(f"adelie_hf.dataset_scripts.{kind}.{kind}"), BUILDERS[kind])


def _made(
    kind: str, parts: list[Any], num_proc: int, folder: Path
) -> Iterator[tuple[Iterable[pyarrow.Table], Counter[str]]]:
    """The tables of each part, and its counts, which are whole when its last table has been taken."""
    if num_proc == 1 or len(parts) < 2:
        for part in parts:
            counts: Counter[str] = Counter()
            yield _tables(kind, part, counts), counts
        return
    files = [folder / f"part-{number}.arrow" for number in range(len(parts))]
    with ProcessPoolExecutor(num_proc) as pool:
        # The largest files first, so that no process is left alone with one of them at the end.
        order = sorted(range(len(parts)), key=lambda number: -_size(parts[number]))
        tasks = {number: pool.submit(_write, kind, parts[number], files[number]) for number in order}
        try:
            for number, file in enumerate(files):
                counts = tasks[number].result()
                yield _read(file), counts
                file.unlink()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _size(part: Any) -> int:
    return sum(file.stat().st_size for file in part.files)


def _write(kind: str, part: Any, file: Path) -> Counter[str]:
    """What a process does with a part: its tables as an Arrow file, since rows are dear to pass on otherwise."""
    import pyarrow

    counts: Counter[str] = Counter()
    with (
        pyarrow.OSFile(str(file), "wb") as sink,
        pyarrow.ipc.new_file(sink, _builder(kind).FEATURES.arrow_schema) as to,
    ):
        for table in _tables(kind, part, counts):
            to.write_table(table)
    return counts


def _read(file: Path) -> Iterator[pyarrow.Table]:
    import pyarrow

    with pyarrow.memory_map(str(file)) as source:
        reader = pyarrow.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            yield pyarrow.Table.from_batches([reader.get_batch(number)])


def _tables(kind: str, part: Any, counts: Counter[str]) -> Iterator[pyarrow.Table]:
    """Row groups: the same for any number of processes, and all that is held in memory at a time."""
    from adelie_hf.dataset_builder import table

    features = _builder(kind).FEATURES
    rows = import_module(f"adelie_hf.{kind}").rows(part, counts)
    with _rarely_collected():
        while some := list(islice(rows, ROW_GROUP)):
            yield table(some, features)


@contextmanager
def _rarely_collected() -> Iterator[None]:
    """Rows hold no cycles: Python's garbage collector, which goes through them again and again, finds nothing.

    It takes a sixth of a build's time otherwise.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(50_000, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
