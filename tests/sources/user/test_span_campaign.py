"""A campaign of changed files in the forms of annotation tools and in tables: never a wrong span, one clear error.

`ADELIE_CASES=50000` runs more cases than the 2,000 of each kind; `ADELIE_SEED` makes them others.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.sources import Split
from tests.sources.campaign import CHANGES
from tests.sources.test_mutations import valid_records
from tests.sources.user.span_writers import WITH_RELATIONS, WRITERS, Example

CASES = int(os.environ.get("ADELIE_CASES", "2000"))
SEED = os.environ.get("ADELIE_SEED", "0")
WORDS = ("Bob", "owns", "Acme", "😀", "北京", "é", "New\nYork", '"', "a,b", "[x]")

Place = tuple[int, int]


def break_file(raw: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 3)):
        if raw:
            raw = rng.choice(CHANGES)(raw, rng)
    return raw


# ---- character spans ------------------------------------------------------------------------------


def random_example(rng: random.Random, separator: str = " ") -> Example:
    words = [rng.choice(WORDS[:7]) for _ in range(rng.randint(1, 8))]
    if separator == " ":  # tokens of GLiNER
        words = [word for word in words if word != "New\nYork" and word != "北京"] or ["Bob"]
    starts = [sum(map(len, words[:number])) + number * len(separator) for number in range(len(words))]
    spans = []
    for _ in range(rng.randint(0, 4)):
        first = rng.randrange(len(words))
        last = rng.randrange(first, len(words))
        spans.append((starts[first], starts[last] + len(words[last]), rng.choice(["person", "firm"])))
    relations = [(rng.randrange(len(spans)), "owns", rng.randrange(len(spans))) for _ in range(len(spans) // 2)]
    return Example(separator.join(words), spans, relations)


def stated_spans(value: Any, text: str, label: str = "") -> Iterator[tuple[Place, str]]:
    """Yield every (place, label) that some value states; the place in any unit that the surface, if given, allows.

    It knows nothing of the forms, except for the names of the keys and which of them count the last character.
    """
    if isinstance(value, list):
        if len(value) >= 2 and all(type(item) is int for item in value[:2]):
            if len(value) == 3:
                for each in value[2] if isinstance(value[2], list) else [value[2]]:
                    yield (value[0], value[1]), str(each)
            elif label:
                yield (value[0], value[1] + 1), label
        for item in value:
            yield from stated_spans(item, text, label)
    elif isinstance(value, dict):
        start, end = (value.get(name, value.get(f"{name}_offset")) for name in ("start", "end"))
        labels = [value[name] for name in ("label", "labels", "type") if name in value] or [""]
        for each in (labels[0] or [""]) if isinstance(labels[0], list) else [labels[0] or ""]:
            surface = value.get("text", value.get("surface"))
            if type(start) is int and type(end) is int:
                yield (start, end), str(each)
                if isinstance(surface, str) and surface.strip():
                    at = text.find(surface)
                    while at >= 0:
                        yield (at, at + len(surface)), str(each)
                        at = text.find(surface, at + 1)
        for key, item in value.items():
            nested = isinstance(item, list) and bool(label)
            yield from stated_spans(item, text, label if nested else key)


def stripped(text: str, place: Place) -> Place:
    start, end = place
    words = text[start:end].strip() if 0 <= start < end else ""
    start += len(text[start:end]) - len(text[start:end].lstrip()) if words else 0
    return start, start + len(words)


def stated_tokens(row: Any) -> Iterator[tuple[Place, str]]:
    """Yield the places of the token spans of a row of GLiNER whose tokens are separated by spaces."""
    tokens = row["tokenized_text"]
    starts = [sum(map(len, tokens[:number])) + number for number in range(len(tokens))]
    for item in row["ner"]:
        if len(item) == 3 and all(type(at) is int and 0 <= at < len(tokens) for at in item[:2]):
            yield (starts[item[0]], starts[item[1]] + len(tokens[item[1]])), str(item[2])


def rows_of(raw: bytes) -> Iterator[Any]:
    text = raw.decode("utf-8-sig", errors="replace")
    try:
        value = json.loads(text)
        yield from value if isinstance(value, list) else ()
        yield value
    except (ValueError, RecursionError):
        pass
    for line in text.split("\n"):
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def text_of(row: Any) -> list[str]:
    """Return the strings that may be the text of a row."""
    if isinstance(row, list):
        return [item for item in row if isinstance(item, str)]
    if not isinstance(row, dict):
        return []
    data = row.get("data")
    texts = [row.get("text"), data, *(data.values() if isinstance(data, dict) else ())]
    return [text for text in texts if isinstance(text, str)]


@pytest.mark.parametrize("tool", WRITERS)
def test_changed_rows_never_give_a_wrong_span(tool: str, tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    layout = "json" if tool == "Label Studio" else "json-lines"
    read = 0
    for case in range(CASES // len(WRITERS) + 1):
        rng = random.Random(f"{SEED} {tool} {case}")
        drawn = [random_example(rng, " " if tool == "GLiNER" else rng.choice(["", "\n"])) for _ in range(3)]
        rows = [WRITERS[tool](each if tool in WITH_RELATIONS else each._replace(relations=[])) for each in drawn]
        lines = [json.dumps(row, ensure_ascii=rng.random() < 0.5) for row in rows]
        whole = f"[{','.join(lines)}]" if layout == "json" else "\n".join(lines)
        raw = break_file(whole.encode(), rng)
        file.write_bytes(raw)
        records = valid_records(Split("spans", layout, "train", (file,)), tmp_path)
        read += bool(records)
        stated: dict[str, set[tuple[Place, str]]] = {}
        for row in rows_of(raw):
            if isinstance(row, dict) and isinstance(row.get("tokenized_text"), list) and tool == "GLiNER":
                try:
                    text = " ".join(row["tokenized_text"])  # a changed token may begin or end with white space
                    places = ((stripped(text, place), label) for place, label in stated_tokens(row))
                    stated.setdefault(text, set()).update(places)
                except (KeyError, TypeError, ValueError):
                    continue
            else:
                for text in text_of(row):
                    places = ((stripped(text, place), label) for place, label in stated_spans(row, text))
                    stated.setdefault(text, set()).update(places)
        for record in records:
            for mention in record.all_mentions():
                ((start, end),) = mention.fragments
                assert mention.text == record.text[start:end] == mention.text.strip()
                assert ((start, end), mention.type) in stated[record.text], (tool, SEED, case, mention)
    assert read > CASES // len(WRITERS) // 10, "hardly any changed file has readable rows"


# ---- tables ---------------------------------------------------------------------------------------


def table(rows: list[tuple[list[str], list[str]]], kind: str, delimiter: str) -> str:
    """Return a table as the module csv writes it."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    if kind == "lists":
        writer.writerow(["id", "tokens", "ner_tags"])
        writer.writerows([number, repr(tokens), json.dumps(tags)] for number, (tokens, tags) in enumerate(rows))
    else:
        writer.writerow(["sentence_id", "token", "tag"])
        writer.writerows(
            [number, token, tag] for number, row in enumerate(rows) for token, tag in zip(*row, strict=True)
        )
    return stream.getvalue()


def random_rows(rng: random.Random) -> list[tuple[list[str], list[str]]]:
    rows = []
    for _ in range(rng.randint(1, 4)):
        tokens = [
            rng.choice([word for word in WORDS if word not in ("New\nYork", "北京")]) for _ in range(rng.randint(1, 6))
        ]
        rows.append((tokens, [rng.choice(["O", "B-person", "I-person"]) for _ in tokens]))
    return rows


@pytest.mark.parametrize("kind", ["lists", "tokens"])
def test_changed_tables_never_give_a_mention_that_is_not_there(kind: str, tmp_path: Path) -> None:
    read = 0
    for case in range(CASES // 2):
        rng = random.Random(f"{SEED} {kind} {case}")
        delimiter = rng.choice(",\t;")
        file = tmp_path / "train.csv"
        rows = random_rows(rng)
        raw = table(rows, kind, delimiter).encode()
        header, _, body = raw.partition(b"\n")
        changed = break_file(body, rng) if case % 10 else body
        file.write_bytes(header + b"\n" + changed)
        records = valid_records(Split("hub-ner", "table", "train", (file,)), tmp_path)
        read += bool(records)
        text = changed.decode("utf-8-sig", errors="replace")
        for record in records:
            for mention in record.mentions:
                for word in mention.text.split(" "):
                    assert word in text or word.replace('"', '""') in text or word == '"', (kind, SEED, case, mention)
                assert mention.type in text
        if not case % 10 and any(tag != "O" for _, tags in rows for tag in tags):
            assert len(records) == len(rows)
    assert read > CASES // 20, "hardly any changed file has readable rows"
