"""The length filter: rows that are too long are dropped and counted."""

from __future__ import annotations

import json
import logging

import pytest

from adelie_hf.errors import InputError
from adelie_hf.training import filter_by_length

pytestmark = pytest.mark.train


def test_rows_that_are_too_long_are_dropped_and_counted(tokenizer, train_rows, tmp_path, caplog):
    from datasets import Dataset

    caplog.set_level(logging.INFO, "adelie_hf")
    rows = Dataset.from_list([{key: row[key] for key in ("prompt", "completion")} for row in train_rows])
    lengths = [
        len(tokenizer.apply_chat_template(row["prompt"] + row["completion"])["input_ids"]) for row in train_rows
    ]
    limit = sorted(lengths)[len(lengths) // 2]
    kept = filter_by_length(rows, tokenizer, limit, ["completion"], tmp_path)
    fitting = sum(length <= limit for length in lengths)
    assert len(kept) == fitting < len(rows)
    counts = json.loads((tmp_path / "rows.json").read_text())
    dropped = {f"longer than {limit} tokens": len(rows) - fitting}
    assert counts == {"read": len(rows), "kept": {"rows": fitting}, "dropped": dropped}
    assert f"{fitting} rows" in caplog.text
    assert len(filter_by_length(rows, tokenizer, None, ["completion"], tmp_path)) == len(rows)
    with pytest.raises(InputError, match="no row has 3 tokens or fewer"):
        filter_by_length(rows, tokenizer, 3, ["completion"], tmp_path)
