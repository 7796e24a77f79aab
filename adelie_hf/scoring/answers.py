"""Answer texts as items, and the exact-match scores of answer texts.

The one place where scoring meets the parsers of `prompts`: what an answer looks like is their matter,
what it is worth is `exact_f1`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

from adelie_hf.answers import Answer, EventItem, Extraction, Item, Triple
from adelie_hf.errors import InputError
from adelie_hf.prompts import no_answer, parse
from adelie_hf.scoring import checks
from adelie_hf.scoring.exact import exact_f1
from adelie_hf.scoring.reference import SCORERS_OF, reference_f1
from adelie_hf.tasks import CLOSED_TASKS, TASKS

_EXAMPLES = 3  # of each kind of bad answer


def flatten(items: Iterable[Item], task: str) -> list[tuple[str, ...]]:
    """The items of a closed task as tuples for `exact_f1`.

    Pairs for NER, ED and EAE, triples for RC, RE and ERE. An event of EE becomes the pair
    (trigger, event type) and, for each argument, the pair (argument, "event type/role").

    Raises:
        InputError: for open IE and on-demand IE, which `carb` and `odie_table` score.
    """
    _check_task(task)
    if task != "ee":
        return [tuple(item) for item in items]  # type: ignore[arg-type]
    return [pair for event in items for part in (_triggers, _arguments) for pair in part([event])]


def _triggers(events: Iterable[Item]) -> list[tuple[str, ...]]:
    return [(event.trigger, event.type) for event in events if isinstance(event, EventItem)]


def _arguments(events: Iterable[Item]) -> list[tuple[str, ...]]:
    return [
        (argument, f"{event.type}/{role}")
        for event in events
        if isinstance(event, EventItem)
        for argument, role in event.arguments
    ]


def _check_task(task: str) -> None:
    other = {"openie": "carb", "odie": "odie_table"}
    if task in other:
        raise InputError(f"{task} has no exact match; score it with {other[task]}")
    checks.one_of("the task", task, CLOSED_TASKS)


def read_answers(
    outputs: Sequence[str],
    task: str,
    *,
    formats: Sequence[str] | None = None,
    schemas: Sequence[Sequence[dict[str, Any]]] | None = None,
    texts: Sequence[str] | None = None,
) -> tuple[list[Answer], dict[str, Any]]:
    """The items that a model's outputs give, and how well the outputs are written.

    Args:
        outputs: one answer text a prompt.
        task: any task.
        formats: the format of each answer, one of `adelie_hf.prompts.formats(task)`; `text` by default.
        schemas: the categories that each prompt offers, `{"name": "attack", "roles": ["place"]}`;
            for EAE the roles are the categories.
        texts: the text that each prompt asks about.

    Returns:
        The items of each output, and counts. Of outputs: `valid`, `repaired` (partly readable, or
        readable only after a repair) and `invalid`. Of items: `repeated` (given before in the same
        output), `off_schema` (a category that was not offered) and `not_in_text` (a mention that is no
        stretch of the text; fragments of a discontinuous mention are not either). A count is None where
        its input is not given; the last two are None for open and on-demand IE, which have no categories
        and word freely. Under `examples` the first three of each kind but `valid`, as
        `{"example": number, "found": what it says}`: the first stretch that could not be read as it
        stands, or the item.

    Raises:
        InputError: for input of another shape, naming the item.
    """
    checks.one_of("the task", task, TASKS)
    outputs = checks.strings("outputs", outputs)
    formats = None if formats is None else checks.formats("formats", formats)
    schemas = None if schemas is None else checks.schemas("schemas", schemas)
    texts = None if texts is None else checks.strings("texts", texts)
    checks.same_length(outputs=outputs, formats=formats, schemas=schemas, texts=texts)

    read = [parse(output, task, format) for output, format in zip(outputs, formats or repeat("text"), strict=False)]
    answers = [parsed.items for parsed in read]
    closed = task in CLOSED_TASKS
    found: dict[str, list[tuple[int, Any]] | None] = {
        "repaired": [(at, parsed.problems[0]) for at, parsed in enumerate(read) if parsed.status == "repaired"],
        "invalid": [(at, parsed.problems[0]) for at, parsed in enumerate(read) if parsed.status == "invalid"],
        "repeated": [(at, item) for at, answer in enumerate(answers) for item in _repeated(answer)],
        "off_schema": None if schemas is None or not closed else list(_off_schema(answers, schemas)),
        "not_in_text": None if texts is None or not closed else list(_not_in_text(answers, texts)),
    }
    return answers, {
        "valid": sum(parsed.status == "valid" for parsed in read),
        **{name: None if places is None else len(places) for name, places in found.items()},
        "examples": {
            name: None if places is None else [{"example": at, "found": shown} for at, shown in places[:_EXAMPLES]]
            for name, places in found.items()
        },
    }


def _repeated(answer: Answer) -> Iterator[Item]:
    seen: set[Item] = set()
    for item in answer:
        if item in seen:
            yield item
        seen.add(item)


def _off_schema(answers: list[Answer], schemas: list[list[dict[str, Any]]]) -> Iterator[tuple[int, Item]]:
    for at, (answer, schema) in enumerate(zip(answers, schemas, strict=True)):
        roles_of = {category["name"]: set(category["roles"]) for category in schema}
        yield from ((at, item) for item in answer if not offered(item, roles_of))


def _not_in_text(answers: list[Answer], texts: list[str]) -> Iterator[tuple[int, Item]]:
    for at, (answer, text) in enumerate(zip(answers, texts, strict=True)):
        yield from ((at, item) for item in answer if not all(mention in text for mention in mentions(item)))


def offered(item: Item, roles_of: dict[str, set[str]]) -> bool:
    """Whether an item of a closed task has a category, and roles, of `category -> roles`."""
    category = item[1]
    if isinstance(item, EventItem):
        return category in roles_of and all(role in roles_of[category] for _, role in item.arguments)
    return category in roles_of


def mentions(item: Item) -> Sequence[str]:
    """The mentions that an item speaks of: for an event with its arguments, for an extraction all of it."""
    if isinstance(item, EventItem):
        return [item.trigger, *(argument for argument, _ in item.arguments)]
    if isinstance(item, Extraction):
        return [item.predicate, *item.arguments]
    return (item.head, item.tail) if isinstance(item, Triple) else item[:1]  # type: ignore[return-value]


def answer_f1(
    predictions: Sequence[str],
    references: Sequence[str],
    task: str,
    *,
    formats: Sequence[str] | None = None,
    schemas: Sequence[Sequence[dict[str, Any]]] | None = None,
    texts: Sequence[str] | None = None,
    mode: str = "corrected",
    scorer: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Exact-match scores of raw answer texts.

    Args:
        predictions, references: one answer text an example; both are in the format of the example.
        task, formats, schemas, texts: as in `read_answers`.
        mode: `corrected`, or `reference` for a published scorer's figures, errors included, with the
            texts read as that scorer reads them; of the other inputs only `groups` goes with it.
        scorer: with `mode="reference"`, whose; may be left out where only one reads the task's answers:
            `fewnerd` or `iepile-ner` for NER, `semeval` or `iepile-re` for RC, `iepile-re` for RE,
            `richere-ed` for ED, `iepile-ee` for EE, `richere-eae` or `iepile-eea` for EAE, `matres` for ERE.
        **options: `groups, na_label, matching, average, ignore_case, normalize_whitespace, baselines,
            per_example, interval, seed` of `exact_f1`.

    Returns:
        The result of `exact_f1` with the counts of `read_answers` as `parse`. For EE also
        `trigger` and `argument`, the same scores of each alone. In reference mode the result of
        `reference_f1`, with None as `parse`.

    Raises:
        InputError: for input of another shape, and for a reference that cannot be read in full:
            gold must count.
    """
    _check_task(task)
    checks.one_of("mode", mode, ("corrected", "reference"))
    if mode == "reference":
        for name in options:
            checks.one_of('an option in mode="reference"', name, ("groups",))
        if scorer is None and len(SCORERS_OF[task]) == 1:
            (scorer,) = SCORERS_OF[task]
        checks.one_of(f"the scorer for {task}", scorer, SCORERS_OF[task])
        return reference_f1(predictions, references, scorer, **options) | {"parse": None}
    if scorer is not None:
        raise InputError(f'scorer is {checks.shown(scorer)}; it goes with mode="reference"')
    predictions, references = checks.strings("predictions", predictions), checks.strings("references", references)
    formats = None if formats is None else checks.formats("formats", formats)
    checks.same_length(predictions=predictions, references=references, formats=formats)
    predicted, counts = read_answers(predictions, task, formats=formats, schemas=schemas, texts=texts)
    gold = [
        _read_gold(at, text, task, format)
        for at, (text, format) in enumerate(zip(references, formats or repeat("text"), strict=False))
    ]

    def score(tuples: Any) -> dict[str, Any]:
        return exact_f1([tuples(answer) for answer in predicted], [tuples(answer) for answer in gold], **options)

    result = score(lambda answer: flatten(answer, task)) | {"parse": counts}
    if task == "ee":
        result |= {"trigger": score(_triggers), "argument": score(_arguments)}
    return result


def _read_gold(at: int, text: str, task: str, format: str) -> Answer:
    parsed = parse(text, task, format)
    if parsed.problems:
        raise InputError(
            f"references[{at}] is no {task} answer in the {format} format ({parsed.problems[0]!r}); "
            f"write it with adelie_hf.prompts.write, {no_answer(task, format)} where there is no answer"
        )
    return parsed.items
