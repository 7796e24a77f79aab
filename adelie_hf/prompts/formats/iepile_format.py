"""The format `iepile`: one JSON object that groups the items by category, as IEPile does (Gui et al., 2024).

    NER      {"organization": ["Acme"]}
    RE       {"owns": [{"subject": "Acme", "object": "Globex"}]}
    EE       {"attack": [{"trigger": "attacked", "arguments": {"place": "Paris"}}]}
    EAE      {"place": ["Paris"]}
    open IE  {"bought": [["Acme", "Globex"]]}

A role with several arguments in one event has a list of values. The shapes for EAE and open IE are our own: IEPile
puts event arguments below the event type, which an answer of EAE does not name, and it has no open IE. Categories
without an item are omitted.
"""

from __future__ import annotations

from adelie_hf.answers import Answer, Argument, EventItem, Extraction, Item, Triple, label_of
from adelie_hf.prompts.formats.format import ParseResult
from adelie_hf.prompts.formats.json_reading import Loaded, load_members
from adelie_hf.prompts.formats.json_values import Note, dump, is_text, is_text_list, read_items
from adelie_hf.prompts.formats.markup import NULL
from adelie_hf.tasks import TASKS


def write_categories(answer: Answer, task: str) -> str:
    """Write an object with a list of elements for each category."""
    return dump(by_category(answer))


def by_category(answer: Answer) -> dict[str, list[object]]:
    """Return the elements of an answer by category, as JSON values.

    >>> by_category((Triple("Acme", "owns", "Globex"),))
    {'owns': [{'subject': 'Acme', 'object': 'Globex'}]}
    """
    groups: dict[str, list[object]] = {}
    for item in answer:
        category, element = _category_and_element(item)
        groups.setdefault(category, []).append(element)
    return groups


def _category_and_element(item: Item) -> tuple[str, object]:
    if isinstance(item, Triple):
        return item.relation, {"subject": item.head, "object": item.tail}
    if isinstance(item, EventItem):
        roles: dict[str, list[str]] = {}
        for argument, role in item.arguments:
            roles.setdefault(role, []).append(argument)
        arguments = {role: values if len(values) > 1 else values[0] for role, values in roles.items()}
        return item.type, {"trigger": item.trigger, "arguments": arguments}
    if isinstance(item, Extraction):
        return item.predicate, list(item.arguments)
    mention, _ = item
    return label_of(item), mention


def read_categories(body: str, task: str) -> ParseResult:
    """Read what `write_categories` writes."""
    loaded = load_members(body)
    elements = [(category, element) for category, value in loaded.elements for element in _as_list(value)]
    repairs = (*loaded.repairs, *["null"] * any(value is None for _, value in loaded.elements))
    item_type = TASKS[task].item
    return read_items(
        body,
        Loaded(elements, repairs, loaded.complete),
        lambda element, note: _read_element(*element, item_type, note),
    )


def _read_element(category: str, element: object, item_type: type[Item], note: Note) -> Item | None:
    """Return the item of an element, or None if it has another shape."""
    if not is_text(category):
        return None
    if item_type is Triple:
        ends = _member_values(element, note, "subject", "object")
        return Triple(ends[0], category, ends[1]) if ends and is_text_list(ends) else None
    if item_type is EventItem:
        if isinstance(element, dict) and element.get("arguments") in (None, []):
            element = {**element, "arguments": {}}
            note("arguments missing")
        trigger, roles = _member_values(element, note, "trigger", "arguments") or ["", None]
        if not is_text(trigger) or not isinstance(roles, dict):
            return None
        if None in roles.values():
            note("absent value")
        arguments = [(argument, role) for role, values in roles.items() for argument in _as_list(values)]
        readable = all(is_text(argument) and is_text(role) for argument, role in arguments)
        return EventItem(trigger, category, tuple(map(Argument._make, arguments))) if readable else None
    if item_type is Extraction:
        return Extraction(category, tuple(element)) if is_text_list(element) else None
    mention = NULL if element is None else element
    return item_type._make((mention, category)) if is_text(mention) else None


def _member_values(element: object, note: Note, *keys: str) -> list[object]:
    """Return the values of an object that has these keys, or nothing."""
    if not isinstance(element, dict) or not set(keys) <= set(element):
        return []
    if len(element) > len(keys):
        note("extra keys")
    return [element[key] for key in keys]


def _as_list(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
