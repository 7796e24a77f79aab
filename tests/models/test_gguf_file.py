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
from tests.models.conftest import make_model

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def written(folders, tmp_path_factory):
    """A GGUF file of a tiny Llama with the tokens of Qwen2.5, and the model that it was written from."""
    gguf = pytest.importorskip("gguf", reason="the extra `gguf` is not installed")
    pytest.importorskip("sentencepiece", reason="the extra `gguf` is not installed")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folders["qwen2.5"])
    model = make_model(tokenizer, max_position_embeddings=256)
    config, weights = model.config, model.state_dict()
    file = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_vocab_size(config.vocab_size)
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    special = {token["content"] for token in backend["added_tokens"]}
    tokens = [tokenizer.convert_ids_to_tokens(number) or f"[unused{number}]" for number in range(config.vocab_size)]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in backend["model"]["merges"]])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(tokenizer.chat_template)
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v"}
    names |= {
        "self_attn.o_proj": "attn_output",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    names |= {f"mlp.{part}_proj": f"ffn_{part}" for part in ("gate", "up", "down")}
    writer.add_tensor("token_embd.weight", weights["model.embed_tokens.weight"].numpy())
    writer.add_tensor("output_norm.weight", weights["model.norm.weight"].numpy())
    for ours, theirs in names.items():
        tensor = weights[f"model.layers.0.{ours}.weight"]
        if theirs in ("attn_q", "attn_k"):  # llama.cpp interleaves the two halves of each head
            heads = config.num_attention_heads
            tensor = tensor.reshape(heads, 2, -1, config.hidden_size).swapaxes(1, 2).reshape(tensor.shape)
        writer.add_tensor(f"blk.0.{theirs}.weight", tensor.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file, tokenizer, model


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setattr(gguf_file, "GGUF_CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def test_a_gguf_file_gives_the_weights_and_the_tokens_that_it_was_written_from(written, cache):
    import torch

    file, tokenizer, model = written
    folder = local_model(str(file))
    loaded = load_tokenizer(folder)
    text = "[Answer]: (Acme; organization);<|im_end|>"
    ids = tokenizer(text, return_tensors="pt")["input_ids"]
    assert loaded(text)["input_ids"] == ids[0].tolist() and loaded.eos_token == "<|im_end|>"
    assert "You are a helpful assistant." in loaded.chat_template
    with torch.inference_mode():
        logits = load_model(folder, loaded)(ids).logits
        assert torch.allclose(logits, model(ids).logits, atol=1e-4)


def test_a_gguf_file_is_converted_once_to_a_complete_folder(written, cache, caplog):
    caplog.set_level(logging.INFO, "adelie_hf")
    folder = local_model(str(written[0]))
    assert local_model(str(written[0])) == folder and caplog.text.count("converting tiny.gguf") == 1
    (kept,) = [path for path in cache.iterdir() if path.is_dir()]
    assert str(kept) == folder
    files = {path.name for path in kept.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja", "manifest.json"} <= files
    assert "quantization_config" not in json.loads((kept / "config.json").read_text())
    assert public_base(folder) is None  # nobody knows its public name


def test_the_public_name_of_a_known_file_is_in_its_manifest(written, cache, monkeypatch):
    digest = cached_digest(written[0])
    monkeypatch.setitem(gguf_file.PUBLIC_NAMES, digest, "someone/tiny")
    assert public_base(local_model(str(written[0]))) == "someone/tiny"


def test_the_same_file_is_the_same_model_to_a_run(written):
    assert loop._model_identity(str(written[0])) == cached_digest(written[0])


def test_a_broken_file_is_one_line_and_leaves_nothing(written, cache, tmp_path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(written[0].read_bytes()[:2000])
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
