"""Griffe extension: the examples of docstrings are shown as code."""

from __future__ import annotations

import re
from textwrap import dedent, indent
from typing import Any

import griffe

# A line with a prompt, and the lines up to the next empty one.
_DOCTEST = re.compile(r"^( *)>>> .*(?:\n(?! *$).*)*", re.MULTILINE)
# A section of code without prompts.
_SECTION = re.compile(r"^( *)Example:\n((?:\1    .*(?:\n|$)| *\n)+)", re.MULTILINE)


class Examples(griffe.Extension):
    """Fence every example, so that Markdown does not read `>>>` as a quotation and `["x"]` as a link."""

    def on_object(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        if obj.docstring:
            text = _SECTION.sub(_fenced_section, obj.docstring.value)
            obj.docstring.value = _DOCTEST.sub(_fenced_doctest, text)


def _fenced_doctest(match: re.Match[str]) -> str:
    return f"{match[1]}```pycon\n{match[0]}\n{match[1]}```"


def _fenced_section(match: re.Match[str]) -> str:
    if ">>> " in match[2]:
        return match[0]
    code = indent(f"```python\n{dedent(match[2]).strip()}\n```", f"{match[1]}    ")
    return f"{match[1]}Example:\n{code}\n\n"
