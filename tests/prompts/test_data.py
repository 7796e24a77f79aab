"""The checks of the wording: data that would make bad rows is refused when it is loaded."""

from __future__ import annotations

import copy
import runpy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.prompts import bodies, descriptions, request, templates
from adelie_hf.prompts.names import FORMATS
from adelie_hf.prompts.slots import read_data
from adelie_hf.prompts.templates import Template
from adelie_hf.queries import Query
from adelie_hf.tasks import TASKS

ROOT = Path(__file__).parent.parent.parent
MODULES = ("bodies", "descriptions", "request", "templates")


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Callable[[Any], object]], None]]:
    """Changes what a data file seems to hold, and forgets what was made of it before and after."""
    import importlib

    modules = [importlib.import_module(f"adelie_hf.prompts.{name}") for name in MODULES]

    def forget() -> None:
        for module in modules:
            for value in list(vars(module).values()):
                if hasattr(value, "cache_clear") and value is not read_data:
                    value.cache_clear()

    def change(name: str, edit: Callable[[Any], object]) -> None:
        data = {file: copy.deepcopy(read_data(file)) for file in ("descriptions", "requests", "templates")}
        edit(data[name])
        for module in modules:
            monkeypatch.setattr(module, "read_data", data.__getitem__, raising=False)
        forget()

    yield change
    monkeypatch.undo()
    forget()


def ask(task: str) -> str:
    return request(Query("1", "", task, "", "", "Text", (), ()), "Do it.", "text", ())


def test_the_data_is_in_order() -> None:
    for task in TASKS:
        bodies.check_formats(task)
        descriptions(task)
        for format in templates.TEMPLATES if task != "odie" else ():
            templates.template(format, task)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda data: data.pop("ner"), "it needs .*, ner, "),
        (lambda data: data.update(nre=["Find."]), "nre"),
        (lambda data: data["ed"].clear(), "ed: holds no description"),
        (lambda data: data["ner"].append("Find {head}."), r"ner\[31\]: no slot of the task fills 'Find \{head\}\.'"),
        (lambda data: data["ere-causal"].append("See {event} now."), "no slot of the task fills"),
        (lambda data: data["ner"].append("Find { text }."), "no slot of the task fills"),
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
        ("templates", lambda data: data.pop("bars"), "templates.yaml has arrows, angles"),
        ("templates", lambda data: data["bars"]["tasks"].pop("ner"), "templates.yaml, bars, ner: has no 'ner'"),
        ("templates", lambda data: data["bars"]["tasks"].update(odie={}), "bars, ner: has a template for odie"),
        ("templates", lambda data: data["bars"]["tasks"]["ner"].pop("none"), "templates.yaml, bars, ner: .*none"),
        ("templates", lambda data: data["bars"]["tasks"]["ner"].update(more="x"), "bars, ner: .*more"),
        ("templates", lambda data: data["bars"]["tasks"].update(ner=data["calls"]["tasks"]["ner"]), "write the same"),
        ("requests", lambda data: data.pop("bars"), "requests.yaml, bars, ner: has no 'bars'"),
        ("requests", lambda data: data["text"].pop("ner"), "requests.yaml, text, ner: has no 'ner'"),
        ("requests", lambda data: data.update(bars='Write "{shape}".'), r"bars, ner: does not state '\| none \|'"),
        ("requests", lambda data: data.update(bars="Write {form}."), r"bars, ner: nothing fills the slot \{form\}"),
        ("requests", lambda data: data["json"].update(ner="Answer in JSON."), r"json, ner: does not state '\[\]'"),
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
        ("ner", {"item": "{mention}: {type}", "none": " "}, "blank"),
        ("ner", {"item": "{mention}: {type}", "none": "no: thing"}, "reads as an answer"),
        ("ner", {"item": "{mention}{type}"}, "no words|no word between"),
        ("ner", {"item": "[{mention} {type}]"}, "no word between"),
        ("ner", {"item": "{mention} is{type}"}, "needs white space around"),
        ("ner", {"item": "{mention}is {type}"}, "needs white space around"),
        ("ner", {"item": "{mention}: {type}", "between": ": "}, "also stands within"),
        ("ner", {"item": "{mention} -> {type}", "between": ">"}, "stands within"),
        ("ner", {"item": "{mention}->{type}", "between": "; ", "each": ""}, None),
        ("ner", {"item": "{mention}abab {type}"}, "can make|white space"),
        ("ner", {"item": "{mention}==={type}"}, "can make"),
        ("ner", {"item": "{mention} === {type}"}, None),
        ("ner", {"item": "{items}: {type}", "each": "{mention}"}, "slots"),
        ("ner", {"item": "{type}: {items}", "each": "{mention}"}, None),
        ("ner", {"item": "{type}: {items}", "each": "- {mention}"}, "start and end with a slot"),
        ("re", {"item": "{relation}: {items}", "each": "{head} + {tail}", "join": " + "}, "also stands within"),
        ("ee", {"item": "{trigger}: {type}"}, "slots"),
        ("ee", {"item": "{trigger}: {type} {arguments}", "each": "{argument} ~ {role}"}, "no word between"),
        ("ee", {"item": "{trigger}: {type} [{arguments}]", "each": "{argument} ~ {role}"}, None),
        ("ee", {"item": "{trigger}: {type} [{arguments}]", "each": "{argument}"}, "slots"),
        ("openie", {"item": "{predicate}: {arguments}", "each": "{argument}", "empty": "a; b"}, "empty list"),
    ],
)
def test_templates_are_checked(task: str, fields: dict[str, str], message: str | None) -> None:
    def make() -> Template:
        return Template(task, **{"none": "nothing", **fields})

    if message is None:
        assert make().task == task
    else:
        with pytest.raises(ValueError, match=message):
            make()


def test_templates_are_those_formats_that_code_does_not_write() -> None:
    assert set(read_data("templates")) == set(templates.TEMPLATES) < set(FORMATS)


def test_the_page_of_formats_is_up_to_date() -> None:
    """`python docs/formats.py` writes it anew."""
    made = runpy.run_path(str(ROOT / "docs" / "formats.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"]()
