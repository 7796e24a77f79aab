"""Pairs of similar length come together in a batch of DPO."""

from __future__ import annotations

import pytest

from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train


@pytest.fixture
def trainer(model, tokenizer, pairs_build, tmp_path):
    """A function that makes the trainer of DPO on pairs whose answers differ in length."""
    from datasets import Dataset, concatenate_datasets
    from trl import DPOConfig, DPOTrainer

    from adelie_hf.training import group_pairs_by_length

    def make(**options):
        pairs = concatenate_datasets([Dataset.from_parquet(str(pairs_build / "train.parquet"))] * 8)
        longer = [[{"role": "assistant", "content": "no " * (7 * number % 90)}] for number in range(len(pairs))]
        pairs = pairs.remove_columns("rejected").add_column("rejected", longer)
        args = DPOConfig(output_dir=str(tmp_path / "dpo"), **FEW_STEPS | options)
        return group_pairs_by_length(
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


def test_grouped_pairs_have_hardly_more_padding_than_pairs_alone(trainer):
    alone, pairs = real_tokens(trainer(per_device_train_batch_size=1))
    random, pairs_at_random = real_tokens(trainer(per_device_train_batch_size=4))
    options = {"per_device_train_batch_size": 4, "train_sampling_strategy": "group_by_length"}
    grouped, pairs_grouped = real_tokens(trainer(**options))
    assert pairs == pairs_at_random == pairs_grouped == 160
    assert alone - grouped < (alone - random) / 4


def test_a_pair_is_as_long_as_its_longer_side(trainer):
    for pair in trainer(train_sampling_strategy="group_by_length").train_dataset:
        sides = [len(pair["prompt_ids"]) + len(pair[side]) for side in ("chosen_ids", "rejected_ids")]
        assert pair["length"] == max(sides)


def test_grouped_pairs_train_and_are_evaluated(trainer):
    options = {"train_sampling_strategy": "group_by_length", "eval_strategy": "steps", "eval_steps": 1}
    grouped = trainer(**options, precompute_ref_log_probs=True)
    grouped.train()
    assert [entry["loss"] for entry in grouped.state.log_history if "loss" in entry][0] == pytest.approx(
        0.6931, abs=1e-3
    )
    assert any("eval_held-out_loss" in entry for entry in grouped.state.log_history)


def test_without_the_strategy_nothing_changes(trainer):
    plain = trainer()
    assert "length" not in plain.train_dataset.column_names and plain.args.remove_unused_columns


def test_the_script_takes_the_strategy(run_script, model, pairs_build, tmp_path):
    options = FEW_STEPS | {"train_sampling_strategy": "group_by_length"}
    run_script("dpo", model_name_or_path=model, dataset_name=pairs_build, output_dir=tmp_path / "dpo", **options)
    assert (tmp_path / "dpo" / "model" / "model.safetensors").is_file()
