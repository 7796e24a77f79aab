"""One query as one row: a training row as section 3 of the paper builds it, a plain held-out row, or IEPile's row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from adelie_hf.answers import Answer, item_counts, to_json
from adelie_hf.draws import draw, pick, shuffled
from adelie_hf.ieinstruct.augment import (
    ALL_FIT,
    AugmentedQuery,
    Room,
    can_be_demonstrated,
    draw_demonstrations,
    draw_guidelines,
    number_of_demonstrations,
    restrict_schema,
    use_symbols,
)
from adelie_hf.ieinstruct.choose import Pool
from adelie_hf.ieinstruct.extras import Extras
from adelie_hf.ieinstruct.recipe import Recipe
from adelie_hf.ieinstruct.units import BuildUnit
from adelie_hf.prompts import MARKER, descriptions, family, formats, kind_of, question, request, slots, write
from adelie_hf.prompts.iepile_prompt import iepile_answer, iepile_request
from adelie_hf.queries import Query
from adelie_hf.rows import Choices, InstructRow, Message, message


def training_row(query: Query, unit: BuildUnit, pool: Pool, extras: Extras, room: Room = ALL_FIT) -> InstructRow:
    """Make the training row of a query, as the recipe and the query's own draws say (paper, section 3).

    Example: a NER query with the answer `((Entity("Acme", "organization"),))` gives a row with a prompt such as
    "Find the named entities. ... Entity types: person, organization. ... Text: Acme opened." and the completion
    "[Answer]: Acme: organization;".
    """
    recipe = unit.recipe
    restricted = restrict_schema(query, recipe)  # section 3.2: shuffled categories, and a part of them
    guidelines = draw_guidelines(restricted, recipe, pool)  # 3.2: definitions and examples
    explanation = ""
    for text, expected in _explanations(query, unit, extras):  # 3.2: chain of thought
        # Demonstrations would have to be explained as well, so an explained row has none.
        augmented = use_symbols(AugmentedQuery(restricted, guidelines), recipe)
        if expected is None or item_counts(expected, query.task) == item_counts(augmented.query.answer, query.task):
            explanation = text
            break
    else:
        shots = number_of_demonstrations(restricted, recipe)
        demonstrations = draw_demonstrations(restricted, query.schema, shots, recipe, pool, room)  # 3.2: few-shot
        augmented = use_symbols(AugmentedQuery(restricted, guidelines, demonstrations), recipe)  # 3.2: symbols
    answer_format = _draw_format(augmented.query, recipe)  # 3.2: fifteen formats in three families
    wordings = [
        *descriptions(query.task, augmented.query.schema)[: recipe.wordings],
        *extras.descriptions.get(kind_of(query.task, augmented.query.schema), ()),
    ]
    number, description = _draw_description(query, wordings, recipe.seed, shared=bool(augmented.demonstrations))
    one_prompt = _has_one_prompt(augmented, recipe)
    prompt = _prompt(augmented, description, answer_format, one_prompt, explain=bool(explanation))
    completion = write(augmented.query.answer, query.task, answer_format, explanation=explanation)
    choices: Choices = {
        **_choices(unit, answer_format),
        "description": number,
        "subset": len(restricted.schema) < len(query.schema),
        "guidelines": guidelines is not None,
        "symbols": len(augmented.symbols),
        "demonstrations": [demonstration.id for demonstration in augmented.demonstrations],
        "demonstrations_drawn": 0 if explanation else number_of_demonstrations(restricted, recipe),
        "one_prompt": one_prompt,
        "explained": bool(explanation),
    }
    return _row(augmented.query, unit, prompt, completion, choices)


def held_out_row(query: Query, unit: BuildUnit, pool: Pool, room: Room = ALL_FIT) -> InstructRow:
    """Make a plain row: all categories, in the text format, as the paper's evaluation asks (appendix C.1).

    Its demonstrations are as many as the recipe says, from a pool of training queries.
    """
    recipe = unit.recipe
    if recipe.held_out_variant:
        recipe = _varied(recipe)
        query = query.narrowed(tuple(shuffled(query.schema, recipe.seed, query.id, "schema")), query.answer)
    shots = recipe.held_out_demonstrations if can_be_demonstrated(query) else 0
    demonstrations = draw_demonstrations(query, query.schema, shots, recipe, pool, room)
    augmented = AugmentedQuery(query, demonstrations=demonstrations)
    wordings = descriptions(query.task, query.schema)[: recipe.wordings]
    shared = bool(augmented.demonstrations)
    seed, variant = unit.recipe.seed, recipe.held_out_variant
    number, description = _draw_description(query, wordings, seed, shared=shared, variant=variant)
    one_prompt = _has_one_prompt(augmented, recipe)
    prompt = _prompt(augmented, description, "text", one_prompt, explain=False)
    choices: Choices = {**_choices(unit, "text"), "description": number}
    if shots:
        choices |= {
            "demonstrations": [demonstration.id for demonstration in augmented.demonstrations],
            "demonstrations_drawn": shots,
            "one_prompt": one_prompt,
        }
    return _row(query, unit, prompt, write(query.answer, query.task, "text"), choices)


def _varied(recipe: Recipe) -> Recipe:
    """Return a recipe with the seed of its variant: all choices of a row are drawn from it, but not which rows."""
    seed = int(draw(recipe.seed, str(recipe.held_out_variant), "held-out variant") * 2**31)
    return recipe.model_copy(update={"seed": seed})


def iepile_row(query: Query, unit: BuildUnit) -> InstructRow:
    """Make a row in the form of IEPile (Gui et al., 2024)."""
    prompt = [message("user", iepile_request(query, query.schema))]
    completion = iepile_answer(query.answer, query.schema)
    return _row(query, unit, prompt, completion, _choices(unit, "iepile"))


def _explanations(query: Query, unit: BuildUnit, extras: Extras) -> Iterator[tuple[str, Answer | None]]:
    """Yield the explanations that the row may give, each with the answer that it leads to (None: the query's own).

    An explanation from a file was written for the row of an earlier build, which may have asked for another answer.
    """
    written = extras.explanations.get(f"{unit.prefix}{query.id}")
    # A parser would take the first marker for the answer's.
    own = "" if MARKER in query.explanation else query.explanation
    if (written or own) and draw(unit.recipe.seed, query.id, "explained") < unit.recipe.explained:
        if written:
            yield written.text, written.answer
        if own:
            yield own, None


def _has_one_prompt(augmented: AugmentedQuery, recipe: Recipe) -> bool:
    return bool(augmented.demonstrations) and draw(recipe.seed, augmented.query.id, "one prompt") < recipe.one_prompt


def _prompt(
    augmented: AugmentedQuery, description: str, answer_format: str, one_prompt: bool, *, explain: bool
) -> list[Message]:
    """Return the turns before the answer; demonstrations are turns of their own, or inside one prompt."""
    query = augmented.query
    solved = [
        (demonstration, write(demonstration.answer, demonstration.task, answer_format))
        for demonstration in augmented.demonstrations
    ]
    as_turns = solved and not one_prompt
    first = request(
        solved[0][0] if as_turns else query,
        description,
        answer_format,
        query.schema,
        guidelines=augmented.guidelines,
        explain=explain,
        demonstrations=solved if one_prompt else (),
    )
    prompt = [message("user", first)]
    if as_turns:
        following = [*augmented.demonstrations[1:], query]
        for (_, answer), asked_next in zip(solved, following, strict=True):
            prompt += [message("assistant", answer), message("user", question(asked_next))]
    return prompt


def _row(query: Query, unit: BuildUnit, prompt: list[Message], completion: str, choices: Choices) -> InstructRow:
    return {
        "id": f"{unit.prefix}{query.id}",
        "source": f"{unit.prefix}{query.source}",
        "task": query.task,
        "prompt": prompt,
        "completion": [message("assistant", completion)],
        "format": choices["format"],
        "schema": [{"name": label.name, "roles": list(label.roles)} for label in query.schema],
        "text": query.text,
        "label_map": {label.name: label.raw or label.name for label in query.schema},
        "answer": to_json(query.answer),
        "choices": choices,
    }


def _choices(unit: BuildUnit, answer_format: str) -> Choices:
    return {"seed": unit.recipe.seed, "format": answer_format, "own_split": unit.own_split}


def _draw_format(query: Query, recipe: Recipe) -> str:
    """Draw the evaluation's text format, one of the JSON formats, or one of the others, by the recipe's shares."""
    if query.task == "odie" or draw(recipe.seed, query.id, "text format") < recipe.text:
        return "text"  # a table is in Markdown (section 3.2)
    as_json = draw(recipe.seed, query.id, "json format") < recipe.json_share
    return pick(_further_formats(query.task, as_json), recipe.seed, query.id, "format")


@cache
def _further_formats(task: str, as_json: bool) -> list[str]:
    return [name for name in formats(task) if name != "text" and (family(name) == "json") == as_json]


def _draw_description(
    query: Query, wordings: Sequence[str], seed: int, *, shared: bool, variant: int = 0
) -> tuple[int | None, str]:
    """Draw a task description and its number; one that names nothing of the query where several queries share it.

    All rows of a held-out variant have the same one, and the next variant has another: scores then differ as much as
    wordings do. A query with an instruction has none: that of a user's own set, or that of a table.
    """
    if query.instruction:
        return None, ""
    numbers = [number for number, wording in enumerate(wordings) if not shared or _can_be_shared(wording)]
    if not numbers:
        return None, ""
    if variant:
        number = shuffled(numbers, seed, "held-out variants", "description")[(variant - 1) % len(numbers)]
    else:
        number = pick(numbers, seed, query.id, "description")
    return number, wordings[number]


@cache
def _can_be_shared(description: str) -> bool:
    return {*slots(description)} <= {"schema"}
