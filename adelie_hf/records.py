"""The typed record: one text with its annotations. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adelie_hf.answers import Extraction, Table


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of a text.

    `fragments` are [start, end) offsets in code points, more than one where the mention is
    discontinuous, none where the source gives a surface that its text does not hold.
    `text` is the surface: the fragments joined by one space.
    """

    text: str
    fragments: tuple[tuple[int, int], ...] = ()
    type: str = ""

    @classmethod
    def at(cls, text: str, start: int, end: int, type: str = "") -> Mention:
        """The mention `text[start:end]`. Raises ValueError when the offsets lie outside the text."""
        if not 0 <= start < end <= len(text):
            raise ValueError(f"offsets [{start}, {end}) lie outside a text of {len(text)} characters")
        return cls(text[start:end], ((start, end),), type)


@dataclass(frozen=True, slots=True)
class Relation:
    """A directed relation between two mentions of the record (entities, or event triggers)."""

    head: Mention
    type: str
    tail: Mention


@dataclass(frozen=True, slots=True)
class Event:
    """A trigger, its event type, and its arguments as (mention, role)."""

    trigger: Mention
    type: str
    arguments: tuple[tuple[Mention, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A category as it is shown (`name`), as the source spells it (`raw`), and what it means.

    An event type has `roles`, by their names. Where more is known of a role than its name, `role_labels` has it.

    Raises ValueError without a name.
    """

    name: str
    raw: str = ""
    definition: str = ""
    roles: tuple[str, ...] = ()
    role_labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        if not self.name or not self.name.strip():
            raise ValueError("a category has no name")


Schema = tuple[Label, ...]


def role_schema(event_type: Label) -> Schema:
    """The roles of an event type as categories: those that its arguments may have."""
    known = {role.name: role for role in event_type.role_labels}
    return tuple(known.get(role) or Label(role) for role in event_type.roles)


@dataclass(frozen=True, slots=True)
class Record:
    """One text of a source with its annotations.

    Args:
        id: unique within the source and stable: every random choice downstream is drawn from it.
        source: the source's name, as in `adelie-hf sources list`.
        split: `train`, `validation` or `test`, as published.
        group: what a held-out part must not share with a training part (usually the document).
        text: the text that all offsets refer to.
        schemas: task -> the categories that the task may answer with, in the source's order. Its keys
            are the tasks that the record serves; open IE and on-demand tables have an empty schema.
        pairs: for RC and ERE, the mention pairs that are asked about, related or not.
        instruction, table: for on-demand IE, the user's request and the gold table.
        explanation: how the answer follows from the text, where the source says so.

    Raises:
        ValueError: when a mention's fragments do not spell its surface or lie outside the text, and when
            the id or a mention is empty or one of the strings is not a string.
    """

    id: str
    source: str
    split: str
    group: str
    text: str
    schemas: Mapping[str, Schema]
    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    pairs: tuple[tuple[Mention, Mention], ...] = ()
    events: tuple[Event, ...] = ()
    extractions: tuple[Extraction, ...] = ()
    instruction: str = ""
    table: Table | None = None
    explanation: str = ""

    def __post_init__(self) -> None:
        # Raw JSON decides what arrives here: a text that is no string would fail far from its file.
        strings = (self.id, self.source, self.split, self.group, self.text, self.instruction, self.explanation)
        if {*map(type, strings)} != {str}:
            for name in ("id", "source", "split", "group", "text", "instruction", "explanation"):
                if not isinstance(value := getattr(self, name), str):
                    raise ValueError(f"{name} is not a string but {type(value).__name__}")
        if not self.id:
            raise ValueError("the id is empty")
        for mention in self.all_mentions():
            # Python reads a negative offset from the end of the text, where the surface may occur as well.
            for start, end in mention.fragments:
                if not 0 <= start < end <= len(self.text):
                    raise ValueError(f"offsets [{start}, {end}) lie outside a text of {len(self.text)} characters")
            if not mention.text:
                raise ValueError("a mention is empty")
            surface = " ".join(self.text[start:end] for start, end in mention.fragments)
            if mention.fragments and surface != mention.text:
                raise ValueError(f"mention {mention.text!r} at {mention.fragments} reads {surface!r} in the text")

    def all_mentions(self) -> Iterator[Mention]:
        """Every mention of the record, those of relations, pairs and events included."""
        yield from self.mentions
        for relation in self.relations:
            yield relation.head
            yield relation.tail
        for pair in self.pairs:
            yield from pair
        for event in self.events:
            yield event.trigger
            for mention, _ in event.arguments:
                yield mention
