"""The formats that are data: `data/templates.yaml` has a template for each format and task.

    NER     item: '{mention} -> {type}'
    EE      item: '{trigger} -> {type} [{arguments}]'   each: '{argument} -> {role}'   join: ' + '   empty: none
    NER     item: 'Of type {type} there are these: {items}.'   each: '{mention}'

Writing fills the template; reading cuts the text at the template's own words and compares what it finds with
their order. A value that holds one of them is written as a JSON string (`values`), and a template whose words
could be mistaken for each other is refused when it is loaded, so reading gives back what was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product
from typing import Any

from adelie_hf.answers import Answer, Argument, Item
from adelie_hf.prompts.items import ITEMS
from adelie_hf.prompts.names import FORMATS, family
from adelie_hf.prompts.parsed import Parsed, shorten
from adelie_hf.prompts.slots import literals, read_data, slots
from adelie_hf.prompts.values import pieces, quote, quoted, unquote

FILE = "prompts/data/templates.yaml"
TEMPLATES = tuple(name for name in FORMATS if family(name) != "json" and name != "text")

Fields = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """How one format writes the items of one task.

    Args:
        task: decides what an item is.
        none: what is written for an empty answer.
        item: the template of an item. Its last slot may be a list: `{arguments}` of an event or an extraction, or
            `{items}` for what the items that agree in all other slots do not share.
        between: what stands between two items.
        each, join, empty: for the list: the template of an element, what stands between two, and what is
            written for a list without one.

    Raises:
        ValueError: for slots that are not the task's, and for words that could be mistaken for each other.
    """

    task: str
    none: str
    item: str
    between: str = "\n"
    each: str = ""
    join: str = "; "
    empty: str = ""

    def __post_init__(self) -> None:
        _check_slots(self)
        _check_words(self)
        if not self.none.strip() or read_template(self.none + self.between.rstrip(" "), self).items:
            raise ValueError(f"the phrase for no answer, {self.none!r}, is blank or reads as an answer")


@dataclass(frozen=True, slots=True)
class _Plan:
    """A template taken apart. Its words are what stands around its slots, without white space at their ends."""

    form: str  # for the operator %
    names: tuple[str, ...]  # of the slots, the list's aside
    words: tuple[str, ...]  # before and between the slots of a line
    starts: bool  # whether a line starts with a word, not with a slot
    end: str  # the word after the last slot, or nothing
    between: str
    list_name: str  # `items`, `arguments` or nothing, and below how an element of the list is written
    each_form: str
    each_names: tuple[str, ...]
    each_words: tuple[str, ...]
    join: str
    delimiters: tuple[str, ...]  # the words that no unquoted value holds: all but the end


@cache
def _plan(template: Template) -> _Plan:
    names, around = slots(template.item), literals(template.item)
    words = [literal.strip() for literal in around]
    each_names, each_around = slots(template.each), literals(template.each)
    each_words = tuple(literal.strip() for literal in each_around[1:-1])
    listed = (template.join.strip(), *each_words) if template.each else ()
    between = template.between.strip() or "\n"
    return _Plan(
        form="%s".join(literal.replace("%", "%%") for literal in around),
        names=names[:-1] if template.each else names,
        words=tuple(filter(None, words[:-1])),
        starts=words[0] != "",
        end=words[-1],
        between=between,
        list_name=names[-1] if template.each else "",
        each_form="%s".join(literal.replace("%", "%%") for literal in each_around),
        each_names=each_names,
        each_words=each_words,
        join=template.join.strip() if template.each else "",
        delimiters=tuple(dict.fromkeys((*filter(None, words[:-1]), *listed, between, "\n"))),
    )


# ---- writing --------------------------------------------------------------------------------------


def write_template(answer: Answer, template: Template) -> str:
    """The body of an answer: its items, or the phrase for none."""
    plan = _plan(template)
    known = plan.delimiters
    lines = []
    for fields, elements in _rows(answer, template.task, plan):
        shown = [quote(field, known) for field in fields]
        if elements is not None:
            shown.append(_write_list(elements, template.empty, template.join, plan))
        lines.append(plan.form % tuple(shown))
    return template.between.join(lines) or template.none


def _write_list(elements: Iterable[Fields], empty: str, join: str, plan: _Plan) -> str:
    known = plan.delimiters
    each = [plan.each_form % tuple([quote(field, known) for field in fields]) for fields in elements]
    if each == [empty]:  # a lone value that says the same as the phrase for no value
        return quoted(empty)
    return join.join(each) or empty


def _rows(answer: Answer, task: str, plan: _Plan) -> Iterable[tuple[Fields, Iterable[Fields] | None]]:
    """The fields of each line, and the elements of its list where it has one."""
    order = _positions(task, plan.names)
    if plan.list_name == "":
        return [(_take(item, order), None) for item in answer]
    if plan.list_name == "items":
        inner = _positions(task, plan.each_names)
        groups: dict[Fields, list[Fields]] = {}
        for item in answer:
            groups.setdefault(_take(item, order), []).append(_take(item, inner))
        return groups.items()
    listed = _positions(task, (plan.list_name,))[0]
    return [(_take(item, order), _elements(item[listed], plan)) for item in answer]


def _elements(listed: Any, plan: _Plan) -> Iterable[Fields]:
    """Open IE lists bare strings, events list arguments with their roles."""
    if len(plan.each_names) == 1:
        return [(argument,) for argument in listed]
    order = tuple(map(Argument._fields.index, plan.each_names))
    return [_take(argument, order) for argument in listed]


def _take(item: Any, order: tuple[int, ...]) -> Fields:
    return tuple([item[at] for at in order])


@cache
def _positions(task: str, names: tuple[str, ...]) -> tuple[int, ...]:
    fields: tuple[str, ...] = ITEMS[task]._fields
    return tuple(map(fields.index, names))


# ---- reading --------------------------------------------------------------------------------------


def read_template(body: str, template: Template) -> Parsed:
    """The items that a body gives. Never raises: a line with other words than the template's is a problem."""
    plan = _plan(template)
    if body == template.none:
        return Parsed(())
    items: list[Item] = []
    problems: list[str] = []
    values: list[str] = []
    words: list[str] = []
    for piece, word in pieces(body, plan.delimiters, plan.end, plan.between):
        values.append(piece)
        if word not in (plan.between, "\n", ""):
            words.append(word)
            continue
        if words or piece.strip():
            found, clean = _read_line(values, words, template, plan)
            items.extend(found)
            if not clean:
                problems.append(shorten("".join(chain.from_iterable(zip(values, [*words, ""], strict=True)))))
        values, words = [], []
    return Parsed(tuple(items), tuple(problems))


def _read_line(values: list[str], words: list[str], template: Template, plan: _Plan) -> tuple[list[Item], bool]:
    """The items of a line, cut into values and the words between them; and whether it is as it should be."""
    clean = True
    if plan.end:
        clean = words[-1:] == [plan.end] and not values[-1].strip()
        if clean:
            values, words = values[:-1], words[:-1]
    if plan.starts:
        clean = clean and not values[0].strip()
        values = values[1:]
    count, fixed = len(plan.names), len(plan.words)
    if tuple(words[:fixed]) != plan.words or not all(value.strip() for value in values[:count]):
        return [], False
    fields = tuple(map(unquote, values[:count]))
    if not plan.list_name:
        whole = len(words) == fixed
        return ([_item(template.task, plan.names, fields)] if whole else []), clean and whole
    elements, whole = _read_list(values[count:], words[fixed:], template.empty, plan)
    if plan.list_name == "items":
        names = plan.names + plan.each_names
        grouped = [_item(template.task, names, fields + element) for element in elements]
        return grouped, clean and whole and bool(grouped)
    listed = tuple(_element(plan.each_names, element) for element in elements)
    return [_item(template.task, (*plan.names, plan.list_name), (*fields, listed))], clean and whole


def _read_list(values: list[str], words: list[str], empty: str, plan: _Plan) -> tuple[list[Fields], bool]:
    """The elements of a list that can be read, and whether those are all."""
    if len(values) == 1 and values[0].strip() == empty:
        return [], True
    elements, whole = [], True
    for found, between in _split(values, words, plan.join):
        if between == plan.each_words and all(value.strip() for value in found):
            elements.append(tuple(map(unquote, found)))
        else:
            whole = False
    return elements, whole


def _split(values: list[str], words: list[str], join: str) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    start = 0
    for at, word in enumerate([*words, join]):
        if word == join:
            yield values[start : at + 1], tuple(words[start:at])
            start = at + 1


def _item(task: str, names: Sequence[str], fields: Sequence[Any]) -> Item:
    kind: Any = ITEMS[task]
    return kind(**dict(zip(names, fields, strict=True)))


def _element(names: tuple[str, ...], fields: Fields) -> Argument | str:
    """What `_elements` takes apart."""
    return fields[0] if len(names) == 1 else Argument(**dict(zip(names, fields, strict=True)))


# ---- checks ---------------------------------------------------------------------------------------


def _check_slots(template: Template) -> None:
    """Every field of an item has one slot, and only lists are nested."""
    fields: tuple[str, ...] = ITEMS[template.task]._fields
    names, inner = slots(template.item), slots(template.each)
    if template.each:
        own = {"ee": Argument._fields, "openie": ("argument",)}.get(template.task)
        wanted = fields if own else (*fields, "items")
        found = names if own else names + inner
        if names[-1] != ("arguments" if own else "items") or (own and sorted(inner) != sorted(own)):
            raise ValueError(f"the slots of {template.item!r} and {template.each!r} are not those of {template.task}")
    else:
        wanted, found = fields, names
    if sorted(found) != sorted(wanted) or (template.task in ("ee", "openie") and not template.each):
        raise ValueError(
            f"{template.item!r} has the slots {', '.join(found)}; {template.task} needs {', '.join(wanted)}"
        )


def _check_words(template: Template) -> None:
    """No word stands within another, or can be made of a value's end and the word after it."""
    plan = _plan(template)
    outer, inner = literals(template.item), literals(template.each)[1:-1]
    join = [template.join] * bool(template.each)
    if not plan.words or any(literals(template.each)[:: len(inner) + 1 or 1]):
        raise ValueError(f"{template.item!r} has no words, or {template.each!r} does not start and end with a slot")
    if not all(literal.strip() for literal in (*outer[1:-1], *inner, *join)):
        raise ValueError(f"{template.item!r} or {template.each!r} has two slots with no word between them")
    if plan.join in plan.each_words or plan.between in (*plan.words, *plan.each_words, plan.join, plan.end):
        raise ValueError(f"{plan.join!r} or {plan.between!r} also stands within what it is to part")
    if any(word in template.empty for word in plan.delimiters):
        raise ValueError(f"the phrase for an empty list, {template.empty!r}, holds a word of the template")
    words = dict.fromkeys((*plan.delimiters, *filter(None, [plan.end])))
    for one, other in product(words, words):
        if one != other and one in other:
            raise ValueError(f"{one!r} stands within {other!r}")
    before_values, after_values = [*outer[:-1], *inner, *join], [*outer[1:], *inner, *join, template.between]
    for literal in filter(None, after_values):
        for word in words:
            if any(literal.startswith(word[at:]) or word[at:].startswith(literal) for at in range(1, len(word))):
                raise ValueError(f"the end of a value and {literal!r} can make {word!r}")
    for literal in before_values + after_values:
        if literal in after_values and literal[:1].isalnum() or literal in before_values and literal[-1:].isalnum():
            raise ValueError(f"{literal!r} needs white space around it")


@cache
def template(format: str, task: str) -> Template:
    """The template of a format and task. Raises ValueError, naming the entry, for one that cannot be used."""
    try:
        entry = read_data("templates")[format]
        if unknown := sorted(set(entry["tasks"]) - set(ITEMS)):
            raise ValueError(f"has a template for {unknown[0]}; the tasks are {', '.join(ITEMS)}")
        return Template(task, between=entry["between"], **entry["tasks"][task])
    except KeyError as error:
        raise ValueError(f"{FILE}, {format}, {task}: has no {error}") from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{FILE}, {format}, {task}: {error}") from None
