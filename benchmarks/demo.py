"""Wall time and memory of the demo: `python benchmarks/demo.py [adelie-hf demo's arguments]`.

Memory is the sum over the process tree, sampled twice a second.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

import psutil


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        start, peak = time.monotonic(), 0
        command = [sys.executable, "-m", "adelie_hf.cli", "demo", "--out", f"{folder}/run", *sys.argv[1:]]
        process = psutil.Popen(command, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            peak = max(peak, _memory(process))
            time.sleep(0.5)
        print(f"{time.monotonic() - start:.0f} s, {peak / 2**30:.2f} GiB, exit status {process.returncode}")


def _memory(process: psutil.Process) -> int:
    total = 0
    for member in [process, *process.children(recursive=True)]:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    main()
