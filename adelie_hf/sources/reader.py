"""Reading of records from the files of sources, with errors that name file and line."""

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
    """Yield the records of one split of a source, and a `Dropped` with reason and place for what is left out.

    Raises:
        InputError: naming the file and the line or record, for content that does not have the source's layout.
    """
    source = get_source(split.source)
    layout = source.layout(split.layout)
    ids = DiskSet()
    for file in split.files:
        place = f"{file}"
        try:
            for number, raw_example in layout.raw_examples(file):
                place = (
                    f"{file}:{number}" if layout.numbered_by == "line" else f"{file}, {layout.numbered_by} {number}"
                )
                for result in layout.records(raw_example, split.name, number):
                    yield _validate(result, place, ids)
                place = f"{file}, after {layout.numbered_by} {number}"
        except InputError:
            raise
        except KeyError as error:
            raise InputError(f"{place}: the field {error} is missing; fix it or download the file again") from None
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise InputError(
                f"{place}: not a record of {source.title} ({excerpt(str(error))}); fix it or download the file again"
            ) from None


def _validate(result: Record | Dropped, place: str, ids: DiskSet) -> Record | Dropped:
    """Return the record, or a `Dropped` if it breaks a rule that holds for all sources; `ids` are those so far."""
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
    """Return an iterator over the records of a source below a folder, split by split.

    The files are searched for at the call and read during the iteration.

    Args:
        name: name of the source.
        data_dir: folder with the source's files, at any depth.
        split: the only split to read.
        dropped: counter to which the number of dropped records is added, by reason.

    Raises:
        InputError: for an unknown source or split or missing files, and during the iteration for a file that cannot
            be read.

    Example:
        >>> import adelie_hf
        >>> for record in adelie_hf.load_records("scierc", "raw", split="train"):  # doctest: +SKIP
        ...     print(record.text, [(mention.text, mention.type) for mention in record.mentions])
    """
    splits = find_sources(data_dir, (name,))[name].splits
    if split is not None and split not in splits:
        raise InputError(f"{data_dir}: {name} has no split {split!r} here; it has {', '.join(splits)}")
    selected = [splits[split]] if split is not None else list(splits.values())
    return _records(selected, Counter() if dropped is None else dropped)


def _records(splits: list[Split], dropped: Counter[str]) -> Iterator[Record]:
    for split in splits:
        for result in read_split(split):
            if isinstance(result, Record):
                yield result
            else:
                dropped[result.reason] += 1
