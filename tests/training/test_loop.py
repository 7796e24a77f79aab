"""Training resumes from complete checkpoints only, and an existing model is not trained again."""

from __future__ import annotations

import logging

import pytest

from adelie_hf.training import train
from adelie_hf.training.loop import _last_checkpoint

pytestmark = pytest.mark.train


def test_training_never_resumes_from_an_incomplete_checkpoint(tmp_path):
    assert _last_checkpoint(tmp_path) is None
    for step in (5, 10, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (5, 10):
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")
    last = _last_checkpoint(tmp_path)
    assert last is not None and last.name == "checkpoint-10"
    assert not (tmp_path / "checkpoint-20").exists()


def test_an_existing_model_is_not_trained_again(tmp_path, caplog):
    caplog.set_level(logging.INFO, "adelie_hf")
    (tmp_path / "model").mkdir()
    train(lambda: pytest.fail("a trainer was made"), tmp_path)
    assert "already exists" in caplog.text
