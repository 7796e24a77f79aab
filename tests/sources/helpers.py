"""What several tests of sources share."""

from __future__ import annotations

from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.records import Record
from adelie_hf.sources import load_records

NATIVE = Path(__file__).parent / "native"
SAMPLE_SOURCES = ("carb", "fewrel", "maven", "maven-ere", "mit-restaurant", "odie", "phee", "rams", "scierc")


def read_error(name: str, folder: Path, split: str | None = None) -> str:
    """Return the message of the InputError that strict reading of a folder raises: one short line that names a fix."""
    with pytest.raises(InputError) as caught:
        list(load_records(name, folder, split, strict=True))
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    assert ";" in message, "the message names no fix"
    return message


def categories(record: Record, task: str = "ner") -> list[str]:
    """Return the names of the categories of a task."""
    return [label.name for label in record.schemas[task]]
