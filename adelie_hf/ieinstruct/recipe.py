"""The recipe of a build: a YAML file of the fields below, all of them optional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from adelie_hf.bundled import bundled
from adelie_hf.errors import InputError
from adelie_hf.settings import read_settings
from adelie_hf.sources import all_sources
from adelie_hf.tasks import TASKS


@dataclass(frozen=True, slots=True)
class Recipe:
    """How IEInstruct is built from records (paper, sections 3 and B.1). The defaults are the paper's values.

    Which queries become rows:
        seed: every choice is drawn from it.
        cap: at most this many training rows for each source and task (examples-proportional mixing).
        caps: other caps, for `source/task` or a whole source (Table 7); on-demand tables are `odie/odie`.
        held_out_cap: at most this many held-out rows for each source and task; none keeps all.
        held_out_caps: other such caps, as `caps` has them.
        no_answer: the share of the training queries without an answer that is kept (section 3.1 drops 80 %).
        no_answer_most: at most this share of a source's training rows has no answer, whatever `no_answer` keeps.
        own_split: the share of documents held out of a source that comes without a training split.

    How a training row is written. Each share is of rows; held-out rows are always plain.
        text: rows in the format of the paper's evaluation (Table 9); the others are in one of the further formats.
        json: those of the other rows that are in one of the JSON formats; what is left is shared evenly by the others.
        wordings: only the first so many task descriptions, held-out rows included: a very small model learns no more.
        descriptions: a YAML file of further task descriptions, such as `adelie-hf describe` writes.
        subset: rows that show a random part of the schema, one category to all of them.
        subset_keep: draws that part by keeping each category with this probability, not by drawing its size.
        guidelines: rows that define their categories, with `examples` mentions for each.
        symbols: rows with symbols in the place of category names, as far as definitions or demonstrations show
            what they stand for.
        shuffled: rows with their answer items in random order.
        demonstrations: rows with 1 to `most_demonstrations` solved queries before their own.
        one_prompt: the demonstrated rows that have them inside one prompt; the others have them as chat turns.
        explanations: a JSON-lines file of explanations by query id, such as `adelie-hf explain` writes.
        explained: of the rows that have an explanation, there or in their source, those that give it.

    What else goes in, and what is left out:
        tokenizer, max_tokens: rows of more tokens under this tokenizer (a name or folder) are dropped.
        general: chat data to mix in: a JSON-lines file of `messages`, or a data set's name.
        ie_share: where there is general data, the share of the mixture that is none (section 6.1: 20 %).

    IEPile's construction (its section 3) in the place of all that comes after the first group:
        iepile: whether to use it.
        batches: task -> categories in one prompt; `other` for the tasks that are not named.
        negatives: the share of absent categories that are asked for as well.
        hard_negatives: a YAML or JSON file, category -> categories that are easily taken for it; without one the
            labels' spelling decides.
    """

    seed: int = 42
    cap: int = 5000
    caps: Mapping[str, int] = field(default_factory=dict)
    held_out_cap: int | None = None
    held_out_caps: Mapping[str, int] = field(default_factory=dict)
    no_answer: float = 0.2
    no_answer_most: float = 0.2
    own_split: float = 0.2
    text: float = 0.34
    json: float = 0.5
    wordings: int | None = None
    descriptions: str | None = None
    subset: float = 1.0
    subset_keep: float | None = None
    guidelines: float = 0.2
    examples: int = 3
    symbols: float = 0.05
    shuffled: float = 1.0
    demonstrations: float = 0.5
    most_demonstrations: int = 8
    one_prompt: float = 0.5
    explanations: str | None = None
    explained: float = 1.0
    tokenizer: str | None = None
    max_tokens: int = 2048
    general: str | None = None
    ie_share: float = 0.2
    iepile: bool = False
    batches: Mapping[str, int] = field(default_factory=lambda: {"ner": 6, "other": 4})
    negatives: float = 1.0
    hard_negatives: str | None = None

    def cap_of(self, source: str, task: str, side: str) -> int | None:
        """The most rows of a source's task; none where a split is taken as published."""
        if side == "train":
            return _cap(self.caps, source, task, self.cap)
        return _cap(self.held_out_caps, source, task, self.held_out_cap) if side == "held-out" else None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it names: what they hold is part of the recipe."""
        named = (self.descriptions, self.explanations, self.general, self.hard_negatives, self.tokenizer)
        return tuple(file for name in named if name for file in local_files(name))


def _cap(caps: Mapping[str, int], source: str, task: str, otherwise: int | None) -> int | None:
    return caps.get(f"{source}/{task}", caps.get(source, otherwise))


def local_files(name: str) -> list[Path]:
    """The file of that name, or those of the folder; none where it is a name on the Hub."""
    place = Path(name)
    return [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())


def recipe_settings(recipe: Recipe) -> dict[str, Any]:
    """A recipe as a manifest shows it: files and folders by their names, since where they lie is nobody's business."""
    values = asdict(recipe)
    for name in ("descriptions", "explanations", "general", "hard_negatives", "tokenizer"):
        if values[name] and Path(values[name]).exists():
            values[name] = Path(values[name]).name
    return values


def load_recipe(path: str | Path | None = None, seed: int | None = None, **overrides: str | None) -> Recipe:
    """Reads a recipe: a file, one of ours by its name (`paper`, `reference_code`, `iepile`), or the default one.

    Args:
        seed, overrides: win over the recipe's own values where they are not None.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value out of range.
    """
    recipe = read_settings(Recipe, find_recipe_file(path), seed=seed, **overrides)
    if not 0 < recipe.ie_share <= 1:
        raise InputError(f"{path or 'recipe'}: ie_share is {recipe.ie_share} where a share above 0 is expected")
    for name in ("cap", "wordings", "most_demonstrations", "max_tokens"):
        if getattr(recipe, name) == 0:
            raise InputError(f"{path or 'recipe'}: {name} is 0 where a whole number from 1 is expected")
    if any(size < 1 for size in recipe.batches.values()) or "other" not in recipe.batches:
        raise InputError(f"{path or 'recipe'}: batches needs sizes from 1 and an entry for `other`")
    known = {name: each.tasks for name, each in all_sources().items()}
    of_caps = {*known, *(f"{name}/{task}" for name, tasks in known.items() for task in tasks)}
    for key, names in (("caps", of_caps), ("held_out_caps", of_caps), ("batches", {*TASKS, "other"})):
        for name in getattr(recipe, key):
            if name not in names:
                near = get_close_matches(name, sorted(names), 1)
                meant = f"; {near[0]!r} may be meant" if near else ""
                raise InputError(f"{path or 'recipe'}: {key} has {name!r}, which is none of its names{meant}")
    return recipe


def find_recipe_file(path: str | Path | None) -> Path | None:
    """The file of a recipe. Raises InputError for one that is not there."""
    if path is None or Path(path).is_file() or Path(path).suffix in (".yaml", ".yml"):
        return None if path is None else Path(path)
    ours = {file.stem: file for file in sorted(bundled("recipes", "ieinstruct").glob("*.yaml"))}
    if str(path) not in ours:
        raise InputError(f"no recipe {str(path)!r}; give a YAML file, or one of {', '.join(ours)}")
    return ours[str(path)]
