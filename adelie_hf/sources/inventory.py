"""The inventory of a folder, compared with published statistics, and the overlap of two sources' texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.sources.catalogue import all_sources, get_source
from adelie_hf.sources.cutting import Cut
from adelie_hf.sources.discovery import Findings, find_sources, search, unclear_message
from adelie_hf.sources.disk_set import DiskSet
from adelie_hf.sources.marked import marked_text
from adelie_hf.sources.own_categories import describe_schema_file
from adelie_hf.sources.reader import read_split, usable_records
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice
from adelie_hf.sources.same_text import text_digest
from adelie_hf.sources.source import Dropped, Noted, Source
from adelie_hf.sources.source_files import Discovered, Split
from adelie_hf.sources.unreadable import SHOWN

_EXAMPLES = 5
_MENTIONS_SHOWN = 10
_RECORDS_SHOWN = 3
_ANNOTATIONS = ("mentions", "relations", "pairs", "events", "extractions")
_NOT_IN_TEXT = "mentions that do not occur in the text"


@dataclass(frozen=True, slots=True)
class SplitInventory:
    """The content of one split of a source.

    Args:
        files: the files that were read.
        counts: the numbers of `records`, `groups`, `mentions` and so on (see `Source.counts`); those that are 0 are
            left out unless the publisher states them.
        published: the same numbers as the publisher states them.
        dropped: the number of dropped records and annotations by reason.
        noted: the number of remarks on records that were read.
        problems: the first records that cannot be read, each with file, line and fix.
        mentions: of own data, the first mentions, each with its type.
        records: of own data, the first records with mentions, marked in the text.
    """

    files: tuple[Path, ...]
    counts: Mapping[str, int]
    published: Mapping[str, int]
    dropped: Mapping[str, int]
    noted: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceInventory:
    """One source in the inventory of a folder.

    Args:
        source: the source; of own data, the format.
        state: `read`: its files were read. `unreadable`: reading failed with `error`. `unclear`: own data whose
            splits cannot be told, as `error` says. `other layout`: files have the right name, but their content has
            none of its layouts. `absent`: no file has the right name.
        name: name of the source in rows; of own data, the name of the set.
        error: if unreadable or unclear, the message.
        layout: if read, the name of the layout.
        description: if read, what the files of own data were understood as, where that is found out.
        schema: if read, what the `schema.yaml` of own data gives.
        splits: if read, the splits by name.
        missing: if read, the splits without files; split -> the file name patterns of the layout.
        skipped: if read, files that are not read because the folder contains the source more than once.
        unsplit: if read, files beside those of a set that are not read because their paths tell no split.
        unrecognised: with another layout, the files.
        contents: with another layout, what is in each of the files.
    """

    source: Source
    state: Literal["read", "unreadable", "unclear", "other layout", "absent"]
    name: str
    error: str = ""
    layout: str = ""
    description: str = ""
    schema: str = ""
    splits: Mapping[str, SplitInventory] = field(default_factory=dict)
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: tuple[Path, ...] = ()
    unsplit: tuple[Path, ...] = ()
    unrecognised: tuple[Path, ...] = ()
    contents: tuple[str, ...] = ()


class SplitCounts(NamedTuple):
    """The numbers of records, groups and annotations of a split, and the other fields of `SplitInventory`."""

    counts: dict[str, int]
    dropped: Counter[str]
    noted: Counter[str]
    problems: list[str]
    mentions: list[str]
    records: list[str]


class TextOverlap(NamedTuple):
    """The texts that two sources share.

    Args:
        texts: for each of the two, the number of different texts.
        shared: the number of texts that occur in both.
        examples: the ids of the records of some shared texts, (id in the first, id in the second).
    """

    texts: dict[str, int]
    shared: int
    examples: list[tuple[str, str]]


def take_inventory(
    data_dir: str | Path,
    names: tuple[str, ...] = (),
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
    *,
    strict: bool = False,
    cut: Cut | None = None,
) -> Iterator[SourceInventory]:
    """Read the sources below a folder and yield the inventory of each: first of those that are there.

    Args:
        data_dir: the folder.
        names: names of sources, of formats or of sets of own data; empty for all.
        splits: of own data, file or folder -> split, where names do not tell it.
        columns: of own tagged tokens, what the columns have, where it is not found out.
        strict: the first record of own data that cannot be read makes its source unreadable.
        cut: as in `read_split`.

    Raises:
        InputError: if the folder does not exist, if a name is unknown, or if a file with a matching name is empty or
            cannot be opened.
    """
    findings = search(data_dir, names, splits, columns)
    for discovered in findings.discovered.values():
        try:
            yield _read(discovered, strict, cut)
        except InputError as error:
            yield SourceInventory(discovered.source, "unreadable", discovered.name, error=str(error))
    for unclear in findings.unclear:
        yield SourceInventory(unclear.source, "unclear", unclear.source.name, error=unclear_message(unclear))
    there = {discovered.source.name for discovered in findings.discovered.values()}
    there |= {unclear.source.name for unclear in findings.unclear}
    wanted = [get_source(name) for name in names if name in all_sources()] if names else all_sources().values()
    absent = [source for source in wanted if source.name not in there]
    yield from sorted((_not_there(source, findings) for source in absent), key=lambda found: found.state == "absent")


def _not_there(source: Source, findings: Findings) -> SourceInventory:
    scan = findings.scan
    unrecognised = tuple(file for file in scan.unrecognised.get(source.name, ()) if file in scan.refused)
    if not unrecognised:
        return SourceInventory(source, "absent", source.name)
    contents = tuple(scan.refused[file] for file in unrecognised)
    return SourceInventory(source, "other layout", source.name, unrecognised=unrecognised, contents=contents)


def _read(discovered: Discovered, strict: bool, cut: Cut | None) -> SourceInventory:
    source, splits = discovered.source, discovered.splits
    first = next(iter(splits.values()))
    layout = source.layout(first.layout)
    return SourceInventory(
        source,
        "read",
        discovered.name,
        layout=layout.name,
        description=layout.describe(first.basis) if layout.describe else "",
        schema=describe_schema_file(first.schema_file) if first.schema_file else "",
        splits={name: _read_counts(split, source.counts.get(name, {}), strict, cut) for name, split in splits.items()},
        missing={
            split: patterns
            for split, patterns in layout.file_names.items()
            if split not in splits and split in (source.counts or layout.file_names)
        },
        skipped=discovered.skipped,
        unsplit=discovered.unsplit,
    )


def _read_counts(split: Split, published: Mapping[str, int], strict: bool, cut: Cut | None) -> SplitInventory:
    found = count_split(split, strict=strict, cut=cut)
    return SplitInventory(
        split.files,
        {unit: number for unit, number in found.counts.items() if number or unit in published},
        published,
        found.dropped,
        found.noted,
        *map(tuple, (found.problems, found.mentions, found.records)),
    )


def count_split(split: Split, *, strict: bool = False, cut: Cut | None = None) -> SplitCounts:
    """Read a split and count what is in it; `strict` and `cut` as in `read_split`.

    Raises:
        InputError: as `read_split`.
    """
    counts = dict.fromkeys(("records", "groups", *_ANNOTATIONS, _NOT_IN_TEXT), 0)
    dropped: Counter[str] = Counter()
    noted: Counter[str] = Counter()
    problems: list[str] = []
    mentions: list[str] = []
    records: list[str] = []
    groups = DiskSet()
    for result in read_split(split, strict=strict, cut=cut):
        if isinstance(result, Noted):
            noted[result.remark] += 1
            continue
        if isinstance(result, Dropped):
            dropped[result.reason] += 1
            if result.problem and len(problems) < SHOWN:
                problems.append(result.problem)
            continue
        counts["records"] += 1
        counts["groups"] += groups.add(result.group)
        for annotation in _ANNOTATIONS:
            counts[annotation] += len(getattr(result, annotation))
        counts[_NOT_IN_TEXT] += sum(
            not mention.fragments and mention.text not in result.text for mention in result.mentions
        )
        if split.own_format:
            first = result.mentions[: _MENTIONS_SHOWN - len(mentions)]
            mentions += [f"{mention.text} ({mention.type})" if mention.type else mention.text for mention in first]
            if len(records) < _RECORDS_SHOWN and (result.mentions or result.events):
                records.append(marked_text(result))
    return SplitCounts(counts, dropped, noted, problems, mentions, records)


def text_overlap(data_dir: str | Path, first: str, second: str) -> TextOverlap:
    """Find the texts that two sources share, as a training set and a held-out set must not.

    Two texts are equal if they have the same letters and digits in the same order, regardless of case, spacing and
    punctuation. A tokenised copy of a text is therefore found.

    Args:
        data_dir: the folder with the files of both sources.
        first: a source such as `fewrel`, or one of its splits such as `fewrel/train`.
        second: likewise.

    Raises:
        InputError: for an unknown source or split, or if files are missing or cannot be read.
    """
    first_ids, second_ids = (_ids_by_text(data_dir, name) for name in (first, second))
    shared = first_ids.keys() & second_ids.keys()
    examples = sorted((first_ids[text], second_ids[text]) for text in shared)
    return TextOverlap({first: len(first_ids), second: len(second_ids)}, len(shared), examples[:_EXAMPLES])


def _ids_by_text(data_dir: str | Path, name: str) -> dict[bytes, str]:
    """Return the digests of the texts of a source or split, each with the id of the first record that has it."""
    source, _, split_name = name.partition("/")
    splits = [split for found in find_sources(data_dir, (source,)).values() for split in found.splits.values()]
    names = dict.fromkeys(split.name for split in splits)
    if split_name and split_name not in names:
        raise InputError(f"{data_dir}: {source} has no split {split_name!r} here; it has {', '.join(names)}")
    ids: dict[bytes, str] = {}
    for record in usable_records(split for split in splits if split_name in ("", split.name)):
        ids.setdefault(text_digest(record.text), f"{record.split}/{record.id}")
    return ids
