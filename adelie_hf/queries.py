"""Queries: the questions that a task asks of a record, with their gold answers. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from adelie_hf.answers import Answer
from adelie_hf.records import Mention, Record, Schema
from adelie_hf.tasks import TASKS


@dataclass(frozen=True, slots=True)
class Query:
    """One question about one text, with its gold answer.

    `focus` names the mentions that the question is about: `(("head", m), ("tail", m))` for RC,
    `(("event", m),)` for EAE, `(("first", m), ("second", m))` for ERE, nothing for whole-text tasks.
    `event_type` is the type of the event whose arguments EAE asks for. `explanation` leads to the answer.
    """

    id: str
    source: str
    task: str
    split: str
    group: str
    text: str
    schema: Schema
    answer: Answer
    focus: tuple[tuple[str, Mention], ...] = ()
    event_type: str = ""
    instruction: str = field(default="", repr=False)
    explanation: str = field(default="", repr=False)

    def narrowed(self, schema: Schema, answer: Answer) -> Query:
        """The same question with other categories and their answer. (`dataclasses.replace` takes twice as long.)"""
        return Query(
            self.id,
            self.source,
            self.task,
            self.split,
            self.group,
            self.text,
            schema,
            answer,
            self.focus,
            self.event_type,
            self.instruction,
            self.explanation,
        )


def queries(record: Record, task: str) -> Iterator[Query]:
    """The questions that `task` asks of a record, in the order of the text.

    Raises:
        ValueError: when the record does not serve the task.
    """
    if task not in record.schemas:
        raise ValueError(f"record {record.id} of {record.source} serves {', '.join(record.schemas)}, not {task}")
    schema = record.schemas[task]
    for number, question in enumerate(TASKS[task].ask(record)):
        yield Query(
            id=f"{record.source}/{record.id}/{task}/{number}",
            source=record.source,
            task=task,
            split=record.split,
            group=record.group,
            text=record.text,
            schema=schema if question.schema is None else question.schema,
            answer=question.answer,
            focus=question.focus,
            event_type=question.event_type,
            instruction=question.instruction,
            explanation=question.explanation,
        )
