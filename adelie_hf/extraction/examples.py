"""Solved examples that are shown before a text: the same ones for every text, or those that are most like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

from adelie_hf.answers import Answer, Triple, from_json, label_of
from adelie_hf.errors import InputError
from adelie_hf.extraction.pairs import locate
from adelie_hf.extraction.schema import ExtractionSchema
from adelie_hf.likeness import TextIndex
from adelie_hf.queries import Query, queries
from adelie_hf.records import Mention, Record
from adelie_hf.rows import InstructRow, gold, read_build
from adelie_hf.settings import nearest
from adelie_hf.tasks import TASKS

# A text with its items, such as `(mention, type)` or `(head, relation, tail)`; a record; or a row of IEInstruct.
Example = tuple[str, Sequence[Any]] | Record | InstructRow

# Several of them, or the folder of a build of IEInstruct, whose training rows are meant.
Examples = Sequence[Example] | str | Path

# A text -> the solved queries that come before it.
Demonstrate = Callable[[str], tuple[Query, ...]]


class ExampleOptions(TypedDict, total=False):
    """Solved examples for a model.

    Keys:
        examples: pairs of a text and its items, records, rows of IEInstruct, or the folder of a build.
        choose: `all` (the default) shows all of them before each text, `nearest` those that are most like it.
        shots: how many are shown with `nearest`; 4 if not given.
    """

    examples: Examples
    choose: Literal["all", "nearest"]
    shots: int


def demonstrate(
    schema: ExtractionSchema, examples: Examples = (), choose: Literal["all", "nearest"] = "all", shots: int = 4
) -> Demonstrate:
    """Return a function that chooses the demonstrations for a text. Arguments are those of `ExampleOptions`.

    Raises:
        InputError: for examples that do not fit the schema, and a folder without a build.
    """
    if choose not in ("all", "nearest"):
        raise InputError(f"unknown choice {choose!r}; the choices are all and nearest", parameter="choose")
    if shots < 1:
        raise InputError(f"{shots} examples cannot be shown; give a number from 1", parameter="shots")
    solved = list(solved_queries(schema, examples))
    if choose == "all":
        return lambda text: tuple(solved)
    index = TextIndex([query.text for query in solved])

    def most_alike(text: str) -> tuple[Query, ...]:
        """Return the most similar ones, the best last, next to the text; not the text itself with its answer."""
        found = (solved[number] for number in index.nearest(text, shots + 1))
        return tuple([query for query in found if query.text != text][:shots][::-1])

    return most_alike


def solved_queries(schema: ExtractionSchema, examples: Examples, split: str = "train") -> Iterator[Query]:
    """Yield the queries of examples with their answers.

    Args:
        schema: the task and the categories; items of others are left out.
        examples: see `ExampleOptions`.
        split: of a build, the rows to take.

    Raises:
        InputError: for examples that do not fit the schema, and a folder without a build.
    """
    if isinstance(examples, str | Path):
        file, rows = read_build(examples, split)
        found = list(_of_rows(schema, [row for row in rows if row["task"] == schema.task]))
        if not found:
            raise InputError(
                f"{file}: no row of {TASKS[schema.task].title} has all categories of the schema; choose another build",
                parameter="examples",
            )
        yield from found
        return
    if examples and schema.task == "odie":
        raise InputError("a table has an instruction of its own: it takes no examples", parameter="examples")
    for number, example in enumerate(examples, 1):
        try:
            if isinstance(example, Record):
                yield from _of_record(schema, example)
            elif isinstance(example, Mapping):
                yield from _of_rows(schema, [example])
            else:
                yield _of_items(schema, *example)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"example {number} cannot be used: {error}", parameter="examples") from None


def _of_record(schema: ExtractionSchema, record: Record) -> Iterator[Query]:
    for query in queries(record, schema.task):
        yield query.narrowed(schema.labels, _within(query.answer, schema))


def _of_rows(schema: ExtractionSchema, rows: Iterable[InstructRow]) -> Iterator[Query]:
    """Yield queries of rows that ask for all categories: in other rows those that are not asked for are missing."""
    if schema.task == "rc":
        raise InputError("a row does not say where its pair is; give records", parameter="examples")
    for row in rows:
        if {label["name"] for label in row["schema"]} >= set(schema.names):
            yield _query(schema, row["text"], _within(gold(row), schema))


def _of_items(schema: ExtractionSchema, text: str, items: Sequence[Any]) -> Query:
    answer = from_json(items, TASKS[schema.task].item)
    unknown = [label_of(item) for item in answer if schema.labels and label_of(item) not in schema.names]
    if unknown:
        raise InputError(f"unknown category {unknown[0]!r}{nearest(unknown[0], schema.names)}")
    if schema.task != "rc":
        return _query(schema, text, answer)
    if not answer or not isinstance(answer[0], Triple):
        raise InputError("an example without a relation does not say which pair it is about; give a record")
    return _query(schema, text, answer, locate((answer[0].head, answer[0].tail), text))


def _query(schema: ExtractionSchema, text: str, answer: Answer, pair: tuple[Mention, Mention] | None = None) -> Query:
    focus = (("head", pair[0]), ("tail", pair[1])) if pair else ()
    return Query("", "", schema.task, "", "", text, schema.labels, answer, focus)


def _within(answer: Answer, schema: ExtractionSchema) -> Answer:
    names = schema.names
    return tuple([item for item in answer if label_of(item) in names]) if names else answer
