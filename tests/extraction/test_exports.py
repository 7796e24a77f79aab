"""Results in other tools' forms: what goes out comes back in."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Entity
from adelie_hf.errors import InputError
from adelie_hf.extraction import Result, to_pandas
from adelie_hf.extraction.generate import Generated
from adelie_hf.extraction.reading import result_of
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.extraction.schema import entity_schema, event_schema, relation_schema, table_schema, triple_schema
from adelie_hf.extraction.windows import Window
from adelie_hf.prompts import write
from adelie_hf.queries import queries
from adelie_hf.sources import load_records, write_records
from adelie_hf.sources.readers.standoff import read_standoff, read_standoff_text

TEXT = "Rebels attacked the left and\n  right bank of Ulm. Ulm fell."
ANSWERS = {
    entity_schema(
        ["place", "group of people"]
    ): "Rebels: group of people; left bank: place; Ulm: place; Bonn Rhein: place;",
    relation_schema(["part: of"]): '(bank; "part: of"; Ulm); (Bonn Rhein; "part: of"; Ulm);',
    event_schema({"attack": ["who", "where"], "fall": []}): (
        "attacked: attack (Rebels: who; Ulm: where; left: where; Bonn Rhein: where); fell: fall;"
    ),
    triple_schema(): "(attacked; Rebels; Ulm; today or so);",
    table_schema("places"): "\n| a | b |\n| --- | --- |\n| 1 | 2 |",
}


def result(schema, answer: str, text: str = TEXT) -> Result:
    return result_of(text, schema, [(Window(0, len(text)), ExtractionRequest(schema, text), Generated(answer))])


RESULTS = {schema.task: result(schema, f"[Answer]: {answer}") for schema, answer in ANSWERS.items()}


def from_brat(text: str, annotations: str, folder):
    (folder / "a.txt").write_text(text, encoding="utf-8", newline="")
    (folder / "a.ann").write_text(annotations, encoding="utf-8", newline="")
    assert read_standoff_text(folder / "a.ann") == text.removesuffix("\n")
    found = read_standoff(folder / "a.ann")
    for mention in found.mentions.values():
        assert " ".join(text[start:end] for start, end in mention.fragments) == mention.text
    return found


def test_brat_shows_entities_at_their_places(tmp_path):
    text, annotations = RESULTS["ner"].to_brat()
    assert text == TEXT and annotations.splitlines()[0] == "T1\tgroup_of_people 0 6\tRebels"
    found = from_brat(text, annotations, tmp_path).mentions
    expected = {
        (mention.fragments, mention.text) for item in RESULTS["ner"].grounded() for _, mention in item.mentions
    }
    assert {(mention.fragments, mention.text) for mention in found.values()} == expected
    assert ((20, 24), (37, 41)) in {mention.fragments for mention in found.values()}
    (record,) = load_records("brat", tmp_path)
    assert [label.name for label in record.schemas["ner"]] == ["group_of_people", "place"]


def test_brat_shows_relations_and_events(tmp_path):
    found = from_brat(*RESULTS["re"].to_brat(), tmp_path)
    ((type, head, tail),) = found.relations.values()
    assert (type, found.mentions[head[1]].text, found.mentions[tail[1]].text) == ("part_of", "bank", "Ulm")
    found = from_brat(*RESULTS["ee"].to_brat(), tmp_path)
    attack, fall = found.events.values()
    assert (attack.type, fall.type) == ("attack", "fall") and not fall.arguments
    assert [(role, found.mentions[id].text) for role, id in attack.arguments] == [
        *(("who", "Rebels"), ("where", "Ulm"), ("where", "left")),
    ]
    found = from_brat(*RESULTS["openie"].to_brat(), tmp_path)
    ((type, _, arguments),) = ((event.type, event.trigger, event.arguments) for event in found.events.values())
    assert type == "predicate" and [role for role, _ in arguments] == ["subject", "object"]
    with pytest.raises(InputError, match="a table has no mentions"):
        RESULTS["odie"].to_brat()


@given(data=st.data())
def test_brat_reads_any_text(data, any_text, tmp_path_factory):
    text = data.draw(any_text.filter(str.strip))
    start = data.draw(st.integers(0, len(text) - 1))
    mention = text[start : data.draw(st.integers(start + 1, len(text)))]
    found = result(entity_schema(["a"]), write((Entity(mention, "a"),), "ner"), text)
    written, annotations = found.to_brat()
    assert len(written) == len(text)
    mentions = from_brat(written, annotations, tmp_path_factory.mktemp("brat")).mentions
    assert len(mentions) <= len(found)


@pytest.mark.parametrize("task", RESULTS)
def test_a_record_is_written_and_read_again(task, tmp_path):
    record = RESULTS[task].to_record("1")
    assert write_records(tmp_path / "train.jsonl", [record]) == 1
    (read,) = load_records("records", tmp_path)
    assert read == record
    (query,) = queries(record, task)
    assert len(query.answer) == len(RESULTS[task]) and query.schema == RESULTS[task].schema.labels


def test_a_record_has_what_was_asked_for():
    schema = entity_schema(["place"])
    record = result(schema, '[Answer]: Ulm: place; Rebels: group; "": place;').to_record("1")
    assert [(mention.text, mention.type, mention.fragments) for mention in record.mentions] == [
        ("Ulm", "place", ((45, 48),))
    ]
    assert RESULTS["ner"].to_record("1").mentions[-1].fragments == ()


def test_pandas_has_one_row_an_item():
    frame = to_pandas([RESULTS["ner"], result(entity_schema(["a"]), "[Answer]: NA"), RESULTS["ner"]])
    assert list(frame["result"]) == [0] * 4 + [2] * 4
    assert frame["start"].dtype == "Int64" and list(frame["start"][:2]) == [0, 20]
    assert frame["start"].isna().sum() == 2
    relations = to_pandas([RESULTS["re"]])
    assert list(relations["head.text"]) == ["bank", "Bonn Rhein"] and list(relations["tail.start"]) == [45, 45]
    assert list(to_pandas([]).columns) == ["result", "type"]
    assert to_pandas([RESULTS["ee"]])["arguments"][0][0]["role"] == "who"
    assert to_pandas([RESULTS["odie"]])["header"][0] == ["a", "b"]


def test_spacy_has_spans():
    spacy = pytest.importorskip("spacy")
    doc = RESULTS["ner"].to_spacy()
    assert doc.text == TEXT
    assert [(span.text, span.label_) for span in doc.spans["sc"]] == [
        *(("Rebels", "group of people"), ("left", "place"), ("bank", "place"), ("Ulm", "place")),
    ]
    assert len(RESULTS["re"].to_spacy(spacy.blank("en")).spans["sc"]) == 3
    language = spacy.blank("de")
    assert RESULTS["re"].to_spacy(language).vocab is language.vocab


def test_without_spacy_that_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(InputError, match="pip install spacy"):
        RESULTS["ner"].to_spacy()
