"""The examples in the docstrings of the scorers."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import walk_packages

import pytest

from adelie_hf import scoring

# The base of the evaluate modules has no examples and needs evaluate.
MODULES = [
    module.name
    for module in walk_packages(scoring.__path__, "adelie_hf.scoring.")
    if module.name != "adelie_hf.scoring.evaluate_module"
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0


@pytest.mark.parametrize("name", [name for name in scoring.__all__ if name != "TaskScore"])
def test_every_public_scorer_has_an_example(name: str) -> None:
    function = getattr(scoring, name)
    assert doctest.DocTestFinder(recurse=False).find(function, name)[0].examples
