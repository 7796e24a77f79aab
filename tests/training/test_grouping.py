"""Rows of similar length come together in a batch, of SFT and of DPO."""

from __future__ import annotations

from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.training.grouping import GroupedRows
from tests.training.conftest import FEW_STEPS

BY_LENGTH = {"train_sampling_strategy": "group_by_length"}


@given(st.lists(st.integers(1, 500), min_size=1, max_size=200), st.integers(1, 8), st.integers(0, 3))
def test_each_row_comes_once_an_epoch_and_the_longest_first(lengths, batch_size, epoch):
    rows = GroupedRows(lengths, batch_size, seed=1)
    rows.set_epoch(epoch)
    order = list(rows)
    assert sorted(order) == list(range(len(lengths))) == list(range(len(rows))) and order == list(rows)
    complete = order[: len(order) // batch_size * batch_size]
    if complete and max(lengths) in [lengths[row] for row in complete]:
        assert max(lengths) in [lengths[row] for row in order[:batch_size]]


def test_batches_have_similar_lengths_and_no_order():
    lengths = [100 + number * 7919 % 401 for number in range(4000)]

    def means(rows):
        order = list(rows)
        batches = [[lengths[row] for row in order[start : start + 8]] for start in range(0, 4000, 8)]
        assert mean(mean(batch) / max(batch) for batch in batches) > 0.98
        return [mean(batch) for batch in batches]

    rows = GroupedRows(lengths, 8, seed=1)
    first = means(rows)
    # In the order of their lengths, as transformers leaves them, neighbours would differ by 8 tokens.
    assert mean(abs(one - next_one) for one, next_one in zip(first, first[1:], strict=False)) > 80
    rows.set_epoch(1)
    assert means(rows) != first != means(GroupedRows(lengths, 8, seed=2))


@pytest.fixture
def trainer(model, tokenizer, pairs_build, tmp_path):
    """A function that makes the trainer of DPO on pairs whose answers differ in length."""
    from datasets import Dataset, concatenate_datasets
    from trl import DPOConfig, DPOTrainer

    from adelie_hf.training import group_by_length

    def make(**options):
        pairs = concatenate_datasets([Dataset.from_parquet(str(pairs_build / "train.parquet"))] * 8)
        longer = [[{"role": "assistant", "content": "no " * (7 * number % 90)}] for number in range(len(pairs))]
        pairs = pairs.remove_columns("rejected").add_column("rejected", longer)
        args = DPOConfig(output_dir=str(tmp_path / "dpo"), **FEW_STEPS | options)
        return group_by_length(
            DPOTrainer(
                str(model),
                args=args,
                train_dataset=pairs,
                eval_dataset=options.get("eval_strategy") and {"held-out": pairs.select(range(5))},
                processing_class=tokenizer,
            )
        )

    return make


def real_tokens(trainer):
    """The share of positions that are no padding, and the number of pairs, of one epoch."""
    masks = [batch["attention_mask"] for batch in trainer.get_train_dataloader()]
    share = sum(float(mask.sum()) for mask in masks) / sum(mask.numel() for mask in masks)
    return share, sum(len(mask) for mask in masks) // 2


@pytest.mark.train
def test_grouped_pairs_have_hardly_more_padding_than_pairs_alone(trainer):
    alone, pairs = real_tokens(trainer(per_device_train_batch_size=1))
    random, pairs_at_random = real_tokens(trainer(per_device_train_batch_size=4))
    grouped, pairs_grouped = real_tokens(trainer(per_device_train_batch_size=4, **BY_LENGTH))
    assert pairs == pairs_at_random == pairs_grouped == 160
    assert alone - grouped < (alone - random) / 4


@pytest.mark.train
def test_grouped_pairs_train_and_are_evaluated(trainer):
    grouped = trainer(**BY_LENGTH, eval_strategy="steps", eval_steps=1, precompute_ref_log_probs=True)
    grouped.train()
    assert [entry["loss"] for entry in grouped.state.log_history if "loss" in entry][0] == pytest.approx(
        0.6931, abs=1e-3
    )
    assert any("eval_held-out_loss" in entry for entry in grouped.state.log_history)


@pytest.mark.train
def test_without_the_strategy_the_rows_come_at_random(trainer):
    from torch.utils.data import RandomSampler

    assert isinstance(trainer()._get_train_sampler(), RandomSampler)


@pytest.mark.train
@pytest.mark.parametrize("script", ["sft", "dpo"])
def test_the_scripts_take_the_strategy(run_script, model, instruct_build, pairs_build, tmp_path, monkeypatch, script):
    drawn = []
    monkeypatch.setattr(GroupedRows, "set_epoch", lambda rows, epoch: drawn.append((epoch, rows.batch_size)))
    rows = {"sft": instruct_build, "dpo": pairs_build}[script]
    options = FEW_STEPS | BY_LENGTH | {"gradient_accumulation_steps": 3}
    run_script(script, model_name_or_path=model, dataset_name=rows, output_dir=tmp_path / script, **options)
    assert (0, 2 * 3) in drawn
    assert (tmp_path / script / "model" / "model.safetensors").is_file()
