"""Splits as people name them: a function of names and paths alone."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.sources.split_names import SPLIT_NAMES, exact_split, name_parts, place_of

OTHER_WORDS = st.text("bcfghjkmpqwxz", min_size=2, max_size=6)  # no name of a split has only such letters
WORDS = st.sampled_from([(split, word) for split, words in SPLIT_NAMES.items() for word in words])
SEPARATORS = st.sampled_from(["_", "-", ".", " ", "__"])


@given(WORDS, OTHER_WORDS, SEPARATORS, st.sampled_from([str, str.upper, str.capitalize]))
def test_a_name_tells_a_split_at_its_begin_or_end(
    told: tuple[str, str], other: str, separator: str, case: type
) -> None:
    split, word = told
    written = case(word)
    assert exact_split(written) == split
    parts = [name_parts(name) for name in (f"{other}{separator}{written}", f"{written}{separator}{other}")]
    assert parts == [(split, word, (other,))] * 2
    assert name_parts(f"{other}17{word}").split == name_parts(f"{word}17").split == split


@given(WORDS, OTHER_WORDS)
def test_a_name_inside_of_a_word_tells_nothing(told: tuple[str, str], other: str) -> None:
    for name in (other + told[1], told[1] + other, f"{other}_{told[1]}_{other}", other):
        assert name_parts(name).split == exact_split(name) == ""


@given(WORDS, WORDS, SEPARATORS)
def test_two_splits_in_a_name_tell_nothing(first: tuple[str, str], second: tuple[str, str], separator: str) -> None:
    expected = first[0] if first[0] == second[0] else ""
    assert name_parts(f"{first[1]}{separator}{second[1]}").split == expected


@given(st.text(max_size=40))
def test_any_name_may_be_asked_about(name: str) -> None:
    assert name_parts(name).split in ("", *SPLIT_NAMES)
    assert place_of(PurePosixPath("a") / "b", name).split == name_parts(name).split


@pytest.mark.parametrize(
    "name, split",
    [
        ("train-00000-of-00002", "train"),
        ("train_2", "train"),
        ("trainData", "train"),
        ("en_ewt-ud-dev", "validation"),
        ("data.test", "test"),
        ("emerging.test.annotated", "test"),
        ("esp.testa", "validation"),
        ("conll03_testB", "test"),
        ("ner_train_v2", "train"),
        ("contest", ""),
        ("latest", ""),
        ("devices", ""),
        ("interval", ""),
        ("train_dev", ""),
        ("00001", ""),
        ("", ""),
    ],
)
def test_names_that_were_seen(name: str, split: str) -> None:
    assert name_parts(name).split == split


def test_shards_have_equal_words_and_sets_do_not() -> None:
    assert len({name_parts(f"train-{number:05}-of-00002") for number in range(2)}) == 1
    assert len({name_parts(f"{name}_train") for name in ("conll02", "conll03", "train")}) == 3
    assert name_parts("dev") != name_parts("eval")


@pytest.mark.parametrize(
    "path, split, folder",
    [
        ("train/train.conll", "train", "."),
        ("a/train.conll", "train", "a"),
        ("a/train_data/x.conll", "train", "a"),
        ("a/train/en/x.conll", "train", "a"),
        ("dev/train.conll", "train", "dev"),  # the nearest counts
        ("a/x.conll", "", "a"),
    ],
)
def test_places(path: str, split: str, folder: str) -> None:
    place = place_of(PurePosixPath(path), PurePosixPath(path).stem)
    assert (place.split, str(place.folder)) == (split, folder)
