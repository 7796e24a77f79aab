"""Records a second for each source: `python benchmarks/reading.py FOLDER` (default: the embedded sample)."""

from __future__ import annotations

import sys
import time

from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.sources import find, read


def main() -> None:
    for name, found in find(sys.argv[1] if len(sys.argv) > 1 else SAMPLE).items():
        start = time.perf_counter()
        records = sum(1 for split in found.splits.values() for _ in read(split))
        seconds = time.perf_counter() - start
        print(f"{name:16} {records:7,} records {records / seconds:9,.0f} a second")


if __name__ == "__main__":
    main()
