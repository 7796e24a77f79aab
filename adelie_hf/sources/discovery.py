"""Discovery of the files of sources below a folder, by file name and content."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from glob import escape, glob
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.sources.catalogue import all_sources, get_source
from adelie_hf.sources.source import PARQUET_MAGIC, Head, Layout, Source

_HEAD_SIZE = 1 << 20  # bytes of a file from which its layout is recognised
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")


@dataclass(frozen=True, slots=True)
class Split:
    """The files of one split of a source; plain values, so that it can be passed to another process.

    Args:
        source: name of the source.
        layout: name of the layout.
        name: `train`, `validation` or `test`.
        files: the files with the records, in reading order.
        companions: the other files that the layout reads.
    """

    source: str
    layout: str
    name: str
    files: tuple[Path, ...]
    companions: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Discovered:
    """A source found below a folder.

    Args:
        source: the source.
        splits: its splits by name.
        skipped: files of the source that are not read, because the folder contains it more than once.
    """

    source: Source
    splits: dict[str, Split]
    skipped: tuple[Path, ...] = ()


class Match(NamedTuple):
    """A file whose name matches a pattern of a source's layout.

    Args:
        source: the source.
        layout: the layout.
        priority: position of the layout in `source.layouts`; 0 is read first.
        split: the split that the file belongs to.
        file: the file.
        folder: the folder that the pattern is relative to.
    """

    source: Source
    layout: Layout[object]
    priority: int
    split: str
    file: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Scan:
    """The files below a folder that match a source, by name of the source.

    Args:
        matches: files whose name and content match.
        unrecognised: files whose name matches, but whose content has none of the source's layouts.
    """

    matches: dict[str, list[Match]]
    unrecognised: dict[str, list[Path]]


def scan_folder(root: Path, sources: Iterable[Source]) -> Scan:
    """Compare every file below a folder with the layouts of the sources.

    Raises:
        InputError: if the folder does not exist, or if a file with a matching name is empty or cannot be read.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder with the raw files")
    sources = list(sources)
    scan = Scan({source.name: [] for source in sources}, {source.name: [] for source in sources})
    for file in _walk(root):
        _add_matches(file, root, sources, scan)
    return scan


def _add_matches(file: Path, root: Path, sources: list[Source], scan: Scan) -> None:
    path = file.relative_to(root).as_posix()
    candidates = [
        Match(source, layout, priority, split, file, root / path_match["folder"])
        for source in sources
        for priority, layout in enumerate(source.layouts)
        for split, patterns in layout.files.items()
        for pattern in patterns
        if (path_match := _regex(pattern).match(path))
    ]
    if not candidates:
        return
    head = _read_head(file)
    matches = [candidate for candidate in candidates if candidate.layout.recognise(head)]
    # The formats of users' own data are general: they would also match the files of published data sets.
    published = [match for match in matches if match.source.role != "own"]
    for match in published or matches:
        split = match.layout.split_of(file) if match.layout.split_of else match.split
        scan.matches[match.source.name].append(match._replace(split=split))
    if not matches:
        if not head.text.strip():
            raise InputError(f"{file}: the file is empty; download it again or delete it")
        for name in {candidate.source.name for candidate in candidates}:
            scan.unrecognised[name].append(file)


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """Return a regex for paths that end in a pattern of `Layout.files`; its group `folder` is the path before that."""
    translated = "".join(
        {"**/": "(?:.*/)?", "*": "[^/]*"}.get(piece, re.escape(piece)) for piece in re.split(r"(\*\*/|\*)", pattern)
    )
    return re.compile(f"(?P<folder>(?:.*?/)??){translated}\\Z", re.DOTALL)


def _walk(root: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        yield from (Path(folder) / name for name in sorted(names))


def find_archives(root: str | Path) -> list[Path]:
    """Return the archives below a folder. They are never extracted, so no file can be written outside a folder."""
    return [file for file in _walk(Path(root)) if file.name.lower().endswith(_ARCHIVES)]


def _read_head(file: Path) -> Head:
    """Return the beginning of a file. Raises InputError for a file in UTF-16, or that cannot be read."""
    try:
        with open(file, "rb") as stream:
            raw = stream.read(_HEAD_SIZE)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check its permissions") from None
    if raw.startswith(PARQUET_MAGIC.encode()):
        return Head(file, PARQUET_MAGIC)
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise InputError(f"{file}: is UTF-16; save the file as UTF-8 or download it again")
    return Head(file, raw.decode("utf-8", errors="replace").removeprefix("\ufeff"))


def select_files(source: Source, matches: list[Match]) -> Discovered:
    """Choose the files to read: those of the preferred layout, in the first folder that has it."""
    first = min(matches, key=lambda match: (match.priority, len(match.folder.parts), str(match.folder)))
    split_of = {
        match.file: match.split
        for match in matches
        if (match.priority, match.folder) == (first.priority, first.folder)
    }
    data_folders = {file.parent for file in split_of}
    companions = {
        Path(path)
        for pattern in first.layout.companions
        for folder in (data_folders if pattern.startswith("./") else (first.folder,))
        for path in glob(os.path.normpath(f"{escape(str(folder))}/{pattern}"), recursive=True)
    }
    companion_files = tuple(sorted(path for path in companions if path.is_file()))
    splits = {
        name: Split(
            source.name,
            first.layout.name,
            name,
            tuple(file for file, split in split_of.items() if split == name),
            companion_files,
        )
        for name in first.layout.files
        if name in split_of.values()
    }
    return Discovered(source, splits, tuple(dict.fromkeys(m.file for m in matches if m.file not in split_of)))


def find_sources(data_dir: str | Path, names: tuple[str, ...] = ()) -> dict[str, Discovered]:
    """Find the files of sources in a folder and its subfolders.

    A file belongs to a source if its name and its content match one of the source's layouts. If a folder contains a
    source more than once, the preferred layout is read, from the first folder that has it (fewest levels deep, then
    by name); the other files are `Discovered.skipped`.

    A format of users' own data gets the files that match no published data set. Only named sources take part if names
    are given: with such a format and no published data set named, every file in that format belongs to it.

    Args:
        data_dir: the folder.
        names: names of sources; empty for all sources.

    Raises:
        InputError: if the folder does not exist, if a name is unknown, or if there are no files of a named source or,
            without names, of any source.
    """
    root = Path(data_dir)
    scan = scan_folder(root, [get_source(name) for name in names] or list(all_sources().values()))
    discovered = {name: select_files(get_source(name), matches) for name, matches in scan.matches.items() if matches}
    for name in names:
        if name not in discovered:
            raise InputError(_missing(get_source(name), scan.unrecognised[name], root))
    if not discovered:
        raise InputError(
            f"{root}: no files of any source in it; `adelie-hf sources list` lists the files of each source"
            f"{_archive_hint(root)}"
        )
    return discovered


def _missing(source: Source, unrecognised: list[Path], root: Path) -> str:
    """Return the error message for a source without files."""
    if unrecognised and source.role == "own":
        return (
            f"{unrecognised[0]}: does not have the layout of {source.title}: not every line at its beginning "
            f"has it; see {source.url} and fix the file"
        )
    if unrecognised:
        return f"{unrecognised[0]}: does not have the layout of {source.title}; fix it or download it again"
    expected = ", or ".join(", ".join(file_patterns(layout)) for layout in source.layouts)
    return f"{root}: no files of {source.name} in it; expected {expected}; see {source.url}{_archive_hint(root)}"


def _archive_hint(root: Path) -> str:
    archives = summarise_files(find_archives(root))
    return f"; archives are not searched, extract {', '.join(archives[:3])} first" if archives else ""


def file_patterns(layout: Layout[object]) -> list[str]:
    """Return the file name patterns of all splits of a layout, without duplicates."""
    return list(dict.fromkeys(pattern for patterns in layout.files.values() for pattern in patterns))


def skipped_files(data_dir: str | Path, names: tuple[str, ...] = ()) -> list[str]:
    """Return a message for each group of files that `find_sources` skips, with the file that is read instead.

    Raises:
        InputError: as `find_sources`.
    """
    return [
        f"skipped: {files}; {discovered.source.name} is read from {next(iter(discovered.splits.values())).files[0]}"
        for discovered in find_sources(data_dir, names).values()
        for files in summarise_files(discovered.skipped)
    ]


def summarise_files(files: Iterable[str | Path]) -> list[str]:
    """Return files for a message: up to three files of a folder by path, more as a count.

    >>> summarise_files(["a/1", "b/1", "b/2", "b/3", "b/4"])
    ['a/1', '4 files in b']
    """
    folders: dict[Path, list[Path]] = {}
    for file in map(Path, files):
        folders.setdefault(file.parent, []).append(file)
    summaries: list[str] = []
    for folder, members in folders.items():
        summaries += map(str, members) if len(members) <= 3 else [f"{len(members):,} files in {folder}"]
    return summaries
