"""The extractor: the same answers however texts are batched, and a clear word where there is nothing to answer."""

from __future__ import annotations

import re

import pytest

from adelie_hf import Extractor, schema_of
from adelie_hf.answers import Entity, Triple
from adelie_hf.errors import InputError
from adelie_hf.extraction import generate
from adelie_hf.extraction.schema import ExtractionSchema, entity_schema
from adelie_hf.ieinstruct import Recipe, make_rows, plan
from adelie_hf.records import Label, Mention, Record, Relation

pytestmark = pytest.mark.train

TYPES = {"person": None, "organization": "a company or an institution"}
TEXT = 'Ada Lovelace met Bob. Bob sold Acme to Globex; "Acme (old)" closed at 14:30 in 北京. \U0001f600'
TEXTS = [
    TEXT,
    "Bob left.",
    "",
    "Globex: a|b\nand c; Acme.",
    " \n",
    "e\u0301 \u202eabc\u202c \x00\x1c x",
    "\ud800 Acme",
    "Ulm",
] * 2


@pytest.fixture(scope="module")
def loaded(tiny):
    """The tiny model in float32, and its tokenizer."""
    from adelie_hf.models import load_model, load_tokenizer

    tokenizer = load_tokenizer(str(tiny))
    return load_model(str(tiny), tokenizer, dtype="float32"), tokenizer


@pytest.fixture
def make(loaded):
    def make(**options) -> Extractor:
        return Extractor(*loaded, **{"max_new_tokens": 48, "window": 40, **options})

    return make


def answers(results):
    return [result.outputs for result in results]


def the_prompt(extractor) -> str:
    return "\n".join(turn["content"] for turn in extractor.asked[0])


# ---- the model ------------------------------------------------------------------------------------


def ask(extractor: Extractor, task: str):
    match task:
        case "ner":
            return extractor.entities(TEXTS, TYPES)
        case "re":
            return extractor.relations(TEXTS, ["owns", "sold: to"])
        case "rc":
            return extractor.relations(TEXTS[:2], ["owns"], pairs=[[("Acme", "Globex"), ("Ada", "Bob")], []])
        case "ee":
            return extractor.events(TEXTS, {"sale": ["who", "what"], "end": []})
        case "openie":
            return extractor.triples(TEXTS)
        case _:
            return [extractor.table(TEXT, "who met whom")]


@pytest.mark.parametrize("task", ["ner", "re", "rc", "ee", "openie", "odie"])
def test_even_an_untrained_model_gives_valid_answers_or_cut_ones(task, make):
    pytest.importorskip("llguidance", reason="needs the extra `extract`")
    results = ask(make(constrained=True), task)
    assert {result.status for result in results} <= {"valid", "cut", "empty"}
    for result in results:
        assert not result.problems or result.status == "cut"
        if task in ("ner", "re", "rc", "ee"):
            assert all(item.grounded and item.type in result.schema.names for item in result)


def test_an_answer_that_is_cut_has_its_complete_items(make):
    pytest.importorskip("llguidance", reason="needs the extra `extract`")
    results = make(constrained=True, max_new_tokens=160).entities(TEXTS, TYPES)
    for result in results:
        for output in result.outputs:
            assert output == "" or output.endswith((";", "NA"))


def test_a_batch_gives_what_single_texts_give(make):
    together, alone = make(batch_size=8), make(batch_size=1)
    results = together.entities(TEXTS, TYPES)
    assert [result.text for result in results] == TEXTS
    assert answers(results) == answers([alone.entities(text, TYPES) for text in TEXTS])


@pytest.mark.parametrize("constrained", [False, True])
def test_the_common_prompt_computed_once_changes_nothing(constrained, make, monkeypatch):
    if constrained:
        pytest.importorskip("llguidance", reason="needs the extra `extract`")
    cached = make(batch_size=4, constrained=constrained).entities(TEXTS, TYPES)
    monkeypatch.setattr(generate, "_SHORTEST_PREFIX", 10_000)
    plain = make(batch_size=4, constrained=constrained).entities(TEXTS, TYPES)
    assert answers(cached) == answers(plain)
    for one, other in zip(cached, plain, strict=True):
        assert [found.mentions for found in one] == [found.mentions for found in other]
        for found, same in zip(one, other, strict=True):
            assert found.confidence == pytest.approx(same.confidence, rel=1e-4) and 0 <= found.confidence <= 1


def test_a_text_has_the_answer_of_the_model_itself(make, loaded):
    """The first window's answer is what `generate` gives for the same chat."""
    from adelie_hf.extraction.requests import ExtractionRequest

    model, tokenizer = loaded
    extractor = make(window=None)
    chat = ExtractionRequest(entity_schema(TYPES), "Bob left.").messages()
    inputs = tokenizer.apply_chat_template([chat], add_generation_prompt=True, return_tensors="pt", return_dict=True)
    output = model.generate(**inputs, do_sample=False, max_new_tokens=48)[0, inputs["input_ids"].shape[1] :]
    result = extractor.entities(["Bob left.", TEXT], TYPES)[0]
    assert result.outputs == (tokenizer.decode(output, skip_special_tokens=True),)


# ---- texts, windows and results -------------------------------------------------------------------


def test_one_text_gives_one_result_and_several_a_list(scripted):
    extractor = scripted(lambda prompt: "[Answer]: Ada: person;")
    assert extractor.entities("Ada left.", TYPES).items[0].start == 0
    assert [len(result) for result in extractor.entities(("Ada left.", "", "We met Ada."), TYPES)] == [1, 0, 1]
    assert [result.status for result in extractor.entities(iter(["", " \n\t"]), TYPES)] == ["empty", "empty"]
    assert extractor.entities([], TYPES) == []


def test_a_long_text_is_asked_about_in_windows(scripted):
    sentences = [f"Then Ada{number} met Bob{number}." for number in range(200)]
    text = " ".join(sentences)

    def answer(prompt: str) -> str:
        return " ".join(["[Answer]:", *(f"{name}: person;" for name in re.findall(r"(?:Ada|Bob)\d+", prompt))])

    result = scripted(answer, window=120).entities(text, TYPES)
    assert len(result.outputs) > 20 and result.status == "valid"
    assert [item.text for item in result] == re.findall(r"(?:Ada|Bob)\d+", text)
    assert all(text[item.start : item.end] == item.text for item in result)
    assert [item.start for item in result] == sorted(item.start for item in result)


def test_a_text_that_is_longer_than_the_context_is_refused(make):
    text = "Ada met Bob. " * 400
    assert make(window=60).entities(text, TYPES).status
    with pytest.raises(InputError, match="the model takes 1,024 with its answer; cut the texts into windows"):
        make(window=None).entities(text, TYPES)


# ---- pairs ----------------------------------------------------------------------------------------


def test_each_pair_is_asked_about_on_its_own(scripted):
    extractor = scripted(
        lambda prompt: "[Answer]: (Acme; owns; Globex);" if "Tail: Globex" in prompt else "[Answer]: NA"
    )
    text = "Acme bought Globex. Ada leads Acme."
    result = extractor.relations(text, ["owns"], pairs=[("Acme", "Globex"), ("Ada", "Acme"), ((0, 4), (12, 18))])
    assert len(extractor.asked) == 3 and result.schema.task == "rc"
    assert result.answer == (Triple("Acme", "owns", "Globex"),)
    assert [(mention.start, mention.end) for _, mention in result.items[0].mentions] == [(0, 4), (12, 18)]
    assert "<head> Ada </head> leads <tail> Acme </tail>" in extractor.asked[1][0]["content"]
    both = extractor.relations([text, "Globex"], ["owns"], pairs=[[("Acme", "Globex")], []])
    assert [(len(result), result.status) for result in both] == [(1, "valid"), (0, "empty")]


def test_a_pair_lies_in_the_window_that_is_asked_about(scripted):
    text = "Far away it rained. " * 40 + "Acme bought Globex. " + "Nobody saw it. " * 40 + "Ulm is far."
    extractor = scripted(lambda prompt: f"[Answer]: (Acme; owns; {prompt.rpartition('Tail: ')[2]});", window=60)
    result = extractor.relations(text, ["owns"], pairs=[("Acme", "Globex"), ("Acme", "Ulm")])
    near, far = (chat[0]["content"] for chat in extractor.asked)
    assert len(near) < len(far) < len(text) and "<head> Acme </head> bought <tail> Globex </tail>" in near
    for item in result:
        assert [text[mention.start : mention.end] for _, mention in item.mentions] == [item.item[0], item.item[2]]


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ([("Acme", "Globe Trotter")], "'Globe Trotter' of a pair is not in the text 'Acme bought Globex.'"),
        ([((0, 4), (12, 180))], "outside a text of 19 characters"),
        ([("Acme", (12, 18))], "give two strings, or two (start, end) offsets"),
        ([("Acme",)], "give two strings"),
    ],
)
def test_a_pair_that_is_not_in_the_text_is_refused(pairs, problem, scripted):
    with pytest.raises(InputError, match=re.escape(problem)) as raised:
        scripted(str).relations("Acme bought Globex.", ["owns"], pairs=pairs)
    assert raised.value.parameter == "pairs"


def test_every_text_needs_its_pairs(scripted):
    with pytest.raises(InputError, match="as many lists of pairs as texts"):
        scripted(str).relations(["a", "b"], ["owns"], pairs=[[("a", "a")]])


@pytest.mark.parametrize("task", ["rc", "eae", "ere"])
def test_a_schema_about_mentions_needs_them(task, scripted):
    with pytest.raises(InputError, match="asks about mentions of a text"):
        scripted(str).run("Acme", ExtractionSchema(task, (Label("owns"),)))


# ---- examples -------------------------------------------------------------------------------------


def test_examples_are_shown_before_the_text(scripted):
    extractor = scripted(lambda prompt: "[Answer]: NA")
    schemas = {"ner": (Label("person"), Label("place"))}
    mentions = (Mention("Eve", ((0, 3),), "person"), Mention("read", (), "place"))
    record = Record("1", "s", "train", "1", "Eve read.", schemas, mentions=mentions)
    extractor.entities("Bob left.", ["person"], examples=[("Ada wrote.", [("Ada", "person")]), ("None.", []), record])
    prompt = the_prompt(extractor)
    assert "Text: Ada wrote.\n[Answer]: Ada: person;\nText: None.\n[Answer]: NA" in prompt
    assert "Text: Eve read.\n[Answer]: Eve: person;\nText: Bob left." in prompt


def test_examples_of_pairs(scripted):
    extractor = scripted(lambda prompt: "[Answer]: NA")
    text = "Ulm lies in Bavaria"
    pair = (Mention.at(text, 0, 3), Mention.at(text, 12, 19))
    other = (Relation(pair[0], "in", pair[1]),)
    record = Record("1", "s", "train", "1", text, {"rc": (Label("owns"),)}, relations=other, pairs=(pair,))
    examples = [("Acme bought Globex.", [("Acme", "owns", "Globex")]), record]
    extractor.relations("Ada leads Acme.", ["owns"], pairs=[("Ada", "Acme")], examples=examples)
    prompt = the_prompt(extractor)
    assert "<head> Acme </head> bought <tail> Globex </tail>" in prompt and "[Answer]: (Acme; owns; Globex);" in prompt
    assert "<head> Ulm </head> lies in <tail> Bavaria </tail>\nHead: Ulm\nTail: Bavaria\n[Answer]: NA" in prompt


def test_the_nearest_examples_are_chosen_for_each_text(scripted):
    extractor = scripted(lambda prompt: "[Answer]: NA")
    examples = [(f"{animal} barks at {number}", [(animal, "animal")]) for number, animal in enumerate("abcdef")]
    extractor.entities(["the c sleeps", "e barks at 4"], ["animal"], examples=examples, choose="nearest", shots=1)
    first, second = (chat for chat in extractor.asked)
    assert [turn["content"] for turn in first[1:]] == ["[Answer]: c: animal;", "Text: the c sleeps"]
    assert "e barks at 4" not in second[0]["content"] and len(second) == 3


def test_examples_come_from_a_build(scripted, tmp_path):
    from adelie_hf.build import build

    recipe = Recipe(cap=20, held_out_cap=1, symbols=0, subset=0, demonstrations=0)
    build(plan(recipe=recipe), tmp_path / "build")
    row = next(row for unit in plan(recipe=recipe).units["train"] if unit.task == "ner" for row in make_rows(unit))
    schema = entity_schema([category["name"] for category in row["schema"]])
    extractor = scripted(lambda prompt: "[Answer]: NA")
    extractor.run(f"{row['text']} Indeed.", schema, examples=tmp_path / "build", choose="nearest", shots=2)
    (chat,) = extractor.asked
    assert len(chat) == 5 and chat[2]["content"] == f"Text: {row['text']}"
    assert chat[3]["content"].startswith("[Answer]:")
    assert extractor.run(f"{row['text']} Indeed.", schema, examples=[row]).status == "valid"
    with pytest.raises(InputError, match="no row of named entity recognition has all categories of the schema"):
        extractor.entities("Bob", ["spaceship"], examples=tmp_path / "build")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"examples": [("Ada", [("Ada", "persn")])]},
            "example 1 cannot be used: unknown category 'persn'; did you mean 'person'?",
        ),
        ({"examples": [("Ada", [("Ada", "person")]), ("Ada", [("Ada",)])]}, "example 2 cannot be used"),
        ({"examples": ["Ada"]}, "example 1 cannot be used"),
        ({"examples": [Record("1", "s", "train", "1", "a", {"re": (Label("b"),)})]}, "serves re, not ner"),
        ({"examples": "gone"}, "no such file"),
        ({"choose": "best"}, "unknown choice 'best'"),
        ({"choose": "nearest", "shots": 0}, "give a number from 1"),
    ],
)
def test_examples_that_do_not_fit_are_refused(options, problem, scripted):
    with pytest.raises(InputError, match=re.escape(problem)):
        scripted(str).entities("Bob left.", ["person"], **options)


def test_a_table_takes_no_examples(scripted):
    from adelie_hf.extraction.schema import table_schema

    with pytest.raises(InputError, match="takes no examples"):
        scripted(str).run("Bob left.", table_schema("a table"), examples=[("a", [])])


# ---- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda loaded: Extractor("no/such-model"), "no/such-model: cannot be loaded"),
        (lambda loaded: Extractor(loaded[0]), "a loaded model needs its tokenizer"),
        (lambda loaded: Extractor("a", loaded[1]), "a name has its own"),
        (lambda loaded: Extractor(*loaded, window=10, overlap=10), "not below the window"),
        (lambda loaded: Extractor(*loaded).entities(["a", 1], ["b"]), "a text is a string, not int"),  # type: ignore[list-item]
        (lambda loaded: Extractor(*loaded).entities("a", {}), "is empty"),
        (lambda loaded: Extractor(*loaded, format="json", constrained=True).entities("a", ["b"]), "has no grammar"),
        (lambda loaded: Extractor(*loaded, format="jsn").entities("a", ["b"]), "unknown format"),
    ],
)
def test_bad_input_is_one_clear_error(call, problem, loaded):
    with pytest.raises(InputError, match=problem):
        call(loaded)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(InputError, match=re.escape(str(tmp_path))):
        Extractor(str(tmp_path))


def test_a_schema_of_a_data_set_can_be_run(scripted):
    name = schema_of("scierc").names[0]
    result = scripted(lambda prompt: f"[Answer]: parser: {name};").run("A parser.", schema_of("scierc"))
    assert result.answer == (Entity("parser", name),) and result.items[0].start == 2
