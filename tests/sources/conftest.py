"""A few records of each source in each of its native formats, as the tests write them to disk.

`native/<source>/<shape>/` holds the files of one shape, written by hand from the format's description.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.sources import all_sources

FOLDER = Path(__file__).parent / "native"


def _files(folder: Path) -> dict[str, str]:
    """Name below the folder -> content; first the files that hold the records, as the shape lists them."""
    layout = all_sources()[folder.parent.name].layout(folder.name)
    order = [pattern for patterns in layout.files.values() for pattern in patterns]
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    files.sort(key=lambda file: min((at for at, each in enumerate(order) if file.match(each)), default=len(order)))
    return {file.relative_to(folder).as_posix(): file.read_bytes().decode() for file in files}


# `carb`, or `scierc/SpERT` for a source's further shapes -> file -> content.
NATIVE = {
    source if layout.name == "native" else f"{source}/{layout.name}": _files(FOLDER / source / layout.name)
    for source, item in all_sources().items()
    for layout in item.layouts
    if layout.name != "parquet"  # not text: the tests of users' own data write it
}


@pytest.fixture(scope="session")
def native() -> dict[str, dict[str, str]]:
    """Source, or source/shape -> file name -> content; the first file holds records."""
    return NATIVE


@pytest.fixture
def lay(tmp_path: Path) -> Callable[..., Path]:
    """Writes the files of a source to a folder, some with other content or (None) not at all."""

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
    """A test that asks for a `shape` runs for every shape of every source, unless it names its own."""
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "shape" in metafunc.fixturenames and not any("shape" in names for names in own):
        metafunc.parametrize("shape", NATIVE)
