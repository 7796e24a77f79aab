"""`sources check` and `sources overlap`: the inventory of a folder, and the texts that two sources share."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.sources import all_sources, find_sources, summarise_files
from adelie_hf.sources.inventory import SourceInventory, TextOverlap, take_inventory, text_overlap
from adelie_hf.sources.listing import inventory_as_json, inventory_as_text

Lay = Callable[..., Path]


def by_name(folder: Path, names: tuple[str, ...] = ()) -> dict[str, SourceInventory]:
    return {inventory.source.name: inventory for inventory in take_inventory(folder, names)}


def test_counts_are_compared_with_published_counts(lay: Lay) -> None:
    scierc = by_name(lay("scierc"))["scierc"]
    assert (scierc.state, scierc.layout) == ("read", "native")
    train = scierc.splits["train"]
    assert train.counts == {"records": 2, "groups": 1, "mentions": 4, "relations": 2}
    assert train.published == {"records": 1861}
    assert not train.dropped
    assert scierc.missing == {"validation": ("dev.json",), "test": ("test.json",)}


def test_drops_are_counted_by_reason(lay: Lay) -> None:
    folder = lay("odie", **{"test_data.json": '[{"instruction": "a", "text": "b", "table": "no table"}]'})
    split = by_name(folder)["odie"].splits["test"]
    assert split.dropped == {"the gold table is not a Markdown table": 1}
    assert split.counts == {"records": 0}


def test_sources_that_cannot_be_read_do_not_affect_the_others(lay: Lay) -> None:
    lay("scierc", "raw/a")
    lay("phee", "raw/b", **{"train.json": '{"context": "x", "annotations": 3}\n'})
    root = lay("fewrel", "raw/c", **{"val_wiki.json": '{"some": "thing"}'}).parent
    lay("carb", "raw/d")
    lay("carb", "raw/e")
    inventories = by_name(root)
    assert {name for name, inventory in inventories.items() if inventory.state == "read"} == {"scierc", "carb"}
    assert inventories["phee"].state == "unreadable"
    assert f"{root}/b/train.json:1: " in inventories["phee"].error
    assert inventories["fewrel"].state == "other layout"
    assert inventories["fewrel"].unrecognised == (root / "c/val_wiki.json",)
    assert inventories["carb"].skipped == (root / "e/dev.tsv",)
    assert inventories["rams"].state == "absent"
    assert set(inventories) == set(all_sources())
    assert set(by_name(root, ("carb", "rams"))) == {"carb", "rams"}


def test_the_inventory_as_json(lay: Lay) -> None:
    root = lay("scierc", "raw/a").parent
    lay("fewrel", "raw/c", **{"val_wiki.json": '{"some": "thing"}'})
    values = {name: json.loads(json.dumps(inventory_as_json(inventory))) for name, inventory in by_name(root).items()}
    assert len({tuple(value) for value in values.values()}) == 1  # the same keys in every state
    assert values["scierc"]["splits"]["train"]["files"] == [f"{root}/a/train.json"]
    assert values["scierc"]["missing"] == {"validation": ["dev.json"], "test": ["test.json"]}
    assert values["fewrel"]["unrecognised"] == [f"{root}/c/val_wiki.json"]
    assert values["rams"]["url"].startswith("http")
    assert values["rams"]["expected_files"]["native"]["train"] == ["train.jsonlines"]


def test_the_command(lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    root = lay("scierc", "raw/a").parent
    assert main(["sources", "check", str(root), "--sources", "scierc,rams"]) == 0
    printed = capsys.readouterr().out
    assert "train: 2 records of 1,861 published, 1 groups, 4 mentions, 2 relations" in printed
    assert "validation: not found (dev.json); http" in printed
    assert "rams: not found (train.jsonlines, dev.jsonlines, test.jsonlines); download it from http" in printed
    assert main(["sources", "check", str(root), "--sources", "scierc", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["splits"]["train"]["counts"]["records"] == 2
    lay("phee", "raw/b", **{"train.json": '{"context": "x", "annotations": 3}\n'})
    assert main(["sources", "check", str(root)]) == 2
    streams = capsys.readouterr()
    assert "b/train.json:1: " in streams.out
    assert "1 of the sources below" in streams.err
    assert main(["sources", "check", str(root / "nowhere")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_what_is_not_there_is_one_line(lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    root = lay("scierc", "raw/a").parent
    assert main(["sources", "check", str(root)]) == 0
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "scierc: native"
    others = [name for name in all_sources() if name != "scierc"]
    assert last == f"not found: {', '.join(others)}; `adelie-hf sources list` lists the files of each"


def test_a_named_source_that_is_not_there_says_what_to_download(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sources", "check", str(tmp_path), "--sources", "tacred,bio"]) == 0
    tacred, bio = capsys.readouterr().out.splitlines()
    assert tacred == (
        "tacred: not found (train.json, dev.json, test.json, or in another layout); "
        "download it from https://catalog.ldc.upenn.edu/LDC2018T24 "
        "(licence required from Linguistic Data Consortium (LDC2018T24))"
    )
    assert bio.startswith("bio: no files in this format, see ")


def test_a_file_that_no_source_reads_is_named_with_what_is_in_it(lay: Lay, capsys: pytest.CaptureFixture[str]) -> None:
    root = lay("carb", "raw/a").parent
    (root / "train.jsonl").write_text('{"tokens": ["a"], "pos": ["X"]}\n')
    assert main(["sources", "check", str(root)]) == 0
    carb, *_, refused, absent = capsys.readouterr().out.splitlines()
    assert carb.startswith("carb: ") and absent.startswith("not found: ace2005, ")
    assert refused.startswith(f"not read: {root}/train.jsonl: it has JSON with the keys pos, tokens; ")
    assert "hub-ner expects a JSON object per line with `tokens` and `ner_tags`" in refused
    (root / "a" / "dev.tsv").unlink()
    with pytest.raises(InputError, match=r"train.jsonl: .* it has JSON with the keys pos, tokens; .*`ner_tags`"):
        find_sources(root)


def test_archives_are_named_and_not_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive_file = tmp_path / "raw" / "MAVEN.ZIP"
    archive_file.parent.mkdir()
    with zipfile.ZipFile(archive_file, "w") as archive:
        archive.writestr("../train.jsonl", "{}")
    assert main(["sources", "check", str(tmp_path)]) == 0
    assert f"not searched: {archive_file}; extract archives first" in capsys.readouterr().err
    with pytest.raises(InputError, match=f"no files of maven in it.*extract {archive_file} first"):
        find_sources(tmp_path, ("maven",))
    with pytest.raises(InputError, match=f"no files of any source.*extract {archive_file} first"):
        find_sources(tmp_path)
    assert list(tmp_path.rglob("*")) == [archive_file.parent, archive_file]


def test_overlap_ignores_case_spacing_and_punctuation(lay: Lay) -> None:
    root = lay("phee", "raw/b").parent
    context = json.loads((root / "b/train.json").read_text())["context"]
    dev = "Ann left .\tleft\tAnn\nBo saw it .\tsaw\tBo\n"
    test = f"{context.upper().replace(' ', '  ')}!\tx\ty\nANN LEFT!\tleft\tAnn\n"
    lay("carb", "raw/a", **{"dev.tsv": dev, "test.tsv": test})
    overlap = text_overlap(root, "carb", "phee")
    assert overlap == TextOverlap({"carb": 3, "phee": 1}, 1, [("test/test-1", "train/123_4")])
    of_splits = text_overlap(root, "carb/validation", "carb/test")
    assert (of_splits.shared, of_splits.examples) == (1, [("validation/validation-1", "test/test-2")])
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


def test_many_files_of_a_folder_are_summarised_as_a_number() -> None:
    files = [Path("a/1"), Path("b/1"), *(Path("c", f"{n}.ann") for n in range(1_200))]
    assert summarise_files(files) == ["a/1", "b/1", "1,200 files in c"]


def test_user_data_in_another_layout_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("Ann B-PER\nBob\n")
    (bio,) = take_inventory(tmp_path, ("bio",))
    assert "train.conll: other layout" in inventory_as_text(bio)


def test_mentions_that_do_not_occur_in_the_text_are_counted(tmp_path: Path) -> None:
    mentions = [{"text": "Ann", "type": "person"}, {"text": "Zed", "type": "person"}]
    record = {"id": "1", "text": "Ann left", "schemas": {"ner": [{"name": "person"}]}, "mentions": mentions}
    (tmp_path / "train.jsonl").write_text(json.dumps(record))
    (records,) = take_inventory(tmp_path, ("records",))
    assert "2 mentions, 1 mentions that do not occur in the text" in inventory_as_text(records)
