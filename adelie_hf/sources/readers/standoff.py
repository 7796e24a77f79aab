"""brat's stand-off format: an `.ann` file with annotations at offsets of a `.txt` file of the same name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import UnreadableRecord
from adelie_hf.records import Mention
from adelie_hf.sources.readers.drop_reasons import OTHER_WORDS
from adelie_hf.sources.readers.raw_values import StrictDict
from adelie_hf.sources.source import Head
from adelie_hf.text_files import excerpt, quoted, read_lines

_SPAN = re.compile(r"(?P<type>\S+) (?P<offsets>\d{1,15} \d{1,15}(?:;\d{1,15} \d{1,15})*)\Z", re.ASCII)
_LINE = re.compile(r"(?:[TRE]\S+|[AMN#*]\S*)\t")
_FIX = "fix it or download the file again"
# Reasons of `UnreadableRecord`.
_NOT_BRAT = "a line is not an annotation of brat"
_NO_REFERENT = "an annotation refers to one that is not there"
_NO_TEXT = "the text of a file with annotations is missing"

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
    """The annotations of a document, by id. Attributes, normalisations, equivalences and notes are ignored.

    Args:
        file: the file.
        mentions: the mentions, with the surfaces and offsets that the file gives.
        relations: the relations.
        events: the events.
        lines: for each annotation its file, the number of its line, and the line.
    """

    file: Path
    mentions: StrictDict[Mention] = field(default_factory=StrictDict)
    relations: dict[str, StandoffRelation] = field(default_factory=dict)
    events: dict[str, StandoffEvent] = field(default_factory=dict)
    lines: dict[str, tuple[Path, int, str]] = field(default_factory=dict)

    def unreadable(self, id: str, problem: str, reason: str = _NOT_BRAT) -> UnreadableRecord:
        """Return the error of an annotation that cannot be used."""
        file, number, line = self.lines[id]
        return _unreadable(file, number, line, problem, reason)

    @property
    def trigger_ids(self) -> set[str]:
        """The ids of the mentions that are triggers."""
        return {event.trigger for event in self.events.values()}


def _unreadable(file: Path, number: int, line: str, problem: str, reason: str = _NOT_BRAT) -> UnreadableRecord:
    found = f"{quoted(line)} is not an annotation of brat ({problem})"
    return UnreadableRecord(f"{file}:{number}", found, _FIX, reason)


def is_standoff(head: Head) -> bool:
    """Return whether a file begins with an annotation."""
    return bool(_LINE.match(head.text.lstrip("\n\r ")))


def read_standoff_text(file: Path) -> str:
    """Return the text of an annotation file, with `\\n` at line ends. Raises InputError if the file is missing."""
    text_file = file.with_suffix(".txt")
    if not text_file.is_file():
        raise UnreadableRecord(f"{text_file}", "missing", f"it has to contain the text of {file.name}", _NO_TEXT)
    return "\n".join(line for _, line in read_lines(text_file))


def read_standoff(file: Path, *others: Path) -> Standoff:
    """Return the annotations of a file, not yet compared with its text or each other; none for an empty file.

    Args:
        file: the file.
        others: further files of the same document, as BioNLP's `.a2` beside `.a1`.

    Raises:
        UnreadableRecord: with file and line, for a line that is not an annotation.
    """
    annotations = Standoff(file)
    for each in (file, *others):
        if each.read_bytes().strip(b"\xef\xbb\xbf\r\n "):
            _add_file(each, annotations)
    return annotations


def _add_file(file: Path, annotations: Standoff) -> None:
    for number, line in read_lines(file):
        if line.strip() and not line.startswith(_IGNORED):
            try:
                id = _add_annotation(line, annotations)
            except ValueError as error:
                raise _unreadable(file, number, line, excerpt(str(error))) from None
            annotations.lines[id] = file, number, line


def _add_annotation(line: str, annotations: Standoff) -> str:
    """Add the annotation of a line and return its id."""
    if not _LINE.match(line):
        raise ValueError("it does not begin with T, R, E, A, M, N, * or #, an id and a tab")
    id, body, *surface = line.split("\t", 2)  # a surface may contain tabs
    if id in annotations.lines:
        raise ValueError(f"{id} occurs twice")
    if line.startswith("T"):
        annotations.mentions[id] = _mention(body, surface)
    elif line.startswith("E"):
        type_and_roles = list(map(_role_and_id, body.split()))
        if not type_and_roles:
            raise ValueError("an event has a type and a trigger")
        (event_type, trigger), *arguments = type_and_roles
        annotations.events[id] = StandoffEvent(event_type, trigger, _without_role_numbers(arguments))
    else:
        words = body.split()
        if len(words) != 3:
            raise ValueError("a relation has two arguments")
        relation_type, head, tail = words[0], _role_and_id(words[1]), _role_and_id(words[2])
        # Arg1 is the head, in whichever order the two are written.
        if {head[0], tail[0]} == {"Arg1", "Arg2"}:
            head, tail = sorted((head, tail))
        annotations.relations[id] = StandoffRelation(relation_type, head, tail)
    return id


def check_references(annotations: Standoff) -> None:
    """Raise UnreadableRecord for an annotation that refers to one that is not there."""
    mentions, events = annotations.mentions, annotations.events
    references: dict[str, tuple[str, ...]] = {
        id: (relation.head[1], relation.tail[1]) for id, relation in annotations.relations.items()
    }
    references |= {id: tuple(argument for _, argument in event.arguments) for id, event in events.items()}
    for id, referred in references.items():
        for other in referred:
            if other not in mentions and other not in events:
                raise annotations.unreadable(id, f"the file has no {excerpt(other)}", _NO_REFERENT)
    for id, event in events.items():
        if event.trigger not in mentions:
            raise annotations.unreadable(id, f"the file has no {excerpt(event.trigger)}, its trigger", _NO_REFERENT)


def check_surfaces(annotations: Standoff, text: str) -> None:
    """Raise UnreadableRecord for a mention whose surface is not the text at its offsets."""
    for id, mention in annotations.mentions.items():
        try:
            found = " ".join(Mention.at(text, start, end).text for start, end in mention.fragments)
        except ValueError as error:
            raise annotations.unreadable(id, str(error)) from None
        if found != mention.text:
            raise annotations.unreadable(id, f"the text at its offsets is {quoted(found)}", OTHER_WORDS)


def _mention(body: str, surface: list[str]) -> Mention:
    if not (match := _SPAN.match(body)):
        raise ValueError("a span consists of a type and offsets")
    if not surface:
        raise ValueError("a span has its text after a tab")
    offset_pairs = [pair.split(" ") for pair in match["offsets"].split(";")]
    return Mention(surface[0], tuple((int(start), int(end)) for start, end in offset_pairs), match["type"])


def _role_and_id(word: str) -> RoleAndId:
    role, _, id = word.partition(":")
    if not role or not id:
        raise ValueError(f"{word!r} is not a role and an id")
    return role, id


def _without_role_numbers(arguments: list[RoleAndId]) -> list[RoleAndId]:
    """Remove the numbers that brat adds to a role that occurs again: Theme, Theme2."""
    roles = {role for role, _ in arguments}
    return [(base if (base := role.rstrip("0123456789")) in roles else role, id) for role, id in arguments]
