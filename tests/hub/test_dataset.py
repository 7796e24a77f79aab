"""Data sets on the Hub: the tree, the card, and a plain client that reads them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest
import yaml
from huggingface_hub import DatasetCard

from adelie_hf.build import build as build_rows
from adelie_hf.files import file_digest, read_json, write_json
from adelie_hf.hub.origins import citations, origin
from adelie_hf.ieinstruct import Recipe, plan
from adelie_hf.sources import all_sources
from tests.hub.conftest import HOST, hub_environment
from tests.hub.server import card_errors


@pytest.fixture
def licensed(build: Path, tmp_path: Path) -> Path:
    """The build, with the rows of one source renamed to a source whose licence forbids passing them on."""
    run = Path(shutil.copytree(build, tmp_path / "licensed"))
    manifest = read_json(run / "manifest.json")
    for name in manifest["outputs"]:
        table = pyarrow.parquet.read_table(run / name)
        renamed = pyarrow.compute.replace_substring_regex(table["source"], "^sample-fewrel$", "tacred")
        table = table.set_column(table.column_names.index("source"), table.schema.field("source"), renamed)
        pyarrow.parquet.write_table(table, run / name)
        manifest["outputs"][name] = file_digest(run / name)
    write_json(run / "manifest.json", manifest)
    return run


def test_a_plain_client_loads_what_was_pushed(hub, commands, build, tmp_path):
    pushed = commands("push", "dataset", build, "user/ieinstruct", "--json", cwd=tmp_path)
    assert pushed.code == 0, pushed.err
    assert json.loads(pushed.out)["commit"] == hub.repo("user/ieinstruct", "dataset").refs["main"]
    assert not [name for name in hub.repo("user/ieinstruct", "dataset").tree() if name.endswith(".py")]
    code = """
import json, sys
from datasets import Json, get_dataset_config_names, load_dataset
data = load_dataset("user/ieinstruct")
assert data["train"].features["answer"] == Json() and data["train"].features["label_map"] == Json()
ner = load_dataset("user/ieinstruct", "ner", split="test")
streamed = load_dataset("user/ieinstruct", "ner-sample-scierc", split="test", streaming=True)
assert "adelie_hf" not in sys.modules
print(json.dumps({
    "rows": {split: list(rows) for split, rows in data.items()},
    "ner": len(ner), "streamed": len(list(streamed)), "configs": get_dataset_config_names("user/ieinstruct"),
}))
"""
    loaded = json.loads(_python(code, hub.endpoint, tmp_path))
    for split in ("train", "test"):
        written = pyarrow.parquet.read_table(build / f"{split}.parquet").to_pylist()
        by_id = {row["id"]: _decoded(row) for row in written}
        assert {row["id"]: row for row in loaded["rows"][split]} == by_id and len(written) > 30
    assert loaded["ner"] == 8 and loaded["streamed"] == 4
    assert {"default", "ner", "rc", "ner-sample-scierc", "ner-sample-mit-restaurant"} <= set(loaded["configs"])


def _decoded(row: dict) -> dict:
    return row | {name: json.loads(row[name]) for name in ("label_map", "answer", "choices")}


def _python(code: str, endpoint: str, folder: Path) -> str:
    """Run the code of a plain client, without the library."""
    env = hub_environment(endpoint, folder / "home") | {"PYTHONPATH": "", "ADELIE_HF_HOOKS": "0"}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, timeout=200
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_to_writes_the_tree_that_is_uploaded(hub, commands, build, tmp_path):
    assert commands("push", "dataset", build, "user/same", "--to", tmp_path / "tree", cwd=tmp_path).code == 0
    assert hub.seen == []
    assert commands("push", "dataset", build, "user/same", cwd=tmp_path).code == 0
    written = {
        path.relative_to(tmp_path / "tree").as_posix(): path.read_bytes()
        for path in (tmp_path / "tree").rglob("*")
        if path.is_file()
    }
    uploaded = dict(hub.repo("user/same", "dataset").tree())
    del uploaded[".gitattributes"]
    assert written == uploaded


def test_a_dry_run_sends_no_request_and_writes_no_file(hub, commands, build, tmp_path):
    listed = commands("push", "dataset", build, "user/dry", "--dry-run", "--to", "tree", cwd=tmp_path)
    assert listed.code == 0 and "README.md" in listed.out and "nothing was uploaded" in listed.out
    assert hub.seen == [] and list(tmp_path.iterdir()) == []


def test_prompts_for_preference_samples_are_a_split(hub, commands, tmp_path):
    build_rows(plan(recipe=Recipe(cap=10, held_out_cap=2, feedback_share=0.2)), tmp_path / "build")
    assert commands("push", "dataset", "build", "user/kept", "--to", "t", cwd=tmp_path).code == 0
    card = (tmp_path / "t" / "README.md").read_text()
    assert card_errors(card, "dataset") == []
    assert "\n\nRows: train 100, feedback 20, test 20.\n\n`feedback` has prompts to sample preferences for" in card
    data: Any = DatasetCard(card).data
    default = data.configs[0]
    assert [files["split"] for files in default["data_files"]] == ["train", "feedback", "test"]


def test_a_build_without_rows_is_not_pushed(hub, commands, build, tmp_path):
    (tmp_path / "empty").mkdir()
    manifest = read_json(build / "manifest.json")
    write_json(tmp_path / "empty" / "manifest.json", manifest | {"outputs": {}})
    pushed = commands("push", "dataset", "empty", "user/empty", cwd=tmp_path)
    assert pushed.code == 2 and "empty: has no rows; there is nothing to push" in pushed.err


def test_licensed_rows_are_refused_or_left_out(hub, commands, licensed, tmp_path):
    refused = commands("push", "dataset", licensed, "user/l", cwd=tmp_path)
    assert refused.code == 2 and "tacred (Linguistic Data Consortium (LDC2018T24))" in refused.err
    assert "(option --drop-licensed)" in refused.err and hub.seen == []
    pushed = commands("push", "dataset", licensed, "user/l", "--drop-licensed", cwd=tmp_path)
    rows = Counter(pyarrow.parquet.read_table(licensed / "train.parquet")["source"].to_pylist())["tacred"]
    rows += Counter(pyarrow.parquet.read_table(licensed / "test.parquet")["source"].to_pylist())["tacred"]
    assert rows > 0 and f"left out: {rows} rows of tacred" in pushed.out
    tree = hub.repo("user/l", "dataset").tree()
    assert not [name for name in tree if "tacred" in name]
    assert not [name for name, content in tree.items() if name.endswith(".parquet") and b"tacred" in content]
    card = tree["README.md"].decode()
    assert f"| [TACRED](https://catalog.ldc.upenn.edu/LDC2018T24) | {rows} | LDC User Agreement |" in card
    assert json.loads(tree["manifest.json"])["removed"] == {"tacred": rows}
    assert "tacred" not in yaml.safe_load(card.split("---")[1])["tags"]


def test_a_set_of_licensed_rows_only_is_refused(commands, licensed, tmp_path):
    table = pyarrow.parquet.read_table(licensed / "train.parquet")
    table = table.filter(pyarrow.compute.equal(table["source"], "tacred"))
    pyarrow.parquet.write_table(table, licensed / "train.parquet")
    outputs = {"train.parquet": file_digest(licensed / "train.parquet")}
    write_json(licensed / "manifest.json", read_json(licensed / "manifest.json") | {"outputs": outputs})
    refused = commands("push", "dataset", licensed, "user/l", "--to", "t", "--drop-licensed", cwd=tmp_path)
    assert refused.code == 2 and "no row may be passed on" in refused.err and not (tmp_path / "t").exists()


def test_the_card_describes_the_set(commands, build, tmp_path):
    assert commands("push", "dataset", build, "user/ieinstruct", "--to", "tree", cwd=tmp_path).code == 0
    text = (tmp_path / "tree" / "README.md").read_text()
    assert card_errors(text, "dataset") == []
    data: Any = DatasetCard(text).data
    assert data.license == ["apache-2.0"] and data.language == ["en"] and data.size_categories == "n<1K"
    for section in ("Composition", "Sources", "Construction", "Columns", "Examples", "Known limits", "Citation"):
        assert f"## {section}\n" in text
    counts = Counter(
        (split, row["task"], row["source"])
        for split in ("train", "test")
        for row in pyarrow.parquet.read_table(build / f"{split}.parquet", columns=["task", "source"]).to_pylist()
    )
    for (split, _, source), number in counts.items():
        assert f"`{source}` | {number:,} |" in text and f"| {split} |" in text
    for column in pyarrow.parquet.read_schema(build / "train.parquet").names:
        assert f"`{column}`" in text
    assert "None" not in text and "{" not in text.replace("```json", "").split("## Examples")[0]
    _assert_nothing_private(tmp_path / "tree", build)


def _assert_nothing_private(tree: Path, run: Path) -> None:
    for file in tree.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for private in (str(run), str(run.parent), str(Path.home()) + "/", HOST, "hf_w"):
                assert private.encode() not in content, f"{file} contains {private}"


def test_a_file_that_was_changed_since_the_build_is_refused(commands, build, tmp_path):
    run = Path(shutil.copytree(build, tmp_path / "run"))
    (run / "test.parquet").write_bytes(b"PAR1")
    refused = commands("push", "dataset", run, "user/x", "--to", "t", cwd=tmp_path)
    assert refused.code == 2 and "test.parquet: does not match the digest in manifest.json" in refused.err
    assert refused.err.count("\n") == 1


def test_an_earlier_push_leaves_no_shard_behind(hub, commands, build, licensed, tmp_path):
    assert commands("push", "dataset", build, "user/again", cwd=tmp_path).code == 0
    hub.put("user/again", {"notes.txt": b"by hand"}, "dataset")
    before = set(hub.repo("user/again", "dataset").tree())
    assert commands("push", "dataset", licensed, "user/again", "--drop-licensed", cwd=tmp_path).code == 0
    deleted = before - set(hub.repo("user/again", "dataset").tree())
    assert deleted == {f"data/rc-sample-fewrel/{split}-00000-of-00001.parquet" for split in ("train", "test")}
    again = commands("push", "dataset", licensed, "user/again", "--drop-licensed", cwd=tmp_path)
    assert again.code == 0 and hub.repo("user/again", "dataset").messages[-1] == "Push with adelie_hf 0.1.0"
    assert len(hub.repo("user/again", "dataset").messages) == 4  # the last push changed nothing and made no commit


def test_a_pulled_set_can_be_pushed(hub, commands, build, tmp_path):
    assert commands("push", "dataset", build, "user/one", cwd=tmp_path).code == 0
    assert commands("pull", "user/one", "--to", "pulled", cwd=tmp_path).code == 0
    assert commands("push", "dataset", "pulled", "user/two", cwd=tmp_path).code == 0
    one, two = (hub.repo(f"user/{name}", "dataset").tree() for name in ("one", "two"))
    assert set(one) == set(two)
    assert {name: one[name] for name in one if name.endswith(".parquet")} == {
        name: two[name] for name in two if name.endswith(".parquet")
    }


def test_every_published_source_has_a_citation():
    published = {name for name, source in all_sources().items() if source.role != "own"}
    assert set(citations()) == published
    for name in published:
        assert origin(name).citation.endswith(".") and any(char.isdigit() for char in origin(name).citation)
    assert origin("sample-fewrel").hub_licence == "apache-2.0" and not origin("sample-tacred").licensed
    assert origin("bio").hub_licence == "unknown" and origin("a name of my own").hub_licence == "unknown"
    assert origin("tacred").licensed and origin("tacred").hub_licence == "other"
