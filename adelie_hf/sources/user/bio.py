"""Users' own tagged tokens: a token a line, its tag in the last column, a blank line after each sentence.

The scheme (IOB1, IOB2, IOBES, BILOU, BMES, or tags without prefixes) is told by the tags of the training file, and
so are the types; a file without a training file beside it speaks for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.tagging import Sentence, look, prefixed, sentences, spans_of, types
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, split_files, user_labels

_ENDINGS = ("bio", "conll", "iob", "iob2", "txt", "tsv")
_MOST_TAGS = 1_000  # of a file of tags without prefixes: any two columns of words would do otherwise


class _Unit(NamedTuple):
    sentence: Sentence
    schema: Schema
    spans: Callable[[list[str]], Iterator[tuple[int, int, str]]]


def _recognise(head: str) -> bool:
    columns, tags = look(head)
    tagged = prefixed(tags) or ("O" in tags and len(tags) < _MOST_TAGS and not any(tag[1:2] == "-" for tag in tags))
    return len(columns) == 1 and min(columns) > 1 and tagged


def _units(file: Path) -> Iterator[tuple[int, _Unit]]:
    training = file.with_name(f"train{file.suffix}")
    defining = training if training.is_file() else file
    used: set[str] = set()
    for _, sentence in sentences(defining):
        used.update(sentence.tags)
    try:
        spans = spans_of(used)
    except ValueError as error:
        raise InputError(f"{defining}: {error}; mend the tags") from None
    if not (schema := user_labels(sorted(types(used) if prefixed(used) else used - {"O"}))):
        raise InputError(f"{defining}: no token has another tag than O; give a file in which something is marked")
    for number, sentence in sentences(file):
        yield number, _Unit(sentence, schema, spans)


def _records(unit: _Unit, split: str, where: int) -> Iterator[Record | Dropped]:
    sentence, schema, spans = unit
    known = {label.raw for label in schema}
    text = TokenText(sentence.tokens)
    found = list(spans(sentence.tags))
    if not {type for _, _, type in found} <= known:
        yield Dropped(UNSEEN_CATEGORY)
        return
    yield Record(
        id=f"{split}-{where}",
        source="bio",
        split=split,
        group=f"{split}-document-{sentence.document}" if sentence.document else text.text,
        text=text.text,
        schemas={"ner": schema},
        mentions=tuple(text.mention(start, end, type) for start, end, type in found),
    )


SOURCE = Source(
    name="bio",
    title="tagged tokens of your own (BIO, CoNLL)",
    tasks=("ner",),
    role="own",
    domain="yours",
    licence="yours",
    url="https://en.wikipedia.org/wiki/Inside%E2%80%93outside%E2%80%93beginning_(tagging)",
    layouts=(
        Layout(
            name="columns",
            files=split_files(*(f"{{}}.{ending}" for ending in _ENDINGS)),
            recognise=_recognise,
            raw_examples=_units,
            records=_records,
            companions=tuple(f"train.{ending}" for ending in _ENDINGS),
        ),
    ),
)
