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

from datasets import load_dataset
from trl import ModelConfig, ScriptArguments, SFTConfig, SFTTrainer

import adelie_hf  # noqa: F401  (registers the names adelie_hf/... with `datasets`)
from adelie_hf.models import embedding_size, load_tokenizer, local_model
from adelie_hf.script_log import script_output
from adelie_hf.training import (
    check_packing,
    filter_by_length,
    labelled_positions_only,
    parse_arguments,
    train,
    trainer_model,
)


def main(script_args: ScriptArguments, training_args: SFTConfig, model_args: ModelConfig) -> None:
    base = model_args.model_name_or_path = local_model(model_args.model_name_or_path)
    training_args.model_init_kwargs = (training_args.model_init_kwargs or {}) | {
        "revision": model_args.model_revision,
        "attn_implementation": model_args.attn_implementation,
        "dtype": model_args.dtype,
    }

    labelled_positions_only()

    def make_trainer() -> SFTTrainer:
        tokenizer = load_tokenizer(base, model_args.model_revision)
        rows = load_dataset(
            script_args.dataset_name, name=script_args.dataset_config, split=script_args.dataset_train_split
        ).select_columns(["prompt", "completion"])
        trainer = SFTTrainer(
            args=training_args,
            train_dataset=filter_by_length(
                rows,
                tokenizer,
                training_args.max_length,
                ["completion"],
                training_args.output_dir,
                embedding_size(base, model_args.model_revision),
            ),
            processing_class=tokenizer,
            **trainer_model(model_args, training_args),
        )
        check_packing(trainer)
        return trainer

    train(make_trainer, training_args.output_dir)


if __name__ == "__main__":
    with script_output():
        main(*parse_arguments((ScriptArguments, SFTConfig, ModelConfig)))
