"""One call each for a Python user: the examples of the docstrings, and the same builds as the command line."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest

import adelie_hf
from adelie_hf import api, draws, loop, rows, run_folder, run_settings
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import Recipe, make_rows, plan, recipe
from adelie_hf.rows import completion_text

MODULES = (api, draws, rows, run_folder, run_settings, recipe)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples of three prompts: the gold answer, another row's answer, and nothing."""
    folder = tmp_path_factory.mktemp("samples")
    unit = next(unit for unit in plan(recipe=Recipe(cap=12, no_answer=0.0)).units["train"] if unit.task == "ner")
    sampled = list(make_rows(unit))
    with open(folder / "samples.jsonl", "w", encoding="utf-8") as stream:
        for row, other in zip(sampled, [*sampled[1:], sampled[0]], strict=True):
            texts = [completion_text(row), completion_text(other), "[Answer]: NA"]
            stream.write(json.dumps(row | {"samples": texts}) + "\n")
    return folder


def test_the_examples_of_the_docstrings(tmp_path: Path, samples: Path) -> None:
    names = {"folder": tmp_path, "samples": samples, "Recipe": Recipe, "Path": Path}
    results = {module.__name__: doctest.testmod(module, extraglobs=names) for module in MODULES}
    assert {name: result.failed for name, result in results.items()} == dict.fromkeys(results, 0)
    assert all(result.attempted for result in results.values())


def test_the_names_of_the_package_are_its_functions() -> None:
    assert adelie_hf.build_ieinstruct is api.build_ieinstruct
    assert adelie_hf.build_iefeedback is api.build_iefeedback
    assert adelie_hf.align is loop.align
    assert set(adelie_hf.__all__) <= set(dir(adelie_hf))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        adelie_hf.nothing  # noqa: B018


def test_a_recipe_may_be_an_object_a_name_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text("cap: 3\nheld_out_cap: 2\n")
    digests = []
    recipes: list[Recipe | Path | str] = [Recipe(cap=3, held_out_cap=2), file, str(file)]
    for number, given in enumerate(recipes):
        counts = adelie_hf.build_ieinstruct(out=tmp_path / str(number), recipe=given, seed=5)
        assert counts["test"].kept["rows"] == 20
        digests.append(json.loads((tmp_path / str(number) / "manifest.json").read_text())["outputs"])
    assert digests[0] == digests[1] == digests[2]
    with pytest.raises(InputError, match="no recipe 'papers'"):
        adelie_hf.build_ieinstruct(out=tmp_path / "none", recipe="papers")


def test_counts_account_for_every_prompt(tmp_path: Path, samples: Path) -> None:
    counts = adelie_hf.build_iefeedback(samples, out=tmp_path / "pairs", seed=3)["train"]
    assert counts.read == counts.kept.total() + counts.dropped.total() == 12
    assert counts.kept["online"] and counts.kept["offline"]
