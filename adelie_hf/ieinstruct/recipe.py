"""The recipe of a build of IEInstruct: a YAML file of the fields below, all of them optional."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from adelie_hf.settings import Count, PositiveCount, Settings, Share, find_recipe_file, nearest, read_settings
from adelie_hf.sources import all_sources
from adelie_hf.tasks import TASKS

# `train`, `feedback` and `held_out` are subject to the recipe's filters, `as_published` is a split as it is.
Partition = Literal["train", "feedback", "held_out", "as_published"]

# The keys that may name a file or a folder.
_FILE_KEYS = ("descriptions", "explanations", "general", "hard_negatives", "tokenizer")


class Recipe(Settings):
    """The settings of a build of IEInstruct (paper, sections 3 and B.1). The defaults are the paper's values.

    A share is between 0 and 1. Held-out rows are always plain: their queries get all categories, in the text format,
    and demonstrations only by `held_out_demonstrations`.

    Raises:
        InputError: for an unknown key, a value out of range, and a name in `batches` that is unknown. A name in `caps`
            that is unknown is found when a build is planned: it may be that of a set of own data.

    >>> Recipe(cap=100).cap
    100
    """

    seed: Count = 42
    """Every choice is drawn from it."""

    cap: PositiveCount = 5000
    """At most this many training rows per source and task (examples-proportional mixing)."""
    caps: Mapping[str, Count] = {}
    """Other caps, for `source/task` or a whole source (Table 7), which may be a set of your own data, by its folder;
    on-demand tables are `odie/odie`."""
    held_out_cap: Count | None = None
    """At most this many held-out rows per source and task; without it all are kept."""
    held_out_caps: Mapping[str, Count] = {}
    """Other held-out caps, with the keys of `caps`."""
    held_out_no_answer: Share | None = None
    """Where held-out rows have a cap, at most this share of them has no answer; without it as many as are drawn."""
    held_out_variant: Count = 0
    """The same held-out queries asked in another way, one for each number from 1: with other task descriptions, other
    demonstrations, and their categories in random order."""
    no_answer: Share = 0.2
    """The share of training queries without an answer that is kept (section 3.1 drops 80 %)."""
    no_answer_most: Share = 0.2
    """At most this share of a source's training rows has no answer, whatever `no_answer` keeps."""
    own_split: Share = 0.2
    """The share of documents held out of a source that is published without a training split."""
    feedback_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """The share of training texts that is kept for preference samples, as a split `feedback`: SFT never sees them."""
    strict: bool = False
    """The first record of own data that cannot be read is an error; otherwise it is dropped and counted."""
    cut: Literal["sentences"] | PositiveCount | None = None
    """Cut the documents of own data: at every `sentences` end, or into pieces of whole sentences of so many
    characters. Relations and arguments across a border are dropped and counted."""

    text: Share = 0.34
    """Training rows in the format of the paper's evaluation (Table 9); the others use the further formats."""
    json_share: Share = Field(default=0.5, alias="json")
    """Of the other rows, those in a JSON format; the rest is shared evenly by the remaining formats."""
    wordings: PositiveCount | None = None
    """Only the first so many task descriptions, held-out rows included: a very small model learns no more."""
    descriptions: str | None = None
    """A YAML file of further task descriptions, such as `adelie-hf describe` writes."""
    subset: Share = 1.0
    """Training rows that show a random part of the schema, one category to all of them."""
    subset_keep: Share | None = None
    """Draw that part by keeping each category with this probability, not by drawing its size."""
    guidelines: Share = 0.2
    """Training rows that define their categories, with `examples` mentions each."""
    examples: Count = 3
    """Example mentions per category in guidelines."""
    symbols: Share = 0.05
    """Training rows with symbols in place of category names, where definitions or demonstrations explain them."""
    shuffled: Share = 1.0
    """Training rows with their answer items in random order."""
    demonstrations: Share = 0.5
    """Training rows with 1 to `most_demonstrations` solved queries before their own."""
    most_demonstrations: PositiveCount = 8
    """The largest number of demonstrations."""
    held_out_demonstrations: Count = 0
    """This many solved queries of training texts before each held-out query (4-shot evaluation: 4)."""
    one_prompt: Share = 0.5
    """Of the rows with demonstrations, those that have them inside one prompt; the others have chat turns."""
    explanations: str | None = None
    """A JSON-lines file of explanations by query id, such as `adelie-hf explain` writes."""
    explained: Share = 1.0
    """Of the rows that have an explanation, in that file or in their source, those that give it."""

    tokenizer: str | None = None
    """Rows of more than `max_tokens` tokens under this tokenizer (a name or folder) get fewer demonstrations, then one
    that is shorter; those that are still too long are dropped."""
    max_tokens: PositiveCount = 2048
    """The length limit; it applies where `tokenizer` is given."""
    general: str | None = None
    """General chat data to mix in: a JSON-lines file of `messages`, or a data set's name."""
    ie_share: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Where there is general data, the share of IE rows in the mixture (section 6.1: 20 %)."""

    iepile: bool = False
    """Use IEPile's construction (its section 3) in place of every key from `text` to `explained`."""
    batches: Mapping[str, PositiveCount] = {"ner": 6, "other": 4}
    """IEPile: task -> categories in one prompt; `other` for the tasks that are not named."""
    negatives: Share = 1.0
    """IEPile: the share of absent categories that are asked for as well."""
    hard_negatives: str | None = None
    """IEPile: a YAML or JSON file, category -> similar categories; without it the spelling decides."""

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if "other" not in self.batches:
            raise ValueError("batches has no entry for `other`, the size for all other tasks")
        _check_keys("batches", self.batches, (*TASKS, "other"))
        return self

    def check_caps(self, own: Mapping[str, Iterable[str]]) -> None:
        """Raise ValueError for a name in the caps that is none of a source; `own` are the tasks of own sets by name.

        This is not part of the validation, since the names of own sets are those of the folders in which they lie.
        """
        for key, caps in (("caps", self.caps), ("held_out_caps", self.held_out_caps)):
            if caps:
                tasks = {**{name: source.tasks for name, source in all_sources().items()}, **own}
                _check_keys(key, caps, (*tasks, *(f"{name}/{task}" for name in tasks for task in tasks[name])))

    def cap_of(self, source: str, task: str, partition: Partition, own_format: str = "") -> int | None:
        """Return the largest number of rows of a source's task; None where a split is taken as published.

        The caps of the format apply to all sets of own data in it that have no cap of their own.
        """
        names = (source, own_format)
        match partition:
            case "train":
                return _cap(self.caps, names, task, self.cap)
            case "feedback":
                cap = _cap(self.caps, names, task, self.cap) or 0
                return min(cap, max(1, round(cap * self.feedback_share)))
            case "held_out":
                return _cap(self.held_out_caps, names, task, self.held_out_cap)
            case "as_published":
                return None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that the recipe names: their content is part of it."""
        names = [getattr(self, key) for key in _FILE_KEYS]
        return tuple(file for name in names if name for file in local_files(name))


def _check_keys(key: str, mapping: Mapping[str, int], names: Iterable[str]) -> None:
    known = set(names)
    for name in mapping:
        if name not in known:
            raise ValueError(f"{key} has {name!r}, which is not one of its names{nearest(name, known)}")


def _cap(caps: Mapping[str, int], names: Iterable[str], task: str, default: int | None) -> int | None:
    keys = (key for name in names for key in (f"{name}/{task}", name))
    return next((caps[key] for key in keys if key in caps), default)


def local_files(name: str) -> list[Path]:
    """Return the file of that name, or the files of that folder; none for a name on the Hub."""
    path = Path(name)
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def recipe_settings(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe for a manifest, with bare names of local files and folders: their place is private."""
    settings = recipe.model_dump(by_alias=True)
    for key in _FILE_KEYS:
        if settings[key] and Path(settings[key]).exists():
            settings[key] = Path(settings[key]).name
    return settings


def load_recipe(path: str | Path | None = None, seed: int | None = None, **overrides: object) -> Recipe:
    """Read a recipe: a file, one of the library's by its name (`paper`, `reference_code`, `iepile`), or the default.

    Args:
        seed, overrides: win over the recipe's own values where they are not None.

    Raises:
        InputError: for a file that cannot be read, an unknown key, or a value out of range.
    """
    return read_settings(Recipe, find_recipe_file(path, "ieinstruct"), seed=seed, **overrides)
