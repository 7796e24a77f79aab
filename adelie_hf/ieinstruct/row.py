"""One query as one chat row, plain or in one of the many ways of a recipe."""

from __future__ import annotations

from functools import cache
from typing import Any

from adelie_hf.answers import item_counts
from adelie_hf.draws import draw, pick
from adelie_hf.ieinstruct.augment import Asked, augmented
from adelie_hf.ieinstruct.choose import Pool
from adelie_hf.ieinstruct.extras import Extras
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.ieinstruct.units import BuildUnit
from adelie_hf.prompts import MARKER, descriptions, family, formats, kind_of, question, request, slots, write
from adelie_hf.prompts.iepile import iepile_answer, iepile_request
from adelie_hf.queries import Query

Turn = dict[str, str]


def plain_row(query: Query, part: BuildUnit) -> dict[str, Any]:
    """A held-out row: all categories, in the text format, as the paper's evaluation asks (appendix C.1)."""
    wording = descriptions(query.task, query.schema)[: part.recipe.wordings]
    number, description = _description(query, wording, part.recipe)
    prompt = [_turn("user", request(query, description, "text", query.schema))]
    choices = {"description": number}
    return _row(Asked(query), part, prompt, write(query.answer, query.task, "text"), "text", choices)


def augmented_row(query: Query, part: BuildUnit, pool: Pool, extras: Extras) -> dict[str, Any]:
    """A training row, written as the recipe and the query's lots say (sections 3.2 and 3.3)."""
    recipe, seed = part.recipe, part.recipe.seed
    explanation, asked = _explained(query, part, pool, extras)
    query, shown = asked.query, asked.demonstrations
    format = _format(query, recipe)
    ours = descriptions(query.task, query.schema)[: recipe.wordings]
    wording = [*ours, *extras.descriptions.get(kind_of(query.task, query.schema), ())]
    number, description = _description(query, wording, recipe, shared=bool(shown))
    one_prompt = bool(shown) and draw(seed, query.id, "one prompt") < recipe.one_prompt
    solved = [(each, write(each.answer, each.task, format)) for each in shown]
    first = query if one_prompt or not solved else solved[0][0]
    asking = request(
        first,
        description,
        format,
        query.schema,
        guidelines=asked.guidelines,
        explain=bool(explanation),
        demonstrations=solved if one_prompt else (),
    )
    prompt = [_turn("user", asking)]
    if solved and not one_prompt:
        for (_, answer), then in zip(solved, [*shown[1:], query], strict=True):
            prompt += [_turn("assistant", answer), _turn("user", question(then))]
    choices = {
        "description": number,
        "subset": asked.subset,
        "guidelines": asked.guidelines is not None,
        "symbols": len(asked.symbols),
        "demonstrations": [each.id for each in shown],
        "demonstrations_drawn": asked.drawn,
        "one_prompt": one_prompt,
        "explained": bool(explanation),
    }
    return _row(asked, part, prompt, write(query.answer, query.task, format, explanation=explanation), format, choices)


def iepile_row(query: Query, part: BuildUnit) -> dict[str, Any]:
    """A row as IEPile has them."""
    prompt = [_turn("user", iepile_request(query, query.schema))]
    return _row(Asked(query), part, prompt, iepile_answer(query.answer, query.task, query.schema), "iepile", {})


def _row(
    asked: Asked, part: BuildUnit, prompt: list[Turn], answer: str, format: str, choices: dict[str, Any]
) -> dict[str, Any]:
    query = asked.query
    return {
        "id": f"{part.prefix}{query.id}",
        "source": f"{part.prefix}{query.source}",
        "task": query.task,
        "prompt": prompt,
        "completion": [_turn("assistant", answer)],
        "format": format,
        "schema": [{"name": label.name, "roles": list(label.roles)} for label in query.schema],
        "text": query.text,
        "label_map": {label.name: label.raw or label.name for label in query.schema},
        "answer": [list(item) for item in query.answer],
        "choices": {"seed": part.recipe.seed, "format": format, "own_split": part.own_split} | choices,
    }


def _turn(role: str, content: str) -> Turn:
    return {"role": role, "content": content}


def _format(query: Query, recipe: Recipe) -> str:
    """The evaluation's text format, one of the JSON formats, or one of all others, by the recipe's shares."""
    seed, identity = recipe.seed, query.id
    if query.task == "odie" or draw(seed, identity, "text format") < recipe.text:
        return "text"  # a table is in Markdown (section 3.2)
    as_json = draw(seed, identity, "json format") < recipe.json
    return pick(_further_formats(query.task, as_json), seed, identity, "format")


@cache
def _further_formats(task: str, as_json: bool) -> list[str]:
    return [each for each in formats(task) if each != "text" and (family(each) == "json") == as_json]


def _description(query: Query, wording: list[str], recipe: Recipe, shared: bool = False) -> tuple[int | None, str]:
    """A task description and its number; one that holds nothing of the query itself where several queries share it."""
    numbers = [number for number, each in enumerate(wording) if not shared or _is_shared(each)]
    if not numbers:
        return None, ""
    number = pick(numbers, recipe.seed, query.id, "description")
    return number, wording[number]


@cache
def _is_shared(description: str) -> bool:
    return {*slots(description)} <= {"schema"}


def _explained(query: Query, part: BuildUnit, pool: Pool, extras: Extras) -> tuple[str, Asked]:
    """A query as it is asked, with its explanation where there is one and the recipe gives it.

    An explanation was written for the row of an earlier build: where that asked for another answer, it has none.
    """
    recipe = part.recipe
    known = extras.explanations.get(f"{part.prefix}{query.id}")
    # A reader would take the first marker for the answer's.
    of_source = "" if MARKER in query.explanation else query.explanation
    if (known or of_source) and draw(recipe.seed, query.id, "explained") < recipe.explained:
        asked = augmented(query, recipe, pool, explained=True)
        if known and item_counts(known.answer, query.task) == item_counts(asked.query.answer, query.task):
            return known.text, asked
        if of_source:
            return of_source, asked
    return "", augmented(query, recipe, pool, explained=False)
