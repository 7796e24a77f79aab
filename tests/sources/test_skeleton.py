"""The skeleton of a source: copied as a module of `corpora`, it can be read, checked and built."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT

ROWS = [
    {"id": "d1-0", "document": "d1", "tokens": ["Ann", "left", "Lima"], "entities": [[0, 1, "PER"], [2, 3, "LOC"]]},
    {"id": "d1-1", "document": "d1", "tokens": ["It", "rained"], "entities": []},
    {"id": "d2-0", "document": "d2", "tokens": ["Bo", "stayed"], "entities": None},
]

# Makes the package `corpora` include the folder of the copy, as if the file had been added there.
WITH_COPY = """
from adelie_hf.sources import corpora
corpora.__path__.append("{modules}")
"""

READ = """
from collections import Counter
from adelie_hf.queries import queries
from adelie_hf.sources import load_records

dropped = Counter()
for record in load_records("my-corpus", "{data}", dropped=dropped):
    print(record.id, record.text, [[*item] for query in queries(record, "ner") for item in query.answer])
print(dict(dropped))
"""

COMMAND = """
from adelie_hf.cli import main
raise SystemExit(main({arguments}))
"""


def test_the_skeleton_is_a_source(python: Callable[..., str], tmp_path: Path) -> None:
    modules, data, out = tmp_path / "modules", tmp_path / "data", tmp_path / "build"
    modules.mkdir()
    data.mkdir()
    shutil.copy(ROOT / "docs/skeletons/source.py", modules / "my_corpus.py")
    (data / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")

    def run(code: str, *arguments: str) -> str:
        return python((WITH_COPY + code).format(modules=modules, data=data, arguments=list(arguments)))

    assert run(READ).splitlines() == [
        "d1-0 Ann left Lima [['Ann', 'person'], ['Lima', 'place']]",
        "d1-1 It rained []",
        "{'the sentence is not annotated': 1}",
    ]
    inventory = run(COMMAND, "sources", "check", str(data))
    assert "my-corpus: native" in inventory
    assert "train: 2 records of 1,000 published" in inventory
    assert "dropped: 1: the sentence is not annotated" in inventory
    run(COMMAND, "build", "ieinstruct", "my-corpus", "--data-dir", str(data), "--out", str(out))
    (unit,) = json.loads((out / "manifest.json").read_text(encoding="utf-8"))["units"]
    assert (unit["source"], unit["counts"]["kept"]) == ("my-corpus", {"rows": 2})
    assert unit["counts"]["dropped"] == {"the sentence is not annotated": 1}
    assert list(out.glob("*.parquet"))
