"""A few records of each source in each of its layouts, as the tests write them to disk.

`native/<source>/<layout>/` contains the files of one layout, written by hand after the description of the format.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.sources import all_sources
from adelie_hf.sources.discovery import file_patterns

FOLDER = Path(__file__).parent / "native"


def _files(folder: Path) -> dict[str, str]:
    """Return path below the folder -> content; first the files with records, in the order of the layout's patterns."""
    patterns = file_patterns(all_sources()[folder.parent.name].layout(folder.name))
    ranks = {
        file: [rank for rank, pattern in enumerate(patterns) if file.match(pattern)] for file in folder.rglob("*")
    }
    files = [file for file in sorted(ranks) if file.is_file()]
    files.sort(key=lambda file: min(ranks[file], default=len(patterns)))
    return {file.relative_to(folder).as_posix(): file.read_bytes().decode() for file in files}


# `carb`, or `scierc/SpERT` for the further layouts of a source -> file -> content.
NATIVE = {
    name if layout.name == "native" else f"{name}/{layout.name}": _files(FOLDER / name / layout.name)
    for name, source in all_sources().items()
    for layout in source.layouts
    if layout.name not in ("parquet", "arrow", "spacy")  # not text; the tests in `user/` write such files
}


@pytest.fixture(scope="session")
def native() -> dict[str, dict[str, str]]:
    """Return the files of each layout (see `NATIVE`); the first file has records."""
    return NATIVE


@pytest.fixture
def lay(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes the files of a layout, some with other content or, for None, not at all."""

    def write(name: str, folder: str = "raw", **changed: str | bytes | None) -> Path:
        target = tmp_path / folder
        target.mkdir(parents=True, exist_ok=True)
        for file, content in (dict(NATIVE[name]) | changed).items():
            if content is not None:
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                (target / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    return write


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test with the parameter `layout` for every layout of every source, unless the test parametrizes it."""
    parameters = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "layout" in metafunc.fixturenames and not any("layout" in names for names in parameters):
        metafunc.parametrize("layout", NATIVE)
