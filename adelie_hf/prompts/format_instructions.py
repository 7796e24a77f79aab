"""The sentences of `data/requests.yaml` that request an answer format."""

from __future__ import annotations

from functools import cache

from adelie_hf.answers import EventItem
from adelie_hf.prompts.formats.catalogue import FORMATS, find_format, formats
from adelie_hf.prompts.formats.examples import EVENT_WITHOUT_ARGUMENTS, EXAMPLES, example
from adelie_hf.prompts.formats.markup import MARKER
from adelie_hf.prompts.formats.template_data import TEMPLATES_FILE
from adelie_hf.prompts.wordings import fill, read_data
from adelie_hf.tasks import TASKS

_FILE = "prompts/data/requests.yaml"


@cache
def format_instruction(task: str, format: str) -> str:
    """Return the sentence that requests a format, with the body of an empty answer.

    >>> format_instruction("ner", "text")
    'Answer as "[Answer]: entity: type;" for each entity, or "[Answer]: NA".'
    """
    data = read_data("requests")
    wording: str | dict[str, str] = data[format]
    if isinstance(wording, dict):  # one sentence a task
        return wording[task]
    answer_format = find_format(format, task)
    without_arguments = ""
    if TASKS[task].item is EventItem and answer_format.family != "json":
        without_arguments = fill(data["bare"], {"shape": answer_format.write(EVENT_WITHOUT_ARGUMENTS, task)})
    return fill(
        wording,
        {
            "shape": answer_format.write(example(answer_format, task), task),
            "unit": data["units"][task],
            "bare": without_arguments,
            "none": answer_format.write((), task),
        },
    )


@cache
def check_formats(task: str) -> None:
    """Check the wording of every format of a task, once a process.

    Raises:
        ValueError: naming file and entry, for templates of an unknown format, a template that `check_template`
            refuses, an instruction without the body of an empty answer, and two formats that write the same.
    """
    if unknown := sorted(set(read_data("templates")) - set(FORMATS)):
        raise ValueError(f"{TEMPLATES_FILE}, {unknown[0]}: unknown format; the formats are {', '.join(FORMATS)}")
    format_of_body: dict[str, str] = {}
    for format in formats(task):
        answer_format = find_format(format, task)
        body = answer_format.write(EXAMPLES[task], task) if task in EXAMPLES else ""
        if body and format_of_body.setdefault(body, format) != format:
            raise ValueError(f"{format} and {format_of_body[body]} write the same for {task}: {body}")
        try:
            sentence = format_instruction(task, format)
        except KeyError as error:
            raise ValueError(f"{_FILE}, {format}, {task}: has no {error}") from None
        except ValueError as error:
            raise ValueError(f"{_FILE}, {format}, {task}: {error}") from None
        empty_body = answer_format.write((), task)
        if f'"{MARKER} {empty_body}"' not in sentence:
            raise ValueError(f"{_FILE}, {format}, {task}: does not contain {empty_body!r}")
