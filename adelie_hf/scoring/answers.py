"""Answer texts as items, and the exact-match scores of answer texts.

Scoring meets the parsers of `prompts` only here: the parsers decide which items a text has, `exact_f1` scores them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import repeat
from typing import NotRequired, TypedDict, Unpack, cast

from adelie_hf.answers import Answer, EventItem, Extraction, Item, label_of, mentions
from adelie_hf.errors import InputError
from adelie_hf.prompts import no_answer, parse
from adelie_hf.rows import Category
from adelie_hf.scoring import validation
from adelie_hf.scoring.exact import ExactOptions, ExactResult, exact_f1
from adelie_hf.scoring.validation import CarbExtraction
from adelie_hf.tasks import CLOSED_TASKS, TASKS

_EXAMPLES = 3  # of each kind of bad answer


class ParseExample(TypedDict):
    """An answer that is not as it should be."""

    example: int
    found: str | Item  # the first stretch of text that is not written as the format asks, a repair, or the item


class ParseCounts(TypedDict):
    """Counts of outputs and of items by how well they are written; `read_answers` explains them."""

    valid: int
    repaired: int
    invalid: int
    items: int
    repeated: int
    off_schema: int | None
    not_in_text: int | None
    repairs: dict[str, int]
    examples: dict[str, list[ParseExample] | None]


class AnswerResult(ExactResult):
    """The result of `answer_f1`."""

    parse: ParseCounts
    trigger: NotRequired[ExactResult]  # EE only
    argument: NotRequired[ExactResult]  # EE only


# ---- items as scorer input ------------------------------------------------------------------------------------------


def flatten(items: Iterable[Item], task: str) -> list[tuple[str, ...]]:
    """Return the items of a closed task as tuples for `exact_f1`.

    The tuples are pairs for NER, ED and EAE, triples for RC, RE and ERE. An event of EE becomes the pair (trigger,
    event type) and, for each argument, the pair (argument, "event type/role").

    >>> from adelie_hf.answers import Argument
    >>> flatten([EventItem("attacked", "attack", (Argument("Paris", "place"),))], "ee")
    [('attacked', 'attack'), ('Paris', 'attack/place')]

    Raises:
        InputError: for open IE and on-demand IE, which `carb` and `odie_table` score, and for an unknown task.
    """
    _check_closed(task)
    if task != "ee":
        return [tuple(cast(tuple[str, ...], item)) for item in items]
    return [pair for event in items for pair in (*_triggers([event]), *_arguments([event]))]


def _triggers(events: Iterable[Item]) -> list[tuple[str, ...]]:
    return [(event.trigger, event.type) for event in events if isinstance(event, EventItem)]


def _arguments(events: Iterable[Item]) -> list[tuple[str, ...]]:
    return [
        (argument, f"{event.type}/{role}")
        for event in events
        if isinstance(event, EventItem)
        for argument, role in event.arguments
    ]


def _check_closed(task: str) -> None:
    scorers = {"openie": "carb", "odie": "odie_table"}
    if task in scorers:
        raise InputError(f"{task} has no exact match; score it with {scorers[task]}")
    validation.check_choice("the task", task, CLOSED_TASKS)


def carb_extractions(answer: Answer) -> list[CarbExtraction]:
    """Return the extractions of an open IE answer as `carb` takes them, each with confidence 1.

    >>> carb_extractions((Extraction("bought", ("Acme", "Globex")),))
    [{'predicate': 'bought', 'arguments': ['Acme', 'Globex'], 'confidence': 1.0}]
    """
    return [
        {"predicate": item.predicate, "arguments": list(item.arguments), "confidence": 1.0}
        for item in answer
        if isinstance(item, Extraction)
    ]


# ---- texts as items -------------------------------------------------------------------------------------------------


def read_answers(
    outputs: Sequence[str],
    task: str,
    *,
    formats: Sequence[str] | None = None,
    schemas: Sequence[Sequence[Mapping[str, object]]] | None = None,
    texts: Sequence[str] | None = None,
) -> tuple[list[Answer], ParseCounts]:
    """Return the items of a model's outputs, and counts of how well the outputs are written.

    >>> outputs = ["[Answer]: Acme: organization;", "Acme: organization; and so on", "no idea"]
    >>> answers, counts = read_answers(outputs, "ner")
    >>> answers[1]
    (Entity(mention='Acme', type='organization'),)
    >>> counts["valid"], counts["repaired"], counts["invalid"]
    (1, 1, 1)
    >>> counts["examples"]["invalid"]
    [{'example': 2, 'found': 'no idea'}]

    Args:
        outputs: one answer text per prompt.
        task: any task.
        formats: the format of each answer, one of `adelie_hf.prompts.formats(task)`; `text` by default.
        schemas: the categories that each prompt offers, `{"name": "attack", "roles": ["place"]}`; for EAE the
            categories are the roles.
        texts: the text of each prompt; empty where it is not known, so that no mention is said to be missing from it.

    Returns:
        The items of each output, and the counts. Outputs are `valid`, `repaired` (readable in part, or after a repair)
        or `invalid`; `repairs` counts the outputs by the name of what was mended, such as `code fence`. Of the `items`
        of all outputs some are `repeated` (given before in the same output), `off_schema` (of a category that was not
        offered) or `not_in_text` (with a mention that is no stretch of the text; the mention of a discontinuous entity
        is none). A count is None where its input is missing, and the last two are None for open and on-demand IE,
        which have no categories and are worded freely. `examples` has the first three of each kind of bad ones.

    Raises:
        InputError: for input of another form, with the entry.
    """
    validation.check_choice("the task", task, TASKS)
    output_texts = validation.string_column("outputs", outputs)
    format_names = None if formats is None else validation.format_column("formats", formats)
    categories = None if schemas is None else validation.schema_column("schemas", schemas)
    prompt_texts = None if texts is None else validation.string_column("texts", texts)
    validation.check_same_length(outputs=output_texts, formats=format_names, schemas=categories, texts=prompt_texts)

    # Many outputs are equal: those without an item, and those of a model that repeats itself.
    parse_once = cache(lambda output, answer_format: parse(output, task, answer_format))
    results = list(map(parse_once, output_texts, format_names or repeat("text")))
    answers = [result.items for result in results]
    repaired, invalid = (
        [
            ParseExample(example=at, found=(*result.problems, *result.repairs)[0])
            for at, result in enumerate(results)
            if result.status == status
        ]
        for status in ("repaired", "invalid")
    )
    repeated = _examples(map(_repeated, answers))
    off_schema = not_in_text = None
    if TASKS[task].closed and categories is not None:
        off_schema = _examples(map(_off_schema, answers, categories))
    if TASKS[task].closed and prompt_texts is not None:
        not_in_text = _examples(map(_not_in_text, answers, prompt_texts))
    problems = {
        "repaired": repaired,
        "invalid": invalid,
        "repeated": repeated,
        "off_schema": off_schema,
        "not_in_text": not_in_text,
    }
    return answers, {
        "valid": sum(result.status == "valid" for result in results),
        "repaired": len(repaired),
        "invalid": len(invalid),
        "items": sum(map(len, answers)),
        "repeated": len(repeated),
        "off_schema": None if off_schema is None else len(off_schema),
        "not_in_text": None if not_in_text is None else len(not_in_text),
        "repairs": dict(Counter(name for result in results for name in result.repairs).most_common()),
        "examples": {name: None if examples is None else examples[:_EXAMPLES] for name, examples in problems.items()},
    }


def _examples(items_of_answers: Iterable[Iterable[Item]]) -> list[ParseExample]:
    return [{"example": at, "found": item} for at, items in enumerate(items_of_answers) for item in items]


def _repeated(answer: Answer) -> Iterator[Item]:
    seen: set[Item] = set()
    for item in answer:
        if item in seen:
            yield item
        seen.add(item)


def _off_schema(answer: Answer, schema: list[Category]) -> Iterator[Item]:
    roles_of = {category["name"]: set(category["roles"]) for category in schema}
    return (item for item in answer if not is_offered(item, roles_of))


def _not_in_text(answer: Answer, text: str) -> Iterator[Item]:
    return (item for item in answer if text and not all(mention in text for mention in mentions(item)))


def is_offered(item: Item, roles_of: Mapping[str, set[str]]) -> bool:
    """Return whether the category of an item of a closed task, and the roles of an event, are among those offered.

    >>> from adelie_hf.answers import Entity
    >>> is_offered(Entity("Acme", "organization"), {"organization": set()})
    True

    Args:
        item: an item of a closed task.
        roles_of: category -> its roles.
    """
    category = label_of(item)
    if isinstance(item, EventItem):
        return category in roles_of and all(role in roles_of[category] for _, role in item.arguments)
    return category in roles_of


# ---- the scores of texts --------------------------------------------------------------------------------------------


def answer_f1(
    predictions: Sequence[str],
    references: Sequence[str],
    task: str,
    *,
    formats: Sequence[str] | None = None,
    schemas: Sequence[Sequence[Mapping[str, object]]] | None = None,
    texts: Sequence[str] | None = None,
    **options: Unpack[ExactOptions],
) -> AnswerResult:
    """Return the exact-match scores of raw answer texts.

    >>> gold = "[Answer]: Acme: organization; Paris: location;"
    >>> result = answer_f1(["[Answer]: Acme: organization;"], [gold], "ner")
    >>> result["precision"], result["recall"]
    (1.0, 0.5)
    >>> result["parse"]["valid"]
    1

    Args:
        predictions: one output of a model per example.
        references: the gold answers in the same order; prediction and reference have the format of the example.
        task: a closed task.
        formats, schemas, texts: as for `read_answers`.
        **options: `groups`, `na_label`, `matching`, `average`, `ignore_case`, `normalize_whitespace`, `baselines`,
            `unicode`, `per_example`, `interval` and `seed` of `exact_f1`.

    Returns:
        The result of `exact_f1`, with the counts of `read_answers` as `parse`. For EE also `trigger` and `argument`,
        the scores of either alone.

    Raises:
        InputError: for input of another form, and for a reference that cannot be read in full: all gold counts.
    """
    _check_closed(task)
    outputs = validation.string_column("predictions", predictions)
    gold_texts = validation.string_column("references", references)
    format_names = None if formats is None else validation.format_column("formats", formats)
    validation.check_same_length(predictions=outputs, references=gold_texts, formats=format_names)
    answers, counts = read_answers(outputs, task, formats=format_names, schemas=schemas, texts=texts)
    gold = [
        _read_gold(at, text, task, answer_format)
        for at, (text, answer_format) in enumerate(zip(gold_texts, format_names or repeat("text"), strict=False))
    ]

    def score(as_tuples: Callable[[Answer], list[tuple[str, ...]]]) -> ExactResult:
        return exact_f1(list(map(as_tuples, answers)), list(map(as_tuples, gold)), **options)

    result = cast(AnswerResult, {**score(lambda answer: flatten(answer, task)), "parse": counts})
    if task == "ee":
        result["trigger"], result["argument"] = score(_triggers), score(_arguments)
    return result


def _read_gold(at: int, text: str, task: str, answer_format: str) -> Answer:
    parsed = parse(text, task, answer_format)
    if parsed.problems:
        raise InputError(
            f"references[{at}] is no {task} answer in the {answer_format} format ({parsed.problems[0]!r}); "
            f"write it with adelie_hf.prompts.write, {no_answer(task, answer_format)} where there is no answer"
        )
    return parsed.items
