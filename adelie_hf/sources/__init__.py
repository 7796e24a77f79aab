"""Raw data sets: native files to records.

Each module of this folder that defines `SOURCE` is a source, and nothing else has to know of it:
adding a data set is adding one file.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.reading import named
from adelie_hf.sources.source import Dropped, Source

__all__ = ["Dropped", "Found", "Source", "find", "load_records", "read", "skipped", "source", "sources"]


@cache
def sources() -> dict[str, Source]:
    """All sources by name, in alphabetical order."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    return {item.name: item for item in sorted(found, key=lambda item: item.name)}


def source(name: str) -> Source:
    """One source by name. Raises InputError for a name that is not there."""
    try:
        return sources()[name]
    except KeyError:
        raise InputError(f"unknown source {name!r}; the sources are {', '.join(sources())}") from None


@dataclass(frozen=True, slots=True)
class Found:
    """A source's files in a folder: split -> file; and files of the same source that are left aside."""

    source: Source
    files: dict[str, Path]
    skipped: tuple[Path, ...] = ()


def find(data_dir: str | Path, names: tuple[str, ...] = ()) -> dict[str, Found]:
    """Looks for the files of sources (all, or those named) in a folder and below.

    A file is a source's when it has a published name and its content has the source's shape. When a
    source lies there more than once, the copy in the first folder (fewest levels down, then by name)
    is read and the rest are listed as skipped.

    Raises:
        InputError: when the folder is missing, when a name is unknown, or when a named source or, without
            names, any source at all has no file there.
    """
    root = Path(data_dir)
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds the raw files")
    wanted = [source(name) for name in names] or list(sources().values())
    hits: dict[str, list[tuple[Path, str]]] = {item.name: [] for item in wanted}
    strangers: dict[str, list[Path]] = {item.name: [] for item in wanted}
    for file in _walk(root):
        candidates = [(item, split) for item in wanted for split, known in item.files.items() if file.name in known]
        head = _head(file) if candidates else ""
        for item, split in candidates:
            if item.recognise(head):
                hits[item.name].append((file, split))
            else:
                strangers[item.name].append(file)
    found = {name: _choose(source(name), files) for name, files in hits.items() if files}
    for name in names:
        if name not in found and strangers[name]:
            raise InputError(f"{strangers[name][0]}: does not have the shape of {source(name).title}; fetch it again")
        if name not in found:
            expected = ", ".join(known for either in source(name).files.values() for known in either)
            raise InputError(f"{root}: no file of {name} below it; it is made of {expected}, see {source(name).url}")
    if not found:
        raise InputError(f"{root}: no file of any source; `adelie-hf sources list` says which files each is made of")
    return found


def _walk(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        below.sort()
        yield from (Path(folder) / name for name in sorted(names))


def _head(file: Path) -> str:
    try:
        with open(file, "rb") as stream:
            raw = stream.read(1 << 20)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check its permissions") from None
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise InputError(f"{file}: is UTF-16; save the file as UTF-8, or fetch it again")
    head = raw.decode("utf-8", errors="replace").removeprefix("\ufeff")
    if not head.strip():
        raise InputError(f"{file}: the file is empty; fetch it again, or take it away")
    return head


def _choose(item: Source, files: list[tuple[Path, str]]) -> Found:
    first = min((file.parent for file, _ in files), key=lambda folder: (len(folder.parts), str(folder)))
    chosen: dict[str, Path] = {}
    for file, split in files:
        if file.parent == first and split not in chosen:
            chosen[split] = file
    ordered = {split: chosen[split] for split in item.files if split in chosen}
    return Found(item, ordered, tuple(file for file, split in files if ordered.get(split) != file))


def skipped(data_dir: str | Path, names: tuple[str, ...] = ()) -> list[str]:
    """A line for each file of a source that `find` leaves aside, since the source lies there more than once."""
    return [
        f"skipped: {file}; {found.source.name} is read from {next(iter(found.files.values())).parent}"
        for found in find(data_dir, names).values()
        for file in found.skipped
    ]


def read(item: Source, file: Path, split: str) -> Iterator[Record | Dropped]:
    """Reads one file of a source: records, and what was dropped with its reason and place.

    Raises:
        InputError: naming the file and the line or record, for content that does not have the source's shape.
    """
    place = f"{file}"
    ids: set[str] = set()
    try:
        for where, unit in item.units(file):
            place = f"{file}:{where}" if item.numbered == "line" else f"{file}, {item.numbered} {where}"
            for result in item.records(unit, split, where):
                yield _keep(result, place, ids)
            place = f"{file}, after {item.numbered} {where}"
    except InputError:
        raise
    except KeyError as error:
        raise InputError(f"{place}: the field {error} is missing; mend it, or fetch the file again") from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"{place}: not a record of {item.title} ({named(str(error))}); mend it, or fetch the file again"
        ) from None


def _keep(result: Record | Dropped, place: str, ids: set[str]) -> Record | Dropped:
    """The result, or why it is dropped: what holds for the records of every source."""
    if isinstance(result, Dropped):
        return Dropped(result.reason, place)
    if not result.text.strip():
        return Dropped("the text is empty", place)
    if result.id in ids:
        return Dropped("an earlier record has the same id", place)
    ids.add(result.id)
    return result


def load_records(
    name: str, data_dir: str | Path, split: str | None = None, dropped: Counter[str] | None = None
) -> Iterator[Record]:
    """The records of a source below a folder, split by split.

    Args:
        name: the source's name.
        data_dir: the folder that holds its native files, at any depth.
        split: only this split.
        dropped: counts what is dropped, by reason.

    Raises:
        InputError: for an unknown source or split, missing files, or (while reading) a file that cannot be read.
    """
    found = find(data_dir, (name,))[name]
    if split is not None and split not in found.files:
        raise InputError(f"{data_dir}: {name} has no split {split!r} here; it has {', '.join(found.files)}")
    wanted = {each: file for each, file in found.files.items() if split in (None, each)}
    # The files are looked for at the call and read while iterating.
    return _records(found.source, wanted, Counter() if dropped is None else dropped)


def _records(item: Source, files: dict[str, Path], dropped: Counter[str]) -> Iterator[Record]:
    for split, file in files.items():
        for result in read(item, file, split):
            if isinstance(result, Record):
                yield result
            else:
                dropped[result.reason] += 1
