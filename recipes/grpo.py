# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Group relative policy optimization on IEInstruct prompts, with the rewards of `adelie_hf.rewards`.

accelerate launch recipes/grpo.py --config recipes/smollm2-135m/grpo.yaml \
    --model_name_or_path runs/sft/model \
    --dataset_name runs/ieinstruct \
    --output_dir runs/grpo

The rewards are, in the order of `reward_weights`: the metric of the task, the form of the answer, its categories, and
whether the text contains its mentions. The model is saved to `output_dir/model` when it is complete; after an
interruption the same call resumes from the last checkpoint.
"""

from __future__ import annotations

from trl import GRPOConfig, GRPOTrainer, ModelConfig, ScriptArguments

from adelie_hf import rewards
from adelie_hf.script_log import script_output
from adelie_hf.tasks import GENERAL
from adelie_hf.training import (
    check_reporters,
    filter_by_length,
    labelled_positions_only,
    load_rows,
    parse_arguments,
    prepare_model,
    train,
    trainer_model,
)

COLUMNS = ["prompt", "completion", "task", "format", "answer", "schema", "text"]
REWARDS = [rewards.task_f1, rewards.well_formed, rewards.in_schema, rewards.grounded]
ARGUMENTS = (ScriptArguments, GRPOConfig, ModelConfig)


def main(script_args: ScriptArguments, training_args: GRPOConfig, model_args: ModelConfig) -> None:
    labelled_positions_only()

    def make_trainer() -> GRPOTrainer:
        check_reporters(training_args)
        rows = load_rows(
            script_args.dataset_name, script_args.dataset_config, script_args.dataset_train_split, COLUMNS
        )
        rows = rows.select_columns(COLUMNS).filter(lambda row: row["task"] != GENERAL)
        tokenizer, embedding_size = prepare_model(model_args, training_args)
        rows = filter_by_length(rows, tokenizer, None, ["completion"], training_args.output_dir, embedding_size)
        return GRPOTrainer(
            reward_funcs=list(REWARDS),
            args=training_args,
            train_dataset=rows.remove_columns("completion"),
            processing_class=tokenizer,
            **trainer_model(model_args, training_args),
        )

    train(make_trainer, training_args.output_dir)


if __name__ == "__main__":
    with script_output():
        main(*parse_arguments(ARGUMENTS))
