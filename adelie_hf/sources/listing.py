"""The output of `adelie-hf sources list` and `sources check`: sources as text for a terminal and as JSON values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import wrap

from adelie_hf.sources.discovery import file_patterns, summarise_files
from adelie_hf.sources.inventory import SourceInventory, SplitInventory
from adelie_hf.sources.source import Layout, Source

_WIDTH = 120  # characters of a terminal's line
_FILES_SHOWN = 10  # of those that no source can read


def source_as_json(source: Source) -> dict[str, object]:
    """Return the description of a source as values that JSON can represent."""
    fields = ("name", "title", "tasks", "role", "domain", "licence", "licensed", "counts", "url")
    return {field: getattr(source, field) for field in fields} | {
        "files": {layout.name: layout.file_names for layout in source.layouts},
        "companions": {layout.name: layout.companions for layout in source.layouts},
    }


def source_as_text(source: Source) -> str:
    """Return the description of a source as lines: title, tasks, role and domain, then one fact per line."""
    counts = "; ".join(f"{split} {_counts_as_text(counts)}" for split, counts in source.counts.items() if counts)
    facts = [
        ("licence", source.licence + _licence_hint(source)),
        *(("files", f"{layout.name}: {_files_as_text(layout)}") for layout in source.layouts),
        ("counts", counts),
        ("from", source.place),
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
    splits = [f"{split} {', '.join(patterns)}" for split, patterns in layout.file_names.items() if patterns]
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
        "name": inventory.name,
        "format": source.name,
        "role": source.role,
        "url": source.url,
        "licensed": source.licensed,
        "expected_files": {layout.name: layout.file_names for layout in source.layouts},
        "state": inventory.state,
        "error": inventory.error,
        "layout": inventory.layout,
        "description": inventory.description,
        "schema": inventory.schema,
        "splits": {name: _split_as_json(split) for name, split in inventory.splits.items()},
        "missing": inventory.missing,
        "skipped": list(map(str, inventory.skipped)),
        "unsplit": list(map(str, inventory.unsplit)),
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
        "mentions": split.mentions,
        "records": split.records,
    }


def inventory_as_text(inventory: SourceInventory) -> str:
    """Return the inventory of a source as lines."""
    source = inventory.source
    if inventory.state in ("unreadable", "unclear"):
        return f"{inventory.name}: {inventory.error}"
    if inventory.state != "read":
        return f"{source.name}: {_absence_as_text(inventory)}"
    own_format = f"{source.name}, " if inventory.name != source.name else ""
    lines = [f"{inventory.name}: {own_format}{inventory.layout}"]
    lines += [f"  {line}" for line in (inventory.description, inventory.schema) if line]
    for number, (name, split) in enumerate(inventory.splits.items()):
        lines.append(f"  {name}: {_split_as_text(split)}")
        lines += [f"    dropped: {times:,}: {reason}" for reason, times in split.dropped.items()]
        lines += [f"      {problem}" for problem in split.problems]
        lines += [f"    noted: {times:,}: {remark}" for remark, times in split.noted.items()]
        if number == 0:  # the other splits are read in the same way
            more = ", ..." if len(split.mentions) < split.counts.get("mentions", 0) else ""
            lines += [f"    mentions: {', '.join(split.mentions)}{more}"] * bool(split.mentions)
            lines += [f"    record: {record}" for record in split.records]
    if source.role != "own":  # a user's data need not have all splits
        place = source.url + _licence_hint(source)
        lines += [f"  {name}: not found ({', '.join(files)}); {place}" for name, files in inventory.missing.items()]
    lines += [f"  skipped: {files}" for files in summarise_files(inventory.skipped)]
    lines += [
        f"  skipped: {files}, since its path tells no split; `--split FILE=validation` does"
        for files in summarise_files(inventory.unsplit)
    ]
    return "\n".join(lines)


def absences_as_text(inventories: Iterable[SourceInventory]) -> list[str]:
    """Return lines for all sources that are not there: one for each file that none can read, then all the names."""
    contents: dict[Path, str] = {}
    readers: dict[Path, list[Source]] = {}
    names = []
    for inventory in inventories:
        names.append(inventory.name)
        for file, content in zip(inventory.unrecognised, inventory.contents, strict=True):
            contents[file] = content
            readers.setdefault(file, []).append(inventory.source)
    lines = [
        f"not read: {file}: it {content}; {_expectations(file, readers[file])}" for file, content in contents.items()
    ]
    if len(lines) > _FILES_SHOWN:
        lines[_FILES_SHOWN:] = [f"not read: {len(lines) - _FILES_SHOWN:,} more files"]
    if names:
        lines.append(f"not found: {', '.join(sorted(names))}; `adelie-hf sources list` lists the files of each")
    return lines


def _expectations(file: Path, sources: list[Source]) -> str:
    """Return what the formats of own data expect in a file; without any, which published data sets have its name."""
    own = [f"{source.name} expects {expected}" for source in sources if (expected := source.expectation(file))]
    return "; ".join(own) or f"the layouts of {', '.join(source.name for source in sources)} are others"


def _absence_as_text(inventory: SourceInventory) -> str:
    source = inventory.source
    unrecognised = ", ".join(summarise_files(inventory.unrecognised))
    if source.role == "own":
        return (
            f"no files in this format{f' ({unrecognised}: other layout)' if unrecognised else ''}, see {source.place}"
        )
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
