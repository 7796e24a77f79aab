"""What a source is: a description of a raw data set, and two functions that read it."""

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
class Source:
    """A raw data set in its native format.

    Args:
        name: the name that users type.
        title: the name in prose.
        tasks: the tasks that it serves.
        role: `training` or `held-out`, as in the paper (section 5.1, Table 7).
        domain, licence, url: as the publisher states them.
        files: split -> the file names under which that split is published.
        counts: split -> the published number of `counted` units.
        recognise: says from the first mebibyte of a file that bears one of the names whether it is this source's.
        units: cuts a file into (line or record number, raw unit).
        beside: files that the reader also reads, relative to the folder of the file, where they are there.
        records: makes the records of one raw unit, given its split and number. What the two raise over data
            of another shape (KeyError, TypeError, ValueError, ...) is reported with the file and the number.
        counted: what `counts` counts.
        numbered: what the numbers of `units` count: `line`, or `record` where a line is not a record.
    """

    name: str
    title: str
    tasks: tuple[str, ...]
    role: str
    domain: str
    licence: str
    url: str
    files: Mapping[str, tuple[str, ...]]
    recognise: Callable[[str], bool]
    units: Callable[[Path], Iterator[tuple[int, Any]]]
    records: Callable[[Any, str, int], Iterable[Record | Dropped]]
    beside: tuple[str, ...] = ()
    counted: str = "records"
    counts: Mapping[str, int] = field(default_factory=dict)
    numbered: str = "line"
