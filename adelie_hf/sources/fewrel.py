"""FewRel 1.0 (Han et al., 2018): relation classification on Wikipedia sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.records import Label, Mention, Record, Relation, Schema
from adelie_hf.sources.reading import TokenText, json_document
from adelie_hf.sources.source import Source


def _units(file: Path) -> Iterator[tuple[int, Any]]:
    instances = json_document(file)
    names_file = file.parent / "pid2name.json"
    if not names_file.is_file():
        raise InputError(
            f"{names_file}: missing; FewRel publishes the relations' names in it, put it beside {file.name}"
        )
    names = json_document(names_file)
    try:
        schema = tuple(Label(names[pid][0], pid, names[pid][1]) for pid in instances)
    except (KeyError, IndexError, TypeError) as error:
        raise InputError(f"{names_file}: no name and description for {error}, which {file.name} uses") from None
    number = 0
    for pid, of_relation in instances.items():
        for index, instance in enumerate(of_relation):
            number += 1
            yield number, (pid, names[pid][0], index, instance, schema)


def _records(unit: tuple[str, str, int, dict, Schema], split: str, where: int) -> Iterator[Record]:
    pid, name, index, instance, schema = unit
    text = TokenText(instance["tokens"])
    head, tail = (_mention(text, instance[side][2][0]) for side in "ht")
    identity = f"{split}-{pid}-{index}"
    yield Record(
        id=identity,
        source="fewrel",
        split=split,
        group=identity,
        text=text.text,
        schemas={"rc": schema},
        relations=(Relation(head, name, tail),),
        pairs=((head, tail),),
    )


def _mention(text: TokenText, indices: list[int]) -> Mention:
    """The first mention that is listed of an entity; its token positions are a full inclusive list."""
    if list(indices) != list(range(indices[0], indices[-1] + 1)):
        raise ValueError(f"token positions {indices} are not consecutive")
    return text.mention(indices[0], indices[-1] + 1)


SOURCE = Source(
    name="fewrel",
    title="FewRel",
    tasks=("rc",),
    role="training",
    domain="Wikipedia",
    licence="MIT",
    url="https://github.com/thunlp/FewRel",
    files={"train": ("train_wiki.json",), "validation": ("val_wiki.json",)},
    recognise=lambda head: head.startswith("{") and '"tokens"' in head and '"h"' in head and '"t"' in head,
    units=_units,
    records=_records,
    counts={"train": 44_800, "validation": 11_200},
)
