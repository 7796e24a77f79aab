"""Reading of records from the files of sources, with errors that name file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import repeat
from pathlib import Path

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Record
from adelie_hf.sources.cutting import Cut, cut_record
from adelie_hf.sources.discovery import find_sources
from adelie_hf.sources.disk_set import DiskSet
from adelie_hf.sources.own_categories import own_categories
from adelie_hf.sources.readers.columns import NOTHING_SAID, ColumnChoice
from adelie_hf.sources.source import Dropped, Noted, OwnFile, OwnReader
from adelie_hf.sources.source_files import Split
from adelie_hf.sources.unreadable import RAW_ERRORS, SHOWN, Tolerance, log_unreadable, unreadable


def read_split(split: Split, *, strict: bool = False, cut: Cut | None = None) -> Iterator[Record | Dropped | Noted]:
    """Yield the records of one split of a source, a `Dropped` for what is left out, and a `Noted` for what is mended.

    A record of a user's own data that cannot be read is left out as well, unless too many cannot.

    Args:
        split: the split.
        strict: the first record that cannot be read is an error, as it always is in published data sets.
        cut: where documents of own data are cut; None for nowhere.

    Raises:
        InputError: naming the file and the line or record, for content that does not have the source's layout.
    """
    source = split.form
    layout = source.layout(split.layout)
    tolerance = Tolerance(strict or source.role != "own")
    categories = own_categories(split.schema_file)
    ids = DiskSet()
    reader: OwnReader[object] | None = None
    read = 0
    for file, prefix in zip(split.files, split.prefixes or repeat("", len(split.files)), strict=True):
        place = f"{file}"
        try:
            reader = reader or layout.reader(split.basis)
            for number, raw_example in reader(OwnFile(file, prefix)):
                place = (
                    f"{file}:{number}" if layout.numbered_by == "line" else f"{file}, {layout.numbered_by} {number}"
                )
                read += 1
                try:
                    if isinstance(raw_example, UnreadableRecord):
                        raise raw_example
                    for result in layout.records(raw_example, split.name, number):
                        valid = _validate(result, place, ids, split)
                        if not isinstance(valid, Record) or not split.own_format:
                            yield valid
                            continue
                        record = categories(valid) if categories else valid
                        if cut is None:
                            yield record
                        else:
                            yield from cut_record(record, cut)
                except UnreadableRecord as error:
                    yield tolerance.drop(error)
                except InputError:
                    raise
                except RAW_ERRORS as error:
                    yield tolerance.drop(unreadable(error, place, source.title, raw_example))
                place = f"{file}, after {layout.numbered_by} {number}"
        except InputError:
            raise
        except RAW_ERRORS as error:
            raise unreadable(error, place, source.title) from None
    tolerance.check(read)
    if categories and split.files == split.basis.files:
        yield from categories.remarks()


def _validate(result: Record | Dropped | Noted, place: str, ids: DiskSet, split: Split) -> Record | Dropped | Noted:
    """Return the record, or a `Dropped` if it breaks a rule that holds for all sources; `ids` are those so far."""
    if isinstance(result, Noted):
        return result
    if isinstance(result, Dropped):
        return Dropped(result.reason, place)
    if not result.text.strip():
        return Dropped("the text is empty", place)
    if not ids.add(result.id):
        return Dropped("an earlier record has the same id", place)
    # Readers of own data name the format; a record that states a source of its own keeps it.
    return replace(result, source=split.source) if result.source == split.format_name != split.source else result


def usable_records(
    splits: Iterable[Split],
    dropped: Counter[str] | None = None,
    *,
    strict: bool = False,
    cut: Cut | None = None,
) -> Iterator[Record]:
    """Yield the records of splits, and log how many cannot be read, with the first of them.

    Args:
        splits: the splits.
        dropped: counter to which the number of dropped records and annotations is added, by reason.
        strict, cut: as in `read_split`.

    Raises:
        InputError: as `read_split`.
    """
    for split in splits:
        number, problems = 0, list[str]()
        for result in read_split(split, strict=strict, cut=cut):
            if isinstance(result, Record):
                yield result
            elif isinstance(result, Dropped):
                if dropped is not None:
                    dropped[result.reason] += 1
                if result.problem:
                    number += 1
                    problems += [result.problem] * (number <= SHOWN)
        log_unreadable(f"{split.source}, {split.name}", number, problems)


def load_records(
    name: str,
    data_dir: str | Path,
    split: str | None = None,
    dropped: Counter[str] | None = None,
    splits: Mapping[str, str] | None = None,
    columns: ColumnChoice = NOTHING_SAID,
    *,
    strict: bool = False,
    cut: Cut | None = None,
) -> Iterator[Record]:
    """Return an iterator over the records of a source below a folder, split by split.

    The files are searched for at the call and read during the iteration.

    Args:
        name: name of the source, of a set of your own, or of a format (all sets in that format).
        data_dir: folder with the source's files, at any depth.
        split: the only split to read.
        dropped: counter to which the number of dropped records and annotations is added, by reason.
        splits: of your own data, file or folder -> split, where names do not tell it.
        columns: of your own tagged tokens, what the columns have, where it is not found out.
        strict: the first record of own data that cannot be read is an error; otherwise it is dropped, and the number
            is logged.
        cut: of own data, where long documents are cut: `sentences`, or a number of characters for pieces of whole
            sentences.

    Raises:
        InputError: for an unknown source or split or missing files, and during the iteration for a file that cannot
            be read.

    Example:
        >>> import adelie_hf
        >>> for record in adelie_hf.load_records("scierc", "raw", split="train"):  # doctest: +SKIP
        ...     print(record.text, [(mention.text, mention.type) for mention in record.mentions])
    """
    found = [source.splits for source in find_sources(data_dir, (name,), splits, columns).values()]
    names = dict.fromkeys(name for source_splits in found for name in source_splits)
    if split is not None and split not in names:
        raise InputError(f"{data_dir}: {name} has no split {split!r} here; it has {', '.join(names)}")
    selected = [
        source_split
        for source_splits in found
        for split_name, source_split in source_splits.items()
        if split in (None, split_name)
    ]
    return usable_records(selected, dropped, strict=strict, cut=cut)
