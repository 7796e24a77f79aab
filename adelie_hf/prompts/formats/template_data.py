"""Load the templates of `data/templates.yaml` and check that they can be read back."""

from __future__ import annotations

from functools import cache
from itertools import product

from adelie_hf.answers import Argument, EventItem, Extraction, Item, Table
from adelie_hf.prompts.formats.templates import Template, compile_template, read_template
from adelie_hf.prompts.wordings import literals, read_data, slots
from adelie_hf.tasks import TASKS

TEMPLATES_FILE = "prompts/data/templates.yaml"

# Items with a list of their own, which a template writes in the slot `{arguments}` -> the slots of an element.
_ELEMENT_SLOTS: dict[type[Item], tuple[str, ...]] = {EventItem: Argument._fields, Extraction: ("argument",)}


@cache
def load_template(format: str, task: str) -> Template:
    """Return the template of a format and task.

    Raises:
        ValueError: naming the entry, for one that is missing or fails `check_template`.
    """
    tasks = [name for name, task_row in TASKS.items() if task_row.item is not Table]
    try:
        entry = read_data("templates")[format]
        if unknown := sorted(set(entry["tasks"]) - set(tasks)):
            raise ValueError(f"has a template for {unknown[0]}; the tasks are {', '.join(tasks)}")
        template = Template(task, separator=entry["separator"], **entry["tasks"][task])
        check_template(template)
    except KeyError as error:
        raise ValueError(f"{TEMPLATES_FILE}, {format}, {task}: has no {error}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{TEMPLATES_FILE}, {format}, {task}: {error}") from None
    return template


def check_template(template: Template) -> None:
    """Check that reading inverts writing for every answer.

    Raises:
        ValueError: for slots that are not the fields of the task's items, for ambiguous words, and for a phrase for
            no answer that is blank or reads as an answer.
    """
    _check_slots(template)
    _check_words(template)
    line = template.no_answer + template.separator.rstrip(" ")
    if not template.no_answer.strip() or read_template(line, template).items:
        raise ValueError(f"the phrase for no answer, {template.no_answer!r}, is blank or reads as an answer")


def _check_slots(template: Template) -> None:
    """Check that every field of an item has one slot, and that lists are where the item has them."""
    item_type = TASKS[template.task].item
    fields = item_type._fields
    item_slots, element_slots = slots(template.item), slots(template.element)
    own_list = _ELEMENT_SLOTS.get(item_type)
    required, actual = fields, item_slots
    if template.element:
        list_slot = "arguments" if own_list else "items"
        if item_slots[-1:] != (list_slot,) or (own_list and sorted(element_slots) != sorted(own_list)):
            raise ValueError(
                f"the slots of {template.item!r} and {template.element!r} are not those of {template.task}"
            )
        if not own_list:
            required, actual = (*fields, "items"), item_slots + element_slots
    if sorted(actual) != sorted(required) or (own_list and not template.element):
        raise ValueError(
            f"{template.item!r} has the slots {', '.join(actual)}; {template.task} needs {', '.join(required)}"
        )


def _check_words(template: Template) -> None:
    """Check that no word occurs in another, or across the end of a value and the word after it."""
    compiled = compile_template(template)
    item_literals, element_literals = literals(template.item), literals(template.element)[1:-1]
    element_separators = [template.element_separator] * bool(template.element)
    if not compiled.item_words or any(literals(template.element)[:: len(element_literals) + 1 or 1]):
        raise ValueError(f"{template.item!r} has no words, or {template.element!r} does not start and end with a slot")
    if not all(literal.strip() for literal in (*item_literals[1:-1], *element_literals, *element_separators)):
        raise ValueError(f"{template.item!r} or {template.element!r} has two slots with no word between them")
    if compiled.element_separator in compiled.element_words or compiled.separator in (
        *compiled.item_words,
        *compiled.element_words,
        compiled.element_separator,
        compiled.end,
    ):
        raise ValueError(
            f"{compiled.element_separator!r} or {compiled.separator!r} also occurs within what it separates"
        )
    if any(word in template.empty_list for word in compiled.delimiters):
        raise ValueError(f"the text for an empty list, {template.empty_list!r}, contains a word of the template")
    words = dict.fromkeys((*compiled.delimiters, *filter(None, [compiled.end])))
    for word, other in product(words, words):
        if word != other and word in other:
            raise ValueError(f"{word!r} occurs within {other!r}")
    before_values = [*item_literals[:-1], *element_literals, *element_separators]
    after_values = [*item_literals[1:], *element_literals, *element_separators, template.separator]
    for literal, word in product(filter(None, after_values), words):
        if any(literal.startswith(word[n:]) or word[n:].startswith(literal) for n in range(1, len(word))):
            raise ValueError(f"the end of a value and {literal!r} can form {word!r}")
    for literal in before_values + after_values:
        if literal in after_values and literal[:1].isalnum() or literal in before_values and literal[-1:].isalnum():
            raise ValueError(f"{literal!r} needs white space around it")
