"""Time of brat by the number of documents: `python benchmarks/brat.py [DOCUMENTS ...]` (default: 1,000 to 10,000).

Each corpus has one folder of made-up documents of about 230 characters, with two entities, a relation and an event.
Printed are CPU seconds of what `adelie-hf sources check` and `adelie-hf build ieinstruct brat` do, and the seconds for
1,000 documents, which are the same for any number where reading takes linear time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from adelie_hf.api import build_ieinstruct
from adelie_hf.sources.inventory import take_inventory

DOCUMENTS = (1_000, 2_000, 4_000, 10_000)
_FILLER = "The report was read by everyone in the room, and nobody had anything to add before the meeting ended. "


def main() -> None:
    numbers = [int(argument) for argument in sys.argv[1:]] or DOCUMENTS
    print("documents    check  per 1,000    build  per 1,000")
    for number in numbers:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "raw")
            write_documents(folder, number)
            times = [seconds(check, folder), seconds(build, folder)]
        columns = "".join(f" {spent:8.2f} {spent * 1_000 / number:10.2f}" for spent in times)
        print(f"{number:9,}{columns}", flush=True)


def check(folder: Path) -> None:
    """Do what `adelie-hf sources check` does."""
    for _ in take_inventory(folder):
        pass


def build(folder: Path) -> None:
    """Do what `adelie-hf build ieinstruct brat` does."""
    build_ieinstruct("brat", folder, out=folder.with_name("built"))


def write_documents(folder: Path, number: int) -> None:
    """Write a corpus of brat."""
    folder.mkdir()
    for document in range(number):
        name = f"Ida {document}"
        text = f"{name} bought Acme. {_FILLER}{_FILLER}"
        bought = len(name) + 1
        lines = [
            f"T1\tPerson 0 {len(name)}\t{name}",
            f"T2\tCompany {bought + 7} {bought + 11}\tAcme",
            f"T3\tBuy {bought} {bought + 6}\tbought",
            "R1\tOwns Arg1:T1 Arg2:T2",
            "E1\tBuy:T3 Buyer:T1 Thing:T2",
        ]
        (folder / f"{document}.txt").write_text(text)
        (folder / f"{document}.ann").write_text("\n".join(lines) + "\n")


def seconds(run: Callable[[Path], None], folder: Path) -> float:
    """Return the CPU time of a call."""
    start = time.process_time()
    run(folder)
    return time.process_time() - start


if __name__ == "__main__":
    main()
