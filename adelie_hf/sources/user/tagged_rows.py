"""Rows of tokens and their tags: what their tags are, and their records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.offsets import TokenLengths, TokenText
from adelie_hf.sources.readers.raw_values import item_at, string_list
from adelie_hf.sources.readers.tagging import TaggedSpan, all_prefixed, span_decoder
from adelie_hf.sources.source import Dropped
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, user_labels
from adelie_hf.text_files import excerpt

Row = Mapping[str, object]

_ROWS_OF_TOKENS = 1_000  # from which it is seen whether tokens are characters


class Columns(NamedTuple):
    """The names of the two columns."""

    tokens: str
    tags: str


class TagSet(NamedTuple):
    """The tags of a data set.

    Args:
        names: the names of class numbers, empty if tags are strings.
        schema: the types.
        decode: yields the spans of a sentence's tags.
        spaced: whether tokens are separated by spaces.
    """

    names: tuple[str, ...]
    schema: Schema
    decode: Callable[[list[str]], Iterator[TaggedSpan]]
    spaced: bool


def tag_set_of(tags: Iterable[str], names: tuple[str, ...] = (), *, spaced: bool = True) -> TagSet:
    """Return the tag set of the tags in use, or of class names. Raises ValueError for an unknown tagging scheme."""
    all_tags = list(names) or sorted(tags)
    entity_types = [tag[2:] if all_prefixed(all_tags) else tag for tag in all_tags if tag != "O"]
    if not entity_types:
        raise ValueError("all tags are O")
    return TagSet(names, user_labels(dict.fromkeys(entity_types)), span_decoder(all_tags), spaced)


def are_spaced(rows: Iterable[object], column: str) -> bool:
    """Return whether tokens are separated by spaces, by the first rows of the training part."""
    cells = (row.get(column) for row in islice(rows, _ROWS_OF_TOKENS) if isinstance(row, Mapping))
    lengths = TokenLengths()
    for cell in cells:
        if isinstance(cell, list):
            lengths.add(token for token in cell if isinstance(token, str))
    return lengths.spaced


def row_results(
    row: Row, columns: Columns, tag_set: TagSet, source: str, split: str, key: str
) -> Iterator[Record | Dropped]:
    """Yield the record of a row, and a `Dropped` for each mention of a type that the tag set does not have."""
    tokens, cells = string_list(row[columns.tokens]), row[columns.tags]
    text = TokenText(tokens, spaced=tag_set.spaced)
    if not isinstance(cells, Iterable):
        raise ValueError(f"{excerpt(repr(cells))} is not a list of tags")
    tags = string_list([item_at(tag_set.names, cell) if type(cell) is int else cell for cell in cells])
    if len(tags) != len(tokens):
        raise ValueError(f"{len(tokens)} tokens have {len(tags)} tags")
    spans = list(tag_set.decode(tags))
    known = {label.raw for label in tag_set.schema}
    yield Record(
        id=f"{split}-{key}",
        source=source,
        split=split,
        group=text.text,
        text=text.text,
        schemas={"ner": tag_set.schema},
        mentions=tuple(text.mention(start, end, span_type) for start, end, span_type in spans if span_type in known),
    )
    yield from (Dropped(UNSEEN_CATEGORY) for *_, span_type in spans if span_type not in known)
