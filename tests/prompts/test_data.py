"""The checks of the YAML data: wording that would make bad rows is refused when it is loaded."""

from __future__ import annotations

import copy
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.prompts import (
    FORMATS,
    descriptions,
    family,
    format_instructions,
    formats,
    request,
    requests,
    task_descriptions,
)
from adelie_hf.prompts.formats import template_data
from adelie_hf.prompts.formats.template_data import check_template, load_template
from adelie_hf.prompts.formats.templates import Template
from adelie_hf.prompts.wordings import read_data
from adelie_hf.queries import Query
from adelie_hf.tasks import TASKS

ROOT = Path(__file__).parent.parent.parent
MODULES = (format_instructions, requests, task_descriptions, template_data)


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Callable[[Any], object]], None]]:
    """Change the content that the modules read from a data file, and clear their caches before and after."""

    def clear_caches() -> None:
        for module in MODULES:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and value is not read_data:
                    value.cache_clear()

    def change(name: str, edit: Callable[[Any], object]) -> None:
        data = {file: copy.deepcopy(read_data(file)) for file in ("descriptions", "requests", "templates")}
        edit(data[name])
        for module in MODULES:
            monkeypatch.setattr(module, "read_data", data.__getitem__)
        clear_caches()

    yield change
    monkeypatch.undo()
    clear_caches()


def ask(task: str) -> str:
    return request(Query("1", "", task, "", "", "Text", (), ()), "Do it.", "text", ())


def test_the_data_is_in_order() -> None:
    for task in TASKS:
        format_instructions.check_formats(task)
        descriptions(task)
        for format in read_data("templates") if formats(task) == FORMATS else ():
            load_template(format, task)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda data: data.pop("ner"), "it needs .*, ner, "),
        (lambda data: data.update(nre=["Find."]), "nre"),
        (lambda data: data["ed"].clear(), "ed: has no description"),
        (
            lambda data: data["ner"].append("Find {head}."),
            r"ner\[31\]: a slot that the task does not have, in 'Find \{head\}\.'",
        ),
        (lambda data: data["ere-causal"].append("See {event} now."), "a slot that the task does not have"),
        (lambda data: data["ner"].append("Find { text }."), "a slot that the task does not have"),
        (lambda data: data["ner"].append("A {text} B {text}"), "slot twice"),
        (lambda data: data["ner"].append("Name\nit"), "more than one line"),
        (lambda data: data["ee"].append(data["ee"][3]), r"ee\[35\]: a near copy of ee\[3\]"),
        (
            lambda data: data["ner"].append("find EVERY named entity in the text, and give it one of these types!"),
            "copy",
        ),
        (lambda data: data["rc"].append("Between {head} and {tail}, what is the relation in this text?"), "near copy"),
    ],
)
def test_descriptions_are_checked(change: Callable, edit: Callable, message: str) -> None:
    change("descriptions", edit)
    with pytest.raises(ValueError, match=r"prompts/data/descriptions.yaml.*" + message):
        descriptions("ner")


def test_a_new_sentence_is_no_near_copy(change: Callable) -> None:
    change("descriptions", lambda data: data["ner"].append("In this text, what is a person, a place or the like?"))
    assert len(descriptions("ner")) == 32


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        ("templates", lambda data: data.pop("bars"), "templates.yaml, bars, ner: has no 'bars'"),
        ("templates", lambda data: data.update(xml={}), "templates.yaml, xml: unknown format; the formats are text"),
        ("templates", lambda data: data["bars"]["tasks"].pop("ner"), "templates.yaml, bars, ner: has no 'ner'"),
        ("templates", lambda data: data["bars"]["tasks"].update(odie={}), "bars, ner: has a template for odie"),
        (
            "templates",
            lambda data: data["bars"]["tasks"]["ner"].pop("no_answer"),
            "templates.yaml, bars, ner: .*no_answer",
        ),
        ("templates", lambda data: data["bars"]["tasks"]["ner"].update(more="x"), "bars, ner: .*more"),
        ("templates", lambda data: data["bars"]["tasks"].update(ner=data["calls"]["tasks"]["ner"]), "write the same"),
        ("requests", lambda data: data.pop("bars"), "requests.yaml, bars, ner: has no 'bars'"),
        ("requests", lambda data: data["text"].pop("ner"), "requests.yaml, text, ner: has no 'ner'"),
        ("requests", lambda data: data.update(bars='Write "{shape}".'), r"bars, ner: does not contain '\| none \|'"),
        ("requests", lambda data: data.update(bars="Write {form}."), r"bars, ner: no value for the slot \{form\}"),
        ("requests", lambda data: data["json"].update(ner="Answer in JSON."), r"json, ner: does not contain '\[\]'"),
    ],
)
def test_formats_are_checked(change: Callable, file: str, edit: Callable, message: str) -> None:
    change(file, edit)
    with pytest.raises(ValueError, match=r"prompts/data/.*" + message if ".yaml" in message else message):
        ask("ner")


@pytest.mark.parametrize(
    ("task", "fields", "message"),
    [
        ("ner", {"item": "{mention} is {kind}"}, "has the slots mention, kind; ner needs mention, type"),
        ("ner", {"item": "{mention} is {mention}, a {type}"}, "slots"),
        ("ner", {"item": "{mention}: {type}", "no_answer": " "}, "blank"),
        ("ner", {"item": "{mention}: {type}", "no_answer": "no: thing"}, "reads as an answer"),
        ("ner", {"item": "{mention}{type}"}, "no words|no word between"),
        ("ner", {"item": "[{mention} {type}]"}, "no word between"),
        ("ner", {"item": "{mention} is{type}"}, "needs white space around"),
        ("ner", {"item": "{mention}is {type}"}, "needs white space around"),
        ("ner", {"item": "{mention}: {type}", "separator": ": "}, "also occurs within"),
        ("ner", {"item": "{mention} -> {type}", "separator": ">"}, "occurs within"),
        ("ner", {"item": "{mention}->{type}", "separator": "; ", "element": ""}, None),
        ("ner", {"item": "{mention}abab {type}"}, "can form|white space"),
        ("ner", {"item": "{mention}==={type}"}, "can form"),
        ("ner", {"item": "{mention} === {type}"}, None),
        ("ner", {"item": "{items}: {type}", "element": "{mention}"}, "slots"),
        ("ner", {"item": "{type}: {items}", "element": "{mention}"}, None),
        ("ner", {"item": "{type}: {items}", "element": "- {mention}"}, "start and end with a slot"),
        (
            "re",
            {"item": "{relation}: {items}", "element": "{head} + {tail}", "element_separator": " + "},
            "also occurs within",
        ),
        ("ee", {"item": "{trigger}: {type}"}, "slots"),
        ("ee", {"item": "{trigger}: {type} {arguments}", "element": "{argument} ~ {role}"}, "no word between"),
        ("ee", {"item": "{trigger}: {type} [{arguments}]", "element": "{argument} ~ {role}"}, None),
        ("ee", {"item": "{trigger}: {type} [{arguments}]", "element": "{argument}"}, "slots"),
        ("openie", {"item": "{predicate}: {arguments}", "element": "{argument}", "empty_list": "a; b"}, "empty list"),
    ],
)
def test_templates_are_checked(task: str, fields: dict[str, str], message: str | None) -> None:
    template = Template(task, **{"no_answer": "nothing", **fields})
    if message is None:
        check_template(template)
    else:
        with pytest.raises(ValueError, match=message):
            check_template(template)


def test_templates_are_those_formats_that_code_does_not_write() -> None:
    assert set(read_data("templates")) == {name for name in FORMATS if family(name) != "json"} - {"text"}


def test_the_page_of_formats_is_up_to_date() -> None:
    """`python docs/formats.py` generates it."""
    script = runpy.run_path(str(ROOT / "docs" / "formats.py"))
    assert script["PAGE"].read_text(encoding="utf-8") == script["page"]()
