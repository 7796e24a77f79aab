"""The rows of other shapes than one pair a prompt: what TRL's other trainers, and SFT again, are fed with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from adelie_hf.answers import to_json
from adelie_hf.draws import SmallestK, draw, shuffled
from adelie_hf.iefeedback.prompts import over_the_cap, scored_prompts
from adelie_hf.iefeedback.recipe import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import ScoredSample, in_place, is_good
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.prompts import parse
from adelie_hf.rows import SampledRow, message
from adelie_hf.sampling import samples_at

Rows = list[dict[str, Any]]
# The rows of a prompt with its scored samples and its scored gold answer.
ShapeRows = Callable[[SampledRow, list[ScoredSample], ScoredSample, FeedbackRecipe], Rows]


def shaped_rows(unit: FeedbackUnit, counts: Counts) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of the recipe's shape, prompt by prompt in the order of the lines, for the smallest draws.

    Args:
        counts: counts prompts as read and dropped, and rows as kept.

    Raises:
        InputError: for a file that is not a samples file, and for a prompt that occurs twice.
    """
    recipe = unit.recipe
    rows_of = SHAPES[recipe.shape]
    for file, group in groupby(_kept(unit, rows_of, counts), key=lambda prompt: prompt.file):
        kept = list(group)
        rows = samples_at(unit.files[file], [prompt.offset for prompt in kept])
        for prompt, row in zip(kept, rows, strict=True):
            for made in rows_of(row, prompt.samples, prompt.gold, recipe):
                counts.kept["rows"] += 1
                yield made


class _Kept(NamedTuple):
    """What is remembered of a prompt: its place, and its scored answers. Its row is read again."""

    file: int
    offset: int
    samples: list[ScoredSample]
    gold: ScoredSample


def _kept(unit: FeedbackUnit, rows_of: ShapeRows, counts: Counts) -> list[_Kept]:
    """Return the prompts that are kept, in the order of their lines; count the others as dropped."""
    recipe = unit.recipe
    groups: dict[str, SmallestK[_Kept]] = {}
    usable: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for file, offset, row, samples, gold in scored_prompts(unit, counts):
        if rows_of(row, samples, gold, recipe):
            name, cap = recipe.group_of(row["source"], row["task"])
            usable[name] += 1
            if name not in groups:
                groups[name] = SmallestK(cap)
            groups[name].add(draw(recipe.seed, row["id"], "pair"), row["id"], _Kept(file, offset, samples, gold))
        else:
            dropped[_NOTHING[recipe.shape]] += 1
    drawn = sorted((entry for group in groups.values() for entry in group.entries()), key=lambda entry: entry[:2])
    for name, group in groups.items():
        dropped[over_the_cap(name)] += usable[name] - len(group.entries())
    dropped[over_the_cap("")] += max(len(drawn) - recipe.cap, 0)
    counts.dropped += dropped
    return sorted((prompt for *_, prompt in drawn[: recipe.cap]), key=lambda prompt: (prompt.file, prompt.offset))


def all_pairs(row: SampledRow, samples: list[ScoredSample], gold: ScoredSample, recipe: FeedbackRecipe) -> Rows:
    """Return every pair of answers, gold included, of other meanings and with scores further apart than the gap."""
    different = _different(samples)
    rows = []
    for chosen in [gold, *different]:
        for rejected in different:
            near = (1 if chosen is gold else chosen.score) - rejected.score <= recipe.gap
            good = chosen is gold or is_good(chosen, gold, recipe)
            if near or not good or chosen.meaning == rejected.meaning:
                continue
            number = _number(chosen, gold)
            rows.append(
                {
                    **_prompt(row, f"{number}-{rejected.number}"),
                    "chosen": [message("assistant", chosen.text)],
                    "rejected": [message("assistant", rejected.text)],
                    "score_chosen": chosen.score,
                    "score_rejected": rejected.score,
                    "kind": "offline" if chosen is gold else "online",
                    "provenance": _provenance(row, samples, recipe, chosen=number, rejected=rejected.number),
                }
            )
    return rows


def unpaired(row: SampledRow, samples: list[ScoredSample], gold: ScoredSample, recipe: FeedbackRecipe) -> Rows:
    """Return the answers of a prompt, gold included, each with a label: whether it is good, in random order.

    A well-formed answer that reaches the floor is good. One below the floor is bad if it is further from 1 than the
    gap. Others are left out.
    """
    rows = []
    for answer in [gold, *_different(samples, gold)]:
        good = answer is gold or is_good(answer, gold, recipe)
        if not good and (answer.score >= recipe.floor or 1 - answer.score <= recipe.gap):
            continue
        number = _number(answer, gold)
        rows.append(
            {
                **_prompt(row, f"{number}"),
                "completion": [message("assistant", answer.text)],
                "label": good,
                "score": answer.score,
                "provenance": _provenance(row, samples, recipe, sample=number),
            }
        )
    # TRL reads rows in their order: good and bad ones are mixed.
    return shuffled(rows, recipe.seed, row["id"], "unpaired") if len(rows) > 1 else []


def ranked(row: SampledRow, samples: list[ScoredSample], gold: ScoredSample, recipe: FeedbackRecipe) -> Rows:
    """Return one row with the different answers of a prompt, gold included, the best first."""
    answers = [gold, *sorted(_different(samples, gold), key=lambda sample: -sample.score)]
    if len(answers) < 2:
        return []
    return [
        {
            **_prompt(row),
            "completions": [[message("assistant", answer.text)] for answer in answers],
            "scores": [answer.score for answer in answers],
            "provenance": _provenance(row, samples, recipe, order=[_number(answer, gold) for answer in answers]),
        }
    ]


def best_of_n(row: SampledRow, samples: list[ScoredSample], gold: ScoredSample, recipe: FeedbackRecipe) -> Rows:
    """Return the row of IEInstruct with the best sample as its completion, if that is good."""
    best = max(samples, key=lambda sample: (sample.score, sample.well_formed))
    if not is_good(best, gold, recipe):
        return []
    answer = to_json(parse(best.text, row["task"], row["format"]).items)
    kept = {name: value for name, value in row.items() if name not in ("samples", "finish")}
    return [kept | {"completion": [message("assistant", best.text)], "answer": answer}]


SHAPES: dict[str, ShapeRows] = {
    "all_pairs": all_pairs,
    "unpaired": unpaired,
    "ranked": ranked,
    "best_of_n": best_of_n,
}
_NOTHING = {
    "all_pairs": "the samples are all as good as the gold answer",
    "unpaired": "the samples are all the gold answer, or neither good nor bad",
    "ranked": "the samples are all the gold answer",
    "best_of_n": "no sample is good",
}


def _different(samples: list[ScoredSample], *others: ScoredSample) -> list[ScoredSample]:
    """Return the first sample of each text, without those of other answers."""
    first: dict[str, ScoredSample] = {}
    for sample in samples:
        first.setdefault(sample.text, sample)
    for other in others:
        first.pop(other.text, None)
    return list(first.values())


def _prompt(row: SampledRow, name: str = "") -> dict[str, Any]:
    """Return the columns about the prompt; several rows of it have names."""
    row_id = f"{row['id']}/{name}" if name else row["id"]
    return {"id": row_id, "source": row["source"], "task": row["task"], "prompt": row["prompt"]}


def _provenance(
    row: SampledRow, samples: list[ScoredSample], recipe: FeedbackRecipe, **answers: object
) -> dict[str, Any]:
    """Return the scores of all samples, and by their numbers the answers that a row has."""
    return {
        "score": recipe.score,
        "f1": in_place({sample.number: sample.f1 for sample in samples}, row),
        "bleu": in_place({sample.number: sample.bleu for sample in samples}, row),
        "seed": recipe.seed,
        **answers,
    }


def _number(answer: ScoredSample, gold: ScoredSample) -> int | str:
    return "gold" if answer is gold else answer.number
