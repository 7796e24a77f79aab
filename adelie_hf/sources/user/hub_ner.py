"""Named entities in the format of the Hugging Face Hub: rows with a list of tokens and a list of their tags.

The columns are `tokens` or `words`, and `ner_tags`, `tags`, `ner` or `labels`. The rows are JSON lines or one JSON
array, a table (CSV or TSV), Parquet, or Arrow files in a folder of `save_to_disk`. Tags are strings or class numbers,
whose names are in the file, or in a card or list of labels near it (see `class_names`). Such columns of a data set in
memory are read by `dataset_rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Record
from adelie_hf.sources.readers.json_rows import head_array, head_lines, read_array
from adelie_hf.sources.readers.raw_values import string_list
from adelie_hf.sources.readers.tagging import tags_in_use
from adelie_hf.sources.source import PARQUET_MAGIC, Dropped, Head, Layout, OwnFile, OwnReader, Source, Training
from adelie_hf.sources.split_names import exact_split
from adelie_hf.sources.user.arrow_files import arrow_rows, column_description, list_columns, parquet_rows
from adelie_hf.sources.user.class_names import (
    DESCRIPTION_FILES,
    WHERE_NAMES_ARE,
    class_names_beside,
    described_class_names,
    parse_description,
)
from adelie_hf.sources.user.common import UNSEEN_CATEGORY, FileVersions, ReadRows, file_versions
from adelie_hf.sources.user.tables import is_table, read_table
from adelie_hf.sources.user.tagged_rows import Columns, Row, TagSet, are_spaced, row_results, tag_set_of
from adelie_hf.text_files import excerpt, read_json_document, try_json_lines

# The usual pair comes first. Under the other names there may be other values, so that they are checked, too.
_COLUMNS = tuple(
    Columns(tokens, tags) for tags in ("ner_tags", "tags", "ner", "labels") for tokens in ("tokens", "words")
)
_COMPANIONS = tuple(f"./{file}" for file in DESCRIPTION_FILES)


class _RawExample(NamedTuple):
    file: OwnFile
    row: Row
    columns: Columns
    tag_set: TagSet


# ---- which files are such -------------------------------------------------------------------------


def _columns_of(names: Collection[str]) -> Columns | None:
    """Return the columns of tokens and tags among the columns of a row; None if one of them is not there."""
    return next((columns for columns in _COLUMNS if set(columns) <= set(names)), None)


def _has_tags(rows: Iterator[object]) -> bool:
    """Return whether the first of some rows has tokens and as many tags; of the usual names, the values may differ."""
    row = next(rows, None)
    if not isinstance(row, dict) or (columns := _columns_of(row)) is None:
        return False
    tokens, tags = row[columns.tokens], row[columns.tags]
    if columns == _COLUMNS[0] or not (isinstance(tokens, list) and isinstance(tags, list)):
        return columns == _COLUMNS[0]
    return {str}.issuperset(map(type, tokens)) and {str, int}.issuperset(map(type, tags)) and len(tokens) == len(tags)


def _recognise_lines(head: Head) -> bool:
    # The head of a file with one long or broken line shows only the keys.
    keys_alone = head.text.lstrip().startswith("{") and set(_COLUMNS[0]) <= head.json_keys
    return keys_alone or _has_tags(head_lines(head.text))


def _recognise_parquet(head: Head) -> bool:
    if not head.text.startswith(PARQUET_MAGIC):
        return False
    return set(_COLUMNS[0]) <= set(head.columns) or (
        _columns_of(head.columns) is not None and _columns_of(list_columns(head.file)) is not None
    )


def _recognise_saved(head: Head) -> bool:
    # What `datasets` caches lies in the same folder, under other names.
    is_saved = head.file.suffix == ".arrow" and head.file.name.startswith(("data-", "dataset."))
    return is_saved and _columns_of(list_columns(head.file)) is not None


def _saved_split(file: Path) -> str:
    """Return the split of an Arrow file whose path tells none: what the state of its data set says, or else `train`.

    In a folder of several splits, the path has to tell them.
    """
    if (file.parent.parent / "dataset_dict.json").is_file():
        return ""
    state = file.with_name("state.json")
    saved = read_json_document(state) if state.is_file() else None
    name = str(saved.get("_split")) if isinstance(saved, dict) else ""
    return exact_split(name.partition("[")[0]) or "train"


# ---- their rows -----------------------------------------------------------------------------------


def _reader(
    training: Training, read_rows: ReadRows, read_description: Callable[[Path], str] | None = None
) -> OwnReader[_RawExample]:
    versions = file_versions(training.files)

    def raw_examples(file: OwnFile) -> Iterator[tuple[int, _RawExample | UnreadableRecord]]:
        columns = _columns_of_file(file.path, read_rows)
        description = read_description(file.path) if read_description else ""
        names = described_class_names(parse_description(description, file.path), columns.tags) if description else ()
        names = names or class_names_beside(file.path, columns.tags)
        try:
            tags = () if names else _training_tags(read_rows, columns.tags, versions)
            tag_set = tag_set_of(tags, names, spaced=_are_spaced(read_rows, columns.tokens, versions))
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{file.path}: {error}; fix the tags or the class names") from None
        for number, row in read_rows(file.path):
            yield number, row if isinstance(row, UnreadableRecord) else _RawExample(file, row, columns, tag_set)

    return raw_examples


def _columns_of_file(file: Path, read_rows: ReadRows) -> Columns:
    """Return the columns of the first row that can be read, which those of all rows have to be."""
    row = next((row for _, row in read_rows(file) if isinstance(row, dict)), {})
    return _columns_of(row) or _COLUMNS[0]


@lru_cache(maxsize=4)
def _training_tags(read_rows: ReadRows, column: str, files: FileVersions) -> frozenset[str]:
    return frozenset(tags_in_use(_string_tags(read_rows, column, files)))


@lru_cache(maxsize=4)
def _are_spaced(read_rows: ReadRows, column: str, files: FileVersions) -> bool:
    return are_spaced((row for file, *_ in files for _, row in read_rows(file)), column)


def _string_tags(read_rows: ReadRows, column: str, files: FileVersions) -> Iterator[list[str] | InputError]:
    for file, *_ in files:
        for number, row in read_rows(file):
            if isinstance(row, UnreadableRecord):
                yield row
                continue
            try:
                yield string_list(row[column])
            except (LookupError, TypeError, ValueError):
                found = row.get(column) if isinstance(row, dict) else row
                yield InputError(
                    f"{file}:{number}: {column} is not a list of strings, and no {WHERE_NAMES_ARE} next to it names "
                    f"the classes in {excerpt(repr(found))[:60]}; add the card of the data set, or a label.json "
                    'such as {"O": 0, "B-person": 1}'
                )


def _table_rows(file: Path) -> Iterator[tuple[int, Row | UnreadableRecord]]:
    for number, sentence in read_table(file):
        if isinstance(sentence, UnreadableRecord):
            yield number, sentence
        else:
            yield number, dict(zip(_COLUMNS[0], sentence, strict=True))


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    file, row, columns, tag_set = raw_example
    return row_results(row, columns, tag_set, "hub-ner", split, file.key(number))


SOURCE = Source(
    name="hub-ner",
    title="tokens and tags (Hugging Face)",
    tasks=("ner",),
    role="own",
    domain="any",
    licence="the user's",
    url="https://huggingface.co/docs/datasets/repository_structure",
    drops=(UNSEEN_CATEGORY,),
    notes=(
        "The columns are called `tokens` or `words`, and `ner_tags`, `tags`, `ner` or `labels`.",
        f"Class numbers have their names in the Parquet or Arrow file, in {WHERE_NAMES_ARE}.",
        "A table has a header; a line is a sentence with two lists, or a token with its sentence in `sentence_id`.",
    ),
    layouts=(
        Layout(
            name="json-lines",
            endings=("jsonl", "json"),
            expects="a JSON object per line with `tokens` and `ner_tags`",
            recognise=_recognise_lines,
            own_reader=partial(_reader, read_rows=try_json_lines),
            records=_records,
            companions=_COMPANIONS,
        ),
        Layout(
            name="json",
            endings=("json",),
            expects="a JSON array of objects with `tokens` and `ner_tags`",
            recognise=lambda head: _has_tags(head_array(head.text)),
            own_reader=partial(_reader, read_rows=read_array),
            records=_records,
            companions=_COMPANIONS,
            numbered_by="record",
        ),
        Layout(
            name="parquet",
            endings=("parquet",),
            expects="Parquet with the columns `tokens` and `ner_tags`",
            recognise=_recognise_parquet,
            own_reader=partial(_reader, read_rows=parquet_rows, read_description=column_description),
            records=_records,
            companions=_COMPANIONS,
            numbered_by="record",
        ),
        Layout(
            name="arrow",
            endings=("arrow",),
            expects="a folder of `save_to_disk` with the columns `tokens` and `ner_tags`",
            recognise=_recognise_saved,
            own_reader=partial(_reader, read_rows=arrow_rows, read_description=column_description),
            records=_records,
            companions=(*_COMPANIONS, "./state.json", "./../dataset_dict.json"),
            split_of=_saved_split,
            numbered_by="record",
        ),
        Layout(
            name="table",
            endings=("csv", "tsv"),
            expects="a table with columns such as `sentence_id`, `token` and `tag`",
            recognise=lambda head: is_table(head.text),
            own_reader=partial(_reader, read_rows=_table_rows),
            records=_records,
            companions=_COMPANIONS,
        ),
    ),
)
