"""What was found: typed items with their places in the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Item, Table, Trigger, Triple, from_json

Match = Literal["exact", "fuzzy", "none"]


@dataclass(frozen=True, slots=True)
class FoundMention:
    """A mention of an answer, and where the text has it.

    Args:
        answered: the model's words.
        text: the text's own words, `text[start:end]`; the model's where the text does not contain them.
        fragments: [start, end) offsets in code points; several for a discontinuous mention, none where it was not
            found.
        match: `exact`, `fuzzy` (another case, white space, ending or spelling) or `none`.

    >>> FoundMention("acme", "Acme", ((0, 4),), "fuzzy").end
    4
    """

    answered: str
    text: str
    fragments: tuple[tuple[int, int], ...] = ()
    match: Match = "none"

    @property
    def grounded(self) -> bool:
        """True if the text contains the mention."""
        return bool(self.fragments)

    @property
    def start(self) -> int | None:
        """The offset of its first character; None where it was not found."""
        return self.fragments[0][0] if self.fragments else None

    @property
    def end(self) -> int | None:
        """The offset after its last character; None where it was not found."""
        return self.fragments[-1][1] if self.fragments else None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        fields: dict[str, Any] = {"text": self.text, "start": self.start, "end": self.end, "match": self.match}
        if self.answered != self.text:
            fields["answered"] = self.answered
        if len(self.fragments) > 1:
            fields["fragments"] = [list(fragment) for fragment in self.fragments]
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Return the mention that `to_dict` gave the fields of."""
        whole = [] if fields["start"] is None else [(fields["start"], fields["end"])]
        fragments = tuple((start, end) for start, end in fields.get("fragments", whole))
        return cls(fields.get("answered", fields["text"]), fields["text"], fragments, fields["match"])


@dataclass(frozen=True, slots=True)
class FoundItem:
    """One item of an answer: an entity, a relation, an event, an extraction or a table.

    Args:
        item: the item in the model's words, as parsers and scorers have it.
        mentions: its mentions with their roles: one `mention` for an entity, trigger or argument; `head` and `tail`;
            `trigger` and the roles of an event; `predicate`, `subject`, `object` and `argument` of open IE; none for a
            table.
        confidence: the probability of its tokens (the exponential of their mean log-probability, before any mask), or
            what a calibration makes of it; None where the model gives none.
    """

    item: Item
    mentions: tuple[tuple[str, FoundMention], ...] = ()
    confidence: float | None = None

    @property
    def type(self) -> str:
        """The category: an entity or event type, a relation, a role; the predicate of open IE; "" for a table."""
        match self.item:
            case Extraction():
                return self.item.predicate
            case Table():
                return ""
            case _:
                return self.item[1]

    @property
    def mention(self) -> FoundMention | None:
        """Its first mention: the entity, the head, the trigger, the predicate; None for a table."""
        return self.mentions[0][1] if self.mentions else None

    @property
    def text(self) -> str:
        """The text's own words for the first mention."""
        return self.mention.text if self.mention else ""

    @property
    def answered(self) -> str:
        """The model's words for the first mention."""
        return self.mention.answered if self.mention else ""

    @property
    def start(self) -> int | None:
        """The offset of the first mention."""
        return self.mention.start if self.mention else None

    @property
    def end(self) -> int | None:
        """The offset after the first mention."""
        return self.mention.end if self.mention else None

    @property
    def grounded(self) -> bool:
        """True if the text contains every mention; a table has none, and is not checked."""
        return all(mention.grounded for _, mention in self.mentions)

    def to_dict(self) -> dict[str, Any]:
        """Return the item for JSON: one object a mention under its role, `arguments` for those of an event."""
        fields: dict[str, Any] = {}
        match self.item:
            case Table():
                fields = {"header": list(self.item.header), "rows": [list(row) for row in self.item.rows]}
            case EventItem():
                (_, trigger), *arguments = self.mentions
                fields = {
                    "type": self.type,
                    "trigger": trigger.to_dict(),
                    "arguments": [{"role": role, **mention.to_dict()} for role, mention in arguments],
                }
            case Extraction():
                (_, predicate), *arguments = self.mentions
                fields = {
                    "predicate": predicate.to_dict(),
                    "arguments": [{"role": role, **mention.to_dict()} for role, mention in arguments],
                }
            case Triple():
                fields = {"type": self.type, **{role: mention.to_dict() for role, mention in self.mentions}}
            case _:
                fields = {"type": self.type, **self.mentions[0][1].to_dict()}
        if self.confidence is not None:
            fields["confidence"] = round(self.confidence, 4)
        return fields | ({} if self.grounded else {"grounded": False})


def item_from_dict(fields: Mapping[str, Any], item_type: type[Item]) -> FoundItem:
    """Return the item that `FoundItem.to_dict` gave the fields of.

    Args:
        fields: the fields.
        item_type: the type of the task's items (`TASKS[task].item`).
    """
    arguments = [(each["role"], FoundMention.from_dict(each)) for each in fields.get("arguments", ())]
    answered = [mention.answered for _, mention in arguments]
    roles: tuple[str, ...] = ()
    item: Sequence[Any]
    if item_type is Table:
        item = (fields["header"], fields["rows"])
    elif item_type is EventItem:
        roles = ("trigger",)
        item = (fields["type"], [(words, role) for words, (role, _) in zip(answered, arguments, strict=True)])
    elif item_type is Extraction:
        roles, item = ("predicate",), (answered,)
    elif item_type is Triple:
        roles, item = ("head", "tail"), (fields["type"],)
    else:
        roles, item = ("mention",), (fields["type"],)
    first = [(role, FoundMention.from_dict(fields.get(role, fields))) for role in roles]
    words = [mention.answered for _, mention in first]
    (typed,) = from_json([[*words[:1], *item, *words[1:]]], item_type)
    return FoundItem(typed, (*first, *arguments), fields.get("confidence"))


def roles_of(item: Item) -> Sequence[str]:
    """Return the role of each mention of an item, in the order of `answers.mentions`.

    >>> roles_of(Triple("Acme", "owns", "Globex"))
    ('head', 'tail')
    """
    match item:
        case EventItem():
            return ("trigger", *(role for _, role in item.arguments))
        case Extraction():
            return (
                "predicate",
                *("subject", "object")[: len(item.arguments)],
                *["argument"] * (len(item.arguments) - 2),
            )
        case Triple():
            return ("head", "tail")
        case Table():
            return ()
        case Entity() | Trigger() | Argument():
            return ("mention",)
