"""The rows of other shapes than one pair a prompt: what TRL's other trainers, and SFT again, are fed with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from adelie_hf.answers import to_json
from adelie_hf.draws import SmallestK, draw, shuffled
from adelie_hf.iefeedback.prompts import sampled_prompts
from adelie_hf.iefeedback.recipe import FeedbackRecipe
from adelie_hf.iefeedback.scored_samples import ScoredSample, score_answers
from adelie_hf.iefeedback.unit import FeedbackUnit
from adelie_hf.manifest import Counts
from adelie_hf.prompts import parse
from adelie_hf.rows import SampledRow, message
from adelie_hf.sampling import samples_at

Rows = list[dict[str, Any]]


def shaped_rows(unit: FeedbackUnit, counts: Counts) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of the recipe's shape, prompt by prompt in the order of the lines, for the smallest draws.

    Args:
        counts: counts prompts as read and dropped, and rows as kept.

    Raises:
        InputError: for a file that is not a samples file, and for a prompt that occurs twice.
    """
    recipe = unit.recipe
    rows_of = SHAPES[recipe.shape]
    drawn: SmallestK[tuple[int, int]] = SmallestK(recipe.cap)
    usable = 0
    for file, offset, row in sampled_prompts(unit, counts):
        if rows_of(row, recipe):
            usable += 1
            drawn.add(draw(recipe.seed, row["id"], "pair"), row["id"], (file, offset))
        else:
            counts.dropped[_NOTHING[recipe.shape]] += 1
    places = sorted(place for *_, place in drawn.entries())
    if usable > len(places):
        counts.dropped["over the cap"] += usable - len(places)
    for file, group in groupby(places, key=lambda place: place[0]):
        for row in samples_at(unit.files[file], [offset for _, offset in group]):
            for made in rows_of(row, recipe):
                counts.kept["rows"] += 1
                yield made


def all_pairs(row: SampledRow, recipe: FeedbackRecipe) -> Rows:
    """Return every pair of answers, gold included, of other meanings and with scores further apart than the gap."""
    samples, gold = score_answers(row, recipe)
    different = _different(samples)
    rows = []
    for chosen in [gold, *different]:
        for rejected in different:
            near = chosen.score - rejected.score <= recipe.gap or chosen.score < recipe.floor
            if near or not chosen.well_formed or chosen.meaning == rejected.meaning:
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
                    "provenance": _provenance(samples, recipe, chosen=number, rejected=rejected.number),
                }
            )
    return rows


def unpaired(row: SampledRow, recipe: FeedbackRecipe) -> Rows:
    """Return the answers of a prompt, gold included, each with a label: whether it is good, in random order.

    A well-formed answer that reaches the floor is good. One below the floor is bad if it is further from 1 than the
    gap. Others are left out.
    """
    samples, gold = score_answers(row, recipe)
    rows = []
    for answer in [gold, *_different(samples, gold)]:
        good = answer is gold or (answer.score >= recipe.floor and answer.well_formed)
        if not good and (answer.score >= recipe.floor or 1 - answer.score <= recipe.gap):
            continue
        number = _number(answer, gold)
        rows.append(
            {
                **_prompt(row, f"{number}"),
                "completion": [message("assistant", answer.text)],
                "label": good,
                "score": answer.score,
                "provenance": _provenance(samples, recipe, sample=number),
            }
        )
    # TRL reads rows in their order: good and bad ones are mixed.
    return shuffled(rows, recipe.seed, row["id"], "unpaired") if len(rows) > 1 else []


def ranked(row: SampledRow, recipe: FeedbackRecipe) -> Rows:
    """Return one row with the different answers of a prompt, gold included, the best first."""
    samples, gold = score_answers(row, recipe)
    answers = [gold, *sorted(_different(samples, gold), key=lambda sample: -sample.score)]
    if len(answers) < 2:
        return []
    return [
        {
            **_prompt(row),
            "completions": [[message("assistant", answer.text)] for answer in answers],
            "scores": [answer.score for answer in answers],
            "provenance": _provenance(samples, recipe, order=[_number(answer, gold) for answer in answers]),
        }
    ]


def best_of_n(row: SampledRow, recipe: FeedbackRecipe) -> Rows:
    """Return the row of IEInstruct with the best sample as its completion, if that is good."""
    best = max(score_answers(row, recipe)[0], key=lambda sample: (sample.score, sample.well_formed))
    if best.score < recipe.floor or not best.well_formed:
        return []
    answer = to_json(parse(best.text, row["task"], row["format"]).items)
    kept = {name: value for name, value in row.items() if name not in ("samples", "finish")}
    return [kept | {"completion": [message("assistant", best.text)], "answer": answer}]


SHAPES: dict[str, Callable[[SampledRow, FeedbackRecipe], Rows]] = {
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


def _provenance(samples: list[ScoredSample], recipe: FeedbackRecipe, **answers: object) -> dict[str, Any]:
    """Return the scores of all samples, and by their numbers the answers that a row has."""
    return {
        "score": recipe.score,
        "f1": [sample.f1 for sample in samples],
        "bleu": [sample.bleu for sample in samples],
        "seed": recipe.seed,
        **answers,
    }


def _number(answer: ScoredSample, gold: ScoredSample) -> int | str:
    return "gold" if answer is gold else answer.number
