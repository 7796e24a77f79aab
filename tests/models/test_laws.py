"""The laws of training and sampling, on the real SmolLM2 tokenizer and on those of other families."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest

from adelie_hf.errors import InputError
from adelie_hf.models import load_model, load_tokenizer, stop_tokens
from adelie_hf.rows import message
from adelie_hf.sampling import transformers_sampler
from adelie_hf.training import filter_by_length, train
from tests.models.conftest import make_model, row_of

pytestmark = pytest.mark.train

ANSWERS = ("[Answer]: (Acme; organization); (Ada Brenn; person);", "NA", '{"Oslo": "place"}')
QUESTION = message("user", "Find the organizations in the text: Acme Corp. hired Ada Brenn in Oslo.")
PROMPTS = {
    "one turn": [QUESTION],
    "a demonstration": [message("user", "Find: Rome."), message("assistant", "[Answer]: NA"), QUESTION],
    "a system turn": [message("system", "Answer only in the format."), QUESTION],
    "two user turns": [message("user", "Here is a task."), QUESTION],
}
ROWS = [
    {"prompt": prompt, "completion": [message("assistant", answer)]}
    for prompt in PROMPTS.values()
    for answer in ANSWERS
]


def _trainer(model, tokenizer, folder, rows, **settings):
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    fixed = {"bf16": False, "gradient_checkpointing": False, "use_cpu": True, "report_to": "none"}
    quiet = {"disable_tqdm": True, "save_strategy": "no", "logging_strategy": "no", "shuffle_dataset": False}
    return SFTTrainer(
        model=model,
        args=SFTConfig(output_dir=str(folder), **fixed, **quiet, **settings),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )


def _sent(tokenizer, model, prompts: Iterable[object], monkeypatch) -> list[list[int]]:
    """The tokens that the sampler sends to the model, without padding."""
    sent: list[list[int]] = []

    def generate(input_ids, attention_mask, **rest):
        sent.extend(ids[mask.bool()].tolist() for ids, mask in zip(input_ids, attention_mask, strict=True))
        return input_ids

    monkeypatch.setattr(model, "generate", generate)
    sampler = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=4, seed=1)
    sampler([row_of(prompt) for prompt in prompts], 0)
    return sent


def test_training_sees_the_prompt_that_generation_sends_and_learns_the_answer_and_its_end(
    tokenizer, end, tmp_path, monkeypatch
):
    model = make_model(tokenizer)
    trainer = _trainer(model, tokenizer, tmp_path, ROWS, per_device_train_batch_size=len(ROWS))
    batch = trainer.data_collator([trainer.train_dataset[number] for number in range(len(ROWS))])
    sent = _sent(tokenizer, model, (row["prompt"] for row in ROWS), monkeypatch)
    for row, prompt, ids, labels in zip(
        ROWS, sent, batch["input_ids"].tolist(), batch["labels"].tolist(), strict=True
    ):
        learned = [label for label in labels if label != -100]
        assert ids[: len(prompt)] == prompt and labels[: len(prompt)] == [-100] * len(prompt)
        assert labels[len(prompt) : len(prompt) + len(learned)] == learned  # and nothing after the end
        text = tokenizer.decode(learned, skip_special_tokens=False)
        assert text.endswith(end) and text.removesuffix(end).strip() == row["completion"][0]["content"]
        assert learned[-1] == tokenizer.convert_tokens_to_ids(end)


def test_no_bos_stands_beside_another(tokenizer):
    for row in ROWS:
        ids = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True)["input_ids"]
        assert (tokenizer.bos_token_id, tokenizer.bos_token_id) not in pairwise(ids)


def test_preference_pairs_are_compared_up_to_the_end_token(tokenizer, end, tmp_path):
    """The pairs of DPO have the prompt of SFT, and both answers end with the end token."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    pairs = [
        {"prompt": row["prompt"], "chosen": row["completion"], "rejected": [message("assistant", "Nothing at all.")]}
        for row in ROWS
    ]
    settings = {"bf16": False, "gradient_checkpointing": False, "use_cpu": True, "report_to": "none"}
    trainer = DPOTrainer(
        model=make_model(tokenizer),
        ref_model=make_model(tokenizer),
        args=DPOConfig(output_dir=str(tmp_path), disable_tqdm=True, **settings),
        train_dataset=Dataset.from_list(pairs),
        processing_class=tokenizer,
    )
    number = tokenizer.convert_tokens_to_ids(end)
    for row in trainer.train_dataset:
        prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True)["input_ids"]
        assert row["prompt_ids"] == prompt
        assert row["chosen_ids"][-1] == row["rejected_ids"][-1] == number


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_batch_is_answered_as_its_prompts_alone(folder, side):
    tokenizer = load_tokenizer(str(folder))
    tokenizer.padding_side = side
    sampler = transformers_sampler(make_model(tokenizer), tokenizer, n=1, temperature=0, max_new_tokens=12, seed=1)
    rows = [row_of(prompt) for prompt in PROMPTS.values()]
    together = sampler(rows, 0)
    assert together == [sampler([row], 0)[0] for row in rows]
    assert len({sample.text for (sample,) in together}) > 1


@pytest.mark.parametrize("name", ["llama-3", "qwen3", "gemma", "base-with-bos", "no-end"])
def test_a_model_that_has_learned_stops_by_itself(folder, tmp_path):
    """The end of a turn is another token than the model's own end (Llama 3, Gemma), or the padding token (Qwen 3)."""
    tokenizer = load_tokenizer(str(folder))
    rows = [
        {"prompt": [message("user", f"Give {answer}")], "completion": [message("assistant", answer)]}
        for answer in ANSWERS
    ]
    model = make_model(tokenizer)
    settings = {"max_steps": 60, "learning_rate": 0.02, "per_device_train_batch_size": len(rows)}
    train(lambda: _trainer(model, tokenizer, tmp_path, rows, lr_scheduler_type="linear", **settings), tmp_path)
    tokenizer = load_tokenizer(str(tmp_path / "model"))
    saved = load_model(str(tmp_path / "model"), tokenizer, dtype="float32")
    sampler = transformers_sampler(saved, tokenizer, n=1, temperature=0, max_new_tokens=80, seed=1)
    samples = [sample for (sample,) in sampler([row_of(row["prompt"]) for row in rows], 0)]
    assert [(sample.text.strip(), sample.finish) for sample in samples] == [(answer, "stop") for answer in ANSWERS]


def test_generation_stops_at_every_token_that_ends_an_answer(folders):
    from transformers import GenerationConfig

    tokenizer = load_tokenizer(str(folders["llama-3"]))
    configured = tokenizer.convert_tokens_to_ids("<|begin_of_text|>")
    stops = stop_tokens(tokenizer, GenerationConfig(eos_token_id=configured))
    assert tokenizer.convert_ids_to_tokens(stops) == ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]


def test_the_sampler_stops_there_whatever_the_model_is_configured_for(folders, monkeypatch):
    tokenizer = load_tokenizer(str(folders["gemma"]))
    model = make_model(tokenizer)  # configured for <eos> alone
    given: list[list[int]] = []

    def generate(input_ids, eos_token_id, **rest):
        given.append(eos_token_id)
        return input_ids

    monkeypatch.setattr(model, "generate", generate)
    transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=4, seed=1)([row_of([QUESTION])], 0)
    assert tokenizer.convert_ids_to_tokens(given[0]) == ["<eos>", "<end_of_turn>"]


def test_the_stop_tokens_are_saved_with_the_model(folders, tmp_path):
    from transformers import GenerationConfig

    tokenizer = load_tokenizer(str(folders["gemma"]))
    trainer = _trainer(make_model(tokenizer), tokenizer, tmp_path, ROWS, max_steps=1)
    train(lambda: trainer, tmp_path)
    saved = GenerationConfig.from_pretrained(tmp_path / "model")
    assert tokenizer.convert_tokens_to_ids("<end_of_turn>") in saved.eos_token_id


def test_settings_of_the_model_do_not_change_the_samples(folders):
    """Qwen2.5 has a penalty for repetition in its generation configuration: mentions could not be copied."""
    tokenizer = load_tokenizer(str(folders["qwen2.5"]))
    texts = []
    for penalty in (1.0, 5.0):
        model = make_model(tokenizer)
        model.generation_config.repetition_penalty = penalty
        sampler = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=20, seed=1)
        texts.append(sampler([row_of([QUESTION])], 0))
    assert texts[0] == texts[1]


def test_a_token_without_a_vector_is_an_error_before_training(folders, tmp_path):
    from datasets import Dataset

    tokenizer = load_tokenizer(str(folders["gemma"]))
    tokenizer.add_tokens(["<extra>"])
    rows = [{"prompt": [QUESTION], "completion": [message("assistant", text)]} for text in ("NA", "an <extra> token")]
    size = len(tokenizer) - 1
    assert len(filter_by_length(Dataset.from_list(rows[:1]), tokenizer, None, ["completion"], tmp_path, size)) == 1
    assert len(filter_by_length(Dataset.from_list(rows), tokenizer, None, ["completion"], tmp_path, size + 64)) == 2
    with pytest.raises(InputError, match=rf"token {size} \('<extra>'\), but the model's embedding ends at {size - 1}"):
        filter_by_length(Dataset.from_list(rows), tokenizer, None, ["completion"], tmp_path, size)


def test_a_token_without_a_vector_is_an_error_before_sampling(folders):
    tokenizer = load_tokenizer(str(folders["gemma"]))
    model = make_model(tokenizer)
    tokenizer.add_tokens([f"<extra-{number}>" for number in range(64)])
    sampler = transformers_sampler(model, tokenizer, n=1, temperature=0, max_new_tokens=4, seed=1)
    with pytest.raises(InputError, match="embedding ends at"):
        sampler([row_of([message("user", "<extra-63>")])], 0)
