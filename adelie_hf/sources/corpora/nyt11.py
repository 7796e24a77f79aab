"""NYT11 (Riedel et al., 2010; Hoffmann et al., 2011): relations in New York Times text, by distant supervision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from adelie_hf.records import Mention, Record, Relation
from adelie_hf.sources.label_sets import names_of, readable_label, schemas_of
from adelie_hf.sources.readers.offsets import TokenText, located
from adelie_hf.sources.source import Layout, Source
from adelie_hf.text_files import json_keys, read_json_lines

_INSIDE_HEAD, _INSIDE_TAIL, _HEAD, _TAIL = 1, 2, 4, 5  # tags of NYT11-HRL


def _cotype(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    """A line of CoType: entities by their surface. Their `start` counts entities, not characters."""
    text = row["sentText"].strip()
    types = {entity["text"]: readable_label(entity["label"]) for entity in row.get("entityMentions", ())}
    related = [(each["em1Text"], each["label"], each["em2Text"]) for each in row["relationMentions"]]
    surfaces = dict.fromkeys((*types, *(surface for head, _, tail in related for surface in (head, tail))))
    mentions = {surface: located(text, surface, types.get(surface, "")) for surface in surfaces}
    paths = names_of("nyt11", "re")
    yield _record(
        split,
        where,
        text,
        row.get("articleId", text),
        mentions.values(),
        (Relation(mentions[head], paths[raw], mentions[tail]) for head, raw, tail in related if raw != "None"),
    )


def _hrl(row: dict[str, Any], split: str, where: int) -> Iterator[Record]:
    """A line of NYT11-HRL: each relation tags the tokens of its own two entities."""
    text = TokenText(row["sentext"].split())
    paths = names_of("nyt11", "re")
    relations = [
        Relation(
            _tagged(text, each["tags"], _HEAD, _INSIDE_HEAD, each["em1"]),
            paths[each["rtext"]],
            _tagged(text, each["tags"], _TAIL, _INSIDE_TAIL, each["em2"]),
        )
        for each in row["relations"]
    ]
    mentions = (mention for relation in relations for mention in (relation.head, relation.tail))
    yield _record(split, where, text.text, text.text, mentions, relations)


def _tagged(text: TokenText, tags: list[int], begin: int, inside: int, surface: str) -> Mention:
    """The mention where the tags spell the surface; where they do not in one place, as if there were none."""
    starts = [at for at, tag in enumerate(tags) if tag == begin]
    ends = [next((at for at in range(s + 1, len(tags)) if tags[at] != inside), len(tags)) for s in starts]
    spelled = [text.mention(start, end) for start, end in zip(starts, ends, strict=True)]
    fitting = [mention for mention in spelled if mention.text == surface]
    return fitting[0] if len(fitting) == 1 else located(text.text, surface)


def _record(
    split: str, where: int, text: str, group: str, mentions: Iterable[Mention], relations: Iterable[Relation]
) -> Record:
    """Distant supervision lists a relation once for each mention of its entities; as surfaces they are one."""
    return Record(
        id=f"{split}-{where}",
        source="nyt11",
        split=split,
        group=group,
        text=text,
        schemas=schemas_of("nyt11"),
        mentions=tuple(dict.fromkeys(mentions)),
        relations=tuple(dict.fromkeys(relations)),
    )


_FILES = {"train": ("train.json",), "validation": ("valid.json", "dev.json"), "test": ("test.json",)}

SOURCE = Source(
    name="nyt11",
    title="NYT11",
    tasks=("re",),
    role="training",
    domain="news",
    licence="LDC User Agreement",
    url="https://github.com/truthless11/HRL-RE",
    layouts=(
        Layout(
            name="hrl",
            files=_FILES,
            recognise=lambda head: {"sentext", "relations"} <= json_keys(head),
            raw_examples=read_json_lines,
            records=_hrl,
        ),
        Layout(
            name="cotype",
            files=_FILES,
            recognise=lambda head: {"sentText", "relationMentions"} <= json_keys(head),
            raw_examples=read_json_lines,
            records=_cotype,
        ),
    ),
    licensed="Linguistic Data Consortium (LDC2008T19, the text)",
)
