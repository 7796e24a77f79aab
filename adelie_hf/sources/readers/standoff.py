"""brat's standoff annotation: an `.ann` file beside the `.txt` file that its offsets count in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from adelie_hf.errors import InputError
from adelie_hf.records import Mention
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.text_files import excerpt, read_lines

_SPAN = re.compile(r"(?P<type>\S+) (?P<offsets>\d+ \d+(?:;\d+ \d+)*)\Z", re.ASCII)
_LINE = re.compile(r"(?:[TRE]\S+|[AMN#*]\S*)\t")
_PASSED_OVER = ("*", "A", "M", "N", "#")


@dataclass(slots=True)
class Standoff:
    """What is marked in a document, by id; attributes, normalisations, equivalences and notes are passed over.

    A relation is (type, [(role, id), (role, id)]), an event (type, id of its trigger, [(role, id), ...]).
    """

    mentions: StrictDict[Mention] = field(default_factory=StrictDict)
    relations: dict[str, tuple[str, list[tuple[str, str]]]] = field(default_factory=dict)
    events: dict[str, tuple[str, str, list[tuple[str, str]]]] = field(default_factory=dict)

    @property
    def triggers(self) -> set[str]:
        return {trigger for _, trigger, _ in self.events.values()}


def is_standoff(head: str) -> bool:
    """Whether a file begins as an annotation file does."""
    return bool(_LINE.match(head.lstrip("\n\r ")))


def text_beside(file: Path) -> str:
    """The text that an annotation file's offsets count in. Raises InputError where it is missing."""
    beside = file.with_suffix(".txt")
    if not beside.is_file():
        raise InputError(f"{beside}: missing; brat keeps the text of {file.name} in it")
    return "\n".join(line for _, line in read_lines(beside))


def read_standoff(file: Path, text: str | None = None) -> Standoff:
    """What a file marks, in that text if it is given; an empty file marks nothing.

    Raises InputError naming the file and the line, for a line that is no annotation of the text.
    """
    marked = Standoff()
    if not file.read_bytes().strip(b"\xef\xbb\xbf\r\n "):
        return marked
    for number, line in read_lines(file):
        if line.strip() and not line.startswith(_PASSED_OVER):
            try:
                _read(line, marked, text)
            except (LookupError, ValueError) as error:
                raise InputError(
                    f"{file}:{number}: {excerpt(line)!r} is not an annotation of brat ({excerpt(str(error))}); mend it"
                ) from None
    return marked


def _read(line: str, marked: Standoff, text: str | None) -> None:
    if not _LINE.match(line):
        raise ValueError("it begins with none of T, R, E, A, M, N, * and #, an id and a tab")
    id, body, *rest = line.split("\t")
    if id in marked.mentions or id in marked.relations or id in marked.events:
        raise ValueError(f"{id} occurs twice")
    if line.startswith("T"):
        marked.mentions[id] = _mention(body, rest[0], text)
    elif line.startswith("E"):
        (kind, trigger), *roles = map(_pair, body.split())
        marked.events[id] = (kind, trigger, _unnumbered(roles))
    else:
        kind, *words = body.split()
        if len(words) != 2:
            raise ValueError("a relation has two arguments")
        ends = [_pair(word) for word in words]
        # The numbers say which way it runs, whatever is written first.
        marked.relations[id] = (kind, sorted(ends) if {name for name, _ in ends} == {"Arg1", "Arg2"} else ends)


def _mention(body: str, surface: str, text: str | None) -> Mention:
    if not (found := _SPAN.match(body)):
        raise ValueError("a span is a type and its offsets")
    places = [piece.split(" ") for piece in found["offsets"].split(";")]
    fragments = tuple((int(start), int(end)) for start, end in places)
    if text is not None:
        reads = " ".join(Mention.at(text, start, end).text for start, end in fragments)
        if reads != surface and reads.replace("\n", " ") == surface:
            # Older versions of brat write one stretch across a line end, newer ones a fragment a line.
            fragments = tuple(line for start, end in fragments for line in _lines(text, start, end))
        elif reads != surface:
            raise ValueError(f"the text reads {reads!r} there")
    return Mention(surface, fragments, found["type"])


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for line in text[start:end].split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _pair(word: str) -> tuple[str, str]:
    name, _, id = word.partition(":")
    if not name or not id:
        raise ValueError(f"{word!r} is not a name and an id")
    return name, id


def _unnumbered(roles: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """brat numbers the second of a role: Theme, Theme2."""
    used = {role for role, _ in roles}
    return [(bare if (bare := role.rstrip("0123456789")) in used else role, id) for role, id in roles]
