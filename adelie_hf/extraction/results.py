"""What was found: typed items with their places in the text, and the result of one text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Item, Table, Trigger, Triple
from adelie_hf.extraction.schema import ExtractionSchema

Match = Literal["exact", "fuzzy", "none"]
Status = Literal["valid", "repaired", "invalid", "cut", "empty"]


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


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one text.

    Args:
        text: the text.
        schema: what was asked for.
        items: what was found, in the order of the text; what the text does not contain comes last.
        status: `valid`; `repaired` where a passage of the answer does not have the requested form; `invalid` where
            nothing could be read; `cut` where an answer was longer than allowed; `empty` for an empty text, for which
            no model is asked. Of several windows the worst.
        problems: an excerpt of each such passage.
        outputs: the model's answers, one a window.
    """

    text: str
    schema: ExtractionSchema
    items: tuple[FoundItem, ...] = ()
    status: Status = "valid"
    problems: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[FoundItem]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def answer(self) -> Answer:
        """The items in the model's words, as `evaluate.load("ie_f1")` and `adelie_hf.scoring` take them."""
        return tuple(found.item for found in self.items)

    def grounded(self) -> Result:
        """Return the result with the items that the text contains."""
        items = tuple(found for found in self.items if found.grounded)
        return Result(self.text, self.schema, items, self.status, self.problems, self.outputs)

    def to_dict(self) -> dict[str, Any]:
        """Return the result for JSON: text, task, status and items; problems where there are some."""
        fields: dict[str, Any] = {
            "text": self.text,
            "task": self.schema.task,
            "status": self.status,
            "items": [found.to_dict() for found in self.items],
        }
        return fields | ({"problems": list(self.problems)} if self.problems else {})


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
