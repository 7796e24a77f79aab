"""The names of the library in `datasets` and `evaluate`, each tried in a fresh process."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.bundled import bundled
from adelie_hf.plugin import _WITHOUT_INFLUENCE, DATASETS, _influential, metrics

ROOT = Path(__file__).parent.parent

IMPORTS = {
    "adelie_hf first": "import adelie_hf, datasets, evaluate",
    "adelie_hf last": "import datasets, datasets.inspect, evaluate, adelie_hf",
}
USE_EVERY_NAME = """
from datasets import get_dataset_config_names, get_dataset_default_config_name, get_dataset_infos
from datasets import get_dataset_split_names, load_dataset, load_dataset_builder

for name in ("adelie_hf/ieinstruct", "adelie_hf/iefeedback", "adelie_hf/records"):
    assert set(get_dataset_infos(name)) == set(get_dataset_config_names(name)), name
assert get_dataset_default_config_name("adelie_hf/ieinstruct") == "sample"
assert get_dataset_config_names("adelie_hf/iefeedback") == ["default"]
assert get_dataset_split_names("adelie_hf/ieinstruct", "sample") == ["train", "test"]
assert get_dataset_split_names("adelie_hf/records", "fewrel") == ["train", "validation"]
assert load_dataset_builder("adelie_hf/ieinstruct").info.features is not None
rows = load_dataset("adelie_hf/ieinstruct")
assert set(rows) == {"train", "test"} and rows["train"].num_rows > rows["test"].num_rows > 0

metric = evaluate.load("ie_f1")
result = metric.compute(predictions=[[["Acme", "organization"]]], references=[[["Acme", "organization"]]])
assert result["f1"] == 1.0, result
"""


def test_importing_loads_none_of_the_large_libraries(python: Callable[..., str]) -> None:
    code = "import sys, adelie_hf; adelie_hf.__version__; print(*sys.modules)"
    loaded = python(code).split()
    assert not {"torch", "datasets", "evaluate", "transformers", "numpy", "yaml", "pyarrow"} & set(loaded)


def test_lazy_attributes(python: Callable[..., str]) -> None:
    python("""
import adelie_hf
from adelie_hf import load_records, scoring
assert adelie_hf.load_records is load_records and callable(load_records)
assert callable(adelie_hf.scoring.exact_f1) and {"load_records", "scoring"} <= set(dir(adelie_hf))
assert not hasattr(adelie_hf, "no_such_thing")
""")


@pytest.mark.parametrize(
    ("order", "place"), [("adelie_hf first", "an empty folder"), ("adelie_hf last", "the repository")]
)
def test_every_name_resolves_without_a_network(python: Callable[..., str], order: str, place: str) -> None:
    code = f"{IMPORTS[order]}\n{USE_EVERY_NAME}"
    python(code, cwd=ROOT) if place == "the repository" else python(code)


def test_names_resolve_in_processes_that_are_spawned(python: Callable[..., str]) -> None:
    python("""
import multiprocess

if __name__ == "__main__":
    multiprocess.set_start_method("spawn")
    import adelie_hf
    from datasets import load_dataset
    assert load_dataset("adelie_hf/ieinstruct", num_proc=2)["train"].num_rows > 0
""")


@pytest.mark.parametrize("name", [*DATASETS, "ie_f1"])
def test_a_revision_is_refused_with_the_installed_version_named(name: str) -> None:
    import datasets
    import evaluate

    import adelie_hf
    from adelie_hf.errors import InputError

    load = datasets.load_dataset if name in DATASETS else evaluate.load
    with pytest.raises(InputError, match=rf"{name} .*{adelie_hf.__version__}.*'main'"):
        load(name, revision="main")


def test_data_files_are_refused_because_they_would_not_be_read() -> None:
    import datasets

    from adelie_hf.errors import InputError

    with pytest.raises(InputError, match="data_files.*data_dir"):
        datasets.load_dataset("adelie_hf/records", "fewrel", data_files="train_wiki.json")


def test_other_names_go_through_with_their_arguments(python: Callable[..., str]) -> None:
    python("""
from importlib import import_module
hooked = {
    "dataset_module_factory": ["datasets.load", "datasets.inspect"],
    "evaluation_module_factory": ["evaluate.loading", "evaluate.inspect"],
}
calls = []
def original(path, revision=None, **rest):
    calls.append((path, revision, rest))
    return "the original's answer"
functions = [(import_module(name), function) for function, names in hooked.items() for name in names]
for module, function in functions:
    setattr(module, function, original)
import adelie_hf
for module, function in functions:
    for args, kwargs in [(("accuracy", "v1"), {"token": 3}), ((), {"path": "squad/ieinstruct", "data_dir": "d"})]:
        assert getattr(module, function)(*args, **kwargs) == "the original's answer"
assert calls == [("accuracy", "v1", {"token": 3}), ("squad/ieinstruct", None, {"data_dir": "d"})] * 4, calls
""")


def test_one_switch_turns_the_hooks_off(python: Callable[..., str]) -> None:
    python(
        """
import adelie_hf, datasets.load, evaluate.loading
for function in (datasets.load.dataset_module_factory, evaluate.loading.evaluation_module_factory):
    assert not hasattr(function, "__wrapped__")
""",
        ADELIE_HF_HOOKS="0",
    )


@pytest.mark.parametrize("name", metrics())
def test_a_metric_loads_by_name_and_by_path(name: str) -> None:
    import evaluate

    by_name, by_path = evaluate.load(name), evaluate.load(str(bundled("metrics", name)))
    assert type(by_name).__module__ == f"adelie_hf.metrics.{name}.{name}"
    assert by_path.features == by_name.features


def test_nothing_that_shapes_a_row_imports_what_the_digest_leaves_out() -> None:
    library = ROOT / "adelie_hf"
    inside = [name for name in _influential(library) if name.endswith(".py") and name != "__init__.py"]
    imported = re.compile(r"(?:from|import) adelie_hf(?: import |\.)(\w+)")
    for name in inside:
        used = set(imported.findall((library / name).read_text(encoding="utf-8")))
        assert not used & _WITHOUT_INFLUENCE, name


def test_a_metric_folder_is_copied_for_inspection(tmp_path: Path) -> None:
    import evaluate

    evaluate.inspect_evaluation_module("ie_f1", str(tmp_path / "copy"))
    assert (tmp_path / "copy" / "ie_f1.py").is_file()
