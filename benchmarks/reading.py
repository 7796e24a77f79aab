"""Records read per second on one core: `python benchmarks/reading.py [FOLDER]` (default: the sample corpus).

Every layout of every published source below the folder is read five times, and the best CPU time is reported; files
are then in the system's cache, and other load on the machine has little influence. The median covers the sources whose
records are sentences, each in its preferred layout; records of the sources in `LONGER_RECORDS` are windows, paragraphs
or documents.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.sources import Discovered, all_sources, read_split
from adelie_hf.sources.discovery import select_files
from adelie_hf.sources.scan import scan_folder

LONGER_RECORDS = {"maven-arg", "maven-ere", "matres", "odie", "rams"}
REPETITIONS = 5


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    rates: dict[str, float] = {}
    for name, matches in scan_folder(folder, all_sources().values()).matches.items():  # of published data sets
        for priority in sorted({match.priority for match in matches}):
            layout_matches = [match for match in matches if match.priority == priority]
            records, seconds = measure(select_files(all_sources()[name], layout_matches))
            layout = layout_matches[0].layout.name
            print(f"{name:18} {layout:12} {records:7,} records {records / seconds:9,.0f} per second", flush=True)
            if name not in LONGER_RECORDS:
                rates.setdefault(name, records / seconds)
    print(f"median of the {len(rates)} sources of sentences: {statistics.median(rates.values()):,.0f} per second")


def measure(discovered: Discovered) -> tuple[int, float]:
    """Return the number of records and drops of a source, and the best CPU time of reading them in seconds."""
    best = float("inf")
    for _ in range(REPETITIONS):
        start = time.process_time()
        records = sum(1 for split in discovered.splits.values() for _ in read_split(split))
        best = min(best, time.process_time() - start)
    return records, best


if __name__ == "__main__":
    main()
