"""The Spaces: their cards, and their apps on loopback, called as a browser calls them."""

from __future__ import annotations

import doctest
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import SpaceCard

from adelie_hf.scoring import answer_f1, carb, odie_table, robust

ROOT = Path(__file__).parent.parent
METRICS = ROOT / "metrics"
EXTRACT = ROOT / "spaces" / "extract"
NAMES = ("carb", "ie_f1", "odie_table", "robust")


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.lower().replace("_", "-").split("==") for line in lines if not line.startswith("#"))


@pytest.mark.parametrize("name", NAMES)
def test_the_card_configures_the_space(name: str) -> None:
    folder = METRICS / name
    assert {file.name for file in folder.iterdir() if file.is_file()} == {
        "README.md",
        "app.py",
        f"{name}.py",
        "requirements.txt",
    }
    data = SpaceCard.load(folder / "README.md").data.to_dict()
    assert data["title"] and data["description"]
    assert (data["sdk"], data["app_file"], data["tags"]) == ("gradio", "app.py", ["evaluate", "metric"])
    assert data["sdk_version"] == pins()["gradio"]  # the one that the tests below use
    assert data["python_version"] == "3.11"  # the default of a Space is older than the library's lowest
    needed = (folder / "requirements.txt").read_text(encoding="utf-8").split()
    assert "adelie_hf" in needed and set(needed) - {"adelie_hf"} <= set(pins())


def test_the_card_of_the_space_that_extracts() -> None:
    data = SpaceCard.load(EXTRACT / "README.md").data.to_dict()
    assert data["title"] and data["description"]
    assert (data["sdk"], data["app_file"]) == ("gradio", "app.py")
    assert (data["sdk_version"], data["python_version"]) == (pins()["gradio"], "3.11")
    assert (EXTRACT / "requirements.txt").read_text(encoding="utf-8").split() == ["adelie_hf[extract]"]


@contextmanager
def served(space: str | Path, folder: Path, endpoint: str = "/score") -> Iterator[Callable[..., Any]]:
    """Serve the app of a copy of a Space on loopback; yield its endpoint: a metric's returns tables and the result.

    Args:
        space: the name of a metric, or a folder.
    """
    pytest.importorskip("gradio", reason="the apps need the extra `spaces`")
    from gradio_client import Client

    source = METRICS / space
    spec = spec_from_file_location(f"space_{source.name}", shutil.copytree(source, folder / source.name) / "app.py")
    assert spec is not None and spec.loader is not None
    app = module_from_spec(spec)
    spec.loader.exec_module(app)
    _, url, _ = app.demo.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", ssr_mode=False)
    try:
        client = Client(url, verbose=False)
        yield lambda *boxes: client.predict(*boxes, api_name=endpoint)
    finally:
        app.demo.close(verbose=False)


def rows(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a table of gradio as name of the row -> name of the column -> cell."""
    return {name: dict(zip(table["headers"][1:], cells, strict=True)) for name, *cells in table["data"]}


@contextmanager
def refused(message: str) -> Iterator[None]:
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match=message):
        yield


def test_ie_f1(tmp_path: Path) -> None:
    predictions, references = "a: x; b: x; c c: y;\n\n[Answer]: NA", "a: x; b: y;\n\n[Answer]: b: x;"
    more = ("corrected", "text", "x", "a b\n\nb")
    with served("ie_f1", tmp_path) as score:
        scores, status, result = score("ner", predictions, references, *more)
        expected = answer_f1(predictions.split("\n\n"), references.split("\n\n"), "ner")
        assert {name: result[name] for name in ("f1", "per_type")} == {n: expected[n] for n in ("f1", "per_type")}
        assert list(rows(scores)) == ["all", "x", "y"] and rows(scores)["all"]["f1"] == f"{expected['f1']:.4f}"
        counts = {meaning: tuple(cells.values()) for meaning, cells in rows(status["value"]).items()}
        assert counts["items of a category that was not offered"] == (1, 'answer 0: ["c c", "y"]')
        assert counts["items with a mention that is not in the text"] == (1, 'answer 0: ["c c", "y"]')

        same = '[[["a", "x"]], []]'
        scores, status, result = score("tuples", same, same, "corrected", "text", "", "")
        assert result["f1"] == 1.0 and not status["visible"]
        assert score("ner", '["a: x;", "b: y;"]', "a: x;\n\nb: y;", "corrected", "text", "", "")[2]["f1"] == 1.0
        event = "hit: attack (rebels: attacker);"
        scores, status, _ = score("ee", event, event, "corrected", "text", "attack: attacker, place", "")
        assert list(rows(scores)) == ["all", "trigger", "argument", "attack", "attack/attacker"]
        assert rows(status["value"])["items of a category that was not offered"]["count"] == 0
        assert score("eae", "a: time;", "a: time;", "richere-eae", "text", "", "")[2]["scorer"] == "richere-eae"

        with refused(r"references\[0\] is no ner answer in the text format"):
            score("ner", "a: x;", "who knows", "corrected", "text", "", "")
        with refused("the scorer for ner is 'matres'; give one of fewnerd, iepile-ner"):
            score("ner", "a: x;", "a: x;", "matres", "text", "", "")
        with refused(r"predictions is no JSON \(.*line 1 column 1.*\); give a list"):
            score("tuples", "a: x;", same, "corrected", "text", "", "")
        with refused(r"predictions\[0\]\[0\] contains 3"):
            score("tuples", '[[["a", 3]], []]', same, "corrected", "text", "", "")
        with refused("1 predictions, 2 references"):
            score("ner", "a: x;", "a: x;\n\nb: y;", "corrected", "text", "", "")
        with refused(r"contains '&lt;b&gt;'; give strings only|&lt;b&gt;"):
            score("tuples", '["<b>", []]', same, "corrected", "text", "", "")
        with refused("predictions is nested too deeply"):
            score("tuples", "[" * 200_000, same, "corrected", "text", "", "")


def test_the_examples_of_the_page_are_true() -> None:
    pytest.importorskip("gradio", reason="the apps need the extra `spaces`")
    from adelie_hf.report import metric_space

    assert doctest.testmod(metric_space) == (0, 2)


def test_carb(tmp_path: Path) -> None:
    ran = [{"predicate": "ran", "arguments": ["a", "b"], "confidence": 1.0}]
    with served("carb", tmp_path) as score:
        scores, status, result = score("(ran; a; b);\n\nNA", "(ran; a; c);\n\n(ran; a; b);", "corrected", False)
        expected = carb([ran, []], [[ran[0] | {"arguments": ["a", "c"]}], ran])
        assert result == {**expected, "parse": result["parse"]} and status["visible"]
        assert rows(scores)["no threshold"]["f1"] == f"{expected['no_threshold']['f1']:.4f}"
        as_json = '[[{"predicate": "ran", "arguments": ["a", "b"], "confidence": 0.5}], []]'
        scores, status, result = score(as_json, "(ran; a; b);\n\n(ate; c);", "reference", True)
        assert (rows(scores)["best threshold"]["threshold"], status["visible"]) == ("0.5000", False)
        with refused(r"predictions\[0\]\[0\] is 3; give"):
            score("[[3]]", "[[]]", "corrected", False)
        with refused(r"references\[1\] is no open IE answer \('nonsense'\)"):
            score("NA\n\nNA", "(ran; a; b);\n\nnonsense", "corrected", False)
        with refused("references is no JSON"):
            score("NA", "[[{", "corrected", False)


def test_robust(tmp_path: Path) -> None:
    ran = [{"predicate": "ran", "arguments": ["a", "b"]}]
    with served("robust", tmp_path) as score:
        scores, _, result = score("(ran; a; b);\n\n(ran; a; c);", "(ran; a; b);\n\n(ran; a; b);", "x x", "corrected")
        expected = robust([ran, [ran[0] | {"arguments": ["a", "c"]}]], [ran, ran], ["x", "x"])
        assert result == {**expected, "parse": result["parse"]}
        assert [row["f1"] for row in rows(scores).values()] == [f"{expected['f1']:.4f}", "1.0000"]
        with refused("1 predictions, 1 references, 2 cliques"):
            score("NA", "NA", "x y", "corrected")


def test_odie_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "| name | age |\n| --- | --- |\n| Ann | 3 |"
    with served("odie_table", tmp_path) as score:
        scores, status, result = score(f"Look:\n\n{table}", table, "reference", False)
        assert result["content"] == odie_table([f"Look:\n\n{table}"], [table], mode="reference")["content"]
        assert list(rows(scores)) == ["content"] and not status["visible"]
        monkeypatch.setattr(
            sys.modules["adelie_hf.scoring.tables"], "minilm", lambda name: lambda cells: [[1.0]] * len(cells)
        )
        assert rows(score("| x |", table, "reference", True)[0])["header"] == {
            "f1": "1.0000",
            "precision": "1.0000",
            "recall": "1.0000",
        }
        with refused(r"references\[0\] contains no Markdown table"):
            score(table, "none", "corrected", False)


@pytest.mark.train
def test_extract(tmp_path: Path) -> None:
    pytest.importorskip("llguidance", reason="the app needs the extra `extract`")
    from adelie_hf.training import build_tiny_llama

    text = "Ada Lovelace worked in <b>London</b>."
    size = {"vocab_size": 400, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    build_tiny_llama([text], tmp_path / "model", size | heads, seed=1)
    with served(EXTRACT, tmp_path, "/extract") as extract:
        frame, result = extract(f"{tmp_path / 'model'} ", "person, place", text)
        assert result["text"] == text and result["status"] in ("valid", "cut") and result["items"]
        for item in result["items"]:
            assert item["type"] in ("person", "place") and text[item["start"] : item["end"]] == item["text"]
        assert frame.startswith("<iframe") and frame.count("<") == 2  # all of the text is in the page that it frames
        with refused("give a list of names, or YAML with one of the keys entities, relations"):
            extract(str(tmp_path / "model"), "", text)
        with refused("the schema: unknown key 'entity'; did you mean 'entities'"):
            extract(str(tmp_path / "model"), "entity:\n  person:", text)
        with refused("no-model: cannot be loaded"):
            extract(str(tmp_path / "no-model"), "person", text)
