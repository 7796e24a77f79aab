"""Tokenizers as model families have them: small ones, with the turn markers and the quirks of their templates.

The templates are written for these tests. Each keeps what its family is known for:

- Llama 2: ordinary text as turn markers, BOS by the template, the system turn inside the first user turn, blanks
  around the answer, turns that must alternate, no padding token;
- Llama 3: a system turn with today's date, another end of a turn than end of a text;
- Qwen2.5: a default system turn, a line break after the end of a turn, no BOS;
- Qwen3: empty thoughts before an answer that the prompt does not have;
- Gemma: BOS by the template, no system turn, the role `model`, a line break after the end of a turn;
- Mistral: turns that must alternate, the system turn in the last user turn;
- Tulu: a base model without a template;
- no end: a template that writes no end token.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

ALTERNATE = (
    "{% for m in turns %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant') }}{% endif %}{% endfor %}"
)
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
LLAMA_2 = (
    "{% if messages[0].role == 'system' %}{% set turns = messages[1:] %}{% set system = messages[0].content %}"
    "{% else %}{% set turns = messages %}{% set system = false %}{% endif %}" + ALTERNATE + "{% for m in turns %}"
    "{% if loop.first and system %}{% set content = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + m.content %}"
    "{% else %}{% set content = m.content %}{% endif %}"
    "{% if m.role == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% else %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"
)
LLAMA_3 = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{% set system = messages[0].content %}"
    "{% set messages = messages[1:] %}{% else %}{% set system = '' %}{% endif %}"
    "{{ '<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: ' + strftime_now('%d %b %Y %H:%M:%S.%f')"
    " + '\\n\\n' + system + '<|eot_id|>' }}"
    "{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n' + m.content | trim"
    " + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
QWEN_25 = (
    "{% if messages[0].role != 'system' %}{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}"
    "{% endif %}" + CHATML
)
QWEN_3 = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}"
    "{% if m.role == 'assistant' and loop.last %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
    "{{ m.content + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
    "{% if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
    "{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% set turns = messages %}" + ALTERNATE + "{% for m in messages %}"
    "{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\\n' + m.content | trim"
    " + '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
MISTRAL = (
    "{% if messages[0].role == 'system' %}{% set system = messages[0].content + '\\n\\n' %}"
    "{% set turns = messages[1:] %}{% else %}{% set system = '' %}{% set turns = messages %}{% endif %}"
    + ALTERNATE
    + "{{ bos_token }}{% for m in turns %}{% if m.role == 'user' %}"
    "{{ '[INST] ' + (system if loop.last else '') + m.content + '[/INST]' }}"
    "{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}"
)
NO_END = (
    "{% for m in messages %}{{ '### ' + m.role + ':\\n' + m.content + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '### assistant:\\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Family:
    """A family of models.

    `end` is the token that ends an answer, `plain` are turn markers that the tokenizer has as added tokens that are
    not special.
    """

    template: str | None
    end: str
    eos: str
    bos: str | None = None
    pad: str | None = None
    special: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    adds_bos: bool = False
    side: str = "right"


FAMILIES = {
    "llama-2": Family(LLAMA_2, "</s>", "</s>", "<s>", adds_bos=True, side="left"),
    "llama-3": Family(
        LLAMA_3,
        "<|eot_id|>",
        "<|end_of_text|>",
        "<|begin_of_text|>",
        special=("<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
        adds_bos=True,
    ),
    "qwen2.5": Family(QWEN_25, "<|im_end|>", "<|im_end|>", pad="<|endoftext|>", special=("<|im_start|>",)),
    "qwen3": Family(QWEN_3, "<|im_end|>", "<|im_end|>", pad="<|im_end|>", plain=("<think>", "</think>")),
    "gemma": Family(
        GEMMA,
        "<end_of_turn>",
        "<eos>",
        "<bos>",
        "<pad>",
        plain=("<start_of_turn>", "<end_of_turn>"),
        adds_bos=True,
        side="left",
    ),
    "mistral": Family(MISTRAL, "</s>", "</s>", "<s>", pad="</s>", special=("[INST]", "[/INST]"), adds_bos=True),
    "base-with-bos": Family(None, "</s>", "</s>", "<s>", adds_bos=True),
    "base-without-bos": Family(None, "<|endoftext|>", "<|endoftext|>", pad="<|endoftext|>"),
    "no-end": Family(NO_END, "</s>", "</s>"),
}
TEXTS = [
    "Find the organizations in the text. Answer in the format: [Answer]: (mention; type);",
    "Acme Corp. hired Ada Brenn in Oslo on 3 May 2021, and the board (five members) agreed.",
    "### user: ### assistant: [INST] [/INST] <<SYS>> <</SYS>> <|user|> <|assistant|> <|system|>",
]


def build_tokenizer(family: Family, folder: Path) -> None:
    """Save a byte-level BPE tokenizer, trained on a few sentences, with the tokens of a family."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = [token for token in (family.bos, family.eos, family.pad, *family.special) if token]
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=list(dict.fromkeys(special)), initial_alphabet=alphabet, show_progress=False
    )
    bpe.train_from_iterator(TEXTS, trainer)
    bpe.add_tokens([AddedToken(token, special=False, normalized=False) for token in family.plain])
    if family.adds_bos:
        bos = str(family.bos)
        bpe.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, bpe.token_to_id(bos))]
        )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token=family.bos,
        eos_token=family.eos,
        pad_token=family.pad,
        padding_side=family.side,
        clean_up_tokenization_spaces=False,
    )
    tokenizer.chat_template = family.template
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Name of a family -> the folder of its tokenizer."""
    found = {}
    for name, family in FAMILIES.items():
        found[name] = tmp_path_factory.mktemp("tokenizers") / name
        build_tokenizer(family, found[name])
    return found


@pytest.fixture(params=[*FAMILIES, "smollm2"])
def name(request) -> str:
    return str(request.param)


@pytest.fixture
def folder(name, folders, request) -> Path:
    """The folder of a family's tokenizer, or of the real SmolLM2."""
    return request.getfixturevalue("smollm2") if name == "smollm2" else folders[name]


@pytest.fixture
def tokenizer(folder):
    from adelie_hf.models import load_tokenizer

    return load_tokenizer(str(folder))


@pytest.fixture
def end(name) -> str:
    """The token that ends an answer."""
    return "<|im_end|>" if name == "smollm2" else FAMILIES[name].end


def make_model(tokenizer, **config):
    """Return a tiny Llama with random weights; its embedding is longer than the vocabulary, as many are.

    The weights are larger than those of a new model, so that answers depend on their prompts.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer) + 64 - len(tokenizer) % 64,
            hidden_size=32,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            tie_word_embeddings=True,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            **config,
        )
    )
    for weights in model.parameters():
        torch.nn.init.normal_(weights, std=0.5)
    return model.eval()


def row_of(prompt):
    """Return as much of a row as a sampler reads."""
    return {"prompt": prompt}


@pytest.fixture(scope="session")
def gguf_of_qwen(folders, tmp_path_factory):
    """A GGUF file of a tiny Llama with the tokens of Qwen2.5, and the model that it was written from."""
    gguf = pytest.importorskip("gguf", reason="the extra `gguf` is not installed")
    pytest.importorskip("sentencepiece", reason="the extra `gguf` is not installed")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folders["qwen2.5"])
    model = make_model(tokenizer, max_position_embeddings=256)
    config, weights = model.config, model.state_dict()
    file = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_vocab_size(config.vocab_size)
    backend = json.loads(tokenizer.backend_tokenizer.to_str())
    special = {token["content"] for token in backend["added_tokens"]}
    tokens = [tokenizer.convert_ids_to_tokens(number) or f"[unused{number}]" for number in range(config.vocab_size)]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in backend["model"]["merges"]])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(tokenizer.chat_template)
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v"}
    names |= {
        "self_attn.o_proj": "attn_output",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
    }
    names |= {f"mlp.{part}_proj": f"ffn_{part}" for part in ("gate", "up", "down")}
    writer.add_tensor("token_embd.weight", weights["model.embed_tokens.weight"].numpy())
    writer.add_tensor("output_norm.weight", weights["model.norm.weight"].numpy())
    for ours, theirs in names.items():
        tensor = weights[f"model.layers.0.{ours}.weight"]
        if theirs in ("attn_q", "attn_k"):  # llama.cpp interleaves the two halves of each head
            heads = config.num_attention_heads
            tensor = tensor.reshape(heads, 2, -1, config.hidden_size).swapaxes(1, 2).reshape(tensor.shape)
        writer.add_tensor(f"blk.0.{theirs}.weight", tensor.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file, tokenizer, model
