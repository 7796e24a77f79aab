"""The JSON form of SciERC and DyGIE++: a document with one list of annotations for each sentence.

Positions are tokens of the document, the last one included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from adelie_hf.records import Mention, Relation
from adelie_hf.sources.readers.known_labels import EACH
from adelie_hf.sources.readers.offsets import SentenceText

# JSON arrays, to which some copies append confidence scores.
DygieEntity = tuple[int, int, str, *tuple[float, ...]]  # first and last token, type
DygieRelation = tuple[int, int, int, int, str, *tuple[float, ...]]  # first and last token of head and of tail, type
DygieTrigger = tuple[int, *tuple[int, ...], str]  # token, type; in some copies first token, last token, type
DygieArgument = tuple[int, int, str, *tuple[float, ...]]  # first token, last token, role
DygieEvent = tuple[DygieTrigger, *tuple[DygieArgument, ...]]

# Where a document has its labels (see `known_labels`).
ENTITY_TYPES = ("ner", EACH, EACH, 2)
RELATION_TYPES = ("relations", EACH, EACH, 4)
EVENT_TYPES = ("events", EACH, EACH, 0, -1)


class RawEvent(NamedTuple):
    """An event with the labels of its file."""

    trigger: Mention
    type: str
    arguments: list[tuple[Mention, str]]


class DygieSentence(NamedTuple):
    """A sentence with its annotations."""

    text: str
    mentions: list[Mention]
    relations: list[Relation]
    events: list[RawEvent]


def read_sentences(
    sentences: Sequence[list[str]],
    ner: Sequence[list[DygieEntity]] | None,
    relations: Sequence[list[DygieRelation]] | None,
    events: Sequence[list[DygieEvent]] | None,
    entity_type: Callable[[str], str],
    relation_type: Callable[[str], str],
) -> Iterator[DygieSentence]:
    """Yield the sentences of a document.

    Args:
        sentences: the tokens of each sentence.
        ner: the entities of each sentence; None for none at all.
        relations: likewise.
        events: likewise.
        entity_type: returns the name of a raw entity type.
        relation_type: returns the name of a raw relation type.
    """
    nothing: list[list[Any]] = [[]] * len(sentences)
    first_token = 0
    for tokens, raw_entities, raw_relations, raw_events in zip(
        sentences,
        nothing if ner is None else ner,
        nothing if relations is None else relations,
        nothing if events is None else events,
        strict=True,
    ):
        sentence = _Sentence(SentenceText(tokens, first_token))
        for first, last, raw, *_ in raw_entities:
            sentence.add(first, last, entity_type(raw))
        yield DygieSentence(
            sentence.text.text,
            sentence.mentions,
            [
                Relation(sentence.mention(a, b), relation_type(raw), sentence.mention(c, d))
                for a, b, c, d, raw, *_ in raw_relations
            ],
            [sentence.event(raw) for raw in raw_events],
        )
        first_token += len(tokens)


class _Sentence:
    """A sentence and its mentions, which relations and arguments refer to by their places."""

    def __init__(self, text: SentenceText) -> None:
        self.text = text
        self.mentions: list[Mention] = []
        self._by_place: dict[tuple[int, int], Mention] = {}

    def add(self, first: int, last: int, type: str) -> None:
        mention = self.text.mention_inclusive(first, last, type)
        self.mentions.append(mention)
        self._by_place[first, last] = mention

    def mention(self, first: int, last: int) -> Mention:
        """Return the mention at a place; one without a type where there is no entity."""
        return self._by_place.get((first, last)) or self.text.mention_inclusive(first, last)

    def event(self, raw: DygieEvent) -> RawEvent:
        raw_trigger, *raw_arguments = raw
        first, *last, event_type = raw_trigger
        arguments = [(self.mention(start, end), role) for start, end, role, *_ in raw_arguments]
        return RawEvent(self.text.mention_inclusive(first, last[0] if last else first), event_type, arguments)
