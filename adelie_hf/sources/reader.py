"""Reading: the records of a split, and what is dropped, with errors that name file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources.catalogue import get_source
from adelie_hf.sources.discovery import Split, find_sources
from adelie_hf.sources.disk_set import DiskSet
from adelie_hf.sources.source import Dropped
from adelie_hf.text_files import excerpt


def read_split(split: Split) -> Iterator[Record | Dropped]:
    """Reads one split of a source: records, and what was dropped with its reason and place.

    Raises:
        InputError: naming the file and the line or record, for content that does not have the source's shape.
    """
    item = get_source(split.source)
    layout = item.layout(split.layout)
    ids = DiskSet()
    for file in split.files:
        place = f"{file}"
        try:
            for where, unit in layout.raw_examples(file):
                place = f"{file}:{where}" if layout.numbered_by == "line" else f"{file}, {layout.numbered_by} {where}"
                for result in layout.records(unit, split.name, where):
                    yield _keep(result, place, ids)
                place = f"{file}, after {layout.numbered_by} {where}"
        except InputError:
            raise
        except KeyError as error:
            raise InputError(f"{place}: the field {error} is missing; mend it, or fetch the file again") from None
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise InputError(
                f"{place}: not a record of {item.title} ({excerpt(str(error))}); mend it, or fetch the file again"
            ) from None


def _keep(result: Record | Dropped, place: str, ids: DiskSet) -> Record | Dropped:
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
    found = find_sources(data_dir, (name,))[name]
    if split is not None and split not in found.splits:
        raise InputError(f"{data_dir}: {name} has no split {split!r} here; it has {', '.join(found.splits)}")
    wanted = [found.splits[each] for each in found.splits if split in (None, each)]
    # The files are looked for at the call and read while iterating.
    return _records(wanted, Counter() if dropped is None else dropped)


def _records(splits: list[Split], dropped: Counter[str]) -> Iterator[Record]:
    for split in splits:
        for result in read_split(split):
            if isinstance(result, Record):
                yield result
            else:
                dropped[result.reason] += 1
