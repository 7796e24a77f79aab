"""Sampling from a transformers model in this process."""

from __future__ import annotations

import pytest

from adelie_hf.rows import read_build
from adelie_hf.sampling import transformers_sampler

pytestmark = pytest.mark.train

CONFIG = {
    "vocab_size": 600,
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "tie_word_embeddings": True,
}


def test_a_batch_is_answered_as_its_prompts_alone(build_of_six, tmp_path):
    """Padding between prompt and answer once reduced a pretrained model from 0.28 to 0.017, without an error."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from adelie_hf.training import build_tiny_llama

    _, rows = read_build(build_of_six, "train")
    build_tiny_llama((turn["content"] for row in rows for turn in row["prompt"]), tmp_path / "model", CONFIG, seed=1)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32).eval()
    for weights in model.parameters():  # larger than those of a new model, so that answers depend on their prompts
        torch.nn.init.normal_(weights, std=0.5)
    prompts = sorted(rows[::7], key=lambda row: len(str(row["prompt"])))
    batch = [prompts[0], prompts[len(prompts) // 2], prompts[-1]]
    for side in ("right", "left"):
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model", padding_side=side)
        sampler = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=24, seed=1)
        together, alone = sampler(batch, 0), [sampler([row], 0)[0] for row in batch]
        assert together == alone
        assert len({sample.text for (sample,) in alone}) == len(batch) and tokenizer.padding_side == side
        assert {sample.finish for (sample,) in alone} <= {"stop", "length"}


def test_an_answer_says_whether_it_was_cut(build_of_six, tmp_path, monkeypatch):
    """A stop token ends an answer, also as its last possible token; without one the limit of tokens cut it."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from adelie_hf.training import build_tiny_llama

    _, rows = read_build(build_of_six, "train")
    build_tiny_llama((turn["content"] for row in rows for turn in row["prompt"]), tmp_path / "model", CONFIG, seed=1)
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    word, stop, pad = (
        tokenizer.encode("a", add_special_tokens=False)[0],
        tokenizer.eos_token_id,
        tokenizer.pad_token_id,
    )
    answers = torch.tensor([[word, stop, pad], [word, word, stop], [word, word, word]])
    monkeypatch.setattr(
        model, "generate", lambda input_ids, **settings: torch.cat([input_ids, answers.to(input_ids)], dim=1)
    )
    sampler = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=3, seed=1)
    samples = [sample for (sample,) in sampler(rows[:3], 0)]
    assert [(len(tokenizer.encode(text, add_special_tokens=False)), finish) for text, finish in samples] == [
        (1, "stop"),
        (2, "stop"),
        (3, "length"),
    ]
