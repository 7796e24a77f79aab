"""FewRel (Han et al., 2018): relation classification of Wikipedia sentences, and (2.0) of biomedical abstracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypedDict

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Mention, Record, Relation, Schema
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, string_list
from adelie_hf.sources.source import Head, Layout, Source
from adelie_hf.text_files import read_json_document

_Entity = tuple[str, str, list[list[int]]]  # surface, Wikidata id, and for each mention the positions of its tokens


class FewRelInstance(TypedDict):
    """A sentence with a head and a tail entity; an element of the list that a relation has in the file."""

    tokens: list[str]
    h: _Entity
    t: _Entity


_Instances = dict[str, list[FewRelInstance]]  # by raw relation


class _RawExample(NamedTuple):
    relation: Label
    position: int  # among the instances of the relation
    instance: FewRelInstance
    schema: Schema


def _wikipedia_examples(file: Path) -> Iterator[tuple[int, _RawExample]]:
    instances = _read_instances(file)
    yield from _enumerate_instances(instances, _read_schema(file, instances))


def _pubmed_examples(file: Path) -> Iterator[tuple[int, _RawExample]]:
    """Yield the instances of a file whose keys are the names of relations, for which no names file exists."""
    instances = _read_instances(file)
    labels = StrictDict({label.raw: label for label in load_schemas("fewrel")["rc"]})
    try:
        schema = tuple(labels[raw] for raw in instances)
    except ValueError as error:
        raise InputError(f"{file}: its relation {error}; download it again") from None
    yield from _enumerate_instances(instances, schema)


def _read_instances(file: Path) -> _Instances:
    instances = read_json_document(file)
    if not isinstance(instances, dict):
        raise InputError(
            f"{file}: contains a JSON {type(instances).__name__}, not an object with relations as keys; "
            "download it again"
        )
    return instances


def _enumerate_instances(instances: _Instances, schema: Schema) -> Iterator[tuple[int, _RawExample]]:
    number = 0
    for label in schema:
        for position, instance in enumerate(instances[label.raw]):
            number += 1
            yield number, _RawExample(label, position, instance, schema)


def _read_schema(file: Path, relations: Iterable[str]) -> Schema:
    """Return the relations of a file, with the names and descriptions that FewRel publishes in `pid2name.json`."""
    names_file = file.parent / "pid2name.json"
    if not names_file.is_file():
        raise InputError(
            f"{names_file}: missing; it contains the names of the relations, download it to the folder of {file.name}"
        )
    names = read_json_document(names_file)
    schema = []
    for pid in relations:
        try:
            name, description = string_list(names[pid])
        except (LookupError, TypeError, ValueError):
            raise InputError(
                f"{names_file}: no name and description of {pid}, which {file.name} uses; download both files again"
            ) from None
        schema.append(Label(name, pid, description))
    return tuple(schema)


def _records(raw_example: _RawExample, split: str, number: int) -> Iterator[Record]:
    relation, position, instance, schema = raw_example
    text = TokenText(instance["tokens"])
    head_mentions, tail_mentions = _mentions(text, instance["h"]), _mentions(text, instance["t"])
    head, tail = head_mentions[0], tail_mentions[0]
    yield Record(
        id=f"{split}-{relation.raw}-{position}",
        source="fewrel",
        split=split,
        group=text.text,  # some sentences are in several instances
        text=text.text,
        schemas={"rc": schema},
        mentions=(*head_mentions, *tail_mentions),
        relations=(Relation(head, relation.name, tail),),
        pairs=((head, tail),),
    )


def _mentions(text: TokenText, entity: _Entity) -> list[Mention]:
    _, _, (first, *others) = entity
    return [_mention(text, positions) for positions in (first, *others)]


def _mention(text: TokenText, positions: list[int]) -> Mention:
    first, *rest = positions
    if rest != list(range(first + 1, first + 1 + len(rest))):
        raise ValueError(f"token positions {[first, *rest]} are not consecutive")
    return text.mention(first, first + 1 + len(rest))


def _recognise(head: Head) -> bool:
    return head.text.lstrip().startswith("{") and all(key in head.text for key in ('"tokens"', '"h"', '"t"'))


SOURCE = Source(
    name="fewrel",
    title="FewRel",
    tasks=("rc",),
    role="training",
    domain="Wikipedia",
    licence="MIT",
    url="https://github.com/thunlp/FewRel",
    layouts=(
        Layout(
            name="native",
            files={"train": ("train_wiki.json",), "validation": ("val_wiki.json",)},
            recognise=_recognise,
            raw_examples=_wikipedia_examples,
            records=_records,
            companions=("pid2name.json",),
            numbered_by="record",
        ),
        Layout(
            name="pubmed",
            files={"validation": ("val_pubmed.json",)},
            recognise=_recognise,
            raw_examples=_pubmed_examples,
            records=_records,
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 44_800}, "validation": {"records": 11_200}},
    notes=(
        "The names and descriptions of the relations are in `pid2name.json`, which has to be in the same folder.",
        "The relations offered as categories are those of the file: training and validation split share none.",
        "Of an entity with several mentions, the first one is the head or tail.",
        "The biomedical validation data of FewRel 2.0 are of another domain and are only read if there is no file of "
        "Wikipedia sentences.",
        "The test split is not published.",
    ),
)
