"""The prompts for LLMs: YAML data, checked when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

import yaml


@dataclass(frozen=True, slots=True)
class LlmPrompt:
    """A prompt for an LLM.

    Args:
        template: the prompt with its slots; a value that looks like a slot is not filled again.
        forbidden: phrases in lower case that a usable reply does not contain.
        braces: the sentences on parts in braces, for a request with such parts and for one without.
    """

    template: Template
    forbidden: tuple[str, ...]
    braces: Mapping[str, str]


@cache
def load_llm_prompt(name: str) -> LlmPrompt:
    """Return the prompt of `data/<name>.yaml`.

    Raises:
        ValueError: when the prompt has other slots than the file lists, or a forbidden phrase is not lower-case text.
    """
    data = yaml.safe_load((files("adelie_hf.sampling") / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    template = Template(data["prompt"])
    if not template.is_valid() or set(template.get_identifiers()) != set(data["slots"]):
        raise ValueError(f"sampling/data/{name}.yaml: the prompt's slots are not {', '.join(data['slots'])}")
    for phrase in data["forbidden"]:
        if not isinstance(phrase, str) or phrase != phrase.strip().lower() or not phrase:
            raise ValueError(f"sampling/data/{name}.yaml: {phrase!r} in forbidden is not a phrase in lower case")
    return LlmPrompt(template, tuple(data["forbidden"]), data.get("braces", {}))
