"""Requests and answers as text: the only package that knows the answer formats.

A format is a name (`FORMATS`, in three families), a sentence that requests it (`data/requests.yaml`), and a pair of
functions: `parse(write(answer, task, format), task, format).items` contains the items of `answer`. The order of items
has no meaning, and formats that group items by category change it.
"""

from __future__ import annotations

from adelie_hf.prompts.answer_text import answer_grammar, answer_json_schema, no_answer, parse, parse_written, write
from adelie_hf.prompts.formats.catalogue import FORMATS, family, formats
from adelie_hf.prompts.formats.format import ParseResult
from adelie_hf.prompts.formats.markup import EXPLANATION, MARKER
from adelie_hf.prompts.requests import question, request, show_schema
from adelie_hf.prompts.task_descriptions import check_descriptions, descriptions, kind_of, relation_kind
from adelie_hf.prompts.wordings import slots

__all__ = [
    "EXPLANATION",
    "FORMATS",
    "MARKER",
    "ParseResult",
    "answer_grammar",
    "answer_json_schema",
    "check_descriptions",
    "descriptions",
    "family",
    "formats",
    "kind_of",
    "no_answer",
    "parse",
    "parse_written",
    "question",
    "relation_kind",
    "request",
    "show_schema",
    "slots",
    "write",
]
