"""Users' own named entities in the form of the Hub: rows with `tokens` and `ner_tags`.

Tags are strings, or numbers whose names the data set's card, its `dataset_infos.json` or the Parquet file tells.
`records_of` reads such a data set that is loaded already.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from adelie_hf.errors import InputError
from adelie_hf.records import Record, Schema
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import item_at, string_list
from adelie_hf.sources.readers.tagging import Spans, prefixed, spans_of
from adelie_hf.sources.source import Dropped, Layout, Source
from adelie_hf.sources.user.common import (
    UNSEEN_CATEGORY,
    parquet_metadata,
    parquet_rows,
    split_files,
    split_named,
    user_labels,
)
from adelie_hf.text_files import excerpt, json_keys, read_json_lines, read_lines

_COLUMNS = ("tokens", "ner_tags")
_CARDS = ("README.md", "dataset_infos.json", "dataset_info.json")
_PLACES = tuple(f"{place}{card}" for place in ("", "../", "../../") for card in _CARDS)
_FRONT = re.compile(r"---\n(.*?)\n---(?:\n|\Z)", re.DOTALL)

_Rows = Callable[[Path], Iterator[tuple[int, dict[str, Any]]]]


class _Tagset(NamedTuple):
    """What is known of the tags of a data set; `names` are those of numbers, where tags are numbers."""

    names: tuple[str, ...]
    schema: Schema
    spans: Callable[[list[str]], Spans]


def _tagset(tags: Iterable[str], names: tuple[str, ...] = ()) -> _Tagset:
    """Raises ValueError for tags of no known scheme, and where nothing is tagged."""
    used = list(names) or sorted(tags)
    types = [tag[2:] if prefixed(used) else tag for tag in used if tag != "O"]
    if not types:
        raise ValueError("there is no tag but O: nothing is marked")
    return _Tagset(names, user_labels(dict.fromkeys(types)), spans_of(used))


def _record(tokens: Any, given: Any, tagset: _Tagset, source: str, split: str, number: str) -> Record | Dropped:
    text = TokenText(string_list(tokens))
    tags = string_list([item_at(tagset.names, tag) if type(tag) is int else tag for tag in given])
    if len(tags) != len(tokens):
        raise ValueError(f"{len(tokens)} tokens have {len(tags)} tags")
    known = {label.raw for label in tagset.schema}
    found = list(tagset.spans(tags))
    if not {type for _, _, type in found} <= known:
        return Dropped(UNSEEN_CATEGORY)
    return Record(
        id=f"{split}-{number}",
        source=source,
        split=split,
        group=text.text,
        text=text.text,
        schemas={"ner": tagset.schema},
        mentions=tuple(text.mention(start, end, type) for start, end, type in found),
    )


# ---- files ----------------------------------------------------------------------------------------


class _Unit(NamedTuple):
    row: dict[str, Any]
    tagset: _Tagset
    part: str  # tells the files of one split apart


def _json_units(file: Path) -> Iterator[tuple[int, _Unit]]:
    return _units(file, read_json_lines, "")


def _parquet_units(file: Path) -> Iterator[tuple[int, _Unit]]:
    return _units(file, parquet_rows, parquet_metadata(file))


def _units(file: Path, rows: _Rows, metadata: str) -> Iterator[tuple[int, _Unit]]:
    tokens, tags = _COLUMNS
    names = tuple(_names_in(_json(metadata, file), tags)) if metadata else ()
    names = names or _names_beside(file, tags)
    used: set[str] = set()
    if not names:
        for each in _training(file):
            for number, row in rows(each):
                try:
                    used.update(string_list(row[tags]))
                except (LookupError, TypeError, ValueError):
                    raise InputError(
                        f"{each}:{number}: {tags} are not a list of strings, and no {' or '.join(_CARDS)} beside it "
                        "names what stands for numbers; add the card of the data set"
                    ) from None
    try:
        tagset = _tagset(used, names)
    except ValueError as error:
        raise InputError(f"{file}: {error}; mend the tags, or their names") from None
    part = "" if split_named(file.stem) else f"{file.stem}-"
    for number, row in rows(file):
        yield number, _Unit(row, tagset, part)


def _training(file: Path) -> list[Path]:
    """The files of the training part that a file belongs to; itself where there are none."""
    inside = bool(split_named(file.parent.name)) and not split_named(file.stem)
    folder, stems = (file.parent.parent / "train", ("*",)) if inside else (file.parent, ("train", "train-*"))
    return sorted(each for stem in stems for each in folder.glob(stem + file.suffix)) or [file]


def _names_beside(file: Path, tags: str) -> tuple[str, ...]:
    for card in (file.parent / place for place in _PLACES):
        if card.is_file():
            text = "\n".join(line for _, line in read_lines(card))
            if names := tuple(_names_in(_json(text, card) if card.suffix == ".json" else _front(text, card), tags)):
                return names
    return ()


def _json(text: str, file: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: what it says of its columns is not JSON ({error}); fetch it again") from None


def _front(text: str, file: Path) -> Any:
    """The YAML at the top of a card."""
    front = _FRONT.match(text)
    try:
        return yaml.safe_load(front[1]) if front else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: what it says at its top is not YAML ({excerpt(str(error))}); mend it") from None


def _names_in(value: Any, column: str) -> Iterator[str]:
    """The names of the class labels of a column, wherever a description of features has them."""
    feature = next((of for of in _dicts(value) if of.get("name") == column), None)
    feature = feature or next((of[column] for of in _dicts(value) if column in of), None)
    names = next((of["names"] for of in _dicts(feature) if "names" in of), ())
    if isinstance(names, dict):  # in a card: number -> name
        names = [names[number] for number in sorted(names, key=lambda number: int(str(number)))]
    yield from (str(name) for name in names)


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    """All dicts in a value, the outer before the inner; those that YAML shares come once."""
    seen: set[int] = set()
    rest = [value]
    while rest:
        each = rest.pop(0)
        if isinstance(each, dict | list) and id(each) not in seen:
            seen.add(id(each))
            if isinstance(each, dict):
                yield each
            rest += each.values() if isinstance(each, dict) else each


def _records(unit: _Unit, split: str, where: int) -> Iterator[Record | Dropped]:
    row, tagset, part = unit
    tokens, tags = _COLUMNS
    yield _record(row[tokens], row[tags], tagset, "hub-ner", split, f"{part}{where}")


# ---- loaded data sets -----------------------------------------------------------------------------


def records_of(
    dataset: Any,
    source: str = "hub-ner",
    split: str = "",
    tokens: str = "tokens",
    tags: str = "ner_tags",
    dropped: Counter[str] | None = None,
) -> Iterator[Record]:
    """The records of a `datasets.Dataset` or `DatasetDict` of token lists and their tags.

    Args:
        dataset: the data set, or its splits by name; anything else with such rows will do.
        source: the name of the source that the records bear.
        split: the split that the records bear; of a data set that has a split, its own if this is empty.
        tokens, tags: the names of the two columns.
        dropped: counts what is dropped, by reason.

    Raises:
        InputError: naming the row, for what is no such data set.
    """
    parts = (
        dict(dataset)
        if isinstance(dataset, Mapping)
        else {split or str(getattr(dataset, "split", None) or "train"): dataset}
    )
    defining = next((part for name, part in parts.items() if split_named(name) == "train"), None)
    for name, part in parts.items():
        number = -1
        try:
            tagset = _loaded_tagset(part if defining is None else defining, tags)
            for number, row in enumerate(part):
                result = _record(row[tokens], row[tags], tagset, source, split_named(name) or name, f"{number}")
                if isinstance(result, Record):
                    yield result
                elif dropped is not None:
                    dropped[result.reason] += 1
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"row {max(number, 0)} of the split {name}: not tokens and their tags ({excerpt(str(error))}); "
                "name the two columns, or mend it"
            ) from None


def _loaded_tagset(part: Any, tags: str) -> _Tagset:
    feature = (getattr(part, "features", None) or {}).get(tags)
    while feature is not None and not hasattr(feature, "names"):
        feature = feature[0] if isinstance(feature, list) else getattr(feature, "feature", None)
    if feature is not None:
        return _tagset((), tuple(feature.names))
    return _tagset({tag for row in part for tag in string_list(row[tags])})


SOURCE = Source(
    name="hub-ner",
    title="tokens and ner_tags of your own (Hugging Face)",
    tasks=("ner",),
    role="own",
    domain="yours",
    licence="yours",
    url="https://huggingface.co/docs/datasets/repository_structure",
    layouts=(
        Layout(
            name="json-lines",
            files=split_files("{}.jsonl", "{}.json", "{}-*.jsonl", "{}-*.json"),
            recognise=lambda head: set(_COLUMNS) <= json_keys(head) and head.lstrip().startswith("{"),
            raw_examples=_json_units,
            records=_records,
            companions=(*_PLACES, "train.jsonl", "train.json", "train-*.jsonl", "train-*.json"),
        ),
        Layout(
            name="parquet",
            files=split_files("{}.parquet", "{}-*.parquet", "{}/*.parquet"),
            recognise=lambda head: head.startswith("PAR1") and all(column in head for column in _COLUMNS),
            raw_examples=_parquet_units,
            records=_records,
            companions=(*_PLACES, "train.parquet", "train-*.parquet", "train/*.parquet"),
            numbered_by="record",
        ),
    ),
)
