"""Users' own tagged tokens: one token per line with its tags in other columns, and a blank line after each sentence.

The training files of a set determine the columns and the tagging scheme (see `readers.columns`), and the entity types.
Without training files, each split determines its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.columns import ColumnChoice, ColumnForm, UnclearColumns, column_form
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import (
    TaggedSentence,
    TaggedSpan,
    WrongRow,
    WrongTag,
    entity_types,
    head_sentences,
    read_tagged_sentences,
    span_decoder,
    unprefixed_spans,
)
from adelie_hf.sources.source import Dropped, Head, Layout, OwnFile, OwnReader, Source, Training
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, FileVersions, file_versions, user_labels
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
_MOST_IRREGULAR = 0.1  # of the lines at the beginning of a file: if more have other columns, it has another form
# Reasons of `UnreadableRecord`.
_WRONG_TAG = "a tag is not of the scheme of the others"
_WRONG_ROW = "a row does not have the form of the others"


class _Reading(NamedTuple):
    """How the files of a set are read."""

    form: ColumnForm
    schema: Schema
    decode: Callable[[list[str]], Iterator[TaggedSpan]]


class _RawExample(NamedTuple):
    file: OwnFile
    sentence: TaggedSentence
    reading: _Reading


def _recognise(head: Head) -> bool:
    sentences = head_sentences(head.text)
    rows = Counter(len(row) for sentence in sentences for row in sentence)
    ((width, regular),) = rows.most_common(1) or [(0, 0)]
    if width < 2 or rows.total() - regular > _MOST_IRREGULAR * rows.total() or is_table(head.text):
        return False
    regular_sentences = (sentence for sentence in sentences if all(len(row) == width for row in sentence))
    try:
        column_form(regular_sentences, head.choice)
    except UnclearColumns:
        return True  # reading asks about them
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4)
def _reading(files: FileVersions, choice: ColumnChoice) -> _Reading:
    """Return how the files of a set are read, found out from the training files."""
    try:
        form = column_form(_readable_rows(file for file, *_ in files), choice)
    except InputError:
        raise
    except ValueError as error:
        fix = "give a file with annotations, or say which columns have the tokens and the tags, and the scheme"
        raise InputError(f"{files[0][0]}: {error}; {fix}", parameter="columns") from None
    if form.scheme == "type":
        return _Reading(form, user_labels(sorted(form.used_tags)), unprefixed_spans)
    return _Reading(form, user_labels(sorted(entity_types(form.used_tags))), span_decoder(form.used_tags))


def _readable_rows(files: Iterable[Path]) -> Iterator[list[list[str]]]:
    """Yield the rows of sentences that can be read. Raises UnreadableRecord for the first if none can."""
    width, problem = 0, None
    for file in files:
        for _, sentence in _sentences(file):
            if isinstance(sentence, UnreadableRecord):
                problem = problem or sentence
                continue
            width = width or len(sentence.rows[0])
            if len(sentence.rows[0]) == width:  # of another file it may be another, which is an error where it is read
                yield sentence.rows
    if problem and not width:
        raise problem


def _reader(training: Training) -> OwnReader[_RawExample]:
    reading = _reading(file_versions(training.files), training.choice)
    width = reading.form.width

    def raw_examples(file: OwnFile) -> Iterator[tuple[int, _RawExample | UnreadableRecord]]:
        for number, sentence in _sentences(file.path):
            if isinstance(sentence, UnreadableRecord):
                yield number, sentence
                continue
            if len(sentence.rows[0]) != width:
                raise InputError(
                    f"{file.path}:{number}: {len(sentence.rows[0])} columns, and {width} in {training.files[0]}; "
                    "give all files of a set the same columns"
                )
            yield number, _RawExample(file, sentence, reading)

    return raw_examples


def _describe(training: Training) -> str:
    return str(_reading(file_versions(training.files), training.choice).form)


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
    file, sentence, (form, schema, decode) = raw_example
    try:
        found = form.read(sentence.rows)
        spans = dict.fromkeys(span for layer in found.layers for span in _decode(layer, found.rows, decode))
    except WrongRow as error:
        fix, reason = ("fix the tag", _WRONG_TAG) if isinstance(error, WrongTag) else ("fix the row", _WRONG_ROW)
        raise UnreadableRecord(f"{file.path}:{number + error.position}", str(error), fix, reason) from None
    text = TokenText(found.tokens, spaced=form.spaced)
    known = {label.raw for label in schema}
    mentions = [text.mention(start, end, span_type) for start, end, span_type in spans if span_type in known]
    yield Record(
        id=f"{split}-{file.key(number)}",
        source="bio",
        split=split,
        group=f"{split}-document-{file.key(sentence.document)}" if sentence.document else text.text,
        text=text.text,
        schemas={"ner": schema},
        mentions=tuple(sorted(mentions, key=lambda mention: (mention.fragments[0][0], -mention.fragments[0][1]))),
    )
    yield from (Dropped(UNSEEN_CATEGORY) for *_, span_type in spans if span_type not in known)


def _decode(
    tags: list[str], rows: Sequence[int], decode: Callable[[list[str]], Iterator[TaggedSpan]]
) -> list[TaggedSpan]:
    """Return the spans of tags. Raises WrongTag with a position among the rows of the sentence."""
    try:
        return list(decode(tags))
    except WrongTag as error:
        raise WrongTag(rows[error.position], str(error)) from None


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
            expects="lines with a token and its tag in equally many columns, and blank lines after sentences",
            recognise=_recognise,
            own_reader=_reader,
            describe=_describe,
            records=_records,
        ),
    ),
)
