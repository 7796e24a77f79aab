"""The sets of a user's own data below a folder: which files belong together, to which split, and under which name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from adelie_hf.sources.catalogue import all_sources
from adelie_hf.sources.readers.columns import ColumnChoice
from adelie_hf.sources.schema_file import find_schema_file, other_schema_files
from adelie_hf.sources.source import Layout, Source
from adelie_hf.sources.source_files import Discovered, Split, companion_files
from adelie_hf.sources.split_names import SPLIT_NAMES, NameParts, Place, exact_split, name_parts

# Folders that say nothing of the set in them, so that it is named after the folder above.
_GENERAL_FOLDERS = ("data", "dataset", "datasets", "default", "raw", "corpus", "original", "main")
_CONFIGURATIONS = ("sample", "mixture", "align", "benchmark")  # of a build: no set may have such a name


class OwnMatch(NamedTuple):
    """A file in a format of users' own data.

    Args:
        source: the format.
        layout: the layout.
        priority: position of the layout in `source.layouts`; 0 is read first.
        file: the file.
        path: its path below the folder that is searched.
        stem: its name without the ending.
        place: what its path tells, or the user says.
        assigned: the user says which split it is.
    """

    source: Source
    layout: Layout[object]
    priority: int
    file: Path
    path: PurePosixPath
    stem: str
    place: Place
    assigned: bool = False


class UnclearSet(NamedTuple):
    """Files of a user's own data whose splits cannot be told.

    Args:
        source: the format.
        files: the files.
        problem: what cannot be told.
        answer: an example of what the user may say, such as `alpha=train`.
    """

    source: Source
    files: tuple[Path, ...]
    problem: str
    answer: str


class OwnSets(NamedTuple):
    """The sets of a user's own data, and the files that belong to none."""

    sets: list[Discovered]
    unclear: list[UnclearSet]


@dataclass(frozen=True, slots=True)
class _Set:
    """The files of a set by split; `label` distinguishes the sets of one folder."""

    folder: PurePosixPath
    files: Mapping[str, list[OwnMatch]]
    skipped: tuple[Path, ...] = ()
    unsplit: tuple[Path, ...] = ()
    label: str = ""

    @property
    def source(self) -> Source:
        return self._first.source

    @property
    def layout(self) -> Layout[object]:
        return self._first.layout

    @property
    def _first(self) -> OwnMatch:
        return next(iter(self.files.values()))[0]


def find_sets(matches: Iterable[OwnMatch], choice: ColumnChoice) -> OwnSets:
    """Group the files of users' own data to sets.

    The files of one folder and format whose paths tell different splits are a set, and so are the folders of one
    folder, one for each split. Documents in a single folder that tells no split are training data.

    Args:
        matches: the files, in reading order.
        choice: what the user says of the columns of tagged tokens.
    """
    by_source: dict[str, list[OwnMatch]] = defaultdict(list)
    for match in matches:
        by_source[match.source.name].append(match)
    found = [one for name in sorted(by_source) for one in _sets_of_format(by_source[name])]
    sets = [one for one in found if isinstance(one, _Set)]
    unclear = [one for one in found if isinstance(one, UnclearSet)]
    names = _names(sets)
    return OwnSets([_discovered(own_set, name, choice) for own_set, name in zip(sets, names, strict=True)], unclear)


# ---- which files belong together ------------------------------------------------------------------


def _sets_of_format(matches: list[OwnMatch]) -> list[_Set | UnclearSet]:
    told: dict[PurePosixPath, list[OwnMatch]] = defaultdict(list)
    for match in matches:
        if match.place.split:
            told[match.place.folder].append(match)
    beside: dict[PurePosixPath, list[Path]] = defaultdict(list)
    untold: list[OwnMatch] = []
    for match in matches:
        if not match.place.split:
            home = next((folder for folder in match.path.parents if folder in told), None)
            untold.append(match) if home is None else beside[home].append(match.file)
    found: list[_Set | UnclearSet] = []
    for folder in sorted(told, key=str):
        first, *others = _sets_of_folder(folder, told[folder])
        found += [_with_files_beside(first, tuple(beside[folder])), *others]
    return found + _sets_without_split(untold)


def _with_files_beside(found: _Set | UnclearSet, files: tuple[Path, ...]) -> _Set | UnclearSet:
    return replace(found, unsplit=files) if isinstance(found, _Set) else found._replace(files=found.files + files)


def _sets_of_folder(folder: PurePosixPath, matches: list[OwnMatch]) -> list[_Set | UnclearSet]:
    """Return the sets of a folder: one, unless several files claim one split and their names tell them apart."""
    priority = min(match.priority for match in matches)
    read = [match for match in matches if match.priority == priority]
    other_layouts = [match.file for match in matches if match.priority != priority]
    read, same_stem = _without_other_endings(read)
    skipped = tuple(other_layouts + same_stem)
    if not _clashes(read):
        return [_Set(folder, _by_split(read), skipped)]
    groups: dict[tuple[str, ...], list[OwnMatch]] = defaultdict(list)
    for match in read:
        groups[_parts(match).rest].append(match)
    splits = {frozenset(_by_split(group)) for group in groups.values()}
    if len(splits) == 1 and not any(map(_clashes, groups.values())):
        return [
            _Set(folder, _by_split(group), skipped if number == 0 else (), label="-".join(rest))
            for number, (rest, group) in enumerate(sorted(groups.items()))
        ]
    split = _clashes(read)[0]
    claiming = [str(match.path) for match in read if match.place.split == split]
    problem = f"only one of {', '.join(claiming)} can be the {split} split"
    files = tuple(match.file for match in matches)
    return [UnclearSet(matches[0].source, files, problem, f"{claiming[-1]}={split}")]


def _parts(match: OwnMatch) -> NameParts:
    return name_parts(match.stem) if match.place.by_name else NameParts()


def _by_split(matches: list[OwnMatch]) -> dict[str, list[OwnMatch]]:
    by_split = {split: [match for match in matches if match.place.split == split] for split in SPLIT_NAMES}
    return {split: files for split, files in by_split.items() if files}


def _clashes(matches: list[OwnMatch]) -> list[str]:
    """Return the splits that files of different names claim. Shards, and the files of a folder, are no such files."""
    claims: dict[str, set[NameParts]] = defaultdict(set)
    for match in matches:
        if not match.assigned:
            claims[match.place.split].add(_parts(match))
    return [split for split, names in claims.items() if len(names) > 1]


def _without_other_endings(matches: list[OwnMatch]) -> tuple[list[OwnMatch], list[Path]]:
    """Return one file of each stem, and the others: `train.txt` beside `train.conll` has the same records.

    The ending that most files have is read, so that the splits of a set are of one shape.
    """
    frequency = Counter(match.file.suffix for match in matches)
    best: dict[PurePosixPath, OwnMatch] = {}
    for match in matches:
        key = match.path.parent / match.stem
        other = best.setdefault(key, match)
        if (-frequency[match.file.suffix], _rank(match)) < (-frequency[other.file.suffix], _rank(other)):
            best[key] = match
    read = {match.file for match in best.values()}
    return (
        [match for match in matches if match.file in read],
        [match.file for match in matches if match.file not in read],
    )


def _rank(match: OwnMatch) -> int:
    ending = match.file.suffix.removeprefix(".").lower()
    endings = match.layout.endings
    return endings.index(ending) if ending in endings else len(endings)


def _sets_without_split(matches: list[OwnMatch]) -> list[_Set | UnclearSet]:
    """Return the sets of files whose paths tell no split and that lie beside no other set."""
    if not matches:
        return []
    folders = {match.path.parent for match in matches}
    source = matches[0].source
    if len(folders) > 1 or not all(match.layout.documents for match in matches):
        of_documents = matches[0].layout.documents
        example = matches[0].path.parent if of_documents else matches[0].path
        problem = "nothing in their names or folders tells which split they are"
        return [UnclearSet(source, tuple(match.file for match in matches), problem, f"{example}=train")]
    told = [name_parts(match.stem).split for match in matches]
    if all(told):  # all documents are called after their split
        matches = [
            match._replace(place=match.place._replace(split=split)) for match, split in zip(matches, told, strict=True)
        ]
    elif len(set(told) - {""}) > 1:
        problem = "some of the documents are called after different splits, and others after none"
        return [UnclearSet(source, tuple(match.file for match in matches), problem, f"{matches[0].path}=train")]
    else:
        matches = [match._replace(place=match.place._replace(split="train")) for match in matches]
    return [_Set(folders.pop(), _by_split(matches))]


# ---- names ----------------------------------------------------------------------------------------


def _names(sets: list[_Set]) -> list[str]:
    """Return a name for each set: that of its folder; the format's name for a set in the folder that is searched.

    A name depends on the place of the set alone, as far as it is unique, so that another set changes no ids of rows.
    """
    simple = [_name(own_set, _nearest_folder(own_set.folder)) for own_set in sets]
    longer = [_name(own_set, own_set.folder.parts) for own_set in sets]
    names = _unique(simple, longer)
    names = _unique(names, [f"{name}-{own_set.source.name}" for name, own_set in zip(names, sets, strict=True)])
    numbered = Counter[str]()
    unique: list[str] = []
    for name in names:
        numbered[name] += 1
        unique.append(name if numbered[name] == 1 else f"{name}-{numbered[name]}")
    return unique


def _nearest_folder(folder: PurePosixPath) -> tuple[str, ...]:
    return next(
        ((part,) for part in reversed(folder.parts) if part.lower() not in _GENERAL_FOLDERS and not exact_split(part)),
        (),
    )


def _name(own_set: _Set, parts: tuple[str, ...]) -> str:
    source = own_set.source.name
    joined = "-".join([*parts, *([own_set.label] if own_set.label else [])])
    name = re.sub(r"[^\w.]+", "-", joined).strip("-.") or source
    reserved = {*all_sources(), *_CONFIGURATIONS} - {source}
    return f"{name}-{source}" if name in reserved or name.startswith("sample-") else name


def _unique(names: list[str], longer: list[str]) -> list[str]:
    """Return the names, with the longer form of all that occur more than once."""
    numbers = Counter(names)
    return [name if numbers[name] == 1 else long for name, long in zip(names, longer, strict=True)]


# ---- splits ---------------------------------------------------------------------------------------


def _discovered(own_set: _Set, name: str, choice: ColumnChoice) -> Discovered:
    layout = own_set.layout
    files = {split: tuple(match.file for match in matches) for split, matches in own_set.files.items()}
    folders = {file.parent for split_files in files.values() for file in split_files}
    companions = companion_files(layout, Path(), folders)
    schema_file = _schema_file(own_set)
    if schema_file is not None:
        companions = tuple(sorted({*companions, schema_file}))
    splits = {}
    for split, matches in own_set.files.items():
        training = files.get("train", files[split])
        splits[split] = Split(
            name,
            layout.name,
            split,
            files[split],
            companions if training is files[split] else tuple(sorted({*companions, *training})),
            own_format=own_set.source.name,
            training=training,
            prefixes=tuple(_prefix(match, own_set.folder) for match in matches),
            choice=choice,
            schema_file=schema_file,
        )
    skipped = (*own_set.skipped, *other_schema_files(folders, schema_file))
    return Discovered(own_set.source, splits, skipped, name, own_set.unsplit)


def _schema_file(own_set: _Set) -> Path | None:
    """Return the schema of a set: beside its training files or above them, up to the folder that is searched."""
    match = own_set.files.get("train", next(iter(own_set.files.values())))[0]
    return find_schema_file(match.file.parent, match.file.parents[len(match.path.parts) - 1])


def _prefix(match: OwnMatch, folder: PurePosixPath) -> str:
    """Return the path of a file in its set, without the folders and the name that tell its split."""
    *folders, _ = match.path.relative_to(folder).parts
    parts = [part for part in folders if name_parts(part).split != match.place.split]
    if match.layout.documents or not exact_split(match.stem):
        parts.append(match.stem)
    return "-".join(parts)
