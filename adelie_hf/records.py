"""`Record`: one text with its annotations, and the types of the annotations. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adelie_hf.answers import Extraction, Table


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of an entity, an event trigger or an argument.

    Args:
        text: the surface form: the fragments joined by single spaces.
        fragments: [start, end) offsets in code points of the record's text. A discontinuous mention has several; a
            mention whose position is not known has none.
        type: the entity type; empty if it has none.

    Example:
        >>> Mention.at("Bob owns Acme", 9, 13, "company")
        Mention(text='Acme', fragments=((9, 13),), type='company')
    """

    text: str
    fragments: tuple[tuple[int, int], ...] = ()
    type: str = ""

    @classmethod
    def at(cls, text: str, start: int, end: int, type: str = "") -> Mention:
        """Return the mention `text[start:end]`. Raises ValueError for offsets outside the text."""
        if not 0 <= start < end <= len(text):
            raise ValueError(f"offsets [{start}, {end}) lie outside a text of {len(text)} characters")
        return cls(text[start:end], ((start, end),), type)


@dataclass(frozen=True, slots=True)
class Relation:
    """A directed relation between two mentions of a record: entities or event triggers."""

    head: Mention
    type: str
    tail: Mention


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its trigger, its type, and its arguments as (mention, role) pairs."""

    trigger: Mention
    type: str
    arguments: tuple[tuple[Mention, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A category of a schema.

    Args:
        name: the name in prompts and answers.
        raw: the name in the source's files.
        definition: the meaning of the category.
        roles: for an event type, the names of the roles of its arguments.
        role_labels: for an event type, the roles that have a definition or another raw name; a subset of `roles`.

    Raises:
        ValueError: if the name is empty.
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
    """Return the roles of an event type as the categories of its arguments."""
    labels = {label.name: label for label in event_type.role_labels}
    return tuple(labels.get(role) or Label(role) for role in event_type.roles)


@dataclass(frozen=True, slots=True)
class Record:
    """One text of a source with its annotations.

    Args:
        id: unique within the source and stable, because every random choice downstream depends on it.
        source: the name of the source, a key of `adelie_hf.sources.all_sources()` or a name of the user's own.
        split: `train`, `validation` or `test`, as published.
        group: the key that a training and a held-out partition must not share, usually the document.
        text: the text that all offsets refer to.
        schemas: task -> the categories of its answers, in the source's order. The keys are the tasks that the record
            supports; open IE and on-demand IE have an empty schema.
        mentions: the entity mentions, for NER.
        relations: the relations, for RC, RE and ERE.
        pairs: for RC and ERE, the mention pairs to classify, related or not.
        events: the events, for ED, EE and EAE.
        extractions: the gold tuples of open IE.
        instruction: for on-demand IE, the user's request.
        table: for on-demand IE, the gold table.
        explanation: a chain of thought that leads to the answer, if the source has one.

    Raises:
        ValueError: if a mention's fragments are outside the text or differ from its surface form, if the id or a
            mention is empty, or if a string field has another type.
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
        # The values come from unchecked JSON; a wrong type would otherwise fail far from its file.
        strings = (self.id, self.source, self.split, self.group, self.text, self.instruction, self.explanation)
        if {*map(type, strings)} != {str}:
            # The group may be made from the text.
            for name in ("id", "source", "split", "text", "group", "instruction", "explanation"):
                if not isinstance(value := getattr(self, name), str):
                    raise ValueError(f"{name} is not a string but {'null' if value is None else type(value).__name__}")
        if not self.id:
            raise ValueError("the id is empty")
        for mention in self.all_mentions():
            # Python counts a negative offset from the end of the text, where the surface form may occur too.
            for start, end in mention.fragments:
                if not 0 <= start < end <= len(self.text):
                    raise ValueError(f"offsets [{start}, {end}) lie outside a text of {len(self.text)} characters")
            if not mention.text:
                raise ValueError("a mention is empty")
            surface = " ".join(self.text[start:end] for start, end in mention.fragments)
            if mention.fragments and surface != mention.text:
                raise ValueError(f"mention {mention.text!r} at {mention.fragments} reads {surface!r} in the text")

    def all_mentions(self) -> Iterator[Mention]:
        """Yield every mention of the record, including those of relations, pairs and events."""
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
