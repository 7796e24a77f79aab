"""Writes the embedded sample corpus: made-up texts for nine tasks, in the native formats of nine sources.

    python -m adelie_hf.sample.generate FOLDER

The files below `adelie_hf/sample/data` are its output for the default seed, and a test holds them
against it. Held-out texts never occur among the training texts, and about one in seven of their names
occur in no training text at all (see `words.NAMES`).
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from adelie_hf.sample import words

SEED = 2024
TEXTS = {"train": 600, "test": 80}
NOTHING_RATE = 0.1
UNSEEN_RATE = 0.15

Span = tuple[str, str, int, int]  # key, list of names, first token, token after the last


class Writer:
    """Fills patterns with names for one split of one corpus; no text is made twice, in any split."""

    def __init__(self, corpus: str, split: str, made: set[str]):
        self.random = random.Random(f"{SEED}-{corpus}-{split}")
        self.split = split
        self.made = made

    def name(self, kind: str, taken: set[str]) -> str:
        names = [" ".join(name.split()) for name in words.NAMES[kind].split(";")]
        cut = round(len(names) * (1 - words.UNSEEN))
        unseen = self.split == "test" and self.random.random() < UNSEEN_RATE
        free = [name for name in (names[cut:] if unseen else names[:cut]) if name not in taken]
        return self.random.choice(free or names[:cut])

    def trigger(self, triggers: tuple[str, ...]) -> str:
        """A trigger word; the last one of a list is kept for held-out texts."""
        unseen = self.split == "test" and self.random.random() < UNSEEN_RATE
        return triggers[-1] if unseen else self.random.choice(triggers[:-1])

    def fill(self, pattern: str, trigger: str = "", opening: bool = True) -> tuple[list[str], list[Span]]:
        """Tokens and spans of a pattern.

        Slots: `{key:list}`, `{list}`, `{key:inner pattern}`, `{=key}` (the same again), `{!}` (the trigger).
        """
        tokens = self.random.choice(words.OPENINGS).split() if opening else []
        spans: list[Span] = []
        self._fill(pattern, trigger, tokens, spans, set())
        return tokens, spans

    def _fill(self, pattern: str, trigger: str, tokens: list[str], spans: list[Span], taken: set[str]) -> None:
        at = 0
        while at < len(pattern):
            if pattern[at] != "{":
                end = pattern.find("{", at)
                end = len(pattern) if end < 0 else end
                tokens.extend(pattern[at:end].split())
                at = end
                continue
            end = _closing(pattern, at)
            key, _, inner = pattern[at + 1 : end].partition(":")
            start, kind = len(tokens), inner or key
            if key == "!":
                tokens.append(trigger)
            elif key.startswith("="):
                _, kind, first, last = next(span for span in spans if span[0] == key[1:])
                tokens.extend(tokens[first:last])
            elif "{" in inner:
                self._fill(inner, trigger, tokens, spans, taken)
            else:
                name = self.name(kind, taken)
                taken.add(name)
                tokens.extend(name.split())
            spans.append((key.lstrip("="), kind, start, len(tokens)))
            at = end + 1

    def texts(
        self, make: Callable[[], Any], text_of: Callable[[Any], str], number: int | None = None
    ) -> Iterator[Any]:
        """As many results of `make` as the split has texts, each with a text that was not made before."""
        left = number or TEXTS[self.split]
        while left:
            made = make()
            if text_of(made) not in self.made:
                self.made.add(text_of(made))
                left -= 1
                yield made


def _closing(pattern: str, at: int) -> int:
    depth = 0
    for end in range(at, len(pattern)):
        depth += {"{": 1, "}": -1}.get(pattern[end], 0)
        if depth == 0:
            return end
    raise ValueError(f"unclosed slot in {pattern!r}")


def _text(filled: tuple[list[str], Any]) -> str:
    return " ".join(filled[0])


def _nothing(writer: Writer) -> tuple[list[str], list[Span]]:
    """One or two sentences with nothing to extract: two, so that there are enough of them."""
    first, second = writer.random.sample(words.NOTHING, 2)
    return [*writer.random.choice(words.OPENINGS).split(), *first.split(), *second.split()], []


# ---- one function a source: the texts of a split, as {file name: content} -------------------------


def mit_restaurant(writer: Writer) -> dict[str, str]:
    def make() -> tuple[list[str], list[Span]]:
        if writer.random.random() < NOTHING_RATE:
            first, second = writer.random.sample(words.NO_QUERY, 2)
            return f"{first} and {second}".split(), []
        ending = writer.random.choice(("", "", " please", " tonight", " for my family", " right now"))
        return writer.fill(writer.random.choice(words.QUERIES) + ending, opening=False)

    blocks = []
    for tokens, spans in writer.texts(make, _text):
        tags = ["O"] * len(tokens)
        for _, kind, start, end in spans:
            tags[start:end] = [f"B-{words.QUERY_LABELS[kind]}"] + [f"I-{words.QUERY_LABELS[kind]}"] * (end - start - 1)
        blocks.append("".join(f"{tag}\t{token}\n" for tag, token in zip(tags, tokens, strict=True)))
    return {f"restaurant{writer.split}.bio": "\n".join(blocks)}


def fewrel(writer: Writer) -> dict[str, str]:
    def make() -> tuple[list[str], list[Span], str]:
        relation = writer.random.choice(list(words.RELATIONS))
        tokens, spans = writer.fill(writer.random.choice(words.RELATIONS[relation][2]))
        return tokens, spans, words.RELATIONS[relation][0]

    instances: dict[str, list[dict]] = {identity: [] for identity, _, _ in words.RELATIONS.values()}
    for tokens, spans, identity in writer.texts(make, _text):
        entities = {key: list(range(start, end)) for key, _, start, end in spans}
        head, tail = ([" ".join(tokens[i] for i in entities[key]).lower(), "", [entities[key]]] for key in "ht")
        instances[identity].append({"tokens": tokens, "h": head, "t": tail})
    names = {identity: [name, meaning] for name, (identity, meaning, _) in words.RELATIONS.items()}
    file = {"train": "train_wiki.json", "test": "val_wiki.json"}[writer.split]
    return {file: _dump(instances), "pid2name.json": _dump(names)}


def scierc(writer: Writer) -> dict[str, str]:
    def make() -> tuple[list[str], list[Span], tuple]:
        if writer.random.random() < NOTHING_RATE:
            return *_nothing(writer), ()
        pattern, relations = writer.random.choice(words.SCIENCE)
        return *writer.fill(pattern), relations

    def document(number: int, sentences: list[tuple]) -> dict[str, Any]:
        ner, related, first = [], [], 0
        for tokens, spans, relations in sentences:
            at = {key: [first + start, first + end - 1] for key, _, start, end in reversed(spans)}
            ner.append([[first + start, first + end - 1, _science_type(kind)] for _, kind, start, end in spans])
            related.append([[*at[head], *at[tail], name] for head, name, tail in relations])
            first += len(tokens)
        tokens = [sentence[0] for sentence in sentences]
        return {
            "doc_key": f"{writer.split}-{number}",
            "sentences": tokens,
            "ner": ner,
            "relations": related,
            "clusters": [],
        }

    return {f"{writer.split}.json": _lines(document(*each) for each in _grouped(writer.texts(make, _text), 3))}


def _science_type(kind: str) -> str:
    return "Method" if "{" in kind else words.SCIENCE_TYPES[kind]


def maven(writer: Writer) -> dict[str, str]:
    def make() -> tuple[list[str], list[Span], str]:
        if writer.random.random() < NOTHING_RATE:
            return *_nothing(writer), ""
        kind = writer.random.choice(list(words.EVENTS))
        triggers, patterns = words.EVENTS[kind]
        return *writer.fill(writer.random.choice(patterns), writer.trigger(triggers)), kind

    def document(number: int, sentences: list[tuple]) -> dict[str, Any]:
        identity = f"{writer.split}-{number}"
        events = []
        for index, (tokens, spans, kind) in enumerate(sentences):
            for _, _, start, end in (span for span in spans if span[0] == "!"):
                mention = {
                    "id": f"{identity}-{index}",
                    "trigger_word": tokens[start],
                    "sent_id": index,
                    "offset": [start, end],
                }
                events.append({"id": f"{identity}-{index}", "type": kind, "type_id": 0, "mention": [mention]})
        content = [{"sentence": " ".join(tokens), "tokens": tokens} for tokens, _, _ in sentences]
        return {"id": identity, "title": identity, "content": content, "events": events, "negative_triggers": []}

    file = {"train": "train.jsonl", "test": "valid.jsonl"}[writer.split]
    types = {kind: number for number, kind in enumerate(sorted(words.EVENTS), 1)}
    return {
        file: _lines(document(*each) for each in _grouped(writer.texts(make, _text), 3)),
        "label2id.json": _dump(types),
    }


def phee(writer: Writer) -> dict[str, str]:
    def make() -> tuple[list[str], list[Span], str]:
        if writer.random.random() < NOTHING_RATE:
            return *_nothing(writer), ""
        kind, triggers, pattern = writer.random.choice(words.CASES)
        return *writer.fill(pattern, writer.trigger(triggers)), kind

    def row(number: int, made: tuple) -> dict[str, Any]:
        tokens, spans, kind = made

        def argument(*keys: str) -> dict[str, Any]:
            texts, starts = [], []
            for key, _, start, end in spans:
                if key in keys:
                    texts.append([" ".join(tokens[start:end])])
                    starts.append([len(" ".join([*tokens[:start], ""]))])
            return {"text": texts, "start": starts, "entity_id": [f"T{n}" for n in range(len(texts))]}

        event: dict[str, Any] = {"event_id": "E1", "event_type": kind, "Trigger": argument("!")}
        keys = {key for key, *_ in spans}
        event |= {key: argument(key) for key in ("Subject", "Treatment", "Effect") if key in keys}
        if "Treatment" in keys:
            event["Treatment"] |= {part: argument(part) for part in ("Drug", "Disorder") if part in keys}
        events = [event] if kind else []
        identity = f"{writer.split}{number}_1"
        return {
            "id": identity,
            "context": " ".join(tokens),
            "is_mult_event": False,
            "annotations": [{"events": events}],
        }

    return {f"{writer.split}.json": _lines(row(*each) for each in enumerate(writer.texts(make, _text)))}


def rams(writer: Writer) -> dict[str, str]:
    types = {kind: f"sample.{kind.lower()}.n/a" for kind in words.EVENTS}

    def make() -> tuple[list[str], list[Span], str, list[str]]:
        kind = writer.random.choice(list(words.EVENTS))
        triggers, patterns = words.EVENTS[kind]
        pattern = "Someone {!} it ." if writer.random.random() < NOTHING_RATE else writer.random.choice(patterns)
        before = writer.random.choice(words.NOTHING).split()
        return *writer.fill(pattern, writer.trigger(triggers)), kind, before

    def window(number: int, made: tuple) -> dict[str, Any]:
        tokens, spans, kind, before = made
        ((start, end),) = ([len(before) + s, len(before) + e - 1] for key, _, s, e in spans if key == "!")
        links = [
            [[start, end], [len(before) + s, len(before) + e - 1], f"evt001arg{n:02}{key}"]
            for n, (key, _, s, e) in enumerate((span for span in spans if span[0] != "!"), 1)
        ]
        return {
            "doc_key": f"{writer.split}-{number}",
            "sentences": [before, tokens],
            "evt_triggers": [[start, end, [[types[kind], 1.0]]]],
            "ent_spans": [[*span, [[role, 1.0]]] for _, span, role in links],
            "gold_evt_links": links,
            "rel_triggers": [],
            "gold_rel_links": [],
            "language_id": "eng",
            "source_url": f"{writer.split}-{number}",
            "split": writer.split,
        }

    def roles(kind: str) -> list[str]:
        slots = (span[0] for pattern in words.EVENTS[kind][1] for span in writer.fill(pattern)[1])
        return [role for role in dict.fromkeys(slots) if role != "!"]

    windows = _lines(window(*each) for each in enumerate(writer.texts(make, _text)))
    table = "".join(f"{types[kind]} {' '.join(f'{role} 1' for role in roles(kind))}\n" for kind in words.EVENTS)
    return {f"{writer.split}.jsonlines": windows, "event_role_multiplicities.txt": table}


def maven_ere(writer: Writer) -> dict[str, str]:
    def make() -> tuple[list[str], list[Span], tuple | None]:
        pattern, relation = writer.random.choice(words.ORDERS)
        slots = pattern.replace("{a}", "{a:happening}").replace("{b}", "{b:happening}")
        return *writer.fill(slots), relation

    def document(number: int, made: tuple) -> dict[str, Any]:
        tokens, spans, relation = made
        identity = f"{writer.split}-{number}"
        offsets = {key: [start, end] for key, _, start, end in spans}
        mentions = {
            key: {"id": f"{identity}-{key}", "trigger_word": tokens[start], "sent_id": 0, "offset": [start, end]}
            for key, (start, end) in offsets.items()
        }
        name = relation[0] if relation else ""
        groups = [["a", "b"]] if name == "COREFERENCE" else [["a"], ["b"]]
        events = [
            {
                "id": f"{identity}-{keys[0]}",
                "type": "Happening",
                "type_id": 0,
                "mention": [mentions[key] for key in keys],
            }
            for keys in groups
        ]
        pair = [[f"{identity}-{key}" for key in relation[1:]]] if relation else []
        return {
            "id": identity,
            "title": identity,
            "tokens": [tokens],
            "sentences": [" ".join(tokens)],
            "events": events,
            "TIMEX": [],
            "temporal_relations": {
                kind: pair if kind == name else [] for kind in ("BEFORE", "CONTAINS", "SIMULTANEOUS", "BEGINS-ON")
            },
            "causal_relations": {kind: pair if kind == name else [] for kind in ("CAUSE", "PRECONDITION")},
            "subevent_relations": pair if name == "SUBEVENT" else [],
        }

    file = {"train": "train.jsonl", "test": "valid.jsonl"}[writer.split]
    return {file: _lines(document(*each) for each in enumerate(writer.texts(make, _text)))}


def carb(writer: Writer) -> dict[str, str]:
    def make() -> tuple[list[str], list[Span], tuple]:
        pattern, tuples = writer.random.choice(words.STATEMENTS)
        return *writer.fill(pattern), tuples

    lines = []
    for tokens, spans, tuples in writer.texts(make, _text):
        names = {key: " ".join(tokens[start:end]) for key, _, start, end in spans}
        lines += [
            "\t".join([" ".join(tokens), *(field.format(**names) for field in fields)]) + "\n" for fields in tuples
        ]
    return {f"{writer.split}.tsv": "".join(lines)}


def odie(writer: Writer) -> dict[str, str]:
    def make() -> dict[str, str]:
        request, columns, pattern, kinds = writer.random.choice(words.REQUESTS)
        sentences, rows = [], []
        for _ in range(writer.random.choice((1, 2, 2, 3))):
            tokens, spans = writer.fill(pattern, opening=False)
            names = {key: " ".join(tokens[start:end]) for key, _, start, end in spans}
            sentences.append(" ".join(tokens))
            rows.append([names[kind] for kind in kinds])
        table = "\n".join(f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *rows))
        return {"instruction": request, "text": " ".join(sentences), "table": table}

    file = {"train": "training_data.json", "test": "test_data.json"}[writer.split]
    return {file: _dump(list(writer.texts(make, lambda row: row["text"])))}


# ---- all of it ------------------------------------------------------------------------------------


def _grouped(items: Iterator[Any], size: int) -> Iterator[tuple[int, list[Any]]]:
    every = list(items)
    yield from ((at // size, every[at : at + size]) for at in range(0, len(every), size))


def _lines(rows: Iterator[dict[str, Any]]) -> str:
    return "".join(_dump(row) for row in rows)


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"


def generate(folder: Path) -> None:
    """Writes the whole corpus below `folder`, one folder a source."""
    made: set[str] = set()
    for corpus in (mit_restaurant, fewrel, scierc, maven, phee, rams, maven_ere, carb, odie):
        below = folder / corpus.__name__.replace("_", "-")
        below.mkdir(parents=True, exist_ok=True)
        for split in TEXTS:
            for name, content in corpus(Writer(corpus.__name__, split, made)).items():
                (below / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
