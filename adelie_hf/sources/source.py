"""What a source is: a description of a raw data set, and for each of its native formats two functions that read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adelie_hf.records import Record


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record that was read and left out, with the reason that it is counted under."""

    reason: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """One of the formats in which a data set is handed around.

    Args:
        name: what the format is called.
        files: split -> patterns of the files that make up that split, relative to one folder; `*` stands for
            any part of a name, `**` for any number of folders. Every file that fits is read.
        recognise: says from the first mebibyte of such a file whether it is of this layout; of a Parquet file it
            gets the footer, which names the columns.
        units: cuts a file into (line or record number, raw unit).
        records: makes the records of one raw unit, given its split and number. What the two raise over data
            of another layout (KeyError, TypeError, ValueError, ...) is reported with the file and the number.
        beside: patterns of files that the reader also reads where they are there, relative to the same folder,
            or with `./` in front to that of each file.
        split_of: says the split of a file where its name does not tell, such as by a list of documents beside it.
        numbered: what the numbers of `units` count: `line`, or `record` where a line is not a record.
    """

    name: str
    files: Mapping[str, tuple[str, ...]]
    recognise: Callable[[str], bool]
    raw_examples: Callable[[Path], Iterator[tuple[int, Any]]]
    records: Callable[[Any, str, int], Iterable[Record | Dropped]]
    companions: tuple[str, ...] = ()
    split_of: Callable[[Path], str] | None = None
    numbered_by: str = "line"


@dataclass(frozen=True, slots=True)
class Source:
    """A raw data set.

    Args:
        name: the name that users type.
        title: the name in prose.
        tasks: the tasks that it serves.
        role: `training` or `held-out`, as in the paper (section 5.1, Table 7); `own` for the formats of
            users' own data, which only get files that no published set claims (see `find`).
        domain, licence, url: as the publisher states them. The url may be a place in this package.
        shapes: its formats; where it lies there in several, the first of these is read.
        counts: split -> published numbers of what a reader's records hold: `records`, `groups` (documents),
            `mentions`, `relations`, `pairs`, `events`, `extractions`.
        licensed: who has to be asked for a licence before the data may be had; empty where it is public.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    role: str
    domain: str
    licence: str
    url: str
    layouts: tuple[Layout, ...]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    licensed: str = ""

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that it is published with, in any of its shapes."""
        return tuple(dict.fromkeys(split for layout in self.layouts for split in layout.files))

    def layout(self, name: str) -> Layout:
        """The shape of that name."""
        return next(layout for layout in self.layouts if layout.name == name)
