"""Builds of a user's own data: several sets in one folder, their names in rows and caps, and splits that are said."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from adelie_hf.api import build_ieinstruct
from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import Recipe, make_rows, plan
from adelie_hf.manifest import MANIFEST, BuildManifest

RECIPE = Recipe(demonstrations=0.0)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a folder with two sets of tagged tokens, of five training sentences each."""
    for name in ("wnut", "other"):
        (tmp_path / name).mkdir()
        for split, number in (("train", 5), ("dev", 2)):
            sentences = [f"{name}{split}{n} B-person\nleft O\n" for n in range(number)]
            (tmp_path / name / f"{split}.tsv").write_text("\n".join(sentences))
    return tmp_path


def sources_of(config: str, raw: Path, recipe: Recipe = RECIPE, **options: object) -> dict[str, list[str]]:
    """Return split -> the sources of its rows, in their order."""
    units = plan(config, raw, recipe, **options).units  # type: ignore[arg-type]
    return {split: [row["source"] for unit in units[split] for row in make_rows(unit)] for split in units}


def test_all_sets_take_part(raw: Path) -> None:
    both = ["other"] * 5 + ["wnut"] * 5
    held_out = ["other"] * 2 + ["wnut"] * 2
    assert sources_of("mixture", raw) == {"train": both}
    assert sources_of("align", raw) == {"train": both, "test": held_out}
    assert sources_of("bio", raw) == {"train": both, "validation": held_out}
    assert sources_of("wnut", raw) == {"train": both[5:], "validation": held_out[2:]}
    assert sources_of("mixture", raw, sources=("wnut",)) == {"train": both[5:]}


def test_caps_may_name_a_set_or_its_format(raw: Path) -> None:
    recipe = Recipe(demonstrations=0.0, caps={"wnut": 2, "bio/ner": 3}, held_out_caps={"other/ner": 1})
    assert sources_of("align", raw, recipe) == {
        "train": ["other"] * 3 + ["wnut"] * 2,
        "test": ["other"] + ["wnut"] * 2,
    }
    # The name is known though the set is not read.
    assert sources_of("mixture", raw, recipe, sources=("other",)) == {"train": ["other"] * 3}
    for caps in ({"wnutt": 1}, {"wnut/rc": 1}):
        with pytest.raises(InputError, match="caps has 'wnut"):
            plan("mixture", raw, Recipe(caps=caps))


@pytest.mark.parametrize("key", ["caps", "held_out_caps"])
def test_a_cap_that_names_nothing_is_refused(raw: Path, key: str) -> None:
    for config, folder in (("sample", None), ("mixture", raw)):
        with pytest.raises(InputError, match=f"{key} has 'scierk', .*did you mean 'scierc'"):
            plan(config, folder, Recipe(**{key: {"scierk": 3}}))  # type: ignore[arg-type]


def test_a_mixture_has_no_test_split_and_no_records_of_held_out_sources(raw: Path) -> None:
    (raw / "records").mkdir()
    rows = [
        {"id": source, "source": source, "text": "Ida left", "schemas": {"ner": [{"name": "person"}]}}
        for source in ("mine", "carb")
    ]
    recipe = Recipe(demonstrations=0.0, no_answer=1.0, no_answer_most=1.0)
    (raw / "records/train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert sources_of("mixture", raw, recipe)["train"] == ["other"] * 5 + ["wnut"] * 5 + ["mine"]
    assert sources_of("align", raw, recipe, sources=("records",))["train"] != []
    for name in ("wnut", "other", "records"):
        for file in (raw / name).glob("train.*"):
            file.rename(file.with_stem("test"))
    with pytest.raises(InputError, match="no training split of a training source or of your own data; .*wnut has "):
        plan("mixture", raw)


def test_the_splits_that_are_said_are_inputs_of_the_build(raw: Path, tmp_path: Path) -> None:
    (raw / "wnut/train.tsv").rename(raw / "wnut/one.tsv")
    (raw / "wnut/dev.tsv").rename(raw / "wnut/two.tsv")
    said = {str(raw / "wnut/one.tsv"): "train", "wnut/two.tsv": "dev"}
    out = tmp_path / "runs"
    build_ieinstruct("wnut", raw, out=out, splits=said)
    manifest = BuildManifest.load(out / MANIFEST)
    assert manifest.splits == {"wnut/one.tsv": "train", "wnut/two.tsv": "validation"}
    assert {unit.source for unit in manifest.units} == {"wnut"}
    build_ieinstruct("other", raw, out=out)
    assert "splits" not in json.loads((out / MANIFEST).read_text())


def test_the_command_takes_splits_and_sources(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (raw / "wnut/train.tsv").rename(raw / "wnut/one.tsv")
    arguments = ["build", "ieinstruct", "mixture", "--data-dir", str(raw), "--out", str(tmp_path / "runs")]
    assert main([*arguments, "--sources", "wnut", "--split", "wnut/one.tsv=train"]) == 0
    assert capsys.readouterr().out.startswith("train: 5 read, 5 rows")
    assert main([*arguments, "--sources", "wnut"]) == 2
    assert "wnut has validation; skipped: " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*arguments, "--split", "wnut/one.tsv"])
    assert "wnut/one.tsv is not FILE=SPLIT" in capsys.readouterr().err


def test_tasks_that_no_record_has_are_not_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = {"id": "1", "text": "Ida left", "schemas": {"ner": [{"name": "person"}]}}
    (tmp_path / "train.jsonl").write_text(json.dumps(record) + "\n")
    with caplog.at_level(logging.INFO):
        build_ieinstruct("records", tmp_path, out=tmp_path / "runs")
    lines = [message for message in caplog.messages if message.endswith(" rows")]
    assert lines == ["train: records, ner, train.jsonl, 1 rows"]
