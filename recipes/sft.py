# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Supervised fine-tuning on IEInstruct rows (paper, section 4).

accelerate launch recipes/sft.py --config recipes/adelie/sft.yaml \
    --model_name_or_path meta-llama/Llama-2-7b-hf \
    --dataset_name runs/ieinstruct \
    --output_dir runs/sft

`dataset_name` is a folder of Parquet files or any name that `load_dataset` knows, `adelie_hf/ieinstruct`
included. The loss is on the completion. The model lands in `output_dir/model` when it is whole; the same
call goes on from the last checkpoint after an interruption.
"""

from __future__ import annotations

from pathlib import Path


def main(script_args, training_args, model_args):
    from datasets import load_dataset
    from trl import SFTTrainer, get_peft_config, get_quantization_config

    import adelie_hf  # noqa: F401  (makes the adelie_hf/... names resolve)
    from adelie_hf.training import load_tokenizer, train, within_length

    training_args.model_init_kwargs = (training_args.model_init_kwargs or {}) | {
        "revision": model_args.model_revision,
        "attn_implementation": model_args.attn_implementation,
        "dtype": model_args.dtype,
    }

    def make_trainer():
        tokenizer = load_tokenizer(model_args.model_name_or_path, model_args.model_revision)
        rows = load_dataset(
            script_args.dataset_name, name=script_args.dataset_config, split=script_args.dataset_train_split
        ).select_columns(["prompt", "completion"])
        report = Path(training_args.output_dir) / "rows.json"
        return SFTTrainer(
            model=model_args.model_name_or_path,
            args=training_args,
            train_dataset=within_length(rows, tokenizer, training_args.max_length, ("completion",), report),
            processing_class=tokenizer,
            quantization_config=get_quantization_config(model_args),
            peft_config=get_peft_config(model_args),
        )

    train(make_trainer, training_args.output_dir)


if __name__ == "__main__":
    from trl import ModelConfig, ScriptArguments, SFTConfig, TrlParser

    main(*TrlParser((ScriptArguments, SFTConfig, ModelConfig)).parse_args_and_config())
