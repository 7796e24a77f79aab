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
    check_packing,
    check_reporters,
    filter_by_length,
    labelled_positions_only,
    load_rows,
    parse_arguments,
    prepare_model,
    train,
    trainer_model,
)

COLUMNS = ["prompt", "completion"]
ARGUMENTS = (ScriptArguments, SFTConfig, ModelConfig)


def main(script_args: ScriptArguments, training_args: SFTConfig, model_args: ModelConfig) -> None:
    labelled_positions_only()

    def make_trainer() -> SFTTrainer:
        check_reporters(training_args)
        rows = load_rows(
            script_args.dataset_name,
            script_args.dataset_config,
            script_args.dataset_train_split,
            COLUMNS,
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
        trainer = SFTTrainer(
            args=training_args,
            train_dataset=rows.select_columns(COLUMNS),
            processing_class=tokenizer,
            **trainer_model(model_args, training_args),
        )
        check_packing(trainer)
        return trainer

    train(make_trainer, training_args.output_dir)


if __name__ == "__main__":
    with script_output():
        main(*parse_arguments(ARGUMENTS))
