"""GGUF files: converted once to a folder that transformers reads; and what is wrong with others."""

from __future__ import annotations

import json
import logging

import pytest

from adelie_hf import loop
from adelie_hf.digests import cached_digest
from adelie_hf.errors import InputError
from adelie_hf.models import gguf_file, load_model, load_tokenizer, local_model
from adelie_hf.training.model_manifest import public_base

pytestmark = pytest.mark.train


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr(gguf_file, "GGUF_CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def test_a_gguf_file_gives_the_weights_and_the_tokens_that_it_was_written_from(gguf_of_qwen, cache):
    import torch

    file, tokenizer, model = gguf_of_qwen
    folder = local_model(str(file))
    loaded = load_tokenizer(folder)
    text = "[Answer]: (Acme; organization);<|im_end|>"
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    assert loaded(text)["input_ids"] == ids[0].tolist() and loaded.eos_token == "<|im_end|>"
    assert "You are a helpful assistant." in loaded.chat_template
    with torch.inference_mode():
        logits = load_model(folder, loaded)(ids).logits
        assert torch.allclose(logits, model(ids).logits, atol=1e-4)


def test_a_gguf_file_is_converted_once_to_a_complete_folder(gguf_of_qwen, cache, caplog):
    caplog.set_level(logging.INFO, "adelie_hf")
    folder = local_model(str(gguf_of_qwen[0]))
    assert local_model(str(gguf_of_qwen[0])) == folder and caplog.text.count("converting tiny.gguf") == 1
    (kept,) = [path for path in cache.iterdir() if path.is_dir()]
    assert str(kept) == folder
    files = {path.name for path in kept.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "manifest.json"} <= files
    assert "quantization_config" not in json.loads((kept / "config.json").read_text())
    assert public_base(folder) is None  # nobody knows its public name


def test_the_public_name_of_a_known_file_is_in_its_manifest(gguf_of_qwen, cache, monkeypatch):
    digest = cached_digest(gguf_of_qwen[0])
    monkeypatch.setitem(gguf_file.PUBLIC_NAMES, digest, "someone/tiny")
    assert public_base(local_model(str(gguf_of_qwen[0]))) == "someone/tiny"


def test_the_same_file_is_the_same_model_to_a_run(gguf_of_qwen):
    assert loop._model_identity(str(gguf_of_qwen[0])) == cached_digest(gguf_of_qwen[0])


def test_a_broken_file_is_one_line_and_leaves_nothing(gguf_of_qwen, cache, tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(gguf_of_qwen[0].read_bytes()[:2000])
    with pytest.raises(InputError, match=r"broken\.gguf: cannot be read as a GGUF model") as caught:
        local_model(str(broken))
    assert "\n" not in str(caught.value)
    assert [path.name for path in cache.iterdir()] == [".lock"]


def test_missing_packages_are_named_with_the_extra(cache, monkeypatch, tmp_path):
    file = tmp_path / "some.gguf"
    file.write_bytes(b"GGUF")
    monkeypatch.setattr(gguf_file, "find_spec", lambda package: None)
    with pytest.raises(InputError, match=r"needs gguf and sentencepiece: pip install 'adelie_hf\[train,gguf\]'"):
        local_model(str(file))


def test_a_missing_file_is_named_and_other_names_are_kept(tmp_path):
    with pytest.raises(InputError, match=r"no such GGUF file"):
        local_model(str(tmp_path / "gone.gguf"))
    assert local_model("meta-llama/Llama-3.2-1B") == "meta-llama/Llama-3.2-1B"
