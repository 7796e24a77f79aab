"""TRL's trainers take the rows of every shape of IEFeedback."""

from __future__ import annotations

import json

import pytest

from adelie_hf.api import build_iefeedback
from adelie_hf.iefeedback import FeedbackRecipe
from adelie_hf.rows import completion_text, read_build
from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def shaped(instruct_build, tmp_path_factory):
    """A function that builds IEFeedback of a shape from samples of which one is right and one is none."""
    folder = tmp_path_factory.mktemp("shapes")
    _, rows = read_build(instruct_build, "train")
    (folder / "samples").mkdir()
    with open(folder / "samples" / "samples.jsonl", "w", encoding="utf-8") as stream:
        for row in rows:
            stream.write(json.dumps({**row, "samples": [f"{completion_text(row)} ", "[Answer]: nothing"]}) + "\n")

    def build(shape):
        out = folder / shape
        build_iefeedback(folder / "samples", out=out, recipe=FeedbackRecipe(shape=shape))
        return out

    return build


def test_kto(shaped, model, tokenizer, tmp_path):
    from datasets import Dataset
    from transformers import AutoModelForCausalLM
    from trl import KTOConfig, KTOTrainer

    rows = Dataset.from_parquet(str(shaped("unpaired") / "train.parquet"))
    assert set(rows["label"]) == {True, False}
    options = {name: value for name, value in FEW_STEPS.items() if name != "save_steps"}
    trainer = KTOTrainer(
        model=AutoModelForCausalLM.from_pretrained(model),
        args=KTOConfig(output_dir=str(tmp_path), **options),
        train_dataset=rows.select_columns(["prompt", "completion", "label"]),
        processing_class=tokenizer,
    )
    assert trainer.train().global_step == 2


@pytest.mark.parametrize(("shape", "script"), [("all_pairs", "dpo"), ("best_of_n", "sft")])
def test_the_scripts_take_the_other_shapes(run_script, shaped, model, tmp_path, shape, script):
    run_script(script, model_name_or_path=model, dataset_name=shaped(shape), output_dir=tmp_path / script, **FEW_STEPS)
    assert (tmp_path / script / "model" / "model.safetensors").is_file()
