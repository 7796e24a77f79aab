"""Time the scores and the report of generated answers: `python benchmarks/report.py [ROWS]` (default: 20,000).

Rows are those of the embedded sample, all tasks, repeated with new ids and texts, which are made as long as those of a
paragraph; two systems answer each. Figures: scoring, writing the page, their peak memory, and the size of the page.
With `playwright`, the page is then opened from disk in the system's Chromium: first paint, the list, and each filter
up to the next frame.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from adelie_hf import build_ieinstruct
from adelie_hf.evaluation import Predictions, score_predictions
from adelie_hf.report import write_evaluation_report
from adelie_hf.rows import InstructRow, completion_text, read_build

MORE_TEXT = (
    " Nobody has seen it since the early days of the long summer, when the river was low and the roads were dry." * 4
)
FILTERS = ("system", "source", "task", "type", "class")
FILTER = """
async (id) => {
  const select = document.getElementById(id);
  const start = performance.now();
  select.value = [...select.options].find((option) => option.value !== "" && !option.disabled).value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  document.body.getBoundingClientRect();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const taken = performance.now() - start;
  select.value = "";
  select.dispatchEvent(new Event("change", { bubbles: true }));
  return taken;
}
"""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=20_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "report.html")
        make(args.rows, page)
        if importlib.util.find_spec("playwright") is None:
            print("playwright is not installed: the page is not opened")
        else:
            open_page(page)


def make(number: int, page: Path) -> None:
    """Score generated answers and write their page."""
    rows = list(itertools.islice(repeated_rows(), number))
    gold = {row["id"]: completion_text(row) for row in rows}
    texts = list(gold.values())
    # Every third answer is that of a row further on, mostly of another text.
    wrong = {
        row_id: texts[(at + 7) % number] if at % 3 == 0 else text for at, (row_id, text) in enumerate(gold.items())
    }
    outputs = {"first": wrong, "second": {**gold, **dict(itertools.islice(wrong.items(), number // 2))}}
    start = time.perf_counter()
    scores = score_predictions(
        rows, {name: Predictions(answers, [], 0) for name, answers in outputs.items()}, rows[:2000]
    )
    scored = time.perf_counter()
    write_evaluation_report(page, rows, outputs, scores, rows[:2000])
    done = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{2 * number:,} predictions: scored in {scored - start:.1f} s, reported in {done - scored:.1f} s")
    print(f"peak memory {peak:.2f} GiB; page {page.stat().st_size / 1e6:.1f} MB")


def repeated_rows() -> Iterator[InstructRow]:
    """Yield the held-out and training rows of the embedded sample again and again, with new ids and texts."""
    with tempfile.TemporaryDirectory() as folder:
        build_ieinstruct("sample", out=f"{folder}/build")
        rows = [row for split in ("test", "train") for row in read_build(f"{folder}/build", split)[1]]
    for turn in itertools.count():
        for row in rows:
            yield {**row, "id": f"{row['id']}/{turn}", "text": f"{row['text']}{MORE_TEXT} ({turn})"}


def open_page(page: Path) -> None:
    """Open a page in the system's Chromium and print how long it takes."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        opened = browser.new_context(offline=True).new_page()
        opened.goto(page.as_uri())
        print(f"first paint {opened.evaluate(PAINT) / 1e3:.2f} s, complete {opened.evaluate(LOADED) / 1e3:.2f} s")
        print(", ".join(f"{name} {opened.evaluate(FILTER, name) / 1e3:.3f} s" for name in FILTERS))
        browser.close()


if __name__ == "__main__":
    main()
