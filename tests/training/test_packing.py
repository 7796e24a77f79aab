"""Packed rows do not see one another, and a model that would let them is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from adelie_hf.errors import InputError
from adelie_hf.training import check_packing
from adelie_hf.training.packing import leaks
from tests.training.conftest import FEW_STEPS

pytestmark = pytest.mark.train


def trainer_of(model, **settings):
    args = SimpleNamespace(**{"packing": True, "packing_strategy": "bfd"} | settings)
    return SimpleNamespace(model=model, args=args, padding_free=args.packing)


@pytest.fixture(params=["sdpa", "eager"])
def llama(request, model):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(model, attn_implementation=request.param)


@pytest.fixture
def mamba():
    from transformers import Mamba2Config, Mamba2ForCausalLM

    size = {"hidden_size": 16, "state_size": 8, "num_heads": 4, "head_dim": 8, "n_groups": 1}
    return Mamba2ForCausalLM(Mamba2Config(vocab_size=64, num_hidden_layers=1, expand=2, **size))


def test_the_logits_of_a_packed_row_are_those_of_the_row_alone(llama, tokenizer, train_rows):
    import torch

    texts = [row["completion"][0]["content"] for row in train_rows[:3]]
    rows = [torch.tensor(tokenizer(text)["input_ids"]) for text in texts]
    positions = torch.cat([torch.arange(len(row)) for row in rows])[None]
    with torch.no_grad():
        packed = llama(input_ids=torch.cat(rows)[None], position_ids=positions, use_cache=False).logits[0]
        alone = torch.cat([llama(input_ids=row[None], use_cache=False).logits[0] for row in rows])
    torch.testing.assert_close(packed, alone, rtol=1e-5, atol=1e-5)


def test_attention_that_reads_the_positions_does_not_leak(llama):
    llama.train()
    assert not leaks(llama)
    assert llama.training
    check_packing(trainer_of(llama))


def test_a_model_that_would_leak_is_refused(mamba):
    assert leaks(mamba)
    with pytest.raises(InputError, match="packed rows see one another") as error:
        check_packing(trainer_of(mamba))
    assert error.value.parameter == "packing"
    check_packing(trainer_of(mamba, packing=False))


def test_rows_are_never_cut(llama):
    with pytest.raises(InputError, match="wrapped cuts rows"):
        check_packing(trainer_of(llama, packing_strategy="wrapped"))


def test_the_script_checks_before_the_first_step(run_script, model, instruct_build, tmp_path):
    options = FEW_STEPS | {"packing": True, "packing_strategy": "wrapped"}
    with pytest.raises(InputError, match="wrapped"):
        run_script("sft", model_name_or_path=model, dataset_name=instruct_build, output_dir=tmp_path, **options)
    assert not (tmp_path / "model").exists()
