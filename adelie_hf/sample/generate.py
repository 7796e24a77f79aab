"""Generator of the sample corpus: invented texts for nine tasks, in the file formats of nine data sets.

    python -m adelie_hf.sample.generate FOLDER

The files in `adelie_hf/sample/data` are its output, which a test compares with them. No text of the test split occurs
in the training split, and about one in seven names of the test split occurs in no training text (see `words.NAMES`).
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from adelie_hf.batched import batched
from adelie_hf.sample import words

SEED = 2024
TEXTS = {"train": 600, "test": 80}  # texts of each split
NO_ANSWER_RATE = 0.1  # share of texts with nothing to extract
UNSEEN_RATE = 0.15  # share of names and triggers of the test split that do not occur in the training split

T = TypeVar("T")
Annotation = TypeVar("Annotation")


class Slot(NamedTuple):
    """A filled slot of a pattern; `filler` is a key of `words.NAMES`, or the pattern inside a nested slot."""

    key: str
    filler: str
    start: int  # first token
    end: int  # token after the last


class Sentence(NamedTuple, Generic[Annotation]):
    """The tokens of a filled pattern, its slots, and what else the corpus annotates."""

    tokens: list[str]
    slots: list[Slot]
    annotation: Annotation

    @property
    def text(self) -> str:
        """The tokens, joined by spaces."""
        return " ".join(self.tokens)


class Writer:
    """Fills patterns with names for one split of one corpus. No text is generated twice, in any split.

    Args:
        corpus: name of the corpus.
        split: `train` or `test`.
        used_texts: all texts so far; new texts are added.
    """

    def __init__(self, corpus: str, split: str, used_texts: set[str]):
        self.random = random.Random(f"{SEED}-{corpus}-{split}")
        self.split = split
        self.used_texts = used_texts

    def trigger(self, triggers: tuple[str, ...]) -> str:
        """Return a trigger word; the last one of the list is reserved for the test split."""
        return triggers[-1] if self._draw_unseen() else self.random.choice(triggers[:-1])

    def fill(self, pattern: str, trigger: str = "", opening: bool = True) -> tuple[list[str], list[Slot]]:
        """Return the tokens and the filled slots of a pattern.

        A slot is `{key:list}` or `{list}` (a name from a list of `words.NAMES`), `{key:pattern}` (a nested pattern),
        `{=key}` (the tokens of an earlier slot again) or `{!}` (the trigger).
        """
        tokens = self.random.choice(words.OPENINGS).split() if opening else []
        slots: list[Slot] = []
        self._fill(pattern, trigger, tokens, slots, set())
        return tokens, slots

    def sentence(self, pattern: str, annotation: Annotation, trigger: str = "") -> Sentence[Annotation]:
        """Return a filled pattern with its annotation."""
        return Sentence(*self.fill(pattern, trigger), annotation)

    def sentence_without_answer(self, annotation: Annotation) -> Sentence[Annotation]:
        """Return a text with nothing to extract: two sentences, so that there are enough different ones."""
        first, second = self.random.sample(words.NOTHING, 2)
        tokens = [*self.random.choice(words.OPENINGS).split(), *first.split(), *second.split()]
        return Sentence(tokens, [], annotation)

    def sentences(self, generate_one: Callable[[], Sentence[Annotation]]) -> Iterator[Sentence[Annotation]]:
        """Yield as many sentences as the split has texts, each with a new text."""
        return self.unique(generate_one, lambda sentence: sentence.text)

    def unique(self, generate_one: Callable[[], T], text_of: Callable[[T], str]) -> Iterator[T]:
        """Yield as many generated values as the split has texts, each with a new text."""
        remaining = TEXTS[self.split]
        while remaining:
            value = generate_one()
            if text_of(value) not in self.used_texts:
                self.used_texts.add(text_of(value))
                remaining -= 1
                yield value

    def _draw_unseen(self) -> bool:
        return self.split == "test" and self.random.random() < UNSEEN_RATE

    def _name(self, list_name: str, used_names: set[str]) -> str:
        names = [" ".join(name.split()) for name in words.NAMES[list_name].split(";")]
        first_unseen = round(len(names) * (1 - words.UNSEEN))
        candidates = names[first_unseen:] if self._draw_unseen() else names[:first_unseen]
        unused = [name for name in candidates if name not in used_names]
        return self.random.choice(unused or names[:first_unseen])

    def _fill(self, pattern: str, trigger: str, tokens: list[str], slots: list[Slot], used_names: set[str]) -> None:
        position = 0
        while position < len(pattern):
            if pattern[position] != "{":
                end = pattern.find("{", position)
                end = len(pattern) if end < 0 else end
                tokens.extend(pattern[position:end].split())
                position = end
                continue
            end = _closing_brace(pattern, position)
            key, _, inner = pattern[position + 1 : end].partition(":")
            start, filler = len(tokens), inner or key
            if key == "!":
                tokens.append(trigger)
            elif key.startswith("="):
                _, filler, first, last = next(slot for slot in slots if slot.key == key[1:])
                tokens.extend(tokens[first:last])
            elif "{" in inner:
                self._fill(inner, trigger, tokens, slots, used_names)
            else:
                name = self._name(filler, used_names)
                used_names.add(name)
                tokens.extend(name.split())
            slots.append(Slot(key.lstrip("="), filler, start, len(tokens)))
            position = end + 1


def _closing_brace(pattern: str, start: int) -> int:
    depth = 0
    for position in range(start, len(pattern)):
        depth += {"{": 1, "}": -1}.get(pattern[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"unclosed slot in {pattern!r}")


# ---- one function per corpus: the files of a split, as {file name: content} ------------------------


def mit_restaurant(writer: Writer) -> dict[str, str]:
    """NER: queries about restaurants, in IOB2 tags."""

    def query() -> Sentence[None]:
        if writer.random.random() < NO_ANSWER_RATE:
            first, second = writer.random.sample(words.NO_QUERY, 2)
            return Sentence(f"{first} and {second}".split(), [], None)
        ending = writer.random.choice(("", "", " please", " tonight", " for my family", " right now"))
        return Sentence(*writer.fill(writer.random.choice(words.QUERIES) + ending, opening=False), None)

    blocks = []
    for tokens, slots, _ in writer.sentences(query):
        tags = ["O"] * len(tokens)
        for slot in slots:
            label = words.QUERY_LABELS[slot.filler]
            tags[slot.start : slot.end] = [f"B-{label}"] + [f"I-{label}"] * (slot.end - slot.start - 1)
        blocks.append("".join(f"{tag}\t{token}\n" for tag, token in zip(tags, tokens, strict=True)))
    return {f"restaurant{writer.split}.bio": "\n".join(blocks)}


def fewrel(writer: Writer) -> dict[str, str]:
    """RC: sentences with one pair of entities."""

    def sentence() -> Sentence[str]:
        identifier, _, patterns = words.RELATIONS[writer.random.choice(list(words.RELATIONS))]
        return writer.sentence(writer.random.choice(patterns), identifier)

    def entity(tokens: list[str], positions: list[int]) -> list[object]:
        return [" ".join(tokens[position] for position in positions).lower(), "", [positions]]

    instances: dict[str, list[object]] = {identifier: [] for identifier, _, _ in words.RELATIONS.values()}
    for tokens, slots, identifier in writer.sentences(sentence):
        positions = {slot.key: list(range(slot.start, slot.end)) for slot in slots}
        head, tail = entity(tokens, positions["h"]), entity(tokens, positions["t"])
        instances[identifier].append({"tokens": tokens, "h": head, "t": tail})
    names = {identifier: [name, definition] for name, (identifier, definition, _) in words.RELATIONS.items()}
    file = {"train": "train_wiki.json", "test": "val_wiki.json"}[writer.split]
    return {file: _dump(instances), "pid2name.json": _dump(names)}


def scierc(writer: Writer) -> dict[str, str]:
    """NER and RE: documents of three sentences."""
    Links = tuple[tuple[str, str, str], ...]  # (head, relation, tail), head and tail as keys of slots

    def sentence() -> Sentence[Links]:
        if writer.random.random() < NO_ANSWER_RATE:
            return writer.sentence_without_answer(())
        pattern, links = writer.random.choice(words.SCIENCE)
        return writer.sentence(pattern, links)

    def document(number: int, sentences: list[Sentence[Links]]) -> dict[str, object]:
        ner, relations = [], []
        offset = 0  # of the sentence in the document
        for tokens, slots, links in sentences:
            spans = {slot.key: [offset + slot.start, offset + slot.end - 1] for slot in reversed(slots)}
            ner.append([[offset + s.start, offset + s.end - 1, _science_type(s.filler)] for s in slots])
            relations.append([[*spans[head], *spans[tail], relation] for head, relation, tail in links])
            offset += len(tokens)
        return {
            "doc_key": f"{writer.split}-{number}",
            "sentences": [tokens for tokens, _, _ in sentences],
            "ner": ner,
            "relations": relations,
            "clusters": [],
        }

    return {f"{writer.split}.json": _dump_lines(document(*pair) for pair in _grouped(writer.sentences(sentence), 3))}


def _science_type(filler: str) -> str:
    return "Method" if "{" in filler else words.SCIENCE_TYPES[filler]


def maven(writer: Writer) -> dict[str, str]:
    """ED: documents of three sentences."""

    def sentence() -> Sentence[str]:
        if writer.random.random() < NO_ANSWER_RATE:
            return writer.sentence_without_answer("")
        event_type = writer.random.choice(list(words.EVENTS))
        triggers, patterns = words.EVENTS[event_type]
        return writer.sentence(writer.random.choice(patterns), event_type, writer.trigger(triggers))

    def document(number: int, sentences: list[Sentence[str]]) -> dict[str, object]:
        document_id = f"{writer.split}-{number}"
        events = []
        for index, (tokens, slots, event_type) in enumerate(sentences):
            for slot in (slot for slot in slots if slot.key == "!"):
                mention = {
                    "id": f"{document_id}-{index}",
                    "trigger_word": tokens[slot.start],
                    "sent_id": index,
                    "offset": [slot.start, slot.end],
                }
                events.append({"id": f"{document_id}-{index}", "type": event_type, "type_id": 0, "mention": [mention]})
        content = [{"sentence": sentence.text, "tokens": sentence.tokens} for sentence in sentences]
        return {"id": document_id, "title": document_id, "content": content, "events": events, "negative_triggers": []}

    file = {"train": "train.jsonl", "test": "valid.jsonl"}[writer.split]
    type_numbers = {event_type: number for number, event_type in enumerate(sorted(words.EVENTS), 1)}
    return {
        file: _dump_lines(document(*pair) for pair in _grouped(writer.sentences(sentence), 3)),
        "label2id.json": _dump(type_numbers),
    }


def phee(writer: Writer) -> dict[str, str]:
    """EE: one sentence per row, with nested arguments."""

    def sentence() -> Sentence[str]:
        if writer.random.random() < NO_ANSWER_RATE:
            return writer.sentence_without_answer("")
        event_type, triggers, pattern = writer.random.choice(words.CASES)
        return writer.sentence(pattern, event_type, writer.trigger(triggers))

    def mentions(sentence: Sentence[str], key: str) -> dict[str, object]:
        slots = [slot for slot in sentence.slots if slot.key == key]
        return {
            "text": [[" ".join(sentence.tokens[slot.start : slot.end])] for slot in slots],
            "start": [[len(" ".join([*sentence.tokens[: slot.start], ""]))] for slot in slots],
            "entity_id": [f"T{number}" for number in range(len(slots))],
        }

    def event(sentence: Sentence[str]) -> dict[str, object]:
        arguments = {key: mentions(sentence, key) for key in ("Subject", "Treatment", "Effect", "Drug", "Disorder")}
        keys = {slot.key for slot in sentence.slots}
        if "Treatment" in keys:
            arguments["Treatment"] |= {key: arguments[key] for key in ("Drug", "Disorder") if key in keys}
        return {
            "event_id": "E1",
            "event_type": sentence.annotation,
            "Trigger": mentions(sentence, "!"),
            **{key: arguments[key] for key in ("Subject", "Treatment", "Effect") if key in keys},
        }

    def row(number: int, sentence: Sentence[str]) -> dict[str, object]:
        return {
            "id": f"{writer.split}{number}_1",
            "context": sentence.text,
            "is_mult_event": False,
            "annotations": [{"events": [event(sentence)] if sentence.annotation else []}],
        }

    return {f"{writer.split}.json": _dump_lines(row(*pair) for pair in enumerate(writer.sentences(sentence)))}


def rams(writer: Writer) -> dict[str, str]:
    """EAE: windows of two sentences with one event, and a table of the roles of each event type."""
    raw_types = {event_type: f"sample.{event_type.lower()}.n/a" for event_type in words.EVENTS}

    def sentence() -> Sentence[tuple[str, list[str]]]:
        event_type = writer.random.choice(list(words.EVENTS))
        triggers, patterns = words.EVENTS[event_type]
        pattern = "Someone {!} it ." if writer.random.random() < NO_ANSWER_RATE else writer.random.choice(patterns)
        sentence_before = writer.random.choice(words.NOTHING).split()
        return writer.sentence(pattern, (event_type, sentence_before), writer.trigger(triggers))

    def window(number: int, sentence: Sentence[tuple[str, list[str]]]) -> dict[str, object]:
        tokens, slots, (event_type, before) = sentence
        spans = [(slot.key, [len(before) + slot.start, len(before) + slot.end - 1]) for slot in slots]
        ((start, end),) = (span for key, span in spans if key == "!")
        arguments = [(key, span) for key, span in spans if key != "!"]
        links = [(span, f"evt001arg{n:02}{role}") for n, (role, span) in enumerate(arguments, 1)]
        return {
            "doc_key": f"{writer.split}-{number}",
            "sentences": [before, tokens],
            "evt_triggers": [[start, end, [[raw_types[event_type], 1.0]]]],
            "ent_spans": [[*span, [[role, 1.0]]] for span, role in links],
            "gold_evt_links": [[[start, end], span, role] for span, role in links],
            "rel_triggers": [],
            "gold_rel_links": [],
            "language_id": "eng",
            "source_url": f"{writer.split}-{number}",
            "split": writer.split,
        }

    def roles(event_type: str) -> list[str]:
        keys = (slot.key for pattern in words.EVENTS[event_type][1] for slot in writer.fill(pattern)[1])
        return [key for key in dict.fromkeys(keys) if key != "!"]

    windows = _dump_lines(window(*pair) for pair in enumerate(writer.sentences(sentence)))
    table = "".join(
        f"{raw_types[event_type]} {' '.join(f'{role} 1' for role in roles(event_type))}\n"
        for event_type in words.EVENTS
    )
    return {f"{writer.split}.jsonlines": windows, "event_role_multiplicities.txt": table}


def maven_ere(writer: Writer) -> dict[str, str]:
    """ERE: one sentence per document, with two events."""
    Link = tuple[str, str, str] | None  # (relation, first, second)

    def sentence() -> Sentence[Link]:
        pattern, link = writer.random.choice(words.ORDERS)
        return writer.sentence(pattern.replace("{a}", "{a:happening}").replace("{b}", "{b:happening}"), link)

    def document(number: int, sentence: Sentence[Link]) -> dict[str, object]:
        tokens, slots, link = sentence
        document_id = f"{writer.split}-{number}"
        mentions = {
            slot.key: {
                "id": f"{document_id}-{slot.key}",
                "trigger_word": tokens[slot.start],
                "sent_id": 0,
                "offset": [slot.start, slot.end],
            }
            for slot in slots
        }
        relation, *keys = link or ("",)
        clusters = [["a", "b"]] if relation == "COREFERENCE" else [["a"], ["b"]]
        events = [
            {
                "id": f"{document_id}-{cluster[0]}",
                "type": "Happening",
                "type_id": 0,
                "mention": [mentions[key] for key in cluster],
            }
            for cluster in clusters
        ]
        pairs = [[f"{document_id}-{key}" for key in keys]] if keys else []

        def by_relation(*relations: str) -> dict[str, list[list[str]]]:
            return {name: pairs if name == relation else [] for name in relations}

        return {
            "id": document_id,
            "title": document_id,
            "tokens": [tokens],
            "sentences": [sentence.text],
            "events": events,
            "TIMEX": [],
            "temporal_relations": by_relation("BEFORE", "CONTAINS", "SIMULTANEOUS", "BEGINS-ON"),
            "causal_relations": by_relation("CAUSE", "PRECONDITION"),
            "subevent_relations": pairs if relation == "SUBEVENT" else [],
        }

    file = {"train": "train.jsonl", "test": "valid.jsonl"}[writer.split]
    return {file: _dump_lines(document(*pair) for pair in enumerate(writer.sentences(sentence)))}


def carb(writer: Writer) -> dict[str, str]:
    """Open IE: one extraction per line."""

    def sentence() -> Sentence[tuple[tuple[str, ...], ...]]:
        pattern, extractions = writer.random.choice(words.STATEMENTS)
        return writer.sentence(pattern, extractions)

    lines = []
    for statement in writer.sentences(sentence):
        names = {slot.key: " ".join(statement.tokens[slot.start : slot.end]) for slot in statement.slots}
        for extraction in statement.annotation:
            lines.append("\t".join([statement.text, *(field.format(**names) for field in extraction)]) + "\n")
    return {f"{writer.split}.tsv": "".join(lines)}


def odie(writer: Writer) -> dict[str, str]:
    """On-demand IE: a request, a text and the table that answers it."""

    def row() -> dict[str, str]:
        request, header, pattern, list_names = writer.random.choice(words.REQUESTS)
        sentences, rows = [], []
        for _ in range(writer.random.choice((1, 2, 2, 3))):
            tokens, slots = writer.fill(pattern, opening=False)
            names = {slot.key: " ".join(tokens[slot.start : slot.end]) for slot in slots}
            sentences.append(" ".join(tokens))
            rows.append([names[list_name] for list_name in list_names])
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))
        return {"instruction": request, "text": " ".join(sentences), "table": table}

    file = {"train": "training_data.json", "test": "test_data.json"}[writer.split]
    return {file: _dump(list(writer.unique(row, lambda row: row["text"])))}


# ---- the corpus -----------------------------------------------------------------------------------


def _grouped(items: Iterable[T], size: int) -> Iterator[tuple[int, list[T]]]:
    return enumerate(map(list, batched(items, size)))


def _dump_lines(rows: Iterable[dict[str, object]]) -> str:
    return "".join(_dump(row) for row in rows)


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":")) + "\n"


def generate(folder: Path) -> None:
    """Write the sample corpus below a folder, in one subfolder per data set."""
    used_texts: set[str] = set()
    for corpus in (mit_restaurant, fewrel, scierc, maven, phee, rams, maven_ere, carb, odie):
        subfolder = folder / corpus.__name__.replace("_", "-")
        subfolder.mkdir(parents=True, exist_ok=True)
        for split in TEXTS:
            for name, content in corpus(Writer(corpus.__name__, split, used_texts)).items():
                (subfolder / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
