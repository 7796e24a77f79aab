"""Discovery of the sources below a folder: which files are read, as what, and what is said of the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.sources.catalogue import all_sources, get_source
from adelie_hf.sources.own_sets import UnclearSet, find_sets
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice
from adelie_hf.sources.scan import Match, Scan, find_archives, scan_folder
from adelie_hf.sources.source import Layout, Source
from adelie_hf.sources.source_files import Discovered, Split, companion_files
from adelie_hf.sources.split_names import SPLIT_NAMES, exact_split

_FILES_ASKED_ABOUT = 20  # of more, a message has the number in each folder


def select_files(source: Source, matches: list[Match]) -> Discovered:
    """Choose the files of a published data set to read: the preferred layout, in the first folder that has it."""
    first = min(matches, key=lambda match: (match.priority, len(match.folder.parts), str(match.folder)))
    split_of = {
        match.file: match.split
        for match in matches
        if (match.priority, match.folder) == (first.priority, first.folder)
    }
    companions = companion_files(first.layout, first.folder, {file.parent for file in split_of})
    splits = {
        name: Split(
            source.name,
            first.layout.name,
            name,
            tuple(file for file, split in split_of.items() if split == name),
            companions,
        )
        for name in first.layout.files
        if name in split_of.values()
    }
    return Discovered(source, splits, tuple(dict.fromkeys(m.file for m in matches if m.file not in split_of)))


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search for sources found.

    Args:
        discovered: the sources and sets that can be read, by name.
        unclear: users' own data whose splits cannot be told.
        scan: the files that were looked at.
    """

    discovered: dict[str, Discovered]
    unclear: list[UnclearSet]
    scan: Scan

    def of(self, name: str) -> list[Discovered]:
        """Return the source or set with a name, or all sets of a format of users' own data."""
        return [found for found in self.discovered.values() if name in (found.source.name, found.name)]


def search(
    data_dir: str | Path,
    names: tuple[str, ...] = (),
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
) -> Findings:
    """Search a folder for sources without judging what is not there; arguments are those of `find_sources`.

    Raises:
        InputError: if the folder does not exist, if a name is that of no source and of no set, if a file with a
            matching name cannot be read, or if `splits` names a file that is not own data.
    """
    root = Path(data_dir)
    catalogue = all_sources()
    # The name of a set says nothing of its format, and depends on the other sets.
    sources = [catalogue[name] for name in names] if set(names) <= set(catalogue) else list(catalogue.values())
    said = said_splits(root, splits or {})
    scan = scan_folder(root, (sources or catalogue.values()), said, columns)
    own = find_sets(scan.own, columns)
    found = [
        *(select_files(catalogue[name], matches) for name, matches in scan.matches.items() if matches),
        *own.sets,
    ]
    found.sort(key=lambda source: source.source.name)
    for source in found:
        for file in (file for split in source.splits.values() for file in split.companions):
            scan.refused.pop(file, None)  # it is read beside the files with the records
    findings = Findings({source.name: source for source in found}, own.unclear, scan)
    _check_said(said, findings)
    if names:
        chosen: dict[str, Discovered] = {}
        for name in names:
            sets = findings.of(name)
            if not sets and name not in catalogue:
                own_names = ", ".join(own_set.name for own_set in own.sets)
                get_source(name, f"; the sets of your own in {root} are {own_names}" if own_names else "")
            chosen |= {found.name: found for found in sets}
        findings = Findings(chosen, [unclear for unclear in own.unclear if unclear.source.name in names], scan)
    return findings


def find_sources(
    data_dir: str | Path,
    names: tuple[str, ...] = (),
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
) -> dict[str, Discovered]:
    """Find the files of sources in a folder and its subfolders.

    A file belongs to a published data set if its name and its content match one of the layouts. If a folder contains
    such a set more than once, the preferred layout is read, from the first folder that has it (fewest levels deep,
    then by name); the other files are `Discovered.skipped`.

    Users' own data are the files that match no published data set and are in one of the formats; the names of files
    and folders tell the splits. Each set is a source of its own with the name of its folder, or of its format where it
    lies in `data_dir` itself.

    Only named sources take part if names are given: with a format and no published data set named, every file in that
    format belongs to it.

    Args:
        data_dir: the folder.
        names: names of sources, of formats or of sets; empty for all.
        splits: of users' own data, file or folder below `data_dir` -> split, where names do not tell it.
        columns: of users' own tagged tokens, what the columns have, where it is not found out.

    Raises:
        InputError: if the folder does not exist, if a name is unknown, if there are no files of a named source or,
            without names, of any source, or if only files are there whose splits cannot be told.
    """
    return _search_something(data_dir, names, splits, columns).discovered


def _search_something(
    data_dir: str | Path, names: tuple[str, ...], splits: Mapping[str, str] | None, columns: ColumnChoice
) -> Findings:
    """Search a folder. Raises InputError if nothing is found, or nothing of a name, and as `search`."""
    root = Path(data_dir)
    findings = search(root, names, splits, columns)
    for name in names:
        if not findings.of(name):
            raise InputError(_missing(get_source(name), findings, root))
    if not findings.discovered:
        raise InputError(_nothing_found(findings, root))
    return findings


def said_splits(root: Path, splits: Mapping[str, str]) -> dict[Path, str]:
    """Return the splits that a user names by the path of the file or folder.

    Raises:
        InputError: for a path that is not below the folder, or a name that is not one of a split.
    """
    said = {}
    for name, split_name in splits.items():
        if not (split := exact_split(split_name)):
            raise InputError(
                f"{name}={split_name}: not a split; give one of {', '.join(SPLIT_NAMES)}", parameter="split"
            )
        paths = [path for path in (root / name, Path(name)) if path.exists()]
        if not paths or not paths[0].resolve().is_relative_to(root.resolve()):
            raise InputError(f"{name}: no such file or folder below {root}; give a path from there", parameter="split")
        said[root / paths[0].resolve().relative_to(root.resolve())] = split
    return said


def _check_said(said: Mapping[Path, str], findings: Findings) -> None:
    """Raise InputError for a file or folder that the user names and that has no own data."""
    own = {match.file for match in findings.scan.own}
    for path in said:
        if path in own or any(path in file.parents for file in own):
            continue
        published = [
            name
            for name, matches in findings.scan.matches.items()
            if any(path == match.file or path in match.file.parents for match in matches)
        ]
        if published:
            problem = f"is read as {published[0]}, a published data set; name the format to read it as your own"
        elif path in findings.scan.refused:
            problem = findings.scan.refused[path] + "; it has the layout of no format of your own data"
        else:
            problem = "no file in it has the layout of a format of your own data"
        raise InputError(f"{path}: {problem}", parameter="split")


def unclear_message(unclear: UnclearSet) -> str:
    """Return the question that files put whose splits cannot be told."""
    listed = map(str, unclear.files) if len(unclear.files) <= _FILES_ASKED_ABOUT else summarise_files(unclear.files)
    files = ", ".join(listed)
    return (
        f"{files}: in the format {unclear.source.name}, but {unclear.problem}; say it with "
        f"`--split FILE=validation` for each file or folder, as in `--split {unclear.answer}`, or rename them"
    )


def _nothing_found(findings: Findings, root: Path) -> str:
    """Return the error message for a folder without any source."""
    if findings.unclear:
        return "; ".join(map(unclear_message, findings.unclear))
    if findings.scan.refused:
        file, summary = next(iter(findings.scan.refused.items()))
        others = len(findings.scan.refused) - 1
        expected = [
            f"{source.name}: {expectation}"
            for source in all_sources().values()
            if (expectation := source.expectation(file))
        ]
        return (
            f"{file}: has the layout of no published data set and of no format of your own data: it {summary}; "
            f"the formats are {'; '.join(expected)}{f' ({others:,} more files cannot be read)' if others else ''}"
        )
    return (
        f"{root}: no files of any source in it; `adelie-hf sources list` lists the files of each source"
        f"{_archive_hint(root)}"
    )


def _missing(source: Source, findings: Findings, root: Path) -> str:
    """Return the error message for a source without files."""
    if unclear := [unclear for unclear in findings.unclear if unclear.source is source]:
        return "; ".join(map(unclear_message, unclear))
    unrecognised = findings.scan.unrecognised.get(source.name)
    if unrecognised and source.role == "own":
        file = unrecognised[0]
        return (
            f"{file}: does not have the layout of {source.title}: it {findings.scan.refused[file]}; "
            f"expected {source.expectation(file)}; see {source.place} and fix the file"
        )
    if unrecognised:
        return f"{unrecognised[0]}: does not have the layout of {source.title}; fix it or download it again"
    expected = ", or ".join(", ".join(file_patterns(layout)) for layout in source.layouts)
    return f"{root}: no files of {source.name} in it; expected {expected}; see {source.place}{_archive_hint(root)}"


def _archive_hint(root: Path) -> str:
    archives = summarise_files(find_archives(root))
    return f"; archives are not searched, extract {', '.join(archives[:3])} first" if archives else ""


def file_patterns(layout: Layout[object]) -> list[str]:
    """Return the file name patterns of all splits of a layout, without duplicates."""
    return list(dict.fromkeys(pattern for patterns in layout.file_names.values() for pattern in patterns))


def skipped_files(
    data_dir: str | Path,
    names: tuple[str, ...] = (),
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
) -> list[str]:
    """Return a message for each group of files that is not read, with the reason. Arguments are as `find_sources`.

    Raises:
        InputError: as `find_sources`.
    """
    findings = _search_something(data_dir, names, splits, columns)
    return [
        *(line for discovered in findings.discovered.values() for line in skipped_lines(discovered)),
        *(f"skipped: {unclear_message(unclear)}" for unclear in findings.unclear),
    ]


def skipped_lines(discovered: Discovered) -> list[str]:
    """Return a message for each group of files of a source that is not read."""
    read = f"{discovered.name} is read from {next(iter(discovered.splits.values())).files[0]}"
    return [
        *(f"skipped: {files}; {read}" for files in summarise_files(discovered.skipped)),
        *(
            f"skipped: {files}, since its path tells no split (`--split FILE=validation` does); {read}"
            for files in summarise_files(discovered.unsplit)
        ),
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
