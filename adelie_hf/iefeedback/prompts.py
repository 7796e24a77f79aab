"""The prompts of samples files that samples can be scored for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from adelie_hf.errors import InputError
from adelie_hf.iefeedback.recipe import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import ScoredSample, is_good, score_answers
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.rows import SampledRow
from adelie_hf.sampling import read_placed_samples
from adelie_hf.settings import nearest
from adelie_hf.sources import all_sources
from adelie_hf.tasks import GENERAL


class ScoredPrompt(NamedTuple):
    """A prompt with its samples and its gold answer, all scored: the number of its file, and its place there."""

    file: int
    offset: int
    row: SampledRow
    samples: list[ScoredSample]
    gold: ScoredSample


def scored_prompts(unit: FeedbackUnit, counts: Counts) -> Iterator[ScoredPrompt]:
    """Yield the prompts that have samples and a gold answer, and are neither too hard nor too easy for the recipe.

    Args:
        counts: counts all prompts as read, and the others as dropped.

    Raises:
        InputError: for a file that is not a samples file, for a prompt that occurs twice, and for a cap of a source
            that neither these files nor the library have.
    """
    recipe = unit.recipe
    names: set[str] = set()
    for file, offset, row in _sampled_prompts(unit, counts):
        names |= {row["source"], f"{row['source']}/{row['task']}"}
        prompt = ScoredPrompt(file, offset, row, *score_answers(row, recipe))
        if reason := _unsuited(prompt, recipe):
            counts.dropped[reason] += 1
        else:
            yield prompt
    _check_caps(recipe.caps, names)


def over_the_cap(group: str) -> str:
    """Return the reason for which a prompt of a group (`FeedbackRecipe.group_of`) is dropped."""
    return f"over the cap of {group}" if group else "over the cap"


def _unsuited(prompt: ScoredPrompt, recipe: FeedbackRecipe) -> str:
    """Return why a prompt is left out for its pass rate; nothing for one that stays."""
    rate = sum(is_good(sample, prompt.gold, recipe) for sample in prompt.samples) / len(prompt.samples)
    if rate < recipe.min_pass_rate:
        return f"harder than a pass rate of {recipe.min_pass_rate:g}"
    return f"easier than a pass rate of {recipe.max_pass_rate:g}" if rate > recipe.max_pass_rate else ""


def _check_caps(caps: Mapping[str, int], names: set[str]) -> None:
    """Names of own data are known only when the samples are read."""
    if not caps:
        return
    for source, entry in all_sources().items():
        names |= {source, *(f"{source}/{task}" for task in entry.tasks)}
    for name in caps:
        if name not in names:
            raise InputError(f"caps has {name!r}, of which there are no samples and no source{nearest(name, names)}")


def _sampled_prompts(unit: FeedbackUnit, counts: Counts) -> Iterator[tuple[int, int, SampledRow]]:
    known: set[str] = set()
    for number, file in enumerate(unit.files):
        for offset, row, not_texts, has_gold in read_placed_samples(file):
            counts.read += 1
            if not_texts:
                counts.noted["with samples that are no text, which are left out"] += 1
            if row["id"] in known:
                raise InputError(f"{file}: the prompt {row['id']!r} occurs twice; sample each prompt once")
            known.add(row["id"])
            if row["task"] == GENERAL:
                counts.dropped["general data has no gold answer to score by"] += 1
            elif not has_gold:
                counts.dropped["without a gold answer"] += 1
            elif not_texts == len(row["samples"]):
                counts.dropped["without a sample"] += 1
            else:
                yield number, offset, row
