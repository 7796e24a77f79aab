"""The chat template, and tokenizers without one."""

from __future__ import annotations

import pytest

from adelie_hf.chat import load_tokenizer

pytestmark = pytest.mark.train


def test_the_prompt_is_a_prefix_of_the_chat(tokenizer, train_rows):
    for row in train_rows:
        prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True)["input_ids"]
        chat = tokenizer.apply_chat_template(row["prompt"] + row["completion"])["input_ids"]
        assert chat[: len(prompt)] == prompt and chat[-1] == tokenizer.eos_token_id


def test_a_base_model_without_a_template_gets_one(model, tmp_path):
    from transformers import AutoTokenizer

    bare = AutoTokenizer.from_pretrained(model)
    bare.chat_template = bare.pad_token = None
    bare.save_pretrained(tmp_path)
    (tmp_path / "chat_template.jinja").unlink(missing_ok=True)
    loaded = load_tokenizer(str(tmp_path))
    assert loaded.pad_token
    chat = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    rendered = loaded.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert rendered == "<|user|>\na\n<|assistant|>\nb<|end|>\n<|user|>\nc\n<|assistant|>\n"
