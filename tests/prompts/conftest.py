"""Strategies for the answers of every task, with values that are hard to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Table, Trigger, Triple
from adelie_hf.prompts.wordings import literals, read_data

# Delimiters and escapes of all formats, words that they use, and white space that `str.strip` removes.
_HARD = (
    *("", "NA", "[Answer]:", "[Answer]: NA", "null", "[]", "{}", "---", "```", "```json", "<head>", "a: b; c"),
    *('"', '"a"', '"a', 'a"', '\\"', "\\", "a\\", "\\|", "\\n", "\\u007c", "\\ud800", "'", "'a'", "it's"),
    *(" ", " a", "a ", "\n", "a\nb", "\r", "a\rb", "\r\n", "\t", "\x00", "\x1c", "\x1ca", "\x85", "\xa0", "\u2028b"),
    *("<think>", "</think>", "[Answer]: NAN", "<|im_end|>", "</s>", "NAN", "None", "Note: a.", "Answer: a", "```a```"),
    *("- a", "1. a", "**a**", "*a*", "`a`", "“a”", "a “b”", "a：b；", "（a）", "a → b", "Here is a: b", "{a}", "user"),
    *(
        "> a",
        "+ a",
        "(1) a",
        "①a",
        "2、a",
        "«a»",
        "'a'",
        "<b>a</b>",
        "a<br>b",
        "AT&amp;T",
        "[Answer] a",
        "# Answer",
        "N/A",
    ),
    *("`a", "<answer>", "</answer>", "答案：a", "”a", "‘’", "a. b", "a.\n\na.", "__a__"),
    *("(a; b; c)", "a (b)", "(", ")", "a | b", "|", "||", ";", ":", "14:30", "\U0001f600", "e\u0301", "\u202e"),
)
_PIECES = st.lists(st.sampled_from(list("ab;:|()[]{}\"'\\\n\r\t ,-`#\xa0\x1c\x85\u2028")), max_size=8).map("".join)
# The words of all templates, with and without the white space around them, and their texts for nothing.
_WORDS = sorted(
    {
        word
        for entry in read_data("templates").values()
        for template in entry["tasks"].values()
        for wording in (template["item"], template.get("element", ""))
        for literal in (
            *literals(wording),
            template.get("element_separator", ""),
            template["no_answer"],
            template.get("empty_list", ""),
        )
        for word in (literal, literal.strip(), literal.strip()[:-1])
    }
)
_AROUND = st.builds("{}{}{}{}".format, *[st.sampled_from(["", "a", " ", ".", "This "]), st.sampled_from(_WORDS)] * 2)
VALUES: SearchStrategy[str] = (
    st.sampled_from(_HARD) | _PIECES | st.text(max_size=12) | st.sampled_from(_WORDS) | _AROUND
)


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 4))
    row = st.tuples(*[VALUES] * width)
    return Table(draw(row), tuple(draw(st.lists(row, max_size=4))))


_triples = st.builds(Triple, VALUES, VALUES, VALUES)
_arguments = st.lists(st.builds(Argument, VALUES, VALUES), max_size=3).map(tuple)
_ITEMS: dict[str, SearchStrategy] = {
    "ner": st.builds(Entity, VALUES, VALUES),
    "rc": _triples,
    "re": _triples,
    "ed": st.builds(Trigger, VALUES, VALUES),
    "ee": st.builds(EventItem, VALUES, VALUES, _arguments),
    "eae": st.builds(Argument, VALUES, VALUES),
    "ere": _triples,
    "openie": st.builds(Extraction, VALUES, st.lists(VALUES, max_size=3).map(tuple)),
}


def _answers(task: str) -> SearchStrategy[Answer]:
    if task == "odie":
        return st.lists(_tables(), max_size=1).map(tuple)
    once = st.lists(_ITEMS[task], max_size=4).map(tuple)
    return once | once.map(lambda items: items + items)  # an answer is a multiset


@pytest.fixture(scope="session")
def answers() -> dict[str, SearchStrategy[Answer]]:
    """Return the strategies: task -> its answers."""
    return {task: _answers(task) for task in (*_ITEMS, "odie")}


@pytest.fixture(scope="session")
def multiset() -> Callable[[Answer], Counter]:
    """Return a function that compares answers by meaning: items and arguments have no order, and formats change it."""

    def count(answer: Answer) -> Counter:
        return Counter(
            item._replace(arguments=tuple(sorted(item.arguments))) if isinstance(item, EventItem) else item
            for item in answer
        )

    return count
