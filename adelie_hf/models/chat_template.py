"""The chat template: ours for models without one, and fitting of other templates.

Training and sampling render chats with the tokenizer's template alone. `fitted_template` makes it obey these laws:

- a chat that ends in an answer is the prompt, as generation sends it, then the answer and the end token;
- a system turn, and two turns of one role in a row, are accepted;
- the same chat gives the same text on every day.

A template that already does is not changed. The others are wrapped, and the wrapped template is saved with the model,
so a server of the model sends the prompts of the training.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adelie_hf.errors import InputError
from adelie_hf.rows import Message, message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

# The turns of Tulu, as in the paper's training (section 4). The end token closes every assistant turn;
# `generation` marks the text that assistant_only_loss trains on.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if not loop.first %}{{ '\\n' }}{% endif %}{{ '<|' + message.role + '|>\\n' }}"
    "{% if message.role == 'assistant' %}"
    "{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}"
    "{% else %}{{ message.content }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '\\n<|assistant|>\\n' }}{% endif %}"
)

# The wrapped template is a macro, so that a chat that ends in an answer can be rendered as its prompt, and the answer
# appended. The `{{ '' }}` protect the first and last blanks of the original.
_WRAPPER_START = "{%- macro render_chat(messages, add_generation_prompt) -%}"
_WRAPPED = (
    f"{_WRAPPER_START}"
    "PREPARATION{{ '' }}ORIGINAL{{ '' }}{%- endmacro -%}"
    "{%- if messages and messages[-1]['role'] == 'assistant' and not add_generation_prompt -%}"
    "{{- render_chat(messages[:-1], true) + LEAD + (messages[-1]['content'] | trim) + ENDING -}}"
    "{%- else -%}{{- render_chat(messages, add_generation_prompt) -}}{%- endif -%}"
)
_MERGE_TURNS = (
    "{%- set turns = namespace(merged=[]) -%}"
    "{%- for message in messages -%}"
    "{%- set role = ROLE -%}"
    "{%- if turns.merged and turns.merged[-1]['role'] == role -%}"
    "{%- set joined = turns.merged[-1]['content'] + '\\n\\n' + message['content'] -%}"
    "{%- set turns.merged = turns.merged[:-1] + [{'role': role, 'content': joined}] -%}"
    "{%- else -%}"
    "{%- set turns.merged = turns.merged + [{'role': role, 'content': message['content']}] -%}"
    "{%- endif -%}"
    "{%- endfor -%}"
    "{%- set messages = turns.merged -%}"
)
_KEEP_ROLE = "message['role']"
_SYSTEM_AS_USER = "'user' if message['role'] == 'system' else message['role']"
# Llama 3.1 and 3.2 write today's date; this is the date that they write where there is no clock.
_FIXED_DATE = "{%- macro strftime_now(format) -%}26 Jul 2024{%- endmacro -%}"
_GENERATION_MARK = re.compile(r"\{%([-+]?)\s*(?:end)?generation\s*([-+]?)%\}")
_NO_THINKING = "{%- set enable_thinking = false -%}"

_SYSTEM, _USER, _ANSWER = (message(role, f"Trial {role} turn.") for role in ("system", "user", "assistant"))


def fitted_template(tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the tokenizer's chat template, or ours where it has none, changed where it breaks a law of this module.

    What a template does is found by trying it. A wrapped template has no generation marks: a macro's text is rendered
    before its place is known, so `assistant_only_loss` would find the wrong tokens. Without marks TRL refuses it.

    Raises:
        InputError: for a template that refuses a question with an answer, and for a tokenizer without an end token.
    """
    if not tokenizer.chat_template:
        return ("{{ bos_token }}" if _adds_bos(tokenizer) else "") + CHAT_TEMPLATE
    original = str(tokenizer.get_chat_template())
    if original.startswith(_WRAPPER_START):
        return original
    preparation = ""
    if not _keeps(tokenizer, original, [_SYSTEM, _USER]):
        preparation += _MERGE_TURNS.replace("ROLE", _SYSTEM_AS_USER)
    elif not _keeps(tokenizer, original, [_USER, message("user", "Second turn.")]):
        preparation += _MERGE_TURNS.replace("ROLE", _KEEP_ROLE)
    if "strftime_now" in original:
        preparation += _FIXED_DATE
    if "enable_thinking" in original:
        preparation += _NO_THINKING
    lead, ending, is_lawful = _around_answer(tokenizer, original)
    if is_lawful and not preparation:
        return original
    return (
        _WRAPPED.replace("LEAD", _literal(lead))
        .replace("ENDING", _literal(ending))
        .replace("PREPARATION", preparation)
        # A comment controls blanks as the mark did. Jinja drops one newline at the end of a template.
        .replace("ORIGINAL", _GENERATION_MARK.sub(r"{#\1\2#}", original.removesuffix("\n")))
    )


def end_token(tokenizer: PreTrainedTokenizerBase) -> str:
    """Return the token that ends an answer in the tokenizer's template, or its end token where the template has none.

    Raises:
        InputError: for a template that refuses a question with an answer, and for a tokenizer without an end token.
    """
    return _end_in(tokenizer, _after_answer(_trial_chat(tokenizer, str(tokenizer.get_chat_template()))))


def _around_answer(tokenizer: PreTrainedTokenizerBase, template: str) -> tuple[str, str, bool]:
    """Return the blanks that a template writes before an answer, the text to end it with, and whether that is lawful.

    Lawful is a chat that is exactly the prompt, the blanks, the answer and the end.
    """
    chat = _trial_chat(tokenizer, template)
    prompt = _rendered(tokenizer, template, [_USER], add_generation_prompt=True) or ""
    tail = _after_answer(chat)
    end = _end_in(tokenizer, tail)
    ending = tail[: tail.find(end) + len(end)] if end in tail else end
    lead = ""
    if chat.startswith(prompt):
        before = chat[len(prompt) : chat.rfind(_ANSWER["content"])]
        lead = before if not before.strip() else ""
    return lead, ending, chat == prompt + lead + _ANSWER["content"] + ending


def _trial_chat(tokenizer: PreTrainedTokenizerBase, template: str) -> str:
    chat = _rendered(tokenizer, template, [_USER, _ANSWER])
    if chat is None or _ANSWER["content"] not in chat:
        raise InputError("the chat template of the tokenizer does not take a user turn and an answer; set another one")
    return chat


def _after_answer(chat: str) -> str:
    return chat[chat.rfind(_ANSWER["content"]) + len(_ANSWER["content"]) :]


def _end_in(tokenizer: PreTrainedTokenizerBase, tail: str) -> str:
    """Return the first special token in the text after an answer, or the tokenizer's end token."""
    special = {str(token) for token in tokenizer.added_tokens_decoder.values()} | set(tokenizer.all_special_tokens)
    ends = [token for token in special if token in tail]
    if ends:
        return min(ends, key=lambda token: (tail.find(token), -len(token)))
    if tokenizer.eos_token is None:
        raise InputError("the tokenizer has no end token, so no model could learn to stop; set its eos_token")
    return str(tokenizer.eos_token)


def _keeps(tokenizer: PreTrainedTokenizerBase, template: str, messages: list[Message]) -> bool:
    """Return whether a template writes the text of every turn, each in a turn of its own."""
    text = _rendered(tokenizer, template, messages, add_generation_prompt=True)
    return text is not None and all(turn["content"] in text for turn in messages)


def _rendered(
    tokenizer: PreTrainedTokenizerBase, template: str, messages: list[Message], add_generation_prompt: bool = False
) -> str | None:
    """Return the text of a chat; None where the template refuses it."""
    from jinja2 import TemplateError

    try:
        return str(
            tokenizer.apply_chat_template(
                messages, chat_template=template, tokenize=False, add_generation_prompt=add_generation_prompt
            )
        )
    except (TemplateError, TypeError):
        return None


def _adds_bos(tokenizer: PreTrainedTokenizerBase) -> bool:
    return tokenizer.bos_token is not None and tokenizer("a")["input_ids"][:1] == [tokenizer.bos_token_id]


def _literal(text: str) -> str:
    """Return a string of Jinja."""
    return '"' + text.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
