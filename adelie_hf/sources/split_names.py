"""The split that the name of a file or folder of a user's own data tells: one table, and functions of paths alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple

SPLIT_NAMES = {
    "train": ("train", "training", "trainset", "trn"),
    "validation": (
        "validation",
        "valid",
        "val",
        "dev",
        "devel",
        "development",
        "devset",
        "eval",
        "evaluation",
        "testa",
    ),
    "test": ("test", "testing", "testset", "tst", "testb"),
}
_SPLITS = {name: split for split, names in SPLIT_NAMES.items() for name in names}
_WHOLE_NAMES = _SPLITS | {"sample": "train"}  # IEPile distributes its format with a `sample.json`
_CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+|\d+")


class NameParts(NamedTuple):
    """What the name of a file or folder tells.

    Args:
        split: `train`, `validation` or `test`; empty if the name tells none, or more than one.
        word: the word that tells it, in lower case.
        rest: the other words, without the numbers of shards: equal for the files of one set.
    """

    split: str = ""
    word: str = ""
    rest: tuple[str, ...] = ()


class Place(NamedTuple):
    """What the path of a file tells.

    Args:
        split: the split; empty if nothing in the path tells one.
        folder: the folder of the set: the one that contains what tells the split.
        by_name: the name of the file alone tells the split.
    """

    split: str
    folder: PurePosixPath
    by_name: bool = False


def exact_split(name: str) -> str:
    """Return the split that has this name, such as `validation` for `dev`; an empty string for any other name."""
    return _WHOLE_NAMES.get(name.lower(), "")


def name_parts(name: str) -> NameParts:
    """Return the split that a name begins or ends with, or one of its parts between dots.

    Words end at anything but a letter, at digits, and where lower case changes to a capitalised word.

    >>> name_parts("wnut17train")
    NameParts(split='train', word='train', rest=('wnut', '17'))
    >>> name_parts("train-00000-of-00002") == name_parts("train")
    True
    >>> name_parts("contest").split, name_parts("train_dev").split
    ('', '')
    """
    if split := exact_split(name):
        return NameParts(split, name.lower())
    told: set[str] = set()
    rest: list[str] = []
    for piece in name.split("."):
        words = _WORD.findall(_CAMEL_CASE.sub("_", piece))
        numbers = [number for number, word in enumerate(words) if word.isalpha() and word not in ("of", "v")]
        ends = {words[numbers[0]].lower(), words[numbers[-1]].lower()} & _SPLITS.keys() if numbers else set()
        told |= ends
        rest += _without_shard(words, ends)
    if len({_SPLITS[word] for word in told}) != 1:
        return NameParts()
    return NameParts(_SPLITS[min(told)], min(told), tuple(rest))


def _without_shard(words: list[str], split_words: set[str]) -> list[str]:
    """Return words without those that tell a split and without the numbers of a shard, which follow them."""
    rest: list[str] = []
    in_shard = False
    for word in words:
        in_shard = word.lower() in split_words or (in_shard and (word.isdigit() or word == "of"))
        if not in_shard:
            rest.append(word)
    return rest


def place_of(path: PurePosixPath, name: str) -> Place:
    """Return what a path tells: of all its components that tell a split, the nearest to the file counts.

    Args:
        path: the path of a file, relative to the folder that is searched.
        name: the file's name as far as it may tell a split; empty where only folders do.

    >>> place_of(PurePosixPath("wnut/train_data/a.conll"), "a")
    Place(split='train', folder=PurePosixPath('wnut'), by_name=False)
    >>> place_of(PurePosixPath("wnut/train.conll"), "train")
    Place(split='train', folder=PurePosixPath('wnut'), by_name=True)
    """
    told = [name_parts(component).split for component in (*path.parts[:-1], name)]
    nearest = max((number for number, split in enumerate(told) if split), default=-1)
    if nearest < 0:
        return Place("", path.parent)
    return place_below(path, nearest, told[nearest])


def place_below(path: PurePosixPath, component: int, split: str) -> Place:
    """Return the place of a file whose split one component of its path tells.

    Folders above it that tell the same split are no part of the set's folder, as in `train/train.conll`.
    """
    first = component
    while first > 0 and name_parts(path.parts[first - 1]).split == split:
        first -= 1
    return Place(split, PurePosixPath(*path.parts[: max(first, 0)]), by_name=first == len(path.parts) - 1)
