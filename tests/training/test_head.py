"""The head works on labelled positions only, with the losses that it has on all of them."""

from __future__ import annotations

import json
import logging

import pytest

from adelie_hf.training import labelled_positions_only
from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train


@pytest.fixture
def head(monkeypatch):
    """A record of the number of positions that pass through the head; the setting is undone after the test."""
    from trl.trainer import utils

    monkeypatch.setattr(utils, "_use_triton", utils._use_triton)
    function, positions = utils._ChunkedLogProbFunction, []

    class Recorded:
        @staticmethod
        def apply(hidden, *rest):
            positions.append(len(hidden))
            return function.apply(hidden, *rest)

    monkeypatch.setattr(utils, "_ChunkedLogProbFunction", Recorded)
    return positions


def losses(folder):
    entries = json.loads((folder / "log.json").read_text())
    return [(entry["loss"], entry["grad_norm"]) for entry in entries if "loss" in entry]


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_losses_and_gradients_are_those_of_all_positions(
    method, head, monkeypatch, run_script, model, instruct_build, pairs_build, tmp_path
):
    rows = {"sft": instruct_build, "dpo": pairs_build}[method]
    options = {"model_name_or_path": model, "dataset_name": rows, **FEW_STEPS}
    run_script(method, output_dir=tmp_path / "labelled", **options)
    labelled = sum(head)
    head.clear()
    monkeypatch.setattr("trl.trainer.utils._use_triton", lambda device: False)
    monkeypatch.setattr(f"adelie_hf.recipes.{method}.labelled_positions_only", lambda: None)
    run_script(method, output_dir=tmp_path / "all", **options)
    assert 0 < labelled < sum(head) / 2
    for ours, theirs in zip(losses(tmp_path / "labelled"), losses(tmp_path / "all"), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_another_version_of_trl_is_left_alone_aloud(monkeypatch, caplog):
    monkeypatch.delattr("trl.trainer.utils._use_triton")
    with caplog.at_level(logging.WARNING, "adelie_hf"):
        labelled_positions_only()
    assert "decides by itself" in caplog.text
