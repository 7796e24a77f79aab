"""Rows that do not fit are counted, checkpoints are whole or gone, and tokens give the text back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.ieinstruct import plan, rows

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


@pytest.fixture(scope="module")
def train_rows():
    return [row for part in plan()["train"] for row in list(rows(part))[:20]]


@pytest.fixture(scope="module")
def model(tmp_path_factory, train_rows):
    from adelie_hf.training.tiny_llama import build_tiny_llama

    folder = tmp_path_factory.mktemp("scratch") / "model"
    texts = [turn["content"] for row in train_rows for turn in row["prompt"] + row["completion"]]
    build_tiny_llama(texts, folder, CONFIG, seed=1)
    return folder


@pytest.fixture(scope="module")
def tokenizer(model):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(model)


def test_a_scratch_model_is_whole_and_repeatable(model, tmp_path, train_rows):
    from adelie_hf.training.tiny_llama import build_tiny_llama

    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in model.iterdir()}
    texts = [turn["content"] for row in train_rows for turn in row["prompt"] + row["completion"]]
    for seed, same in ((1, True), (2, False)):
        build_tiny_llama(texts, tmp_path / str(seed), CONFIG, seed=seed)
        weights = (tmp_path / str(seed) / "model.safetensors").read_bytes()
        assert (weights == (model / "model.safetensors").read_bytes()) is same


@settings(max_examples=200, deadline=None)
@given(text=st.text().filter(lambda text: "<|" not in text))  # special tokens are no text
def test_tokens_give_the_text_back(tokenizer, text):
    text = text.replace("\u2060", "")  # the tokenizer's own joiner
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def test_a_name_is_the_same_tokens_after_a_bracket(tokenizer):
    inside, outside = (tokenizer.tokenize(text) for text in ("(Ada Brenn;", "by Ada Brenn;"))
    assert inside[-3:] == outside[-3:]


def test_the_prompt_is_a_prefix_of_the_chat(tokenizer, train_rows):
    for row in train_rows:
        prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True)["input_ids"]
        chat = tokenizer.apply_chat_template(row["prompt"] + row["completion"])["input_ids"]
        assert chat[: len(prompt)] == prompt and chat[-1] == tokenizer.eos_token_id


def test_rows_that_are_too_long_are_dropped_and_counted(tokenizer, train_rows, tmp_path, capsys):
    from datasets import Dataset

    from adelie_hf.training import within_length

    data = Dataset.from_list([{key: row[key] for key in ("prompt", "completion")} for row in train_rows])
    lengths = [
        len(tokenizer.apply_chat_template(row["prompt"] + row["completion"])["input_ids"]) for row in train_rows
    ]
    limit = sorted(lengths)[len(lengths) // 2]
    kept = within_length(data, tokenizer, limit, ("completion",), tmp_path / "rows.json")
    fit = sum(length <= limit for length in lengths)
    assert len(kept) == fit < len(data)
    report = json.loads((tmp_path / "rows.json").read_text())
    assert report == {"rows": len(data), "kept": fit, "dropped: longer than max_length": len(data) - fit}
    assert f"{fit} rows to train on" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="no row has 3 tokens or fewer"):
        within_length(data, tokenizer, 3, ("completion",), tmp_path / "rows.json")


def test_a_torn_checkpoint_is_never_resumed_from(tmp_path):
    from adelie_hf.training import _last_checkpoint

    assert _last_checkpoint(tmp_path) is None
    for step in (5, 10, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
    for step in (5, 10):
        (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text("{}")
    last = _last_checkpoint(tmp_path)
    assert last is not None and last.name == "checkpoint-10"
    assert not (tmp_path / "checkpoint-20").exists()


def test_a_model_that_is_there_is_not_trained_again(tmp_path, capsys):
    from adelie_hf.training import train

    (tmp_path / "model").mkdir()
    train(lambda: pytest.fail("a trainer was made"), tmp_path)
    assert "already there" in capsys.readouterr().out


def test_a_base_model_without_a_template_is_given_one(model, tmp_path, train_rows):
    from transformers import AutoTokenizer

    from adelie_hf.chat import load_tokenizer

    bare = AutoTokenizer.from_pretrained(model)
    bare.chat_template = bare.pad_token = None
    bare.save_pretrained(tmp_path)
    (tmp_path / "chat_template.jinja").unlink(missing_ok=True)
    loaded = load_tokenizer(str(tmp_path))
    assert loaded.pad_token
    chat = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    shown = loaded.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert shown == "<|user|>\na\n<|assistant|>\nb<|end|>\n<|user|>\nc\n<|assistant|>\n"


def test_a_batch_is_answered_as_its_prompts_alone(model, train_rows):
    """Padding between prompt and answer once brought a pretrained model from 0.28 to 0.017, without an error."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from adelie_hf.sampling import transformers_sampler

    torch.manual_seed(0)
    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    for weights in loaded.parameters():  # larger than a new model's, so that answers depend on their prompts
        torch.nn.init.normal_(weights, std=0.5)
    prompts = sorted(train_rows[::7], key=lambda row: len(str(row["prompt"])))
    batch = [prompts[0], prompts[len(prompts) // 2], prompts[-1]]
    for side in ("right", "left"):
        tokenizer = AutoTokenizer.from_pretrained(model, padding_side=side)
        answer = transformers_sampler(loaded, tokenizer, n=1, temperature=0, max_new_tokens=24, seed=1)
        together, alone = answer(batch, 0), [answer([row], 0)[0] for row in batch]
        assert together == alone
        assert len({text for (text,) in alone}) == len(batch) and tokenizer.padding_side == side
