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

from datasets import load_dataset
from trl import DPOConfig, DPOTrainer, ModelConfig, ScriptArguments

import adelie_hf  # noqa: F401  (registers the names adelie_hf/... with `datasets`)
from adelie_hf.models import embedding_size, load_tokenizer, local_model
from adelie_hf.script_log import script_output
from adelie_hf.training import (
    filter_by_length,
    group_pairs_by_length,
    labelled_positions_only,
    parse_arguments,
    train,
    trainer_model,
)


def main(script_args: ScriptArguments, training_args: DPOConfig, model_args: ModelConfig) -> None:
    base = model_args.model_name_or_path = local_model(model_args.model_name_or_path)
    training_args.model_init_kwargs = (training_args.model_init_kwargs or {}) | {
        "revision": model_args.model_revision,
        "attn_implementation": model_args.attn_implementation,
        "dtype": model_args.dtype,
    }

    labelled_positions_only()

    def make_trainer() -> DPOTrainer:
        tokenizer = load_tokenizer(base, model_args.model_revision)
        pairs = load_dataset(
            script_args.dataset_name, name=script_args.dataset_config, split=script_args.dataset_train_split
        ).select_columns(["prompt", "chosen", "rejected"])
        return DPOTrainer(
            args=training_args,
            train_dataset=filter_by_length(
                pairs,
                tokenizer,
                training_args.max_length,
                ["chosen", "rejected"],
                training_args.output_dir,
                embedding_size(base, model_args.model_revision),
            ),
            processing_class=tokenizer,
            **trainer_model(model_args, training_args),
        )

    train(lambda: group_pairs_by_length(make_trainer()), training_args.output_dir)


if __name__ == "__main__":
    with script_output():
        main(*parse_arguments((ScriptArguments, DPOConfig, ModelConfig)))
