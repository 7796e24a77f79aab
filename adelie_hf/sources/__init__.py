"""Raw data sets: native files to records.

Each module of this folder that defines `SOURCE` is a source, and nothing else has to know of it:
adding a data set is adding one file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.finding import Found, Split, archives, choose, look
from adelie_hf.sources.reading import named
from adelie_hf.sources.seen import Seen
from adelie_hf.sources.source import Dropped, Shape, Source

__all__ = [
    "Dropped",
    "Found",
    "Shape",
    "Source",
    "Split",
    "find",
    "load_records",
    "read",
    "shape_files",
    "skipped",
    "source",
    "sources",
]


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


def find(data_dir: str | Path, names: tuple[str, ...] = ()) -> dict[str, Found]:
    """Looks for the files of sources (all, or those named) in a folder and below.

    A file is a source's when it has a published name and its content has one of the source's shapes. Where
    a source lies there more than once, its first shape and in it the copy in the first folder (fewest levels
    down, then by name) is read, and the rest are listed as skipped.

    The formats of users' own data get the files that no published set claims. Only sources that are named claim
    files, where names are given: who names such a format, and no published set, gets every file that has it.

    Raises:
        InputError: when the folder is missing, when a name is unknown, or when a named source or, without
            names, any source at all has no file there.
    """
    root = Path(data_dir)
    seen = look(root, [source(name) for name in names] or list(sources().values()))
    found = {name: choose(source(name), hits) for name, hits in seen.hits.items() if hits}
    for name in names:
        if name not in found and seen.strangers[name]:
            mend = "; mend it, or fetch it again"
            if source(name).role == "own":
                mend = f": not every line of its beginning has it; see {source(name).url} and mend it"
            raise InputError(f"{seen.strangers[name][0]}: does not have the shape of {source(name).title}{mend}")
        if name not in found:
            expected = ", or ".join(", ".join(shape_files(shape)) for shape in source(name).shapes)
            raise InputError(
                f"{root}: no file of {name} below it; it is made of {expected}, see {source(name).url}{_packed(root)}"
            )
    if not found:
        raise InputError(
            f"{root}: no file of any source; `adelie-hf sources list` says which files each is made of{_packed(root)}"
        )
    return found


def _packed(root: Path) -> str:
    """What to say of archives where a source is missing."""
    packed = by_folder(archives(root))
    return f"; archives are not looked into, unpack {', '.join(packed[:3])} first" if packed else ""


def shape_files(shape: Shape) -> list[str]:
    """The patterns of all files of a shape, in the order of its splits."""
    return list(dict.fromkeys(pattern for patterns in shape.files.values() for pattern in patterns))


def skipped(data_dir: str | Path, names: tuple[str, ...] = ()) -> list[str]:
    """A line for the files of a source that `find` leaves aside, since the source lies there more than once."""
    return [
        f"skipped: {files}; {found.source.name} is read from {next(iter(found.splits.values())).files[0]}"
        for found in find(data_dir, names).values()
        for files in by_folder(found.skipped)
    ]


def by_folder(files: Iterable[str | Path]) -> list[str]:
    """Files to tell a user of: each by its path, but those of a set with a file a document as a number of them."""
    folders: dict[Path, list[Path]] = {}
    for file in map(Path, files):
        folders.setdefault(file.parent, []).append(file)
    return [
        each
        for folder, found in folders.items()
        for each in (map(str, found) if len(found) <= 3 else [f"{len(found):,} files in {folder}"])
    ]


def read(split: Split) -> Iterator[Record | Dropped]:
    """Reads one split of a source: records, and what was dropped with its reason and place.

    Raises:
        InputError: naming the file and the line or record, for content that does not have the source's shape.
    """
    item = source(split.source)
    shape = item.shape(split.shape)
    ids = Seen()
    for file in split.files:
        place = f"{file}"
        try:
            for where, unit in shape.units(file):
                place = f"{file}:{where}" if shape.numbered == "line" else f"{file}, {shape.numbered} {where}"
                for result in shape.records(unit, split.name, where):
                    yield _keep(result, place, ids)
                place = f"{file}, after {shape.numbered} {where}"
        except InputError:
            raise
        except KeyError as error:
            raise InputError(f"{place}: the field {error} is missing; mend it, or fetch the file again") from None
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise InputError(
                f"{place}: not a record of {item.title} ({named(str(error))}); mend it, or fetch the file again"
            ) from None


def _keep(result: Record | Dropped, place: str, ids: Seen) -> Record | Dropped:
    """The result, or why it is dropped: what holds for the records of every source."""
    if isinstance(result, Dropped):
        return Dropped(result.reason, place)
    if not result.text.strip():
        return Dropped("the text is empty", place)
    if not ids.add(result.id):
        return Dropped("an earlier record has the same id", place)
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
    if split is not None and split not in found.splits:
        raise InputError(f"{data_dir}: {name} has no split {split!r} here; it has {', '.join(found.splits)}")
    wanted = [found.splits[each] for each in found.splits if split in (None, each)]
    # The files are looked for at the call and read while iterating.
    return _records(wanted, Counter() if dropped is None else dropped)


def _records(splits: list[Split], dropped: Counter[str]) -> Iterator[Record]:
    for split in splits:
        for result in read(split):
            if isinstance(result, Record):
                yield result
            else:
                dropped[result.reason] += 1
