"""A tiny Llama is complete and repeatable, and its tokens give the text back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.manifest import ModelManifest

pytestmark = pytest.mark.train


def test_a_model_from_scratch_is_complete_and_repeatable(model, build_model, tmp_path):
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in model.iterdir()}
    assert ModelManifest.load(model / "manifest.json").base == "scratch"
    for seed, is_same in ((1, True), (2, False)):
        build_model(tmp_path / str(seed), seed)
        weights = (tmp_path / str(seed) / "model.safetensors").read_bytes()
        assert (weights == (model / "model.safetensors").read_bytes()) is is_same


@settings(max_examples=200, deadline=None)
@given(text=st.text().filter(lambda text: "<|" not in text))  # special tokens are not text
def test_tokens_give_the_text_back(tokenizer, text):
    text = text.replace("\u2060", "")  # the tokenizer's own joiner
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_a_name_has_the_same_tokens_after_a_bracket(tokenizer):
    inside, outside = (tokenizer.tokenize(text) for text in ("(Ada Brenn;", "by Ada Brenn;"))
    assert inside[-3:] == outside[-3:]
