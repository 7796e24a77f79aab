"""Native files with a fault somewhere: a reader refuses them, drops a record, or reads what stands there."""

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
    """One folder for all cases: each writes over the file of the last one."""
    return tmp_path_factory.mktemp("raw")


def outcome(name: str, folder: Path, whole: dict[str, bytes], changed: dict[str, bytes]) -> list[Record]:
    """Reads a source's files with some changed; fails for anything but sound records, drops and an InputError."""
    lay(folder, whole)
    splits = find_sources(folder, (name.partition("/")[0],))[name.partition("/")[0]].splits.values()
    lay(folder, changed)
    try:
        find_sources(folder, (name.partition("/")[0],))
    except InputError as error:
        check_message(str(error), folder)
    records = [record for split in splits for record in sound_records(split, folder)]
    for file in whole:
        (folder / file).unlink()
    return records


def lay(folder: Path, files: dict[str, bytes]) -> None:
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)


def sound_records(split: Split, folder: Path) -> list[Record]:
    records = []
    try:
        for result in read_split(split):
            if isinstance(result, Dropped):
                assert result.reason
                assert result.where.startswith(str(folder))
            else:
                check(result)
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


def check(record: Record) -> None:
    """That a record can be used: stored, asked about, and its answers written."""
    json.dumps([record.id, record.group, record.text, record.instruction], ensure_ascii=False).encode()
    assert record.text.strip()
    for mention in record.all_mentions():
        assert all(0 <= start < end <= len(record.text) for start, end in mention.fragments)
        spelled = " ".join(record.text[start:end] for start, end in mention.fragments)
        assert not mention.fragments or spelled == mention.text
    for task in record.schemas:
        for query in queries(record, task):
            assert request(query, "Do it.", "text", query.schema)
            for format in FORMATS[:2]:
                assert parse(write(query.answer, task, format), task, format).items == query.answer
            known = {label.name for label in query.schema}
            if task in ("ner", "ed", "eae"):
                assert {item[1] for item in query.answer} <= known


# ---- bytes ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_broken_bytes(shape: str, native: dict[str, Files], folder: Path, data: st.DataObject) -> None:
    """Cut off, cut out, doubled, overwritten: in the file of the records, or in the one beside it."""
    whole = encoded(native[shape])
    file = data.draw(st.sampled_from(list(whole)))
    raw = whole[file]
    first, second = sorted(data.draw(st.tuples(*[st.integers(0, len(raw))] * 2)))
    junk = data.draw(
        st.binary(max_size=3) | st.sampled_from([b"\t", b"\n", b'"', b"]", b"{", b" ", b"-1", b"\\ud800"])
    )
    kind = data.draw(st.sampled_from(["cut", "out", "twice", "insert", "replace"]))
    broken = {
        "cut": raw[:first],
        "out": raw[:first] + raw[second:],
        "twice": raw[:second] + raw[first:],
        "insert": raw[:first] + junk + raw[first:],
        "replace": raw[:first] + junk + raw[first + len(junk) :],
    }[kind]
    outcome(shape, folder, whole, {file: broken})


# ---- JSON -----------------------------------------------------------------------------------------


def load(text: str) -> list[Any]:
    """The JSON values of a file, one or one a line."""
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]


def json_files(files: Files) -> list[str]:
    return [file for file in files if file.endswith((".json", ".jsonl", ".jsonlines"))]


def encoded(files: Files) -> dict[str, bytes]:
    return {file: content.encode() for file, content in files.items()}


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The paths to all values inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def at(value: Any, path: tuple) -> Any:
    for key in path:
        value = value[key]
    return value


def dump(values: list[Any]) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_broken_values(shape: str, native: dict[str, Files], folder: Path, data: st.DataObject) -> None:
    """Up to three values that are missing, doubled, swapped for another place's, or of another type."""
    if not (candidates := json_files(native[shape])):
        pytest.skip("no JSON")
    file = data.draw(st.sampled_from(candidates))
    values = load(native[shape][file])
    for _ in range(data.draw(st.integers(1, 3))):
        every = list(places(values))
        if not every:
            break
        *path, key = data.draw(st.sampled_from(every))
        holder = at(values, tuple(path))
        kind = data.draw(st.sampled_from(["junk", "delete", "twice", "other"]))
        if kind == "junk":
            holder[key] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
        elif kind == "delete":
            del holder[key]
        elif kind == "twice" and isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        else:
            holder[key] = copy.deepcopy(at(values, data.draw(st.sampled_from(every))))
    outcome(shape, folder, encoded(native[shape]), {file: dump(values)})


def test_each_value_in_turn(shape: str, native: dict[str, Files], folder: Path) -> None:
    """Every value of the small files, missing and of each other type."""
    if not (candidates := json_files(native[shape])):
        pytest.skip("no JSON")
    for file in candidates:
        values = load(native[shape][file])
        for *path, key in list(places(values)):
            junk: Any
            for junk in (None, -1, "a", [], {}, KeyError):  # the last stands for a missing value
                broken = copy.deepcopy(values)
                if junk is KeyError:
                    del at(broken, tuple(path))[key]
                else:
                    at(broken, tuple(path))[key] = junk
                outcome(shape, folder, encoded(native[shape]), {file: dump(broken)})


OFFSETS = {"offset", "sent_id", "start", "ner", "relations", "evt_triggers", "gold_evt_links", "h", "t"}


@pytest.mark.parametrize("name", ["fewrel", "maven", "maven-ere", "phee", "rams", "scierc"])
def test_no_offset_counts_from_the_end(name: str, native: dict[str, Files], folder: Path) -> None:
    """An offset that is used is refused when it is negative or too large; one that is not used changes nothing."""
    file = next(iter(native[name]))
    whole = encoded(native[name])
    expected = outcome(name, folder, whole, {})
    values = load(native[name][file])
    tried = 0
    for path in list(places(values)):
        if type(at(values, path)) is not int or not OFFSETS & set(path):
            continue
        for offset in (-1, -2, -5, -10, 50, 10**9):
            broken = copy.deepcopy(values)
            at(broken, path[:-1])[path[-1]] = offset
            records = outcome(name, folder, whole, {file: dump(broken)})
            unused = [record for record in records if record not in expected]
            assert not unused, (path, offset)
            tried += 1
    assert tried >= 18


# ---- columns --------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_broken_columns(shape: str, native: dict[str, Files], folder: Path, data: st.DataObject) -> None:
    """Up to three cells or lines that are missing, doubled, or another's."""
    candidates = [file for file, content in native[shape].items() if "\t" in content]
    if not candidates:
        pytest.skip("no columns")
    file = data.draw(st.sampled_from(candidates))
    rows = [line.split("\t") for line in native[shape][file].splitlines()]
    cells = st.sampled_from(
        [cell for row in rows for cell in row] + ["", " ", "B-", "I-Dish", "B-Price", "-", "C: x", "\r", "-1", "999"]
    )
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        column = data.draw(st.integers(0, len(row)))
        kind = data.draw(st.sampled_from(["insert", "replace", "delete", "line"]))
        if kind == "insert":
            row.insert(column, data.draw(cells))
        elif kind == "line":
            rows.insert(column, list(row))
        elif column < len(row):
            row[column : column + 1] = [data.draw(cells)] if kind == "replace" else []
    broken = "\n".join("\t".join(row) for row in rows).encode()
    outcome(shape, folder, encoded(native[shape]), {file: broken})
