"""What is right and wrong in the answer to a row, item by item.

The parts of the gold answer and of a model's answer are paired, each at most once, in this order:

- `correct`: equal parts, as exact match counts them;
- `wrong_type`: equal mentions with another category;
- `wrong_span`: the same category, and mentions that overlap;
- `missed`: a gold part without a partner, `spurious`: a predicted one.

A part with two faults, another category and another span, is thus missed on one side and spurious on the other. Three
more classes say why, and do not exclude those above: a row's answer is `invalid` where nothing could be read from it,
and of the predicted parts of closed tasks some are `off_schema` (of a category that the prompt does not offer) or
`not_in_text` (with a mention that is no stretch of the text). Where the text is not known (empty), none is.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from adelie_hf.answers import Answer, Extraction, Item, Table
from adelie_hf.prompts import parse
from adelie_hf.rows import InstructRow, gold
from adelie_hf.scoring.answers import flatten
from adelie_hf.tasks import TASKS

PairKind = Literal["correct", "wrong_type", "wrong_span", "missed", "spurious"]
ErrorClass = Literal[PairKind, "invalid", "off_schema", "not_in_text"]

PAIR_KINDS: tuple[PairKind, ...] = ("correct", "wrong_type", "wrong_span", "missed", "spurious")
ERROR_CLASSES: tuple[ErrorClass, ...] = (*PAIR_KINDS, "invalid", "off_schema", "not_in_text")


class Part(NamedTuple):
    """What can be right or wrong by itself: an item, a trigger or argument of an event, a cell of a table.

    `category` is the type, relation or role (an argument of EE has `event type/role`), the column of a cell, and ""
    for an extraction of open IE.
    """

    mentions: tuple[str, ...]
    category: str


class PartPair(NamedTuple):
    """A gold and a predicted part, by their places in `RowErrors`; None on the side that has no partner."""

    kind: PairKind
    gold: int | None
    predicted: int | None


@dataclass(frozen=True, slots=True)
class RowErrors:
    """The comparison of a model's answer with the gold answer of a row.

    Args:
        status: how the answer could be read: `valid`, `repaired` or `invalid`.
        gold_answer, answer: the items of both.
        gold, predicted: their parts.
        pairs: each part of either side once.
        off_schema, not_in_text: the places of such parts in `predicted`.
    """

    status: str
    gold_answer: Answer
    answer: Answer
    gold: tuple[Part, ...]
    predicted: tuple[Part, ...]
    pairs: tuple[PartPair, ...]
    off_schema: frozenset[int]
    not_in_text: frozenset[int]

    def counts(self) -> Counter[ErrorClass]:
        """Count the parts of each class; `invalid` is 1 for an invalid answer."""
        counts: Counter[ErrorClass] = Counter(pair.kind for pair in self.pairs)
        counts["invalid"] = int(self.status == "invalid")
        counts["off_schema"] = len(self.off_schema)
        counts["not_in_text"] = len(self.not_in_text)
        return counts


def row_errors(row: InstructRow, output: str) -> RowErrors:
    """Compare the output of a model for a row with the row's gold answer.

    >>> schema = [{"name": "company", "roles": []}, {"name": "place", "roles": []}]
    >>> row = {"task": "ner", "format": "text", "text": "Acme Inc. in Ulm", "schema": schema,
    ...        "answer": [["Acme Inc.", "company"], ["Ulm", "place"]]}
    >>> row_errors(row, "[Answer]: Acme: company; Ulm: company;").pairs
    (PartPair(kind='wrong_type', gold=1, predicted=1), PartPair(kind='wrong_span', gold=0, predicted=0))
    """
    return errors_of_outputs(row, [output])[0]


def errors_of_outputs(row: InstructRow, outputs: Sequence[str]) -> list[RowErrors]:
    """Compare several outputs for a row, as `row_errors` does; equal ones are read once."""
    task, text = row["task"], row["text"]
    closed = TASKS[task].closed
    gold_answer, offered = gold(row), _offered(row)
    gold_parts = parts(gold_answer, task)
    compared: dict[str, RowErrors] = {}
    for output in dict.fromkeys(outputs):
        read = parse(output, task, row["format"])
        predicted = parts(read.items, task)
        asked = list(enumerate(predicted)) if closed else []
        compared[output] = RowErrors(
            read.status,
            gold_answer,
            read.items,
            gold_parts,
            predicted,
            tuple(pair_parts(gold_parts, predicted, text)),
            frozenset(at for at, part in asked if part.category not in offered),
            frozenset(at for at, part in asked if text and not all(mention in text for mention in part.mentions)),
        )
    return [compared[output] for output in outputs]


def parts(answer: Answer, task: str) -> tuple[Part, ...]:
    """Return the parts of an answer: for closed tasks those that exact match counts.

    >>> parts((Extraction("bought", ("Acme", "Globex")),), "openie")
    (Part(mentions=('bought', 'Acme', 'Globex'), category=''),)
    """
    if not TASKS[task].closed:
        return tuple(part for item in answer for part in _open_parts(item))
    return tuple(Part((item[0], *item[2:]), item[1]) for item in flatten(answer, task))


def _open_parts(item: Item) -> Iterator[Part]:
    match item:
        case Extraction():
            yield Part((item.predicate, *item.arguments), "")
        case Table():
            for row in item.rows:
                yield from (Part((cell,), name) for name, cell in zip(item.header, row, strict=True) if cell.strip())


def _offered(row: InstructRow) -> set[str]:
    """Return the categories that the parts of an answer may have."""
    names = {category["name"] for category in row["schema"]}
    if row["task"] == "ee":
        names |= {f"{category['name']}/{role}" for category in row["schema"] for role in category["roles"]}
    return names


def pair_parts(gold: Sequence[Part], predicted: Sequence[Part], text: str) -> list[PartPair]:
    """Pair the parts of two answers about a text."""
    free_gold, free_predicted = list(range(len(gold))), list(range(len(predicted)))

    def pair_equal(kind: PairKind, key: Callable[[Part], Hashable]) -> list[PartPair]:
        waiting: defaultdict[Hashable, deque[int]] = defaultdict(deque)
        for at in free_predicted:
            waiting[key(predicted[at])].append(at)
        found = [
            PartPair(kind, at, waiting[key(gold[at])].popleft()) for at in free_gold if waiting.get(key(gold[at]))
        ]
        taken, used = {pair.gold for pair in found}, {pair.predicted for pair in found}
        free_gold[:] = [at for at in free_gold if at not in taken]
        free_predicted[:] = [at for at in free_predicted if at not in used]
        return found

    pairs = [*pair_equal("correct", lambda part: part), *pair_equal("wrong_type", lambda part: part.mentions)]
    covered = _Covered(text)
    for at in free_gold:
        overlapping = (
            other
            for other in free_predicted
            if predicted[other].category == gold[at].category and covered.overlap(predicted[other], gold[at])
        )
        if (partner := next(overlapping, None)) is None:
            pairs.append(PartPair("missed", at, None))
        else:
            free_predicted.remove(partner)
            pairs.append(PartPair("wrong_span", at, partner))
    return [*pairs, *(PartPair("spurious", None, at) for at in free_predicted)]


class _Covered:
    """The characters of a text that mentions cover, without regard to case; looked up once each."""

    def __init__(self, text: str):
        self.text = text.casefold()
        self.known: dict[str, tuple[str, int]] = {}

    def overlap(self, one: Part, other: Part) -> bool:
        """Return whether the mentions of two parts overlap, each with its counterpart if there is one.

        Mentions overlap where the text has them at overlapping places, or where one contains the other.
        """
        return all(self._overlap(*pair) for pair in zip(one.mentions, other.mentions, strict=False))

    def _overlap(self, one: str, other: str) -> bool:
        (words, places), (other_words, other_places) = self._find(one), self._find(other)
        if not words or not other_words:
            return words == other_words
        return bool(places & other_places) or words in other_words or other_words in words

    def _find(self, mention: str) -> tuple[str, int]:
        """Return a mention without case, and the characters that it covers as the bits of an integer."""
        if mention not in self.known:
            words = mention.casefold().strip()
            bits, start = 0, self.text.find(words) if words else -1
            while start >= 0:
                bits |= ((1 << len(words)) - 1) << start
                start = self.text.find(words, start + 1)
            self.known[mention] = (words, bits)
        return self.known[mention]
