"""Where the files of sources lie below a folder, told by name and content."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from glob import escape, glob
from pathlib import Path
from typing import BinaryIO, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.sources.catalogue import all_sources, get_source
from adelie_hf.sources.source import Layout, Source

_HEAD = 1 << 20  # bytes of a file that tell its shape
_PARQUET = b"PAR1"
_PACKED = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")


@dataclass(frozen=True, slots=True)
class Split:
    """One split of a source as it lies on disk, in plain values; `beside` are files that its reader also reads."""

    source: str
    layout: str
    name: str
    files: tuple[Path, ...]
    companions: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovered:
    """A source below a folder: its splits, and files of the same source that are left aside."""

    source: Source
    splits: dict[str, Split]
    skipped: tuple[Path, ...] = ()


class _Hit(NamedTuple):
    """A file that is a source's, and the folder that the pattern of its name starts from."""

    order: int  # of its shape
    folder: Path
    layout: Layout
    split: str
    file: Path


@dataclass(slots=True)
class Scan:
    """What lies below a folder of each source wanted: `hits`, and `strangers` of the right name but another shape."""

    hits: dict[str, list[_Hit]]
    strangers: dict[str, list[Path]]


def scan(root: Path, wanted: Iterable[Source]) -> Scan:
    """Looks at every file below a folder. Raises InputError when the folder is missing or a file cannot be read."""
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder that holds the raw files")
    wanted = list(wanted)
    seen = Scan({item.name: [] for item in wanted}, {item.name: [] for item in wanted})
    for file in _walk(root):
        _look_at(file, root, wanted, seen)
    return seen


def _look_at(file: Path, root: Path, wanted: list[Source], seen: Scan) -> None:
    place = file.relative_to(root).as_posix()
    candidates = [
        (item, order, layout, split, root / fit["base"])
        for item in wanted
        for order, layout in enumerate(item.layouts)
        for split, patterns in layout.files.items()
        for pattern in patterns
        if (fit := _regex(pattern).match(place))
    ]
    if not candidates:
        return
    head = _head(file)
    fitting = [candidate for candidate in candidates if candidate[2].recognise(head)]
    published = [candidate for candidate in fitting if candidate[0].role != "own"]
    for item, order, layout, split, folder in published or fitting:
        of = layout.split_of(file) if layout.split_of else split
        seen.hits[item.name].append(_Hit(order, folder, layout, of, file))
    if not fitting:
        if not head.strip():
            raise InputError(f"{file}: the file is empty; fetch it again, or take it away")
        for name in {item.name for item, *_ in candidates}:
            seen.strangers[name].append(file)


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """A pattern of `Shape.files` as a regular expression for a whole path; what stands before it is `base`."""
    translated = "".join(
        {"**/": "(?:.*/)?", "*": "[^/]*"}.get(piece, re.escape(piece)) for piece in re.split(r"(\*\*/|\*)", pattern)
    )
    return re.compile(f"(?P<base>(?:.*?/)??){translated}\\Z", re.DOTALL)


def _walk(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        below.sort()
        yield from (Path(folder) / name for name in sorted(names))


def archives(root: str | Path) -> list[Path]:
    """The packed files below a folder. They are never unpacked here: nothing can be written outside of a folder."""
    return [file for file in _walk(Path(root)) if file.name.lower().endswith(_PACKED)]


def _head(file: Path) -> str:
    try:
        with open(file, "rb") as stream:
            raw = stream.read(_HEAD)
            if raw.startswith(_PARQUET):
                raw = _footer(stream)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check its permissions") from None
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise InputError(f"{file}: is UTF-16; save the file as UTF-8, or fetch it again")
    return raw.decode("utf-8", errors="replace").removeprefix("\ufeff")


def _footer(stream: BinaryIO) -> bytes:
    """The end of a Parquet file, where the names of its columns and its metadata stand."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - 8))
    length = int.from_bytes(stream.read(4), "little")
    stream.seek(max(0, size - 8 - min(length, _HEAD)))
    return _PARQUET + stream.read(_HEAD)


def select(item: Source, hits: list[_Hit]) -> Discovered:
    """Of all files of a source those that are read: of the first shape, in the first folder."""
    first = min(hits, key=lambda hit: (hit.order, len(hit.folder.parts), str(hit.folder)))
    read = {hit.file: hit.split for hit in hits if (hit.order, hit.folder) == (first.order, first.folder)}
    folders = {file.parent for file in read}
    beside = {
        Path(file)
        for each in first.layout.companions
        for folder in (folders if each.startswith("./") else (first.folder,))
        for file in glob(os.path.normpath(f"{escape(str(folder))}/{each}"), recursive=True)
    }
    also = tuple(sorted(file for file in beside if file.is_file()))
    splits = {
        split: Split(
            item.name, first.layout.name, split, tuple(file for file, of in read.items() if of == split), also
        )
        for split in first.layout.files
        if split in read.values()
    }
    return Discovered(item, splits, tuple(dict.fromkeys(hit.file for hit in hits if hit.file not in read)))


def find_sources(data_dir: str | Path, names: tuple[str, ...] = ()) -> dict[str, Discovered]:
    """Looks for the files of sources (all, or those named) in a folder and below.

    A file is a source's when it has a published name and its content has one of the source's shapes. Where
    a source lies there more than once, its first layout and in it the copy in the first folder (fewest levels
    down, then by name) is read, and the rest are listed as skipped.

    The formats of users' own data get the files that no published set claims. Only sources that are named claim
    files, where names are given: who names such a format, and no published set, gets every file that has it.

    Raises:
        InputError: when the folder is missing, when a name is unknown, or when a named source or, without
            names, any source at all has no file there.
    """
    root = Path(data_dir)
    seen = scan(root, [get_source(name) for name in names] or list(all_sources().values()))
    found = {name: select(get_source(name), hits) for name, hits in seen.hits.items() if hits}
    for name in names:
        if name not in found and seen.strangers[name]:
            mend = "; mend it, or fetch it again"
            if get_source(name).role == "own":
                mend = f": not every line of its beginning has it; see {get_source(name).url} and mend it"
            raise InputError(f"{seen.strangers[name][0]}: does not have the layout of {get_source(name).title}{mend}")
        if name not in found:
            expected = ", or ".join(", ".join(layout_files(layout)) for layout in get_source(name).layouts)
            raise InputError(
                f"{root}: no file of {name} below it; it is made of {expected}, see {get_source(name).url}{_packed(root)}"
            )
    if not found:
        raise InputError(
            f"{root}: no file of any source; `adelie-hf sources list` says which files each is made of{_packed(root)}"
        )
    return found


def _packed(root: Path) -> str:
    """What to say of archives where a source is missing."""
    packed = summarise_files(archives(root))
    return f"; archives are not looked into, unpack {', '.join(packed[:3])} first" if packed else ""


def layout_files(layout: Layout) -> list[str]:
    """The patterns of all files of a shape, in the order of its splits."""
    return list(dict.fromkeys(pattern for patterns in layout.files.values() for pattern in patterns))


def skipped_files(data_dir: str | Path, names: tuple[str, ...] = ()) -> list[str]:
    """A line for the files of a source that `find` leaves aside, since the source lies there more than once."""
    return [
        f"skipped: {files}; {found.source.name} is read from {next(iter(found.splits.values())).files[0]}"
        for found in find_sources(data_dir, names).values()
        for files in summarise_files(found.skipped)
    ]


def summarise_files(files: Iterable[str | Path]) -> list[str]:
    """Files to tell a user of: each by its path, but those of a set with a file a document as a number of them."""
    folders: dict[Path, list[Path]] = {}
    for file in map(Path, files):
        folders.setdefault(file.parent, []).append(file)
    return [
        each
        for folder, found in folders.items()
        for each in (map(str, found) if len(found) <= 3 else [f"{len(found):,} files in {folder}"])
    ]
