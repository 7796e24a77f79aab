"""The prompts for LLMs: data, checked when they are loaded."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

import yaml


@cache
def wording(name: str) -> dict[str, Any]:
    """What `data/<name>.yaml` holds, with its `prompt` as a template: values are put in once, whatever they hold.

    Raises:
        ValueError: when the prompt has other slots than the file says, or a list holds anything but lower-case text.
    """
    data = yaml.safe_load((files("adelie_hf.sampling") / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    prompt = Template(data["prompt"])
    if not prompt.is_valid() or set(prompt.get_identifiers()) != set(data["slots"]):
        raise ValueError(f"sampling/data/{name}.yaml: the prompt's slots are not {', '.join(data['slots'])}")
    for key in ("leaks", "formats"):
        for phrase in data.get(key, ()):
            if not isinstance(phrase, str) or phrase != phrase.strip().lower() or not phrase:
                raise ValueError(f"sampling/data/{name}.yaml: {phrase!r} in {key} is not a phrase in lower case")
    return data | {"prompt": prompt}
