"""What `adelie-hf sources list` and `sources check` print: each source as lines for a terminal, or as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from adelie_hf.sources import summarise_files
from adelie_hf.sources.source import Layout, Source

_WIDTH = 120  # of a terminal


def source_as_json(item: Source) -> dict[str, Any]:
    """All that a description of a source says, as JSON can hold it."""
    columns = ("name", "title", "tasks", "role", "domain", "licence", "licensed", "counts", "url")
    return {column: getattr(item, column) for column in columns} | {
        "files": {layout.name: layout.files for layout in item.layouts},
        "beside": {layout.name: layout.companions for layout in item.layouts},
    }


def source_as_text(item: Source) -> str:
    """The lines on a source: tasks, role, domain, licence, the files of each shape, published counts, where it is."""
    facts = [
        ("licence", item.licence + _ask(item.licensed)),
        *(("files", f"{layout.name}: {_files(layout)}") for layout in item.layouts),
        ("counts", "; ".join(f"{split} {_counts(counts)}" for split, counts in item.counts.items() if counts)),
        ("from", item.url),
    ]
    lines = [f"{item.name}: {item.title} ({', '.join(item.tasks)}; {item.role}; {item.domain})"]
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


def _files(layout: Layout) -> str:
    of_splits = [f"{split} {', '.join(patterns)}" for split, patterns in layout.files.items() if patterns]
    return "; ".join(of_splits + ([f"beside them {', '.join(layout.companions)}"] if layout.companions else []))


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in counts.items())


def _ask(licensed: str) -> str:
    return f" (licensed: ask {licensed})" if licensed else ""


def inventory_as_text(said: Mapping[str, Any]) -> str:
    """The lines on what `checking.check` found of a source."""
    name, place = said["name"], said["url"] + _ask(said["licensed"])
    if said["state"] == "unreadable":
        return f"{name}: {said['error']}"
    if said["role"] == "own" and said["state"] != "read":
        strangers = summarise_files(said["files"]) if said["state"] == "other shape" else []
        told = f" ({', '.join(strangers)}: of another shape)" if strangers else ""
        return f"{name}: nothing of your own in this form{told}, see {said['url']}"
    if said["state"] == "absent":
        first, *others = said["files"].values()
        files = ", ".join(dict.fromkeys(pattern for patterns in first.values() for pattern in patterns))
        return f"{name}: not there ({files}{', or in another shape' if others else ''}); get it from {place}"
    if said["state"] == "other shape":
        return (
            f"{name}: not there (of another shape: {', '.join(summarise_files(said['files']))}); get it from {place}"
        )
    lines = [f"{name}: {said['shape']}"]
    for split, of_split in said["splits"].items():
        counts = (
            f"{number:,} {kind}"
            + (f" of {of_split['published'][kind]:,} published" if kind in of_split["published"] else "")
            for kind, number in of_split["counts"].items()
        )
        files = of_split["files"][0] if len(of_split["files"]) == 1 else f"{len(of_split['files']):,} files"
        lines.append(f"  {split}: {', '.join(counts)}; {files}")
        lines += [f"    dropped: {number:,}: {reason}" for reason, number in of_split["dropped"].items()]
    if said["role"] != "own":
        missing = said["missing"].items()
        lines += [f"  {split}: not there ({', '.join(files)}); {place}" for split, files in missing]
    lines += [f"  skipped: {files}" for files in summarise_files(said["skipped"])]
    return "\n".join(lines)
