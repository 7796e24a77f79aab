"""One query as one chat row, plain or in one of the many ways of a recipe."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.ieinstruct.augment import Asked, augmented
from adelie_hf.ieinstruct.choosing import Pool
from adelie_hf.ieinstruct.lots import lot, pick
from adelie_hf.ieinstruct.parts import Part
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.prompts import check_descriptions, descriptions, family, formats, instruction, is_shared, question, write
from adelie_hf.prompts.iepile import iepile_answer, iepile_request
from adelie_hf.records import Query
from adelie_hf.settings import read_yaml

Turn = dict[str, str]


def plain_row(query: Query, part: Part) -> dict[str, Any]:
    """A held-out row: all categories, in the text format, as the paper's evaluation asks (appendix C.1)."""
    number, description = _description(query, part.recipe, shared=False)
    prompt = [_turn("user", instruction(query, description, "text") + question(query, description))]
    choices = {"description": number}
    return _row(Asked(query), part, prompt, write(query.answer, query.task, "text"), "text", choices)


def augmented_row(query: Query, part: Part, pool: Pool) -> dict[str, Any]:
    """A training row, written as the recipe and the query's lots say (sections 3.2 and 3.3)."""
    recipe, seed = part.recipe, part.recipe.seed
    explanation = _explanation(query, recipe)
    asked = augmented(query, recipe, pool, bool(explanation))
    query, shown = asked.query, asked.demonstrations
    format = _format(query, recipe)
    number, description = _description(query, recipe, shared=bool(shown))
    one_prompt = bool(shown) and lot(seed, query.id, "one prompt") < recipe.one_prompt
    asking = instruction(query, description, format, asked.guidelines, explain=bool(explanation))
    solved = [(question(each, description), write(each.answer, each.task, format)) for each in shown]
    own = question(query, description)
    if one_prompt:
        examples = "\n\n".join(f"{theirs}\n{answer}" for theirs, answer in solved)
        prompt = [_turn("user", f"{asking}{examples}\n\n{own}")]
    else:
        asked_before = [_turn("user", theirs) for theirs, _ in solved]
        answered = [_turn("assistant", answer) for _, answer in solved]
        prompt = [turn for pair in zip(asked_before, answered, strict=True) for turn in pair]
        prompt.append(_turn("user", own))
        prompt[0] = _turn("user", asking + prompt[0]["content"])
    choices = {
        "description": number,
        "subset": asked.subset,
        "guidelines": asked.guidelines is not None,
        "symbols": len(asked.symbols),
        "demonstrations": [each.id for each in shown],
        "one_prompt": one_prompt,
        "explained": bool(explanation),
    }
    return _row(asked, part, prompt, write(query.answer, query.task, format, explanation), format, choices)


def iepile_row(query: Query, part: Part) -> dict[str, Any]:
    """A row as IEPile has them."""
    prompt = [_turn("user", iepile_request(query, query.schema))]
    return _row(Asked(query), part, prompt, iepile_answer(query.answer, query.task, query.schema), "iepile", {})


def _row(
    asked: Asked, part: Part, prompt: list[Turn], answer: str, format: str, choices: dict[str, Any]
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
    if query.task == "odie" or lot(seed, identity, "text format") < recipe.text:
        return "text"  # a table is in Markdown (section 3.2)
    as_json = lot(seed, identity, "json format") < recipe.json
    others = [each for each in formats(query.task) if each != "text" and (family(each) == "json") == as_json]
    return pick(others, seed, identity, "format")


def _description(query: Query, recipe: Recipe, shared: bool) -> tuple[int | None, str]:
    """A task description and its number; one that holds nothing of the query itself where several queries share it."""
    wording = [*descriptions(query.task, query.schema), *_further(recipe.descriptions).get(query.task, ())]
    numbers = [number for number, each in enumerate(wording) if not shared or is_shared(each)]
    if not numbers:
        return None, ""
    number = pick(numbers, recipe.seed, query.id, "description")
    return number, wording[number]


@cache
def _further(file: str | None) -> dict[str, list[str]]:
    """The descriptions of a recipe's own file. Raises InputError for one that could not be filled in."""
    if file is None:
        return {}
    wording = read_yaml(file)
    try:
        check_descriptions(wording)
    except ValueError as error:
        raise InputError(f"{file}: {error}") from None
    return wording


def _explanation(query: Query, recipe: Recipe) -> str:
    found = _explanations(recipe.explanations).get(query.id) or query.explanation
    return found if found and lot(recipe.seed, query.id, "explained") < recipe.explained else ""


@cache
def _explanations(file: str | None) -> dict[str, str]:
    """Query id -> explanation. Raises InputError naming the line that is something else."""
    if file is None:
        return {}
    found = {}
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error}); check the path") from None
    for number, line in enumerate(lines, 1):
        try:
            value = json.loads(line)
            found[str(value["id"])] = str(value["explanation"]).strip()
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{file}:{number}: no JSON object with an id and an explanation; mend it") from None
    return found
