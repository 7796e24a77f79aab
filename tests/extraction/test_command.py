"""`adelie-hf extract`: texts of all kinds in, one line of JSON a text out, and no half of a file."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.extraction import Extractor, Result, load_schema
from adelie_hf.extraction import files as extraction_files
from adelie_hf.files import folder_lock

pytestmark = pytest.mark.train

TEXTS = ["Ada met Bob.", "", 'Globex, "Acme"\nand 北京.']


@pytest.fixture
def schema(tmp_path):
    file = tmp_path / "schema.yaml"
    file.write_text("entities: {person: null, organization: a company}\n", encoding="utf-8")
    return file


@pytest.fixture
def command(tiny, schema, monkeypatch, capsys):
    """A function that runs the command with the tiny model, and gives the status, the lines and the messages."""
    whole = Extractor.__init__
    monkeypatch.setattr(
        Extractor, "__init__", lambda self, *args, **options: whole(self, *args, **options, max_new_tokens=16)
    )

    def run(*arguments: str | Path, stdin: str = "", model: str | Path = tiny):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogateescape"))))
        status = main(["extract", str(model), "--schema", str(schema), *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def inputs(tmp_path):
    """The same texts in files of each kind."""
    import pyarrow
    import pyarrow.parquet

    rows = [{"id": number, "body": text} for number, text in enumerate(TEXTS)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    quoted = "".join(f'{row["id"]},"{str(row["body"]).replace(chr(34), chr(34) * 2)}"\r\n' for row in rows)
    (tmp_path / "a.csv").write_text(f"\ufeffid,body\r\n{quoted}", encoding="utf-8", newline="")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    return tmp_path


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
def test_columns_are_kept_and_the_order_too(suffix, inputs, command):
    status, out, _ = command(inputs / f"a.{suffix}", "--column", "body")
    assert status == 0
    assert [(str(line["id"]), line["text"]) for line in lines(out)] == [(str(n), text) for n, text in enumerate(TEXTS)]
    assert [line["status"] == "empty" for line in lines(out)] == [False, True, False]
    assert all(line["task"] == "ner" and "body" not in line for line in lines(out))


def test_plain_text_is_one_text_or_one_a_line(tmp_path, command):
    file = tmp_path / "a.txt"
    file.write_text("Ada left.\r\nBob stayed.\n", encoding="utf-8", newline="")
    _, out, _ = command(file)
    assert [(line["file"], line["text"]) for line in lines(out)] == [(str(file), "Ada left.\r\nBob stayed.\n")]
    _, out, _ = command(file, "--lines", "-", stdin="Eve came.\n")
    assert [(line["file"], line["line"], line["text"]) for line in lines(out)] == [
        *((str(file), 1, "Ada left."), (str(file), 2, "Bob stayed."), ("-", 1, "Eve came.")),
    ]


def test_standard_input_is_text_or_json_lines(command):
    _, out, _ = command(stdin="Ada left.\nBob stayed.")
    assert [line["text"] for line in lines(out)] == ["Ada left.\nBob stayed."]
    _, out, _ = command("--column", "text", stdin='{"text": "Ada left.", "id": [1]}\n\n{"text": null}\n')
    assert [(line.get("id"), line["text"]) for line in lines(out)] == [([1], "Ada left."), (None, "")]


def test_lines_are_results(inputs, command, schema):
    pytest.importorskip("llguidance", reason="needs the extra `extract`")
    _, out, _ = command(inputs / "a.jsonl", "--column", "body", "--constrained", "--grounded", "--window", "20")
    for line in lines(out):
        result = Result.from_dict(line, load_schema(schema))
        assert result.status in ("valid", "cut", "empty") and all(item.grounded for item in result)


@pytest.fixture
def interrupted(inputs, command, tmp_path, monkeypatch):
    """The arguments of a call that was interrupted after the first text, and the texts that were asked about."""
    arguments = [inputs / "a.jsonl", "--column", "body", "--out", tmp_path / "out" / "results.jsonl"]
    whole, asked = Extractor.stream, []

    def stream(self, texts, schema):
        asked.append(list(texts))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return whole(self, asked[-1], schema)

    monkeypatch.setattr(extraction_files, "_TEXTS_AT_A_TIME", 1)
    monkeypatch.setattr(Extractor, "stream", stream)
    assert command(*arguments)[0] == 130
    return arguments, asked


def test_an_interrupted_call_goes_on_where_it_ended(interrupted, command):
    arguments, asked = interrupted
    out = arguments[-1]
    journal = out.with_name(".results.jsonl.journal")
    assert journal.is_dir() and not out.exists()
    with open(journal / "lines.jsonl", "a", encoding="utf-8") as stream:
        stream.write('{"half a li')  # a killed writer leaves this
    status, printed, _ = command(*arguments)
    assert status == 0 and asked == [[TEXTS[0]], [TEXTS[1]], [TEXTS[1]], [TEXTS[2]]]
    assert [line["text"] for line in lines(out.read_text(encoding="utf-8"))] == TEXTS
    assert printed.startswith("3 texts (") and not journal.exists()


def test_two_calls_do_not_write_the_same_file(inputs, command, tmp_path):
    with folder_lock(tmp_path / ".out.jsonl.journal"):
        status, _, message = command(inputs / "a.jsonl", "--column", "body", "--out", tmp_path / "out.jsonl")
    assert status == 2 and "in use by another process" in message and not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("change", ["text", "column", "fewer", "setting"])
def test_a_call_with_other_texts_or_settings_does_not_go_on(change, interrupted, inputs, command):
    arguments, _ = interrupted
    rows = {
        "text": '{"id": 0, "body": "another text"}\n',
        "column": json.dumps({"id": 9, "body": TEXTS[0]}),
        "fewer": "\n",
    }
    if change in rows:
        (inputs / "a.jsonl").write_text(rows[change], encoding="utf-8")
    status, _, message = command(*arguments, *(["--window", "none"] if change == "setting" else []))
    assert status == 2 and "is from a call with other texts or settings; delete it" in message and "--out" in message


def test_a_page_shows_the_results(inputs, command, tmp_path, monkeypatch):
    from types import ModuleType

    page = ModuleType("adelie_hf.extraction.page")
    page.result_page = lambda results, title: f"{title}: {[result.text for result in results]}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "adelie_hf.extraction.page", page)
    html, out = tmp_path / "page.html", tmp_path / "out.jsonl"
    for more in ([], ["--out", out]):
        assert command(inputs / "a.jsonl", "--column", "body", "--html", html, *more)[0] == 0
        assert html.read_text(encoding="utf-8") == f"{inputs / 'a.jsonl'}: {TEXTS}"
        html.unlink()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.jsonl", '{"text": "a"}\n{"body": "b"}\n', "a.jsonl:2: no column 'text'; it has body (option --column)"),
        ("a.jsonl", '{"text": "a"}\n{"text": 3}\n', "a.jsonl:2: the column 'text' has no text but 3"),
        ("a.jsonl", '{"text": "a"}\n[1]\n', "a.jsonl:2: not an object with columns"),
        ("a.jsonl", '{"text": "a"\n', "a.jsonl:1: not valid JSON"),
        ("a.jsonl", '{"text": "a", "items": 1}\n', "a.jsonl:1: the output needs the name of the column 'items'"),
        ("a.jsonl", '{"text": "\\ud800"}\n', "a.jsonl:1: contains an unpaired surrogate"),
        ("a.csv", "text,id\na,1\nb,2,3\n", "a.csv:3: has more fields than the header"),
        ("a.csv", 'text,id\na,1\n"b,2\n', "a.csv:3: not a CSV file"),
        ("a.csv", b"text\n\xff\n", "not a CSV file in UTF-8"),
        ("a.txt", b"one\ntwo \xff\n", "a.txt:2: not UTF-8"),
        ("a.parquet", "no parquet", "a.parquet: not a complete Parquet file"),
        ("a.docx", "x", "texts are read from .txt, .jsonl, .csv, .parquet"),
        ("gone", None, "gone: no such file"),
    ],
)
def test_what_cannot_be_read_is_named(name, content, problem, tmp_path, command):
    if content is not None:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    out = tmp_path / "out.jsonl"
    status, _, message = command(tmp_path / name, "--out", out)
    assert status == 2 and problem in message and message.count("adelie-hf:") == 1
    assert not out.exists()


def test_a_model_that_is_none_is_named(command, schema):
    status, _, message = command(model="gone/nowhere", stdin="a")
    assert status == 2 and "gone/nowhere: cannot be loaded" in message
    schema.write_text("entitys: [a]")
    status, _, message = command(stdin="a")
    assert status == 2 and "did you mean 'entities'?" in message


def test_a_row_of_csv_may_be_short(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("text,id\nonly text\n", encoding="utf-8")
    ((text, others),) = extraction_files.read_texts([str(file)], None, False, io.BytesIO())
    assert (text, others) == ("only text", {"id": None})


def test_dates_of_a_parquet_file_become_text(tmp_path):
    import datetime

    import pyarrow
    import pyarrow.parquet

    rows = [{"text": "a", "day": datetime.date(2026, 1, 2), "share": float("nan")}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "a.parquet")
    ((_, others),) = extraction_files.read_texts([str(tmp_path / "a.parquet")], None, False, io.BytesIO())
    assert others["day"] == "2026-01-02"
    with pytest.raises(InputError, match="no column 'body'; it has text, day, share"):
        list(extraction_files.read_texts([str(tmp_path / "a.parquet")], "body", False, io.BytesIO()))
