"""The model's answers about the windows of a text, read as one result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adelie_hf.answers import EventItem, Extraction, Item, Table, Triple
from adelie_hf.extraction.found import FoundItem, FoundMention
from adelie_hf.extraction.generate import Generated
from adelie_hf.extraction.grounding import ground
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.extraction.results import Result, Status
from adelie_hf.extraction.schema import ExtractionSchema
from adelie_hf.extraction.windows import Window
from adelie_hf.records import Mention

_FROM_BEST: tuple[Status, ...] = ("empty", "valid", "repaired", "invalid", "cut", "refused")

Asked = tuple[Window, ExtractionRequest, Generated]
Roles = tuple[tuple[str, FoundMention], ...]


def result_of(text: str, schema: ExtractionSchema, asked: Sequence[Asked]) -> Result:
    """Return the result of a text from the answers about its windows; what several windows give counts once."""
    status: Status = "empty"
    problems: list[str] = []
    found: list[FoundItem] = []
    known: dict[tuple[object, ...], tuple[int, int]] = {}  # identity -> the first window that gives it, and its number
    for number, (window, request, generated) in enumerate(asked):
        if generated.refused:
            status = "refused"
            problems.append(generated.refused)
            continue
        parsed = request.parse(generated.text)
        own: Status = "cut" if generated.cut else parsed.status
        status = max(status, own, key=_FROM_BEST.index)
        problems += parsed.problems
        for item in _found_items(parsed.items, text, window, request, generated):
            first_window, place = known.setdefault(_identity(item), (number, len(found)))
            if first_window == number:
                found.append(item)
            elif (item.confidence or 0) > (found[place].confidence or 0):
                found[place] = item
    items = sorted(found, key=lambda item: (item.start is None, item.start or 0))
    outputs = tuple(generated.text for _, _, generated in asked)
    return Result(text, schema, tuple(items), status, tuple(problems), outputs)


def _found_items(
    items: Sequence[Item], text: str, window: Window, request: ExtractionRequest, generated: Generated
) -> Iterator[FoundItem]:
    confidences = _confidences(items, generated)
    for item, mentions, confidence in zip(items, ground(items, request.text), confidences, strict=True):
        if request.pair:
            mentions = _as_asked(mentions, request.pair)
        placed = tuple((role, _moved(mention, text, window.start)) for role, mention in mentions)
        yield FoundItem(item, placed, confidence)


def _as_asked(mentions: Roles, pair: tuple[Mention, Mention]) -> Roles:
    """Return the mentions of a relation at the places that the request is about, in whichever direction."""
    for asked in (pair, pair[::-1]):
        if [found.answered for _, found in mentions] == [mention.text for mention in asked]:
            return tuple(
                (role, FoundMention(mention.text, mention.text, mention.fragments, "exact"))
                for (role, _), mention in zip(mentions, asked, strict=True)
            )
    return mentions


def _moved(mention: FoundMention, text: str, by: int) -> FoundMention:
    """Return a mention of a window with its offsets and words in the whole text."""
    if not mention.fragments:
        return mention
    fragments = tuple((start + by, end + by) for start, end in mention.fragments)
    return FoundMention(
        mention.answered, " ".join(text[start:end] for start, end in fragments), fragments, mention.match
    )


def _identity(found: FoundItem) -> tuple[object, ...]:
    """Return what two windows have in common where they give the same item: its places, or else its words."""
    places = tuple((role, mention.fragments or mention.answered) for role, mention in found.mentions)
    return (found.type, places) if places else (found.item, ())


def _confidences(items: Sequence[Item], generated: Generated) -> Iterator[float | None]:
    """Yield the probability of each item's tokens in the answer; those of the whole answer where it is not found."""
    cursor, text, tokens = 0, generated.text, generated.tokens
    for item in items:
        start, end = _place(item, text, cursor)
        if end:
            cursor = end
        else:
            start, end = 0, len(text)
        yield tokens.of(start, end) if tokens and end else None


def _place(item: Item, output: str, cursor: int) -> tuple[int, int]:
    """Return where an answer has an item, from the cursor on; (0, 0) where it does not have it literally."""
    start, end = -1, cursor
    for part in _parts(item):
        offset = output.find(part, end) if part else -1
        if offset >= 0:
            start = offset if start < 0 else start
            end = offset + len(part)
    return (start, end) if start >= 0 else (0, 0)


def _parts(item: Item) -> Sequence[str]:
    """Return the strings of an item in the order in which the formats write them."""
    match item:
        case Table():
            return ()
        case EventItem():
            return (item.trigger, item.type, *(part for argument in item.arguments for part in argument))
        case Extraction():
            return (item.predicate, *item.arguments)
        case Triple():
            return tuple(item)
        case _:
            return (item[0], item[1])
