"""Documents with character offsets, split into sentences; each annotation belongs to the sentence that contains it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.sax.saxutils import unescape

from adelie_hf.records import Event, Mention, Record, Relation, Schema
from adelie_hf.sources.readers.drop_reasons import (
    ARGUMENT_IN_OTHER_SENTENCE,
    ARGUMENT_LACKS_MENTION,
    EVENT_LACKS_TRIGGER,
    OTHER_WORDS,
    OUTSIDE_SENTENCE,
    RELATION_CROSSES_SENTENCES,
    RELATION_LACKS_MENTION,
)
from adelie_hf.sources.source import Dropped

# A blank line, or a full stop with closing quotes and brackets, before white space and a possible sentence start.
_BOUNDARY = re.compile(r"\n\s*\n|(?<![.!?])[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[`]*[A-Z0-9])")
# The same in texts of any language: the next sentence does not begin with a small letter. The marks of scripts without
# capital letters need nothing after them.
_ANY_BOUNDARY = re.compile(
    r"(?P<mark>(?<![.!?…])[.!?…]++)[\"'”’)\]»]*+\s+(?=[\"'“‘(\[`«¿¡]*+(?P<next>\S))|[。！？؟।]++[”’」』）]*+\s*|\n\s*\n\s*"
)
# Words whose full stop does not end a sentence: an initial or "U.S.", a title, a month, and similar ones.
_ABBREVIATION = re.compile(
    r"(?:^|[^A-Za-z])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Maj|Capt|Cmdr|Adm|Sgt|Sen|Rep|Gov|Pres|Rev|Hon|St|Mt"
    r"|Jr|Sr|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Nos?|vs|Inc|Corp|Co|Ltd)\.$"
)
_LONGEST_ABBREVIATION = 6  # characters, with the one before it
_WHITE_SPACE = str.maketrans("\t\n\v\f\r", "     ")
_TAG = re.compile(r"<[^<>]*>")
_QUOTES = {"&quot;": '"', "&apos;": "'"}


class RawSentence(NamedTuple):
    """A sentence as written in the file, and the offset of its first character."""

    start: int
    text: str


def split_sentences(text: str, start: int = 0) -> Iterator[RawSentence]:
    """Yield the sentences of a text, without surrounding white space.

    Args:
        text: the text.
        start: the offset of its first character.
    """
    sentence_start = 0
    for boundary in [*_BOUNDARY.finditer(text), None]:
        end = boundary.end() if boundary else len(text)
        if boundary and boundary[0] == "." and _ABBREVIATION.search(text, max(0, end - _LONGEST_ABBREVIATION), end):
            continue
        if sentence := text[sentence_start:end].strip():
            yield RawSentence(start + text.index(sentence, sentence_start), sentence)
        sentence_start = end


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the sentences of a text of any language begin and end, without white space at the ends.

    >>> text = "Dr. Li left. Où ? « Ici. »  Да. 好。他走了。"
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['Dr. Li left.', 'Où ?', '« Ici. »', 'Да.', '好。', '他走了。']
    """
    start = 0
    for boundary in [*_ANY_BOUNDARY.finditer(text), None]:
        if boundary and boundary["mark"]:
            end = boundary.end("mark")
            if boundary["next"].islower():
                continue
            if text[start : boundary.start()].strip().isdecimal():  # the number of a sentence
                continue
            if boundary["mark"] == "." and _ABBREVIATION.search(text, max(0, end - _LONGEST_ABBREVIATION), end):
                continue
        end = boundary.end() if boundary else len(text)
        if sentence := text[start:end].strip():
            first = start + len(text[start:end]) - len(text[start:end].lstrip())
            yield first, first + len(sentence)
        start = end


def split_marked_up_sentences(
    text: str, body_tags: tuple[str, ...], offsets_count_tags: bool
) -> Iterator[RawSentence]:
    """Yield the sentences between the tags of a marked-up text.

    Args:
        text: the content of the file.
        body_tags: names of tags, in capitals. Text before the first of them is skipped; without any, none is.
        offsets_count_tags: whether offsets count the characters of tags.
    """
    position = tag_characters = 0
    tags = list(_TAG.finditer(text))
    in_body = not any(_tag_name(tag[0]) in body_tags for tag in tags)
    for tag in [*tags, None]:
        end = tag.start() if tag else len(text)
        if in_body:
            offset = position if offsets_count_tags else position - tag_characters
            yield from split_sentences(text[position:end], offset)
        if tag:
            in_body = in_body or _tag_name(tag[0]) in body_tags
            tag_characters += len(tag[0])
            position = tag.end()


def _tag_name(tag: str) -> str:
    return tag[1:-1].partition(" ")[0].upper()


@dataclass(frozen=True, slots=True)
class SentenceSpan:
    """A mention, and the number of its sentence."""

    sentence: int
    mention: Mention


@dataclass(slots=True)
class RecordBuilder:
    """Builds one record for each sentence of a document from annotations with offsets of the document.

    Annotations are added in any order. Those that cannot be part of a single sentence are dropped and counted.

    Args:
        sentences: the sentences of the document.
        escaped: whether they are written as in XML, where `&amp;` is one character of the text.
        dropped: what is dropped; callers may append to it.
    """

    sentences: list[RawSentence]
    escaped: bool = False
    dropped: list[Dropped] = field(default_factory=list)
    _texts: list[str] = field(init=False)
    _mentions: dict[int, list[Mention]] = field(default_factory=dict)
    _relations: dict[int, list[Relation]] = field(default_factory=dict)
    _events: dict[int, list[Event]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._texts = [self._unescape(sentence.text).translate(_WHITE_SPACE) for sentence in self.sentences]

    def span(self, start: int, end: int, surface: str, type: str = "") -> SentenceSpan | None:
        """Return the mention at [start, end) of the file.

        It is dropped, and None is returned, unless it lies in one sentence and its words are those of `surface`.
        """
        number = bisect_right(self.sentences, start, key=lambda sentence: sentence.start) - 1
        if number < 0 or not start < end <= self.sentences[number].start + len(self.sentences[number].text):
            self.drop(OUTSIDE_SENTENCE)
            return None
        sentence = self.sentences[number]
        text_start = len(self._unescape(sentence.text[: start - sentence.start]))
        text_end = len(self._unescape(sentence.text[: end - sentence.start]))
        mention = Mention.at(self._texts[number], text_start, text_end, type)
        if mention.text.split() != surface.split():
            self.drop(OTHER_WORDS)
            return None
        return SentenceSpan(number, mention)

    def add_mention(self, span: SentenceSpan) -> None:
        """Add a mention to its sentence."""
        self._mentions.setdefault(span.sentence, []).append(span.mention)

    def add_relation(self, head: SentenceSpan | None, type: str, tail: SentenceSpan | None) -> None:
        """Add a relation; it is dropped unless head and tail are in one sentence."""
        if head is None or tail is None:
            self.drop(RELATION_LACKS_MENTION)
        elif head.sentence != tail.sentence:
            self.drop(RELATION_CROSSES_SENTENCES)
        else:
            self._relations.setdefault(head.sentence, []).append(Relation(head.mention, type, tail.mention))

    def add_event(
        self, trigger: SentenceSpan | None, type: str, arguments: Iterable[tuple[SentenceSpan | None, str]]
    ) -> None:
        """Add an event with the arguments (span, role) that are in its trigger's sentence; the others are dropped."""
        if trigger is None:
            self.drop(EVENT_LACKS_TRIGGER)
            return
        kept = []
        for span, role in arguments:
            if span is None:
                self.drop(ARGUMENT_LACKS_MENTION)
            elif span.sentence != trigger.sentence:
                self.drop(ARGUMENT_IN_OTHER_SENTENCE)
            else:
                kept.append((span.mention, role))
        self._events.setdefault(trigger.sentence, []).append(Event(trigger.mention, type, tuple(kept)))

    def drop(self, reason: str) -> None:
        """Count a raw annotation that is left out."""
        self.dropped.append(Dropped(reason))

    def build(
        self, document_id: str, source: str, split: str, schemas: Mapping[str, Schema]
    ) -> Iterator[Record | Dropped]:
        """Yield a record for each sentence, with mentions and events in the order of the text, and then the drops."""
        for number, text in enumerate(self._texts):
            yield Record(
                id=f"{document_id}-{number}",
                source=source,
                split=split,
                group=document_id,
                text=text,
                schemas=schemas,
                mentions=tuple(sorted(self._mentions.get(number, ()), key=lambda mention: mention.fragments)),
                relations=tuple(self._relations.get(number, ())),
                events=tuple(sorted(self._events.get(number, ()), key=lambda event: event.trigger.fragments)),
            )
        yield from self.dropped

    def _unescape(self, raw: str) -> str:
        return unescape(raw, _QUOTES) if self.escaped else raw
