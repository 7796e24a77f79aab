"""The examples in docstrings."""

from __future__ import annotations

import doctest
import pkgutil

import pytest

from adelie_hf import extraction

MODULES = [module.name for module in pkgutil.walk_packages(extraction.__path__, "adelie_hf.extraction.")]


@pytest.mark.parametrize("name", [*MODULES, "adelie_hf.likeness"])
def test_examples(name: str) -> None:
    assert doctest.testmod(pkgutil.resolve_name(name)).failed == 0
