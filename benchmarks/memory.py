"""Peak memory of reading large files: `python benchmarks/memory.py [MEGABYTES ...]` (default: 100 1000).

Each file repeats the rows of the sample corpus with new ids until it has the given size. It is written to a temporary
folder (`TMPDIR` chooses the disk) and read in a new process. The figure is the memory that no other process shares
(USS).
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

# JSON lines with a sentence, a window and a document each -> the field with the id.
JSON_LINES = {"phee/train.json": "id", "rams/train.jsonlines": "doc_key", "maven/train.jsonl": "id"}
XML = "genia/GENIAcorpus3.02.xml"
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
    sizes = [int(argument) for argument in sys.argv[1:]] or [100, 1000]
    for path, size in itertools.product((*JSON_LINES, XML), sizes):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, Path(path).name)
            if path == XML:
                write_xml(file, size * 10**6)
            else:
                write_json_lines(path, file, size * 10**6)
            source = Path(path).parent.name
            start = time.monotonic()
            process = subprocess.run([sys.executable, "-c", READ, source, folder], check=True, capture_output=True)
            records, peak = map(int, process.stdout.split())
            print(
                f"{source:6} {file.stat().st_size / 1e6:6,.0f} MB {records:10,} records "
                f"{time.monotonic() - start:5.0f} s  peak {peak / 2**20:4.0f} MiB",
                flush=True,
            )


def write_json_lines(path: str, file: Path, size: int) -> None:
    """Write the rows of a file of the sample corpus repeatedly, and link its companion files."""
    for companion in (SAMPLE / path).parent.iterdir():
        if companion.suffix == ".txt" or companion.stem == "label2id":
            os.symlink(companion, file.parent / companion.name)
    rows = [json.loads(line) for line in (SAMPLE / path).read_text(encoding="utf-8").splitlines()]
    with open(file, "w", encoding="utf-8") as stream:
        for number, row in enumerate(itertools.cycle(rows)):
            stream.write(json.dumps(row | {JSON_LINES[path]: f"{number}_1"}, ensure_ascii=False) + "\n")
            if number % 1_000 == 0 and stream.tell() >= size:
                break


def write_xml(file: Path, size: int) -> None:
    """Write a GENIA corpus of short articles."""
    with open(file, "w", encoding="utf-8") as stream:
        stream.write("<set>\n")
        for number in range(size // len(ARTICLE)):
            stream.write(ARTICLE.format(number))
        stream.write("</set>\n")


if __name__ == "__main__":
    main()
