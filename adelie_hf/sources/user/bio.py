"""Users' own tagged tokens: one token per line, its tag in the last column, a blank line after each sentence.

The tags of the training files of a set determine the tagging scheme (IOB1, IOB2, IOBES, BILOU, BMES, or tags without
prefixes) and the entity types. Without training files, each split determines its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import (
    TaggedSentence,
    TaggedSpan,
    WrongTag,
    all_prefixed,
    entity_types,
    head_rows,
    read_tagged_sentences,
    span_decoder,
    tags_in_use,
    tags_of_scheme,
)
from adelie_hf.sources.source import Dropped, Head, Layout, OwnFile, OwnReader, Source
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, user_labels
from adelie_hf.sources.user.tables import is_table
from adelie_hf.text_files import check_lines

_ENDINGS = (
    "bio",
    "conll",
    "iob",
    "iob2",
    "txt",
    "tsv",
    "bioes",
    "iobes",
    "bilou",
    "bmes",
    "ner",
    "annotated",
    "csv",
    "",
)
_MAX_TAGS = 1_000  # of a file of tags without prefixes; otherwise any two columns of words would match
_MOST_IRREGULAR = 0.1  # of the lines at the beginning of a file: if more have other columns, it has another form
_WRONG_TAG = "a tag is not of the scheme of the others"


class _RawExample(NamedTuple):
    file: OwnFile
    sentence: TaggedSentence
    schema: Schema
    decode: Callable[[list[str]], Iterator[TaggedSpan]]


def _recognise(head: Head) -> bool:
    rows = head_rows(head.text)
    ((width, regular),) = Counter(map(len, rows)).most_common(1) or [(0, 0)]
    tags = tags_of_scheme(Counter(row[-1] for row in rows if len(row) == width))
    is_tagged = all_prefixed(tags) or (
        "O" in tags and len(tags) < _MAX_TAGS and not any(tag[1:2] == "-" for tag in tags)
    )
    return width > 1 and len(rows) - regular <= _MOST_IRREGULAR * len(rows) and is_tagged and not is_table(head.text)


def _reader(training: tuple[Path, ...]) -> OwnReader[_RawExample]:
    sentences = (sentence for file in training for _, sentence in _sentences(file))
    tags = tags_in_use(sentence.tags if isinstance(sentence, TaggedSentence) else sentence for sentence in sentences)
    try:
        decode = span_decoder(tags)
    except ValueError as error:
        raise InputError(f"{training[0]}: {error}; fix the tags") from None
    if not (schema := user_labels(sorted(entity_types(tags) if all_prefixed(tags) else tags - {"O"}))):
        raise InputError(f"{training[0]}: all tags are O; give a file with annotations")

    def raw_examples(file: OwnFile) -> Iterator[tuple[int, _RawExample | UnreadableRecord]]:
        for number, sentence in _sentences(file.path):
            if isinstance(sentence, TaggedSentence):
                yield number, _RawExample(file, sentence, schema, decode)
            else:
                yield number, sentence

    return raw_examples


def _sentences(file: Path) -> Iterator[tuple[int, TaggedSentence | UnreadableRecord]]:
    """Yield the sentences of a file. One that is not UTF-8 text is an `UnreadableRecord`, too."""
    for number, sentence in read_tagged_sentences(file, any_bytes=True):
        try:
            if isinstance(sentence, TaggedSentence):
                check_lines(file, number, list(map("\t".join, sentence.rows)))
        except UnreadableRecord as error:
            yield number, error
        else:
            yield number, sentence


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    file, sentence, schema, decode = raw_example
    text = TokenText(sentence.tokens)
    try:
        spans = list(decode(sentence.tags))
    except WrongTag as error:
        raise UnreadableRecord(
            f"{file.path}:{number + error.position}", str(error), "fix the tag", _WRONG_TAG
        ) from None
    known = {label.raw for label in schema}
    yield Record(
        id=f"{split}-{file.key(number)}",
        source="bio",
        split=split,
        group=f"{split}-document-{file.key(sentence.document)}" if sentence.document else text.text,
        text=text.text,
        schemas={"ner": schema},
        mentions=tuple(text.mention(start, end, span_type) for start, end, span_type in spans if span_type in known),
    )
    yield from (Dropped(UNSEEN_CATEGORY) for *_, span_type in spans if span_type not in known)


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
            endings=_ENDINGS,
            expects="lines with a token, its tag in the last of equally many columns, and blank lines after sentences",
            recognise=_recognise,
            own_reader=_reader,
            records=_records,
        ),
    ),
)
