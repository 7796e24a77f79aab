# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Supervised fine-tuning on IEInstruct rows (paper, section 4).

accelerate launch recipes/sft.py --config recipes/llama-2-7b/sft.yaml \
    --model_name_or_path meta-llama/Llama-2-7b-hf \
    --dataset_name runs/ieinstruct \
    --output_dir runs/sft

`dataset_name` is a folder of Parquet files or any name that `load_dataset` accepts, `adelie_hf/ieinstruct` included.
The loss is computed on the completion. `use_peft` trains an adapter, and a model that is an adapter is trained
further. The model is saved to `output_dir/model` when it is complete; after an
interruption the same call resumes from the last checkpoint.
"""

from __future__ import annotations

from trl import ModelConfig, ScriptArguments, SFTConfig, SFTTrainer

import adelie_hf  # noqa: F401  (registers the names adelie_hf/... with `datasets`)
from adelie_hf.script_log import script_output
from adelie_hf.training import (
    ROW_COLUMNS,
    EvaluationArguments,
    check_evaluation,
    check_packing,
    check_reporters,
    filter_by_length,
    group_by_length,
    hold_out,
    labelled_positions_only,
    load_rows,
    log_shared_texts,
    parse_arguments,
    prepare_model,
    read_benchmarks,
    score_evaluations,
    stop_early,
    train,
    trainer_model,
)

COLUMNS = ["prompt", "completion"]
ARGUMENTS = (ScriptArguments, SFTConfig, ModelConfig, EvaluationArguments)


def main(
    script_args: ScriptArguments,
    training_args: SFTConfig,
    model_args: ModelConfig,
    evaluation_args: EvaluationArguments,
) -> None:
    labelled_positions_only()

    def make_trainer() -> SFTTrainer:
        check_evaluation(evaluation_args, training_args, generates=True)
        check_reporters(training_args)
        number = evaluation_args.eval_rows
        benchmarks = read_benchmarks(evaluation_args.eval_benchmarks, evaluation_args.eval_benchmarks_dir, number)
        rows = load_rows(
            script_args.dataset_name,
            script_args.dataset_config,
            script_args.dataset_train_split,
            [*COLUMNS, *(ROW_COLUMNS if number else ())],
        )
        tokenizer, embedding_size = prepare_model(model_args, training_args)
        rows = filter_by_length(
            rows,
            tokenizer,
            training_args.max_length,
            ["completion"],
            training_args.output_dir,
            embedding_size,
        )
        train_rows, held_out = hold_out(rows, number, training_args.seed)
        log_shared_texts(benchmarks, train_rows)
        trainer = SFTTrainer(
            args=training_args,
            train_dataset=train_rows.select_columns(COLUMNS),
            eval_dataset=held_out.select_columns(COLUMNS) if held_out is not None else None,
            processing_class=tokenizer,
            **trainer_model(model_args, training_args),
        )
        check_packing(trainer)
        if held_out is not None:
            score_evaluations(trainer, held_out, evaluation_args.eval_max_new_tokens, benchmarks)
        stop_early(trainer, evaluation_args)
        return group_by_length(trainer)

    train(make_trainer, training_args.output_dir)


if __name__ == "__main__":
    with script_output():
        main(*parse_arguments(ARGUMENTS))
