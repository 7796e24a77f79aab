"""Files: complete or absent, torn lines, locks, digests."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adelie_hf.errors import InputError
from adelie_hf.files import (
    append_json_lines,
    atomic_write,
    file_digest,
    folder_lock,
    read_journal,
    read_json,
    write_json,
)


def test_a_file_appears_when_it_is_whole(tmp_path):
    target = tmp_path / "a" / "file.txt"
    with atomic_write(target) as partial:
        partial.write_text("half")
        assert not target.exists()
    assert target.read_text() == "half"
    assert list(target.parent.iterdir()) == [target]


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), atomic_write(tmp_path / "folder") as partial:
        partial.mkdir()
        (partial / "x").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_replaces_the_old_one(tmp_path):
    for content in ("old", "new"):
        with atomic_write(tmp_path / "folder") as partial:
            partial.mkdir()
            (partial / content).write_text(content)
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["new"]


def test_what_a_killed_writer_left_is_not_mixed_in(tmp_path):
    left = tmp_path / ".folder.partial"
    left.mkdir()
    (left / "stale").write_text("stale")
    with atomic_write(tmp_path / "folder") as partial:
        partial.mkdir()
        (partial / "fresh").write_text("fresh")
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["fresh"]


def test_a_torn_last_line_is_cut_off(tmp_path):
    file = tmp_path / "lines.jsonl"
    append_json_lines(file, [{"id": 1}, {"id": "é"}])
    with open(file, "ab") as stream:
        stream.write(b'{"id": 3, "te')
    assert read_journal(file) == [{"id": 1}, {"id": "é"}]
    append_json_lines(file, [{"id": 3}])
    assert read_journal(file) == [{"id": 1}, {"id": "é"}, {"id": 3}]


def test_a_line_may_hold_any_line_separator(tmp_path):
    file = tmp_path / "lines.jsonl"
    rows = [{"text": "a\u2028b\x85c\x0bd"}, {"text": "e\nf"}]
    append_json_lines(file, rows)
    assert read_journal(file) == rows


def test_a_folder_has_one_process(tmp_path):
    script = (
        "import sys; from pathlib import Path; from adelie_hf.files import folder_lock\n"
        "with folder_lock(Path(sys.argv[1])): print('in')"
    )
    with folder_lock(tmp_path):
        other = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
        assert other.returncode != 0
        assert "in use by another process" in other.stderr
    assert subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True).returncode == 0


def test_json_that_cannot_be_read_names_the_file(tmp_path):
    with pytest.raises(InputError, match="gone.json"):
        read_json(tmp_path / "gone.json")
    (tmp_path / "torn.json").write_text('{"a": ')
    with pytest.raises(InputError, match=r"torn.json: not valid JSON"):
        read_json(tmp_path / "torn.json")


def test_a_digest_follows_the_content(tmp_path):
    write_json(tmp_path / "a", {"x": 1})
    write_json(tmp_path / "b", {"x": 1})
    write_json(tmp_path / "c", {"x": 2})
    assert file_digest(tmp_path / "a") == file_digest(tmp_path / "b") != file_digest(tmp_path / "c")
