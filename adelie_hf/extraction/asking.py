"""How an extractor asks about a text: the format of answers, and the windows that a text is cut into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adelie_hf.errors import InputError
from adelie_hf.extraction.windows import Window, cut


@dataclass(frozen=True, slots=True)
class Asking:
    """How texts become requests: the arguments of `Extractor`, and the number of tokens of a text."""

    format: str
    constrained: bool
    window: int | None
    overlap: int | None
    tokens: Callable[[str], int]

    def __post_init__(self) -> None:
        if self.window is not None and not 0 <= self.shared < self.window:
            raise InputError(
                f"an overlap of {self.shared} is not below the window of {self.window}", parameter="overlap"
            )

    @property
    def shared(self) -> int:
        """The largest number of tokens that two windows share."""
        return (self.window or 0) // 6 if self.overlap is None else self.overlap

    def windows(self, text: str, task: str) -> list[Window]:
        """Return the windows of a text; a table is about the whole of it."""
        if self.window is None or task == "odie":
            return [Window(0, len(text))]
        return cut(text, self.tokens, self.window, self.shared)
