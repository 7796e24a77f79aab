"""Records as rows of plain columns, and back."""

from __future__ import annotations

import json
import string

from hypothesis import given, settings
from hypothesis import strategies as st

from adelie_hf.answers import Extraction, Table
from adelie_hf.record_columns import from_columns, to_columns
from adelie_hf.records import Event, Label, Mention, Record, Relation
from adelie_hf.sources.label_sets import with_roles
from adelie_hf.tasks import TASKS

_words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@st.composite
def _records(draw: st.DrawFn) -> Record:
    text = draw(st.text(string.ascii_letters + " é😀\n", min_size=3, max_size=30))
    spans = st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).filter(lambda span: span[0] < span[1])

    @st.composite
    def mentions(draw: st.DrawFn) -> Mention:
        fragments = tuple(draw(st.lists(spans, max_size=3)))
        surface = " ".join(text[start:end] for start, end in fragments) or draw(_words)
        return Mention(surface, fragments, draw(_words | st.just("")))

    non_blank = _words.filter(str.strip)
    without_definitions = st.builds(Label, non_blank, _words, _words, st.lists(_words, max_size=2).map(tuple))
    roles = st.lists(st.builds(Label, non_blank, _words, _words), max_size=2).map(tuple)
    labels = without_definitions | st.builds(with_roles, without_definitions, roles)
    arguments = st.lists(st.tuples(mentions(), _words), max_size=2).map(tuple)
    width = draw(st.integers(1, 3))
    row = st.lists(_words, min_size=width, max_size=width).map(tuple)
    return Record(
        id=draw(_words),
        source=draw(_words),
        split=draw(st.sampled_from(["train", "validation", "test"])),
        group=draw(_words),
        text=text,
        schemas=draw(st.dictionaries(st.sampled_from(list(TASKS)), st.lists(labels, max_size=2).map(tuple))),
        mentions=tuple(draw(st.lists(mentions(), max_size=3))),
        relations=tuple(draw(st.lists(st.builds(Relation, mentions(), _words, mentions()), max_size=2))),
        pairs=tuple(draw(st.lists(st.tuples(mentions(), mentions()), max_size=2))),
        events=tuple(draw(st.lists(st.builds(Event, mentions(), _words, arguments), max_size=2))),
        extractions=tuple(
            draw(st.lists(st.builds(Extraction, _words, st.lists(_words, max_size=2).map(tuple)), max_size=2))
        ),
        instruction=draw(_words | st.just("")),
        explanation=draw(_words | st.just("")),
        table=draw(st.none() | st.builds(Table, row, st.lists(row, max_size=2).map(tuple))),
    )


@settings(max_examples=150, deadline=None)
@given(record=_records())
def test_columns_round_trip(record: Record) -> None:
    row = to_columns(record)
    assert from_columns(row) == record
    assert from_columns(json.loads(json.dumps(row))) == record
    as_in_parquet = {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()}
    assert from_columns(as_in_parquet) == record
