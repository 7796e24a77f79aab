"""brat's stand-off format: an `.ann` file with annotations at offsets of a `.txt` file of the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.records import Mention
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Head
from adelie_hf.text_files import excerpt, read_lines

_SPAN = re.compile(r"(?P<type>\S+) (?P<offsets>\d+ \d+(?:;\d+ \d+)*)\Z", re.ASCII)
_LINE = re.compile(r"(?:[TRE]\S+|[AMN#*]\S*)\t")
_IGNORED = ("*", "A", "M", "N", "#")  # equivalences, attributes, modifications, normalisations, notes

RoleAndId = tuple[str, str]


class StandoffRelation(NamedTuple):
    """A relation: its type, and role and id of its head and tail."""

    type: str
    head: RoleAndId
    tail: RoleAndId


class StandoffEvent(NamedTuple):
    """An event: its type, the id of its trigger, and role and id of its arguments."""

    type: str
    trigger: str
    arguments: list[RoleAndId]


@dataclass(slots=True)
class Standoff:
    """The annotations of a document, by id. Attributes, normalisations, equivalences and notes are ignored."""

    mentions: StrictDict[Mention] = field(default_factory=StrictDict)
    relations: dict[str, StandoffRelation] = field(default_factory=dict)
    events: dict[str, StandoffEvent] = field(default_factory=dict)

    @property
    def trigger_ids(self) -> set[str]:
        """The ids of the mentions that are triggers."""
        return {event.trigger for event in self.events.values()}


def is_standoff(head: Head) -> bool:
    """Return whether a file begins with an annotation."""
    return bool(_LINE.match(head.text.lstrip("\n\r ")))


def read_standoff_text(file: Path) -> str:
    """Return the text of an annotation file. Raises InputError if the `.txt` file is missing."""
    text_file = file.with_suffix(".txt")
    if not text_file.is_file():
        raise InputError(f"{text_file}: missing; it has to contain the text of {file.name}")
    return "\n".join(line for _, line in read_lines(text_file))


def read_standoff(file: Path, text: str | None = None) -> Standoff:
    """Return the annotations of a file; none for an empty file.

    Args:
        file: the `.ann` file.
        text: the text to check the annotated surfaces against; None skips the check.

    Raises:
        InputError: with file and line, for a line that is not an annotation, or not one of the text.
    """
    annotations = Standoff()
    if not file.read_bytes().strip(b"\xef\xbb\xbf\r\n "):
        return annotations
    for number, line in read_lines(file):
        if line.strip() and not line.startswith(_IGNORED):
            try:
                _add_annotation(line, annotations, text)
            except (LookupError, ValueError) as error:
                raise InputError(
                    f"{file}:{number}: {excerpt(line)!r} is not an annotation of brat ({excerpt(str(error))}); fix it"
                ) from None
    return annotations


def _add_annotation(line: str, annotations: Standoff, text: str | None) -> None:
    if not _LINE.match(line):
        raise ValueError("it does not begin with T, R, E, A, M, N, * or #, an id and a tab")
    id, body, *rest = line.split("\t")
    if id in annotations.mentions or id in annotations.relations or id in annotations.events:
        raise ValueError(f"{id} occurs twice")
    if line.startswith("T"):
        annotations.mentions[id] = _mention(body, rest[0], text)
    elif line.startswith("E"):
        (event_type, trigger), *arguments = map(_role_and_id, body.split())
        annotations.events[id] = StandoffEvent(event_type, trigger, _without_role_numbers(arguments))
    else:
        relation_type, *words = body.split()
        if len(words) != 2:
            raise ValueError("a relation has two arguments")
        head, tail = map(_role_and_id, words)
        # Arg1 is the head, in whichever order the two are written.
        if {head[0], tail[0]} == {"Arg1", "Arg2"}:
            head, tail = sorted((head, tail))
        annotations.relations[id] = StandoffRelation(relation_type, head, tail)


def _mention(body: str, surface: str, text: str | None) -> Mention:
    if not (match := _SPAN.match(body)):
        raise ValueError("a span consists of a type and offsets")
    offset_pairs = [pair.split(" ") for pair in match["offsets"].split(";")]
    fragments = tuple((int(start), int(end)) for start, end in offset_pairs)
    if text is not None:
        text_at_offsets = " ".join(Mention.at(text, start, end).text for start, end in fragments)
        if text_at_offsets != surface and text_at_offsets.replace("\n", " ") == surface:
            # A span across a line end is one fragment in older versions of brat, and one per line in newer ones.
            fragments = tuple(line for start, end in fragments for line in _split_at_line_ends(text, start, end))
        elif text_at_offsets != surface:
            raise ValueError(f"the text at its offsets is {text_at_offsets!r}")
    return Mention(surface, fragments, match["type"])


def _split_at_line_ends(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for line in text[start:end].split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _role_and_id(word: str) -> RoleAndId:
    role, _, id = word.partition(":")
    if not role or not id:
        raise ValueError(f"{word!r} is not a role and an id")
    return role, id


def _without_role_numbers(arguments: list[RoleAndId]) -> list[RoleAndId]:
    """Remove the numbers that brat adds to a role that occurs again: Theme, Theme2."""
    roles = {role for role, _ in arguments}
    return [(base if (base := role.rstrip("0123456789")) in roles else role, id) for role, id in arguments]
