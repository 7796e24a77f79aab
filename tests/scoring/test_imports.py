"""The scorers need no large library."""

from __future__ import annotations

from collections.abc import Callable

from adelie_hf import scoring


def test_importing_the_scorers_imports_no_large_library(python: Callable[..., str]) -> None:
    loaded = python("import sys, adelie_hf.scoring; print(*sys.modules)").split()
    assert not {"numpy", "torch", "datasets", "evaluate", "transformers", "pyarrow"} & set(loaded)


def test_exact_match_needs_no_large_library(python: Callable[..., str]) -> None:
    score = "from adelie_hf.scoring import exact_f1; exact_f1([[('a', 'b')]], [[('a', 'b')]])"
    assert "numpy" not in python(f"import sys; {score}; print(*sys.modules)").split()


def test_all_exported_names_are_callable() -> None:
    assert all(callable(getattr(scoring, name)) for name in scoring.__all__)
