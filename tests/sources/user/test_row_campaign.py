"""A campaign of changed files in the forms of relations, events, PubTator and BioC: never a wrong span or label.

`ADELIE_CASES=50000` runs more cases than the 1,000; `ADELIE_SEED` makes them others.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.records import Mention, Record
from adelie_hf.sources import Split
from adelie_hf.sources.readers.json_rows import head_array
from adelie_hf.sources.readers.offsets import locate_surface
from tests.sources.test_mutations import valid_records
from tests.sources.user.test_span_campaign import break_file, rows_of

CASES = int(os.environ.get("ADELIE_CASES", "1000"))
SEED = os.environ.get("ADELIE_SEED", "0")
WORDS = ("Bob", "owns", "Acme", "😀", "é", "x", "Rome", ".", '"')

Tokens = list[str]
Span = tuple[int, int]  # first and last token


def draw_tokens(rng: random.Random) -> Tokens:
    return [rng.choice(WORDS) for _ in range(rng.randint(2, 7))]


def draw_span(rng: random.Random, tokens: Tokens) -> Span:
    first = rng.randrange(len(tokens))
    return first, rng.randrange(first, len(tokens))


def surface(tokens: Tokens, span: Span) -> str:
    return " ".join(tokens[span[0] : span[1] + 1])


def draw_label(rng: random.Random) -> str:
    return rng.choice(["person", "firm", "a b"])


# ---- the forms ------------------------------------------------------------------------------------


def spert(rng: random.Random) -> Any:
    tokens = draw_tokens(rng)
    spans = [draw_span(rng, tokens) for _ in range(2)]
    entities = [{"type": draw_label(rng), "start": first, "end": last + 1} for first, last in spans]
    return {"tokens": tokens, "entities": entities, "relations": [{"type": "owns", "head": 0, "tail": 1}]}


def cotype(rng: random.Random) -> Any:
    tokens = draw_tokens(rng)
    head, tail = (surface(tokens, draw_span(rng, tokens)) for _ in range(2))
    relation = {"em1Text": head, "em2Text": tail, "label": rng.choice(["owns", "None"])}
    entities = [{"start": 0, "label": draw_label(rng), "text": head}]
    return {"sentText": " ".join(tokens), "entityMentions": entities, "relationMentions": [relation]}


def casrel(rng: random.Random) -> Any:
    tokens = draw_tokens(rng)
    head, tail = (surface(tokens, draw_span(rng, tokens)) for _ in range(2))
    return {"text": " ".join(tokens), "triple_list": [[head, "owns", tail]]}


def dygie(rng: random.Random) -> Any:
    first, second = draw_tokens(rng), draw_tokens(rng)
    head, tail = ([at + len(first) for at in draw_span(rng, second)] for _ in range(2))
    return {
        "doc_key": "1",
        "sentences": [first, second],
        "ner": [[], [[*head, draw_label(rng)], [*tail, draw_label(rng)]]],
        "relations": [[], [[*head, *tail, "owns"]]],
        "events": [[], [[[head[0], "buy"], [*tail, "thing"]]]],
        "clusters": [],
    }


def docred(rng: random.Random) -> Any:
    sentences = [draw_tokens(rng), draw_tokens(rng)]
    vertices = []
    for number, tokens in enumerate(sentences):
        first, last = draw_span(rng, tokens)
        name = "".join(tokens[first : last + 1])
        vertices.append([{"name": name, "pos": [first, last + 1], "sent_id": number, "type": draw_label(rng)}])
    return {"title": "1", "sents": sentences, "vertexSet": vertices, "labels": [{"h": 0, "t": 1, "r": "owns"}]}


def tacred(rng: random.Random) -> Any:
    tokens = draw_tokens(rng)
    head, tail = (draw_span(rng, tokens) for _ in range(2))
    places = {"subj_start": head[0], "subj_end": head[1], "obj_start": tail[0], "obj_end": tail[1]}
    return {"token": tokens, **places, "relation": rng.choice(["owns", "no_relation"]), "subj_type": draw_label(rng)}


def opennre(rng: random.Random) -> Any:
    tokens = draw_tokens(rng)
    head, tail = (draw_span(rng, tokens) for _ in range(2))
    ends = {side: {"pos": [first, last + 1]} for side, (first, last) in (("h", head), ("t", tail))}
    return {"token": tokens, **ends, "relation": "owns"}


def rams(rng: random.Random) -> Any:
    first, second = draw_tokens(rng), draw_tokens(rng)
    trigger, argument = (draw_span(rng, first + second) for _ in range(2))
    return {
        "doc_key": "1",
        "sentences": [first, second],
        "evt_triggers": [[*trigger, [["buy", 1.0]]]],
        "gold_evt_links": [[list(trigger), list(argument), "evt001arg01thing"]],
    }


def wikievents(rng: random.Random) -> Any:
    tokens = draw_tokens(rng)
    (first, last), trigger = (draw_span(rng, tokens) for _ in range(2))
    entity = {"id": "T1", "start": first, "end": last + 1, "entity_type": draw_label(rng)}
    return {
        "doc_id": "1",
        "tokens": tokens,
        "entity_mentions": [{**entity, "text": surface(tokens, (first, last))}],
        "event_mentions": [
            {
                "event_type": "buy",
                "trigger": {"start": trigger[0], "end": trigger[1] + 1, "text": surface(tokens, trigger)},
                "arguments": [{"entity_id": "T1", "role": "thing"}],
            }
        ],
    }


ROWS: dict[str, tuple[str, Callable[[random.Random], Any]]] = {
    "SpERT": ("relations", spert),
    "CoType": ("relations", cotype),
    "CasRel": ("relations", casrel),
    "DyGIE++": ("relations", dygie),
    "DocRED": ("relations", docred),
    "TACRED": ("relations", tacred),
    "OpenNRE": ("relations", opennre),
    "RAMS": ("events", rams),
    "WikiEvents": ("events", wikievents),
}


# ---- what a row states ----------------------------------------------------------------------------


def values_of(value: Any, kind: type) -> Iterator[Any]:
    """Yield the values of one type anywhere in a value."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from values_of(item, kind)
    elif type(value) is kind:
        yield value


def token_lists(row: Any) -> Iterator[tuple[int, Tokens]]:
    """Yield the lists of tokens that may be the text of a row, each with the number of the tokens before it."""
    if not isinstance(row, dict):
        return
    for key in ("tokens", "token", "sentences", "sents"):
        value: Any = row.get(key)
        lists: list[Any] = [value] if key in ("tokens", "token") else value if isinstance(value, list) else []
        lists = [tokens for tokens in lists if isinstance(tokens, list) and {*map(type, tokens)} <= {str}]
        before = 0
        for tokens in lists:
            yield before, tokens
            before += len(tokens)
        yield 0, [token for tokens in lists for token in tokens]


def is_stated(mention: Mention, record: Record, row: Any) -> bool:
    """Return whether a row states a mention: its words without a place, or a place by numbers that are in the row."""
    label_is_there = not mention.type or mention.type in {*values_of(row, str)}
    if not mention.fragments:
        return label_is_there and mention.text in values_of(row, str)
    ((start, end),) = mention.fragments
    if (
        mention.text in values_of(row, str)
        and mention.fragments == locate_surface(record.text, mention.text).fragments
    ):
        return label_is_there  # it is the only one
    numbers = {*values_of(row, int), *(int(value) for value in values_of(row, bool))}
    sentence_starts = {before for before, _ in token_lists(row)}
    for before, tokens in token_lists(row):
        if " ".join(tokens) != record.text:
            continue
        starts = [sum(map(len, tokens[:number])) + number for number in range(len(tokens))]
        ends = [at + len(token) for at, token in zip(starts, tokens, strict=True)]
        for first in (number for number, at in enumerate(starts) if at == start):
            for last in (number for number, at in enumerate(ends) if at == end):
                for base in {before, *(-other for other in sentence_starts)}:
                    if first + base in numbers and {last + base, last + base + 1} & numbers:
                        return label_is_there
                    if last == first and first + base in numbers:  # a trigger of DyGIE++
                        return label_is_there
    return False


@pytest.mark.parametrize("form", ROWS)
def test_changed_rows_never_give_a_wrong_span(form: str, tmp_path: Path) -> None:
    source, draw = ROWS[form]
    file = tmp_path / "train.json"
    read = 0
    for case in range(CASES // len(ROWS)):
        rng = random.Random(f"{SEED} {form} {case}")
        lines = [json.dumps(draw(rng), ensure_ascii=rng.random() < 0.5) for _ in range(3)]
        layout = rng.choice(["json", "json-lines"])
        raw = break_file((f"[{','.join(lines)}]" if layout == "json" else "\n".join(lines)).encode(), rng)
        file.write_bytes(raw)
        records = valid_records(Split(source, layout, "train", (file,)), tmp_path)
        read += bool(records)
        rows = list(rows_of(raw))
        for record in records:
            for mention in record.all_mentions():
                assert any(is_stated(mention, record, row) for row in rows), (form, SEED, case, mention)
    assert read > CASES // len(ROWS) // 5, "hardly any changed file has readable rows"


# ---- PubTator and BioC ----------------------------------------------------------------------------


def article(rng: random.Random, number: int) -> str:
    title, abstract = (" ".join(draw_tokens(rng)) for _ in range(2))
    text = f"{title} {abstract}"
    lines = [f"{number}|t|{title}", f"{number}|a|{abstract}"]
    for _ in range(3):
        start = rng.randrange(len(text))
        end = rng.randrange(start + 1, len(text) + 1)
        if text[start:end].strip():
            lines.append(f"{number}\t{start}\t{end}\t{text[start:end]}\t{draw_label(rng)}\t{rng.choice(['P1', 'F1'])}")
    return "\n".join([*lines, f"{number}\towns\tP1\tF1", ""])


def document(rng: random.Random) -> Any:
    passages: list[Any] = []
    offset = 0
    for _ in range(2):
        text = " ".join(draw_tokens(rng))
        start = rng.randrange(len(text))
        end = rng.randrange(start + 1, len(text) + 1)
        place = {"offset": offset + start, "length": end - start}
        infons = {"type": draw_label(rng), "id": "P1"}
        annotation = {"id": f"{offset}", "infons": infons, "text": text[start:end], "locations": [place]}
        passages.append(
            {"offset": offset, "text": text, "annotations": [annotation] if text[start:end].strip() else []}
        )
        offset += len(text) + 1
    nodes = [{"refid": "0", "role": ""}, {"refid": f"{passages[1]['offset']}", "role": ""}]
    return {"id": "1", "passages": passages, "relations": [{"infons": {"type": "owns"}, "nodes": nodes}]}


@pytest.mark.parametrize("layout", ["pubtator", "bioc-json"])
def test_changed_documents_never_give_other_words(layout: str, tmp_path: Path) -> None:
    file = tmp_path / "train.txt"
    read = 0
    for case in range(CASES // 10):
        rng = random.Random(f"{SEED} {layout} {case}")
        if layout == "pubtator":
            raw = "\n".join(article(rng, number) for number in range(3)).encode()
        else:
            raw = json.dumps({"source": "x", "documents": [document(rng) for _ in range(3)]}).encode()
        raw = break_file(raw, rng)
        file.write_bytes(raw)
        records = valid_records(Split("pubtator", layout, "train", (file,)), tmp_path)
        read += bool(records)
        stated = set()
        without_words = False
        for line in raw.decode("utf-8-sig", errors="replace").split("\n"):
            cells = line.rstrip("\r").split("\t")
            stated |= {(tuple(cells[3].split()), cells[4])} if len(cells) > 4 else set()
        # Documents before a fault are read, and then the fault ends the reading.
        for row in [*rows_of(raw), *head_array(raw.decode("utf-8-sig", errors="replace"))]:
            for annotation in annotations_of(row):
                words, infons = annotation.get("text"), annotation.get("infons")
                without_words = without_words or words is None
                if isinstance(words, str) and isinstance(infons, dict):
                    stated.add((tuple(words.split()), str(infons.get("type"))))
        for record in records:
            for mention in record.all_mentions():
                is_there = (tuple(mention.text.split()), mention.type) in stated
                assert is_there or without_words, (layout, SEED, case, mention)
    assert read > CASES // 50, "hardly any changed file has readable documents"


def annotations_of(value: Any) -> Iterator[dict[str, Any]]:
    """Yield everything in a value that may be an annotation."""
    if isinstance(value, dict):
        if "locations" in value:
            yield value
        for item in value.values():
            yield from annotations_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from annotations_of(item)
