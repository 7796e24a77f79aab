"""The prompts for LLMs are checked when they are loaded."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
import yaml

from adelie_hf.sampling.llm_prompts import load_llm_prompt


@pytest.mark.parametrize(
    ("name", "key", "value", "message"),
    [
        ("explain", "prompt", "$words and $question", "slots are not words, question, answer"),
        ("describe", "prompt", "$task $examples $braces $more", "slots are not"),
        ("explain", "prompt", "$words $question $answer $", "slots are not"),
        ("explain", "forbidden", ["Gold"], "'Gold' in forbidden is not a phrase in lower case"),
        ("describe", "forbidden", [True], "True in forbidden is not a phrase"),
    ],
)
def test_prompts_are_checked(monkeypatch, name, key, value, message):
    content = (files("adelie_hf.sampling") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(content) | {key: value}
    monkeypatch.setattr(yaml, "safe_load", lambda text: data)
    with pytest.raises(ValueError, match=re.escape(message)):
        load_llm_prompt.__wrapped__(name)


def test_values_that_look_like_slots_are_not_filled():
    prompt = load_llm_prompt("explain").template.substitute(words=70, question="$answer {text} $", answer="$$ $words")
    assert "at most 70 words" in prompt
    assert "=== Task ===\n$answer {text} $\n\n=== Result ===\n$$ $words\n\n=== Reason" in prompt
