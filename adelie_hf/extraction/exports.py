"""Results in other forms: a data frame of pandas, brat's stand-off files, our records, documents of spaCy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from adelie_hf.answers import Entity, EventItem, Extraction, Table, Trigger, Triple
from adelie_hf.errors import InputError
from adelie_hf.extraction.found import FoundItem, FoundMention
from adelie_hf.extraction.schema import ExtractionSchema
from adelie_hf.records import Event, Mention, Record, Relation

if TYPE_CHECKING:
    from pandas import DataFrame
    from spacy.language import Language
    from spacy.tokens import Doc

_UNNAMED = "Mention"  # brat's type of a mention that has none: the head of a relation, the argument of an event
_LOST = re.compile("[\r\0\ufeff\ud800-\udfff]")  # what the lines of a UTF-8 file do not keep


def to_pandas(results: Iterable[Iterable[FoundItem]]) -> DataFrame:
    """Return one row an item, with the number of its result and the fields of `FoundItem.to_dict`.

    A mention of an entity has the columns `text`, `start`, `end` and `match`, that of a relation `head.text` and so
    on; `arguments` of an event and `rows` of a table are lists.
    """
    import pandas

    rows = [{"result": number, **item.to_dict()} for number, result in enumerate(results) for item in result]
    frame = pandas.json_normalize(rows) if rows else pandas.DataFrame({"result": [], "type": []})
    offsets = [name for name in frame.columns if name.rpartition(".")[2] in ("result", "start", "end")]
    return frame.astype(dict.fromkeys(offsets, "Int64"))  # whole numbers also where some have no place


# ---- brat -----------------------------------------------------------------------------------------


class _Standoff:
    """The lines of an annotation file."""

    def __init__(self, text: str):
        self.text = text
        self.lines: list[str] = []
        self.numbers: Counter[str] = Counter()  # of each kind of line
        self.shared: dict[tuple[tuple[int, int], ...], str] = {}

    def mention(self, found: FoundMention, type: str) -> str | None:
        """Add a mention and return its id; None where the text does not contain it."""
        fragments = tuple(piece for start, end in found.fragments for piece in _pieces(self.text, start, end))
        if not fragments:
            return None
        offsets = ";".join(f"{start} {end}" for start, end in fragments)
        surface = " ".join(self.text[start:end] for start, end in fragments)
        return self._line("T", f"{_brat_name(type)} {offsets}\t{surface}")

    def participant(self, found: FoundMention) -> str | None:
        """Return the id of a mention without a type, which several relations and events may share."""
        if found.fragments not in self.shared:
            id = self.mention(found, _UNNAMED)
            if id is None:
                return None
            self.shared[found.fragments] = id
        return self.shared[found.fragments]

    def relation(self, type: str, head: FoundMention, tail: FoundMention) -> None:
        if head.grounded and tail.grounded:
            self._line("R", f"{_brat_name(type)} Arg1:{self.participant(head)} Arg2:{self.participant(tail)}")

    def event(self, type: str, trigger: FoundMention, arguments: Sequence[tuple[str, FoundMention]]) -> None:
        if (id := self.mention(trigger, type)) is None:
            return
        words = [f"{_brat_name(type)}:{id}"]
        seen: Counter[str] = Counter()
        for role, mention in arguments:
            if participant := self.participant(mention):
                name = _brat_name(role)
                seen[name] += 1
                words.append(f"{name}{seen[name] if seen[name] > 1 else ''}:{participant}")
        self._line("E", " ".join(words))

    def _line(self, kind: str, content: str) -> str:
        self.numbers[kind] += 1
        id = f"{kind}{self.numbers[kind]}"
        self.lines.append(f"{id}\t{content}\n")
        return id


def to_brat(text: str, items: Iterable[FoundItem]) -> tuple[str, str]:
    """Return a text and its annotations for brat; mentions that the text does not contain are left out.

    Mentions that are entities or triggers have their type, others the type `Mention`. A predicate of open IE is an
    event of the type `predicate`. Characters that brat's names do not have become `_`.

    Raises:
        InputError: for a table, which has no mentions.
    """
    text = _LOST.sub(" ", text)
    standoff = _Standoff(text)
    for found in items:
        match found.item, found.mentions:
            case Table(), _:
                raise InputError("a table has no mentions; brat cannot show it")
            case Triple(), ((_, head), (_, tail)):
                standoff.relation(found.type, head, tail)
            case EventItem() | Trigger(), ((_, trigger), *arguments):
                standoff.event(found.type, trigger, arguments)
            case Extraction(), ((_, predicate), *arguments):
                standoff.event("predicate", predicate, arguments)
            case _, ((_, mention), *_):
                standoff.mention(mention, found.type)
    return text, "".join(standoff.lines)


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a fragment that lie on one line, as brat has them; a tab would end the annotation."""
    for match in re.finditer(r"[^\n\t]+", text[start:end]):
        yield start + match.start(), start + match.end()


def _brat_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)


# ---- records --------------------------------------------------------------------------------------


def to_record(text: str, schema: ExtractionSchema, items: Iterable[FoundItem], id: str) -> Record:
    """Return a record of the source `extracted` with the text's own words; mentions without a place have none there.

    Items of categories that were not asked for are left out, and those with an empty mention.
    """
    kept = [
        found
        for found in items
        if (not schema.labels or found.type in schema.names) and all(mention.text for _, mention in found.mentions)
    ]
    relations = tuple(
        Relation(*(_mention(found, 0), found.type, _mention(found, 1)))
        for found in kept
        if isinstance(found.item, Triple)
    )
    fields: dict[str, Any] = {
        "mentions": tuple(_mention(found, 0, found.type) for found in kept if isinstance(found.item, Entity)),
        "relations": relations,
        "pairs": tuple({(each.head, each.tail): None for each in relations}) if schema.task == "rc" else (),
        "events": tuple(_event(found) for found in kept if isinstance(found.item, EventItem | Trigger)),
        "extractions": tuple(_extraction(found) for found in kept if isinstance(found.item, Extraction)),
        "table": next((found.item for found in kept if isinstance(found.item, Table)), None),
    }
    return Record(
        id=id,
        source="extracted",
        split="train",
        group=id,
        text=text,
        schemas={schema.task: schema.labels},
        instruction=schema.instruction,
        **fields,
    )


def _mention(found: FoundItem, number: int, type: str = "") -> Mention:
    mention = found.mentions[number][1]
    return Mention(mention.text, mention.fragments, type)


def _event(found: FoundItem) -> Event:
    arguments = tuple((_mention(found, number), role) for number, (role, _) in enumerate(found.mentions[1:], 1))
    return Event(_mention(found, 0), found.type, arguments)


def _extraction(found: FoundItem) -> Extraction:
    predicate, *arguments = (mention.text for _, mention in found.mentions)
    return Extraction(predicate, tuple(arguments))


# ---- spaCy ----------------------------------------------------------------------------------------


def to_spacy(text: str, items: Iterable[FoundItem], nlp: Language | None = None) -> Doc:
    """Return a document with a span for each fragment of each mention, in the span group `sc`.

    A span that begins or ends inside a token is extended to it. Its label is the type of an entity or trigger, and
    otherwise the role of the mention.

    Args:
        text: the text.
        items: what was found in it.
        nlp: the pipeline whose tokenizer and vocabulary are used; an empty one for any language for None.

    Raises:
        InputError: without spaCy.
    """
    try:
        import spacy
    except ImportError:
        raise InputError("a document of spaCy needs spaCy; pip install spacy") from None
    doc = (nlp or spacy.blank("xx")).make_doc(text)
    spans = (
        doc.char_span(
            start, end, label=found.type if role in ("mention", "trigger") else role, alignment_mode="expand"
        )
        for found in items
        for role, mention in found.mentions
        for start, end in mention.fragments
    )
    doc.spans["sc"] = [span for span in spans if span is not None]
    return doc
