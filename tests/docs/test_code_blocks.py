"""The Python blocks of README and documentation: each page is run, and what a block prints is what the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
GUIDES = [f"docs/guides/{file.name}" for file in sorted(ROOT.glob("docs/guides/*.md"))]
PAGES = ("README.md", "docs/index.md", *GUIDES, "docs/skeletons/benchmark.md")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# Runs the blocks of a page one after the other in one namespace, and gives back what each printed, or the error. All
# pages share a process: most of its time is imports.
_RUN = """
import contextlib, io, json, sys, traceback

def run(sources):
    namespace, outputs = {"__name__": "page"}, []
    for source in sources:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, "page", "exec"), namespace)
        except Exception:
            return outputs + [traceback.format_exc()]
        outputs.append(printed.getvalue())
    return outputs

json.dump({page: run(sources) for page, sources in json.loads(PAGES).items()}, sys.stdout)
"""


class Block(NamedTuple):
    """A Python block, and the text block that follows it directly; None without one."""

    source: str
    shown: str | None


def blocks(page: str) -> list[Block]:
    """The Python blocks of a page. A block marked `py` is not run: it needs files, a GPU or an endpoint."""
    text = (ROOT / page).read_text(encoding="utf-8")
    matches = list(_BLOCK.finditer(text))
    result = []
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        if match[1] == "python":
            adjacent = following is not None and not text[match.end() : following.start()].strip()
            shown = following[2] if following is not None and adjacent and following[1] == "text" else None
            result.append(Block(match[2], shown))
    return result


def test_the_blocks_of_a_page_print_what_it_shows(python: Callable[..., str]) -> None:
    expected = {page: blocks(page) for page in PAGES}
    sources = json.dumps({page: [block.source for block in found] for page, found in expected.items() if found})
    printed = json.loads(python(f"PAGES = {sources!r}\n{_RUN}").splitlines()[-1])
    assert len(printed) > 3
    for page, outputs in printed.items():
        for block, output in zip(expected[page], outputs, strict=False):
            assert output == (block.shown or ""), f"{page}:\n{block.source}\nprints\n{output}"
        assert len(outputs) == len(expected[page]), page


def test_the_readme_is_short_and_not_wide() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    assert max(map(len, lines)) <= 119
    assert sum(line.startswith("```python") for line in lines) >= 2
