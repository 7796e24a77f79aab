"""Sampling from a transformers model in this process."""

from __future__ import annotations

import pytest

from adelie_hf.sampling import transformers_sampler

pytestmark = pytest.mark.train


def test_a_batch_is_answered_as_its_prompts_alone(tiny, monkeypatch):
    """Padding between prompt and answer once reduced a pretrained model from 0.28 to 0.017, without an error."""
    model, tokenizer, rows = tiny
    for side in ("right", "left"):
        monkeypatch.setattr(tokenizer, "padding_side", side)
        sampler = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=24, seed=1)
        together, alone = sampler(rows, 0), [sampler([row], 0)[0] for row in rows]
        assert together == alone
        assert len({sample.text for (sample,) in alone}) == len(rows) and tokenizer.padding_side == side
        assert {sample.finish for (sample,) in alone} <= {"stop", "length"}


def test_the_samples_of_a_prompt_share_its_computation(tiny):
    """With next to no temperature each of them is the most likely answer, whatever the padding."""
    model, tokenizer, rows = tiny
    widths = []
    hook = model.get_input_embeddings().register_forward_hook(lambda _, given, __: widths.append(given[0].shape))
    try:
        sampler = transformers_sampler(model, tokenizer, n=3, temperature=1e-4, max_new_tokens=12, seed=1)
        samples = sampler(rows, 0)
    finally:
        hook.remove()
    assert widths[0][0] == len(rows) and widths[0][1] > 1 and set(widths[1:]) == {(3 * len(rows), 1)}
    most_likely = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=12, seed=1)(rows, 0)
    assert samples == [answers * 3 for answers in most_likely]


def test_an_answer_says_whether_it_was_cut(tiny, monkeypatch):
    """A stop token ends an answer, also as its last possible token; without one the limit of tokens cut it."""
    import torch

    model, tokenizer, rows = tiny
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
