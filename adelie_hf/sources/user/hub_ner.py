"""Named entities in the format of the Hugging Face Hub: rows with the columns `tokens` and `ner_tags`.

Tags are strings or class numbers. The names of the numbers are in the data set's card, in its `dataset_infos.json` or
in the Parquet file. `records_from_dataset` (also in `adelie_hf.sources`) reads such columns of a data set in memory.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml

from adelie_hf.errors import InputError
from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import item_at, string_list
from adelie_hf.sources.readers.tagging import TaggedSpan, all_prefixed, span_decoder
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.sources.user.common import (
    UNSEEN_CATEGORY,
    parquet_metadata,
    parquet_rows,
    split_files,
    split_named,
    user_labels,
)
from adelie_hf.text_files import excerpt, read_json_lines, read_lines

_COLUMNS = ("tokens", "ner_tags")
_CARDS = ("README.md", "dataset_infos.json", "dataset_info.json")
_CARD_PATHS = tuple(f"{folder}{card}" for folder in ("", "../", "../../") for card in _CARDS)
_YAML_HEADER = re.compile(r"---\n(.*?)\n---(?:\n|\Z)", re.DOTALL)

Row = Mapping[str, object]


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


def _record(
    row: Row, columns: tuple[str, str], tag_set: _TagSet, source: str, split: str, key: str
) -> Record | Dropped:
    tokens_column, tags_column = columns
    tokens, cells = string_list(row[tokens_column]), row[tags_column]
    text = TokenText(tokens)
    if not isinstance(cells, Iterable):
        raise ValueError(f"{excerpt(repr(cells))} is not a list of tags")
    tags = string_list([item_at(tag_set.names, cell) if type(cell) is int else cell for cell in cells])
    if len(tags) != len(tokens):
        raise ValueError(f"{len(tokens)} tokens have {len(tags)} tags")
    spans = list(tag_set.decode(tags))
    if not {span_type for _, _, span_type in spans} <= {label.raw for label in tag_set.schema}:
        return Dropped(UNSEEN_CATEGORY)
    return Record(
        id=f"{split}-{key}",
        source=source,
        split=split,
        group=text.text,
        text=text.text,
        schemas={"ner": tag_set.schema},
        mentions=tuple(text.mention(start, end, span_type) for start, end, span_type in spans),
    )


# ---- files ----------------------------------------------------------------------------------------


class _RawExample(NamedTuple):
    row: Row
    tag_set: _TagSet
    id_prefix: str  # distinguishes the files of one split


def _json_examples(file: Path) -> Iterator[tuple[int, _RawExample]]:
    return _raw_examples(file, read_json_lines, "")


def _parquet_examples(file: Path) -> Iterator[tuple[int, _RawExample]]:
    return _raw_examples(file, parquet_rows, parquet_metadata(file))


def _raw_examples(
    file: Path, read_rows: Callable[[Path], Iterator[tuple[int, Row]]], metadata: str
) -> Iterator[tuple[int, _RawExample]]:
    _, tags_column = _COLUMNS
    names = tuple(_class_names(_parse_json(metadata, file), tags_column)) if metadata else ()
    names = names or _class_names_in_cards(file, tags_column)
    tags: set[str] = set()
    if not names:
        for training_file in _training_files(file):
            for number, row in read_rows(training_file):
                try:
                    tags.update(string_list(row[tags_column]))
                except (LookupError, TypeError, ValueError):
                    raise InputError(
                        f"{training_file}:{number}: {tags_column} is not a list of strings, and no "
                        f"{' or '.join(_CARDS)} next to it names the classes; add the card of the data set"
                    ) from None
    try:
        tag_set = _tag_set(tags, names)
    except ValueError as error:
        raise InputError(f"{file}: {error}; fix the tags or the class names") from None
    id_prefix = "" if split_named(file.stem) else f"{file.stem}-"
    for number, row in read_rows(file):
        yield number, _RawExample(row, tag_set, id_prefix)


def _training_files(file: Path) -> list[Path]:
    """Return the training files of the data set that a file belongs to; the file itself if there are none."""
    if split_named(file.parent.name) and not split_named(file.stem):  # one folder per split
        return sorted((file.parent.parent / "train").glob(f"*{file.suffix}")) or [file]
    training_files = [path for stem in ("train", "train-*") for path in file.parent.glob(stem + file.suffix)]
    return sorted(training_files) or [file]


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
    row, tag_set, id_prefix = raw_example
    yield _record(row, _COLUMNS, tag_set, "hub-ner", split, f"{id_prefix}{number}")


# ---- data sets in memory --------------------------------------------------------------------------


def records_from_dataset(
    dataset: Iterable[Row] | Mapping[str, Iterable[Row]],
    source: str = "hub-ner",
    split: str = "",
    tokens: str = "tokens",
    tags: str = "ner_tags",
    dropped: Counter[str] | None = None,
) -> Iterator[Record]:
    """Yield the NER records of a data set of token lists and their tags.

    Args:
        dataset: a `datasets.Dataset` or `DatasetDict`, or any other rows or mapping of split names to rows.
        source: the source of the records.
        split: the split of the records of a single data set; empty for the data set's own split, or `train`.
        tokens: name of the column with the tokens.
        tags: name of the column with the tags, strings or class numbers.
        dropped: counter to which the number of dropped records is added, by reason.

    Raises:
        InputError: naming the row, for values that are not tokens and tags.

    Example:
        >>> rows = [{"tokens": ["Ada", "left"], "ner_tags": ["B-person", "O"]}]
        >>> [record.mentions for record in records_from_dataset(rows)]
        [(Mention(text='Ada', fragments=((0, 3),), type='person'),)]
    """
    if isinstance(dataset, Mapping):
        splits = dict(dataset)
    else:
        splits = {split or str(getattr(dataset, "split", None) or "train"): dataset}
    training_rows = next((rows for name, rows in splits.items() if split_named(name) == "train"), None)
    for name, rows in splits.items():
        number = -1
        try:
            tag_set = _tag_set_of_rows(rows if training_rows is None else training_rows, tags)
            for number, row in enumerate(rows):
                result = _record(row, (tokens, tags), tag_set, source, split_named(name) or name, f"{number}")
                if isinstance(result, Record):
                    yield result
                elif dropped is not None:
                    dropped[result.reason] += 1
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"row {max(number, 0)} of the split {name}: not tokens and tags ({excerpt(str(error))}); "
                "give the names of the two columns, or fix the row"
            ) from None


def _tag_set_of_rows(rows: Iterable[Row], column: str) -> _TagSet:
    feature = (getattr(rows, "features", None) or {}).get(column)
    while feature is not None and not hasattr(feature, "names"):
        feature = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    if feature is not None:
        return _tag_set((), tuple(feature.names))
    return _tag_set({tag for row in rows for tag in string_list(row[column])})


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
            files=split_files("{}.jsonl", "{}.json", "{}-*.jsonl", "{}-*.json"),
            recognise=lambda head: set(_COLUMNS) <= head.json_keys and head.text.lstrip().startswith("{"),
            raw_examples=_json_examples,
            records=_records,
            companions=(*_CARD_PATHS, "train.jsonl", "train.json", "train-*.jsonl", "train-*.json"),
        ),
        Layout(
            name="parquet",
            files=split_files("{}.parquet", "{}-*.parquet", "{}/*.parquet"),
            recognise=lambda head: set(_COLUMNS) <= set(head.columns),
            raw_examples=_parquet_examples,
            records=_records,
            companions=(*_CARD_PATHS, "train.parquet", "train-*.parquet", "train/*.parquet"),
            numbered_by="record",
        ),
    ),
)
