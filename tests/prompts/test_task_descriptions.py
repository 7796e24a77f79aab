"""Task descriptions: their number, their slots, and those for each kind of event relations."""

from __future__ import annotations

import pytest

from adelie_hf.errors import InputError
from adelie_hf.prompts import descriptions, slots
from adelie_hf.records import Label
from adelie_hf.sources.label_sets import load_schemas
from adelie_hf.tasks import TASKS

# Table 7 of the paper.
COUNTS = {"ner": 31, "rc": 31, "re": 31, "ed": 35, "ee": 35, "eae": 27, "ere": 30, "openie": 17, "odie": 0}


def test_there_are_as_many_descriptions_as_in_the_paper() -> None:
    assert {task: len(descriptions(task)) for task in TASKS} == COUNTS
    with_slots = [description for task in TASKS for description in descriptions(task) if slots(description)]
    assert 0.25 < len(with_slots) / sum(COUNTS.values()) < 0.45


@pytest.mark.parametrize(
    ("relations", "word"),
    [
        (("BEFORE", "begins-on"), "timeline"),
        (("AFTER", "VAGUE"), "timeline"),
        (("CAUSE",), "consequences"),
        (("SUBEVENT",), "part-whole"),
        (("COREFERENCE",), "coreference"),
        (("CAUSE", "BEFORE"), None),
        (("loves",), None),
    ],
)
def test_event_relations_are_described_by_their_kind(relations: tuple[str, ...], word: str | None) -> None:
    wordings = descriptions("ere", tuple(Label("LABEL_1", raw) for raw in relations))
    assert len(wordings) >= 30
    assert (wordings == descriptions("ere")) == (word is None)
    assert word is None or any(word in description for description in wordings)


def test_the_relations_of_the_sources_have_a_kind() -> None:
    matres, maven = (load_schemas(source)["ere"] for source in ("matres", "maven-ere"))
    assert descriptions("ere", matres) != descriptions("ere")
    assert all(descriptions("ere", (label,)) != descriptions("ere") for label in maven)
    assert descriptions("ere", maven) == descriptions("ere")


def test_without_categories_none_are_named() -> None:
    assert descriptions("eae", ()) == [d for d in descriptions("eae") if "{schema}" not in d] != descriptions("eae")


def test_descriptions_are_a_copy() -> None:
    descriptions("ner").clear()
    assert len(descriptions("ner")) == 31


def test_an_unknown_task() -> None:
    with pytest.raises(InputError, match="unknown task 'nre'"):
        descriptions("nre")
