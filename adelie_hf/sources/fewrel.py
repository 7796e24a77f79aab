"""FewRel 1.0 (Han et al., 2018): relation classification on Wikipedia sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Mention, Record, Relation, Schema
from adelie_hf.sources.reading import TokenText, json_document, strings
from adelie_hf.sources.source import Shape, Source


def _units(file: Path) -> Iterator[tuple[int, Any]]:
    instances = json_document(file)
    if not isinstance(instances, dict):
        raise InputError(f"{file}: holds a JSON {type(instances).__name__}, not an object by relation; fetch it again")
    schema = _schema(file, instances)
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
    names = json_document(names_file)
    schema = []
    for pid in relations:
        try:
            name, definition = strings(names[pid])
        except (LookupError, TypeError, ValueError):
            raise InputError(
                f"{names_file}: no name and description of {pid}, which {file.name} uses; fetch both again"
            ) from None
        schema.append(Label(name, pid, definition))
    return tuple(schema)


def _records(unit: tuple[Label, int, dict[str, Any], Schema], split: str, where: int) -> Iterator[Record]:
    label, index, instance, schema = unit
    text = TokenText(instance["tokens"])
    head, tail = (_mention(text, instance[side]) for side in "ht")
    yield Record(
        id=f"{split}-{label.raw}-{index}",
        source="fewrel",
        split=split,
        group=text.text,  # a few sentences serve several instances
        text=text.text,
        schemas={"rc": schema},
        relations=(Relation(head, label.name, tail),),
        pairs=((head, tail),),
    )


def _mention(text: TokenText, entity: list[Any]) -> Mention:
    """The first mention that is listed of an entity; its token positions are a full inclusive list."""
    _, _, ((first, *more), *_) = entity
    if more != list(range(first + 1, first + 1 + len(more))):
        raise ValueError(f"token positions {[first, *more]} are not consecutive")
    return text.mention(first, first + 1 + len(more))


SOURCE = Source(
    name="fewrel",
    title="FewRel",
    tasks=("rc",),
    role="training",
    domain="Wikipedia",
    licence="MIT",
    url="https://github.com/thunlp/FewRel",
    shapes=(
        Shape(
            name="native",
            files={"train": ("train_wiki.json",), "validation": ("val_wiki.json",)},
            recognise=lambda head: (
                head.lstrip().startswith("{") and '"tokens"' in head and '"h"' in head and '"t"' in head
            ),
            units=_units,
            records=_records,
            beside=("pid2name.json",),
            numbered="record",
        ),
    ),
    counts={"train": {"records": 44_800}, "validation": {"records": 11_200}},
)
