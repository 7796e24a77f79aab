"""Records as one line with their mentions marked in the text, so that a user sees how they were read."""

from __future__ import annotations

from collections.abc import Iterator

from adelie_hf.records import Event, Mention, Record

_SHOWN_TEXT = 200  # characters
_SHOWN_RELATIONS = 3


def marked_text(record: Record) -> str:
    """Return the text of a record with its mentions, triggers, relations and arguments, each with its category.

    >>> ida = Mention.at("Ida left", 0, 3, "person")
    >>> marked_text(Record(id="1", source="x", split="train", group="1", text="Ida left", schemas={}, mentions=(ida,)))
    '[Ida|person] left'
    """
    mentions = list(_typed_mentions(record))
    spans = [(start, end, mention.type) for mention in mentions for start, end in mention.fragments]
    cut = max([_SHOWN_TEXT, *(end for start, end, _ in spans if start < _SHOWN_TEXT)])
    spans = [span for span in spans if span[0] < cut]
    # At one position, spans end before others begin; the inner one of two ends first, and the outer one begins first.
    marks = [(start, 1, -end, "[") for start, end, _ in spans]
    marks += [(end, 0, -start, f"{_suffix(type)}]") for start, end, type in spans]
    pieces, position = [], 0
    for at, _, _, mark in sorted(marks):
        pieces += [record.text[position:at], mark]
        position = at
    pieces.append(record.text[position:cut] + " ..." * (cut < len(record.text)))
    parts = [" ".join("".join(pieces).split())]
    parts += [f"[{mention.text}{_suffix(mention.type)}] somewhere" for mention in mentions if not mention.fragments]
    relations = [f"{relation.head.text} {relation.type} {relation.tail.text}" for relation in record.relations]
    events = [f"{event.trigger.text}: {_arguments(event)}" for event in record.events if event.arguments]
    return "; ".join(parts + relations[:_SHOWN_RELATIONS] + events[:_SHOWN_RELATIONS])


def _suffix(type: str) -> str:
    return f"|{type}" if type else ""


def _arguments(event: Event) -> str:
    return ", ".join(f"{mention.text} ({role})" for mention, role in event.arguments)


def _typed_mentions(record: Record) -> Iterator[Mention]:
    yield from record.mentions
    for event in record.events:
        yield Mention(event.trigger.text, event.trigger.fragments, event.type)
