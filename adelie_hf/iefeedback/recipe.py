"""The recipe of a build of IEFeedback: a YAML file of the fields below, all of them optional."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator

from adelie_hf.settings import Count, PositiveCount, Settings, Share, find_recipe_file, read_settings

Criterion = Literal["f1", "bleu", "character_bleu"]
Shape = Literal["pairs", "all_pairs", "unpaired", "ranked", "best_of_n"]


class FeedbackRecipe(Settings):
    """The settings of a build of IEFeedback (paper, sections 4 and 6.2). A share is between 0 and 1.

    Raises:
        InputError: for an unknown key and a value out of range.

    >>> FeedbackRecipe(cap=400).offline
    0.7
    """

    seed: Count = 42
    """It decides which prompts are kept when there are more than needed."""
    score: Criterion = "f1"
    """How samples are compared: by the metric of the task, or by BLEU of words or characters (section 4)."""
    shape: Shape = "pairs"
    """What the rows are: one pair a prompt; every pair of its answers that the gap allows; answers with a label, for
    KTO; all answers with their scores, the best first; or the best sample as a row of IEInstruct, for SFT."""
    cap: PositiveCount = 10_000
    """At most this many prompts, each with one pair or the rows of another shape."""
    caps: Mapping[str, Count] = {}
    """Lower caps, for `source/task` or a whole source; the recipe `paper` has those of Table 8, the default none."""
    min_pass_rate: Share = 0.0
    """Leave out a prompt that is harder: a smaller share of its samples follow the format and reach the floor."""
    max_pass_rate: Share = 1.0
    """Leave out a prompt that is easier: a larger share of its samples do."""
    gap: Share = 0.1
    """The scores of the two sides differ by more than this (section 4: 10 %)."""
    floor: Share = 0.5
    """An online chosen answer scores at least this or is right, so that a bad answer is never preferred."""
    offline: Share = 0.7
    """The share of pairs whose chosen side is the gold answer (section 6.2: 70 %)."""
    as_published: bool = False
    """Choose as the published script does: an answer without the marker scores -1, two sides may mean the same, the
    first prompts of the files give the online pairs, and an offline pair is drawn before it is known to qualify."""

    @model_validator(mode="after")
    def _check_pass_rates(self) -> Self:
        if self.min_pass_rate > self.max_pass_rate:
            raise ValueError(
                f"min_pass_rate, {self.min_pass_rate}, is above max_pass_rate, {self.max_pass_rate}: give two limits"
            )
        return self

    def group_of(self, source: str, task: str) -> tuple[str, int]:
        """Return the name in `caps` under which prompts are limited, and that limit; `""` for those without a name.

        >>> FeedbackRecipe(caps={"ace2005": 9, "ace2005/ner": 5}).group_of("ace2005", "ner")
        ('ace2005/ner', 5)
        """
        name = next((name for name in (f"{source}/{task}", source) if name in self.caps), "")
        return (name, self.caps[name]) if name and self.caps[name] < self.cap else ("", self.cap)


def load_recipe(path: str | Path | None = None, seed: int | None = None) -> FeedbackRecipe:
    """Read a recipe: a file, one of the library's by its name (`paper`, `reference_code`), or the default.

    Args:
        seed: overrides the recipe's seed.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value out of range.
    """
    return read_settings(FeedbackRecipe, find_recipe_file(path, "iefeedback"), seed=seed)
