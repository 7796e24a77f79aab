"""What a parser returns, and the markers that all formats share."""

from __future__ import annotations

from dataclasses import dataclass

from adelie_hf.answers import Answer

MARKER = "[Answer]:"
EXPLANATION = "[Explanation]:"


@dataclass(frozen=True, slots=True)
class Parsed:
    """An answer read from a model's output.

    `problems` quotes each stretch that is not written as the format says, whether an item could be
    read from it all the same or not.
    """

    items: Answer
    problems: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """`valid`, `repaired` (some of it could be read) or `invalid` (nothing could)."""
        if not self.problems:
            return "valid"
        return "repaired" if self.items else "invalid"


def body(text: str) -> str:
    """What follows the first answer marker, or the whole text where there is none."""
    _, marker, rest = text.partition(MARKER)
    return (rest if marker else text).strip()


def shorten(piece: str, limit: int = 80) -> str:
    """A stretch of output as it is quoted in `Parsed.problems`."""
    piece = piece.strip()
    return piece if len(piece) <= limit else piece[: limit - 1] + "…"
