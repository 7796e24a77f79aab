"""Users' own tagged tokens: one token per line, its tag in the last column, a blank line after each sentence.

The tags of the training file in the same folder determine the tagging scheme (IOB1, IOB2, IOBES, BILOU, BMES, or tags
without prefixes) and the entity types. Without a training file, each file determines its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import (
    TaggedSentence,
    TaggedSpan,
    all_prefixed,
    column_counts_and_tags,
    entity_types,
    read_tagged_sentences,
    span_decoder,
)
from adelie_hf.sources.source import Dropped, Head, Layout, Source
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, split_files, user_labels

_EXTENSIONS = ("bio", "conll", "iob", "iob2", "txt", "tsv")
_MAX_TAGS = 1_000  # of a file of tags without prefixes; otherwise any two columns of words would match


class _RawExample(NamedTuple):
    sentence: TaggedSentence
    schema: Schema
    decode: Callable[[list[str]], Iterator[TaggedSpan]]


def _recognise(head: Head) -> bool:
    column_counts, tags = column_counts_and_tags(head.text)
    is_tagged = all_prefixed(tags) or (
        "O" in tags and len(tags) < _MAX_TAGS and not any(tag[1:2] == "-" for tag in tags)
    )
    return len(column_counts) == 1 and min(column_counts) > 1 and is_tagged


def _raw_examples(file: Path) -> Iterator[tuple[int, _RawExample]]:
    training_file = file.with_name(f"train{file.suffix}")
    if not training_file.is_file():
        training_file = file
    tags: set[str] = set()
    for _, sentence in read_tagged_sentences(training_file):
        tags.update(sentence.tags)
    try:
        decode = span_decoder(tags)
    except ValueError as error:
        raise InputError(f"{training_file}: {error}; fix the tags") from None
    if not (schema := user_labels(sorted(entity_types(tags) if all_prefixed(tags) else tags - {"O"}))):
        raise InputError(f"{training_file}: all tags are O; give a file with annotations")
    for number, sentence in read_tagged_sentences(file):
        yield number, _RawExample(sentence, schema, decode)


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    sentence, schema, decode = raw_example
    text = TokenText(sentence.tokens)
    spans = list(decode(sentence.tags))
    if not {span_type for _, _, span_type in spans} <= {label.raw for label in schema}:
        yield Dropped(UNSEEN_CATEGORY)
        return
    yield Record(
        id=f"{split}-{number}",
        source="bio",
        split=split,
        group=f"{split}-document-{sentence.document}" if sentence.document else text.text,
        text=text.text,
        schemas={"ner": schema},
        mentions=tuple(text.mention(start, end, span_type) for start, end, span_type in spans),
    )


SOURCE = Source(
    name="bio",
    title="tagged tokens (BIO, CoNLL)",
    tasks=("ner",),
    role="own",
    domain="any",
    licence="the user's",
    url="https://en.wikipedia.org/wiki/Inside%E2%80%93outside%E2%80%93beginning_(tagging)",
    drops=(UNSEEN_CATEGORY,),
    layouts=(
        Layout(
            name="columns",
            files=split_files(*(f"{{}}.{extension}" for extension in _EXTENSIONS)),
            recognise=_recognise,
            raw_examples=_raw_examples,
            records=_records,
            companions=tuple(f"train.{extension}" for extension in _EXTENSIONS),
        ),
    ),
)
