"""Peak memory of reading large files: `python benchmarks/memory.py [MEGABYTES ...]` (default: 100 1000).

A file of each size is made of the rows of the embedded sample, every row under an id of its own, in a temporary folder
(`TMPDIR` chooses the disk), and read in a fresh process. Memory is private memory: what no other process shares.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from adelie_hf.ieinstruct import SAMPLE

# JSON lines of a sentence, a window and a document; the field that holds the id.
LINES = {"phee/train.json": "id", "rams/train.jsonlines": "doc_key", "maven/train.jsonl": "id"}
ARTICLE = (
    "<article><articleinfo><bibliomisc>MEDLINE:{}</bibliomisc></articleinfo><title><sentence>The "
    '<cons lex="x" sem="G#protein_molecule">X factor</cons> binds.</sentence></title></article>\n'
)
READ = """
import sys, psutil
from adelie_hf.sources import load_records
process, peak, number = psutil.Process(), 0, 0
for number, record in enumerate(load_records(sys.argv[1], sys.argv[2]), 1):
    if number % 20_000 == 0:
        peak = max(peak, process.memory_full_info().uss)
print(number, max(peak, process.memory_full_info().uss))
"""


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [100, 1000]
    for place, size in itertools.product((*LINES, "genia/GENIAcorpus3.02.xml"), sizes):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, Path(place).name)
            (write_lines if place in LINES else write_xml)(place, file, size * 10**6)
            source = Path(place).parent.name
            start = time.monotonic()
            read = subprocess.run([sys.executable, "-c", READ, source, folder], check=True, capture_output=True)
            records, peak = map(int, read.stdout.split())
            print(
                f"{source:6} {file.stat().st_size / 1e6:6,.0f} MB {records:10,} records "
                f"{time.monotonic() - start:5.0f} s  peak {peak / 2**20:4.0f} MiB",
                flush=True,
            )


def write_lines(place: str, file: Path, size: int) -> None:
    """The sample's rows again and again; the files that are read beside them lie beside this one."""
    for beside in (SAMPLE / place).parent.iterdir():
        if beside.suffix == ".txt" or beside.stem == "label2id":
            os.symlink(beside, file.parent / beside.name)
    rows = [json.loads(line) for line in (SAMPLE / place).read_text(encoding="utf-8").splitlines()]
    with open(file, "w", encoding="utf-8") as stream:
        for number, row in enumerate(itertools.cycle(rows)):
            stream.write(json.dumps(row | {LINES[place]: f"{number}_1"}, ensure_ascii=False) + "\n")
            if number % 1_000 == 0 and stream.tell() >= size:
                break


def write_xml(place: str, file: Path, size: int) -> None:
    with open(file, "w", encoding="utf-8") as stream:
        stream.write("<set>\n")
        for number in range(size // len(ARTICLE)):
            stream.write(ARTICLE.format(number))
        stream.write("</set>\n")


if __name__ == "__main__":
    main()
