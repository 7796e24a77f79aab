"""The builders: same rows however they are made, and never a cache of other code, another recipe or other files."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from datasets import Dataset, IterableDataset, load_dataset, load_dataset_builder

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE, load_recipe, make_rows, plan
from adelie_hf.record_columns import to_columns
from adelie_hf.rows import to_table
from adelie_hf.sources import find_sources, load_records

ROOT = Path(__file__).parent.parent
NATIVE = Path(__file__).parent / "sources" / "native"  # source/shape/files


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Any]:
    """`load_dataset` with a cache of its own for each call, so that nothing is taken from an earlier one."""

    def fresh(*args: Any, **kwargs: Any) -> Any:
        fresh.calls += 1  # type: ignore[attr-defined]
        return load_dataset(*args, cache_dir=str(tmp_path / f"cache-{fresh.calls}"), **kwargs)  # type: ignore[attr-defined]

    fresh.calls = 0  # type: ignore[attr-defined]
    return fresh


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Raw files that a test may edit: the sample corpus, which is in the native formats."""
    return shutil.copytree(SAMPLE, tmp_path / "raw")


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A folder with two samples files: for each prompt the gold answer, one other answer, and nothing."""
    folder = tmp_path / "samples"
    folder.mkdir()
    asked = [row for part in plan("align", SAMPLE).units["train"][:4] for row in list(make_rows(part))[:20]]
    other = "[Answer]: (nobody; nowhere);"
    for name, of_file in (("a", asked[::2]), ("b", asked[1::2])):
        lines = [row | {"samples": [row["completion"][0]["content"], other, ""]} for row in of_file]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return folder


# ---- the same rows ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ieinstruct", "iefeedback"])
def test_rows_are_the_same_for_any_number_of_processes_and_streamed(
    load: Callable[..., Any], samples: Path, tmp_path: Path, name: str
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("cap: 50\n", encoding="utf-8")
    args = {
        "ieinstruct": {"name": "mixture", "data_dir": str(SAMPLE), "recipe": str(recipe)},
        "iefeedback": {"data_dir": str(samples)},
    }[name]
    one = load(f"adelie_hf/{name}", **args)
    two = load(f"adelie_hf/{name}", num_proc=2, **args)
    streamed = load(f"adelie_hf/{name}", streaming=True, **args)
    for split, expected in one.items():
        assert isinstance(expected, Dataset) and isinstance(streamed[split], IterableDataset)
        assert expected.num_rows > 10
        assert list(expected) == list(two[split]) == list(streamed[split])


def test_ieinstruct_rows_are_those_of_the_library(load: Callable[..., Any], raw: Path) -> None:
    built = load("adelie_hf/ieinstruct", "mixture", data_dir=str(raw), seed=7)
    assert set(built) == {"train"}
    expected = [row for part in plan("mixture", raw, load_recipe(seed=7)).units["train"] for row in make_rows(part)]
    assert list(built["train"]) == json.loads(json.dumps(expected))


def test_a_source_has_its_published_splits(load: Callable[..., Any], raw: Path) -> None:
    built = load("adelie_hf/ieinstruct", "rams", data_dir=str(raw / "rams"))
    assert set(built) == set(load("adelie_hf/records", "rams", data_dir=str(raw))) == {"train", "test"}
    assert set(built["test"]["source"]) == {"rams"}


@pytest.mark.parametrize("name", [folder.name for folder in sorted(NATIVE.iterdir())])
def test_records_of_every_source_have_columns_for_all_that_a_record_holds(load: Callable[..., Any], name: str) -> None:
    layout = min((NATIVE / name).iterdir())
    built = load("adelie_hf/records", name, data_dir=str(layout))
    streamed = load("adelie_hf/records", name, data_dir=str(layout), streaming=True)
    features = load_dataset_builder("adelie_hf/records", name).info.features
    records = list(load_records(name, layout))
    assert list(built) == list(streamed) == list(find_sources(layout, (name,))[name].splits)
    for split, rows_of_split in built.items():
        assert rows_of_split.features == features
        expected = [to_columns(record) for record in records if record.split == split]
        assert list(rows_of_split) == list(streamed[split]) == json.loads(json.dumps(expected))


def test_a_split_of_which_nothing_can_be_used_is_left_out(load: Callable[..., Any], tmp_path: Path) -> None:
    raw = shutil.copytree(NATIVE / "matres" / "native", tmp_path / "raw")
    shutil.rmtree(raw / "tml")  # the licensed texts of the training split
    assert list(load("adelie_hf/records", "matres", data_dir=str(raw))) == ["test"]
    assert list(load("adelie_hf/ieinstruct", "matres", data_dir=str(raw))) == ["test"]
    shutil.rmtree(raw / "te3")
    with pytest.raises(InputError, match="raw: no record could be used; `adelie-hf sources check`"):
        load("adelie_hf/records", "matres", data_dir=str(raw))


def test_records_are_the_same_for_any_number_of_processes(load: Callable[..., Any]) -> None:
    one, two = (load("adelie_hf/records", "scierc", data_dir=str(SAMPLE), num_proc=number) for number in (None, 2))
    assert {split: list(of) for split, of in one.items()} == {split: list(of) for split, of in two.items()}


def test_messages_are_what_trl_takes(load: Callable[..., Any], samples: Path) -> None:
    row = load("adelie_hf/ieinstruct", split="train")[0]
    pair = load("adelie_hf/iefeedback", data_dir=str(samples), split="train")[0]
    for messages, role in [
        (row["prompt"], "user"),
        (row["completion"], "assistant"),
        (pair["prompt"], "user"),
        (pair["chosen"], "assistant"),
        (pair["rejected"], "assistant"),
    ]:
        assert [sorted(message) for message in messages] == [["content", "role"]]
        assert messages[0]["role"] == role
    assert pair["score_chosen"] > pair["score_rejected"] and pair["kind"] in ("online", "offline")


def test_free_form_columns_keep_every_digit() -> None:
    features = load_dataset_builder("adelie_hf/iefeedback").info.features
    row: dict[str, Any] = dict.fromkeys(features) | {"provenance": {"tiny": 1e-12, "third": 0.3333333333333333}}
    stored = to_table([row], features)["provenance"].to_pylist()
    assert [json.loads(value) for value in stored] == [row["provenance"]]


# ---- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (("adelie_hf/ieinstruct", "rams"), {}, "rams.*data_dir"),
        (("adelie_hf/ieinstruct", "mixture"), {"data_dir": "no/such/folder"}, "no/such/folder"),
        (("adelie_hf/ieinstruct",), {"data_dir": "raw"}, "sample reads no data_dir"),
        (("adelie_hf/ieinstruct",), {"recipe": "no/such/recipe.yaml"}, "no/such/recipe.yaml"),
        (("adelie_hf/iefeedback",), {}, "data_dir"),
        (("adelie_hf/records", "fewrel"), {}, "fewrel.*data_dir"),
        (("adelie_hf/records",), {"data_dir": "raw"}, "name a source"),
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
def test_bad_input_is_named(
    load: Callable[..., Any], args: tuple[str, ...], kwargs: dict[str, str], message: str, streaming: bool
) -> None:
    with pytest.raises(InputError, match=message):
        load(*args, streaming=streaming, **kwargs)


@pytest.mark.parametrize("num_proc", [None, 2])
def test_a_broken_line_is_named_from_any_process(
    load: Callable[..., Any], samples: Path, num_proc: int | None
) -> None:
    with open(samples / "b.jsonl", "a", encoding="utf-8") as stream:
        stream.write('{"id": "torn')
    with pytest.raises(InputError, match=r"b\.jsonl:\d+: not valid JSON"):
        load("adelie_hf/iefeedback", data_dir=str(samples), num_proc=num_proc)


# ---- never an old cache ----------------------------------------------------------------------------


def test_an_edited_raw_file_gives_new_rows(raw: Path) -> None:
    def texts() -> list[str]:
        return load_dataset("adelie_hf/records", "mit-restaurant", data_dir=str(raw), split="test")["text"][:]

    file = raw / "mit-restaurant" / "restauranttest.bio"
    before, times = texts(), file.stat()
    file.write_text(file.read_text(encoding="utf-8") + "\nO\tfreshly\nO\tadded\n", encoding="utf-8")
    assert texts() == [*before, "freshly added"]
    size = file.stat().st_size
    file.write_text(file.read_text(encoding="utf-8").replace("freshly", "quickly"), encoding="utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_size == size
    assert texts() == [*before, "quickly added"]


def test_an_edited_file_that_is_read_beside_another_gives_new_rows(raw: Path) -> None:
    names_file = raw / "fewrel" / "pid2name.json"
    names = json.loads(names_file.read_text(encoding="utf-8"))
    renamed = {pid: [f"new {name}", *rest] for pid, (name, *rest) in names.items()}

    def shown() -> set[str]:
        built = load_dataset("adelie_hf/ieinstruct", "fewrel", data_dir=str(raw / "fewrel"), split="validation")
        return {label["name"] for row in built for label in row["schema"]}

    before = shown()
    names_file.write_text(json.dumps(renamed), encoding="utf-8")
    assert shown() == {f"new {name}" for name in before}


def test_an_edited_recipe_at_the_same_path_gives_new_rows(raw: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    built = {}
    for cap in (3, 5):
        recipe.write_text(f"cap: {cap}\n", encoding="utf-8")
        built[cap] = load_dataset("adelie_hf/ieinstruct", "mixture", data_dir=str(raw), recipe=str(recipe))["train"]
        of_ner = [row for row in built[cap] if (row["source"], row["task"]) == ("mit-restaurant", "ner")]
        assert len(of_ner) == cap


def test_a_builder_keyword_has_a_cache_of_its_own() -> None:
    one, two = (load_dataset("adelie_hf/ieinstruct", seed=seed, split="test") for seed in (1, 2))
    assert {row["choices"]["seed"] for row in one} == {1} and {row["choices"]["seed"] for row in two} == {2}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the library that a test may edit."""
    place = tmp_path / "copy"
    for folder in ("adelie_hf", "dataset_scripts", "metrics", "recipes"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return place


ROWS_AGAIN = """
_make_rows = make_rows
def make_rows(unit, counts=None):
    return (row | {"text": "edited"} for row in _make_rows(unit, counts))
"""
ROWS_OF_THE_BUILDER = """
IEInstruct.rows = lambda self, unit: (row | {"text": "edited"} for row in make_rows(unit))
"""
EDITS: dict[str, Callable[[Path], None]] = {
    "code": lambda copy: _append(copy / "adelie_hf" / "ieinstruct" / "__init__.py", ROWS_AGAIN),
    "prompt data": lambda copy: _edit_yaml(copy / "adelie_hf" / "prompts" / "data" / "descriptions.yaml"),
    "the builder": lambda copy: _append(
        copy / "dataset_scripts" / "ieinstruct" / "ieinstruct.py", ROWS_OF_THE_BUILDER
    ),
}


@pytest.mark.parametrize("edited", EDITS)
def test_an_edit_of_the_library_gives_new_rows(python: Callable[..., str], copy: Path, edited: str) -> None:
    def contents() -> list[str]:
        code = f"""
import adelie_hf, json
from datasets import load_dataset
assert adelie_hf.__file__.startswith({str(copy)!r})
rows = load_dataset("adelie_hf/ieinstruct", "mit-restaurant", data_dir={str(SAMPLE)!r}, split="test")
print(json.dumps([[row["text"], row["prompt"]] for row in rows]))
"""
        return json.loads(python(code, PYTHONPATH=str(copy)))

    before = contents()
    EDITS[edited](copy)
    after = contents()
    assert len(after) == len(before) > 10
    assert all(new != old for new, old in zip(after, before, strict=True))


def test_an_edit_under_a_running_process_is_refused(python: Callable[..., str], copy: Path) -> None:
    """The process would file the rows of the old code, which it has in memory, under the digest of the new."""
    python(
        """
import adelie_hf.records, pathlib
from datasets import load_dataset_builder
load_dataset_builder("adelie_hf/ieinstruct")
file = pathlib.Path(adelie_hf.records.__file__)
file.write_text(file.read_text() + "# edited\\n")
try:
    load_dataset_builder("adelie_hf/ieinstruct")
except adelie_hf.errors.InputError as error:
    assert "restart Python" in str(error)
else:
    raise AssertionError("the edit was not seen")
""",
        PYTHONPATH=str(copy),
    )


def _append(file: Path, code: str) -> None:
    file.write_text(file.read_text(encoding="utf-8") + code, encoding="utf-8")


def _edit_yaml(file: Path) -> None:
    wordings = yaml.safe_load(file.read_text(encoding="utf-8"))
    edited = {task: [f"Edited: {wording}" for wording in of_task] for task, of_task in wordings.items()}
    file.write_text(yaml.safe_dump(edited), encoding="utf-8")


def test_bundled_names_what_is_missing() -> None:
    assert (bundled("dataset_scripts", "records") / "README.md").is_file()
    with pytest.raises(InputError, match="recipes/none.yaml"):
        bundled("recipes", "none.yaml")
