# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Direct preference optimization on IEFeedback pairs (paper, section 4).

accelerate launch recipes/dpo.py --config recipes/llama-2-7b/dpo.yaml \
    --model_name_or_path runs/sft/model \
    --dataset_name runs/iefeedback \
    --output_dir runs/dpo

The reference model is the model that training starts from: a second copy of it, the model without its new adapter
(`use_peft`), or a frozen copy of the adapter that training starts from. `precompute_ref_log_probs` computes its
log-probabilities beforehand. The model is saved to `output_dir/model` when it is complete; after an interruption the
same call resumes from the last checkpoint.
"""

from __future__ import annotations

from trl import DPOConfig, DPOTrainer, ModelConfig, ScriptArguments

import adelie_hf  # noqa: F401  (registers the names adelie_hf/... with `datasets`)
from adelie_hf.script_log import script_output
from adelie_hf.training import (
    PAIR_COLUMNS,
    EvaluationArguments,
    check_evaluation,
    check_reporters,
    filter_by_length,
    group_by_length,
    hold_out,
    labelled_positions_only,
    load_rows,
    parse_arguments,
    prepare_model,
    stop_early,
    train,
    trainer_model,
)

COLUMNS = ["prompt", "chosen", "rejected"]
ARGUMENTS = (ScriptArguments, DPOConfig, ModelConfig, EvaluationArguments)


def main(
    script_args: ScriptArguments,
    training_args: DPOConfig,
    model_args: ModelConfig,
    evaluation_args: EvaluationArguments,
) -> None:
    labelled_positions_only()

    def make_trainer() -> DPOTrainer:
        check_evaluation(evaluation_args, training_args, generates=False)
        check_reporters(training_args)
        number = evaluation_args.eval_rows
        rows = load_rows(
            script_args.dataset_name,
            script_args.dataset_config,
            script_args.dataset_train_split,
            [*COLUMNS, *(PAIR_COLUMNS if number else ())],
        )
        tokenizer, embedding_size = prepare_model(model_args, training_args)
        rows = filter_by_length(
            rows,
            tokenizer,
            training_args.max_length,
            ["chosen", "rejected"],
            training_args.output_dir,
            embedding_size,
        )
        train_rows, held_out = hold_out(rows, number, training_args.seed)
        trainer = DPOTrainer(
            args=training_args,
            train_dataset=train_rows.select_columns(COLUMNS),
            eval_dataset=held_out.select_columns(COLUMNS) if held_out is not None else None,
            processing_class=tokenizer,
            **trainer_model(model_args, training_args),
        )
        stop_early(trainer, evaluation_args)
        return group_by_length(trainer)

    train(make_trainer, training_args.output_dir)


if __name__ == "__main__":
    with script_output():
        main(*parse_arguments(ARGUMENTS))
