"""FewRel (Han et al., 2018): relation classification on Wikipedia sentences, and (2.0) on biomedical abstracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Mention, Record, Relation, Schema
from adelie_hf.sources.label_sets import schemas_of
from adelie_hf.sources.readers.offsets import TokenText
from adelie_hf.sources.readers.raw_values import StrictDict, string_list
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import read_json_document


def _units(file: Path) -> Iterator[tuple[int, Any]]:
    instances = _by_relation(file)
    yield from _numbered(instances, _schema(file, instances))


def _pubmed_units(file: Path) -> Iterator[tuple[int, Any]]:
    """Here the keys are the names, and nothing is published beside them."""
    instances = _by_relation(file)
    labels = StrictDict({label.raw: label for label in schemas_of("fewrel")["rc"]})
    try:
        schema = tuple(labels[raw] for raw in instances)
    except ValueError as error:
        raise InputError(f"{file}: its relation {error}; fetch it again") from None
    yield from _numbered(instances, schema)


def _by_relation(file: Path) -> dict[str, Any]:
    instances = read_json_document(file)
    if not isinstance(instances, dict):
        raise InputError(f"{file}: holds a JSON {type(instances).__name__}, not an object by relation; fetch it again")
    return instances


def _numbered(instances: dict[str, Any], schema: Schema) -> Iterator[tuple[int, Any]]:
    number = 0
    for label in schema:
        for index, instance in enumerate(instances[label.raw]):
            number += 1
            yield number, (label, index, instance, schema)


def _schema(file: Path, relations: Iterable[str]) -> Schema:
    """The relations of a file, by name and description, from the file that FewRel publishes beside it."""
    names_file = file.parent / "pid2name.json"
    if not names_file.is_file():
        raise InputError(
            f"{names_file}: missing; FewRel publishes the relations' names in it, put it beside {file.name}"
        )
    names = read_json_document(names_file)
    schema = []
    for pid in relations:
        try:
            name, definition = string_list(names[pid])
        except (LookupError, TypeError, ValueError):
            raise InputError(
                f"{names_file}: no name and description of {pid}, which {file.name} uses; fetch both again"
            ) from None
        schema.append(Label(name, pid, definition))
    return tuple(schema)


def _records(unit: tuple[Label, int, dict[str, Any], Schema], split: str, where: int) -> Iterator[Record]:
    label, index, instance, schema = unit
    text = TokenText(instance["tokens"])
    heads, tails = (_mentions(text, instance[side]) for side in "ht")
    head, tail = heads[0], tails[0]  # of an entity that is mentioned several times the first mention is asked about
    yield Record(
        id=f"{split}-{label.raw}-{index}",
        source="fewrel",
        split=split,
        group=text.text,  # a few sentences serve several instances
        text=text.text,
        schemas={"rc": schema},
        mentions=(*heads, *tails),
        relations=(Relation(head, label.name, tail),),
        pairs=((head, tail),),
    )


def _mentions(text: TokenText, entity: list[Any]) -> list[Mention]:
    """The mentions that are listed of an entity; the token positions of each are a full inclusive list."""
    _, _, (first, *others) = entity
    return [_mention(text, positions) for positions in (first, *others)]


def _mention(text: TokenText, positions: list[int]) -> Mention:
    first, *more = positions
    if more != list(range(first + 1, first + 1 + len(more))):
        raise ValueError(f"token positions {[first, *more]} are not consecutive")
    return text.mention(first, first + 1 + len(more))


def _recognise(head: str) -> bool:
    return head.lstrip().startswith("{") and '"tokens"' in head and '"h"' in head and '"t"' in head


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
            raw_examples=_units,
            records=_records,
            companions=("pid2name.json",),
            numbered_by="record",
        ),
        # The validation data of FewRel 2.0 are of another domain: they are read only where no Wikipedia file is.
        Layout(
            name="pubmed",
            files={"validation": ("val_pubmed.json",)},
            recognise=_recognise,
            raw_examples=_pubmed_units,
            records=_records,
            numbered_by="record",
        ),
    ),
    counts={"train": {"records": 44_800}, "validation": {"records": 11_200}},
)
