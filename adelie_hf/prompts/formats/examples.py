"""Placeholder answers: the sentence that requests a format shows one of them as the format writes it."""

from __future__ import annotations

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Trigger, Triple
from adelie_hf.prompts.formats.format import Format
from adelie_hf.tasks import TASKS

_ARGUMENTS = (Argument("ARGUMENT", "ROLE"), Argument("OTHER ARGUMENT", "OTHER ROLE"))
# Task -> an answer of one item. Tables have a sentence of their own in every format.
EXAMPLES: dict[str, Answer] = {
    "ner": (Entity("ENTITY", "TYPE"),),
    "rc": (Triple("HEAD", "RELATION", "TAIL"),),
    "re": (Triple("HEAD", "RELATION", "TAIL"),),
    "ed": (Trigger("TRIGGER", "TYPE"),),
    "ee": (EventItem("TRIGGER", "TYPE", _ARGUMENTS),),
    "eae": (Argument("ARGUMENT", "ROLE"),),
    "ere": (Triple("FIRST EVENT", "RELATION", "SECOND EVENT"),),
    "openie": (Extraction("PREDICATE", ("SUBJECT", "OBJECT", "FURTHER ARGUMENT")),),
}
EVENT_WITHOUT_ARGUMENTS: Answer = (EventItem("TRIGGER", "TYPE", ()),)
_EVENT_WITH_REPEATED_ROLE: Answer = (
    EventItem("TRIGGER", "TYPE", (*_ARGUMENTS, Argument("FURTHER ARGUMENT", "OTHER ROLE"))),
)


def example(answer_format: Format, task: str) -> Answer:
    """Return the answer that shows a format.

    A format that groups items shows two, where the items have no list of their own. The JSON object of an event in
    `iepile` has roles as keys: its example also shows a role with two arguments.
    """
    item_type = TASKS[task].item
    if item_type is EventItem and answer_format.name == "iepile":
        return _EVENT_WITH_REPEATED_ROLE
    if answer_format.grouped and item_type not in (EventItem, Extraction):
        return EXAMPLES[task] * 2
    return EXAMPLES[task]
