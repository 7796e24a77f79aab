"""Chats as a model reads them: the template of the turns, and the tokenizer that bears it."""

from __future__ import annotations

from typing import Any

# The turns of Tulu, which the paper trains with (section 4). The end token closes every assistant turn;
# `generation` marks what assistant_only_loss trains on.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if not loop.first %}{{ '\\n' }}{% endif %}{{ '<|' + message.role + '|>\\n' }}"
    "{% if message.role == 'assistant' %}"
    "{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}"
    "{% else %}{{ message.content }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '\\n<|assistant|>\\n' }}{% endif %}"
)


def load_tokenizer(name: str, revision: str | None = None) -> Any:
    """A model's tokenizer. A base model that has no chat template or padding token of its own is given ours."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
    tokenizer.chat_template = tokenizer.chat_template or CHAT_TEMPLATE
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return tokenizer
