"""The grammar of the answers to a request accepts what can be written for it, and only what can be read again."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Table, Trigger, Triple, label_of, mentions
from adelie_hf.errors import InputError
from adelie_hf.prompts import answer_grammar, answer_json_schema, formats, parse_written, write
from adelie_hf.prompts.formats.markup import has_marks
from adelie_hf.queries import Query
from adelie_hf.records import Label, Mention

pytest.importorskip("llguidance", reason="needs the extra `extract`")

TASKS = ("ner", "rc", "re", "ed", "ee", "eae", "ere", "openie", "odie")
_PIECES = st.sampled_from(
    [
        *(
            "NA",
            "NATO",
            "Ada",
            " ",
            "; ",
            ": ",
            "(",
            ")",
            ");",
            '"',
            '\\"',
            "\\",
            "|",
            "\n",
            "\t",
            "\r",
            "\x1c",
            "\x85",
        ),
        *(
            "[Answer]:",
            "</think>",
            "N",
            "None",
            "---",
            "e\u0301",
            "\u202e",
            "\U0001f600",
            "北京",
            "\x00",
            "\x7f",
            "\u2028",
            "14:30",
            "\\u007c",
            "'",
        ),
    ]
)
TEXTS = st.lists(_PIECES, min_size=1, max_size=8).map("".join).filter(str.strip) | st.text(min_size=1).filter(
    str.strip
)
NAMES = st.sampled_from(["a", "a b", "a b c", "NA", "a: b", "(a)", '"a"', "a;", "北京 b", "a\nb", "\U0001f600", " a "])


@st.composite
def _answered(draw: st.DrawFn, task: str) -> tuple[Query, object]:
    """A query, and a strategy of its answers: mentions of the text, categories of the schema."""
    text = draw(TEXTS)
    roles = tuple(draw(st.lists(NAMES, max_size=3, unique=True)))
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)) if task not in ("openie", "odie") else []
    schema = tuple(Label(name, roles=roles if task == "ee" else ()) for name in names)
    part = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).map(lambda ends: text[slice(*ends)])
    mention = part.filter(bool)
    label = st.sampled_from(names) if names else st.nothing()
    focus: tuple = ()
    items: st.SearchStrategy
    match task:
        case "ner":
            items = st.builds(Entity, mention, label)
        case "ed":
            items = st.builds(Trigger, mention, label)
        case "eae":
            items = st.builds(Argument, mention, label)
        case "re":
            items = st.builds(Triple, mention, label, mention)
        case "rc" | "ere":
            pair = (draw(mention), draw(mention))
            focus = tuple(zip(("head", "tail"), map(Mention, pair), strict=True))
            items = st.permutations(pair).flatmap(
                lambda both: st.builds(Triple, st.just(both[0]), label, st.just(both[1]))
            )
        case "ee":
            argument = st.builds(Argument, mention, st.sampled_from(roles)) if roles else st.nothing()
            items = st.builds(EventItem, mention, label, st.lists(argument, max_size=3 if roles else 0).map(tuple))
        case "openie":
            items = st.builds(Extraction, TEXTS, st.lists(TEXTS | st.just(""), max_size=3).map(tuple))
        case _:
            width = draw(st.integers(1, 3))
            row = st.tuples(*[TEXTS | st.just("")] * width)
            items = st.builds(Table, st.tuples(*[TEXTS] * width), st.lists(row, max_size=3).map(tuple))
    query = Query("", "", task, "", "", text, schema, (), focus, instruction="a table" if task == "odie" else "")
    return query, st.lists(items, max_size=1 if task == "odie" else 3).map(tuple)


@cache
def tokenizer():
    """A tokenizer with all bytes, and tokens that begin and end anywhere."""
    import llguidance.hf
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [(":", "Ġ"), (";", "Ġ"), ("N", "A"), (")", ";"), ("A", "d"), ("Ad", "a"), ('"', ":"), ("Ġ", "NA")]
    vocabulary = [*alphabet, *("".join(pair) for pair in merges), "<end>"]
    bpe = Tokenizer(models.BPE({token: number for number, token in enumerate(vocabulary)}, merges))
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bpe.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<end>")
    return fast, llguidance.hf.from_tokenizer(fast)


def matcher(query: Query, format: str = "text"):
    from llguidance import LLMatcher

    if format == "text":
        grammar = LLMatcher.grammar_from_lark(answer_grammar(query))
    else:
        grammar = LLMatcher.grammar_from_json_schema(answer_json_schema(query, format))
    made = LLMatcher(tokenizer()[1], grammar)
    assert not made.is_error(), made.get_error()
    return made


def accepts(query: Query, output: str, format: str = "text") -> bool:
    state, ids = matcher(query, format), tokenizer()[0].encode(output)
    return state.try_consume_tokens(ids) == len(ids) and state.is_accepting()


def walk(query: Query, choose: random.Random, most: int, format: str = "text") -> str | None:
    """Take tokens that the grammar allows, at random, up to the end token; None where it does not come soon."""
    fast, _ = tokenizer()
    state = matcher(query, format)
    ids: list[int] = []
    for step in range(most):
        bits = state.compute_bitmask()
        allowed = [token for token in range(len(fast)) if bits[token // 8] >> token % 8 & 1]
        assert allowed, fast.decode(ids)
        if fast.eos_token_id in allowed and (step > most // 2 or choose.random() < 0.3):
            return fast.decode(ids)
        token = choose.choice([token for token in allowed if token != fast.eos_token_id] or allowed)
        if token == fast.eos_token_id:
            return fast.decode(ids)
        ids.append(token)
        state.consume_token(token)
    return None


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=60)
@given(data=st.data())
def test_every_answer_with_mentions_of_the_text_is_accepted(task, data):
    query, answers = data.draw(_answered(task))
    answer = data.draw(answers)
    assert accepts(query, write(answer, task))


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=60)
@given(data=st.data())
def test_all_that_is_accepted_is_valid_and_within_the_request(task, data):
    query, _ = data.draw(_answered(task))
    output = walk(query, data.draw(st.randoms(use_true_random=False)), most=150)
    assume(output is not None)
    result = parse_written(output or "", task)
    assert result.status == "valid", result.problems
    for item in result.items:
        if query.schema:
            assert label_of(item) in {label.name for label in query.schema}
            if not has_marks(query.text):  # otherwise a mention may be several parts
                assert all(mention in query.text for mention in mentions(item))


JSON_FORMS = [(task, format) for task in TASKS for format in ("json", "json-nested") if format in formats(task)]


@pytest.mark.parametrize(("task", "format"), JSON_FORMS)
@settings(max_examples=6)
@given(data=st.data())
def test_every_answer_is_one_of_the_json_schema(task, format, data):
    query, answers = data.draw(_answered(task))
    _, _, body = write(data.draw(answers), task, format).partition("[Answer]: ")
    # A schema is about values, and llguidance knows one way to write each: no escapes of marks, but one of DEL.
    written = json.dumps(json.loads(body), ensure_ascii=False).replace("\x7f", r"\u007f")
    assert accepts(query, written, format)


@pytest.mark.parametrize(("task", "format"), JSON_FORMS)
@settings(max_examples=6)
@given(data=st.data())
def test_all_that_the_json_schema_accepts_is_valid(task, format, data):
    query, _ = data.draw(_answered(task))
    output = walk(query, data.draw(st.randoms(use_true_random=False)), most=150, format=format)
    assume(output is not None)
    result = parse_written(output or "", task, format)
    uneven = task == "odie" and result.status == "invalid"  # rows, or a header without a name
    assert result.status == "valid" or uneven, result.problems
    assert all(label_of(item) in {label.name for label in query.schema} for item in result.items if query.schema)


def test_what_was_not_asked_for_is_not_in_the_json_schema():
    query = Query("", "", "ee", "", "", "a", (Label("attack", roles=("place",)), Label("end")), ())

    def item(event_type: str, *roles: str) -> dict[str, object]:
        arguments = [{"argument": "b", "role": role} for role in roles]
        return {"trigger": "a", "type": event_type, "arguments": arguments}

    assert accepts(query, json.dumps([item("attack", "place"), item("end")]), "json")
    for wrong in (item("attack", "time"), item("end", "place"), item("sale"), {"trigger": "a"}):
        assert not accepts(query, json.dumps([wrong]), "json")
    with pytest.raises(InputError, match="the format 'arrows' has no JSON schema"):
        answer_json_schema(query, "arrows")


def test_what_was_not_asked_for_is_refused():
    query = Query("", "", "ner", "", "", "Ada wrote to NATO.", (Label("person"),), ())
    assert accepts(query, "[Answer]: Ada: person; NATO: person;") and accepts(query, "[Answer]: NA")
    for output in (
        "[Answer]: Bob: person;",
        "[Answer]: Ada: place;",
        "[Answer]: Ada: person",
        "[Answer]: NA Ada: person;",
        "[Answer]:",
        "Ada: person;",
    ):
        assert not accepts(query, output), output


def test_a_category_that_begins_like_another_one_is_told_apart():
    schema = (Label("attack", roles=("place",)), Label("attack on place", roles=("place", "place of birth")))
    query = Query("", "", "ee", "", "", "Ulm fell", schema, ())
    for event_type in ("attack", "attack on place"):
        for arguments in ((), (Argument("Ulm", "place"),)):
            assert accepts(query, write((EventItem("fell", event_type, arguments),), "ee"))


def test_a_format_without_a_grammar_is_refused():
    with pytest.raises(InputError, match="the format 'json' has no grammar"):
        answer_grammar(Query("", "", "ner", "", "", "a", (Label("b"),), ()), "json")


def test_an_answer_has_an_end():
    query = Query("", "", "ner", "", "", "a b", (Label("c"),), ())
    assert accepts(query, write((Entity("a", "c"),) * 200, "ner"))
    assert not accepts(query, write((Entity("a", "c"),) * 201, "ner"))
    assert accepts(replace(query, task="odie", schema=()), "[Answer]: NA")
