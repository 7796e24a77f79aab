"""The examples in docstrings."""

from __future__ import annotations

import doctest
import pkgutil

import pytest

from adelie_hf import prompts, queries

MODULES = [module.name for module in pkgutil.walk_packages(prompts.__path__, "adelie_hf.prompts.")]


@pytest.mark.parametrize("name", [*MODULES, "adelie_hf.answers", "adelie_hf.queries", "adelie_hf.tasks"])
def test_examples(name: str) -> None:
    assert doctest.testmod(pkgutil.resolve_name(name)).failed == 0


@pytest.mark.parametrize(
    "function", [prompts.write, prompts.parse, prompts.request, prompts.question, queries.queries]
)
def test_the_main_functions_have_an_example(function: object) -> None:
    (test,) = doctest.DocTestFinder(recurse=False).find(function)
    assert test.examples
