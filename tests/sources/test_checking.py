"""`sources check` and `sources overlap`: what is there, what is not, and what two sets share."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.sources import all_sources, find_sources, summarise_files
from adelie_hf.sources.inventory import take_inventory, text_overlap
from adelie_hf.sources.listing import inventory_as_text

Lay = Callable[..., Path]


def by_name(folder: Path, names: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    return {said["name"]: said for said in take_inventory(folder, names)}


def test_what_is_read_is_counted_and_held_against_what_was_published(lay: Lay) -> None:
    said = by_name(lay("scierc"))["scierc"]
    assert (said["state"], said["shape"]) == ("read", "native")
    train = said["splits"]["train"]
    assert train["counts"] == {"records": 2, "groups": 1, "mentions": 4, "relations": 2}
    assert train["published"] == {"records": 1861}
    assert not train["dropped"]
    assert said["missing"] == {"validation": ("dev.json",), "test": ("test.json",)}


def test_drops_are_counted_by_reason(lay: Lay) -> None:
    said = by_name(lay("odie", **{"test_data.json": '[{"instruction": "a", "text": "b", "table": "no table"}]'}))
    assert said["odie"]["splits"]["test"]["dropped"] == {"the gold table is not a Markdown table": 1}
    assert said["odie"]["splits"]["test"]["counts"] == {"records": 0}


def test_what_cannot_be_used_is_said_and_the_rest_is_read(lay: Lay) -> None:
    lay("scierc", "raw/a")
    lay("phee", "raw/b", **{"train.json": '{"context": "x", "annotations": 3}\n'})
    root = lay("fewrel", "raw/c", **{"val_wiki.json": '{"some": "thing"}'}).parent
    lay("carb", "raw/d")
    lay("carb", "raw/e")
    said = by_name(root)
    assert {name for name, each in said.items() if each["state"] == "read"} == {"scierc", "carb"}
    assert said["phee"]["state"] == "unreadable"
    assert f"{root}/b/train.json:1: " in said["phee"]["error"]
    assert said["fewrel"]["state"] == "other shape"
    assert said["fewrel"]["files"] == [f"{root}/c/val_wiki.json"]
    assert said["carb"]["skipped"] == [f"{root}/e/dev.tsv"]
    assert said["rams"]["state"] == "absent"
    assert said["rams"]["url"].startswith("http")
    assert set(said) == set(all_sources())
    assert set(by_name(root, ("carb", "rams"))) == {"carb", "rams"}


def test_the_command(lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    root = lay("scierc", "raw/a").parent
    assert main(["sources", "check", str(root), "--sources", "scierc,rams"]) == 0
    printed = capsys.readouterr().out
    assert "train: 2 records of 1,861 published, 1 groups, 4 mentions, 2 relations" in printed
    assert "validation: not there (dev.json); http" in printed
    assert "rams: not there (train.jsonlines, dev.jsonlines, test.jsonlines); get it from http" in printed
    assert main(["sources", "check", str(root), "--sources", "scierc", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["splits"]["train"]["counts"]["records"] == 2
    lay("phee", "raw/b", **{"train.json": '{"context": "x", "annotations": 3}\n'})
    assert main(["sources", "check", str(root)]) == 2
    streams = capsys.readouterr()
    assert "b/train.json:1: " in streams.out
    assert "1 of the sources below" in streams.err
    assert main(["sources", "check", str(root / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_an_empty_folder_says_what_to_fetch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sources", "check", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == list(all_sources())
    (tacred,) = (line for line in lines if line.startswith("tacred:"))
    assert tacred == (
        "tacred: not there (train.json, dev.json, test.json, or in another shape); "
        "get it from https://catalog.ldc.upenn.edu/LDC2018T24 (licensed: ask Linguistic Data Consortium (LDC2018T24))"
    )
    own = [line for line in lines if "nothing of your own in this form, see " in line]
    assert len(own) == sum(item.role == "own" for item in all_sources().values())


def test_archives_are_named_and_not_looked_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = tmp_path / "raw" / "MAVEN.ZIP"
    packed.parent.mkdir()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../train.jsonl", "{}")
    assert main(["sources", "check", str(tmp_path)]) == 0
    assert f"not looked into: {packed}; unpack what is packed" in capsys.readouterr().err
    with pytest.raises(InputError, match=f"no file of maven below it.*unpack {packed} first"):
        find_sources(tmp_path, ("maven",))
    with pytest.raises(InputError, match=f"no file of any source.*unpack {packed} first"):
        find_sources(tmp_path)
    assert list(tmp_path.rglob("*")) == [packed.parent, packed]


def test_overlap_sees_through_case_spacing_and_punctuation(lay: Lay) -> None:
    root = lay("phee", "raw/b").parent
    context = json.loads((root / "b/train.json").read_text())["context"]
    dev = "Ann left .\tleft\tAnn\nBo saw it .\tsaw\tBo\n"
    test = f"{context.upper().replace(' ', '  ')}!\tx\ty\nANN LEFT!\tleft\tAnn\n"
    lay("carb", "raw/a", **{"dev.tsv": dev, "test.tsv": test})
    found = text_overlap(root, "carb", "phee")
    assert found == {"texts": {"carb": 3, "phee": 1}, "shared": 1, "examples": [["test/test-1", "train/123_4"]]}
    within = text_overlap(root, "carb/validation", "carb/test")
    assert (within["shared"], within["examples"]) == (1, [["validation/validation-1", "test/test-2"]])
    with pytest.raises(InputError, match="carb has no split 'train' here; it has validation, test"):
        text_overlap(root, "carb/train", "phee")
    with pytest.raises(InputError, match="unknown source 'crab'"):
        text_overlap(root, "crab", "phee")


def test_the_overlap_command(lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    root = lay("carb", "raw", **{"test.tsv": "It rained !\trained\tIt\n"})
    assert main(["sources", "overlap", "carb/test", "carb/validation", "--data-dir", str(root)]) == 0
    assert "1 texts in both; carb/test has 1, carb/validation has 2" in capsys.readouterr().out
    assert main(["sources", "overlap", "carb/test", "carb", "--data-dir", str(root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shared"] == 1


def test_many_files_of_a_folder_are_said_as_a_number() -> None:
    files = [Path("a/1"), Path("b/1"), *(Path("c", f"{n}.ann") for n in range(1_200))]
    assert summarise_files(files) == ["a/1", "b/1", "1,200 files in c"]


def test_own_data_of_another_shape_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("Ann B-PER\nBob\n")
    (bio,) = take_inventory(tmp_path, ("bio",))
    assert "train.conll: of another shape" in inventory_as_text(bio)


def test_mentions_that_the_text_does_not_hold_are_counted(tmp_path: Path) -> None:
    mentions = [{"text": "Ann", "type": "person"}, {"text": "Zed", "type": "person"}]
    record = {"id": "1", "text": "Ann left", "schemas": {"ner": [{"name": "person"}]}, "mentions": mentions}
    (tmp_path / "train.jsonl").write_text(json.dumps(record))
    (records,) = take_inventory(tmp_path, ("records",))
    assert "2 mentions, 1 mentions that the text does not hold" in inventory_as_text(records)
