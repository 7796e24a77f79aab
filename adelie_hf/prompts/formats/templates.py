"""The formats that are data: a template for each format and task.

    NER     item: '{mention} -> {type}'
    EE      item: '{trigger} -> {type} [{arguments}]'   element: '{argument} -> {role}'   element_separator: ' + '
    NER     item: 'Of type {type} there are these: {items}.'   element: '{mention}'

Writing fills the template. Reading splits the text at the words of the template, that is the text around its slots,
and compares their order. A value that contains one of them is written as a JSON string (`values`), and `template_data`
refuses a template with ambiguous words, so reading returns what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import cast

from adelie_hf.answers import Answer, Argument, EventItem, Extraction, Item
from adelie_hf.prompts.formats.format import ParseResult, clip
from adelie_hf.prompts.formats.values import Grammar, quote, read_value, split_values, write_value
from adelie_hf.prompts.wordings import literals, slots
from adelie_hf.tasks import TASKS

_Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """The template of one task in one format.

    Args:
        task: the task; the slots are the fields of its items.
        no_answer: the text for an empty answer.
        item: the template of an item. Its last slot may be a list: `{arguments}` of an event or an extraction, or
            `{items}`, which groups the items that agree in all other slots.
        separator: the text between two items.
        element: the template of an element of the list.
        element_separator: the text between two elements.
        empty_list: the text for a list without elements.
    """

    task: str
    no_answer: str
    item: str
    separator: str = "\n"
    element: str = ""
    element_separator: str = "; "
    empty_list: str = ""


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """A template split into slots and words; words have no white space at their ends.

    Attributes:
        item_type: the type of the items.
        item_form, element_form: the templates for the operator %.
        item_slots, element_slots: the slots of a line without the list, and those of a list element.
        item_words, element_words: the words before and between the slots of a line, and between those of an element.
        starts_with_word: True if a line starts with a word, False if it starts with a slot.
        end: the word after the last slot, or "".
        separator, element_separator: the words between two lines and between two elements.
        list_slot: `items`, `arguments` or "".
        delimiters: the words that no unquoted value contains: all but `end`.
    """

    item_type: type[Item]
    item_form: str
    item_slots: tuple[str, ...]
    item_words: tuple[str, ...]
    starts_with_word: bool
    end: str
    separator: str
    list_slot: str
    element_form: str
    element_slots: tuple[str, ...]
    element_words: tuple[str, ...]
    element_separator: str
    delimiters: tuple[str, ...]


@cache
def compile_template(template: Template) -> CompiledTemplate:
    """Split a template into slots and words."""
    item_slots, item_literals = slots(template.item), literals(template.item)
    element_literals = literals(template.element)
    outer_words = [literal.strip() for literal in item_literals]
    item_words = tuple(filter(None, outer_words[:-1]))
    element_words = tuple(literal.strip() for literal in element_literals[1:-1])
    element_separator = template.element_separator.strip() if template.element else ""
    list_words = (element_separator, *element_words) if template.element else ()
    separator = template.separator.strip() or "\n"
    return CompiledTemplate(
        item_type=TASKS[template.task].item,
        item_form=_percent_form(item_literals),
        item_slots=item_slots[:-1] if template.element else item_slots,
        item_words=item_words,
        starts_with_word=outer_words[0] != "",
        end=outer_words[-1],
        separator=separator,
        list_slot=item_slots[-1] if template.element else "",
        element_form=_percent_form(element_literals),
        element_slots=slots(template.element),
        element_words=element_words,
        element_separator=element_separator,
        delimiters=tuple(dict.fromkeys((*item_words, *list_words, separator, "\n"))),
    )


def grammar_of(template: Template) -> Grammar:
    """Return how a template delimits values."""
    compiled = compile_template(template)
    return Grammar(compiled.delimiters, compiled.end, compiled.separator)


def _percent_form(parts: Iterable[str]) -> str:
    return "%s".join(part.replace("%", "%%") for part in parts)


@cache
def _positions(fields: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(map(fields.index, names))


def _at(values: Sequence[str], positions: tuple[int, ...]) -> _Values:
    return tuple([values[position] for position in positions])


# ---- writing --------------------------------------------------------------------------------------


def write_template(answer: Answer, template: Template) -> str:
    """Write the body of an answer."""
    compiled = compile_template(template)
    lines = []
    for values, elements in _lines(answer, compiled):
        written = [write_value(value, compiled.delimiters) for value in values]
        if elements is not None:
            written.append(_write_list(elements, template, compiled))
        lines.append(compiled.item_form % tuple(written))
    return template.separator.join(lines) or template.no_answer


def _write_list(elements: Iterable[_Values], template: Template, compiled: CompiledTemplate) -> str:
    delimiters = compiled.delimiters
    written = [
        compiled.element_form % tuple([write_value(value, delimiters) for value in element]) for element in elements
    ]
    if written == [template.empty_list]:  # a single value that equals the text for an empty list
        return quote(template.empty_list)
    return template.element_separator.join(written) or template.empty_list


def _lines(answer: Answer, compiled: CompiledTemplate) -> Iterable[tuple[_Values, Iterable[_Values] | None]]:
    """Return the values of each line, and the elements of its list if the template has one."""
    positions = _positions(compiled.item_type._fields, compiled.item_slots)
    if compiled.list_slot == "arguments":
        events = cast("tuple[EventItem | Extraction, ...]", answer)
        # The positions are those of strings: the arguments are the list.
        return [(_at(cast(_Values, event), positions), _elements(event, compiled)) for event in events]
    items = cast("tuple[_Values, ...]", answer)
    if not compiled.list_slot:
        return [(_at(item, positions), None) for item in items]
    element_positions = _positions(compiled.item_type._fields, compiled.element_slots)
    groups: dict[_Values, list[_Values]] = {}
    for item in items:
        groups.setdefault(_at(item, positions), []).append(_at(item, element_positions))
    return groups.items()


def _elements(event: EventItem | Extraction, compiled: CompiledTemplate) -> list[_Values]:
    """Return the arguments of an event with their roles, or those of an extraction."""
    if isinstance(event, Extraction):
        return [(argument,) for argument in event.arguments]
    positions = _positions(Argument._fields, compiled.element_slots)
    return [_at(argument, positions) for argument in event.arguments]


# ---- reading --------------------------------------------------------------------------------------


def read_template(body: str, template: Template) -> ParseResult:
    """Read the body of an answer. Never raises: a line with other words than those of the template is a problem."""
    compiled = compile_template(template)
    if body == template.no_answer:
        return ParseResult(())
    items: list[Item] = []
    problems: list[str] = []
    values: list[str] = []
    words: list[str] = []
    for piece, word in split_values(body, *grammar_of(template)):
        values.append(piece)
        if word not in (compiled.separator, "\n", ""):
            words.append(word)
            continue
        if words or piece.strip():
            line_items, correct = _read_line(values, words, template, compiled)
            items.extend(line_items)
            if not correct:
                problems.append(clip("".join(chain.from_iterable(zip(values, [*words, ""], strict=True)))))
        values, words = [], []
    if not items and not problems:  # separators only, which are not the phrase for no answer
        problems.append(clip(body))
    return ParseResult(tuple(items), tuple(problems))


def _read_line(
    values: list[str], words: list[str], template: Template, compiled: CompiledTemplate
) -> tuple[list[Item], bool]:
    """Return the items of a line, given as values and the words between them, and True if it has no problem."""
    correct = True
    if compiled.end:
        correct = words[-1:] == [compiled.end] and not values[-1].strip()
        if correct:
            values, words = values[:-1], words[:-1]
    if compiled.starts_with_word:
        correct = correct and not values[0].strip()
        values = values[1:]
    value_count, word_count = len(compiled.item_slots), len(compiled.item_words)
    if tuple(words[:word_count]) != compiled.item_words or not all(value.strip() for value in values[:value_count]):
        return [], False
    line_values = tuple(map(read_value, values[:value_count]))
    if not compiled.list_slot:
        if len(words) != word_count:
            return [], False
        return [_item(compiled, compiled.item_slots, line_values)], correct
    elements, complete = _read_list(values[value_count:], words[word_count:], template.empty_list, compiled)
    if compiled.list_slot == "items":
        names = compiled.item_slots + compiled.element_slots
        items = [_item(compiled, names, line_values + element) for element in elements]
        return items, correct and complete and bool(items)
    arguments = _arguments(elements, compiled)
    return [_item(compiled, (*compiled.item_slots, "arguments"), (*line_values, arguments))], correct and complete


def _read_list(
    values: list[str], words: list[str], empty_list: str, compiled: CompiledTemplate
) -> tuple[list[_Values], bool]:
    """Return the elements that can be read, and True if those are all."""
    if len(values) == 1 and values[0].strip() == empty_list:
        return [], True
    elements, complete = [], True
    for element, element_words in _split_elements(values, words, compiled.element_separator):
        if element_words == compiled.element_words and all(value.strip() for value in element):
            elements.append(tuple(map(read_value, element)))
        else:
            complete = False
    return elements, complete


def _split_elements(
    values: list[str], words: list[str], separator: str
) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    start = 0
    for number, word in enumerate([*words, separator]):
        if word == separator:
            yield values[start : number + 1], tuple(words[start:number])
            start = number + 1


def _item(compiled: CompiledTemplate, names: tuple[str, ...], values: Sequence[object]) -> Item:
    item_type = compiled.item_type
    return item_type._make([values[position] for position in _positions(names, item_type._fields)])


def _arguments(elements: list[_Values], compiled: CompiledTemplate) -> tuple[Argument, ...] | _Values:
    """Invert `_elements`."""
    if compiled.item_type is Extraction:
        return tuple([argument for (argument,) in elements])
    positions = _positions(compiled.element_slots, Argument._fields)
    return tuple([Argument._make(_at(element, positions)) for element in elements])
