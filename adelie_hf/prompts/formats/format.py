"""The types that all answer formats share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from adelie_hf.answers import Answer, Table
from adelie_hf.prompts.formats.values import Grammar
from adelie_hf.tasks import TASKS

Family = Literal["triplet", "json", "natural"]


@dataclass(frozen=True, slots=True)
class ParseResult:
    """An answer parsed from a model's output.

    Attributes:
        items: the items that could be parsed.
        problems: an excerpt of each passage that does not follow the format, whether an item could be parsed from it
            or not.
        repairs: the names of what was mended before the answer could be read, each once: `thoughts`, `code fence`.
    """

    items: Answer
    problems: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()

    @property
    def status(self) -> Literal["valid", "repaired", "invalid"]:
        """`valid` without problems and repairs, `invalid` with problems and no items, otherwise `repaired`."""
        if not self.problems:
            return "repaired" if self.repairs else "valid"
        return "repaired" if self.items else "invalid"

    def with_repairs(self, *names: str) -> ParseResult:
        """Return the result with more repairs."""
        return replace(self, repairs=tuple(dict.fromkeys((*names, *self.repairs))))


@dataclass(frozen=True, slots=True)
class Format:
    """One answer format.

    Args:
        name: the name in recipes and rows.
        family: the family of the paper (section 3.2).
        write: (answer, task) -> the body: the text after the answer marker.
        read: (body, task) -> the parsed answer, for a body that is not empty; never raises, and takes linear time.
            `read(write(answer, task), task)` has the items of `answer` and no problems.
        tables: True if the format can write the tables of on-demand IE.
        grouped: True if it groups items by category, which changes their order.
        grammar: task -> how values are delimited, for a format that writes values as they stand; None for JSON, which
            quotes all, and for tables.
    """

    name: str
    family: Family
    write: Callable[[Answer, str], str]
    read: Callable[[str, str], ParseResult]
    tables: bool = False
    grouped: bool = False
    grammar: Callable[[str], Grammar | None] = lambda task: None

    def supports(self, task: str) -> bool:
        """Return True if the format can write the answers of `task`."""
        return self.tables or TASKS[task].item is not Table


def clip(passage: str, limit: int = 80) -> str:
    """Return a passage as `ParseResult.problems` quotes it."""
    passage = passage.strip()
    return passage if len(passage) <= limit else passage[: limit - 1] + "…"
