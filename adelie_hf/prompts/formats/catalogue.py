"""The fifteen answer formats in one table: three families of five each (paper, section 3.2)."""

from __future__ import annotations

from adelie_hf.answers import Answer
from adelie_hf.errors import InputError
from adelie_hf.prompts.formats import iepile_format, json_format, text
from adelie_hf.prompts.formats.format import Family, Format, ParseResult
from adelie_hf.prompts.formats.template_data import load_template
from adelie_hf.prompts.formats.templates import grammar_of, read_template, write_template
from adelie_hf.tasks import TASKS


def _template_format(name: str, family: Family, *, grouped: bool = False) -> Format:
    """Return the format of an entry of `data/templates.yaml`."""

    def write(answer: Answer, task: str) -> str:
        return write_template(answer, load_template(name, task))

    def read(body: str, task: str) -> ParseResult:
        return read_template(body, load_template(name, task))

    return Format(
        name, family, write, read, grouped=grouped, grammar=lambda task: grammar_of(load_template(name, task))
    )


# `text` and `json` come first: evaluation requests `text`, most mixtures both. The order is part of the data: `pick`
# chooses by position.
ANSWER_FORMATS = {
    answer_format.name: answer_format
    for answer_format in (
        Format("text", "triplet", text.write_text, text.read_text, tables=True, grammar=text.grammar_of),
        Format("json", "json", json_format.write_objects, json_format.read_objects, tables=True),
        _template_format("arrows", "triplet"),
        _template_format("bars", "triplet"),
        _template_format("angles", "triplet"),
        _template_format("calls", "triplet"),
        Format("iepile", "json", iepile_format.write_categories, iepile_format.read_categories, grouped=True),
        Format("json-arrays", "json", json_format.write_arrays, json_format.read_arrays),
        Format("json-lines", "json", json_format.write_object_lines, json_format.read_object_lines),
        Format("json-nested", "json", json_format.write_nested, json_format.read_nested),
        _template_format("sentences", "natural"),
        _template_format("report", "natural"),
        _template_format("lists", "natural", grouped=True),
        _template_format("questions", "natural"),
        _template_format("category-first", "natural"),
    )
}
FORMATS = tuple(ANSWER_FORMATS)


def family(format: str) -> Family:
    """Return the family of a format: `triplet`, `json` or `natural`.

    Raises:
        InputError: for an unknown format.

    >>> family("arrows")
    'triplet'
    """
    if format not in ANSWER_FORMATS:
        raise InputError(f"unknown format {format!r}; the formats are {', '.join(FORMATS)}")
    return ANSWER_FORMATS[format].family


def formats(task: str) -> tuple[str, ...]:
    """Return the names of the formats that can write the answers of a task.

    A table is written as Markdown or JSON; all other answers in each of `FORMATS`.

    Raises:
        InputError: for an unknown task.

    >>> formats("odie")
    ('text', 'json')
    """
    if task not in TASKS:
        raise InputError(f"unknown task {task!r}; the tasks are {', '.join(TASKS)}")
    return tuple(name for name, answer_format in ANSWER_FORMATS.items() if answer_format.supports(task))


def find_format(name: str, task: str) -> Format:
    """Return the format of that name.

    Raises:
        InputError: for an unknown task or format, and for a format that cannot write the answers of the task.
    """
    answer_format = ANSWER_FORMATS.get(name)
    if task not in TASKS or answer_format is None or not answer_format.supports(task):
        known = formats(task)
        family(name)
        raise InputError(f"{task} has no format {name!r}; its formats are {', '.join(known)}")
    return answer_format
