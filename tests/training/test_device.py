"""The log of a training says what it runs with, and warns of what its settings do not say."""

from __future__ import annotations

import logging

import pytest

from adelie_hf.errors import InputError
from adelie_hf.training import check_processes, computes_bf16
from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train


@pytest.fixture
def messages(run_script, model, instruct_build, tmp_path, caplog):
    """A function that runs two steps of SFT and returns what was logged at a level."""

    def run(level, **options):
        caplog.set_level(logging.INFO, "adelie_hf")
        arguments = FEW_STEPS | options
        run_script(
            "sft", model_name_or_path=model, dataset_name=instruct_build, output_dir=tmp_path / "s", **arguments
        )
        return [record.message for record in caplog.records if record.levelname == level]

    return run


@pytest.fixture
def cpu_flags(monkeypatch):
    """A function that gives this machine another CPU."""
    import torch

    def set_flags(flags):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: flags, raising=False)

    return set_flags


def test_the_settings_are_logged(messages):
    (line,) = [line for line in messages("INFO", gradient_accumulation_steps=3) if line.startswith("training on")]
    assert line == (
        "training on cpu: float32 weights, float32 arithmetic, sdpa attention, without gradient checkpointing; "
        "6 padded rows a step (2 x 3 accumulated x 1 processes)"
    )


def test_other_settings_are_logged(messages):
    options = {"bf16": True, "packing": True, "gradient_checkpointing": True, "dtype": "bfloat16"}
    (line,) = [line for line in messages("INFO", **options) if line.startswith("training on")]
    assert "bfloat16 weights, bf16 arithmetic" in line and "with gradient checkpointing; 2 packed rows" in line


def test_bf16_on_a_cpu_that_emulates_it_is_a_warning(messages, cpu_flags):
    cpu_flags({"avx2": True, "avx512_f": True, "avx512_bf16": False, "architecture": "x86_64"})
    assert "this cpu has no bf16 instructions and emulates them: float32 is faster" in messages("WARNING", bf16=True)


def test_bf16_that_the_launcher_decides_is_a_warning(messages, monkeypatch):
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    (line,) = [line for line in messages("WARNING") if line.startswith("mixed precision")]
    assert line == "mixed precision is 'bf16', from the accelerate configuration; the recipe says 'no'"


def test_settings_that_hold_give_no_warning(messages, cpu_flags):
    cpu_flags({"avx512_bf16": True})
    assert [line for line in messages("WARNING", bf16=True) if "bf16" in line] == []


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"avx512_f": True}, False),
        ({"avx512_f": True, "avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"neon": True, "bf16": True, "sve_max_length": 16}, True),
        ({}, None),
    ],
)
def test_the_instructions_of_a_cpu(cpu_flags, flags, expected):
    import torch

    cpu_flags(flags)
    assert computes_bf16(torch.device("cpu")) is expected


def test_other_devices_are_not_judged_by_the_cpu(cpu_flags):
    import torch

    cpu_flags({"amx_bf16": True})
    assert computes_bf16(torch.device("mps")) is None


def test_processes_that_do_not_find_each_other_are_an_error(monkeypatch):
    check_processes()
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match="2 processes were started, and each would train alone.*use_cpu"):
        check_processes()
