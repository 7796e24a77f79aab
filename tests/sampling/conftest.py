"""A small build, whose prompts are sent to an endpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def build_of_six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the embedded sample with six training rows for each source and task."""
    from adelie_hf.build import build
    from adelie_hf.ieinstruct import Recipe, plan

    folder = tmp_path_factory.mktemp("build") / "ieinstruct"
    complete = plan("sample", recipe=Recipe(cap=6))
    build(replace(complete, units={"train": complete.units["train"]}), folder)
    return folder
