"""What the items of each task are made of; tables, which are no items of a list, are left to `markdown`."""

from __future__ import annotations

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Item, Trigger, Triple

ITEMS: dict[str, type[Item]] = {
    "ner": Entity,
    "rc": Triple,
    "re": Triple,
    "ed": Trigger,
    "ee": EventItem,
    "eae": Argument,
    "ere": Triple,
    "openie": Extraction,
}

# Answers that show what goes where: a request spells its format with one of them.
_ROLES = (Argument("ARGUMENT", "ROLE"), Argument("OTHER ARGUMENT", "OTHER ROLE"))
EXAMPLES: dict[str, Answer] = {
    "ner": (Entity("ENTITY", "TYPE"),),
    "rc": (Triple("HEAD", "RELATION", "TAIL"),),
    "re": (Triple("HEAD", "RELATION", "TAIL"),),
    "ed": (Trigger("TRIGGER", "TYPE"),),
    "ee": (EventItem("TRIGGER", "TYPE", _ROLES),),
    "eae": (Argument("ARGUMENT", "ROLE"),),
    "ere": (Triple("FIRST EVENT", "RELATION", "SECOND EVENT"),),
    "openie": (Extraction("PREDICATE", ("SUBJECT", "OBJECT", "FURTHER ARGUMENT")),),
}
# A role that two arguments take, which the keys of `iepile` hold once.
EVENT_WITH_A_ROLE_TWICE: Answer = (
    EventItem("TRIGGER", "TYPE", (*_ROLES, Argument("FURTHER ARGUMENT", "OTHER ROLE"))),
)
EVENT_WITHOUT_ARGUMENTS: Answer = (EventItem("TRIGGER", "TYPE", ()),)
