"""Named entities in the format of the Hugging Face Hub: rows with the columns `tokens` and `ner_tags`.

Tags are strings or class numbers. The names of the numbers are in the data set's card, in its `dataset_infos.json` or
in the Parquet file. `records_from_dataset` (also in `adelie_hf.sources`) reads such columns of a data set in memory.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import yaml

from adelie_hf.errors import InputError, UnreadableRecord
from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import item_at, string_list
from adelie_hf.sources.readers.tagging import TaggedSpan, all_prefixed, span_decoder, tags_of_scheme
from adelie_hf.sources.source import Dropped, Layout, OwnFile, OwnReader, Source
from adelie_hf.sources.split_names import exact_split
from adelie_hf.sources.unreadable import RAW_ERRORS, Tolerance, log_unreadable, unreadable
from adelie_hf.sources.user.common import (
    UNSEEN_CATEGORY,
    parquet_metadata,
    parquet_rows,
    user_labels,
)
from adelie_hf.text_files import excerpt, read_lines, try_json_lines

_COLUMNS = ("tokens", "ner_tags")
_CARDS = ("README.md", "dataset_infos.json", "dataset_info.json")
_CARD_PATHS = tuple(f"./{folder}{card}" for folder in ("", "../", "../../") for card in _CARDS)
_YAML_HEADER = re.compile(r"---\n(.*?)\n---(?:\n|\Z)", re.DOTALL)

Row = Mapping[str, object]
_ReadRows = Callable[[Path], Iterator[tuple[int, Row | UnreadableRecord]]]


class _TagSet(NamedTuple):
    """The tags of a data set; `names` are the names of class numbers, empty if tags are strings."""

    names: tuple[str, ...]
    schema: Schema
    decode: Callable[[list[str]], Iterator[TaggedSpan]]


def _tag_set(tags: Iterable[str], names: tuple[str, ...] = ()) -> _TagSet:
    """Return the tag set of the tags in use, or of class names. Raises ValueError for an unknown tagging scheme."""
    all_tags = list(names) or sorted(tags)
    entity_types = [tag[2:] if all_prefixed(all_tags) else tag for tag in all_tags if tag != "O"]
    if not entity_types:
        raise ValueError("all tags are O")
    return _TagSet(names, user_labels(dict.fromkeys(entity_types)), span_decoder(all_tags))


def _row_results(
    row: Row, columns: tuple[str, str], tag_set: _TagSet, source: str, split: str, key: str
) -> Iterator[Record | Dropped]:
    tokens_column, tags_column = columns
    tokens, cells = string_list(row[tokens_column]), row[tags_column]
    text = TokenText(tokens)
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


# ---- files ----------------------------------------------------------------------------------------


class _RawExample(NamedTuple):
    file: OwnFile
    row: Row
    tag_set: _TagSet


def _reader(
    training: tuple[Path, ...], read_rows: _ReadRows, read_metadata: Callable[[Path], str] | None = None
) -> OwnReader[_RawExample]:
    _, tags_column = _COLUMNS
    training_tags = cache(partial(_read_tags, training, read_rows))

    def raw_examples(file: OwnFile) -> Iterator[tuple[int, _RawExample | UnreadableRecord]]:
        metadata = read_metadata(file.path) if read_metadata else ""
        names = tuple(_class_names(_parse_json(metadata, file.path), tags_column)) if metadata else ()
        names = names or _class_names_in_cards(file.path, tags_column)
        try:
            tag_set = _tag_set(() if names else training_tags(), names)
        except InputError:
            raise
        except ValueError as error:
            raise InputError(f"{file.path}: {error}; fix the tags or the class names") from None
        for number, row in read_rows(file.path):
            yield number, row if isinstance(row, UnreadableRecord) else _RawExample(file, row, tag_set)

    return raw_examples


def _read_tags(files: Iterable[Path], read_rows: _ReadRows) -> set[str]:
    """Return the tags in training files. Rows that have none are dropped, or an error, when they are read."""
    _, tags_column = _COLUMNS
    tags: Counter[str] = Counter()
    problem: InputError | None = None
    for file in files:
        for number, row in read_rows(file):
            if isinstance(row, UnreadableRecord):
                problem = problem or row
                continue
            try:
                tags.update(string_list(row[tags_column]))
            except (LookupError, TypeError, ValueError):
                problem = problem or InputError(
                    f"{file}:{number}: {tags_column} is not a list of strings, and no "
                    f"{' or '.join(_CARDS)} next to it names the classes; add the card of the data set"
                )
    if problem and not tags:
        raise problem
    return tags_of_scheme(tags)


def _class_names_in_cards(file: Path, column: str) -> tuple[str, ...]:
    for card in (file.parent / path for path in _CARD_PATHS):
        if card.is_file():
            text = "\n".join(line for _, line in read_lines(card))
            content = _parse_json(text, card) if card.suffix == ".json" else _parse_yaml_header(text, card)
            if names := tuple(_class_names(content, column)):
                return names
    return ()


def _parse_json(text: str, file: Path) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: its description of the columns is not JSON ({error}); download it again") from None
    return value


def _parse_yaml_header(text: str, file: Path) -> object:
    """Return the YAML header of a card; None if it has none."""
    header = _YAML_HEADER.match(text)
    try:
        value: object = yaml.safe_load(header[1]) if header else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: its header is not YAML ({excerpt(str(error))}); fix it") from None
    return value


def _class_names(description: object, column: str) -> Iterator[str]:
    """Yield the class names of a column from a description of features, at any depth of the description."""
    feature: object = next((value for value in _dicts(description) if value.get("name") == column), None)
    feature = feature or next((value[column] for value in _dicts(description) if column in value), None)
    names: object = next((value["names"] for value in _dicts(feature) if "names" in value), ())
    if isinstance(names, dict):  # in a card: class number -> name
        names = [names[number] for number in sorted(names, key=lambda number: int(str(number)))]
    if not isinstance(names, Iterable):
        raise TypeError(f"the class names of {column} are not a list")
    yield from map(str, names)


def _dicts(value: object) -> Iterator[dict[str, object]]:
    """Yield all dicts in a value, the outer before the inner; one that YAML references repeat is yielded once."""
    visited: set[int] = set()
    queue = [value]
    while queue:
        item = queue.pop(0)
        if isinstance(item, dict | list) and id(item) not in visited:
            visited.add(id(item))
            if isinstance(item, dict):
                yield item
            queue += item.values() if isinstance(item, dict) else item


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record | Dropped]:
    file, row, tag_set = raw_example
    yield from _row_results(row, _COLUMNS, tag_set, "hub-ner", split, file.key(number))


# ---- data sets in memory --------------------------------------------------------------------------


def records_from_dataset(
    dataset: Iterable[Row] | Mapping[str, Iterable[Row]],
    source: str = "hub-ner",
    split: str = "",
    tokens: str = "tokens",
    tags: str = "ner_tags",
    dropped: Counter[str] | None = None,
    *,
    strict: bool = False,
) -> Iterator[Record]:
    """Yield the NER records of a data set of token lists and their tags.

    Args:
        dataset: a `datasets.Dataset` or `DatasetDict`, or any other rows or mapping of split names to rows.
        source: the source of the records.
        split: the split of the records of a single data set; empty for the data set's own split, or `train`.
        tokens: name of the column with the tokens.
        tags: name of the column with the tags, strings or class numbers.
        dropped: counter to which the number of dropped records and annotations is added, by reason.
        strict: the first row that cannot be read is an error; otherwise it is dropped, and the number is logged.

    Raises:
        InputError: naming the row, for values that are not tokens and tags, if reading is strict, or too many rows
            cannot be read.

    Example:
        >>> rows = [{"tokens": ["Ada", "left"], "ner_tags": ["B-person", "O"]}]
        >>> [record.mentions for record in records_from_dataset(rows)]
        [(Mention(text='Ada', fragments=((0, 3),), type='person'),)]
    """
    if isinstance(dataset, Mapping):
        splits = dict(dataset)
    else:
        splits = {split or str(getattr(dataset, "split", None) or "train"): dataset}
    training_rows = next((rows for name, rows in splits.items() if exact_split(name) == "train"), None)
    for name, rows in splits.items():
        tolerance = Tolerance(strict)
        number = -1
        try:
            tag_set = _tag_set_of_rows(rows if training_rows is None else training_rows, tags)
        except RAW_ERRORS as error:
            raise _not_tokens_and_tags(error, 0, name, None) from None
        for number, row in enumerate(rows):
            results: Iterable[Record | Dropped]
            try:
                results = list(
                    _row_results(row, (tokens, tags), tag_set, source, exact_split(name) or name, f"{number}")
                )
            except RAW_ERRORS as error:
                results = [tolerance.drop(_not_tokens_and_tags(error, number, name, row))]
            for result in results:
                if isinstance(result, Record):
                    yield result
                elif dropped is not None:
                    dropped[result.reason] += 1
        tolerance.check(number + 1)
        log_unreadable(f"{name} of the data set", tolerance.number, map(str, tolerance.errors))


def _not_tokens_and_tags(error: Exception, number: int, split: str, row: object) -> UnreadableRecord:
    wrong = unreadable(error, f"row {number} of the split {split}", "tokens and tags", row)
    fix = "give the names of the two columns, or fix the row"
    return UnreadableRecord(wrong.place, wrong.problem, fix, wrong.reason)


def _tag_set_of_rows(rows: Iterable[Row], column: str) -> _TagSet:
    feature = (getattr(rows, "features", None) or {}).get(column)
    while feature is not None and not hasattr(feature, "names"):
        feature = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    if feature is not None:
        return _tag_set((), tuple(feature.names))
    tag_counts: Counter[str] = Counter()
    wrong: Exception | None = None
    for row in rows:
        try:
            tag_counts.update(string_list(row[column]))
        except RAW_ERRORS as error:
            wrong = wrong or error
    if wrong and not tag_counts:
        raise wrong
    return _tag_set(tags_of_scheme(tag_counts))


SOURCE = Source(
    name="hub-ner",
    title="tokens and ner_tags (Hugging Face)",
    tasks=("ner",),
    role="own",
    domain="any",
    licence="the user's",
    url="https://huggingface.co/docs/datasets/repository_structure",
    drops=(UNSEEN_CATEGORY,),
    layouts=(
        Layout(
            name="json-lines",
            endings=("jsonl", "json"),
            expects="a JSON object per line with `tokens` and `ner_tags`",
            recognise=lambda head: set(_COLUMNS) <= head.json_keys and head.text.lstrip().startswith("{"),
            own_reader=partial(_reader, read_rows=try_json_lines),
            records=_records,
            companions=_CARD_PATHS,
        ),
        Layout(
            name="parquet",
            endings=("parquet",),
            expects="Parquet with the columns `tokens` and `ner_tags`",
            recognise=lambda head: set(_COLUMNS) <= set(head.columns),
            own_reader=partial(_reader, read_rows=parquet_rows, read_metadata=parquet_metadata),
            records=_records,
            companions=_CARD_PATHS,
            numbered_by="record",
        ),
    ),
)
