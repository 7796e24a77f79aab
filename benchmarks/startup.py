"""Measure the start-up of `import adelie_hf` and `adelie-hf --help`: the median of nine fresh processes each."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def main() -> None:
    for name, arguments in (
        ("python -c pass", ["-c", "pass"]),
        ("import adelie_hf", ["-c", "import adelie_hf"]),
        ("adelie-hf --help", ["-m", "adelie_hf.cli", "--help"]),
    ):
        seconds = []
        for _ in range(9):
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
            seconds.append(time.perf_counter() - start)
        print(f"{name:20} {statistics.median(seconds):.3f} s")


if __name__ == "__main__":
    main()
