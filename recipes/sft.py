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

if __name__ == "__main__":
    from trl import ModelConfig, ScriptArguments, SFTConfig, SFTTrainer, TrlParser

    import adelie_hf  # noqa: F401  (makes the adelie_hf/... names resolve)
    from adelie_hf.training import fit

    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig))
    fit(SFTTrainer, ("completion",), *parser.parse_args_and_config())
