# /// script
# dependencies = ["adelie_hf[train]"]
# ///
"""
Direct preference optimization on IEFeedback pairs (paper, section 4).

accelerate launch recipes/dpo.py --config recipes/adelie/dpo.yaml \
    --model_name_or_path runs/sft/model \
    --dataset_name runs/iefeedback \
    --output_dir runs/dpo

The reference model is the model that training starts from. The model lands in `output_dir/model` when it
is whole; the same call goes on from the last checkpoint after an interruption.
"""

from __future__ import annotations

if __name__ == "__main__":
    from trl import DPOConfig, DPOTrainer, ModelConfig, ScriptArguments, TrlParser

    import adelie_hf  # noqa: F401  (makes the adelie_hf/... names resolve)
    from adelie_hf.training import fit

    parser = TrlParser((ScriptArguments, DPOConfig, ModelConfig))
    fit(DPOTrainer, ("chosen", "rejected"), *parser.parse_args_and_config())
