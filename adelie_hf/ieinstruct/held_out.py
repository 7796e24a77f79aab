"""The texts that a build holds out: no training row is about one of them, whatever source it is from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from adelie_hf.draws import draw
from adelie_hf.records import Record
from adelie_hf.sources import Split, read_split
from adelie_hf.sources.cutting import Cut
from adelie_hf.sources.same_text import text_digest


class HeldOutPart(NamedTuple):
    """A split that is held out, or the part of its documents that is.

    Args:
        share: the share of the documents, drawn from the seed; 1 for all.
        cut: where long documents of own data are cut.
    """

    split: Split
    share: float
    seed: int
    cut: Cut | None


def is_cut_off(record: Record, seed: int, share: float) -> bool:
    """Return whether a record is of the documents that are held out of a split, where these are a share of it."""
    return draw(seed, f"{record.source}/{record.group}", "own split") < share


def held_out_texts(parts: Iterable[HeldOutPart]) -> frozenset[bytes]:
    """Return the digests of the texts of parts (`text_digest`). Raises InputError for a file that cannot be read.

    A process reads a part once, unless its files have changed.
    """
    return frozenset().union(*(_texts(part, _state(part)) for part in parts))


def _state(part: HeldOutPart) -> tuple[tuple[int, int], ...]:
    stats = [file.stat() for file in (*part.split.files, *part.split.companions)]  # brat's texts are companions
    return tuple((stat.st_size, stat.st_mtime_ns) for stat in stats)


@lru_cache(maxsize=64)
def _texts(part: HeldOutPart, state: tuple[tuple[int, int], ...]) -> frozenset[bytes]:
    records = (result for result in read_split(part.split, cut=part.cut) if isinstance(result, Record))
    return frozenset(text_digest(record.text) for record in records if is_cut_off(record, part.seed, part.share))
