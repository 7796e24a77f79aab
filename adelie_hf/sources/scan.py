"""The files below a folder that may belong to sources, by their names and the beginnings of their contents."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.sources.own_sets import OwnMatch
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice
from adelie_hf.sources.schema_file import SCHEMA_FILES
from adelie_hf.sources.source import PARQUET_MAGIC, Head, Layout, Source
from adelie_hf.sources.split_names import exact_split, place_below, place_of

_HEAD_SIZE = 1 << 20  # bytes of a file from which its layout is recognised
_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")


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
    """The files below a folder that may belong to a source.

    Args:
        matches: files of published data sets whose name and content match, by name of the source.
        own: files in a format of users' own data.
        unrecognised: files whose name matches, but whose content has none of the source's layouts.
        refused: files that were opened and that no source takes, with what is in them.
    """

    matches: dict[str, list[Match]]
    own: list[OwnMatch] = field(default_factory=list)
    unrecognised: dict[str, list[Path]] = field(default_factory=dict)
    refused: dict[Path, str] = field(default_factory=dict)


def scan_folder(
    root: Path,
    sources: Iterable[Source],
    splits: Mapping[Path, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
) -> Scan:
    """Compare every file below a folder with the layouts of the sources.

    Args:
        root: the folder.
        sources: the sources.
        splits: what the user says of own data: file or folder -> split.
        columns: what the user says of the columns of own tagged tokens.

    Raises:
        InputError: if the folder does not exist, or if a file with a matching name is empty or cannot be read.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such folder; give the folder with the raw files")
    sources = list(sources)
    scan = Scan({source.name: [] for source in sources}, unrecognised={source.name: [] for source in sources})
    published = [source for source in sources if source.role != "own"]
    own_layouts = [
        (source, layout, priority)
        for source in sources
        if source.role == "own"
        for priority, layout in enumerate(source.layouts)
    ]
    for file in _walk(root):
        candidates = _published_candidates(file, root, published)
        own = _own_candidates(file, root, own_layouts, splits or {})
        if candidates or own:
            _add_matches(file, candidates, own, columns, scan)
    return scan


def _published_candidates(file: Path, root: Path, sources: list[Source]) -> list[Match]:
    path = file.relative_to(root).as_posix()
    return [
        Match(source, layout, priority, split, file, root / path_match["folder"])
        for source in sources
        for priority, layout in enumerate(source.layouts)
        for split, patterns in layout.files.items()
        for pattern in patterns
        if (path_match := _regex(pattern).match(path))
    ]


def _own_candidates(
    file: Path, root: Path, layouts: list[tuple[Source, Layout[object], int]], splits: Mapping[Path, str]
) -> list[OwnMatch]:
    """Return the formats of users' own data that a file may have by its name, with what its path tells."""
    if file.name in SCHEMA_FILES:
        return []
    path = PurePosixPath(file.relative_to(root).as_posix())
    stem, ending = _stem_and_ending(file.name)
    # Of all that the user names, the nearest to the file counts; the set lies where the farthest does.
    said = [(level, splits[place]) for level, place in enumerate((file, *file.parents)) if place in splits]
    candidates = []
    for source, layout, priority in layouts:
        if said:
            place = place_below(path, len(path.parts) - 1 - said[-1][0], said[0][1])
        elif ending in layout.endings:
            place = place_of(path, "" if layout.documents else stem)
            if not ending and not place.by_name:
                continue
        else:
            continue
        candidates.append(OwnMatch(source, layout, priority, file, path, stem, place, bool(said)))
    return candidates


def _stem_and_ending(name: str) -> tuple[str, str]:
    """Return the stem of a file name and its ending in lower case; in `esp.testa`, the split's name is no ending."""
    stem, _, ending = name.rpartition(".")
    return (name, "") if not stem or exact_split(ending) else (stem, ending.lower())


def _add_matches(file: Path, candidates: list[Match], own: list[OwnMatch], choice: ColumnChoice, scan: Scan) -> None:
    own = list(map(_with_split, own))
    is_named = any(match.assigned or match.layout.split_of or exact_split(match.stem) for match in own)
    strict = bool(candidates) or (is_named and bool(file.suffix))  # it is meant, so that a fault in it is an error
    try:
        head = _read_head(file, choice)
        matches = [match for match in candidates if match.layout.recognise(head)]
        # The formats of users' own data are general: they would also match the files of published data sets.
        own_matches = [] if matches else [match for match in own if match.layout.recognise(head)]
        if strict and not matches and not own_matches and not head.text.strip():
            raise InputError(f"{file}: the file is empty; download it again or delete it")
        summary = "" if matches or own_matches else head.summary
    except InputError as error:
        if strict:
            raise
        matches, own_matches, summary = [], [], str(error).removeprefix(f"{file}: ")
    for match in matches:
        split = match.layout.split_of(file) if match.layout.split_of else match.split
        scan.matches[match.source.name].append(match._replace(split=split))
    scan.own.extend(own_matches)
    if summary:
        for name in {candidate.source.name for candidate in candidates}:
            scan.unrecognised[name].append(file)
        told = [match for match in own if match.place.split]
        for name in {match.source.name for match in told}:
            scan.unrecognised[name].append(file)
        if candidates or told:
            scan.refused[file] = summary


def _with_split(match: OwnMatch) -> OwnMatch:
    """Return a match with the split that its layout knows, where its path tells none."""
    split_of = match.layout.split_of
    if match.place.split or split_of is None:
        return match
    return match._replace(place=match.place._replace(split=split_of(match.file)))


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """Return a regex for paths that end in a pattern of `Layout.files`; its group `folder` is the path before that."""
    translated = "".join(
        {"**/": "(?:.*/)?", "*": "[^/]*"}.get(piece, re.escape(piece)) for piece in re.split(r"(\*\*/|\*)", pattern)
    )
    return re.compile(f"(?P<folder>(?:.*?/)??){translated}\\Z", re.DOTALL)


def _walk(root: Path) -> Iterator[Path]:
    """Yield the files below a folder, without hidden ones: those are of tools, such as `._train.json` of macOS."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder) / name for name in sorted(names) if not name.startswith("."))


def find_archives(root: str | Path) -> list[Path]:
    """Return the archives below a folder. They are never extracted, so no file can be written outside a folder."""
    return [file for file in _walk(Path(root)) if file.name.lower().endswith(_ARCHIVES)]


def _read_head(file: Path, choice: ColumnChoice) -> Head:
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
    return Head(file, raw.decode("utf-8", errors="replace").removeprefix("\ufeff"), choice)
