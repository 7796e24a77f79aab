"""Chat templates: which are kept, which are changed, and what ours writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.models import CHAT_TEMPLATE, load_tokenizer
from adelie_hf.models.chat_template import end_token, fitted_template
from adelie_hf.rows import message
from tests.models.conftest import Family, build_tokenizer

pytestmark = pytest.mark.train

SYSTEM, QUESTION = message("system", "Be brief."), message("user", "Where is Oslo?")
ANSWER, MORE = message("assistant", "In Norway."), message("user", "And Rome?")


PUBLISHED = (
    *("cohere", "cohere2", "deepseek_r1_distill", "deepseekv3", "gemma", "gemma3", "gemma4", "glm4moe", "lfm2"),
    *("lfm2_2_5", "llama3", "llama3_1", "llama3_2", "nemotron_3_nano", "phi3", "phi3_5", "qwen2_5", "qwen3"),
    *("qwen3_5_think", "qwen3_6", "qwen3_instruct_2507"),
)
MARKERS = (
    *("<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<start_of_turn>"),
    *("<end_of_turn>", "<|turn>", "<turn|>", "<|user|>", "<|assistant|>", "<|end|>", "<think>", "</think>"),
    *("<|END_OF_TURN_TOKEN|>", "<|END_RESPONSE|>", "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"),
)


def _text(tokenizer, messages, prompt=False):
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)


@pytest.fixture
def changed(folders, tmp_path):
    """A function that saves a family's tokenizer with another template, or without one, and returns the folder."""
    from transformers import AutoTokenizer

    def change(family, template, **tokens):
        bare = AutoTokenizer.from_pretrained(folders[family], **tokens)
        bare.chat_template = template
        bare.save_pretrained(tmp_path / "changed")
        return str(tmp_path / "changed")

    return change


def test_a_base_model_without_a_template_gets_ours_with_the_bos_that_its_tokenizer_adds(folders):
    chat = [QUESTION, ANSWER, MORE]
    expected = "<|user|>\nWhere is Oslo?\n<|assistant|>\nIn Norway.{end}\n<|user|>\nAnd Rome?\n<|assistant|>\n"
    without, with_bos = (load_tokenizer(str(folders[f"base-{kind}-bos"])) for kind in ("without", "with"))
    assert _text(without, chat, prompt=True) == expected.format(end="<|endoftext|>")
    assert _text(with_bos, chat, prompt=True) == "<s>" + expected.format(end="</s>")
    assert with_bos.apply_chat_template([QUESTION])["input_ids"][1] != with_bos.bos_token_id


def test_a_saved_tokenizer_is_loaded_as_it_was(tokenizer, tmp_path):
    tokenizer.save_pretrained(tmp_path)
    again = load_tokenizer(str(tmp_path))
    assert again.chat_template == tokenizer.chat_template and again.pad_token == tokenizer.pad_token
    chat = [SYSTEM, QUESTION, ANSWER]
    assert again.apply_chat_template(chat)["input_ids"] == tokenizer.apply_chat_template(chat)["input_ids"]


def test_a_template_that_obeys_the_laws_is_kept(changed):
    template = (
        "{% for m in messages %}{{ m.role + ': ' + m.content + eos_token }}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
    )
    assert load_tokenizer(changed("llama-2", template)).chat_template == template


def test_generation_marks_are_kept_or_removed_but_never_in_the_wrong_place(changed):
    """TRL refuses `assistant_only_loss` for a template without marks; with marks in a macro it would mask wrongly."""
    assert load_tokenizer(changed("qwen2.5", CHAT_TEMPLATE)).chat_template == CHAT_TEMPLATE
    template = CHAT_TEMPLATE.replace("{% endgeneration %}", "\n{%- endgeneration -%}\n{{ '\\n' }}")
    tokenizer = load_tokenizer(changed("qwen2.5", template))
    assert "generation %}" not in tokenizer.chat_template
    chat = [QUESTION, ANSWER, MORE, ANSWER]
    expected = "<|user|>\nWhere is Oslo?\n<|assistant|>\nIn Norway.<|im_end|>\n\n"
    assert _text(tokenizer, chat) == expected + "<|user|>\nAnd Rome?\n<|assistant|>\nIn Norway.<|im_end|>"


@pytest.fixture(scope="module")
def published_tokenizer(tmp_path_factory):
    """A function that returns a tokenizer with a template of a published model, and the turn markers of many."""
    from transformers import AutoTokenizer

    folder = tmp_path_factory.mktemp("published")
    build_tokenizer(Family(None, "</s>", "</s>", "<s>", special=MARKERS, adds_bos=True), folder)

    def load(template):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.chat_template = template
        tokenizer.chat_template = fitted_template(tokenizer)
        return tokenizer

    return load


@pytest.mark.parametrize("name", PUBLISHED)
def test_templates_of_published_models_obey_the_laws(published_tokenizer, name):
    """TRL has copies of the templates of many models. Those for images and text take no plain text."""
    import trl

    file = Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja"
    if not file.is_file():
        pytest.skip(f"this version of TRL has no {file.name}")
    tokenizer = published_tokenizer(file.read_text())
    for chat in ([QUESTION], [SYSTEM, QUESTION], [QUESTION, ANSWER, MORE], [SYSTEM, QUESTION, MORE]):
        prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True)["input_ids"]
        complete = tokenizer.apply_chat_template([*chat, ANSWER])["input_ids"]
        assert complete[: len(prompt)] == prompt
        learned = tokenizer.decode(complete[len(prompt) :])
        assert learned == f"In Norway.{end_token(tokenizer)}"
        assert all(turn["content"] in tokenizer.decode(prompt) for turn in chat)


def test_the_text_of_every_turn_is_kept_whatever_a_template_refuses(tokenizer, name):
    """A system turn that a template refuses becomes a part of the user turn, and two user turns become one."""
    text = _text(tokenizer, [SYSTEM, QUESTION, MORE, ANSWER, QUESTION], prompt=True)
    places = [text.rfind(turn["content"]) for turn in (MORE, ANSWER, QUESTION)]
    assert "Be brief." in text and places == sorted(places) and -1 not in places
    if name == "gemma":
        assert text.count("<start_of_turn>user") == 2 and "Be brief.\n\nWhere is Oslo?\n\nAnd Rome?<end_" in text


def test_a_default_system_turn_is_kept_and_gives_way_to_another(folders):
    tokenizer = load_tokenizer(str(folders["qwen2.5"]))
    assert "You are a helpful assistant." in _text(tokenizer, [QUESTION], prompt=True)
    assert "You are a helpful assistant." not in _text(tokenizer, [SYSTEM, QUESTION], prompt=True)


def test_a_prompt_is_the_same_at_every_time(tokenizer):
    assert _text(tokenizer, [QUESTION], prompt=True) == _text(tokenizer, [QUESTION], prompt=True)


def test_first_and_last_blanks_of_a_template_are_kept(changed):
    template = "\n {% for m in messages %}{{ m.content }}\n{% endfor %}\n  \n"
    tokenizer = load_tokenizer(changed("llama-2", template))
    from transformers import AutoTokenizer

    original = AutoTokenizer.from_pretrained(changed("llama-2", template))
    assert tokenizer.chat_template != template
    assert _text(tokenizer, [QUESTION], prompt=True) == _text(original, [QUESTION], prompt=True)


def test_a_template_that_takes_no_answer_is_an_error(changed):
    with pytest.raises(InputError, match="does not take a user turn and an answer"):
        load_tokenizer(changed("llama-2", "{{ raise_exception('no') }}"))


def test_a_tokenizer_without_an_end_token_is_an_error(changed):
    template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    with pytest.raises(InputError, match="no end token"):
        load_tokenizer(changed("no-end", template, eos_token=None))


def test_a_tokenizer_without_a_padding_token_gets_one(folders):
    assert load_tokenizer(str(folders["llama-2"])).pad_token == "</s>"
    assert load_tokenizer(str(folders["gemma"])).pad_token == "<pad>"


def test_a_tokenizer_alone_in_a_folder_is_enough(folders, tmp_path):
    shutil.copytree(folders["mistral"], tmp_path / "alone")
    assert load_tokenizer(str(tmp_path / "alone")).eos_token == "</s>"
