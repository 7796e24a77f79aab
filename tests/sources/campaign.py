"""A long run of broken native files through every reader: `python -m tests.sources.campaign --minutes 10`.

It takes the files written by hand and, where `ADELIE_SHARED` (or `../shared`) has some, the beginnings of real ones;
each case breaks one of a source's files in one to three places and demands what `test_mutations` demands: sound
records, counted drops, or one clear line. It prints the number of cases of each layout, and how to get a failure again.
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
from adelie_hf.sources.discovery import scan, select
from tests.conftest import ROOT
from tests.sources.conftest import NATIVE
from tests.sources.test_mutations import JUNK, at, dump, load, outcome, places

_HANG = 20  # seconds that one case may take
_EXCERPT = 30_000  # characters of a real file
_MOST_FILES = 4  # of a real source that has a file a document
_MOST_BESIDE = 30

Case = tuple[str, dict[str, bytes]]  # source or source/shape, and its files


def real_cases(data: Path) -> Iterator[Case]:
    """The beginnings of the real files of each shape of each source."""
    for name, item in all_sources().items():
        if not (hits := scan(data, [item]).hits[name]):
            continue
        for order in sorted({hit.order for hit in hits}):
            found = select(item, [hit for hit in hits if hit.order == order])
            split = list(found.splits.values())[-1]
            base = next(hit.folder for hit in hits if hit.file == split.files[0])
            chosen = split.files[:_MOST_FILES]
            with_them = [file for file in split.companions if any(file.stem in each.stem for each in chosen)]
            files = [*chosen, *(with_them or split.companions[:_MOST_BESIDE])]
            layout = item.layouts[order].name
            yield (
                name if layout == "native" else f"{name}/{layout}",
                {file.relative_to(base).as_posix(): excerpt(file) for file in files if file.is_relative_to(base)},
            )


def excerpt(file: Path) -> bytes:
    """The first records of a file; all of it where it is a document."""
    text = file.read_text(encoding="utf-8-sig")
    if len(text) <= _EXCERPT or file.suffix in (".xml", ".ann", ".tml"):
        return text.encode()
    try:
        value = json.loads(text)
    except ValueError:
        return text[: text.rindex("\n", 0, _EXCERPT) + 1].encode() if "\n" in text[:_EXCERPT] else text.encode()
    if isinstance(value, list):
        return json.dumps(value[:5], ensure_ascii=False).encode()
    return json.dumps({key: of[:2] for key, of in value.items()}, ensure_ascii=False).encode()


# ---- ways to break a file -------------------------------------------------------------------------


def break_bytes(raw: bytes, draw: random.Random) -> bytes:
    first, second = sorted(draw.randrange(len(raw) + 1) for _ in range(2))
    junk = draw.choice([b"\t", b"\n", b'"', b"]", b"{", b"|", b" ", b"-1", b"\0", b"\xff", b"\\ud800", b"&x;", b"</"])
    return draw.choice(
        [
            raw[:first],
            raw[:first] + raw[second:],
            raw[:second] + raw[first:],
            raw[:first] + junk + raw[first:],
            raw[:first] + junk + raw[first + len(junk) :],
            raw[:first] + bytes([raw[first] ^ 1 << draw.randrange(8)]) + raw[first + 1 :] if first < len(raw) else b"",
            b"\xef\xbb\xbf" + raw,
            raw.replace(b"\n", b"\r\n"),
            raw + raw,
            b"",
        ]
    )


def break_lines(raw: bytes, draw: random.Random) -> bytes:
    """Lines lost, doubled or moved; cells of lines lost, doubled or another's."""
    lines = raw.split(b"\n")
    here, there = draw.randrange(len(lines)), draw.randrange(len(lines))
    kind = draw.choice(["lose", "double", "move", "cell", "cell"])
    if kind == "lose":
        del lines[here]
    elif kind == "double":
        lines.insert(here, lines[there])
    elif kind == "move":
        lines[here], lines[there] = lines[there], lines[here]
    else:
        between = draw.choice([b"\t", b" ", b"|"])
        cells, others = lines[here].split(between), lines[there].split(between)
        cell = draw.randrange(len(cells))
        other = draw.choice([*others, b"", b"-1", b"999999", b"B-", b"O", "é".encode()])
        lines[here] = between.join([*cells[:cell], *draw.choice([[], [other], [other, other]]), *cells[cell + 1 :]])
    return b"\n".join(lines)


def break_numbers(raw: bytes, draw: random.Random) -> bytes:
    """A number that is another: offsets out of range, by one, or negative."""
    runs = [at for at in range(len(raw)) if raw[at : at + 1].isdigit() and not raw[at - 1 : at].isdigit()]
    if not runs:
        return break_bytes(raw, draw)
    start = draw.choice(runs)
    end = start
    while raw[end : end + 1].isdigit():
        end += 1
    number = int(raw[start:end][:18])
    other = draw.choice([number + 1, number - 1, -number, number * 10, 10**9, 0])
    return raw[:start] + str(other).encode() + raw[end:]


def break_values(raw: bytes, draw: random.Random) -> bytes:
    """A JSON value that is missing, doubled, another place's, or of another type."""
    try:
        values = load(raw.decode("utf-8-sig"))
    except ValueError:
        return break_bytes(raw, draw)
    every = list(places(values))
    if not every:
        return break_bytes(raw, draw)
    *path, key = draw.choice(every)
    holder: Any = at(values, tuple(path))
    kind = draw.choice(["junk", "delete", "double", "other"])
    if kind == "junk":
        holder[key] = copy.deepcopy(draw.choice(JUNK))
    elif kind == "delete":
        del holder[key]
    elif kind == "double" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(holder[key]))
    else:
        holder[key] = copy.deepcopy(at(values, draw.choice(every)))
    return dump(values)


WAYS: list[Callable[[bytes, random.Random], bytes]] = [break_bytes, break_lines, break_numbers, break_values]


# ---- the run --------------------------------------------------------------------------------------


def run(name: str, whole: dict[str, bytes], draw: random.Random, folder: Path) -> bool:
    """One case; says whether some records were read of it."""
    file = draw.choice(list(whole))
    broken = whole[file]
    ways = WAYS if broken.lstrip(b"\xef\xbb\xbf \n")[:1] in (b"{", b"[") else WAYS[:3]
    for _ in range(draw.randint(1, 3)):
        if broken:
            broken = draw.choice(ways)(broken, draw)
    return bool(outcome(name, folder, whole, {file: broken}))


def _hang(*_: object) -> None:
    raise TimeoutError(f"no answer in {_HANG} seconds")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="one layout, with --seed and --case of a failure")
    parser.add_argument("--case", type=int)
    args = parser.parse_args()
    shared = Path(os.environ.get("ADELIE_SHARED") or ROOT.parent / "shared") / "data"
    cases = {f"{name} (by hand)": (name, {f: text.encode() for f, text in of.items()}) for name, of in NATIVE.items()}
    if shared.is_dir():
        cases |= {f"{name} (real)": (name, files) for name, files in real_cases(shared)}
    if args.only:
        cases = {args.only: cases[args.only]}
    signal.signal(signal.SIGALRM, _hang)
    done: Counter[str] = Counter()
    read: Counter[str] = Counter()
    failed = 0
    end = time.monotonic() + 60 * args.minutes
    number = args.case or 0
    with tempfile.TemporaryDirectory() as scratch:
        while time.monotonic() < end:
            for label, (name, whole) in cases.items():
                folder = Path(scratch, label.replace("/", "-"), str(number))
                signal.setitimer(signal.ITIMER_REAL, _HANG)
                try:
                    read[label] += run(name, whole, random.Random(f"{args.seed} {label} {number}"), folder)
                except Exception:
                    failed += 1
                    print(f"FAILED: --only {label!r} --seed {args.seed} --case {number}", flush=True)
                    traceback.print_exc(file=sys.stdout)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                done[label] += 1
            number += 1
            if args.case is not None:
                break
    print("  cases  of which records were read")
    for label, count in done.items():
        print(f"{count:7,}  {read[label]:7,}  {label}")
    print(f"{done.total():7,}  {read.total():7,}  in all; {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
