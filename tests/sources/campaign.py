"""A long test run of all readers on broken files: `python -m tests.sources.campaign --minutes 10`.

The files are those of `tests/sources/native`, and the first records of real files if `ADELIE_SHARED` or `../shared`
contains some. Each case breaks one file of a source in one to three places, and requires what `test_mutations`
requires: valid records, drops with a reason, or one clear error. The run prints the number of cases of each layout,
and the options that repeat a failed case.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adelie_hf.sources import all_sources
from adelie_hf.sources.discovery import select_files
from adelie_hf.sources.scan import scan_folder
from tests.conftest import ROOT
from tests.sources.conftest import NATIVE
from tests.sources.test_mutations import JUNK, dump_values, load_values, read_changed, value_at, value_paths

_TIME_LIMIT = 20  # seconds of one case
_EXCERPT = 30_000  # characters of a real file
_MAX_FILES = 4  # of a source with one file per document
_MAX_COMPANIONS = 30

FileContents = dict[str, bytes]


def real_files(data: Path) -> Iterator[tuple[str, FileContents]]:
    """Yield the layout of each published source below a folder, as in `NATIVE`, with the beginnings of its files."""
    for name, source in all_sources().items():
        matches = scan_folder(data, [source]).matches[name]
        for priority in sorted({match.priority for match in matches}):
            discovered = select_files(source, [match for match in matches if match.priority == priority])
            split = list(discovered.splits.values())[-1]
            folder = next(match.folder for match in matches if match.file == split.files[0])
            data_files = split.files[:_MAX_FILES]
            companions = [
                file for file in split.companions if any(file.stem in data_file.stem for data_file in data_files)
            ]
            files = [*data_files, *(companions or split.companions[:_MAX_COMPANIONS])]
            layout = source.layouts[priority].name
            yield (
                name if layout == "native" else f"{name}/{layout}",
                {
                    file.relative_to(folder).as_posix(): first_records(file)
                    for file in files
                    if file.is_relative_to(folder)
                },
            )


def first_records(file: Path) -> bytes:
    """Return the first records of a file; a file of one document is returned in full."""
    text = file.read_text(encoding="utf-8-sig")
    if len(text) <= _EXCERPT or file.suffix in (".xml", ".ann", ".tml"):
        return text.encode()
    try:
        value = json.loads(text)
    except ValueError:
        return text[: text.rindex("\n", 0, _EXCERPT) + 1].encode() if "\n" in text[:_EXCERPT] else text.encode()
    if isinstance(value, list):
        return json.dumps(value[:5], ensure_ascii=False).encode()
    return json.dumps({key: items[:2] for key, items in value.items()}, ensure_ascii=False).encode()


# ---- ways to break a file -------------------------------------------------------------------------


def break_bytes(raw: bytes, rng: random.Random) -> bytes:
    """Truncate, delete, duplicate, insert or overwrite bytes."""
    first, second = sorted(rng.randrange(len(raw) + 1) for _ in range(2))
    junk = rng.choice([b"\t", b"\n", b'"', b"]", b"{", b"|", b" ", b"-1", b"\0", b"\xff", b"\\ud800", b"&x;", b"</"])
    return rng.choice(
        [
            raw[:first],
            raw[:first] + raw[second:],
            raw[:second] + raw[first:],
            raw[:first] + junk + raw[first:],
            raw[:first] + junk + raw[first + len(junk) :],
            raw[:first] + bytes([raw[first] ^ 1 << rng.randrange(8)]) + raw[first + 1 :] if first < len(raw) else b"",
            b"\xef\xbb\xbf" + raw,
            raw.replace(b"\n", b"\r\n"),
            raw + raw,
            b"",
        ]
    )


def break_lines(raw: bytes, rng: random.Random) -> bytes:
    """Delete, duplicate or swap lines, or change a cell of a line."""
    lines = raw.split(b"\n")
    here, there = rng.randrange(len(lines)), rng.randrange(len(lines))
    change = rng.choice(["delete", "duplicate", "swap", "cell", "cell"])
    if change == "delete":
        del lines[here]
    elif change == "duplicate":
        lines.insert(here, lines[there])
    elif change == "swap":
        lines[here], lines[there] = lines[there], lines[here]
    else:
        separator = rng.choice([b"\t", b" ", b"|"])
        cells, other_cells = lines[here].split(separator), lines[there].split(separator)
        position = rng.randrange(len(cells))
        other = rng.choice([*other_cells, b"", b"-1", b"999999", b"B-", b"O", "é".encode()])
        cells[position : position + 1] = rng.choice([[], [other], [other, other]])
        lines[here] = separator.join(cells)
    return b"\n".join(lines)


def break_numbers(raw: bytes, rng: random.Random) -> bytes:
    """Replace a number: offsets become negative, wrong by one, or out of range."""
    starts = [i for i in range(len(raw)) if raw[i : i + 1].isdigit() and not raw[i - 1 : i].isdigit()]
    if not starts:
        return break_bytes(raw, rng)
    start = rng.choice(starts)
    end = start
    while raw[end : end + 1].isdigit():
        end += 1
    number = int(raw[start:end][:18])
    other = rng.choice([number + 1, number - 1, -number, number * 10, 10**9, 0])
    return raw[:start] + str(other).encode() + raw[end:]


def break_values(raw: bytes, rng: random.Random) -> bytes:
    """Delete, duplicate or replace a JSON value, by another of the file or one of another type."""
    try:
        values = load_values(raw.decode("utf-8-sig"))
    except ValueError:
        return break_bytes(raw, rng)
    paths = list(value_paths(values))
    if not paths:
        return break_bytes(raw, rng)
    *path, key = rng.choice(paths)
    container: Any = value_at(values, tuple(path))
    change = rng.choice(["junk", "delete", "duplicate", "other"])
    if change == "junk":
        container[key] = copy.deepcopy(rng.choice(JUNK))
    elif change == "delete":
        del container[key]
    elif change == "duplicate" and isinstance(container, list):
        container.insert(key, copy.deepcopy(container[key]))
    else:
        container[key] = copy.deepcopy(value_at(values, rng.choice(paths)))
    return dump_values(values)


CHANGES: list[Callable[[bytes, random.Random], bytes]] = [break_bytes, break_lines, break_numbers, break_values]


# ---- the run --------------------------------------------------------------------------------------


def run_case(layout: str, files: FileContents, rng: random.Random, folder: Path) -> bool:
    """Run one case; return whether some records were read. Raises AssertionError for a failure."""
    file = rng.choice(list(files))
    broken = files[file]
    is_json = broken.lstrip(b"\xef\xbb\xbf \n")[:1] in (b"{", b"[")
    for _ in range(rng.randint(1, 3)):
        if broken:
            broken = rng.choice(CHANGES if is_json else CHANGES[:3])(broken, rng)
    return bool(read_changed(layout, folder, files, {file: broken}))


def _time_out(*_: object) -> None:
    raise TimeoutError(f"no result in {_TIME_LIMIT} seconds")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="one layout, with --seed and --case of a failure")
    parser.add_argument("--case", type=int)
    args = parser.parse_args()
    data = Path(os.environ.get("ADELIE_SHARED") or ROOT.parent / "shared") / "data"
    layouts = {
        f"{layout} (by hand)": (layout, {file: text.encode() for file, text in files.items()})
        for layout, files in NATIVE.items()
    }
    if data.is_dir():
        layouts |= {f"{layout} (real)": (layout, files) for layout, files in real_files(data)}
    if args.only:
        layouts = {args.only: layouts[args.only]}
    signal.signal(signal.SIGALRM, _time_out)
    cases: Counter[str] = Counter()
    cases_with_records: Counter[str] = Counter()
    failures = 0
    deadline = time.monotonic() + 60 * args.minutes
    number = args.case or 0
    with tempfile.TemporaryDirectory() as scratch:
        while time.monotonic() < deadline:
            for label, (layout, files) in layouts.items():
                folder = Path(scratch, label.replace("/", "-"), str(number))
                signal.setitimer(signal.ITIMER_REAL, _TIME_LIMIT)
                try:
                    rng = random.Random(f"{args.seed} {label} {number}")
                    cases_with_records[label] += run_case(layout, files, rng, folder)
                except Exception:
                    failures += 1
                    print(f"FAILED: --only {label!r} --seed {args.seed} --case {number}", flush=True)
                    traceback.print_exc(file=sys.stdout)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                cases[label] += 1
            number += 1
            if args.case is not None:
                break
    print("  cases  with records")
    for label, count in cases.items():
        print(f"{count:7,}  {cases_with_records[label]:12,}  {label}")
    print(f"{cases.total():7,}  {cases_with_records.total():12,}  total; {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
