"""Files of tagged tokens: one token per line with its tag in the last column, and a blank line after each sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import UnreadableRecord
from adelie_hf.text_files import quoted, read_lines

TaggedSpan = tuple[int, int, str]  # start and end token (exclusive), type

# Reason of `UnreadableRecord`.
_NOT_A_TOKEN = "a line is not a token and its tag"

_DOCUMENT_START = "-DOCSTART-"
MOST_WRONG = 0.05  # of the tags: if more have no prefix, the scheme is not known
_HEAD_LINES = 2_000  # lines from which a layout is recognised
# Begin, Inside, End, Single of IOB1, IOB2 and IOBES; Last and Unit of BILOU; Middle of BMES.
_PREFIXED_TAG = re.compile(r"(?:[BIESLUM]-.+|O)\Z", re.DOTALL)


class TaggedSentence(NamedTuple):
    """The rows of a sentence as columns, and the number of its document (0 before the first -DOCSTART-)."""

    document: int
    rows: list[list[str]]

    @property
    def tokens(self) -> list[str]:
        """The first column."""
        return [row[0] for row in self.rows]

    @property
    def tags(self) -> list[str]:
        """The last column."""
        return [row[-1] for row in self.rows]


class WrongRow(ValueError):
    """A row that does not have the form of the others, at a position in its sentence."""

    def __init__(self, position: int, problem: str):
        super().__init__(problem)
        self.position = position


class WrongTag(WrongRow):
    """A tag that the scheme of the others does not have."""


def split_columns(line: str) -> list[str]:
    """Return the columns of a line, separated by tabs, or by spaces if it has no tab."""
    return line.rstrip().split("\t") if "\t" in line else [column for column in line.split(" ") if column]


def read_tagged_sentences(
    file: Path, *, any_bytes: bool = False
) -> Iterator[tuple[int, TaggedSentence | UnreadableRecord]]:
    """Yield the sentences of a file, each with the number of its first line. Comment lines are skipped.

    A sentence with a line whose number of columns differs from the first line is an `UnreadableRecord`.

    Args:
        file: the file.
        any_bytes: as in `read_lines`.

    Raises:
        InputError: as `read_lines`.
    """
    document = start = width = 0
    rows: list[list[str]] = []
    problem: UnreadableRecord | None = None
    for number, line in read_lines(file, any_bytes=any_bytes):
        # A short cut for most lines: a row with the same columns as the previous one.
        row = line.split("\t") if "\t" in line else line.split(" ")
        if rows and len(row) == width and "" not in row and not line[-1].isspace() and row[0] != _DOCUMENT_START:
            rows.append(row)
            continue
        if (is_blank := not line.strip()) or line.startswith(_DOCUMENT_START):
            if rows or problem:
                yield start, problem or TaggedSentence(document, rows)
                rows, problem = [], None
            document += not is_blank
            continue
        row = split_columns(line)
        if not rows and _is_comment(row, width):
            continue
        start = start if rows or problem else number
        width = width or (len(row) if len(row) > 1 else 0)
        if len(row) == width and row[0]:
            rows.append(row)
        elif not problem:
            found = f"{quoted(line)} is not a token and its tag in {max(width, 2)} columns, as in the lines above"
            problem = UnreadableRecord(f"{file}:{number}", found, "fix it or download the file again", _NOT_A_TOKEN)
    if rows or problem:
        yield start, problem or TaggedSentence(document, rows)


def _is_comment(row: list[str], width: int) -> bool:
    """Return whether the first row of a sentence is a comment, since `#` can also be a token."""
    if not row[0].startswith("#"):
        return False
    return len(row) != width if width else not _PREFIXED_TAG.match(row[-1]) or len(row) < 2


def column_counts_and_tags(text: str) -> tuple[set[int], set[str]]:
    """Return the different numbers of columns, and the different tags, in the beginning of a file."""
    rows = head_rows(text)
    return {len(row) for row in rows}, {row[-1] for row in rows}


def head_rows(text: str) -> list[list[str]]:
    """Return the rows of tokens in the beginning of a file."""
    return [row for sentence in head_sentences(text) for row in sentence]


def head_sentences(text: str) -> list[list[list[str]]]:
    """Return the sentences in the beginning of a file, as rows of tokens."""
    sentences: list[list[list[str]]] = [[]]
    for line in islice(text.split("\n"), _HEAD_LINES):
        if not line.strip() or line.startswith(_DOCUMENT_START):
            sentences.append([])
            continue
        row = split_columns(line.rstrip("\r"))
        if not row[0].startswith("#") or _PREFIXED_TAG.match(row[-1]):
            sentences[-1].append(row)
    return [sentence for sentence in sentences if sentence]


def entity_types(prefixed_tags: Iterable[str]) -> set[str]:
    """Return the types in tags with prefixes."""
    return {tag[2:] for tag in prefixed_tags if tag != "O"}


def all_prefixed(tags: Iterable[str]) -> bool:
    """Return whether each tag is `O` or a type after a prefix such as `B-`."""
    return all(map(_PREFIXED_TAG.match, tags))


def tags_in_use(tags: Iterable[Iterable[str] | Exception]) -> set[str]:
    """Return the tags of the training part of a data set, without the few that lack the prefix of the others.

    What cannot be read there is dropped, or an error, when it is read as a record.

    Args:
        tags: those of each record, or the error of one that cannot be read.

    Raises:
        Exception: the first error, if no record has tags.
    """
    counts: Counter[str] = Counter()
    problem: Exception | None = None
    for record_tags in tags:
        if isinstance(record_tags, Exception):
            problem = problem or record_tags
        else:
            counts.update(record_tags)
    if problem and not counts:
        raise problem
    without_prefix = {tag for tag in counts if not all_prefixed([tag])}
    number, total = sum(counts[tag] for tag in without_prefix), counts.total() - counts["O"]
    return set(counts) - (without_prefix if number <= MOST_WRONG * total else set())


def mixed_tags(without_prefix: Iterable[str]) -> str:
    """Return the problem of tags of which some have no prefix: `B-PER` and `PER`."""
    examples = ", ".join(map(quoted, sorted(without_prefix)[:3]))
    return f"some tags have a prefix such as B- and others do not, such as {examples}: not a known scheme"


def span_decoder(tags: Iterable[str]) -> Callable[[Sequence[str]], Iterator[TaggedSpan]]:
    """Return the function that decodes the tag sequences of a data set, given all of its tags.

    Raises:
        ValueError: if only some of the tags have a prefix.
    """
    type_tags = set(tags) - {"O"}
    if all_prefixed(type_tags):
        return prefixed_spans if any(tag[0] in "ESLUM" for tag in type_tags) else iob2_spans
    if any(map(_PREFIXED_TAG.match, type_tags)):
        raise ValueError(mixed_tags(tag for tag in type_tags if not _PREFIXED_TAG.match(tag)))
    return unprefixed_spans


def unprefixed_spans(tags: Sequence[str]) -> Iterator[TaggedSpan]:
    """Yield the spans of tags without prefixes: each run of one type is a span.

    >>> list(unprefixed_spans(["PER", "PER", "O", "LOC"]))
    [(0, 2, 'PER'), (3, 4, 'LOC')]
    """
    start = 0
    for position in range(1, len(tags) + 1):
        if position == len(tags) or tags[position] != tags[start]:
            if tags[start] != "O":
                yield start, position, tags[start]
            start = position


def prefixed_spans(tags: Sequence[str]) -> Iterator[TaggedSpan]:
    """Yield the spans of tags in any scheme with prefixes: IOB1, IOB2, IOBES, BILOU or BMES.

    A tag that does not continue a span begins one, and a span without an end tag ends with its type.
    """
    if not all_prefixed(tags):
        position, wrong = next((at, tag) for at, tag in enumerate(tags) if not _PREFIXED_TAG.match(tag))
        raise WrongTag(position, f"tag {quoted(wrong)} is not `O` or a type after one of B-, I-, E-, S-, L-, U-, M-")
    # The other schemes become IOB2 if the tag after an end or single tag begins a span.
    iob2_tags = []
    after_end = False
    for tag in tags:
        begins = after_end or tag[0] in "BSU"
        iob2_tags.append(tag if tag == "O" else f"{'B' if begins else 'I'}-{tag[2:]}")
        after_end = tag[0] in "ESLU"
    return iob2_spans(iob2_tags)


def iob2_spans(tags: Sequence[str]) -> Iterator[TaggedSpan]:
    """Yield the spans of IOB2 tags. An I- tag that does not continue a span begins one, as in conlleval.

    Raises:
        WrongTag: for a tag of another scheme.

    >>> list(iob2_spans(["B-PER", "I-PER", "O", "I-LOC"]))
    [(0, 2, 'PER'), (3, 4, 'LOC')]
    """
    start, open_type = 0, ""
    for position, tag in enumerate([*tags, "O"]):
        if tag == "O" and not open_type:
            continue
        prefix, _, span_type = tag.partition("-")
        if prefix not in ("B", "I", "O") or (prefix != "O" and not span_type):
            raise WrongTag(position, f"tag {quoted(tag)} is not of the IOB2 scheme (B-type, I-type or O)")
        if open_type and (prefix != "I" or span_type != open_type):
            yield start, position, open_type
            open_type = ""
        if prefix != "O" and not open_type:
            start, open_type = position, span_type
