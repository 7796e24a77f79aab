"""The output of `adelie-hf sources list` and `sources check`: sources as text for a terminal and as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from adelie_hf.sources.discovery import file_patterns, summarise_files
from adelie_hf.sources.inventory import SourceInventory, SplitInventory
from adelie_hf.sources.source import Layout, Source

_WIDTH = 120  # characters of a terminal's line


def source_as_json(source: Source) -> dict[str, object]:
    """Return the description of a source as values that JSON can represent."""
    fields = ("name", "title", "tasks", "role", "domain", "licence", "licensed", "counts", "url")
    return {field: getattr(source, field) for field in fields} | {
        "files": {layout.name: layout.files for layout in source.layouts},
        "companions": {layout.name: layout.companions for layout in source.layouts},
    }


def source_as_text(source: Source) -> str:
    """Return the description of a source as lines: title, tasks, role and domain, then one fact per line."""
    counts = "; ".join(f"{split} {_counts_as_text(counts)}" for split, counts in source.counts.items() if counts)
    facts = [
        ("licence", source.licence + _licence_hint(source)),
        *(("files", f"{layout.name}: {_files_as_text(layout)}") for layout in source.layouts),
        ("counts", counts),
        ("from", source.url),
    ]
    lines = [f"{source.name}: {source.title} ({', '.join(source.tasks)}; {source.role}; {source.domain})"]
    for name, fact in facts:
        lines += wrap(
            fact,
            _WIDTH,
            initial_indent=f"  {name:8} ",
            subsequent_indent=" " * 11,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def _files_as_text(layout: Layout[object]) -> str:
    splits = [f"{split} {', '.join(patterns)}" for split, patterns in layout.files.items() if patterns]
    companions = [f"companions {', '.join(layout.companions)}"] if layout.companions else []
    return "; ".join(splits + companions)


def _counts_as_text(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {unit}" for unit, number in counts.items())


def _licence_hint(source: Source) -> str:
    return f" (licence required from {source.licensed})" if source.licensed else ""


def inventory_as_json(inventory: SourceInventory) -> dict[str, object]:
    """Return the inventory of a source as values that JSON can represent; the keys are the same for every state."""
    source = inventory.source
    return {
        "name": source.name,
        "role": source.role,
        "url": source.url,
        "licensed": source.licensed,
        "expected_files": {layout.name: layout.files for layout in source.layouts},
        "state": inventory.state,
        "error": inventory.error,
        "layout": inventory.layout,
        "splits": {name: _split_as_json(split) for name, split in inventory.splits.items()},
        "missing": inventory.missing,
        "skipped": list(map(str, inventory.skipped)),
        "unrecognised": list(map(str, inventory.unrecognised)),
    }


def _split_as_json(split: SplitInventory) -> dict[str, object]:
    return {
        "files": list(map(str, split.files)),
        "counts": split.counts,
        "published": split.published,
        "dropped": split.dropped,
        "noted": split.noted,
        "problems": split.problems,
    }


def inventory_as_text(inventory: SourceInventory) -> str:
    """Return the inventory of a source as lines."""
    source = inventory.source
    if inventory.state == "unreadable":
        return f"{source.name}: {inventory.error}"
    if inventory.state != "read":
        return f"{source.name}: {_absence_as_text(inventory)}"
    lines = [f"{source.name}: {inventory.layout}"]
    for name, split in inventory.splits.items():
        lines.append(f"  {name}: {_split_as_text(split)}")
        lines += [f"    dropped: {number:,}: {reason}" for reason, number in split.dropped.items()]
        lines += [f"      {problem}" for problem in split.problems]
        lines += [f"    noted: {number:,}: {remark}" for remark, number in split.noted.items()]
    if source.role != "own":  # a user's data need not have all splits
        place = source.url + _licence_hint(source)
        lines += [f"  {name}: not found ({', '.join(files)}); {place}" for name, files in inventory.missing.items()]
    lines += [f"  skipped: {files}" for files in summarise_files(inventory.skipped)]
    return "\n".join(lines)


def _absence_as_text(inventory: SourceInventory) -> str:
    source = inventory.source
    unrecognised = ", ".join(summarise_files(inventory.unrecognised))
    if source.role == "own":
        return f"no files in this format{f' ({unrecognised}: other layout)' if unrecognised else ''}, see {source.url}"
    if unrecognised:
        reason = f"other layout: {unrecognised}"
    else:
        first, *others = source.layouts
        reason = ", ".join(file_patterns(first)) + (", or in another layout" if others else "")
    return f"not found ({reason}); download it from {source.url}{_licence_hint(source)}"


def _split_as_text(split: SplitInventory) -> str:
    counts = (
        f"{number:,} {unit}" + (f" of {split.published[unit]:,} published" if unit in split.published else "")
        for unit, number in split.counts.items()
    )
    files = f"{split.files[0]}" if len(split.files) == 1 else f"{len(split.files):,} files"
    return f"{', '.join(counts)}; {files}"
