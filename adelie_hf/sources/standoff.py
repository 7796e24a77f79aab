"""brat's standoff annotation: an `.ann` file beside the `.txt` file that its offsets count in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Mention
from adelie_hf.sources.reading import Known, lines

_SPAN = re.compile(r"(?P<type>\S+) (?P<offsets>\d+ \d+(?:;\d+ \d+)*)\Z", re.ASCII)
_LINE = re.compile(r"[TREAMN#*]\d*\t")


@dataclass(slots=True)
class Standoff:
    """What a document's annotation says; attributes, notes and the like are passed over.

    `events` and `relations` are id -> (type, [(role, id)]); an event's first role is its type, with the trigger.
    """

    text: str
    spans: Known[Mention] = field(default_factory=Known)
    events: dict[str, tuple[str, list[tuple[str, str]]]] = field(default_factory=dict)
    relations: dict[str, tuple[str, list[tuple[str, str]]]] = field(default_factory=dict)


def is_standoff(head: str) -> bool:
    """Whether a file begins as an annotation file does."""
    return bool(_LINE.match(head.lstrip("\n\r ")))


def documents(file: Path) -> Iterator[tuple[int, Standoff]]:
    """The one document of an annotation file. Raises InputError, naming the line, for what is no annotation of it."""
    text = "\n".join(line for _, line in lines(file.with_suffix(".txt"))).replace("\n", " ").rstrip()
    document = Standoff(text)
    for number, line in lines(file):
        if line.strip():
            try:
                _read(line, document)
            except (LookupError, ValueError) as error:
                raise InputError(f"{file}:{number}: not a line of brat's ({error}); fetch the file again") from None
    yield 1, document


def _read(line: str, document: Standoff) -> None:
    if not _LINE.match(line):
        raise ValueError("it does not begin with an id and a tab")
    id, body, *rest = line.split("\t")
    if id in document.spans or id in document.events or id in document.relations:
        raise ValueError(f"{id} stands there twice")
    if id.startswith("T"):
        document.spans[id] = _mention(document.text, body, rest[0])
    elif id.startswith(("E", "R")):
        pairs = [(role, of) for role, _, of in (piece.partition(":") for piece in body.split())]
        if id.startswith("E"):
            document.events[id] = (pairs[0][0], pairs)
        else:
            document.relations[id] = (pairs[0][0], pairs[1:])


def _mention(text: str, body: str, surface: str) -> Mention:
    if not (found := _SPAN.match(body)):
        raise ValueError("a span is a type and its offsets")
    fragments = []
    for piece in found["offsets"].split(";"):
        start, end = map(int, piece.split(" "))
        fragments.append(Mention.at(text, start, end).fragments[0])
    if (words := " ".join(text[start:end] for start, end in fragments)) != surface:
        raise ValueError(f"{surface!r} is recorded where {words!r} stands")
    return Mention(words, tuple(fragments), found["type"])
