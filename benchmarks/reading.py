"""Records a second on one core: `python benchmarks/reading.py [FOLDER]` (default: the embedded sample).

Every layout of every source below the folder is read five times, and the best time of the processor counts: files come
from the system's cache, and what else the machine does does not matter. The median is over the sources whose records
are sentences, each in the layout that is read where it lies there in several; those of `LONGER` are windows, paragraphs
or documents.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.sources import all_sources, read_split
from adelie_hf.sources.discovery import Discovered, scan, select

LONGER = {"brat", "iepile", "maven-arg", "maven-ere", "matres", "odie", "rams", "records"}
TIMES = 5


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    seen = scan(folder, all_sources().values())
    rates: dict[str, float] = {}
    for name, hits in seen.hits.items():
        for order in sorted({hit.order for hit in hits}):
            found = select(all_sources()[name], [hit for hit in hits if hit.order == order])
            records, seconds = measure(found)
            layout = all_sources()[name].layouts[order].name
            print(f"{name:18} {layout:12} {records:7,} records {records / seconds:9,.0f} a second", flush=True)
            if name not in LONGER:
                rates.setdefault(name, records / seconds)
    print(f"median of the {len(rates)} sources of sentences: {statistics.median(rates.values()):,.0f} a second")


def measure(found: Discovered) -> tuple[int, float]:
    """The number of records and drops, and the seconds that reading them takes."""
    best = float("inf")
    for _ in range(TIMES):
        start = time.process_time()
        records = sum(1 for split in found.splits.values() for _ in read_split(split))
        best = min(best, time.process_time() - start)
    return records, best


if __name__ == "__main__":
    main()
