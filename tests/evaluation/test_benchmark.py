"""Benchmarks: files that fit the library, and rows that are the same for any number of shots and any wording."""

from __future__ import annotations

import doctest
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import pytest

from adelie_hf.build import build
from adelie_hf.errors import InputError
from adelie_hf.evaluation import answering, benchmark
from adelie_hf.evaluation.benchmark import Benchmark, benchmark_files, load_benchmark, plan_benchmark
from adelie_hf.evaluation.measures import SPELLINGS, measure
from adelie_hf.evaluation.predictions import Predictions
from adelie_hf.ieinstruct import SAMPLE
from adelie_hf.rows import InstructRow, completion_text, gold, read_build
from adelie_hf.scoring.published.fewnerd import ENTITY_TYPES
from adelie_hf.scoring.published.matres import LABELS
from adelie_hf.scoring.published.richere import EVENT_TYPES, ROLES
from adelie_hf.scoring.published.semeval import SEMEVAL_RELATIONS
from adelie_hf.scoring.reference import PUBLISHED_SCORERS
from adelie_hf.sources import all_sources

NATIVE = Path(__file__).parent.parent / "sources" / "native"

# The measures of a benchmark by its metric and task.
MEASURES = {"robust": {"CaRB", "ROBUST"}, "odie": {"header", "content"}}


@pytest.mark.parametrize("name", benchmark_files())
def test_a_file_fits_the_library(name: str) -> None:
    one = load_benchmark(name)
    source = all_sources()[one.source]
    assert set(one.tasks) <= set(source.tasks) and len(one.tasks) == 1
    assert one.scorer is None or one.tasks[0] in PUBLISHED_SCORERS[one.scorer].tasks
    assert set(one.published) <= set(one.shots)
    measures = MEASURES.get(name, {"F1"})
    assert all(set(numbers) <= measures for systems in one.published.values() for numbers in systems.values())
    assert all(0 < value < 100 for s in one.published.values() for n in s.values() for value in n.values())
    one.recipe_of(shots=4, variant=1)


def rows_of(one: Benchmark, out: Path, shots: int = 0, variant: int = 0) -> list[InstructRow]:
    build(plan_benchmark(one, SAMPLE, shots, variant), out)
    return read_build(out, "test")[1]


SOME = Benchmark(title="Sample", source="fewrel", rows=30)


def test_the_same_rows_for_any_number_of_shots_and_any_variant(tmp_path: Path) -> None:
    plain = rows_of(SOME, tmp_path / "0")
    shown = rows_of(SOME, tmp_path / "4", shots=4)
    assert [row["id"] for row in shown] == [row["id"] for row in plain] and len(plain) == 30
    assert {len(row["choices"]["demonstrations"]) for row in shown} == {4}
    assert all(len(row["prompt"]) == 9 for row in shown)  # chat turns, as in the paper

    first, second = (rows_of(SOME, tmp_path / f"v{variant}", shots=4, variant=variant) for variant in (1, 2))
    for one in (first, second):
        assert (
            len({row["choices"]["description"] for row in one})
            == 1
            < len({row["choices"]["description"] for row in shown})
        )
        assert [row["id"] for row in one] == [row["id"] for row in plain]
        assert [completion_text(row) for row in one] == [completion_text(row) for row in plain]
    for key in ("description", "demonstrations"):
        assert len({str([row["choices"].get(key) for row in one]) for one in (shown, first, second)}) == 3
    orders = [[label["name"] for label in rows[0]["schema"]] for rows in (plain, first, second)]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(orders[2])
    assert orders[0] != orders[1] != orders[2] != orders[0]
    assert rows_of(SOME, tmp_path / "again", shots=4, variant=2) == second


def test_the_share_of_rows_without_an_answer(tmp_path: Path) -> None:
    """Five of the eighty held-out sentences of MAVEN in the sample have no event."""
    cases: list[tuple[int | Literal["all"], float, tuple[int, int]]]
    cases = [(20, 0.1, (20, 2)), (20, 0.25, (20, 5)), (20, 0.0, (20, 0)), ("all", 0.0, (80, 5))]
    for rows, share, expected in cases:
        one = Benchmark(title="Sample", source="maven", rows=rows, no_answer=share)
        empty = [not gold(row) for row in rows_of(one, tmp_path / f"{rows}-{share}")]
        assert (len(empty), sum(empty)) == expected


def test_the_whole_published_split_is_held_out_where_it_is_all_there_is(tmp_path: Path) -> None:
    data = tmp_path / "carb"
    data.mkdir()
    lines = [f"The {name} slept .\tslept\tThe {name}" for name in ("cat", "dog", "cow", "hen", "owl", "bat", "elk")]
    (data / "test.tsv").write_text("\n".join(lines), encoding="utf-8")
    build(plan_benchmark(load_benchmark("carb"), data, shots=5), tmp_path / "out")
    rows = read_build(tmp_path / "out", "test")[1]
    assert len(rows) == 7 and not (tmp_path / "out" / "train.parquet").exists()
    for row in rows:  # shown are five of the six other sentences
        shown = row["choices"]["demonstrations"]
        assert len(set(shown)) == 5 and row["id"] not in shown


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("fewnerd", ENTITY_TYPES),
        ("semeval2010-task8", SEMEVAL_RELATIONS),
        ("richere-ed", EVENT_TYPES),
        ("richere-eae", ROLES),
        ("matres", set(LABELS)),
    ],
)
def test_published_scorers_know_the_categories_of_our_rows(tmp_path: Path, name: str, known: Collection[str]) -> None:
    """They drop items of categories that they do not know."""
    one = load_benchmark(name)
    build(plan_benchmark(one, NATIVE / one.source / "native", shots=0), tmp_path / "out")
    rows = read_build(tmp_path / "out", "test")[1]
    assert one.scorer is not None
    spelled = {SPELLINGS[one.scorer](raw) for row in rows for raw in row["label_map"].values()}
    assert spelled and {text.lower() if name.startswith("semeval") else text for text in spelled} <= set(known)
    given = Predictions({row["id"]: completion_text(row) for row in rows}, [], 0)
    score = measure(rows, given, scorer=one.scorer)["F1"]
    assert score["value"] == 1.0 and score["published"] == pytest.approx(1.0)


def test_only_the_tasks_of_the_benchmark(tmp_path: Path) -> None:
    one = Benchmark(title="Sample", source="scierc", tasks=["re"])
    assert {row["task"] for row in rows_of(one, tmp_path / "re")} == {"re"}
    both = Benchmark(title="Sample", source="scierc")
    assert {row["task"] for row in rows_of(both, tmp_path / "both")} == {"ner", "re"}
    with pytest.raises(InputError, match="scierc has no task 'eae'; its tasks are ner, re"):
        rows_of(Benchmark(title="Sample", source="scierc", tasks=["eae"]), tmp_path / "none")


def test_bad_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("title: Mine\nsource: mine\nshot: 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.yaml: unknown key 'shot'; did you mean 'shots'"):
        load_benchmark(str(file))
    file.write_text("title: Mine\nsource: mine\nrecipe: {wording: 1}\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown key 'wording'"):
        load_benchmark(str(file)).recipe_of(0)


@pytest.mark.parametrize("module", [answering, benchmark])
def test_the_examples_of_a_module_are_true(module: object) -> None:
    results = doctest.testmod(module)  # type: ignore[arg-type]
    assert results.attempted and not results.failed


@pytest.mark.parametrize(
    ("name", "folder", "shots", "expected", "empty"),
    [
        ("semeval2010-task8", "semeval2010-task8", 4, 1000, 200),
        ("fewnerd", "fewnerd/reconstructed-native", 4, 1000, None),
        ("matres", "matres", 4, 837, 0),
        ("carb", "carb", 5, 634, 0),
        ("odie", "odie-instructie", 0, 150, 0),
    ],
)
def test_rows_of_real_files(
    shared: Path, tmp_path: Path, name: str, folder: str, shots: int, expected: int, empty: int | None
) -> None:
    build(plan_benchmark(load_benchmark(name), shared / "data" / folder, shots), tmp_path / "out")
    rows = read_build(tmp_path / "out", "test")[1]
    assert len(rows) == expected
    assert empty is None or sum(not gold(row) for row in rows) == empty
    assert {len(row["choices"].get("demonstrations", ())) for row in rows} == {shots}
