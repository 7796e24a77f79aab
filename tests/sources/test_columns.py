"""The columns of tokens and tags of a user's file are understood, or the file is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.sources.readers.columns import SCHEMES, column_form


def sentences(text):
    """Sentences separated by `//`, rows by `/`, columns by spaces."""
    return [[row.split() for row in sentence.split("/")] for sentence in text.split("//")]


@pytest.mark.parametrize(
    ("text", "tokens", "layers"),
    [
        pytest.param("Ada B-PER/ran O", "Ada ran", ["B-PER O"], id="IOB2"),
        pytest.param("1 Ada B-PER/2 ran O", "Ada ran", ["B-PER O"], id="a column that counts from 1"),
        pytest.param("0 Ada B-PER/1 ran O", "Ada ran", ["B-PER O"], id="a column that counts from 0"),
        pytest.param("1 B-N/2 B-N/1 O", "1 2 1", ["B-N B-N O"], id="tokens that are numbers"),
        pytest.param("1 B-N//1 O", "1", ["B-N"], id="sentences of one number"),
        pytest.param("1 Ada B-PER O/2 ran O O", "Ada ran", ["B-PER O"], id="an empty inner layer"),
        pytest.param(
            "1 Ada B-PER O/2 Rome I-PER B-LOC//1 Rome B-LOC O", "Ada Rome", ["B-PER I-PER", "O B-LOC"], id="two layers"
        ),
        pytest.param("Ada NNP B-NP B-PER/ran VB B-VP O", "Ada ran", ["B-PER O"], id="chunks are no mentions"),
        pytest.param("1 Ada B-PER -/2 ran O -", "Ada ran", ["B-PER O"], id="a last column without tags"),
        pytest.param("1-2 al _/1 a O/2 l B-X", "a l", ["O B-X"], id="a row of CoNLL-U for two tokens"),
        pytest.param("Ada B_PER/X I_PER/ran O", "Ada X ran", ["B-PER I-PER O"], id="underscores"),
        pytest.param("Ada PER-B/X PER-I/ran O", "Ada X ran", ["B-PER I-PER O"], id="the position last"),
        pytest.param("Cystic B/fibrosis I/is O", "Cystic fibrosis is", ["B-entity I-entity O"], id="without types"),
        pytest.param("Ada PER/ran O", "Ada ran", ["PER O"], id="types alone"),
        pytest.param("Ada per-son/ran O", "Ada ran", ["per-son O"], id="types with hyphens"),
        pytest.param("en:Ada B-PER/en:: O", "Ada :", ["B-PER O"], id="a language before each token"),
        pytest.param("en:Ada B-PER/fr:x O", "en:Ada fr:x", ["B-PER O"], id="not one language"),
    ],
)
def test_what_a_file_says(text, tokens, layers):
    form = column_form(sentences(text))
    first = form.read(sentences(text)[0])
    assert first.tokens == tokens.split()
    assert first.layers == [layer.split() for layer in layers]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Ada x/ran y", id="no O"),
        pytest.param("Ada B-PER/Rome LOC/ran O", id="some tags have a position"),
        pytest.param("Ada B_PER/Rome LOC/ran O", id="some tags have a position, with an underscore"),
        pytest.param("Ada PER-B/Rome LOC/ran O", id="some tags have a position, at the end"),
        pytest.param("1 B-N/2 O", id="numbers and tags, no tokens"),
    ],
)
def test_what_a_file_does_not_say_is_not_guessed(text):
    with pytest.raises(ValueError, match="no column has tags|some tags have a prefix"):
        column_form(sentences(text))


words = st.text("abcXYZ0", min_size=1, max_size=5)
types = st.sampled_from(["PER", "LOC", "work-of_art"])
standard_tags = st.one_of(st.just("O"), st.builds("{}-{}".format, st.sampled_from("BI"), types))
WRITTEN = {
    "B-type": lambda tag: tag,
    "B_type": lambda tag: tag.replace("-", "_", 1),
    "type-B": lambda tag: tag if tag == "O" else f"{tag[2:]}-{tag[0]}",
    "B": lambda tag: tag[0],
    "type": lambda tag: tag.removeprefix("B-").removeprefix("I-"),
}


@given(
    st.lists(st.lists(st.tuples(words, standard_tags), min_size=2, max_size=6), min_size=1, max_size=6),
    st.sampled_from(sorted(WRITTEN)),
    st.booleans(),
)
def test_any_scheme_gives_the_tags_that_were_written(corpus, scheme, counted):
    corpus = [[("Ada", "B-PER"), ("ran", "O")], *corpus]
    rows = [
        [
            [*([str(number)] if counted else []), word, WRITTEN[scheme](tag)]
            for number, (word, tag) in enumerate(one, 1)
        ]
        for one in corpus
    ]
    form = column_form(rows)
    assert set(WRITTEN) == set(SCHEMES) and form.scheme == scheme
    expected = {"B": lambda tag: tag if tag == "O" else f"{tag[0]}-entity", "type": WRITTEN["type"]}.get(scheme, str)
    for one, written in zip(corpus, rows, strict=True):
        assert form.read(written).tokens == [word for word, _ in one]
        assert form.read(written).layers == [[expected(tag) for _, tag in one]]
