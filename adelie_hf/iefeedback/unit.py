"""The unit of a build of IEFeedback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adelie_hf.iefeedback.recipe import FeedbackRecipe


@dataclass(frozen=True, slots=True)
class FeedbackUnit:
    """All samples files of a folder, and how pairs are chosen: one unit, since the cap applies across files."""

    files: tuple[Path, ...]
    recipe: FeedbackRecipe

    def entry(self) -> dict[str, str]:
        """Return what the manifest records of it."""
        return {"file": ", ".join(file.name for file in self.files)}
