"""Mentions in a text: each at its own place, and never at a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Table, Triple, mentions
from adelie_hf.extraction.found import roles_of
from adelie_hf.extraction.grounding import ground


def find(words: str, text: str):
    (((_, mention),),) = ground([Entity(words, "x")], text)
    return mention


@given(data=st.data())
def test_a_grounded_mention_is_what_the_text_has_at_its_offsets(data, any_text):
    text = data.draw(any_text)
    part = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda ends: text[ends[0] : ends[1]])
    words = part | part.map(str.upper) | st.tuples(part, part).map(" ".join) | any_text
    item = data.draw(
        st.builds(Entity, words, words)
        | st.builds(Triple, words, words, words)
        | st.builds(EventItem, words, words, st.tuples(st.builds(Argument, words, words)))
        | st.builds(Extraction, words, st.tuples(words, words, words))
    )
    (found,) = ground([item], text)
    assert [role for role, _ in found] == list(roles_of(item))
    assert [mention.answered for _, mention in found] == list(mentions(item))
    for _, mention in found:
        assert mention.grounded == (mention.match != "none") == bool(mention.fragments)
        if mention.grounded:
            assert mention.text == " ".join(text[start:end] for start, end in mention.fragments)
            assert all(0 <= start < end <= len(text) for start, end in mention.fragments)
            assert (mention.match == "exact") == (mention.text == mention.answered)
        else:
            assert mention.text == mention.answered and (mention.start, mention.end) == (None, None)
        # What the text has literally is found literally.
        if mention.answered.strip() and mention.answered in text:
            assert mention.grounded


@pytest.mark.parametrize(
    ("words", "text", "found", "match"),
    [
        ("Acme", "the Acme", "Acme", "exact"),
        ("acme", "the Acme", "Acme", "fuzzy"),
        ("New York", "in New\n  York", "New\n  York", "fuzzy"),
        ("Émile", "by E\u0301mile Zola", "E\u0301mile", "fuzzy"),
        ("cafe", "the cafe\u0301 there", "cafe\u0301", "fuzzy"),
        ("ACME", "ａｃｍｅ", "ａｃｍｅ", "fuzzy"),
        ("strasse", "die Straße", "Straße", "fuzzy"),
        ("organisation", "two organisations", "organisations", "fuzzy"),
        ("colour code", "a color code", "color code", "fuzzy"),
        ("art", "start with Art", "Art", "fuzzy"),
        ("art", "start", "art", "exact"),
        ("京", "北京大学", "京", "exact"),
        ("नम", "नमस्ते नम", "नम", "exact"),
        ("\U0001f600", "a \U0001f600 b", "\U0001f600", "exact"),
        ("Zürich", "in Acme", None, "none"),
        ("cat", "a dog", None, "none"),
        ("", "a dog", None, "none"),
        (" \n", "a \n dog", None, "none"),
        ("\u0301", "a dog", None, "none"),
        ("Acme", "", None, "none"),
    ],
)
def test_a_mention_is_found_in_the_texts_own_words(words, text, found, match):
    mention = find(words, text)
    assert (mention.text, mention.match) == (found or words, match)
    assert mention.grounded == (found is not None)


def test_whole_words_come_before_parts_of_words():
    assert find("an", "banana, an apple").start == 8
    assert find("नम", "नमस्ते नम").start == 7


def test_occurrences_are_told_apart_by_their_order():
    items = [Entity("Acme", "a"), Entity("ACME", "b"), Entity("Acme", "c"), Entity("Acme", "d")]
    found = [mention.start for ((_, mention),) in ground(items, "Acme, Acme and Acme")]
    assert found == [0, 6, 15, 15]


def test_a_relation_takes_the_nearest_places_and_arguments_those_near_their_trigger():
    text = "Acme fell. Later Globex bought Acme in Ulm. Ulm is far."
    (((_, head), (_, tail)),) = ground([Triple("Globex", "owns", "Acme")], text)
    assert (head.start, tail.start) == (17, 31)
    ((_, (_, place)),) = ground([EventItem("bought", "buy", (Argument("Ulm", "place"),))], text)
    assert place.start == 39
    ((_, (_, buyer), (_, bought)),) = ground([Extraction("bought", ("Globex", "Acme"))], text)
    assert (buyer.start, bought.start) == (17, 31)


def test_a_relation_of_a_name_with_itself_has_places():
    (((_, head), (_, tail)),) = ground([Triple("Acme", "owns", "Acme")], "Acme owns Acme")
    assert head.grounded and tail.grounded


def test_a_discontinuous_mention_has_fragments():
    mention = find("left ventricle", "the left and right ventricle")
    assert mention.fragments == ((4, 8), (19, 28)) and mention.match == "exact"
    assert (mention.start, mention.end) == (4, 28)
    assert not find("left ventricle", f"the left {'far ' * 50} ventricle").grounded
    assert find("foo bar", "foobar").match != "exact"


def test_a_table_has_no_mentions():
    assert ground([Table(("a",), (("b",),))], "a b") == [()]
