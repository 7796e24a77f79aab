"""What lies below a folder, held against what was published; and whether two sources share texts."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources import Discovered, Split, all_sources, find_sources, get_source, read_split
from adelie_hf.sources.discovery import scan, select
from adelie_hf.sources.disk_set import DiskSet

_EXAMPLES = 5
_ELSEWHERE = "mentions that the text does not hold"


def take_inventory(data_dir: str | Path, names: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Reads every source below a folder (or those named) and says what is there.

    Yields:
        For each source `name`, `state` and what belongs to it. `read`: `shape`; for each split its `files`,
        `counts` (records, groups, mentions, ...; see `Source.counts`), `published` and `dropped` by reason;
        the splits that are `missing` with the files that would hold them; and the files that are `skipped`.
        `unreadable`: the `error`. `other shape`: the `files` of the right name. `absent`: the `files` to fetch.
        Always the `role`, the `url`, and `licensed`: who has to be asked first.

    Raises:
        InputError: for a missing folder, an unknown name, or a file that cannot be read at all.
    """
    wanted = [get_source(name) for name in names] or list(all_sources().values())
    seen = scan(Path(data_dir), wanted)
    for item in wanted:
        said: dict[str, Any] = {name: getattr(item, name) for name in ("name", "role", "url", "licensed")}
        if hits := seen.hits[item.name]:
            try:
                yield said | {"state": "read", **_read(select(item, hits))}
            except InputError as error:
                yield said | {"state": "unreadable", "error": str(error)}
        elif strangers := seen.strangers[item.name]:
            yield said | {"state": "other shape", "files": [str(file) for file in strangers]}
        else:
            yield said | {"state": "absent", "files": {layout.name: dict(layout.files) for layout in item.layouts}}


def _read(found: Discovered) -> dict[str, Any]:
    layout = found.source.layout(next(iter(found.splits.values())).layout)
    splits = {}
    for name, split in found.splits.items():
        counts, dropped = count_split(split)
        published = found.source.counts.get(name, {})
        splits[name] = {
            "files": [str(file) for file in split.files],
            "counts": {kind: number for kind, number in counts.items() if number or kind in published},
            "published": dict(published),
            "dropped": dict(dropped),
        }
    return {
        "shape": layout.name,
        "splits": splits,
        "missing": {
            split: patterns
            for split, patterns in layout.files.items()
            if split not in found.splits and split in (found.source.counts or layout.files)
        },
        "skipped": [str(file) for file in found.skipped],
    }


def count_split(split: Split) -> tuple[dict[str, int], Counter[str]]:
    """How much a split holds, by kind, and what its reader drops, by reason. Raises InputError."""
    kinds = ("records", "groups", "mentions", "relations", "pairs", "events", "extractions", _ELSEWHERE)
    counts = dict.fromkeys(kinds, 0)
    dropped: Counter[str] = Counter()
    groups = DiskSet()
    for result in read_split(split):
        if not isinstance(result, Record):
            dropped[result.reason] += 1
            continue
        counts["groups"] += groups.add(result.group)
        counts["records"] += 1
        for kind in ("mentions", "relations", "pairs", "events", "extractions"):
            counts[kind] += len(getattr(result, kind))
        counts[_ELSEWHERE] += sum(not each.fragments and each.text not in result.text for each in result.mentions)
    return counts, dropped


def text_overlap(data_dir: str | Path, first: str, second: str) -> dict[str, Any]:
    """Texts that two sources share: what a held-out set must not have in common with a training set.

    Two texts are the same when they have the same letters and digits in the same order, whatever their
    case, spacing and punctuation: so a tokenised copy of a text is found.

    Args:
        first, second: a source, `fewrel`, or one of its splits, `fewrel/train`.

    Returns:
        `texts`: the number of different texts of each; `shared`: how many are in both; `examples`: the
        record ids of the first few, `[id of first, id of second]`.

    Raises:
        InputError: for an unknown source or split, or files that are missing or cannot be read.
    """
    ours, theirs = (_texts(data_dir, name) for name in (first, second))
    shared = ours.keys() & theirs.keys()
    pairs = sorted((ours[text], theirs[text]) for text in shared)
    return {
        "texts": {first: len(ours), second: len(theirs)},
        "shared": len(shared),
        "examples": [list(pair) for pair in pairs[:_EXAMPLES]],
    }


def _texts(data_dir: str | Path, name: str) -> dict[bytes, str]:
    """Digest of a text -> the first record that has it."""
    of_source, _, wanted = name.partition("/")
    splits = find_sources(data_dir, (of_source,))[of_source].splits
    if wanted and wanted not in splits:
        raise InputError(f"{data_dir}: {of_source} has no split {wanted!r} here; it has {', '.join(splits)}")
    found: dict[bytes, str] = {}
    for split in splits.values():
        for result in read_split(split) if wanted in ("", split.name) else ():
            if isinstance(result, Record):
                found.setdefault(_digest(result.text), f"{split.name}/{result.id}")
    return found


def _digest(text: str) -> bytes:
    letters = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
    return hashlib.blake2b(letters.encode(), digest_size=16).digest()
