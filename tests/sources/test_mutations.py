"""Readers on randomly changed files: each raises an InputError, drops records, or yields valid records."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.prompts import FORMATS, parse, request, write
from adelie_hf.queries import queries
from adelie_hf.records import Record
from adelie_hf.sources import Dropped, Split, find_sources, read_split

Files = dict[str, str]
JUNK: list[Any] = [
    *(None, True, False, 0, 1, -1, -3, 2, 7, 10**6, 10**30, -(10**30), 0.5, float("nan"), float("inf")),
    *("", "a", "ab", " ", "\n", "\0", "a\tb", "\U0001f600", "é" * 3000, "O", "NA", "Task", "E1"),
    *([], [None], [[]], [0], [0, 1], [-1, 0], ["a"], ["a", "b"], [["a"]], {}, {"a": 1}, {"text": [], "start": []}),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for all cases; each overwrites the files of the previous one."""
    return tmp_path_factory.mktemp("raw")


def read_changed(name: str, folder: Path, files: dict[str, bytes], changes: dict[str, bytes]) -> list[Record]:
    """Return the records of a source's files with some changed; only drops and an InputError may occur besides."""
    write_files(folder, files)
    splits = find_sources(folder, (name.partition("/")[0],))[name.partition("/")[0]].splits.values()
    write_files(folder, changes)
    try:
        find_sources(folder, (name.partition("/")[0],))
    except InputError as error:
        check_message(str(error), folder)
    records = [record for split in splits for record in valid_records(split, folder)]
    for file in files:
        (folder / file).unlink()
    return records


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)


def valid_records(split: Split, folder: Path) -> list[Record]:
    records = []
    try:
        for result in read_split(split):
            if isinstance(result, Dropped):
                assert result.reason
                assert result.where.startswith(str(folder))
            elif isinstance(result, Record):
                check_record(result)
                records.append(result)
    except InputError as error:
        check_message(str(error), folder)
    assert len({record.id for record in records}) == len(records)
    return records


def check_message(message: str, folder: Path) -> None:
    assert str(folder) in message
    assert ";" in message
    assert len(message.splitlines()) == 1
    assert len(message) < 600


def check_record(record: Record) -> None:
    """Check that a record can be stored and that its queries and answers can be written."""
    json.dumps([record.id, record.group, record.text, record.instruction], ensure_ascii=False).encode()
    assert record.text.strip()
    for mention in record.all_mentions():
        assert all(0 <= start < end <= len(record.text) for start, end in mention.fragments)
        surface = " ".join(record.text[start:end] for start, end in mention.fragments)
        assert not mention.fragments or surface == mention.text
    for task in record.schemas:
        for query in queries(record, task):
            assert request(query, "Do it.", "text", query.schema)
            for format in FORMATS[:2]:
                assert parse(write(query.answer, task, format), task, format).items == query.answer
            if task in ("ner", "ed", "eae"):
                assert {item[1] for item in query.answer} <= {label.name for label in query.schema}


# ---- bytes ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_broken_bytes(layout: str, native: dict[str, Files], folder: Path, data: st.DataObject) -> None:
    """Truncate, delete, duplicate or overwrite bytes of a data file or a companion file."""
    files = encoded(native[layout])
    file = data.draw(st.sampled_from(list(files)))
    raw = files[file]
    first, second = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    junk = data.draw(
        st.binary(max_size=3) | st.sampled_from([b"\t", b"\n", b'"', b"]", b"{", b" ", b"-1", b"\\ud800"])
    )
    change = data.draw(st.sampled_from(["truncate", "delete", "duplicate", "insert", "replace"]))
    broken = {
        "truncate": raw[:first],
        "delete": raw[:first] + raw[second:],
        "duplicate": raw[:second] + raw[first:],
        "insert": raw[:first] + junk + raw[first:],
        "replace": raw[:first] + junk + raw[first + len(junk) :],
    }[change]
    read_changed(layout, folder, files, {file: broken})


# ---- JSON -----------------------------------------------------------------------------------------


def load_values(text: str) -> list[Any]:
    """Return the JSON values of a file: one document, or one value per line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def json_files(files: Files) -> list[str]:
    return [file for file in files if file.endswith((".json", ".jsonl", ".jsonlines"))]


def encoded(files: Files) -> dict[str, bytes]:
    return {file: content.encode() for file, content in files.items()}


def value_paths(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the paths of all values inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from value_paths(inner, (*path, key))


def value_at(value: Any, path: tuple) -> Any:
    for key in path:
        value = value[key]
    return value


def dump_values(values: list[Any]) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_broken_values(layout: str, native: dict[str, Files], folder: Path, data: st.DataObject) -> None:
    """Delete, duplicate, or replace up to three values, by others of the file or of other types."""
    if not (candidates := json_files(native[layout])):
        pytest.skip("no JSON")
    file = data.draw(st.sampled_from(candidates))
    values = load_values(native[layout][file])
    for _ in range(data.draw(st.integers(1, 3))):
        paths = list(value_paths(values))
        if not paths:
            break
        *path, key = data.draw(st.sampled_from(paths))
        container = value_at(values, tuple(path))
        change = data.draw(st.sampled_from(["junk", "delete", "duplicate", "other"]))
        if change == "junk":
            container[key] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
        elif change == "delete":
            del container[key]
        elif change == "duplicate" and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        else:
            container[key] = copy.deepcopy(value_at(values, data.draw(st.sampled_from(paths))))
    read_changed(layout, folder, encoded(native[layout]), {file: dump_values(values)})


def test_each_value_in_turn(layout: str, native: dict[str, Files], folder: Path) -> None:
    """Delete every value of the small files, and replace it by a value of each other type."""
    if not (candidates := json_files(native[layout])):
        pytest.skip("no JSON")
    for file in candidates:
        values = load_values(native[layout][file])
        for *path, key in list(value_paths(values)):
            junk: Any
            for junk in (None, -1, "a", [], {}, KeyError):  # the last stands for a missing value
                broken = copy.deepcopy(values)
                if junk is KeyError:
                    del value_at(broken, tuple(path))[key]
                else:
                    value_at(broken, tuple(path))[key] = junk
                read_changed(layout, folder, encoded(native[layout]), {file: dump_values(broken)})


OFFSETS = {"offset", "sent_id", "start", "ner", "relations", "evt_triggers", "gold_evt_links", "h", "t"}


@pytest.mark.parametrize("name", ["fewrel", "maven", "maven-ere", "phee", "rams", "scierc"])
def test_offsets_out_of_range(name: str, native: dict[str, Files], folder: Path) -> None:
    """Negative and too large offsets are errors, unless the reader does not use them."""
    file = next(iter(native[name]))
    files = encoded(native[name])
    expected = read_changed(name, folder, files, {})
    values = load_values(native[name][file])
    cases = 0
    for path in list(value_paths(values)):
        if type(value_at(values, path)) is not int or not OFFSETS & set(path):
            continue
        for offset in (-1, -2, -5, -10, 50, 10**9):
            broken = copy.deepcopy(values)
            value_at(broken, path[:-1])[path[-1]] = offset
            records = read_changed(name, folder, files, {file: dump_values(broken)})
            changed = [record for record in records if record not in expected]
            assert not changed, (path, offset)
            cases += 1
    assert cases >= 18


# ---- columns --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_broken_columns(layout: str, native: dict[str, Files], folder: Path, data: st.DataObject) -> None:
    """Delete, duplicate or replace up to three cells or lines."""
    candidates = [file for file, content in native[layout].items() if "\t" in content]
    if not candidates:
        pytest.skip("no columns")
    file = data.draw(st.sampled_from(candidates))
    rows = [line.split("\t") for line in native[layout][file].splitlines()]
    cells = st.sampled_from(
        [cell for row in rows for cell in row] + ["", " ", "B-", "I-Dish", "B-Price", "-", "C: x", "\r", "-1", "999"]
    )
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        column = data.draw(st.integers(0, len(row)))
        change = data.draw(st.sampled_from(["insert", "replace", "delete", "line"]))
        if change == "insert":
            row.insert(column, data.draw(cells))
        elif change == "line":
            rows.insert(column, list(row))
        elif column < len(row):
            row[column : column + 1] = [data.draw(cells)] if change == "replace" else []
    broken = "\n".join("\t".join(row) for row in rows).encode()
    read_changed(layout, folder, encoded(native[layout]), {file: broken})
